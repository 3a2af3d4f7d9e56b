//! External libraries (api/admin.md section 1): table `library`, and the assets that a scan finds.

use edge_api::{
    enums::{AssetType, JobName},
    id::{LibraryId, UserId},
    libraries::{LibraryResponse, LibraryStatistics},
    time::Millis,
};
use edge_platform::{Database, DbError, Row, Rows, Statement, stmt};
use serde_json::{Value as Json, json};

use crate::{days, fold::fold, json_texts, search::words};

const COLUMNS: &str = "l.id, l.owner_id, l.name, l.import_paths, l.exclusion_patterns, l.created_at, l.updated_at, l.refreshed_at";

/// All libraries that are not deleted, oldest first.
pub fn list() -> Statement {
    stmt!(format!(
        "select {COLUMNS} from library l where l.deleted_at is null order by l.created_at, l.id"
    ))
}

/// One library that is not deleted.
pub fn find(id: &str) -> Statement {
    stmt!(
        format!("select {COLUMNS} from library l where l.id = ?1 and l.deleted_at is null"),
        id
    )
}

/// A row for each job of this kind that goes on with a scan of a library, behind a cursor: it waits or is being done. Few jobs are in the queue
/// `library` or active.
pub fn going_on(id: &str, kind: JobName) -> Statement {
    let of_it = "select j.id from job j where j.queue = 'library' and j.kind = ?1 and json_text(j.payload, id) = ?2 \
         and j.payload like '%\"after\":%'";
    stmt!(
        format!(
            "{of_it} and j.state = 'waiting' and j.turn is not null union all \
             {of_it} and j.state = 'waiting' and j.turn is null union all \
             {of_it} and j.state = 'active' and j.lease_expires_at > 0"
        ),
        kind.as_str(),
        id
    )
}

/// Reads the rows of [`list`] and [`find`].
pub fn read(rows: &Rows) -> Result<Vec<LibraryResponse>, DbError> {
    rows.iter().map(library).collect()
}

fn library(row: Row<'_>) -> Result<LibraryResponse, DbError> {
    let texts = |column: &str| -> Result<Vec<String>, DbError> {
        let parsed = serde_json::from_str(row.text(column)?);
        parsed.map_err(|error| DbError::Other(format!("library.{column}: {error}")))
    };
    Ok(LibraryResponse {
        id: LibraryId::from_trusted(row.get::<String>("id")?),
        owner_id: UserId::from_trusted(row.get::<String>("owner_id")?),
        name: row.get("name")?,
        asset_count: 0,
        import_paths: texts("import_paths")?,
        exclusion_patterns: texts("exclusion_patterns")?,
        created_at: Millis(row.get("created_at")?),
        updated_at: Millis(row.get("updated_at")?),
        refreshed_at: row.get::<Option<i64>>("refreshed_at")?.map(Millis),
    })
}

/// Makes a library, if its owner exists. `now` in epoch ms.
pub fn insert(
    id: &str,
    owner_id: &str,
    name: &str,
    import_paths: &[String],
    exclusion_patterns: &[String],
    now: i64,
) -> Statement {
    stmt!(
        "insert into library (id, owner_id, name, import_paths, exclusion_patterns, created_at, updated_at) \
         select cast(?1 as text), u.id, cast(?3 as text), cast(?4 as text), cast(?5 as text), cast(?6 as bigint), \
         cast(?6 as bigint) from users u where u.id = ?2 and u.deleted_at is null",
        id,
        owner_id,
        name,
        json!(import_paths).to_string(),
        json!(exclusion_patterns).to_string(),
        now
    )
}

/// Changes what is given. `now` in epoch ms.
pub fn update(
    id: &str,
    name: Option<&str>,
    import_paths: Option<&[String]>,
    exclusion_patterns: Option<&[String]>,
    now: i64,
) -> Statement {
    let list = |items: Option<&[String]>| items.map(|items| json!(items).to_string());
    stmt!(
        "update library set name = coalesce(cast(?2 as text), name), \
         import_paths = coalesce(cast(?3 as text), import_paths), \
         exclusion_patterns = coalesce(cast(?4 as text), exclusion_patterns), updated_at = ?5 \
         where id = ?1 and deleted_at is null",
        id,
        name,
        list(import_paths),
        list(exclusion_patterns),
        now
    )
}

/// Nobody sees it any more; a job removes its assets. `now` in epoch ms.
pub fn delete(id: &str, now: i64) -> Statement {
    stmt!(
        "update library set deleted_at = ?2, updated_at = ?2 where id = ?1 and deleted_at is null",
        id,
        now
    )
}

/// Says when a library was looked through. `now` in epoch ms.
pub fn refreshed(id: &str, now: i64) -> Statement {
    stmt!(
        "update library set refreshed_at = ?2 where id = ?1",
        id,
        now
    )
}

