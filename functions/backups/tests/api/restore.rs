//! A backup of one database is restored on each other one.

use edge_http::backup::{RESTORE_POINT, Restore};
use edge_platform::{Consumer, stmt};
use edge_store::backup::{RESTORE, sections};
use edge_testkit::{TestApp, block_on, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

use crate::{
    PATH, areas, back_up,
    contents::{assert_same, contents, fill},
    form, restore, status,
};

/// Moves from a server to another one that somebody already uses.
async fn moves(from: TestApp, to: TestApp) {
    let old = fill(&from).await;
    let (_, bytes) = back_up(&from, &old).await;
    let there = contents(&from).await;
    assert!(there.len() > 10_000, "{}", there.len());
    to.user("other").await;
    let new = to.admin().await;
    to.asset(&new).insert().await;
    to.sql(stmt!("insert into object_deletion (object_key, run_after, created_at) values ('upload/7', 0, 0), ('upload/gone', 0, 0)")).await;
    let (status, _) = restore(&to, &new, &bytes).await;
    assert_eq!(status, json!({ "active": false, "action": "end" }));
    assert_same(&contents(&to).await, &there);
    // Who had a session there has it here, and its devices begin their sync anew.
    to.get("/api/server/about")
        .user(&old)
        .send()
        .await
        .expect(200);
    to.get("/api/server/about")
        .user(&new)
        .send()
        .await
        .expect(401);
    assert_eq!(
        to.count(stmt!(
            "select count(*) as n from session where is_pending_sync_reset = 0"
        ))
        .await,
        0
    );
    assert_eq!(
        to.count(stmt!(
            "select count(*) as n from object_deletion where object_key = 'upload/7'"
        ))
        .await,
        0,
        "it is named again"
    );
    assert_eq!(to.count(stmt!("select count(*) as n from job")).await, 0);
    let point = crate::names(&to, &old).await;
    assert!(point[0].starts_with(RESTORE_POINT), "{point:?}");
}

#[test]
fn from_sqlite_to_sqlite() {
    block_on(async {
        moves(
            TestApp::sqlite(areas()).await,
            TestApp::sqlite(areas()).await,
        )
        .await;
    });
}

#[test]
fn from_sqlite_to_postgres() {
    block_on(async {
        moves(
            TestApp::sqlite(areas()).await,
            TestApp::postgres(areas()).await,
        )
        .await;
    });
}

#[test]
fn from_postgres_to_sqlite() {
    block_on(async {
        moves(
            TestApp::postgres(areas()).await,
            TestApp::sqlite(areas()).await,
        )
        .await;
    });
}

#[test]
fn from_postgres_to_postgres() {
    block_on(async {
        moves(
            TestApp::postgres(areas()).await,
            TestApp::postgres(areas()).await,
        )
        .await;
    });
}

async fn state(app: &TestApp) -> Option<String> {
    let rows = app
        .sql(stmt!(
            "select value from system_metadata where key = ?1",
            RESTORE
        ))
        .await;
    rows.first().map(|row| row.get("value").unwrap())
}

on_each_database! {
    async fn a_fresh_server_is_restored_by_whoever_comes_first(app: TestApp) {
        let old = fill(&app).await;
        let (name, bytes) = back_up(&app, &old).await;
        let refused = app.post(&format!("{PATH}/start-restore")).send().await.expect(400);
        assert_eq!(refused.message(), "The server already has an admin");
        let fresh = TestApp::sqlite(areas()).await;
        let begun = fresh.post(&format!("{PATH}/start-restore")).send().await.expect(201);
        fresh.post(&format!("{PATH}/start-restore")).send().await.expect(404);
        let cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
        assert_eq!(status(&fresh, &cookie).await["action"], "select_database_restore");
        fresh.get(PATH).send().await.expect(401);
        let upload = fresh.post(&format!("{PATH}/upload"));
        let upload = upload.body("multipart/form-data; boundary=b", form(&name, &bytes));
        upload.header("cookie", &cookie).send().await.expect(201);
        let listed = fresh.get(PATH).header("cookie", &cookie).send().await.expect(200).json();
        assert_eq!(listed["backups"][0]["filename"], format!("uploaded-{name}"));
        let body = json!({ "action": "restore_database", "restoreBackupFilename": format!("uploaded-{name}") });
        fresh.post("/api/admin/maintenance").header("cookie", &cookie).json(&body).send().await.expect(201);
        assert_eq!(status(&fresh, &cookie).await, json!({ "active": true, "action": "restore_database", "task": "ready", "progress": 0.0 }));
        // In the middle of it nothing else may begin.
        fresh.post("/api/admin/maintenance").header("cookie", &cookie).json(&json!({ "action": "end" })).send().await.expect(400);
        fresh.run_jobs().await;
        assert_same(&contents(&fresh).await, &contents(&app).await);
        fresh.get("/api/server/about").user(&old).send().await.expect(200);
    }

    /// What a worker did and could not say is done again, and comes to the same.
    async fn each_turn_may_be_lost(app: TestApp) {
        let admin = fill(&app).await;
        let (name, _) = back_up(&app, &admin).await;
        let there = contents(&app).await;
        app.sql(stmt!("delete from asset where owner_id = ?1", &admin.id)).await;
        let body = json!({ "action": "restore_database", "restoreBackupFilename": name });
        app.post("/api/admin/maintenance").user(&admin).json(&body).send().await.expect(201);
        let mut turns = 0;
        while let Some(before) = state(&app).await {
            app.deliver(Consumer::Storage).await;
            let put_back = stmt!("update system_metadata set value = ?1 where key = ?2", before, RESTORE);
            app.sql(put_back).await;
            // A worker that is lost keeps the others away for some minutes, and then the cron trigger wakes one.
            app.take_wakes();
            let goes_on = state(&app).await.is_some();
            app.tick().await;
            let is_woken = app.take_wakes().iter().any(|wake| wake.consumer == Consumer::Storage);
            assert_eq!(is_woken, goes_on);
            app.deliver(Consumer::Storage).await;
            turns += 1;
            assert!(turns < 1_000);
        }
        assert!(turns > 5, "{turns}");
        assert_same(&contents(&app).await, &there);
    }

    async fn only_one_worker_goes_on_at_a_time(app: TestApp) {
        let admin = app.admin().await;
        let (name, _) = back_up(&app, &admin).await;
        let body = json!({ "action": "restore_database", "restoreBackupFilename": name });
        app.post("/api/admin/maintenance").user(&admin).json(&body).send().await.expect(201);
        let mut claimed: Restore = serde_json::from_str(&state(&app).await.unwrap()).unwrap();
        claimed.busy_until = app.app.now() + 1_000;
        app.sql(stmt!("update system_metadata set value = ?1 where key = ?2", claimed.text(), RESTORE)).await;
        assert_eq!(app.deliver(Consumer::Storage).await, None);
        app.tick().await;
        assert_eq!(state(&app).await.unwrap(), claimed.text());
        app.clock.advance(1_000);
        app.run_jobs().await;
        assert_eq!(state(&app).await, None);
    }
}

#[test]
fn each_table_with_links_to_itself_has_them_behind_its_rows() {
    let linked: Vec<&str> = sections()
        .iter()
        .filter(|section| section.is_link)
        .map(|section| section.table.name)
        .collect();
    assert_eq!(linked, ["session", "asset", "tag"]);
}
