//! What a download takes along (api/assets.md section 7).

use edge_platform::{DbError, Row, Rows, Statement, stmt};

use crate::{
    access::{ALBUM_READ, assets_read},
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
    /// Bytes.
    pub size: i64,
    /// Wall clock when taken, epoch ms as if it were UTC.
    pub local_date_time: i64,
    /// Object key of the edited picture.
    pub edited: Option<String>,
    /// The motion part: id, object key, bytes.
    pub motion: Option<(String, String, i64)>,
}

const COLUMNS: &str = "a.id, a.original_file_name, a.original_path, a.local_date_time, e.file_size_in_byte as size, \
     f.path as edited_path, m.id as motion_id, m.original_path as motion_path, me.file_size_in_byte as motion_size";
const JOINS: &str = "join asset_exif e on e.asset_id = a.id \
     left join asset_file f on f.asset_id = a.id and f.type = 'fullsize' and f.is_edited = 1 \
     left join asset m on m.id = a.live_photo_video_id left join asset_exif me on me.asset_id = m.id";

/// The originals that the caller may download, for [`read`]; links only where they allow it. Names `caller`.
pub fn select(which: Which<'_>) -> Statement {
    match which {
        Which::Assets(ids) => stmt!(
            format!(
                "select {COLUMNS} from caller c cross join json_rows(?1) v cross join asset a {JOINS} \
                 where a.id = v.value and a.status <> 'deleted' and c.link_download = 1 and {} order by v.position",
                assets_read()
            ),
            json_texts(ids)
        ),
        Which::Album(id) => stmt!(
            format!(
                "select {COLUMNS} from caller c join album al on al.id = ?1 join album_asset aa on aa.album_id = al.id \
                 join asset a on a.id = aa.asset_id {JOINS} where a.deleted_at is null and a.visibility <> 'locked' \
                 and c.link_download = 1 and {ALBUM_READ} order by a.file_created_at desc, a.id"
            ),
            id
        ),
        Which::Mine => stmt!(format!(
            "select {COLUMNS} from caller c join asset a on a.owner_id = c.user_id {JOINS} where c.link_id is null \
             and a.deleted_at is null and a.visibility in ('timeline', 'archive') \
             order by a.file_created_at desc, a.id"
        )),
    }
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
    let motion_id: Option<String> = row.get("motion_id")?;
    let motion_path: Option<String> = row.get("motion_path")?;
    let motion_size: Option<i64> = row.get("motion_size")?;
    Ok(Original {
        id: row.get("id")?,
        file_name: row.get("original_file_name")?,
        path: row.get("original_path")?,
        size: row.get::<Option<i64>>("size")?.unwrap_or(0),
        local_date_time: row.get("local_date_time")?,
        edited: row.get("edited_path")?,
        motion: motion_id
            .zip(motion_path)
            .map(|(id, path)| (id, path, motion_size.unwrap_or(0))),
    })
}
