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

/// The statement of [`usage_by_user`].
pub const USAGE: &str = "select u.id, u.name, u.quota_size_in_bytes, \
     cast(sum(case when a.type = 'IMAGE' and a.visibility <> 'hidden' then a.total else 0 end) as bigint) as photos, \
     cast(sum(case when a.type = 'VIDEO' and a.visibility <> 'hidden' then a.total else 0 end) as bigint) as videos, \
     cast(sum(case when a.type = 'IMAGE' then a.bytes else 0 end) as bigint) as usage_photos, \
     cast(sum(case when a.type = 'VIDEO' then a.bytes else 0 end) as bigint) as usage_videos \
     from users u left join asset_total a on a.owner_id = u.id and a.is_library = 0 \
     group by u.id, u.name, u.quota_size_in_bytes, u.created_at order by u.created_at, u.id";

/// What each user stores, oldest account first. One round trip; reads the numbers kept of each (`asset_total`).
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
