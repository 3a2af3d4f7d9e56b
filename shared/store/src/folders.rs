//! The caller's assets by the folder of their originals (api/features.md section A, Views).

use edge_api::assets::AssetResponse;
use edge_platform::{DbError, Rows, Statement, stmt};

use crate::{assets::response, exif};

/// Most folders, and most assets of one folder, of one answer: what fits a Worker.
const MOST: i64 = 10_000;

/// The folder of `original_path` with its last slash: what is left without the letters at the end that are no slash. The index
/// `asset_folder_idx` is of this expression.
macro_rules! folder {
    ($asset:literal) => {
        concat!(
            "rtrim(",
            $asset,
            ".original_path, replace(",
            $asset,
            ".original_path, '/', ''))"
        )
    };
}

/// What the index holds.
const SHOWN: &str = "x.deleted_at is null and x.visibility = 'timeline'";

/// Folders in which the caller has assets on the timeline; column `value`. Each takes one look at the index. Names `caller`.
pub fn list() -> Statement {
    let folder = folder!("x");
    let next = |owner: &str, behind: &str| {
        format!(
            "(select {folder} from asset x where x.owner_id = {owner} and {SHOWN} and {folder} > {behind} \
             order by {folder} limit 1)"
        )
    };
    stmt!(format!(
        "select f.v as value from (with recursive s(owner_id, v) as (select c.user_id, {} from caller c \
         where c.link_id is null union all select s.owner_id, {} from s where s.v is not null) \
         select s.v from s where s.v is not null) f order by f.v limit {MOST}",
        next("c.user_id", "''"),
        next("s.owner_id", "s.v"),
    ))
}

/// Reads the rows of [`list`]: paths without the last slash.
pub fn read_list(rows: &Rows) -> Result<Vec<String>, DbError> {
    let path = |folder: String| {
        folder
            .strip_suffix('/')
            .map_or(folder.clone(), str::to_owned)
    };
    rows.iter().map(|row| Ok(path(row.get("value")?))).collect()
}

/// The caller's assets right in this folder, on the timeline, by file name, for [`read`]. They are found once: as a list to compare with,
/// both databases made it anew for each asset that they looked at. Names `caller`.
pub fn contents(path: &str) -> Statement {
    let folder = format!("{}/", path.trim_end_matches('/'));
    stmt!(
        format!(
            "select {}, {} from caller c cross join asset a cross join asset_exif e where c.link_id is null and e.asset_id = a.id \
             and each_in(a.id, select x.id from asset x where x.owner_id = c.user_id and {SHOWN} and {} = ?1 \
             order by x.original_file_name, x.id limit {MOST}) order by a.original_file_name, a.id",
            response::COLUMNS,
            exif::COLUMNS,
            folder!("x"),
        ),
        folder
    )
}

/// Reads the rows of [`contents`].
pub fn read(rows: &Rows, viewer_id: &str) -> Result<Vec<AssetResponse>, DbError> {
    let read = |row| response::asset_with_exif(&row, Some(viewer_id));
    rows.iter().map(read).collect()
}
