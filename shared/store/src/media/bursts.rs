//! The photos of a burst become one stack (api/assets.md sections 9 and 14, `autoStackId`).

use edge_platform::{Statement, stmt};

/// Photos of one burst that are looked at, and that its stack takes in without its owner: cameras write about a hundred and fifty before
/// their memory is full. What has the same identifier beyond that is no burst that anybody held the button for, and each further
/// photo would cost more.
pub const MOST: i64 = 150;

/// The photos `asset m` of the owner `?1` with the burst `?2`, the first [`MOST`] by id, where the photo `?3` is shown, too: neither
/// locked nor in the trash.
const SHOTS: &str = "from asset x cross join asset_exif e cross join asset m where x.id = ?3 and x.owner_id = ?1 and x.type = 'IMAGE' \
     and x.deleted_at is null and x.visibility in ('timeline', 'archive') and e.owner_id = ?1 and e.auto_stack_id = ?2 \
     and e.asset_id <= {last} and m.id = e.asset_id and m.type = 'IMAGE' and m.deleted_at is null and m.visibility = x.visibility";

/// The last one of them, or what is behind all ids there are, in whatever order a database has letters.
const LAST: &str = "coalesce((select l.asset_id from asset_exif l where l.owner_id = ?1 and l.auto_stack_id = ?2 \
     order by l.asset_id limit 1 offset {before}), 'g')";

fn shots() -> String {
    let last = LAST.replace("{before}", &(MOST - 1).to_string());
    SHOTS.replace("{last}", &last)
}

/// The first statement of a batch with [`stack`]: it takes the photos that may be stacked in the order of their ids, before the owner,
/// as everybody does, so that two batches on PostgreSQL never wait for each other.
pub fn hold(asset_id: &str, owner_id: &str, burst_id: &str) -> Statement {
    stmt!(
        format!(
            "select count(*) as n from (select x.id from asset x where x.id in (select cast(?3 as text) union \
             select w.asset_id from (select s.asset_id from asset_exif s where s.owner_id = ?1 and s.auto_stack_id = ?2 \
             order by s.asset_id limit {MOST}) w) order by x.id for_update()) held"
        ),
        owner_id,
        burst_id,
        asset_id
    )
}

/// Stacks a photo with the others of its burst: in the stack that one of them is in, unless that has [`MOST`] by now, else all in a new
/// one with the id `stack_id`, which the first that was taken stands for. A photo that is in a stack stays there, and one alone is
/// none. Nor is there a new one where its owner took one of them out of a stack: that was his decision. To follow the statements that
/// store the identifier, in the same batch, which begins with [`hold`]: results of a job (`{held}`); `now` in epoch ms.
///
/// Batches of one owner come one after the other from here on, so that the later of two photos sees the other.
pub fn stack(
    asset_id: &str,
    owner_id: &str,
    burst_id: &str,
    stack_id: &str,
    now: i64,
) -> Vec<Statement> {
    let shots = shots();
    // From the new stack on: where there is none, no shot is looked at.
    let of_new = shots.replacen("from ", "from stack s cross join ", 1);
    let stacked = format!(
        "(select m.stack_id {shots} and m.stack_id is not null order by e.asset_id limit 1)"
    );
    vec![
        stmt!(
            "select u.id from users u where u.id = ?1 for_update()",
            owner_id
        ),
        stmt!(
            format!(
                "insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) \
                 select cast(?4 as text), f.owner_id, f.id, cast(?5 as bigint), cast(?5 as bigint), uuid7() from (\
                 select m.id, m.owner_id {shots} and not exists {stacked} and exists (select 1 {shots} and m.id <> ?3) \
                 and not exists (select 1 {shots} and m.unstacked_at is not null) \
                 order by m.file_created_at, m.id limit 1) f where {{held}}"
            ),
            owner_id,
            burst_id,
            asset_id,
            stack_id,
            now
        ),
        stmt!(
            format!(
                "update asset set stack_id = ?4, updated_at = ?5, update_id = uuid7() where stack_id is null \
                 and id in (select m.id {of_new} and s.id = ?4) and {{held}}"
            ),
            owner_id,
            burst_id,
            asset_id,
            stack_id,
            now
        ),
        stmt!(
            format!(
                "update asset set stack_id = t.stack_id, updated_at = ?4, update_id = uuid7() from {stacked} t \
                 where asset.id = ?3 and asset.stack_id is null and (select count(*) from (select n.stack_id from asset n \
                 where n.stack_id = t.stack_id limit {MOST}) n) < {MOST} and {{held}}"
            ),
            owner_id,
            burst_id,
            asset_id,
            now
        ),
    ]
}
