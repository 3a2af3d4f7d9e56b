//! Renditions: rows of `asset_file` and what they say of the asset.

use std::collections::BTreeSet;

use edge_platform::{Database, DbError, Rows, Statement, stmt};

use super::{Source, encoding::Encoding};
use crate::{json_texts, objects};

/// A rendition whose object is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRendition {
    /// Fresh id: the entity tag of the bytes.
    pub id: String,
    /// `thumbnail`, `preview`, `fullsize` or `encoded_video`.
    pub kind: &'static str,
    /// Object key.
    pub key: String,
    /// MIME type of what was encoded.
    pub mime_type: &'static str,
    /// Bytes.
    pub size: i64,
    /// What its bytes say.
    pub encoding: Encoding,
}

/// What the renditions say of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Base64.
    pub thumbhash: String,
    /// Pixels of the upright original; only used when its metadata did not tell.
    pub width: u32,
    /// As `width`.
    pub height: u32,
    /// What is wrong with the original that they were made of; administrators see it among the finished jobs.
    pub warning: Option<String>,
}

/// Key of a rendition: `thumbs/<owner>/<id[0:2]>/<id[2:4]>/<id>_<kind>.<extension>` (api/jobs-ml.md section 4, file layout).
pub fn key(source: &Source, kind: &str, extension: &str) -> String {
    let Source { id, owner_id, .. } = source;
    format!("{}/{id}_{kind}{extension}", folder(owner_id, id))
}

/// Folder of an asset's renditions: `thumbs/<owner>/<id[0:2]>/<id[2:4]>`.
pub fn folder(owner_id: &str, asset_id: &str) -> String {
    let part = |places| asset_id.get(places).unwrap_or_default();
    format!("thumbs/{owner_id}/{}/{}", part(0..2), part(2..4))
}

/// Registers objects that are about to be written: whatever becomes of the job, none is forgotten. False: one of them is being deleted
/// at this moment, and a later try will do. One round trip; `now` in epoch ms.
pub async fn register(db: &dyn Database, keys: &[String], now: i64) -> Result<bool, DbError> {
    let keys: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
    let keys: Vec<&str> = keys.into_iter().collect();
    let rows = db.batch(objects::register_again(&keys, now).into()).await?;
    Ok(rows.last().map_or(0, Rows::len) == keys.len())
}

/// Why [`register`] is false.
pub const DELETED_NOW: &str = "renditions of before are being deleted at this moment";

/// Statements that make these the renditions of an asset: its former ones are replaced, objects no
/// longer named are deleted later, and so are the new ones when the asset is gone meanwhile. `now` in
/// epoch ms.
pub fn store(asset_id: &str, renditions: &[NewRendition], look: &Look, now: i64) -> Vec<Statement> {
    let mut batch = files(asset_id, renditions, Side::Original, now);
    batch.push(looks(asset_id, look, now));
    batch.push(super::done(asset_id, "thumbnails_generated_at", now));
    batch.push(warn(asset_id, look.warning.as_deref()));
    batch
}

/// Keeps the warning, or forgets that of before.
fn warn(asset_id: &str, warning: Option<&str>) -> Statement {
    stmt!(
        "update asset_job_status set thumbnails_warning = cast(?2 as text) where asset_id = ?1 and {held} \
         and coalesce(thumbnails_warning, '') <> coalesce(cast(?2 as text), '')",
        asset_id,
        warning
    )
}

/// Which pictures of an asset renditions are of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side<'a> {
    /// As uploaded.
    Original,
    /// As edited, while the edits of the asset are of this version.
    Edited {
        /// The asset.
        asset_id: &'a str,
        /// [`super::edited::Edits`].
        version: &'a str,
    },
}

