//! Counts over the assets of all users.

use edge_platform::{Database, DbError, Statement, stmt};

/// Photos, videos and bytes of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The user.
    pub user_id: String,
    /// Display name.
    pub user_name: String,
    /// Quota in bytes, `None` = unlimited.
    pub quota_size_in_bytes: Option<i64>,
    /// Photos on the timeline and in the archive, the trash included.
    pub photos: i64,
    /// Videos likewise.
    pub videos: i64,
    /// Bytes of these photos' originals.
    pub usage_photos: i64,
    /// Bytes of these videos' originals.
    pub usage_videos: i64,
}

const USAGE: &str = "select u.id, u.name, u.quota_size_in_bytes, \
     cast(sum(case when a.type = 'IMAGE' and a.visibility <> 'hidden' then 1 else 0 end) as bigint) as photos, \
     cast(sum(case when a.type = 'VIDEO' and a.visibility <> 'hidden' then 1 else 0 end) as bigint) as videos, \
     cast(sum(case when a.type = 'IMAGE' then coalesce(e.file_size_in_byte, 0) else 0 end) as bigint) as usage_photos, \
     cast(sum(case when a.type = 'VIDEO' then coalesce(e.file_size_in_byte, 0) else 0 end) as bigint) as usage_videos \
     from users u left join asset a on a.owner_id = u.id and a.library_id is null \
     left join asset_exif e on e.asset_id = a.id \
     group by u.id, u.name, u.quota_size_in_bytes, u.created_at order by u.created_at, u.id";

/// What each user stores, oldest account first. One round trip; reads every asset row.
pub async fn usage_by_user(db: &dyn Database) -> Result<Vec<Usage>, DbError> {
    let rows = db.run(Statement::new(USAGE, Vec::new())).await?;
    rows.iter()
        .map(|row| {
            Ok(Usage {
                user_id: row.get("id")?,
                user_name: row.get("name")?,
                quota_size_in_bytes: row.get("quota_size_in_bytes")?,
                photos: row.get("photos")?,
                videos: row.get("videos")?,
                usage_photos: row.get("usage_photos")?,
                usage_videos: row.get("usage_videos")?,
            })
        })
        .collect()
}

/// Selects the bytes of all originals that users uploaded, as `n`.
pub fn bytes_in_use() -> Statement {
    stmt!("select cast(coalesce(sum(quota_usage_in_bytes), 0) as bigint) as n from users")
}
