//! What is done about findings of the integrity checks, at once by an administrator or one after the other by a job
//! (api/admin.md section 4).

use std::collections::BTreeMap;

use edge_api::{enums::IntegrityReport, maintenance::IntegrityItem};
use edge_store::{assets::remove::trash, integrity};

use crate::{App, Result};

/// Puts right what these findings are about and removes them: an untracked object is deleted, an asset whose original is missing or
/// wrong goes into the trash, a missing file of an asset is forgotten.
///
/// An object that a row names by now is left alone.
pub async fn resolve(app: &App, items: &[IntegrityItem]) -> Result<()> {
    let paths: Vec<&str> = items
        .iter()
        .filter(|item| item.kind == IntegrityReport::UntrackedFile)
        .map(|item| item.path.as_str())
        .collect();
    let assets: Vec<&str> = items
        .iter()
        .filter_map(|item| item.asset_id.as_deref())
        .collect();
    let reads = vec![integrity::untracked(&paths), integrity::owners(&assets)];
    let results = app.db().batch(reads).await?;
    if let Some(rows) = results.first() {
        let keys = integrity::paths(rows)?;
        if !keys.is_empty() {
            app.objects.delete(&keys).await?;
        }
    }
    let mut owned: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in results.iter().skip(1).flat_map(edge_platform::Rows::iter) {
        owned
            .entry(row.get("owner_id")?)
            .or_default()
            .push(row.get("id")?);
    }
    let mut batch = Vec::new();
    for (owner, ids) in &owned {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        // The place where `on_asset_trash` will be told to the calling administrator (api/admin.md section 4).
        batch.extend(trash(owner, &ids, app.now()));
    }
    let files = items
        .iter()
        .filter_map(|item| Some((item.file_asset_id.as_deref()?, item.path.as_str())));
    let (files, paths): (Vec<&str>, Vec<&str>) = files.unzip();
    if !files.is_empty() {
        batch.push(integrity::forget_files(&files, &paths));
    }
    let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
    batch.push(integrity::delete(&ids));
    app.db().batch(batch).await?;
    Ok(())
}