impl Side<'_> {
    /// Completes a statement: `{guard}` in its text becomes the condition under which results are stored, and `{side}`
    /// the value of `is_edited`.
    pub(super) fn guard(self, mut statement: Statement) -> Statement {
        let (side, guard) = match self {
            Side::Original => ("0", "{held}".to_owned()),
            Side::Edited { asset_id, version } => {
                let count = statement.params.len();
                statement.params.push(asset_id.into());
                statement.params.push(version.into());
                let guard = format!(
                    "{{held}} and (select coalesce(max(newer.update_id), '') from asset_edit newer \
                     where newer.asset_id = ?{}) = cast(?{} as text)",
                    count + 1,
                    count + 2
                );
                ("1", guard)
            }
        };
        let sql = statement.sql.replace("{side}", side);
        statement.sql = sql.replace("{guard}", &guard).into();
        statement
    }
}

/// [`store`] without what the renditions say of the asset.
pub(super) fn files(
    asset_id: &str,
    renditions: &[NewRendition],
    side: Side<'_>,
    now: i64,
) -> Vec<Statement> {
    let keys: Vec<&str> = renditions
        .iter()
        .map(|rendition| rendition.key.as_str())
        .collect();
    let keys = json_texts(&keys);
    let replaced = [
        stmt!(
            "insert into object_deletion (object_key, run_after, created_at) \
             select f.path, cast(?3 as bigint), cast(?3 as bigint) from asset_file f where f.asset_id = ?1 \
             and f.is_edited = {side} and f.type in ('thumbnail', 'preview', 'fullsize') \
             and f.path not in json_list(?2) and {guard} on conflict (object_key) do nothing",
            asset_id,
            &keys,
            now
        ),
        stmt!(
            "delete from asset_file where asset_id = ?1 and is_edited = {side} and type in ('thumbnail', 'preview', 'fullsize') \
             and path not in json_list(?2) and {guard}",
            asset_id,
            &keys
        ),
        // A key that waits for its deletion since an earlier format is in use again.
        stmt!(
            "delete from object_deletion where object_key in json_list(?2) and {guard} \
             and exists (select 1 from asset a where a.id = ?1)",
            asset_id,
            &keys
        ),
        stmt!(
            "insert into object_deletion (object_key, run_after, created_at) \
             select f.value, cast(?3 as bigint), cast(?3 as bigint) from json_list(?2) as f \
             where not exists (select 1 from asset a where a.id = ?1) and {guard} on conflict (object_key) do nothing",
            asset_id,
            &keys,
            now
        ),
        stmt!(
            "delete from pending_object where object_key in json_list(?1) and {guard}",
            &keys
        ),
    ];
    let files = renditions
        .iter()
        .map(|rendition| file(asset_id, rendition, now));
    let statements = replaced.into_iter().chain(files);
    let mut batch = vec![super::hold(asset_id)];
    batch.extend(statements.map(|statement| side.guard(statement)));
    batch
}

/// What the asset looks like, unless it is shown as edited.
fn looks(asset_id: &str, look: &Look, now: i64) -> Statement {
    stmt!(
        "update asset set thumbhash = case when is_edited = 1 then thumbhash else cast(?2 as text) end, width = coalesce(width, cast(?3 as integer)), \
         height = coalesce(height, cast(?4 as integer)), updated_at = ?5, update_id = uuid7() where id = ?1 and {held}",
        asset_id,
        &look.thumbhash,
        look.width,
        look.height,
        now
    )
}

/// The row of a rendition, to be completed by [`Side::guard`].
pub(super) fn file(asset_id: &str, rendition: &NewRendition, now: i64) -> Statement {
    stmt!(
        "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at, \
         is_transparent, is_progressive) \
         select a.id, cast(?2 as text), {side}, cast(?3 as text), cast(?4 as text), cast(?5 as text), cast(?6 as bigint), \
         cast(?7 as bigint), cast(?7 as bigint), cast(?8 as integer), cast(?9 as integer) from asset a where a.id = ?1 and {guard} \
         on conflict (asset_id, type, is_edited) do update set id = excluded.id, path = excluded.path, \
         mime_type = excluded.mime_type, size_in_byte = excluded.size_in_byte, updated_at = excluded.updated_at, \
         is_transparent = excluded.is_transparent, is_progressive = excluded.is_progressive",
        asset_id,
        rendition.kind,
        &rendition.id,
        &rendition.key,
        rendition.mime_type,
        rendition.size,
        now,
        rendition.encoding.is_transparent,
        rendition.encoding.is_progressive
    )
}
