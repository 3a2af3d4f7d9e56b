//! By which values assets are found without looking at all of them (docs/decisions/0017-search.md).

use super::condition::Column;

/// A column of an index that begins with the owner and goes on with it. Its entries are of assets that have a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Indexed {
    /// The smaller, the fewer assets are likely to share a value.
    pub rank: u8,
    /// Its name.
    pub name: &'static str,
    /// Whether it is one of `asset_exif` and not of `asset`.
    pub is_exif: bool,
}

/// The index of a column, if there is one.
pub(super) fn indexed(column: Column) -> Option<Indexed> {
    let (rank, name, is_exif) = match column {
        Column::City => (4, "city", false),
        Column::State => (5, "state", true),
        Column::Lens => (5, "lens_model", true),
        Column::Rating => (5, "rating", true),
        Column::Model => (6, "model", true),
        Column::Make => (7, "make", true),
        Column::Country => (7, "country", true),
        Column::MotionPart => (9, "live_photo_video_id", false),
        Column::FileSize => (11, "file_size_in_byte", false),
        _ => return None,
    };
    Some(Indexed {
        rank,
        name,
        is_exif,
    })
}
