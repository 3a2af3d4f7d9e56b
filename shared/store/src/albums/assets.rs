//! What is in an album: adding and removing, thousands of ids at a time.
//!
//! Ids travel as JSON parameters. D1 refuses values above 2 MB, and the CLI sends up to 65,000 ids (2.5 MB), so
//! lists are cut ([`CHUNK`]); all pieces still go out in one batch.

use edge_platform::{DbError, Rows, Statement, stmt};

use crate::{
    access::{ALBUM_EDIT, ASSET_SHARE},
    json_texts,
};

/// Ids per parameter: 39 bytes each, 780 KB.
const CHUNK: usize = 20_000;

/// New content is looked at this far when a cover is chosen.
const COVER_CANDIDATES: usize = 500;

/// Which of the assets are in the album; column `id`.
pub fn existing(album_id: &str, asset_ids: &[&str]) -> Vec<Statement> {
    let chunks = asset_ids.chunks(CHUNK);
    chunks
        .map(|ids| {
            stmt!(
                "select aa.asset_id as id from album_asset aa where aa.album_id = ?1 and aa.asset_id in json_list(?2)",
                album_id,
                json_texts(ids)
            )
        })
        .collect()
}

/// Which of the assets are in the album, and whether the caller may share them: for [`read_pairs`].
/// Names `caller`.
pub fn contents(album_id: &str, asset_ids: &[&str]) -> Vec<Statement> {
    let chunks = asset_ids.chunks(CHUNK);
    chunks
        .map(|ids| {
            stmt!(
                format!(
                    "select a.id as id, case when {ASSET_SHARE} then 1 else 0 end as flag \
                     from caller c cross join album_asset aa join asset a on a.id = aa.asset_id \
                     where aa.album_id = ?1 and aa.asset_id in json_list(?2)"
                ),
                album_id,
                json_texts(ids)
            )
        })
        .collect()
}

/// Which of the albums the caller may fill; column `id`. Names `caller`.
pub fn editable(album_ids: &[&str]) -> Statement {
    stmt!(
        format!(
            "select al.id as id from caller c cross join album al where al.id in json_list(?1) and {ALBUM_EDIT}"
        ),
        json_texts(album_ids)
    )
}

/// How many of the assets the caller may share, for [`read_addable`]. Names `caller`.
pub fn addable(asset_ids: &[&str]) -> Vec<Statement> {
    let chunks = asset_ids.chunks(CHUNK);
    chunks
        .map(|ids| {
            stmt!(
                format!(
                    "select count(*) as n from caller c cross join json_rows(?1) v cross join asset a \
                     where a.id = v.value and a.status <> 'deleted' and {ASSET_SHARE}"
                ),
                json_texts(ids)
            )
        })
        .collect()
}

/// The sum of the counts of [`addable`].
pub fn read_addable(results: &[Rows]) -> Result<i64, DbError> {
    let rows = results.iter().filter_map(Rows::first);
    rows.map(|row| row.get::<i64>("n")).sum()
}

/// Members of the albums beside the caller: columns `id` (the user), `album_id`, `album_name`. Names
/// `caller`.
pub fn recipients(album_ids: &[&str]) -> Statement {
    stmt!(
        "select m.user_id as id, al.id as album_id, al.album_name as album_name from caller c cross join album al \
         join album_user m on m.album_id = al.id where al.id in json_list(?1) and m.user_id <> c.user_id \
         and exists (select 1 from album_user mine where mine.album_id = al.id and mine.user_id = c.user_id)",
        json_texts(album_ids)
    )
}

