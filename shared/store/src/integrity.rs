//! Table `integrity_report`: what the checks of the bucket found (api/admin.md section 4).

use edge_api::{
    enums::IntegrityReport,
    maintenance::{IntegrityItem, IntegritySummary},
    time::Millis,
};
use edge_platform::{Database, DbError, Row, Rows, Statement, stmt};

use crate::json_texts;

/// Rows of one page of the report (api/admin.md section 4).
pub const PAGE: usize = 500;

/// Findings by type; read with [`read_summary`].
pub fn summary() -> Statement {
    stmt!(
        "select r.type, cast(count(*) as bigint) as total from integrity_report r group by r.type"
    )
}

/// Reads the rows of [`summary`].
pub fn read_summary(rows: &Rows) -> Result<IntegritySummary, DbError> {
    let mut summary = IntegritySummary::default();
    for row in rows.iter() {
        let total = row.get("total")?;
        match report_type(&row)? {
            IntegrityReport::UntrackedFile => summary.untracked_file = total,
            IntegrityReport::MissingFile => summary.missing_file = total,
            IntegrityReport::ChecksumMismatch => summary.checksum_mismatch = total,
        }
    }
    Ok(summary)
}

fn report_type(row: &Row<'_>) -> Result<IntegrityReport, DbError> {
    let text: String = row.get("type")?;
    IntegrityReport::parse(&text)
        .ok_or_else(|| DbError::Other(format!("integrity_report.type: {text}")))
}

/// Findings of a type, newest first, from the one with the id `from` on: at most `count`. Read with [`items`].
pub fn page(kind: IntegrityReport, from: Option<&str>, count: usize) -> Statement {
    let cursor = from.map_or("", |_| " and r.id <= ?3");
    let mut params = vec![
        kind.as_str().into(),
        i64::try_from(count).unwrap_or(i64::MAX).into(),
    ];
    params.extend(from.map(Into::into));
    Statement::new(
        format!(
            "select r.id, r.type, r.path, r.asset_id, r.asset_file_id, r.created_at from integrity_report r \
             where r.type = ?1{cursor} order by r.id desc limit ?2"
        ),
        params,
    )
}

/// One finding, for [`items`].
pub fn find(id: &str) -> Statement {
    stmt!(
        "select r.id, r.type, r.path, r.asset_id, r.asset_file_id, r.created_at from integrity_report r where r.id = ?1",
        id
    )
}

/// Reads the rows of [`page`] and [`find`].
pub fn items(rows: &Rows) -> Result<Vec<IntegrityItem>, DbError> {
    let item = |row: Row<'_>| {
        Ok(IntegrityItem {
            id: row.get("id")?,
            kind: report_type(&row)?,
            path: row.get("path")?,
            asset_id: row.get("asset_id")?,
            file_asset_id: row.get("asset_file_id")?,
            created_at: Millis(row.get("created_at")?),
        })
    };
    rows.iter().map(item).collect()
}

/// Removes findings.
pub fn delete(ids: &[&str]) -> Statement {
    stmt!(
        "delete from integrity_report where id in json_list(?1)",
        json_texts(ids)
    )
}

/// The first statements of what is done about findings of assets: whom they belong to (columns `id`, `owner_id`).
pub fn owners(asset_ids: &[&str]) -> Statement {
    stmt!(
        "select a.id, a.owner_id from json_rows(?1) v cross join asset a where a.id = v.value and a.status <> 'deleted'",
        json_texts(asset_ids)
    )
}

/// Forgets files of assets that are not in the bucket; the next run of the missing thumbnails makes them again.
pub fn forget_files(file_ids: &[&str], paths: &[&str]) -> Statement {
    stmt!(
        "delete from asset_file where id in json_list(?1) and path in json_list(?2)",
        json_texts(file_ids),
        json_texts(paths)
    )
}

/// Objects that no row names, out of these keys: neither an asset, nor one of its files, nor a person,
/// nor a session of live transcoding, nor another size; and nobody is writing or
/// deleting them. Column `path`.
pub fn untracked(keys: &[&str]) -> Statement {
    stmt!(
        "select v.value as path from json_rows(?1) v \
         where not exists (select 1 from asset a where a.original_path = v.value) \
         and not exists (select 1 from asset_file f where f.path = v.value) \
         and not exists (select 1 from person p where p.thumbnail_path = v.value and p.thumbnail_path <> '') \
         and not exists (select 1 from pending_object po where po.object_key = v.value) \
         and not exists (select 1 from hls_segment g where g.object_key = v.value) \
         and not exists (select 1 from asset_transformation t where t.path = v.value) \
         and not exists (select 1 from object_deletion od where od.object_key = v.value)",
        json_texts(keys)
    )
}

/// Column `path` of [`untracked`].
pub fn paths(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.get("path")).collect()
}

