//! Tables `pending_object` and `object_deletion`: no object leaks (docs/data-model.md, "Objects never leak").
//!
//! Before its first byte is stored, an object's key is registered as pending. The batch that inserts the row
//! naming the object removes the pending row and inserts only while that row exists ([`IS_PENDING`]). The
//! scheduler sweeps what is overdue and deletes what no row names any more.

use edge_platform::{Database, DbError, Statement, stmt};

use crate::{json_texts, system::IN_SERVICE};

/// A writer that shows no sign of life for this long has lost its objects (ms).
pub const PENDING_LIFETIME: i64 = 60 * 60 * 1000;

/// How long one call to the bucket may take that deletes objects (ms). Until then nobody writes them anew.
pub(crate) const TAKEN: i64 = 10 * 60 * 1000;

/// First pause before a failed deletion is tried again; it doubles each time (ms).
const RETRY_AFTER: i64 = 60 * 1000;

/// SQL condition: the object named by the parameter `{key}` is still the writer's.
pub const IS_PENDING: &str = "exists (select 1 from pending_object po where po.object_key = {key})";

/// One object to delete from the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    /// Key in the bucket.
    pub key: String,
    /// Multipart upload to abort, if it was never finished.
    pub upload_id: Option<String>,
    /// Failed attempts so far.
    pub attempts: i64,
}

/// Registers an object that is about to be written; `now` in epoch ms.
pub fn register(key: &str, now: i64) -> Statement {
    stmt!(
        "insert into pending_object (object_key, created_at, expires_at) values (?1, ?2, ?3) \
         on conflict (object_key) do update set expires_at = excluded.expires_at",
        key,
        now,
        now + PENDING_LIFETIME,
    )
}

/// [`register`] for keys that follow from their asset, so that an object may lie there which waits for its deletion: that is taken back.
/// The second statement gives a row for each key that may be written: those that are being deleted at this moment may not. `now`
/// in epoch ms.
pub fn register_again(keys: &[&str], now: i64) -> [Statement; 2] {
    let keys = json_texts(keys);
    [
        // Before the other one, so that on PostgreSQL it and `take` come one after the other.
        stmt!(
            "delete from object_deletion where object_key in json_list(?1) and coalesce(taken_until, 0) <= ?2",
            &keys,
            now
        ),
        stmt!(
            "insert into pending_object (object_key, created_at, expires_at) select v.value, cast(?2 as bigint), cast(?3 as bigint) \
             from json_list(?1) as v where not exists (select 1 from object_deletion od where od.object_key = v.value) \
             on conflict (object_key) do update set expires_at = excluded.expires_at returning object_key",
            &keys,
            now,
            now + PENDING_LIFETIME
        ),
    ]
}

/// Sign of life of a long upload: the sweeper leaves it alone for another [`PENDING_LIFETIME`].
pub fn keep(key: &str, now: i64) -> Statement {
    stmt!(
        "update pending_object set expires_at = ?2 where object_key = ?1",
        key,
        now + PENDING_LIFETIME
    )
}

/// Remembers the multipart upload that writes a pending object, so that the sweeper can abort it.
pub fn set_upload_id(key: &str, upload_id: &str) -> Statement {
    stmt!(
        "update pending_object set upload_id = ?2 where object_key = ?1",
        key,
        upload_id
    )
}

/// Removes pending rows: their objects are named by a row now, or are deleted already.
pub fn settle(keys: &[&str]) -> Statement {
    stmt!(
        "delete from pending_object where object_key in json_list(?1)",
        json_texts(keys)
    )
}

/// Marks objects for deletion; put it into the batch that removes the last row naming them.
pub fn delete_later(keys: &[&str], now: i64) -> Statement {
    stmt!(
        "insert into object_deletion (object_key, attempts, run_after, created_at) \
         select named.value, 0, cast(?2 as bigint), cast(?2 as bigint) from json_list(?1) as named \
         where named.value <> '' on conflict (object_key) do nothing",
        json_texts(keys),
        now,
    )
}

/// Most objects that one sweep moves; the next one takes more.
const SWEPT: i64 = 500;