/// What a library holds, also in the trash: from what triggers keep, whatever its size.
pub fn statistics(id: &str) -> Statement {
    stmt!(
        "select cast(coalesce(sum(case when t.type = 'IMAGE' and t.is_hidden = 0 then t.total else 0 end), 0) as bigint) as photos, \
         cast(coalesce(sum(case when t.type = 'VIDEO' and t.is_hidden = 0 then t.total else 0 end), 0) as bigint) as videos, \
         cast(coalesce(sum(t.bytes), 0) as bigint) as bytes from library_total t where t.library_id = ?1",
        id
    )
    .single()
}

/// Reads the row of [`statistics`].
pub fn read_statistics(rows: &Rows) -> Result<LibraryStatistics, DbError> {
    let Some(row) = rows.first() else {
        return Ok(LibraryStatistics::default());
    };
    let (photos, videos) = (row.get("photos")?, row.get("videos")?);
    Ok(LibraryStatistics {
        photos,
        videos,
        total: photos + videos,
        usage: row.get("bytes")?,
    })
}

/// Ids of all libraries, and whether each is deleted.
pub async fn all(db: &dyn Database) -> Result<Vec<(String, bool)>, DbError> {
    let rows = db
        .run(stmt!(
            "select id, case when deleted_at is null then 0 else 1 end as is_deleted from library order by id"
        ))
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("is_deleted")?)))
        .collect()
}

/// Which of these objects no asset of the library is.
pub fn unknown(id: &str, keys: &[&str]) -> Statement {
    stmt!(
        "select v.value as path from json_rows(?1) v where not exists (select 1 from asset a \
         where a.original_path = v.value and a.library_id = ?2) order by v.position",
        json_texts(keys),
        id
    )
}

/// A file that a scan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Fresh id of its asset.
    pub id: String,
    /// Key of the object.
    pub path: String,
    /// Base64 of the SHA-1 of `path:` and the path.
    pub checksum: String,
    /// Photo or video.
    pub kind: AssetType,
    /// Bytes.
    pub size: i64,
    /// When the file last changed, epoch ms.
    pub modified: i64,
    /// Fresh id, key and bytes of the sidecar beside it.
    pub sidecar: Option<(String, String, i64)>,
}

/// Makes assets of files that are none yet. Files that another scan found meanwhile are left alone. `now` in epoch ms.
pub fn add(library_id: &str, found: &[Found], now: i64) -> Vec<Statement> {
    let files = json!(found.iter().map(file).collect::<Vec<_>>()).to_string();
    let text = "json_text(v.value,";
    let asset = format!(
        "insert into asset (id, owner_id, library_id, is_external, type, visibility, checksum, original_path, \
         original_file_name, file_name_folded, file_created_at, file_modified_at, local_date_time, local_day, local_month, \
         created_at, created_month, updated_at, file_size_in_byte, words, path_folded, update_id) \
         select {text} id), l.owner_id, l.id, 1, {text} kind), 'timeline', {text} checksum), {text} path), {text} name), \
         {text} folded), cast({text} at) as bigint), cast({text} at) as bigint), cast({text} at) as bigint), \
         cast({text} day) as integer), cast({text} month) as integer), cast(?3 as bigint), cast(?4 as integer), \
         cast(?3 as bigint), cast({text} size) as bigint), {text} words), {text} path_folded), uuid7() \
         from json_rows(?1) v cross join library l where l.id = ?2 and l.deleted_at is null \
         on conflict (library_id, checksum) where library_id is not null do nothing"
    );
    let exif = format!(
        "insert into asset_exif (asset_id, owner_id, file_size_in_byte, updated_at, update_id) \
         select a.id, a.owner_id, cast({text} size) as bigint), cast(?2 as bigint), uuid7() \
         from json_rows(?1) v cross join asset a where a.id = {text} id)"
    );
    let sidecar = format!(
        "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
         select a.id, 'sidecar', 0, {text} sidecar_id), {text} sidecar_path), 'application/xml', \
         cast({text} sidecar_size) as bigint), cast(?2 as bigint), cast(?2 as bigint) \
         from json_rows(?1) v cross join asset a where a.id = {text} id) and {text} sidecar_id) is not null"
    );
    vec![
        stmt!(asset, &files, library_id, now, days::month(now)),
        stmt!(exif, &files, now),
        stmt!(sidecar, &files, now),
    ]
}

fn file(found: &Found) -> Json {
    let name = found.path.rsplit('/').next().unwrap_or(&found.path);
    let folded = fold(name);
    let sidecar = found.sidecar.as_ref();
    json!({
        "id": found.id,
        "path": found.path,
        "checksum": found.checksum,
        "kind": found.kind,
        "size": found.size,
        "at": found.modified,
        "day": days::day(found.modified),
        "month": days::month(found.modified),
        "name": name,
        "words": words::json(&folded),
        "folded": folded,
        "path_folded": folded_path(&found.path),
        "sidecar_id": sidecar.map(|(id, _, _)| id),
        "sidecar_path": sidecar.map(|(_, path, _)| path),
        "sidecar_size": sidecar.map(|(_, _, size)| size),
    })
}

