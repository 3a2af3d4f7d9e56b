//! The trash (api/assets.md section 15). Restoring and emptying only mark rows; what is marked `deleted`
//! a job purges.

use edge_platform::{DbError, Rows, Statement, stmt};

use crate::{
    access::ASSET_OWN,
    assets::remove::{AT_ONCE, hold},
    json_texts, own_assets,
};

/// One row when the caller has anything in the trash. Names `caller`.
pub fn any() -> Statement {
    stmt!(
        "select a.id as id from caller c join asset a on a.owner_id = c.user_id \
         where a.deleted_at is not null and a.status <> 'deleted' limit 1"
    )
}

/// What `emptyTrash` takes.
const ALL: &str = "owner_id = ?1 and deleted_at is not null and status <> 'deleted'";
/// What `restoreTrash` takes: what the user put there. Files that a library misses stay.
const PUT_THERE: &str =
    "owner_id = ?1 and deleted_at is not null and status = 'trashed' and is_offline = 0";

/// Marks everything in a user's trash as deleted, also archived and offline assets. The first statement counts them, for
/// [`read_count`]: on D1 an update also counts what triggers change. `now` in epoch ms.
pub fn empty(owner_id: &str, now: i64) -> [Statement; 2] {
    let set = "status = 'deleted'";
    [count(owner_id, ALL), update(owner_id, set, ALL, now)]
}

/// Takes everything out of a user's trash that the user put there. The first statement counts, as that of [`empty`]. `now`
/// in epoch ms.
pub fn restore_all(owner_id: &str, now: i64) -> [Statement; 2] {
    let set = "status = 'active', deleted_at = null";
    [
        count(owner_id, PUT_THERE),
        update(owner_id, set, PUT_THERE, now),
    ]
}

fn count(owner_id: &str, condition: &str) -> Statement {
    stmt!(
        format!("select cast(count(*) as bigint) as n from asset where {condition}"),
        owner_id
    )
}

fn update(owner_id: &str, set: &str, condition: &str, now: i64) -> Statement {
    stmt!(
        format!("update asset set {set}, updated_at = ?2, update_id = uuid7() where {condition}"),
        owner_id,
        now
    )
}

/// Counts which of the assets are the caller's to restore, for [`read_count`]. Names `caller`.
pub fn owned(asset_ids: &[&str]) -> Vec<Statement> {
    let chunks = asset_ids.chunks(AT_ONCE);
    chunks
        .map(|ids| {
            stmt!(
                format!(
                    "select count(*) as n from caller c cross join json_rows(?1) named cross join asset a \
                     where a.id = named.value and a.status <> 'deleted' and {ASSET_OWN}"
                ),
                json_texts(ids)
            )
        })
        .collect()
}

/// The sum of the counts of [`owned`], or that of [`empty`] and [`restore_all`].
pub fn read_count(results: &[Rows]) -> Result<i64, DbError> {
    let rows = results.iter().filter_map(Rows::first);
    rows.map(|row| row.get::<i64>("n")).sum()
}

/// Takes assets out of the trash that the user put there. `now` in epoch ms.
pub fn restore(owner_id: &str, asset_ids: &[&str], now: i64) -> Vec<Statement> {
    // In the order of their ids also from one piece to the next.
    let mut asset_ids = asset_ids.to_vec();
    asset_ids.sort_unstable();
    let own = own_assets("?2", "?1");
    let restore = |ids: &[&str]| {
        let restore = stmt!(
            format!(
                "update asset set status = 'active', deleted_at = null, updated_at = ?3, update_id = uuid7() \
                 where id in {own} and status = 'trashed' and is_offline = 0"
            ),
            owner_id,
            json_texts(ids),
            now
        );
        [hold(ids), restore]
    };
    asset_ids.chunks(AT_ONCE).flat_map(restore).collect()
}