/// Puts assets the caller may share into albums the caller may edit. The first statements, one per piece,
/// return what is new (columns `id`, `album_id`); the last gives the albums that got some a cover if they have none, the first of
/// the new ones, and touches them (`updated_at = now`). Names `caller`; `now` in epoch ms.
///
/// An album got some when one of the first ids is in it since `now`, or when what came into it last is: ids of one batch may have one
/// millisecond (docs/decisions/0001-update-ids.md), so they do not tell which of them was written first.
pub fn batch_add(album_ids: &[&str], asset_ids: &[&str], now: i64) -> Vec<Statement> {
    let albums = json_texts(album_ids);
    let mut batch: Vec<Statement> = asset_ids
        .chunks(CHUNK)
        .map(|ids| {
            stmt!(
                format!(
                    "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) \
                     select al.id, a.id, cast(?3 as bigint), cast(?3 as bigint), uuid7() \
                     from caller c cross join album al cross join asset a \
                     where al.id in json_list(?1) and {ALBUM_EDIT} and a.id in json_list(?2) and {ASSET_SHARE} \
                     on conflict (album_id, asset_id) do nothing returning asset_id as id, album_id"
                ),
                &albums,
                json_texts(ids),
                now
            )
        })
        .collect();
    let first = asset_ids.get(..asset_ids.len().min(COVER_CANDIDATES));
    batch.push(stmt!(
        "update album as al set updated_at = ?2, update_id = uuid7(), thumbnail_asset_id = coalesce(\
         al.thumbnail_asset_id, (select v.value from json_rows(?3) v join album_asset aa \
         on aa.album_id = al.id and aa.asset_id = v.value order by v.position limit 1), \
         (select aa.asset_id from album_asset aa where aa.album_id = al.id order by aa.asset_id limit 1)) \
         where al.id in json_list(?1) and exists (select 1 from caller c) and (exists (select 1 from album_asset aa \
         where aa.album_id = al.id and aa.asset_id in json_list(?3) and aa.created_at = ?2) \
         or (select aa.created_at from album_asset aa where aa.album_id = al.id order by aa.update_id desc limit 1) = ?2)",
        albums,
        now,
        json_texts(first.unwrap_or(asset_ids))
    ));
    batch
}

/// Takes assets out of an album the caller may edit, tells the members, finds another cover if it was
/// among them, and touches the album. Names `caller`; `now` in epoch ms.
pub fn batch_remove(album_id: &str, asset_ids: &[&str], now: i64) -> Vec<Statement> {
    let mut asset_ids = asset_ids.to_vec();
    asset_ids.sort_unstable();
    let mut batch = Vec::new();
    for ids in asset_ids.chunks(CHUNK) {
        let ids = json_texts(ids);
        // In the order in which the triggers of `asset` take them.
        batch.push(stmt!(
            "select count(*) as n from (select aa.asset_id from album_asset aa where aa.album_id = ?1 \
             and aa.asset_id in json_list(?2) order by aa.asset_id for_update()) held",
            album_id,
            &ids
        ));
        batch.push(stmt!(
            format!(
                "insert into album_asset_audit (album_id, id, asset_id) select aa.album_id, uuid7(), aa.asset_id \
                 from caller c cross join album al join album_asset aa on aa.album_id = al.id \
                 where al.id = ?1 and {ALBUM_EDIT} and aa.asset_id in json_list(?2)"
            ),
            album_id,
            &ids
        ));
        batch.push(stmt!(
            format!(
                "delete from album_asset as aa where aa.album_id = ?1 and aa.asset_id in json_list(?2) \
                 and exists (select 1 from caller c cross join album al where al.id = aa.album_id and {ALBUM_EDIT})"
            ),
            album_id,
            ids
        ));
    }
    batch.push(stmt!(
        format!(
            "update album as al set updated_at = ?2, update_id = uuid7(), thumbnail_asset_id = \
             case when exists (select 1 from album_asset x where x.album_id = al.id \
             and x.asset_id = al.thumbnail_asset_id) then al.thumbnail_asset_id \
             else (select a.id from album_asset x cross join looked_up(asset a, a.id = x.asset_id) \
             where x.album_id = al.id and a.id = x.asset_id and a.deleted_at is null and a.visibility <> 'locked' order by a.file_created_at desc, a.id limit 1) end \
             where al.id = ?1 and exists (select 1 from caller c where {ALBUM_EDIT})"
        ),
        album_id,
        now
    ));
    batch
}

/// Column `id` of several results.
pub fn read_texts(results: &[Rows]) -> Result<Vec<String>, DbError> {
    let rows = results.iter().flat_map(Rows::iter);
    rows.map(|row| row.get("id")).collect()
}

/// Columns `id` and `flag` of several results.
pub fn read_pairs(results: &[Rows]) -> Result<Vec<(String, bool)>, DbError> {
    let rows = results.iter().flat_map(Rows::iter);
    rows.map(|row| Ok((row.get("id")?, row.get("flag")?)))
        .collect()
}
