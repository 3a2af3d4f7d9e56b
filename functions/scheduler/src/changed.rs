//! What is done when files have changed in folders of libraries, as the host tells that watches them (docs/libraries.md).

use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::{App, library};
use edge_platform::DbError;
use edge_store::{
    jobs::{self, NewJob},
    libraries, system,
};
use serde_json::json;

/// The jobs of a scan.
const SCAN: [JobName; 2] = [
    JobName::LibrarySyncFilesQueueAll,
    JobName::LibraryScanAssetsQueueAll,
];

/// Has the libraries scanned that look at these folders of the bucket, or below them, if `library.watch` is on. `folders` are how keys
/// begin, with the last `/`. One round trip, two when there is something to do.
pub async fn scan(app: &App, folders: &[String]) -> Result<(), DbError> {
    let statements = vec![
        system::find_statement(system::key::SYSTEM_CONFIG),
        system::find_statement(system::key::MAINTENANCE_MODE),
        libraries::list(),
    ];
    let results = app.db().batch(statements).await?;
    let [config, maintenance, all] = results.as_slice() else {
        return Err(DbError::Other("three results expected".to_owned()));
    };
    let config = system::value(config)?.unwrap_or_else(|| json!({}));
    let is_on = SystemConfig::from_stored(&config).flag("/library/watch/enabled");
    if !maintenance.is_empty() || !is_on {
        return Ok(());
    }
    let mut stored: Vec<NewJob> = Vec::new();
    for library in libraries::read(all)? {
        if !is_among(&library.import_paths, folders) {
            continue;
        }
        let id = library.id.as_str();
        stored.extend(SCAN.map(|kind| {
            let job = NewJob::new(app.uuid(), kind, json!({ "id": id }), app.now());
            job.once(format!("{kind}:{id}"))
        }));
    }
    if stored.is_empty() {
        return Ok(());
    }
    let insert = stored.iter().map(|job| jobs::insert(job, app.now()));
    app.db().batch(insert.collect()).await?;
    app.wake(stored.iter().map(NewJob::wake).collect()).await;
    Ok(())
}

/// Whether one of the folders holds an import path or lies in one.
fn is_among(import_paths: &[String], folders: &[String]) -> bool {
    let mut prefixes = import_paths
        .iter()
        .filter_map(|path| library::prefix(path).ok());
    prefixes.any(|prefix| {
        let mut folders = folders.iter();
        folders.any(|folder| prefix.starts_with(folder) || folder.starts_with(&prefix))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_scanned_whose_folders_change() {
        let is = |path: &str, folder: &str| is_among(&[path.to_owned()], &[folder.to_owned()]);
        assert!(is("/nas/photos", "nas/photos/"));
        assert!(is("/nas/photos", "nas/photos/2024/"));
        assert!(is("/nas/photos", "nas/"));
        assert!(!is("/nas/photos", "nas/photos2/"));
        assert!(!is("/nas/photos", "nas/films/"));
        assert!(!is("/old", "nas/"));
        assert!(!is("photos", "photos/"), "no import path");
    }
}
