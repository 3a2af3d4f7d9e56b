//! Trash and deletion for good (api/assets.md section 15; what cascades: docs/data-model.md).

use edge_platform::{Statement, Value, stmt};

use crate::{json_texts, own_assets, people};

/// The assets a purge removes: those asked for, and motion parts that no other still uses.
const DOOMED: &str = "(select d.id from json_rows(?1) named cross join asset d where d.id = named.value union \
     select v.id from json_rows(?1) named cross join asset still cross join asset v where still.id = named.value \
     and v.id = still.live_photo_video_id and not exists (select 1 from asset other \
     where other.live_photo_video_id = v.id and other.id not in json_list(?1)))";

/// Assets of the caller in a list, counted as `total`; names `caller c`, who must own them. Compare with the
/// number of different ids to know whether all may be changed.
pub fn owned_count(ids: &[&str]) -> Statement {
    stmt!(
        format!(
            "select cast(count(*) as bigint) as total from caller c cross join json_rows(?1) named cross join asset a \
             where a.id = named.value and a.status <> 'deleted' and {}",
            crate::access::ASSET_OWN
        ),
        json_texts(ids),
    )
}

/// The first statement of a batch that changes several assets, or rows that hang on assets: it takes them in the order of their
/// ids, as everybody else does, so that two batches on PostgreSQL never wait for each other.
pub fn hold(ids: &[&str]) -> Statement {
    stmt!(
        "select count(*) as n from (select x.id from asset x where x.id in json_list(?1) order by x.id for_update()) held",
        json_texts(ids),
    )
}

/// Assets of one statement where motion parts come along, or times: D1 refuses parameters above 2 MB.
pub const AT_ONCE: usize = 20_000;

/// As [`hold`], for lists that may be too long for one parameter.
pub fn hold_all(mut ids: Vec<&str>) -> Vec<Statement> {
    ids.sort_unstable();
    ids.chunks(AT_ONCE).map(hold).collect()
}

/// Puts assets of one owner into the trash; `now` in epoch ms.
pub fn trash(owner_id: &str, ids: &[&str], now: i64) -> [Statement; 2] {
    let own = own_assets("?1", "?2");
    let trash = stmt!(
        format!(
            "update asset set status = 'trashed', deleted_at = ?3, updated_at = ?3, update_id = uuid7() \
             where id in {own} and status <> 'deleted'"
        ),
        json_texts(ids),
        owner_id,
        now,
    );
    [hold(ids), trash]
}

/// Marks assets of one owner as deleted: nobody sees them any more, a job per asset purges them.
pub fn mark_deleted(owner_id: &str, ids: &[&str], now: i64) -> [Statement; 2] {
    let own = own_assets("?1", "?2");
    let mark = stmt!(
        format!(
            "update asset set status = 'deleted', deleted_at = coalesce(deleted_at, ?3), updated_at = ?3, \
             update_id = uuid7() where id in {own}"
        ),
        json_texts(ids),
        owner_id,
        now,
    );
    [hold(ids), mark]
}

/// Removes assets for good, in one batch: tells sync what goes, repairs what referred to them, gives the
/// quota back, marks their objects for deletion (`FileDelete` removes them from the bucket) and deletes the
/// rows. Takes motion parts along that no other still uses. Files of external libraries stay.
///
/// The ids must be checked by the caller; ids without an asset do nothing. `now` in epoch ms.
pub fn purge(ids: &[&str], now: i64) -> Vec<Statement> {
    let ids = json_texts(ids);
    let end = [
        QUOTA,
        ORIGINALS,
        FILES,
        "delete from asset where id in {doomed}",
    ];
    let portraits = people::lose(DOOMED);
    let steps = [LOCK].into_iter().chain(audits()).chain(repairs());
    let steps = steps.chain(portraits.iter().map(String::as_str));
    steps
        .chain(end)
        .map(|step| {
            let sql = step.replace("{doomed}", DOOMED);
            // PostgreSQL wants to know the type of parameters, SQLite wants all of them used.
            let params: Vec<Value> = if sql.contains("?2") {
                vec![Value::from(&ids), now.into()]
            } else {
                vec![Value::from(&ids)]
            };
            Statement::new(sql, params)
        })
        .collect()
}

/// Whoever gives one of them another file comes to an end before, or finds it gone: what comes in between the following
/// statements would go with the asset, and its object with nobody.
const LOCK: &str = "select x.id from asset x where x.id in {doomed} order by x.id for_update()";

