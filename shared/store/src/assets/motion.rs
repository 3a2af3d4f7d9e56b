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
    /// Whether it has a motion part itself, or what it is to move is one already. Whatever is below a motion part is shown nowhere.
    pub is_nested: bool,
}

/// The motion part that an upload names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Motion<'a> {
    /// The video.
    pub video_id: &'a str,
    /// Guests may only name what was uploaded through this link.
    pub link_id: Option<&'a str>,
}

/// Reads what may become the motion part of the asset `still_id`; read with [`read`].
pub fn statement(id: &str, still_id: &str) -> Statement {
    stmt!(
        "select a.owner_id, a.type, a.visibility, case when a.live_photo_video_id is not null or exists \
         (select 1 from asset still where still.live_photo_video_id = ?2) then 1 else 0 end as is_nested \
         from asset a where a.id = ?1 and a.status <> 'deleted'",
        id,
        still_id
    )
}

/// Fails the batch, with [`DbError::Conflict`], where [`Video::is_nested`] is true by now: somebody may have made the still a motion part,
/// or given the video one, since [`statement`] was read. To follow [`super::remove::hold`] of both, by which two such batches come one after
/// the other. It stores the row of `asset_exif` once more, which is there already.
pub fn unless_nested(id: &str, still_id: &str) -> Statement {
    stmt!(
        "insert into asset_exif (asset_id, owner_id, updated_at, update_id) \
         select e.asset_id, e.owner_id, e.updated_at, uuid7() from asset_exif e where e.asset_id = ?2 \
         and (exists (select 1 from asset v where v.id = ?1 and v.live_photo_video_id is not null) \
         or exists (select 1 from asset still where still.live_photo_video_id = ?2))",
        id,
        still_id
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
                is_nested: row.get("is_nested")?,
            })
        })
        .transpose()
}
