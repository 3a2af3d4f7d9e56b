//! Portraits of people: the face that stands for a person and the picture made of it.
//!
//! A locked or removed asset is in no portrait. Whatever takes a person's face away chooses another one, forgets the
//! picture and stores the job that makes a new one.

use edge_platform::{Statement, Value, stmt};

use crate::{jobs, json_texts};

/// Another face of `person`, of an asset that is not locked nor in `{not}`.
pub(crate) const OTHER: &str = "(select f.id from asset_face f join asset a on a.id = f.asset_id where f.person_id = person.id \
     and f.deleted_at is null and f.is_visible = 1 and a.visibility <> 'locked' and a.deleted_at is null{not} \
     order by f.id limit 1)";

/// The people whose portrait shows a face of these assets (`{assets}`, a sub-select of ids).
const PORTRAYED: &str = "(select w.id from person w where w.id in (select f.person_id from asset_face f \
     where f.asset_id in {assets}) and w.face_asset_id in (select f.id from asset_face f where f.asset_id in {assets}))";

/// Marks the portraits of people (`people`, a sub-select of ids) for deletion. `now` is the place of the time, epoch ms.
pub(super) fn forget(people: &str, now: &str) -> String {
    format!(
        "insert into object_deletion (object_key, attempts, run_after, created_at) \
         select p.thumbnail_path, 0, cast({now} as bigint), cast({now} as bigint) from person p where p.id in {people} \
         and p.thumbnail_path <> '' on conflict (object_key) do nothing"
    )
}

/// Gives the people whose portrait shows one of the assets of `assets` (a sub-select of ids) another face, and has pictures
/// made of them: three statements in which `?2` is the time, epoch ms.
pub(crate) fn lose(assets: &str) -> [String; 3] {
    let people = PORTRAYED.replace("{assets}", assets);
    let other = OTHER.replace("{not}", &format!(" and a.id not in {assets}"));
    [
        jobs::portraits::insert(&people),
        forget(&people, "?2"),
        format!(
            "update person set face_asset_id = {other}, thumbnail_path = '', updated_at = ?2, update_id = uuid7() \
             where id in {people}"
        ),
    ]
}

/// What happens to portraits of those assets of one owner that are locked now: to follow the statement that locks them, in the
/// same batch. `now` in epoch ms.
pub fn batch_conceal(owner_id: &str, asset_ids: &[&str], now: i64) -> Vec<Statement> {
    let params: Vec<Value> = vec![json_texts(asset_ids).into(), now.into(), owner_id.into()];
    let locked = "(select own.id from json_rows(?1) named cross join asset own where own.id = named.value \
         and own.owner_id = ?3 and own.visibility = 'locked')";
    lose(locked)
        .into_iter()
        .map(|sql| Statement::new(sql, params.clone()))
        .collect()
}

/// Gives each of these people a face that is theirs, where the present one is not or there is none, forgets the pictures of
/// those who got another, and has pictures made. The last statement's rows are for [`jobs::many::stored`]. `now` in epoch ms.
pub fn batch_repair(people: &[&str], now: i64) -> Vec<Statement> {
    let list = json_texts(people);
    let wrong = "(select w.id from person w where w.id in json_list(?1) and case when w.face_asset_id is null \
         then exists (select 1 from asset_face n where n.person_id = w.id) else not exists (select 1 from asset_face k \
         where k.id = w.face_asset_id and k.person_id = w.id and k.deleted_at is null) end)";
    vec![
        stmt!(forget(wrong, "?2"), &list, now),
        stmt!(
            format!(
                "update person set face_asset_id = {}, thumbnail_path = '', updated_at = ?2, update_id = uuid7() \
                 where id in {wrong}",
                OTHER.replace("{not}", "")
            ),
            &list,
            now
        ),
        jobs::portraits::insert_missing(people, now),
    ]
}
