//! Table `asset_file` by the ids of its rows (api/v32.md section 4). Statements name `caller`.

use edge_api::{
    asset_files::{AssetFileQuery, AssetFileResponse},
    enums::AssetFileType,
    id::AssetFileId,
    time::Millis,
};
use edge_platform::{DbError, Row, Rows, Statement, stmt};

use crate::access::{ASSET_OWN, one_asset_read};

const COLUMNS: &str = "f.id, f.type, f.path, f.is_edited, f.is_transparent, f.is_progressive, f.created_at, f.updated_at";

/// A sidecar tells the owner's tags and the names of people, which nobody else is shown.
const OTHERS: &str = "(f.type <> 'sidecar' or a.owner_id = c.user_id)";

/// The files of an asset that the caller may read, for [`read_all`]; one row without a file when there is none.
pub fn of_asset(query: &AssetFileQuery) -> Statement {
    stmt!(
        format!(
            "select {COLUMNS} from caller c join asset a on a.id = ?1 left join asset_file f on f.asset_id = a.id \
             and {OTHERS} and (cast(?2 as text) is null or f.type = ?2) and (cast(?3 as integer) is null or f.is_edited = ?3) \
             and (cast(?4 as integer) is null or f.is_transparent = ?4) \
             and (cast(?5 as integer) is null or f.is_progressive = ?5) \
             where a.status <> 'deleted' and {} order by f.type, f.is_edited",
            one_asset_read()
        ),
        query.asset_id.as_str(),
        query.kind.map(AssetFileType::as_str),
        query.is_edited,
        query.is_transparent,
        query.is_progressive
    )
}

/// Reads the rows of [`of_asset`]; `None`: the caller may not read the asset.
pub fn read_all(rows: &Rows) -> Result<Option<Vec<AssetFileResponse>>, DbError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut files = Vec::new();
    for row in rows.iter() {
        files.extend(file(&row)?);
    }
    Ok(Some(files))
}

/// One file of an asset that the caller may read, for [`read`].
pub fn find(id: &str) -> Statement {
    find_where(id, &one_asset_read())
}

/// The same of an asset that the caller may change.
pub fn find_own(id: &str) -> Statement {
    find_where(id, ASSET_OWN)
}

fn find_where(id: &str, condition: &str) -> Statement {
    stmt!(
        format!(
            "select {COLUMNS} from caller c cross join asset_file f join asset a on a.id = f.asset_id \
             where f.id = ?1 and a.status <> 'deleted' and {OTHERS} and {condition}"
        ),
        id
    )
}

/// Reads the row of [`find`] and [`find_own`].
pub fn read(rows: &Rows) -> Result<Option<AssetFileResponse>, DbError> {
    rows.first().map_or(Ok(None), |row| file(&row))
}

fn file(row: &Row<'_>) -> Result<Option<AssetFileResponse>, DbError> {
    let Some(id) = row.get::<Option<String>>("id")? else {
        return Ok(None);
    };
    let kind: String = row.get("type")?;
    let unknown = || DbError::Other(format!("asset_file.type: {kind}"));
    Ok(Some(AssetFileResponse {
        id: AssetFileId::from_trusted(id),
        kind: AssetFileType::parse(&kind).ok_or_else(unknown)?,
        path: row.get("path")?,
        is_edited: row.get("is_edited")?,
        is_progressive: row.get("is_progressive")?,
        is_transparent: row.get("is_transparent")?,
        created_at: Millis(row.get("created_at")?),
        updated_at: Millis(row.get("updated_at")?),
    }))
}

/// Removes a file that is no sidecar and has its object deleted later, in one batch that names nobody: [`find_own`] came before.
/// `now` in epoch ms.
pub fn batch_delete(id: &str, now: i64) -> Vec<Statement> {
    vec![
        stmt!(
            "insert into object_deletion (object_key, attempts, run_after, created_at) \
             select f.path, 0, cast(?2 as bigint), cast(?2 as bigint) from asset_file f where f.id = ?1 and f.type <> 'sidecar' \
             on conflict (object_key) do nothing",
            id,
            now
        ),
        stmt!(
            "delete from asset_file where id = ?1 and type <> 'sidecar'",
            id
        ),
    ]
}
