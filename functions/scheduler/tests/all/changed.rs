//! Files that change in folders of libraries.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use edge_platform::stmt;
use edge_store::{libraries, system};
use edge_testkit::{Area, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    Vec::new()
}

/// The scans that wait: `<kind>:<library>`.
async fn scans(app: &TestApp) -> Vec<String> {
    let rows = app
        .sql(stmt!("select dedupe_key from job order by dedupe_key"))
        .await;
    rows.iter()
        .map(|row| row.get("dedupe_key").unwrap())
        .collect()
}

async fn put(app: &TestApp, key: &str, value: &Value) {
    system::put(app.app.db(), key, value, 0).await.unwrap();
}

async fn change(app: &TestApp, folder: &str) {
    fn_scheduler::changed(&app.app, &[folder.to_owned()])
        .await
        .unwrap();
}

on_each_database! {
    async fn libraries_with_changes_are_scanned_once_where_that_is_wanted(app: TestApp) {
        let admin = app.admin().await;
        for (id, path) in [("a", "/nas/photos"), ("b", "/nas/films"), ("c", "/old")] {
            app.sql(libraries::insert(id, &admin.id, id, &[path.to_owned()], &[], 0)).await;
        }
        change(&app, "nas/photos/2024/").await;
        assert_eq!(scans(&app).await, [""; 0], "watching is off as it comes");

        let watch = json!({ "library": { "watch": { "enabled": true } } });
        put(&app, system::key::SYSTEM_CONFIG, &watch).await;
        change(&app, "other/").await;
        assert_eq!(scans(&app).await, [""; 0]);
        for _ in 0..2 {
            change(&app, "nas/photos/2024/").await;
            assert_eq!(scans(&app).await, ["LibraryScanAssetsQueueAll:a", "LibrarySyncFilesQueueAll:a"]);
        }
        put(&app, system::key::MAINTENANCE_MODE, &json!({ "isMaintenanceMode": true })).await;
        change(&app, "nas/").await;
        assert_eq!(scans(&app).await.len(), 2, "nothing is stored while the server is maintained");
        app.sql(stmt!("delete from system_metadata where key = ?1", system::key::MAINTENANCE_MODE)).await;
        change(&app, "nas/").await;
        assert_eq!(scans(&app).await.len(), 4);
    }
}
