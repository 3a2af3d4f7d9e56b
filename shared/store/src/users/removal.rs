//! Soft deletion, restoring and removal for good of accounts (api/features.md, Users (admin)).
//!
//! Removal is the job `UserDelete`: [`begin_removal`] closes the way back, then the account's assets are
//! purged in portions like any others (`assets::purge`), then [`purge`] removes the rest in one batch.

use edge_platform::{Statement, Value, stmt};

use super::write::{LEAVES_ADMIN, hold_admins};

/// The account `?1` once it has no asset left; nothing before.
const DOOMED: &str = "(select u.id from users u where u.id = ?1 and u.status = 'removing' \
     and not exists (select 1 from asset a where a.owner_id = u.id))";

/// Albums of the account `{whose}` that no other account owns too.
const OWN_ALBUMS: &str = "(select au.album_id from album_user au where au.user_id in {whose} and au.role = 'owner' \
     and not exists (select 1 from album_user co where co.album_id = au.album_id and co.role = 'owner' \
     and co.user_id <> au.user_id))";

/// Deletes an account: it can come back until it is removed. With `force` it is to be removed at once
/// (store the job `UserDelete` too). Its albums vanish with it. Deleting twice keeps the first time. The last active
/// administrator stays; the last statement tells by `changed()` whether the account went.
pub fn batch_delete(id: &str, force: bool, now: i64) -> Vec<Statement> {
    let status = if force { "removing" } else { "deleted" };
    vec![
        hold_admins(),
        stmt!(
            format!(
                "update album set deleted_at = ?2, updated_at = ?2, update_id = uuid7() \
                 where deleted_at is null and id in {} and {LEAVES_ADMIN}",
                OWN_ALBUMS.replace("{whose}", "(?1)")
            ),
            id,
            now
        ),
        stmt!(
            format!(
                "update users set status = case when status = 'removing' then status else cast(?3 as text) end, \
                 deleted_at = coalesce(deleted_at, cast(?2 as bigint)), updated_at = ?2, update_id = uuid7() \
                 where id = ?1 and {LEAVES_ADMIN}"
            ),
            id,
            now,
            status
        ),
    ]
}

/// Brings a deleted account and its albums back, unless its removal has begun; the second statement
/// tells by `changed()` whether it lives.
pub fn batch_restore(id: &str, now: i64) -> Vec<Statement> {
    vec![
        stmt!(
            format!(
                "update album set deleted_at = null, updated_at = ?2, update_id = uuid7() \
                 where deleted_at is not null and id in {} \
                 and exists (select 1 from users u where u.id = ?1 and u.status <> 'removing')",
                OWN_ALBUMS.replace("{whose}", "(?1)")
            ),
            id,
            now
        ),
        stmt!(
            "update users set status = 'active', deleted_at = null, updated_at = ?2, update_id = uuid7() \
             where id = ?1 and status <> 'removing'",
            id,
            now
        ),
    ]
}

/// Closes the way back of an account that was deleted at `before` (epoch ms) or earlier, or is being
/// removed already; `changed()` is 0 when it is not to be removed (restored, unknown).
pub fn begin_removal(id: &str, before: i64, now: i64) -> Statement {
    stmt!(
        "update users set status = 'removing', updated_at = ?3, update_id = uuid7() where id = ?1 \
         and (status = 'removing' or (status = 'deleted' and deleted_at <= ?2))",
        id,
        before,
        now
    )
}

/// Removes an account whose removal has begun and that has no assets left, and all that hangs on it, in one
/// batch: tells others what vanishes and marks objects for deletion (then `FileDelete`). Does nothing
/// otherwise, so it may be repeated. `now` in epoch ms.
pub fn purge(id: &str, now: i64) -> Vec<Statement> {
    let albums = OWN_ALBUMS.replace("{whose}", DOOMED);
    let steps = [
        "insert into user_audit (id, user_id) select uuid7(), x.id from users x where x.id in {doomed}",
        "insert into partner_audit (id, shared_by_id, shared_with_id) \
         select uuid7(), x.shared_by_id, x.shared_with_id from partner x \
         where x.shared_by_id in {doomed} or x.shared_with_id in {doomed}",
        "insert into album_audit (user_id, id, album_id) select x.user_id, uuid7(), x.album_id \
         from album_user x where x.album_id in {albums}",
        "insert into album_user_audit (album_id, id, user_id) select x.album_id, uuid7(), x.user_id \
         from album_user x where x.user_id in {doomed} and x.album_id not in {albums}",
        "insert into object_deletion (object_key, run_after, created_at) \
         select x.profile_image_path, cast(?2 as bigint), cast(?2 as bigint) from users x \
         where x.id in {doomed} and x.profile_image_path <> '' on conflict (object_key) do nothing",
        "insert into object_deletion (object_key, run_after, created_at) \
         select distinct x.thumbnail_path, cast(?2 as bigint), cast(?2 as bigint) from person x \
         where x.owner_id in {doomed} and x.thumbnail_path <> '' on conflict (object_key) do nothing",
        "delete from album where id in {albums}",
        "delete from users where id in {doomed}",
    ];
    steps
        .into_iter()
        .map(|step| {
            let sql = step
                .replace("{albums}", &albums)
                .replace("{doomed}", DOOMED);
            let mut params = vec![Value::from(id)];
            if sql.contains("?2") {
                params.push(now.into());
            }
            Statement::new(sql, params)
        })
        .collect()
}
