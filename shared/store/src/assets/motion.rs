//! Motion parts: videos that an upload or an update names as the moving half of a still (api/assets.md).

use edge_platform::{DbError, Rows, Statement, stmt};

/// The motion part named by an upload or update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    /// Whose it is.
    pub owner_id: String,
    /// Whether it is a video.
    pub is_video: bool,
    /// Whether it is in the locked folder.
    pub is_locked: bool,
}

/// The motion part that an upload names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Motion<'a> {
    /// The video.
    pub video_id: &'a str,
    /// Guests may only name what was uploaded through this link.
    pub link_id: Option<&'a str>,
}

/// Reads what may become a motion part; read with [`read`].
pub fn statement(id: &str) -> Statement {
    stmt!(
        "select a.owner_id, a.type, a.visibility from asset a where a.id = ?1 and a.status <> 'deleted'",
        id
    )
}

/// Reads the row of [`statement`].
pub fn read(rows: &Rows) -> Result<Option<Video>, DbError> {
    rows.first()
        .map(|row| {
            Ok(Video {
                owner_id: row.get("owner_id")?,
                is_video: row.get::<String>("type")? == "VIDEO",
                is_locked: row.get::<String>("visibility")? == "locked",
            })
        })
        .transpose()
}
