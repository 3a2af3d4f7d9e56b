//! Upload: what has to be known before an asset is inserted, and the one batch that inserts it
//! (api/assets.md sections 1 and 3).

use edge_api::enums::{AssetType, AssetVisibility};
use edge_platform::{DbError, Rows, Statement, Value, stmt};

use super::{
    files::FileType,
    lock,
    motion::{Motion, Video},
    remove,
};
use crate::{asset_metadata, days, fold::fold, objects, people, search::words};

/// A file that was uploaded and is stored under a key that is still pending.
#[derive(Debug, Clone)]
pub struct NewAsset<'a> {
    /// Fresh id.
    pub id: &'a str,
    /// Whose it will be; for shared links the owner of the link.
    pub owner_id: &'a str,
    /// Photo or video.
    pub kind: AssetType,
    /// Where it is shown.
    pub visibility: AssetVisibility,
    /// SHA-1 of the content, base64.
    pub checksum: &'a str,
    /// SHA-256 of the content, base64; only in the second dialect.
    pub checksum_sha256: Option<&'a str>,
    /// Key of the stored object.
    pub original_path: &'a str,
    /// Name to show.
    pub file_name: &'a str,
    /// Bytes.
    pub size: i64,
    /// Milliseconds.
    pub duration_ms: Option<i64>,
    /// Marked by the owner.
    pub is_favorite: bool,
    /// Motion part.
    pub live_photo_video_id: Option<&'a str>,
    /// When taken, epoch ms; also the wall clock until the metadata is read.
    pub file_created_at: i64,
    /// Time of the file, epoch ms.
    pub file_modified_at: i64,
    /// Now, epoch ms.
    pub now: i64,
}

/// A sidecar stored beside a new asset.
#[derive(Debug, Clone)]
pub struct NewSidecar<'a> {
    /// Fresh id.
    pub id: &'a str,
    /// Key of the stored object.
    pub path: &'a str,
    /// Bytes.
    pub size: i64,
}

/// What decides whether an upload is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The owner's asset with the same content.
    pub duplicate_id: Option<String>,
    /// Bytes the owner may store; `None`: unlimited.
    pub quota_size: Option<i64>,
    /// Bytes the owner stores.
    pub quota_usage: i64,
    /// The motion part named by the upload, if it exists.
    pub video: Option<Video>,
}

impl Facts {
    /// Whether the quota has room for `size` more bytes.
    pub fn has_room(&self, size: i64) -> bool {
        self.quota_size
            .is_none_or(|quota| quota >= self.quota_usage.saturating_add(size))
    }
}

/// Asks for the [`Facts`] about content with this checksum (base64).
pub fn facts_statement(owner_id: &str, checksum: &str, motion: Option<Motion<'_>>) -> Statement {
    stmt!(
        "select u.quota_size_in_bytes, u.quota_usage_in_bytes, \
         (select d.id from asset d where d.owner_id = u.id and d.checksum = ?2 and d.library_id is null \
         and d.status <> 'deleted') as duplicate_id, v.owner_id as video_owner_id, v.type as video_type, \
         v.visibility as video_visibility, case when v.live_photo_video_id is null then 0 else 1 end as is_nested \
         from users u left join asset v on v.id = cast(?3 as text) and v.status <> 'deleted' \
         and (cast(?4 as text) is null or exists (select 1 from shared_link_upload su \
         where su.asset_id = v.id and su.shared_link_id = ?4)) where u.id = ?1",
        owner_id,
        checksum,
        motion.map(|motion| motion.video_id),
        motion.and_then(|motion| motion.link_id),
    )
}

/// Reads the row of [`facts_statement`]. Errors: the owner is gone.
pub fn facts(rows: &Rows) -> Result<Facts, DbError> {
    let row = rows
        .first()
        .ok_or_else(|| DbError::Other("the owner of the upload is gone".into()))?;
    let video_owner: Option<String> = row.get("video_owner_id")?;
    let video_type: Option<String> = row.get("video_type")?;
    let visibility: Option<String> = row.get("video_visibility")?;
    let is_nested = row.get("is_nested")?;
    Ok(Facts {
        duplicate_id: row.get("duplicate_id")?,
        quota_size: row.get("quota_size_in_bytes")?,
        quota_usage: row.get("quota_usage_in_bytes")?,
        video: video_owner.map(|owner_id| Video {
            owner_id,
            is_video: video_type.as_deref() == Some("VIDEO"),
            is_locked: visibility.as_deref() == Some(AssetVisibility::Locked.as_str()),
            is_nested,
        }),
    })
}