/// Stores untracked objects; one that is known keeps its row. `now` in epoch ms.
pub fn report_untracked(paths: &[&str], now: i64) -> Statement {
    stmt!(
        "insert into integrity_report (id, type, path, created_at) select uuid7(), 'untracked_file', v.value, \
         cast(?2 as bigint) from json_rows(?1) v where 1 = 1 on conflict (type, path) do nothing",
        json_texts(paths),
        now
    )
}

/// An object that a row names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The asset.
    pub asset_id: String,
    /// The file of the asset; `None`: its original.
    pub file_id: Option<String>,
    /// Key.
    pub path: String,
}

/// The objects of the next `count` assets behind `after` that are not deleted, and the last of these assets. One round trip.
pub async fn named(
    db: &dyn Database,
    after: &str,
    count: i64,
) -> Result<(Vec<Named>, Option<String>), DbError> {
    let page = "(select a.id, a.original_path, a.status from asset a where a.id > ?1 order by a.id limit ?2) x";
    let batch = vec![
        stmt!(
            format!(
                "select x.id as asset_id, x.original_path as path, x.status from {page} order by x.id"
            ),
            after,
            count
        ),
        stmt!(
            format!(
                "select x.id as asset_id, f.id as file_id, f.path as path from {page} cross join asset_file f \
                 where f.asset_id = x.id and x.status <> 'deleted'"
            ),
            after,
            count
        ),
    ];
    let results = db.batch(batch).await?;
    let [originals, files] = results.as_slice() else {
        return Err(DbError::Other("two results expected".to_owned()));
    };
    let (mut named, mut last) = (Vec::new(), None);
    for row in originals.iter() {
        let asset_id: String = row.get("asset_id")?;
        if row.get::<String>("status")? != "deleted" {
            named.push(Named {
                asset_id: asset_id.clone(),
                file_id: None,
                path: row.get("path")?,
            });
        }
        last = Some(asset_id);
    }
    for row in files.iter() {
        named.push(Named {
            asset_id: row.get("asset_id")?,
            file_id: Some(row.get("file_id")?),
            path: row.get("path")?,
        });
    }
    Ok((named, last))
}

/// Stores a finding about an object that a row names, while that row names it. `now` in epoch ms.
pub fn report(kind: IntegrityReport, object: &Named, now: i64) -> Statement {
    let still = if object.file_id.is_some() {
        "exists (select 1 from asset_file f where f.id = ?4 and f.path = ?2)"
    } else {
        "exists (select 1 from asset a where a.id = ?3 and a.original_path = ?2 and a.status <> 'deleted' \
         and cast(?4 as text) is null)"
    };
    let asset_id = object.file_id.is_none().then_some(object.asset_id.as_str());
    stmt!(
        format!(
            "insert into integrity_report (id, type, path, asset_id, asset_file_id, created_at) \
             select uuid7(), cast(?1 as text), cast(?2 as text), cast(?3 as text), cast(?4 as text), cast(?5 as bigint) \
             where {still} on conflict (type, path) do nothing"
        ),
        kind.as_str(),
        object.path.as_str(),
        asset_id,
        object.file_id.as_deref(),
        now
    )
}

/// Removes findings of a type about objects that are fine again.
pub fn heal(kind: IntegrityReport, paths: &[&str]) -> Statement {
    stmt!(
        "delete from integrity_report where type = ?1 and path in json_list(?2)",
        kind.as_str(),
        json_texts(paths)
    )
}

/// An original whose checksum is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The asset.
    pub id: String,
    /// Key.
    pub path: String,
    /// SHA-1, base64, as it was uploaded.
    pub checksum: String,
}

/// The originals of the next `count` assets behind `after`, in the order of ids: not of deleted ones, nor of external libraries. One round
/// trip.
pub async fn originals(
    db: &dyn Database,
    after: &str,
    count: i64,
) -> Result<Vec<Original>, DbError> {
    let rows = db
        .run(stmt!(
            "select a.id, a.original_path, a.checksum from asset a where a.id > ?1 and a.status <> 'deleted' \
             and a.is_external = 0 order by a.id limit ?2",
            after,
            count
        ))
        .await?;
    rows.iter().map(|row| original(&row)).collect()
}

fn original(row: &Row<'_>) -> Result<Original, DbError> {
    Ok(Original {
        id: row.get("id")?,
        path: row.get("original_path")?,
        checksum: row.get("checksum")?,
    })
}

/// The original of an asset as [`originals`] gives it; `None` when there is none to look at.
pub async fn original_of(db: &dyn Database, asset_id: &str) -> Result<Option<Original>, DbError> {
    let rows = db
        .run(stmt!(
            "select a.id, a.original_path, a.checksum from asset a where a.id = ?1 \
             and a.status <> 'deleted' and a.is_external = 0",
            asset_id
        ))
        .await?;
    rows.first().map(|row| original(&row)).transpose()
}

/// How many assets there are, by the kept totals; column `n`.
pub fn asset_count() -> Statement {
    stmt!(
        "select cast(coalesce(sum(t.total), 0) as bigint) as n from asset_total t where t.state <> 'deleted'"
    )
}
