//! What workflows do (api/workflows.md sections 2 to 4).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    thread,
};

use edge_api::{
    enums::{AssetOrder, WorkflowTrigger},
    input::from_json,
    workflows::{WorkflowCreate, WorkflowUpdate},
};
use edge_platform::stmt;
use edge_store::{
    albums::{self, NewAlbum},
    caller::Caller,
    jobs, workflows,
};
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

pub(crate) fn areas() -> Vec<Area> {
    vec![Area::new(fn_albums::ROUTES, fn_albums::routes())]
}

pub(crate) fn step(method: &str, config: &Value) -> Value {
    json!({ "method": format!("immich-plugin-core#{method}"), "config": config })
}

/// Makes a workflow of these steps for new assets.
pub(crate) async fn workflow(app: &TestApp, owner: &NewUser, steps: &[Value]) -> String {
    let body = json!({ "trigger": "AssetCreate", "steps": steps });
    let new: WorkflowCreate = from_json(&body).unwrap();
    let id = app.app.uuid();
    let batch = workflows::batch_insert(&id, &new, app.app.now());
    app.app
        .run_as(&Caller::acting_for(&owner.id), batch)
        .await
        .unwrap();
    id
}

/// Tells that the asset has come, and runs what follows. Gives how many runs that were.
pub(crate) async fn came(app: &TestApp, asset: &str) -> usize {
    let stored = app
        .sql(jobs::triggers::insert(
            asset,
            WorkflowTrigger::AssetCreate,
            app.app.now(),
        ))
        .await;
    app.run_jobs().await;
    stored.len()
}

/// `visibility`, `is_favorite` and the names of the asset's albums.
pub(crate) async fn state(app: &TestApp, asset: &str) -> String {
    let rows = app
        .sql(stmt!(
            "select a.visibility || ' ' || a.is_favorite as n from asset a where a.id = ?1",
            asset
        ))
        .await;
    let albums = app
        .sql(stmt!(
            "select al.album_name as n from album_asset x join album al on al.id = x.album_id where x.asset_id = ?1 \
             order by al.album_name",
            asset
        ))
        .await;
    let texts = rows
        .iter()
        .chain(albums.iter())
        .map(|row| row.get::<String>("n").unwrap());
    texts.collect::<Vec<_>>().join(" ")
}

pub(crate) async fn error(app: &TestApp) -> String {
    let rows = app
        .sql(stmt!(
            "select last_error as n from job where state = 'failed'"
        ))
        .await;
    rows.first()
        .map(|row| row.get("n").unwrap())
        .unwrap_or_default()
}

async fn config(app: &TestApp, workflow: &str, position: i64) -> Value {
    let rows = app
        .sql(stmt!(
            "select config as n from workflow_step where workflow_id = ?1 and position = ?2",
            workflow,
            position
        ))
        .await;
    serde_json::from_str(&rows.first().unwrap().get::<String>("n").unwrap()).unwrap()
}

async fn album(app: &TestApp, owner: &NewUser, name: &str) -> String {
    let id = app.app.uuid();
    let album = NewAlbum {
        id: &id,
        name,
        description: "",
        order: AssetOrder::Desc,
    };
    let batch = albums::insert(&album, app.app.now());
    app.app
        .run_as(&Caller::acting_for(&owner.id), batch)
        .await
        .unwrap();
    id
}

pub(crate) fn archive() -> Value {
    step("assetArchive", &json!({ "inverse": false }))
}

/// A server that answers once and tells what it was sent.
fn receiver(answer: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook?a=b", listener.local_addr().unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
        loop {
            let count = stream.read(&mut part).unwrap();
            bytes.extend_from_slice(&part[..count]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let is_whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                let length = head.lines().find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length: ")
                        .map(str::to_owned)
                });
                length.is_none_or(|length| body.len() >= length.parse().unwrap())
            });
            if count == 0 || is_whole {
                tell.send(text).unwrap();
                break;
            }
        }
        stream.write_all(answer.as_bytes()).unwrap();
    });
    (address, told)
}

