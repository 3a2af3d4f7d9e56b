//! What a download takes along (api/assets.md section 7).

use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};

use crate::{
    access::{ALBUM_READ, assets_read},
    assets::edits::ONLY_EDITED,
    json_texts,
};

/// What is downloaded.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// Single assets, in this order.
    Assets(&'a [&'a str]),
    /// An album.
    Album(&'a str),
    /// Everything that the caller has on the timeline and in the archive.
    Mine,
}

/// An original that may be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The asset.
    pub id: String,
    /// Name as uploaded.
    pub file_name: String,
    /// Object key.
    pub path: String,
    /// Wall clock when taken, epoch ms as if it were UTC.
    pub local_date_time: i64,
    /// Object key of the edited picture.
    pub edited: Option<String>,
}

/// What an archive counts of an original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The asset.
    pub id: String,
    /// Bytes.
    pub size: i64,
    /// The motion part.
    pub motion: Option<Motion>,
    /// When taken, epoch ms.
    taken_at: i64,
}

impl Part {
    /// One without a date.
    pub fn of(id: &str, size: i64, motion: Option<Motion>) -> Self {
        Self {
            id: id.to_owned(),
            size,
            motion,
            taken_at: 0,
        }
    }
}

/// What an archive counts of a motion part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Motion {
    /// The asset.
    pub id: String,
    /// Bytes.
    pub size: i64,
    /// Whether it was cut out of its still.
    pub is_embedded: bool,
}

/// Parts of one page of [`sizes`].
pub const PAGE: usize = 20_000;

// Links show the picture as it is edited, whatever they ask for.
const COLUMNS: &str = "a.id, a.original_file_name, case when c.link_id is not null and f.path is not null then f.path \
     else a.original_path end as original_path, a.local_date_time, f.path as edited_path";
const JOINS: &str =
    "left join asset_file f on f.asset_id = a.id and f.type = 'fullsize' and f.is_edited = 1";

/// The originals among these assets that the caller may download, in this order, for [`read`]; links only where they allow it.
/// Names `caller`.
pub fn select(ids: &[&str]) -> Statement {
    stmt!(
        format!(
            "select {COLUMNS} from {ASKED} {JOINS} where {} and not ({ONLY_EDITED} and f.path is null) order by v.position",
            asked()
        ),
        json_texts(ids)
    )
}

const ASKED: &str = "caller c cross join json_rows(?1) v cross join asset a";

fn asked() -> String {
    format!(
        "a.id = v.value and a.status <> 'deleted' and c.link_download = 1 and {}",
        assets_read()
    )
}

const PARTS: &str = "a.id, a.file_created_at, e.file_size_in_byte as size, m.id as motion_id, \
     case when m.original_path like 'encoded-video/%' then 1 else 0 end as is_embedded, me.file_size_in_byte as motion_size";
const PART_JOINS: &str = "join asset_exif e on e.asset_id = a.id left join asset m on m.id = a.live_photo_video_id \
     left join asset_exif me on me.asset_id = m.id";

/// What the caller may download, for [`read_parts`]; links only where they allow it. Single assets come all at once, in their order, else a
/// page of [`PAGE`], the latest first, behind `after`. Names `caller`.
pub fn sizes(which: Which<'_>, after: Option<&Part>) -> Statement {
    let (from, allowed, first) = match which {
        Which::Assets(ids) => {
            return stmt!(
                format!(
                    "select {PARTS} from {ASKED} {PART_JOINS} where {} order by v.position",
                    asked()
                ),
                json_texts(ids)
            );
        }
        Which::Album(id) => (
            "caller c join album al on al.id = ?1 join album_asset aa on aa.album_id = al.id join asset a on a.id = aa.asset_id",
            format!("a.deleted_at is null and a.visibility <> 'locked' and c.link_download = 1 and {ALBUM_READ}"),
            id,
        ),
        Which::Mine => (
            "caller c join asset a on a.owner_id = c.user_id",
            "cast(?1 as text) = '' and c.link_id is null and a.deleted_at is null and a.visibility in ('timeline', 'archive')"
                .to_owned(),
            "",
        ),
    };
    let mut params: Vec<Value> = vec![first.into()];
    let mut behind = "";
    if let Some(part) = after {
        behind = " and (a.file_created_at, a.id) < (cast(?2 as bigint), cast(?3 as text))";
        params.extend([part.taken_at.into(), part.id.as_str().into()]);
    }
    Statement::new(
        format!(
            "select {PARTS} from {from} {PART_JOINS} where {allowed}{behind} \
             order by a.file_created_at desc, a.id desc limit {PAGE}"
        ),
        params,
    )
}

/// Reads the rows of [`sizes`].
pub fn read_parts(rows: &Rows) -> Result<Vec<Part>, DbError> {
    let part = |row: Row<'_>| {
        let motion: Option<String> = row.get("motion_id")?;
        let size: Option<i64> = row.get("motion_size")?;
        let is_embedded = row.get("is_embedded")?;
        Ok(Part {
            id: row.get("id")?,
            size: row.get::<Option<i64>>("size")?.unwrap_or(0),
            taken_at: row.get("file_created_at")?,
            motion: motion.map(|id| Motion {
                id,
                size: size.unwrap_or(0),
                is_embedded,
            }),
        })
    };
    rows.iter().map(part).collect()
}

/// A row when the caller may download an album. Names `caller`.
pub fn album(id: &str) -> Statement {
    stmt!(
        format!(
            "select al.id from caller c join album al on al.id = ?1 where c.link_download = 1 and {ALBUM_READ}"
        ),
        id
    )
}

/// Reads the rows of [`select`].
pub fn read(rows: &Rows) -> Result<Vec<Original>, DbError> {
    rows.iter().map(|row| original(&row)).collect()
}

fn original(row: &Row<'_>) -> Result<Original, DbError> {
    Ok(Original {
        id: row.get("id")?,
        file_name: row.get("original_file_name")?,
        path: row.get("original_path")?,
        local_date_time: row.get("local_date_time")?,
        edited: row.get("edited_path")?,
    })
}
