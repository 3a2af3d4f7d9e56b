//! Integrity reports over HTTP (api/admin.md section 4).

use edge_platform::stmt;
use edge_testkit::{NewUser, Reply, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

use crate::areas;

/// The job by hand, and everything that follows from it; those that follow wait a second.
async fn by_hand(app: &TestApp, admin: &NewUser, name: &str) {
    app.post("/api/jobs")
        .user(admin)
        .json(&json!({ "name": name }))
        .send()
        .await
        .expect(204);
    for _ in 0..20 {
        app.run_jobs().await;
        app.clock.advance(1_000);
    }
    assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
}

async fn get(app: &TestApp, admin: &NewUser, path: &str) -> Reply {
    app.get(&format!("/api/admin/integrity/{path}"))
        .user(admin)
        .send()
        .await
}

async fn report(app: &TestApp, admin: &NewUser, kind: &str) -> Vec<Value> {
    let page = get(app, admin, &format!("report?type={kind}"))
        .await
        .expect(200)
        .json();
    page["items"].as_array().unwrap().clone()
}

async fn paths(app: &TestApp, admin: &NewUser, kind: &str) -> Vec<String> {
    let mut paths: Vec<String> = report(app, admin, kind)
        .await
        .iter()
        .map(|item| item["path"].as_str().unwrap().to_owned())
        .collect();
    paths.sort();
    paths
}

async fn put(app: &TestApp, key: &str, bytes: &'static str) {
    app.app
        .objects
        .put(key, bytes.into(), "image/jpeg")
        .await
        .unwrap();
}

/// An asset whose original holds these bytes.
async fn photo(
    app: &TestApp,
    owner: &NewUser,
    name: &str,
    bytes: &'static str,
    checksum: &str,
) -> String {
    let key = format!("upload/{}/{name}.jpg", owner.id);
    put(app, &key, bytes).await;
    app.asset(owner)
        .with("original_path", key)
        .with("checksum", checksum)
        .insert()
        .await
}

/// SHA-1 of `abc`, base64 (FIPS 180).
const ABC: &str = "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";

on_each_database! {
    async fn objects_that_nobody_names_are_found_and_deleted(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        photo(&app, &alice, "named", "abc", ABC).await;
        for key in ["upload/x/stray.jpg", "thumbs/x/stray_preview.webp", "upload/x/pending.jpg", "upload/x/doomed.jpg",
            "upload/x/notes.txt", "upload/.trash/a.jpg", "profile/x/me.jpg", "backups/a.jpg"] {
            put(&app, key, "x").await;
        }
        app.sql(edge_store::objects::register("upload/x/pending.jpg", app.app.now())).await;
        app.sql(edge_store::objects::delete_later(&["upload/x/doomed.jpg"], app.app.now() + 1_000_000)).await;
        by_hand(&app, &admin, "integrity-untracked-files").await;
        by_hand(&app, &admin, "integrity-untracked-files").await;
        assert_eq!(paths(&app, &admin, "untracked_file").await, ["thumbs/x/stray_preview.webp", "upload/x/stray.jpg"]);
        let summary = get(&app, &admin, "summary").await.expect(200).json();
        assert_eq!(summary, json!({ "untracked_file": 2, "missing_file": 0, "checksum_mismatch": 0 }));
        let item = report(&app, &admin, "untracked_file").await.remove(0);
        let id = item["id"].as_str().unwrap();
        assert_eq!((&item["assetId"], &item["fileAssetId"]), (&json!(null), &json!(null)));
        let file = get(&app, &admin, &format!("report/{id}/file")).await.expect(200);
        assert_eq!((file.body.as_ref(), file.header("content-type")), (b"x".as_slice(), "application/octet-stream"));
        let path = format!("/api/admin/integrity/report/{id}");
        app.delete(&path).user(&admin).send().await.expect(200);
        assert_eq!(app.delete(&path).user(&admin).send().await.expect(400).message(), "Failed to delete integrity report");
        get(&app, &admin, &format!("report/{id}/file")).await.expect(404);
        assert!(!app.object_keys().await.contains(&item["path"].as_str().unwrap().to_owned()));
        by_hand(&app, &admin, "integrity-untracked-files-delete-all").await;
        assert!(report(&app, &admin, "untracked_file").await.is_empty());
        let keys = app.object_keys().await;
        assert!(!keys.iter().any(|key| key.contains("stray")) && keys.iter().any(|key| key.contains("named")), "{keys:?}");
    }

    async fn what_is_named_by_now_is_left_alone(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        put(&app, "upload/x/stray.jpg", "abc").await;
        by_hand(&app, &admin, "integrity-untracked-files").await;
        app.asset(&alice).with("original_path", "upload/x/stray.jpg").insert().await;
        by_hand(&app, &admin, "integrity-untracked-files-delete-all").await;
        assert_eq!(app.object_keys().await, ["upload/x/stray.jpg"]);
        put(&app, "upload/x/again.jpg", "abc").await;
        by_hand(&app, &admin, "integrity-untracked-files").await;
        app.app.objects.delete(&["upload/x/again.jpg".to_owned()]).await.unwrap();
        by_hand(&app, &admin, "integrity-untracked-files-refresh").await;
        assert!(report(&app, &admin, "untracked_file").await.is_empty());
    }

    async fn files_that_are_missing_are_found_and_heal(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        photo(&app, &alice, "there", "abc", ABC).await;
        let gone = app.asset(&alice).with("original_path", "upload/a/gone.jpg").insert().await;
        app.asset(&alice).with("original_path", "upload/a/deleted.jpg").with("status", "deleted").insert().await;
        app.sql(stmt!(
            "insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) \
             values (?1, 'preview', 'file', 'thumbs/a/gone.webp', 'image/webp', 1, 0, 0)",
            &gone
        )).await;
        by_hand(&app, &admin, "integrity-missing-files").await;
        assert_eq!(paths(&app, &admin, "missing_file").await, ["thumbs/a/gone.webp", "upload/a/gone.jpg"]);
        let items = report(&app, &admin, "missing_file").await;
        let of = |path: &str| items.iter().find(|item| item["path"] == path).unwrap();
        assert_eq!((&of("upload/a/gone.jpg")["assetId"], &of("thumbs/a/gone.webp")["fileAssetId"]), (&json!(gone), &json!("file")));
        put(&app, "upload/a/gone.jpg", "abc").await;
        by_hand(&app, &admin, "integrity-missing-files-refresh").await;
        assert_eq!(paths(&app, &admin, "missing_file").await, ["thumbs/a/gone.webp"]);
        by_hand(&app, &admin, "integrity-missing-files-delete-all").await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from asset where status = 'trashed'")).await, 0);
        app.app.objects.delete(&["upload/a/gone.jpg".to_owned()]).await.unwrap();
        by_hand(&app, &admin, "integrity-missing-files").await;
        let id = report(&app, &admin, "missing_file").await[0]["id"].as_str().unwrap().to_owned();
        get(&app, &admin, &format!("report/{id}/file")).await.expect(404);
        app.take_events();
        app.delete(&format!("/api/admin/integrity/report/{id}")).user(&admin).send().await.expect(200);
        assert_eq!(app.count(stmt!("select count(*) as n from asset where status = 'trashed' and id = ?1", &gone)).await, 1);
        let told = json!(["on_asset_trash", [gone]]);
        assert_eq!(app.take_events(), [(alice.id.clone(), told.clone()), (admin.id.clone(), told)]);
        assert!(report(&app, &admin, "missing_file").await.is_empty());
    }

    async fn originals_that_changed_are_found_and_heal(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        photo(&app, &alice, "right", "abc", ABC).await;
        let wrong = photo(&app, &alice, "wrong", "abd", ABC.replace('q', "r").as_str()).await;
        app.asset(&alice).with("original_path", "upload/a/gone.jpg").insert().await;
        by_hand(&app, &admin, "integrity-checksum-mismatch").await;
        let items = report(&app, &admin, "checksum_mismatch").await;
        assert_eq!((items.len(), &items[0]["assetId"]), (1, &json!(wrong)));
        by_hand(&app, &admin, "integrity-checksum-mismatch-refresh").await;
        assert_eq!(report(&app, &admin, "checksum_mismatch").await.len(), 1);
        assert!(app.take_events().is_empty());
        put(&app, &format!("upload/{}/wrong.jpg", alice.id), "abc").await;
        app.sql(stmt!("update asset set checksum = 'x' || id, update_id = uuid7() where id <> ?1", &wrong)).await;
        app.sql(stmt!("update asset set checksum = ?2, update_id = uuid7() where id = ?1", &wrong, ABC)).await;
        by_hand(&app, &admin, "integrity-checksum-mismatch-refresh").await;
        assert!(report(&app, &admin, "checksum_mismatch").await.is_empty());
        // Where nobody is asked for each, a job does it, and tells the owner.
        put(&app, &format!("upload/{}/wrong.jpg", alice.id), "abd").await;
        by_hand(&app, &admin, "integrity-checksum-mismatch").await;
        app.take_events();
        by_hand(&app, &admin, "integrity-checksum-mismatch-delete-all").await;
        let told = app.take_events();
        assert_eq!((told.len(), &told[0].0, &told[0].1[0]), (1, &alice.id, &json!("on_asset_trash")));
        assert!(told[0].1[1].as_array().unwrap().contains(&json!(wrong)), "{told:?}");
    }

    async fn a_run_of_checksums_ends_at_its_share_and_the_next_goes_on(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        for (name, checksum) in [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")] {
            photo(&app, &alice, name, "abc", checksum).await;
        }
        app.sql(stmt!(
            "insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0)",
            json!({ "integrityChecks": { "checksumFiles": { "percentageLimit": 0.5 } } }).to_string()
        )).await;
        by_hand(&app, &admin, "integrity-checksum-mismatch").await;
        assert_eq!(report(&app, &admin, "checksum_mismatch").await.len(), 2);
        by_hand(&app, &admin, "integrity-checksum-mismatch").await;
        assert_eq!(report(&app, &admin, "checksum_mismatch").await.len(), 4);
    }

    async fn pages_and_tables(app: TestApp) {
        let admin = app.admin().await;
        let paths: Vec<String> = (0..1_100).map(|number| format!("upload/{number:04}.jpg")).collect();
        for some in paths.chunks(100) {
            let some: Vec<&str> = some.iter().map(String::as_str).collect();
            app.sql(edge_store::integrity::report_untracked(&some, app.app.now())).await;
        }
        app.sql(edge_store::integrity::report_untracked(&["upload/a \"b\",c.jpg"], app.app.now())).await;
        let (mut cursor, mut seen) = (String::new(), Vec::new());
        loop {
            let page = get(&app, &admin, &format!("report?type=untracked_file{cursor}")).await.expect(200).json();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 500);
            seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen.len(), 1_101);
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first, none twice");
        let csv = get(&app, &admin, "report/untracked_file/csv").await.expect(200);
        assert_eq!((csv.header("content-type"), csv.header("cache-control")), ("text/csv", "private, no-cache, no-transform"));
        assert_eq!(csv.header("content-disposition"), format!("attachment; filename=\"{}-untracked_file.csv\"", app.app.now()));
        let text = String::from_utf8(csv.body.to_vec()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0]), (1_102, "id,type,assetId,fileAssetId,path"));
        assert!(lines[1].starts_with(&seen[0]));
        let quoted = ",untracked_file,null,null,\"upload/a \"\"b\"\",c.jpg\"";
        assert!(lines.iter().any(|line| line.ends_with(quoted)), "{}", lines[1]);
        for (path, issue) in [
            ("report?type=untracked_file&limit=5", "limit: Invalid input: expected number, received string"),
            ("report", "type: Invalid option: expected one of \"untracked_file\"|\"missing_file\"|\"checksum_mismatch\""),
            ("report/other/csv", "type: Invalid option: expected one of \"untracked_file\"|\"missing_file\"|\"checksum_mismatch\""),
            ("report/3fe388e4-2078-44d7-b36c-39d9dee3a657/file", "id: Invalid UUID"),
        ] {
            assert_eq!(get(&app, &admin, path).await.expect(400).issues(), issue, "{path}");
        }
        let alice = app.user("alice").await;
        for path in ["summary", "report?type=missing_file", "report/missing_file/csv"] {
            get(&app, &alice, path).await.expect(403);
        }
    }
}