/// Rows that tell sync what the deletion takes along, before it does.
fn audits() -> [&'static str; 8] {
    [
        "insert into asset_audit (owner_id, id, asset_id) \
         select x.owner_id, uuid7(), x.id from asset x where x.id in {doomed}",
        "insert into asset_metadata_audit (owner_id, id, asset_id, key) \
         select x.owner_id, uuid7(), x.asset_id, x.key from asset_metadata x where x.asset_id in {doomed}",
        "insert into asset_edit_audit (owner_id, id, asset_id, edit_id) \
         select x.owner_id, uuid7(), x.asset_id, x.id from asset_edit x where x.asset_id in {doomed}",
        "insert into asset_ocr_audit (owner_id, id, asset_id, deleted_at) \
         select x.owner_id, uuid7(), x.id, cast(?2 as bigint) from asset x where x.id in {doomed} \
         and exists (select 1 from asset_ocr o where o.asset_id = x.id)",
        "insert into asset_face_audit (owner_id, id, asset_id, asset_face_id) \
         select x.owner_id, uuid7(), x.asset_id, x.id from asset_face x where x.asset_id in {doomed}",
        "insert into memory_asset_audit (memory_id, id, asset_id) \
         select x.memory_id, uuid7(), x.asset_id from memory_asset x where x.asset_id in {doomed}",
        "insert into album_asset_audit (album_id, id, asset_id) \
         select x.album_id, uuid7(), x.asset_id from album_asset x where x.asset_id in {doomed}",
        // A stack of which at most one asset stays dissolves.
        "insert into stack_audit (owner_id, id, stack_id) select s.owner_id, uuid7(), s.id from stack s \
         where s.id in (select m.stack_id from asset m where m.id in {doomed}) and (select count(*) from asset r \
         where r.stack_id = s.id and r.id not in {doomed}) < 2",
    ]
}

/// Rows that stay and lose what they referred to. A count is looked up for each stack; for `not exists` PostgreSQL without
/// statistics reads all stacks there are.
fn repairs() -> [&'static str; 5] {
    [
        "update asset set stack_id = null, updated_at = ?2, update_id = uuid7() where id not in {doomed} \
         and stack_id in (select s.id from stack s where s.id in (select m.stack_id from asset m \
         where m.id in {doomed}) and (select count(*) from asset r where r.stack_id = s.id \
         and r.id not in {doomed}) < 2)",
        "delete from stack where id in (select m.stack_id from asset m where m.id in {doomed}) \
         and (select count(*) from asset r where r.stack_id = stack.id and r.id not in {doomed}) = 0",
        "update stack set primary_asset_id = (select r.id from asset r where r.stack_id = stack.id \
         and r.id not in {doomed} order by r.file_created_at, r.id limit 1), updated_at = ?2, \
         update_id = uuid7() where primary_asset_id in {doomed}",
        "update album set thumbnail_asset_id = (select x.asset_id from album_asset x cross join looked_up(asset r, r.id = x.asset_id) \
         where x.album_id = album.id and r.id = x.asset_id and r.deleted_at is null and r.id not in {doomed} \
         order by r.file_created_at desc, r.id desc limit 1), updated_at = ?2, update_id = uuid7() \
         where thumbnail_asset_id in {doomed}",
        "update asset set live_photo_video_id = null, updated_at = ?2, update_id = uuid7() \
         where live_photo_video_id in {doomed} and id not in {doomed}",
    ]
}

/// What their owners get back; the sum begins with the assets, for an owner may have millions of others.
const QUOTA: &str = "update users set quota_usage_in_bytes = case when quota_usage_in_bytes > gone.size \
     then quota_usage_in_bytes - gone.size else 0 end, updated_at = ?2, update_id = uuid7() \
     from (select x.owner_id, cast(coalesce(sum(e.file_size_in_byte), 0) as bigint) as size from {doomed} doomed \
     cross join asset x cross join asset_exif e where x.id = doomed.id and e.asset_id = x.id \
     and x.library_id is null group by x.owner_id) gone where users.id = gone.owner_id";

const ORIGINALS: &str = "insert into object_deletion (object_key, attempts, run_after, created_at) \
     select distinct x.original_path, 0, cast(?2 as bigint), cast(?2 as bigint) from asset x \
     where x.is_external = 0 and x.id in {doomed} on conflict (object_key) do nothing";

const FILES: &str = "insert into object_deletion (object_key, attempts, run_after, created_at) \
     select distinct x.path, 0, cast(?2 as bigint), cast(?2 as bigint) from asset_file x \
     where x.asset_id in {doomed} on conflict (object_key) do nothing";