on_each_database! {
    async fn screenshots_go_to_the_archive_and_into_an_album(app: TestApp) {
        let alice = app.user("alice").await;
        let album = json!({ "albumName": "Screenshots", "albumIds": [] });
        let filter = json!({ "pattern": "screenshot", "matchType": "contains", "caseSensitive": false });
        let id = workflow(&app, &alice, &[step("assetFileFilter", &filter), archive(), step("assetAddToAlbums", &album)]).await;
        let other = app.asset(&alice).insert().await;
        assert_eq!(came(&app, &other).await, 1);
        assert_eq!(state(&app, &other).await, "timeline 0", "a filter that says no ends the run");
        let first = app.asset(&alice).with("original_file_name", "Screenshot_1.png").insert().await;
        came(&app, &first).await;
        assert_eq!(state(&app, &first).await, "archive 0 Screenshots");
        let stored = config(&app, &id, 2).await;
        assert_eq!(stored["albumIds"].as_array().unwrap().len(), 1, "the album is remembered by its id");
        app.sql(stmt!("update album set album_name = 'Renamed', update_id = uuid7()")).await;
        let second = app.asset(&alice).with("original_file_name", "SCREENSHOT 2.png").insert().await;
        came(&app, &second).await;
        assert_eq!(state(&app, &second).await, "archive 0 Renamed");
        assert_eq!(app.count(stmt!("select count(*) as n from album")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn two_runs_at_once_make_one_album(app: TestApp) {
        let alice = app.user("alice").await;
        let id = workflow(&app, &alice, &[step("assetAddToAlbums", &json!({ "albumName": "New", "albumIds": [] }))]).await;
        let asset = app.asset(&alice).insert().await;
        let run = workflows::run(&app.sql(workflows::run_statement(&id)).await).unwrap().unwrap();
        let owner = Caller::acting_for(&alice.id);
        let mut changed = Vec::new();
        for _ in 0..2 {
            let album = app.app.uuid();
            let config = json!({ "albumName": "New", "albumIds": [album] }).to_string();
            let mut batch = vec![workflows::set_config(&id, &run.steps[0], &config)];
            batch.extend(workflows::create_album(&album, "New", (&id, &run.steps[0], &config), app.app.now()));
            let results = app.app.run_as(&owner, batch).await.unwrap();
            changed.push(results[0].changed());
        }
        assert_eq!(changed, [1, 0]);
        assert_eq!(app.count(stmt!("select count(*) as n from album")).await, 1);
        came(&app, &asset).await;
        assert_eq!(state(&app, &asset).await, "timeline 0 New");
        assert_eq!(app.count(stmt!("select count(*) as n from album_user")).await, 1);
    }

    async fn albums_are_found_by_name_and_filled_by_id(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mine = album(&app, &alice, "Mine").await;
        let id = workflow(&app, &alice, &[step("assetAddToAlbums", &json!({ "albumName": "Mine", "albumIds": [] }))]).await;
        let asset = app.asset(&alice).insert().await;
        came(&app, &asset).await;
        came(&app, &asset).await;
        assert_eq!(state(&app, &asset).await, "timeline 0 Mine");
        assert_eq!(config(&app, &id, 0).await["albumIds"], json!([mine]));
        let foreign = album(&app, &bob, "Bob's").await;
        app.sql(stmt!("delete from workflow")).await;
        workflow(&app, &alice, &[step("assetFavorite", &json!({})), step("assetAddToAlbums", &json!({ "albumIds": [foreign] })), archive()]).await;
        let other = app.asset(&alice).insert().await;
        came(&app, &other).await;
        assert_eq!(error(&app).await, "step 2 (immich-plugin-core#assetAddToAlbums): Album not found");
        assert_eq!(state(&app, &other).await, "timeline 1", "earlier effects stay, later steps are left out");
        app.sql(stmt!("delete from job")).await;
        app.sql(stmt!("delete from workflow")).await;
        workflow(&app, &alice, &[step("assetAddToAlbums", &json!({ "albumIds": [foreign, mine] })), step("assetAddToAlbums", &json!({ "albumIds": [] }))]).await;
        came(&app, &other).await;
        assert_eq!((state(&app, &other).await.as_str(), error(&app).await.as_str()), ("timeline 1 Mine", ""));
    }

    async fn members_are_told_of_what_a_workflow_puts_into_their_albums(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let trip = app.album(&alice, &[], &[(&bob, "viewer")]).await;
        let seen = app.album(&bob, &[], &[(&alice, "viewer"), (&carol, "viewer")]).await;
        let smtp = json!({ "notifications": { "smtp": { "enabled": true } } });
        edge_store::system::put(app.app.db(), "system-config", &smtp, 0).await.unwrap();
        workflow(&app, &alice, &[step("assetAddToAlbums", &json!({ "albumIds": [trip, seen] }))]).await;
        let asset = app.asset(&alice).insert().await;
        app.take_deliveries();
        app.clock.advance(1000);
        came(&app, &asset).await;
        let mut told = app.take_events();
        told.sort_by(|(one, _), (other, _)| one.cmp(other));
        let event = |user: &NewUser| (user.id.clone(), json!(["on_album_update", trip]));
        let mut expected = [event(&alice), event(&bob)];
        expected.sort_by(|(one, _), (other, _)| one.cmp(other));
        let (notified, told): (Vec<_>, Vec<_>) = told.into_iter().partition(|(_, told)| told[0] == "on_notification");
        assert_eq!(told, expected, "not of the album that Alice may not fill");
        let [(user, notified)] = notified.try_into().unwrap();
        assert_eq!((user, &notified[1]["type"]), (bob.id.clone(), &json!("AlbumUpdate")));
        let mails = app.sql(stmt!("select kind || ' ' || payload as n from job")).await;
        let mails: Vec<String> = mails.iter().map(|row| row.get("n").unwrap()).collect();
        assert_eq!(mails, [format!("NotifyAlbumUpdate {{\"id\":\"{trip}\",\"recipientId\":\"{}\"}}", bob.id)]);
        app.sql(stmt!("delete from job")).await;
        app.clock.advance(1000);
        came(&app, &asset).await;
        assert_eq!(app.take_events(), [], "it is there already");
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn assets_are_moved_and_back(app: TestApp) {
        let alice = app.user("alice").await;
        let inverse = json!({ "inverse": true });
        for (visibility, method, config, wanted) in [
            ("timeline", "assetArchive", json!({}), "archive 0"),
            ("archive", "assetArchive", inverse.clone(), "timeline 0"),
            ("locked", "assetArchive", inverse.clone(), "locked 0"),
            ("timeline", "assetLock", json!(null), "locked 0"),
            ("locked", "assetLock", inverse.clone(), "locked 0"),
            ("locked", "assetVisibility", json!({ "visibility": "archive" }), "locked 0"),
            ("locked", "assetFavorite", json!({}), "locked 0"),
            ("archive", "assetVisibility", json!({ "visibility": "timeline" }), "timeline 0"),
            ("timeline", "assetFavorite", json!({}), "timeline 1"),
            ("timeline", "assetFavorite", inverse.clone(), "timeline 0"),
        ] {
            app.sql(stmt!("delete from workflow")).await;
            workflow(&app, &alice, &[step(method, &config)]).await;
            let asset = app.asset(&alice).visibility(visibility).insert().await;
            came(&app, &asset).await;
            assert_eq!(state(&app, &asset).await, wanted, "{method} {config} of {visibility}");
        }
        assert_eq!(error(&app).await, "");
        app.sql(stmt!("delete from workflow")).await;
        workflow(&app, &alice, &[step("assetVisibility", &json!({ "visibility": "hidden" }))]).await;
        let asset = app.asset(&alice).insert().await;
        came(&app, &asset).await;
        assert_eq!(error(&app).await, "step 1 (immich-plugin-core#assetVisibility): visibility is missing");
    }

    async fn a_locked_asset_is_told_to_nobody(app: TestApp) {
        let alice = app.user("alice").await;
        app.variables.set("webhook_private_addresses", "true");
        let (address, told) = receiver("HTTP/1.1 204 No Content\r\n\r\n");
        let hook = step("webhook", &json!({ "url": address, "method": "POST" }));
        let steps = [step("assetLock", &json!({})), hook.clone(), step("assetLock", &json!({ "inverse": true }))];
        workflow(&app, &alice, &[hook]).await;
        let locked = app.asset(&alice).visibility("locked").insert().await;
        came(&app, &locked).await;
        app.sql(stmt!("delete from workflow")).await;
        workflow(&app, &alice, &steps).await;
        let asset = app.asset(&alice).insert().await;
        came(&app, &asset).await;
        assert_eq!(state(&app, &asset).await, "locked 0", "what comes behind the lock is left out");
        assert!(told.try_recv().is_err());
        assert_eq!(error(&app).await, "");
    }

    async fn a_reason_is_short(app: TestApp) {
        let alice = app.user("alice").await;
        let config = json!({ "url": "http://example.com", "method": "x".repeat(50_000) });
        workflow(&app, &alice, &[step("webhook", &config)]).await;
        let asset = app.asset(&alice).insert().await;
        came(&app, &asset).await;
        assert_eq!(error(&app).await.chars().count(), 500);
    }

    async fn a_step_sees_what_the_last_one_did(app: TestApp) {
        let alice = app.user("alice").await;
        let mut steps = vec![archive(), step("assetArchive", &json!({ "inverse": true })), step("assetFavorite", &json!({}))];
        for _ in 0..8 {
            steps.extend([archive(), step("assetArchive", &json!({ "inverse": true }))]);
        }
        steps.push(json!({ "method": "immich-plugin-core#assetLock", "config": null, "enabled": false }));
        workflow(&app, &alice, &steps).await;
        let asset = app.asset(&alice).insert().await;
        came(&app, &asset).await;
        assert_eq!(state(&app, &asset).await, "timeline 1", "19 actions in two jobs, the last one is left out");
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn only_workflows_of_the_owner_that_run_are_started(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        workflow(&app, &bob, &[archive()]).await;
        let off = workflow(&app, &alice, &[archive()]).await;
        let asset = app.asset(&alice).insert().await;
        let switch = async |is_on: bool| {
            let change: WorkflowUpdate = from_json(&json!({ "enabled": is_on })).unwrap();
            let batch = workflows::batch_update(&off, &change, app.app.now());
            app.app.run_as(&Caller::acting_for(&alice.id), batch).await.unwrap();
        };
        switch(false).await;
        assert_eq!(came(&app, &asset).await, 0);
        switch(true).await;
        let insert = || jobs::triggers::insert(&asset, WorkflowTrigger::AssetCreate, app.app.now());
        assert_eq!(app.sql(insert()).await.len(), 1);
        assert_eq!(app.sql(insert()).await.len(), 0, "it waits already");
        switch(false).await;
        app.run_jobs().await;
        assert_eq!(state(&app, &asset).await, "timeline 0", "switched off since");
        switch(true).await;
        app.sql(insert()).await;
        app.sql(stmt!("update users set deleted_at = 1 where id = ?1", &alice.id)).await;
        app.run_jobs().await;
        assert_eq!(state(&app, &asset).await, "timeline 0", "the account was deleted since");
        assert_eq!(app.sql(jobs::triggers::insert("none", WorkflowTrigger::AssetCreate, 0)).await.len(), 0);
    }

    async fn one_event_starts_a_hundred_workflows_at_most(app: TestApp) {
        let alice = app.user("alice").await;
        let empty = workflow(&app, &alice, &[]).await;
        app.sql(stmt!(
            "insert into workflow (id, owner_id, trigger_name, is_enabled, created_at, updated_at) \
             select 'w' || a.n || b.n || c.n, w.owner_id, w.trigger_name, 1, 0, 0 from workflow w \
             cross join (select 0 as n union all select 1 union all select 2 union all select 3 union all select 4) a \
             cross join (select 0 as n union all select 1 union all select 2 union all select 3 union all select 4) b \
             cross join (select 0 as n union all select 1 union all select 2 union all select 3 union all select 4) c where w.id = ?1",
            empty
        )).await;
        let asset = app.asset(&alice).insert().await;
        assert_eq!(came(&app, &asset).await, 100);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn a_webhook_is_told_of_the_asset(app: TestApp) {
        let alice = app.user("alice").await;
        app.variables.set("webhook_private_addresses", "true");
        let (url, told) = receiver("HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let hook = json!({ "url": url, "headerName": "X-Token", "headerValue": "secret", "method": "PUT" });
        workflow(&app, &alice, &[step("webhook", &hook), archive()]).await;
        let asset = app.asset(&alice).with("checksum", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=").exif("f_number", 2.8).exif("date_time_original", 0).insert().await;
        came(&app, &asset).await;
        let sent = told.recv().unwrap();
        let (head, body) = sent.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("PUT /hook?a=b HTTP/1.1\r\n"), "{head}");
        let head = head.to_lowercase();
        assert!(head.contains("x-token: secret") && head.contains("content-type: application/json"), "{head}");
        let body: Value = serde_json::from_str(body).unwrap();
        let sent = &body["data"]["asset"];
        assert_eq!((&body["type"], &body["trigger"], &sent["id"]), (&json!("AssetV1"), &json!("AssetCreate"), &json!(asset)));
        assert_eq!(sent["checksum"]["type"], "Buffer");
        assert_eq!(sent["checksum"]["data"].as_array().unwrap().len(), 20);
        assert_eq!((&sent["exifInfo"]["fNumber"], &sent["exifInfo"]["dateTimeOriginal"]), (&json!(2.8), &json!("1970-01-01T00:00:00+00:00")));
        assert_eq!(sent["createdAt"], "2024-06-15T12:00:00.000Z");
        assert_eq!(state(&app, &asset).await, "archive 0", "any answer will do");
    }

    async fn a_redirect_is_followed_without_the_secret(app: TestApp) {
        let alice = app.user("alice").await;
        app.variables.set("webhook_private_addresses", "true");
        let (second, told) = receiver("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let answer = format!("HTTP/1.1 307 There\r\nlocation: {second}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let (first, _first_told) = receiver(Box::leak(answer.into_boxed_str()));
        let hook = json!({ "url": first, "headerName": "X-Token", "headerValue": "secret" });
        workflow(&app, &alice, &[step("webhook", &hook)]).await;
        let asset = app.asset(&alice).insert().await;
        came(&app, &asset).await;
        let sent = told.recv().unwrap();
        assert!(sent.starts_with("POST /hook") && sent.contains(&asset) && !sent.contains("secret"), "{sent}");
        assert_eq!(error(&app).await, "");
    }

    async fn a_webhook_that_is_not_sent_fails_the_run(app: TestApp) {
        let alice = app.user("alice").await;
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for (config, private, wanted) in [
            (json!({ "url": "http://127.0.0.1:1/" }), "", "private addresses are not allowed (WEBHOOK_PRIVATE_ADDRESSES)"),
            (json!({ "url": "http://localhost/" }), "yes", "private addresses are not allowed (WEBHOOK_PRIVATE_ADDRESSES)"),
            (json!({ "url": "file:///etc/passwd" }), "", "url: "),
            (json!({ "url": "ftp://example.com/" }), "", "url: only http and https"),
            (json!({ "url": "/x" }), "true", "url: only http and https"),
            (json!({}), "", "url is missing"),
            (json!({ "url": "https://example.com/", "method": "GET" }), "", "method GET is not POST or PUT"),
            (json!({ "url": "https://example.com/", "headerName": "Transfer-Encoding", "headerValue": "chunked" }), "", "headerName: transfer-encoding is not for workflows to set"),
            (json!({ "url": "https://example.com/", "headerName": "a b", "headerValue": "c" }), "", "headerName: "),
            (json!({ "url": "https://example.com/", "headerName": "a", "headerValue": "b\r\nc: d" }), "", "headerValue: "),
            (json!({ "url": format!("http://{closed}/") }), "true", "no answer: "),
        ] {
            app.variables.set("webhook_private_addresses", private);
            app.sql(stmt!("delete from workflow")).await;
            app.sql(stmt!("delete from job")).await;
            workflow(&app, &alice, &[step("webhook", &config), archive()]).await;
            let asset = app.asset(&alice).insert().await;
            came(&app, &asset).await;
            let error = error(&app).await;
            assert!(error.starts_with(&format!("step 1 (immich-plugin-core#webhook): {wanted}")), "{config}: {error}");
            assert_eq!(state(&app, &asset).await, "timeline 0");
        }
    }

    async fn a_bad_expression_fails_the_run_by_name(app: TestApp) {
        let alice = app.user("alice").await;
        workflow(&app, &alice, &[step("assetFileFilter", &json!({ "pattern": "(", "matchType": "regex" })), archive()]).await;
        let asset = app.asset(&alice).insert().await;
        came(&app, &asset).await;
        let error = error(&app).await;
        assert!(error.starts_with("step 1 (immich-plugin-core#assetFileFilter): Invalid regular expression"), "{error}");
        assert_eq!(app.count(stmt!("select count(*) as n from job where attempts = 1")).await, 1, "no second attempt");
    }

    async fn a_run_whose_asset_is_gone_fails(app: TestApp) {
        let alice = app.user("alice").await;
        workflow(&app, &alice, &[archive()]).await;
        let asset = app.asset(&alice).insert().await;
        app.sql(jobs::triggers::insert(&asset, WorkflowTrigger::AssetCreate, app.app.now())).await;
        app.sql(stmt!("update asset set status = 'deleted', update_id = uuid7() where id = ?1", &asset)).await;
        app.run_jobs().await;
        assert_eq!(error(&app).await, "the asset is gone");
    }

    async fn members_hear_of_new_content(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let album = album(&app, &alice, "Shared").await;
        app.sql(stmt!(
            "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
             values (?1, ?2, 'viewer', 0, 0, uuid7(), uuid7())",
            &album, &bob.id
        )).await;
        workflow(&app, &alice, &[step("assetAddToAlbums", &json!({ "albumIds": [album] }))]).await;
        let asset = app.asset(&alice).insert().await;
        came(&app, &asset).await;
        let told = app.count(stmt!("select count(*) as n from notification where user_id = ?1 and type = 'AlbumUpdate'", &bob.id)).await;
        assert_eq!(told, 1);
    }

    async fn ends_of_runs_are_written_down_while_somebody_wants_to_know(app: TestApp) {
        let alice = app.user("alice").await;
        let filter = json!({ "pattern": "yes", "matchType": "contains", "caseSensitive": false });
        let id = workflow(&app, &alice, &[step("assetFileFilter", &filter), archive(), step("assetVisibility", &json!({ "visibility": "hidden" }))]).await;
        let named = async |name: &str| app.asset(&alice).with("original_file_name", name).insert().await;
        let kept = async || app.count(stmt!("select count(*) as n from workflow_log")).await;
        came(&app, &named("no.jpg").await).await;
        assert_eq!(kept().await, 0, "nobody wants to know");
        app.sql(stmt!("update workflow set is_logging = 1 where id = ?1", &id)).await;
        let (no, yes) = (named("no.jpg").await, named("yes.jpg").await);
        let locked = app.asset(&alice).visibility("locked").insert().await;
        for asset in [&no, &yes, &locked] {
            came(&app, asset).await;
        }
        app.sql(stmt!("delete from workflow_step where workflow_id = ?1 and position = 2", &id)).await;
        let last = named("yes.jpg").await;
        came(&app, &last).await;
        let rows = app.sql(stmt!("select asset_id, result, coalesce(step_position, -1) as step, step_method from workflow_log order by place")).await;
        let told: Vec<(String, String, i64)> = rows.iter().map(|row| (row.get("asset_id").unwrap(), row.get("result").unwrap(), row.get("step").unwrap())).collect();
        assert_eq!(told, [(no, "halted".to_owned(), 0), (yes, "error".to_owned(), 2), (last, "completed".to_owned(), -1)], "of locked assets nothing is told");
        // A thousand are kept.
        app.sql(stmt!("update workflow set log_count = 1000 where id = ?1", &id)).await;
        came(&app, &named("yes.jpg").await).await;
        assert_eq!(kept().await, 3, "it took the oldest place");
        app.clock.advance(91 * 86_400_000);
        app.sql(workflows::prune(app.app.now())).await;
        assert_eq!(kept().await, 0);
    }
}
