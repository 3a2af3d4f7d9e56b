//! What is done about findings of the integrity checks, at once by an administrator or one after the other by a job
//! (api/admin.md section 4).

use std::collections::BTreeMap;

use edge_api::{
    enums::IntegrityReport,
    maintenance::IntegrityItem,
    realtime::{Announcement, Event},
};
use edge_store::{assets::remove::trash, integrity};

use crate::{App, Result};

/// Puts right what these findings are about and removes them: an untracked object is deleted, an asset whose original is missing or
/// wrong goes into the trash, a missing file of an asset is forgotten.
///
/// An object that a row names by now is left alone. The administrator who called hears of all assets that went into the trash, each
/// owner of his own.
pub async fn resolve(app: &App, items: &[IntegrityItem], caller: Option<&str>) -> Result<()> {
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
    app.announce(trashed(&owned, caller)).await;
    Ok(())
}

/// `on_asset_trash`: in the contract only the calling administrator is told (api/admin.md section 4), here the owners, too.
fn trashed(owned: &BTreeMap<String, Vec<String>>, caller: Option<&str>) -> Vec<Announcement> {
    let others = owned
        .iter()
        .filter(|(owner, _)| caller != Some(owner.as_str()));
    let mut told: Vec<Announcement> = others
        .map(|(owner, ids)| Announcement::to_user(owner, event(ids.iter())))
        .collect();
    if let Some(caller) = caller.filter(|_| !owned.is_empty()) {
        let all = event(owned.values().flatten());
        told.push(Announcement::to_user(caller, all));
    }
    told
}

fn event<'a>(ids: impl Iterator<Item = &'a String>) -> Event {
    let ids: Vec<&str> = ids.map(String::as_str).collect();
    Event::asset_trash(&ids)
}