/// Moves what writers left behind into `object_deletion`, at most five hundred objects. A rendition that an asset has is
/// kept: whoever wanted to replace it did not come to an end. Two round trips, one when nothing is overdue; true:
/// there may be more. `now` in epoch ms.
pub async fn sweep(db: &dyn Database, now: i64) -> Result<bool, DbError> {
    let overdue = db
        .run(stmt!(
            "select object_key from pending_object where expires_at <= ?1 order by expires_at limit ?2",
            now,
            SWEPT,
        ))
        .await?;
    let keys: Vec<String> = overdue
        .iter()
        .map(|row| row.get("object_key"))
        .collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Ok(false);
    }
    let assets: Vec<&str> = keys.iter().filter_map(|key| asset_of(key)).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    db.batch(give_up(&json_texts(&keys), &json_texts(&assets), now))
        .await?;
    Ok(i64::try_from(keys.len()).is_ok_and(|count| count == SWEPT))
}

/// The asset whose id begins a file's name, as that of each rendition does (`…/<asset>_preview.jpeg`). Rows that name
/// an object are looked up by their asset: there is no index of paths.
fn asset_of(key: &str) -> Option<&str> {
    const ID: usize = 36;
    let name = key.rsplit('/').next()?;
    name.get(..ID)
}

/// `keys` and `assets` are lists in JSON. Whose writer showed a sign of life meanwhile is left alone.
fn give_up(keys: &str, assets: &str, now: i64) -> Vec<Statement> {
    vec![
        stmt!(
            "insert into object_deletion (object_key, upload_id, attempts, run_after, created_at) \
             select po.object_key, po.upload_id, 0, cast(?1 as bigint), cast(?1 as bigint) \
             from json_list(?2) as named cross join pending_object po where po.object_key = named.value \
             and po.expires_at <= cast(?1 as bigint) and po.object_key not in (select f.path \
             from json_list(?3) as owned cross join asset_file f where f.asset_id = owned.value) \
             and po.object_key not in (select g.object_key from json_list(?2) as kept cross join hls_segment g \
             where g.object_key = kept.value) on conflict (object_key) do nothing",
            now,
            keys,
            assets,
        ),
        stmt!(
            "delete from pending_object where expires_at <= ?1 and object_key in json_list(?2)",
            now,
            keys
        ),
    ]
}

/// Takes the objects whose deletion is due, the oldest first, at most `limit`; none in the maintenance mode, in which rows that name them
/// may come back (docs/backups.md). What somebody writes at this moment, or what a row of `asset_file` names again, is left alone.
pub async fn take(db: &dyn Database, now: i64, limit: i64) -> Result<Vec<Doomed>, DbError> {
    // Numbers instead of `not exists`: each key is looked up, however many files there are.
    let rows = db
        .run(stmt!(
            format!(
                "update object_deletion set taken_until = ?3 where coalesce(taken_until, 0) <= ?1 and object_key in \
                 (select od.object_key from object_deletion od where od.run_after <= ?1 and coalesce(od.taken_until, 0) <= ?1 \
                 and (select count(*) from pending_object po where po.object_key = od.object_key) = 0 \
                 and (select count(*) from asset_file f where f.path = od.object_key) = 0 and {IN_SERVICE} \
                 order by od.run_after, od.object_key limit ?2) returning object_key, upload_id, attempts"
            ),
            now,
            limit,
            now + TAKEN
        ))
        .await?;
    let mut taken: Vec<Doomed> = rows
        .iter()
        .map(|row| {
            Ok(Doomed {
                key: row.get("object_key")?,
                upload_id: row.get("upload_id")?,
                attempts: row.get("attempts")?,
            })
        })
        .collect::<Result<_, DbError>>()?;
    taken.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(taken)
}

/// The objects are gone from the bucket.
pub fn deleted(keys: &[&str]) -> Statement {
    stmt!(
        "delete from object_deletion where object_key in json_list(?1)",
        json_texts(keys)
    )
}

/// The bucket refused; each is tried again after a pause that doubles each time, at most 17 hours. One statement however many
/// there are. `now` in epoch ms.
pub fn failed(keys: &[&str], error: &str, now: i64) -> Statement {
    stmt!(
        format!(
            "update object_deletion set attempts = attempts + 1, last_error = ?2, taken_until = null, run_after = cast(?3 as bigint) \
             + (cast({RETRY_AFTER} as bigint) << case when attempts > 10 then 10 else attempts end) \
             where object_key in json_list(?1)"
        ),
        json_texts(keys),
        error,
        now
    )
}
