//! What is read of an asset to announce it (api/realtime.md section 3). The reader is its owner: nobody else is told.

use edge_api::assets::AssetResponse;
use edge_platform::{DbError, Rows, Statement, stmt};

use crate::{
    assets::{edits, read},
    media::edited,
    sync::{self, Page, sources},
};

/// An asset as both apps learn of it.
#[derive(Debug, Clone)]
pub struct Announced {
    /// For the web app: with exif, tags, people and owner, without the stack.
    pub response: AssetResponse,
    /// `SyncAssetV2` as JSON.
    pub sync_asset: String,
    /// `SyncAssetExifV1` as JSON.
    pub sync_exif: String,
}

/// The row `caller` of the asset's owner.
const OWNER: &str = "select a.owner_id as user_id, cast(0 as bigint) as is_admin, cast(0 as bigint) as elevated, \
     cast(null as text) as session_id, cast(null as text) as api_key_id, cast(null as text) as link_id, \
     cast(null as text) as link_album_id, cast(1 as bigint) as link_download, cast(1 as bigint) as link_metadata \
     from asset a where a.id = ?";

/// The statements of one batch that read it; [`read()`] reads their results.
pub fn upload(asset_id: &str) -> Vec<Statement> {
    let details = read::own_detail_statements(asset_id).into_iter();
    let mut batch: Vec<_> = details
        .map(|statement| {
            let place = statement.params.len() + 1;
            statement.over("caller", &format!("{OWNER}{place}"), vec![asset_id.into()])
        })
        .collect();
    batch.push(sources::ASSET.one("t.id", asset_id));
    batch.push(sources::ASSET_EXIF.one("t.asset_id", asset_id));
    batch
}

/// Reads the results of [`upload`]; `None`: it is gone meanwhile.
pub fn read(results: &[Rows]) -> Result<Option<Announced>, DbError> {
    let [detail @ .., asset, exif] = results else {
        return Err(DbError::Other("an upload is read by six statements".into()));
    };
    let owner: Option<String> = match detail.first().and_then(Rows::first) {
        Some(row) => Some(row.get("owner_id")?),
        None => None,
    };
    let found = read::detail(detail, owner.as_deref())?;
    let asset = first(asset, &sources::ASSET)?;
    let exif = first(exif, &sources::ASSET_EXIF)?;
    let (Some(response), Some(sync_asset), Some(sync_exif)) = (found, asset, exif) else {
        return Ok(None);
    };
    let response = AssetResponse {
        stack: None,
        ..response
    };
    Ok(Some(Announced {
        response,
        sync_asset,
        sync_exif,
    }))
}

/// An edited asset as the editors learn of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// Whose.
    pub owner_id: String,
    /// Which edits it has, as `media::edited::Edits::version`.
    pub version: String,
    /// `SyncAssetV2` as JSON.
    pub sync_asset: String,
    /// `SyncAssetEditV1` as JSON, in the order they are applied.
    pub sync_edits: Vec<String>,
}

/// The statements of one batch that read an edited asset; [`read_edit`] reads their results.
pub fn edit(asset_id: &str) -> Vec<Statement> {
    vec![
        stmt!("select a.owner_id from asset a where a.id = ?1", asset_id),
        edits::list(asset_id),
        sources::ASSET.one("t.id", asset_id),
        sources::ASSET_EDIT.all("t.asset_id", asset_id, "t.sequence"),
    ]
}

/// Reads the results of [`edit`]; `None`: it is gone meanwhile.
pub fn read_edit(results: &[Rows]) -> Result<Option<Edited>, DbError> {
    let [owner, edits, asset, listed] = results else {
        return Err(DbError::Other("an edit is read by four statements".into()));
    };
    let (Some(owner), Some(sync_asset)) = (owner.first(), first(asset, &sources::ASSET)?) else {
        return Ok(None);
    };
    let mut sync_edits = Vec::new();
    Page(listed).write(sources::ASSET_EDIT.shape, |_, data| {
        sync_edits.push(data.to_owned());
    })?;
    Ok(Some(Edited {
        owner_id: owner.get("owner_id")?,
        version: edited::version(edits)?,
        sync_asset,
        sync_edits,
    }))
}

/// The hidden video of the live photo that the asset is a half of: `id`, `owner_id`; no row: it is none.
pub fn hidden_video(asset_id: &str) -> Statement {
    stmt!(
        "select m.id, m.owner_id from asset m where m.visibility = 'hidden' and (m.id = ?1 and exists \
         (select 1 from asset s where s.live_photo_video_id = m.id) \
         or m.id = (select s.live_photo_video_id from asset s where s.id = ?1))",
        asset_id
    )
}

fn first(rows: &Rows, source: &sync::Source) -> Result<Option<String>, DbError> {
    let mut found = None;
    Page(rows).write(source.shape, |_, data| found = Some(data.to_owned()))?;
    Ok(found)
}
