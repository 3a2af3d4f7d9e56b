//! Which stored object answers a request for a picture or video (api/assets.md sections 4 to 6), read in the
//! round trip that authenticates.

use edge_platform::{DbError, Row, Rows, Statement, stmt};

use crate::{access::one_asset_read, assets::edits::ONLY_EDITED};

/// A rendition of an asset: `asset_file.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileType {
    /// Small picture.
    Thumbnail,
    /// Picture for the screen.
    Preview,
    /// Picture in full size, of originals that browsers do not show.
    Fullsize,
    /// Transcoded video.
    EncodedVideo,
    /// Sidecar with metadata.
    Sidecar,
}

impl FileType {
    /// The text in `asset_file.type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumbnail",
            Self::Preview => "preview",
            Self::Fullsize => "fullsize",
            Self::EncodedVideo => "encoded_video",
            Self::Sidecar => "sidecar",
        }
    }
}

/// What is known of an asset whose bytes are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// As uploaded.
    pub file_name: String,
    /// Object key of the original.
    pub original_path: String,
    /// Whether it is a video.
    pub is_video: bool,
    /// Whether it has an edit.
    pub is_edited: bool,
    /// The caller sees nothing of the unedited picture.
    pub only_edited: bool,
    /// Object key of the rendition of the unedited picture.
    pub unedited: Option<String>,
    /// Object key of the rendition of the edited picture.
    pub edited: Option<String>,
}

impl Media {
    /// The rendition to serve: the wanted one, else the other (api/assets.md section 4).
    pub fn rendition(&self, edited: bool) -> Option<&str> {
        if self.only_edited {
            return self.edited.as_deref();
        }
        let (first, second) = if edited {
            (&self.edited, &self.unedited)
        } else {
            (&self.unedited, &self.edited)
        };
        first.as_deref().or(second.as_deref())
    }

    /// The picture in full size, of [`download`]: the edited one where it is wanted and there, else the original.
    pub fn whole(&self, edited: bool) -> Option<&str> {
        let edited = self.edited.as_deref().filter(|_| edited);
        let original = Some(self.original_path.as_str()).filter(|_| !self.only_edited);
        edited.or(original)
    }
}

/// [`Media`] of the asset `?1` with its files of the type `?2`, under a condition.
fn select(condition: &str) -> String {
    format!(
        "select a.original_file_name, a.original_path, a.type, a.is_edited, f.path, f.is_edited as is_edited_file, \
         case when {ONLY_EDITED} then 1 else 0 end as only_edited from caller c join asset a on a.id = ?1 \
         left join asset_file f on f.asset_id = a.id and f.type = ?2 where a.status <> 'deleted' and {condition}"
    )
}

/// Looks a rendition up, for [`Media`]; names `caller c`.
pub fn view(asset_id: &str, kind: FileType) -> Statement {
    stmt!(select(&one_asset_read()), asset_id, kind.as_str())
}

/// As [`view`], for callers who may download originals: users, and links that allow it.
pub fn download(asset_id: &str, kind: FileType) -> Statement {
    stmt!(
        select(&format!("c.link_download = 1 and {}", one_asset_read())),
        asset_id,
        kind.as_str()
    )
}

/// Reads the rows of [`view`] and [`download`]; `None` when the caller may not see the asset.
pub fn media(rows: &Rows) -> Result<Option<Media>, DbError> {
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let mut media = Media {
        file_name: first.get("original_file_name")?,
        original_path: first.get("original_path")?,
        is_video: first.get::<String>("type")? == "VIDEO",
        is_edited: first.get("is_edited")?,
        only_edited: first.get("only_edited")?,
        unedited: None,
        edited: None,
    };
    for row in rows.iter() {
        rendition(&row, &mut media)?;
    }
    Ok(Some(media))
}

fn rendition(row: &Row<'_>, media: &mut Media) -> Result<(), DbError> {
    let path: Option<String> = row.get("path")?;
    match row.get::<Option<bool>>("is_edited_file")? {
        Some(true) => media.edited = path,
        Some(false) => media.unedited = path,
        None => {}
    }
    Ok(())
}