/// Registers the object of a small file, unless the owner has its content already: then nothing will be
/// stored. Runs in the batch of [`facts_statement`].
pub fn register_unless_known(key: &str, owner_id: &str, checksum: &str, now: i64) -> Statement {
    stmt!(
        "insert into pending_object (object_key, created_at, expires_at) \
         select cast(?1 as text), cast(?4 as bigint), cast(?5 as bigint) where not exists (select 1 from asset d \
         where d.owner_id = ?2 and d.checksum = ?3 and d.library_id is null and d.status <> 'deleted') \
         on conflict (object_key) do nothing",
        key,
        owner_id,
        checksum,
        now,
        now + objects::PENDING_LIFETIME,
    )
}

/// The statements that insert an upload with everything that belongs to it. Nothing happens when its object
/// is no longer pending, the content is known or the quota is used up; the caller learns it from
/// [`facts_statement`] as the last statement of the batch. Jobs are added by the caller
/// (`jobs::insert_for_asset`).
pub fn statements(
    asset: &NewAsset<'_>,
    sidecar: Option<&NewSidecar<'_>>,
    metadata: &[asset_metadata::Item<'_>],
) -> Vec<Statement> {
    let [gone, free] = free_checksum(asset);
    // So that nobody gives the video a motion part meanwhile.
    let held = asset.live_photo_video_id.map(|id| remove::hold(&[id]));
    let mut batch: Vec<Statement> = held.into_iter().collect();
    batch.extend([
        gone,
        free,
        hold_quota(asset.owner_id),
        insert_asset(asset),
        insert_exif(asset),
        add_usage(asset),
    ]);
    let mut keys = vec![asset.original_path];
    if let Some(sidecar) = sidecar {
        batch.push(insert_sidecar(asset, sidecar));
        keys.push(sidecar.path);
    }
    if !metadata.is_empty() {
        batch.push(asset_metadata::set(asset.owner_id, metadata, asset.now));
    }
    if let Some(video_id) = asset.live_photo_video_id {
        batch.extend(hide_video(video_id, asset));
    }
    batch.push(settle(asset.id, &keys));
    batch
}

/// An asset that waits for its deletion no longer stands for its content: who uploads it again wants it. Sync is
/// told that it is gone, because deletions come before new rows: a client never sees one content twice.
fn free_checksum(asset: &NewAsset<'_>) -> [Statement; 2] {
    let waiting = "owner_id = ?1 and checksum = ?2 and library_id is null and status = 'deleted'";
    [
        format!(
            "insert into asset_audit (owner_id, id, asset_id) select owner_id, uuid7(), id from asset where {waiting}"
        ),
        format!("update asset set checksum = 'deleted:' || id, update_id = uuid7() where {waiting}"),
    ]
    .map(|sql| stmt!(sql, asset.owner_id, asset.checksum))
}

/// Uploads of an owner with a quota pass it one after the other: on PostgreSQL, whose batches run side by side, each
/// would otherwise see the room that another one is about to take. It comes behind the assets that the batch changes, as in
/// `remove::purge`, so that the two never wait for each other.
fn hold_quota(owner_id: &str) -> Statement {
    stmt!(
        "select u.id from users u where u.id = ?1 and u.quota_size_in_bytes is not null for_update()",
        owner_id
    )
}

fn insert_asset(asset: &NewAsset<'_>) -> Statement {
    let pending = objects::IS_PENDING.replace("{key}", "?8");
    let local = asset.file_created_at;
    let sql = format!(
        "insert into asset (id, owner_id, type, visibility, checksum, checksum_sha256, is_favorite, original_path, \
         original_file_name, file_name_folded, duration_ms, live_photo_video_id, file_created_at, \
         file_modified_at, local_date_time, local_day, local_month, created_at, created_month, updated_at, \
         file_size_in_byte, words, update_id) \
         select cast(?1 as text), cast(?2 as text), cast(?3 as text), cast(?4 as text), cast(?5 as text), \
         cast(?6 as text), cast(?7 as integer), cast(?8 as text), cast(?9 as text), cast(?10 as text), \
         cast(?11 as bigint), (select v.id from asset v where v.id = cast(?12 as text) and v.owner_id = ?2 \
         and v.live_photo_video_id is null and (v.visibility <> 'locked' or cast(?4 as text) = 'locked')), cast(?13 as bigint), \
         cast(?14 as bigint), cast(?13 as bigint), cast(?15 as integer), cast(?16 as integer), \
         cast(?17 as bigint), cast(?18 as integer), cast(?17 as bigint), cast(?19 as bigint), \
         cast(?20 as text), uuid7() \
         where {pending} and exists (select 1 from users u where u.id = ?2 and (u.quota_size_in_bytes is null \
         or u.quota_size_in_bytes >= u.quota_usage_in_bytes + cast(?19 as bigint))) \
         on conflict (owner_id, checksum) where library_id is null do nothing"
    );
    let params: Vec<Value> = vec![
        asset.id.into(),
        asset.owner_id.into(),
        asset.kind.as_str().into(),
        asset.visibility.as_str().into(),
        asset.checksum.into(),
        asset.checksum_sha256.into(),
        asset.is_favorite.into(),
        asset.original_path.into(),
        asset.file_name.into(),
        fold(asset.file_name).into(),
        asset.duration_ms.into(),
        asset.live_photo_video_id.into(),
        asset.file_created_at.into(),
        asset.file_modified_at.into(),
        days::day(local).into(),
        days::month(local).into(),
        asset.now.into(),
        days::month(asset.now).into(),
        asset.size.into(),
        words::json(&fold(asset.file_name)).into(),
    ];
    Statement::new(sql, params)
}

fn insert_exif(asset: &NewAsset<'_>) -> Statement {
    stmt!(
        "insert into asset_exif (asset_id, owner_id, file_size_in_byte, updated_at, update_id) \
         select a.id, a.owner_id, cast(?2 as bigint), cast(?3 as bigint), uuid7() from asset a where a.id = ?1",
        asset.id,
        asset.size,
        asset.now,
    )
}

fn add_usage(asset: &NewAsset<'_>) -> Statement {
    stmt!(
        "update users set quota_usage_in_bytes = quota_usage_in_bytes + ?3, updated_at = ?4, update_id = uuid7() \
         where id = ?2 and exists (select 1 from asset a where a.id = ?1)",
        asset.id,
        asset.owner_id,
        asset.size,
        asset.now,
    )
}

fn insert_sidecar(asset: &NewAsset<'_>, sidecar: &NewSidecar<'_>) -> Statement {
    stmt!(
        "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
         select a.id, cast(?2 as text), 0, cast(?3 as text), cast(?4 as text), 'application/xml', cast(?5 as bigint), \
         cast(?6 as bigint), cast(?6 as bigint) from asset a where a.id = ?1",
        asset.id,
        FileType::Sidecar.as_str(),
        sidecar.id,
        sidecar.path,
        sidecar.size,
        asset.now,
    )
}

/// Only when the still is there.
fn hide_video(video_id: &str, asset: &NewAsset<'_>) -> Vec<Statement> {
    let mut batch = lock::become_motion(video_id, asset.owner_id, asset.visibility, asset.now);
    for statement in &mut batch {
        statement.params.push(asset.id.into());
        let still = statement.params.len();
        statement.sql = format!(
            "{} and exists (select 1 from asset s where s.id = ?{still} and s.live_photo_video_id is not null)",
            statement.sql
        )
        .into();
    }
    // It looks for itself whether the video is locked now.
    let is_locked = asset.visibility == AssetVisibility::Locked;
    if is_locked {
        batch.extend(people::batch_conceal(
            asset.owner_id,
            &[video_id],
            asset.now,
        ));
    }
    batch
}

/// Pending rows go only when the asset is there; else their objects still have to be deleted.
fn settle(asset_id: &str, keys: &[&str]) -> Statement {
    stmt!(
        "delete from pending_object where object_key in json_list(?2) \
         and exists (select 1 from asset a where a.id = ?1)",
        asset_id,
        crate::json_texts(keys),
    )
}

/// Shows an uploaded asset in the shared link it came through: in the link itself or in its album, while the link's owner
/// may fill that (api/assets.md section 1). Remembers that it came through it.
pub fn add_to_link(link_id: &str, asset_id: &str, now: i64) -> Vec<Statement> {
    vec![
        stmt!(
            "insert into shared_link_upload (shared_link_id, asset_id) select l.id, a.id from shared_link l \
             join asset a on a.id = ?2 where l.id = ?1 on conflict (shared_link_id, asset_id) do nothing",
            link_id,
            asset_id,
        ),
        stmt!(
            "insert into shared_link_asset (shared_link_id, asset_id) select l.id, a.id from shared_link l \
             join asset a on a.id = ?2 where l.id = ?1 and l.type = 'INDIVIDUAL' \
             on conflict (shared_link_id, asset_id) do nothing",
            link_id,
            asset_id,
        ),
        stmt!(
            "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) \
             select l.album_id, a.id, cast(?3 as bigint), cast(?3 as bigint), uuid7() from shared_link l \
             join asset a on a.id = ?2 join album_user au on au.album_id = l.album_id and au.user_id = l.user_id \
             where l.id = ?1 and l.type = 'ALBUM' and au.role in ('owner', 'editor') and a.visibility <> 'locked' \
             on conflict (album_id, asset_id) do nothing",
            link_id,
            asset_id,
            now,
        ),
        stmt!(
            "update album set thumbnail_asset_id = coalesce(thumbnail_asset_id, cast(?2 as text)), updated_at = ?3, \
             update_id = uuid7() where id in (select l.album_id from shared_link l where l.id = ?1) \
             and exists (select 1 from album_asset aa where aa.album_id = album.id and aa.asset_id = ?2)",
            link_id,
            asset_id,
            now,
        ),
    ]
}
