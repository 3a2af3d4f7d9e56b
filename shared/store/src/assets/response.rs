//! Rows of `asset` as clients see them (api/assets.md section 8). Every area that answers assets selects
//! [`COLUMNS`] and reads them here.

use edge_api::{
    assets::{AssetResponse, AssetStack},
    enums::{AssetType, AssetVisibility, UserAvatarColor},
    id::{AssetId, DuplicateId, LibraryId, PersonId, StackId, TagId, UserId},
    media_type,
    people::PersonResponse,
    tags::TagResponse,
    time::{Date, LocalMillis, Millis},
    users::{UserResponse, avatar_color},
};
use edge_platform::{DbError, Row, Rows};

use crate::exif;

/// Columns of `asset a` for [`asset`]. None has the name of a column of [`exif::COLUMNS`], so that
/// both can be selected together.
pub const COLUMNS: &str = "a.id, a.owner_id, a.library_id, a.type, a.visibility, a.checksum, a.original_path, \
     a.original_file_name, a.thumbhash, a.width, a.height, a.duration_ms, a.is_favorite, a.is_edited, \
     a.is_offline, a.live_photo_video_id, a.duplicate_id, a.file_created_at, a.file_modified_at, \
     a.local_date_time, a.created_at, a.updated_at, a.deleted_at";

/// Columns of `users owner` for [`owner`].
pub const OWNER_COLUMNS: &str = "owner.id as owner_user_id, owner.name as owner_name, owner.email as owner_email, \
     owner.profile_image_path as owner_profile_image_path, owner.avatar_color as owner_avatar_color, \
     owner.profile_changed_at as owner_profile_changed_at";

fn unknown(column: &str) -> DbError {
    DbError::Other(format!(
        "asset.{column} holds a value the API does not know"
    ))
}

/// Reads [`COLUMNS`] as `viewer_id` may see the asset: only owners see what they marked. Exif, tags,
/// people, stack and owner are left out; callers add what their route loads.
pub fn asset(row: &Row<'_>, viewer_id: Option<&str>) -> Result<AssetResponse, DbError> {
    let owner_id: String = row.get("owner_id")?;
    let is_own = viewer_id == Some(owner_id.as_str());
    let file_name: String = row.get("original_file_name")?;
    let visibility = AssetVisibility::parse(&row.get::<String>("visibility")?)
        .ok_or_else(|| unknown("visibility"))?;
    Ok(AssetResponse {
        id: AssetId::from_trusted(row.get::<String>("id")?),
        created_at: Millis(row.get("created_at")?),
        owner_id: UserId::from_trusted(owner_id),
        owner: None,
        library_id: row
            .get::<Option<String>>("library_id")?
            .map(LibraryId::from_trusted),
        kind: AssetType::parse(&row.get::<String>("type")?).ok_or_else(|| unknown("type"))?,
        original_path: row.get("original_path")?,
        original_mime_type: media_type::mime_type(&file_name),
        original_file_name: file_name,
        thumbhash: row.get("thumbhash")?,
        file_created_at: Millis(row.get("file_created_at")?),
        file_modified_at: Millis(row.get("file_modified_at")?),
        local_date_time: LocalMillis(row.get("local_date_time")?),
        updated_at: Millis(row.get("updated_at")?),
        is_favorite: is_own && row.get("is_favorite")?,
        is_archived: visibility == AssetVisibility::Archive,
        is_trashed: row.get::<Option<i64>>("deleted_at")?.is_some(),
        is_offline: row.get("is_offline")?,
        visibility,
        duration: row.get("duration_ms")?,
        exif_info: None,
        live_photo_video_id: row
            .get::<Option<String>>("live_photo_video_id")?
            .map(AssetId::from_trusted),
        tags: None,
        people: None,
        checksum: row.get("checksum")?,
        stack: None,
        is_edited: row.get("is_edited")?,
        has_metadata: true,
        duplicate_id: row
            .get::<Option<String>>("duplicate_id")?
            .map(DuplicateId::from_trusted),
        resized: true,
        width: row.get("width")?,
        height: row.get("height")?,
    })
}

/// As [`asset`], with the exif of the same row ([`exif::COLUMNS`]).
pub fn asset_with_exif(row: &Row<'_>, viewer_id: Option<&str>) -> Result<AssetResponse, DbError> {
    Ok(AssetResponse {
        exif_info: Some(exif::response(row)?),
        ..asset(row, viewer_id)?
    })
}

/// Reads [`OWNER_COLUMNS`].
pub fn owner(row: &Row<'_>) -> Result<UserResponse, DbError> {
    let email: String = row.get("owner_email")?;
    let color: Option<String> = row.get("owner_avatar_color")?;
    Ok(UserResponse {
        id: UserId::from_trusted(row.get::<String>("owner_user_id")?),
        name: row.get("owner_name")?,
        profile_image_path: row.get("owner_profile_image_path")?,
        avatar_color: color
            .and_then(|color| UserAvatarColor::parse(&color))
            .unwrap_or_else(|| avatar_color(&email)),
        email,
        profile_changed_at: Millis(row.get("owner_profile_changed_at")?),
    })
}

/// Reads the tags of one asset: columns of `tag t`.
pub fn tags(rows: &Rows) -> Result<Vec<TagResponse>, DbError> {
    rows.iter().map(|row| tag(&row)).collect()
}

fn tag(row: &Row<'_>) -> Result<TagResponse, DbError> {
    let value: String = row.get("value")?;
    Ok(TagResponse {
        id: TagId::from_trusted(row.get::<String>("id")?),
        parent_id: row
            .get::<Option<String>>("parent_id")?
            .map(TagId::from_trusted),
        name: value.rsplit('/').next().unwrap_or_default().to_owned(),
        value,
        created_at: Millis(row.get("created_at")?),
        updated_at: Millis(row.get("updated_at")?),
        color: row.get("color")?,
    })
}

/// Reads the people of one asset: columns of `person p`.
pub fn people(rows: &Rows) -> Result<Vec<PersonResponse>, DbError> {
    rows.iter().map(|row| person(&row)).collect()
}

/// Reads one person: columns of `person p`.
pub fn person(row: &Row<'_>) -> Result<PersonResponse, DbError> {
    Ok(PersonResponse {
        id: PersonId::from_trusted(row.get::<String>("id")?),
        name: row.get("name")?,
        birth_date: row
            .get::<Option<String>>("birth_date")?
            .and_then(|date| Date::parse(&date)),
        thumbnail_path: row.get("thumbnail_path")?,
        is_hidden: row.get("is_hidden")?,
        is_favorite: row.get("is_favorite")?,
        color: row.get("color")?,
        updated_at: Millis(row.get("updated_at")?),
    })
}

/// A stack from its columns.
pub fn stack_of(id: String, primary_asset_id: String, asset_count: i64) -> AssetStack {
    AssetStack {
        id: StackId::from_trusted(id),
        primary_asset_id: AssetId::from_trusted(primary_asset_id),
        asset_count,
    }
}

/// Reads a stack: `id`, `primary_asset_id`, `asset_count`.
pub fn stack(row: &Row<'_>) -> Result<AssetStack, DbError> {
    Ok(stack_of(
        row.get("id")?,
        row.get("primary_asset_id")?,
        row.get("asset_count")?,
    ))
}