/// A path as it is searched, if it has letters that SQL does not fold.
fn folded_path(path: &str) -> Option<String> {
    (!path.is_ascii()).then(|| fold(path))
}

/// An asset of a library as a scan sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The asset.
    pub id: String,
    /// Its owner.
    pub owner_id: String,
    /// What pages go by.
    pub checksum: String,
    /// Key of the object.
    pub path: String,
    /// When the file had last changed, epoch ms.
    pub modified: i64,
    /// The file was not there.
    pub is_offline: bool,
    /// Its path is searched as it is stored, but has accents.
    pub is_unfolded: bool,
}

/// Assets of a library behind a checksum, at most `limit`; those that wait for their removal are left out.
pub async fn known(
    db: &dyn Database,
    library_id: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Known>, DbError> {
    let rows = db
        .run(stmt!(
            "select a.id, a.owner_id, a.checksum, a.original_path, a.file_modified_at, a.is_offline, a.path_folded from asset a \
             where a.library_id = ?1 and a.checksum > ?2 and a.status <> 'deleted' order by a.checksum limit ?3",
            library_id,
            after,
            limit
        ))
        .await?;
    rows.iter()
        .map(|row| {
            let path: String = row.get("original_path")?;
            let is_folded = row.get::<Option<String>>("path_folded")?.is_some();
            Ok(Known {
                id: row.get("id")?,
                owner_id: row.get("owner_id")?,
                checksum: row.get("checksum")?,
                is_unfolded: !path.is_ascii() && !is_folded,
                path,
                modified: row.get("file_modified_at")?,
                is_offline: row.get("is_offline")?,
            })
        })
        .collect()
}

/// Has these assets, by id and path, found by their paths whatever the accents: those of before migration 0033.
pub fn fold_paths(assets: &[(&str, &str)]) -> Statement {
    let pairs = assets
        .iter()
        .map(|(id, path)| json!({ "id": id, "folded": folded_path(path) }));
    stmt!(
        "update asset set path_folded = (select json_text(v.value, folded) from json_rows(?1) v where json_text(v.value, id) = asset.id), \
         update_id = uuid7() where id in (select json_text(v.value, id) from json_rows(?1) v)",
        Json::from(pairs.collect::<Vec<_>>()).to_string()
    )
}

/// Files are not there: their assets go into the trash, where a user's own stay as they are. `now` in epoch ms.
pub fn offline(ids: &[&str], now: i64) -> Statement {
    stmt!(
        "update asset set is_offline = 1, deleted_at = coalesce(deleted_at, ?2), updated_at = ?2, update_id = uuid7() \
         where id in json_list(?1) and is_offline = 0",
        json_texts(ids),
        now
    )
}

/// Files are there again: their assets come back, but for those that a user put into the trash. `now` in epoch ms.
pub fn online(ids: &[&str], now: i64) -> Statement {
    stmt!(
        "update asset set is_offline = 0, deleted_at = case when status = 'trashed' then deleted_at end, updated_at = ?2, \
         update_id = uuid7() where id in json_list(?1) and is_offline = 1 and status <> 'deleted'",
        json_texts(ids),
        now
    )
}

/// A file has changed. `modified` and `now` in epoch ms.
pub fn changed(id: &str, modified: i64, size: i64, now: i64) -> [Statement; 2] {
    [
        stmt!(
            "update asset set file_modified_at = ?2, updated_at = ?3, update_id = uuid7() where id = ?1",
            id,
            modified,
            now
        ),
        stmt!(
            "update asset_exif set file_size_in_byte = ?2, updated_at = ?3, update_id = uuid7() where asset_id = ?1",
            id,
            size,
            now
        ),
    ]
}

/// Some assets of a library that is deleted, and their owners, for their removal.
pub async fn doomed(
    db: &dyn Database,
    id: &str,
    limit: i64,
) -> Result<Vec<(String, String)>, DbError> {
    let rows = db
        .run(stmt!(
            "select a.id, a.owner_id from asset a join library l on l.id = a.library_id where a.library_id = ?1 \
             and l.deleted_at is not null order by a.checksum limit ?2",
            id,
            limit
        ))
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("owner_id")?)))
        .collect()
}

/// Removes a deleted library without assets.
pub fn remove(id: &str) -> Statement {
    stmt!(
        "delete from library where id = ?1 and deleted_at is not null \
         and not exists (select 1 from asset a where a.library_id = library.id)",
        id
    )
}
