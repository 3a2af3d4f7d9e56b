//! Copying what belongs to one asset over to another (api/assets.md section 13). Both have the same owner; the
//! handler has checked that.

use edge_platform::{DbError, Rows, Statement, stmt};

use super::files::FileType;
use crate::{access::ALBUM_EDIT, objects};

/// The sidecars of both assets: object keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sidecars {
    /// Of the source.
    pub source: Option<String>,
    /// Of the target.
    pub target: Option<String>,
}

/// Asks for the sidecars of both; read with [`sidecars`].
pub fn sidecars_statement(source: &str, target: &str) -> Statement {
    stmt!(
        "select asset_id, path from asset_file where asset_id in (?1, ?2) and type = ?3 and is_edited = 0",
        source,
        target,
        FileType::Sidecar.as_str(),
    )
}

/// Reads the rows of [`sidecars_statement`].
pub fn sidecars(rows: &Rows, source: &str) -> Result<Sidecars, DbError> {
    let mut found = Sidecars::default();
    for row in rows.iter() {
        let path = Some(row.get("path")?);
        if row.get::<String>("asset_id")? == source {
            found.source = path;
        } else {
            found.target = path;
        }
    }
    Ok(found)
}

/// Whether both assets are there.
const BOTH: &str =
    "(select count(*) from asset b where b.id in (?1, ?2) and b.status <> 'deleted') = 2";

/// The first statement of a batch that copies: both assets stay as they are till its end, or are gone from the beginning
/// (`assets::purge`), and then nothing is copied. One row for each that is there.
pub fn hold(source: &str, target: &str) -> Statement {
    stmt!(
        "select a.id from asset a where a.id in (?1, ?2) and a.status <> 'deleted' order by a.id for_update()",
        source,
        target
    )
}

/// Marks the target as the source is marked.
pub fn favorite(source: &str, target: &str, now: i64) -> Statement {
    stmt!(
        format!(
            "update asset set is_favorite = (select s.is_favorite from asset s where s.id = ?1), updated_at = ?3, \
             update_id = uuid7() where id = ?2 and {BOTH}"
        ),
        source,
        target,
        now,
    )
}

/// Puts the target, unless it is locked, into those albums of the source that the caller may fill now. Names `caller`.
pub fn albums(source: &str, target: &str, now: i64) -> Statement {
    stmt!(
        format!(
            "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) \
             select al.id, t.id, cast(?3 as bigint), cast(?3 as bigint), uuid7() \
             from caller c cross join album_asset aa join album al on al.id = aa.album_id \
             join asset t on t.id = cast(?2 as text) where aa.asset_id = ?1 and t.visibility <> 'locked' \
             and {ALBUM_EDIT} and {BOTH} on conflict (album_id, asset_id) do nothing"
        ),
        source,
        target,
        now,
    )
}

/// Puts the target, unless it is locked, into the caller's shared links that show the source. Names `caller`.
pub fn shared_links(source: &str, target: &str) -> Statement {
    stmt!(
        format!(
            "insert into shared_link_asset (shared_link_id, asset_id) select l.id, t.id from caller c \
             cross join shared_link_asset sla join shared_link l on l.id = sla.shared_link_id \
             join asset t on t.id = cast(?2 as text) where sla.asset_id = ?1 and l.user_id = c.user_id \
             and t.visibility <> 'locked' and {BOTH} on conflict (shared_link_id, asset_id) do nothing"
        ),
        source,
        target,
    )
}

/// Puts the target, with its own stack if it has one, into the stack of the source.
pub fn stack(source: &str, target: &str, now: i64) -> Vec<Statement> {
    let old = "(select t.stack_id from asset t join asset s on s.id = ?1 where t.id = ?2 \
         and t.stack_id is not null and s.stack_id is not null and t.stack_id <> s.stack_id)";
    let empty = "owner_id = (select s.owner_id from asset s where s.id = ?1) \
         and not exists (select 1 from asset m where m.stack_id = stack.id)";
    vec![
        // Both at once, because afterwards nobody knows the old stack.
        stmt!(
            format!(
                "update asset set stack_id = (select s.stack_id from asset s where s.id = ?1), updated_at = ?3, \
                 update_id = uuid7() where (id = ?2 or stack_id in {old}) and {BOTH} \
                 and exists (select 1 from asset s where s.id = ?1 and s.stack_id is not null)"
            ),
            source,
            target,
            now,
        ),
        stmt!(
            format!(
                "insert into stack_audit (owner_id, id, stack_id) select owner_id, uuid7(), id from stack where {empty}"
            ),
            source,
        ),
        stmt!(format!("delete from stack where {empty}"), source),
    ]
}

/// Gives the target a sidecar stored under `path`, which must be pending; its old one is deleted later. For a batch that
/// begins with [`hold`].
pub fn sidecar(
    target: &str,
    id: &str,
    path: &str,
    size: i64,
    old: Option<&str>,
    now: i64,
) -> Vec<Statement> {
    let pending = objects::IS_PENDING.replace("{key}", "?3");
    let mut batch = vec![stmt!(
        format!(
            "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
             select a.id, 'sidecar', 0, cast(?2 as text), cast(?3 as text), 'application/xml', cast(?4 as bigint), \
             cast(?5 as bigint), cast(?5 as bigint) from asset a where a.id = ?1 and {pending} \
             on conflict (asset_id, type, is_edited) do update set id = excluded.id, path = excluded.path, \
             size_in_byte = excluded.size_in_byte, updated_at = excluded.updated_at"
        ),
        target,
        id,
        path,
        size,
        now,
    )];
    // Where the target did not take it, it has to be deleted, and the old one stays.
    let taken = "exists (select 1 from asset_file f where f.asset_id = ?1 and f.path = ?2)";
    if let Some(old) = old {
        batch.push(stmt!(
            format!(
                "insert into object_deletion (object_key, attempts, run_after, created_at) \
                 select cast(?3 as text), 0, cast(?4 as bigint), cast(?4 as bigint) where {taken} \
                 on conflict (object_key) do nothing"
            ),
            target,
            path,
            old,
            now
        ));
    }
    batch.push(stmt!(
        format!("delete from pending_object where object_key = ?2 and {taken}"),
        target,
        path
    ));
    batch
}
