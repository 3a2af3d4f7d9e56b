//! Listing, fetching, uploading, deleting, keeping.

use edge_api::enums::JobName;
use edge_http::backup::{gzip, header, member};
use edge_platform::stmt;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

use crate::{
    PATH, areas, back_up,
    contents::{assert_same, contents},
    names, restore, upload,
};

fn hexadecimal(number: u64) -> String {
    format!("{number:x}")
}

on_each_database! {
    async fn backups_are_made_listed_fetched_and_deleted(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        assert_eq!(app.get(PATH).user(&admin).send().await.expect(200).json(), json!({ "backups": [] }));
        app.get(PATH).user(&alice).send().await.expect(403);
        let (name, bytes) = back_up(&app, &admin).await;
        assert_eq!(name, "immich-db-backup-20240615T120000-v3.1.0-pg15.0.sql.gz");
        let listed = app.get(PATH).user(&admin).send().await.expect(200).json();
        assert_eq!(listed, json!({ "backups": [{ "filename": name, "filesize": bytes.len(), "timezone": "UTC" }] }));
        let path = format!("{PATH}/{name}");
        let reply = app.get(&path).user(&admin).send().await.expect(200);
        assert_eq!(reply.header("content-type"), "application/gzip");
        assert_eq!(reply.header("cache-control"), "private, no-cache, no-transform");
        assert!(reply.header("content-disposition").contains(&name));
        let part = app.get(&path).user(&admin).header("range", "bytes=0-1").send().await.expect(206);
        assert_eq!(part.body.as_ref(), [0x1f, 0x8b]);
        assert_eq!(app.object_keys().await, [format!("backups/{name}")], "nothing is left of its parts");
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        let delete = async |names: serde_json::Value| app.delete(PATH).user(&admin).json(&json!({ "backups": names })).send().await;
        assert_eq!(delete(json!([name, "../upload/x.sql"])).await.expect(400).message(), "Invalid backup name!");
        assert_eq!(names(&app, &admin).await.len(), 1, "one name that is none, and none is deleted");
        delete(json!([name, "other.sql.gz"])).await.expect(200);
        assert!(names(&app, &admin).await.is_empty());
        app.get(&path).user(&admin).send().await.expect(404);
    }

    async fn no_name_leads_out_of_the_folder(app: TestApp) {
        let admin = app.admin().await;
        app.app.objects.put("upload/a.sql", "x".into(), "a").await.unwrap();
        for name in ["..%2Fupload%2Fa.sql", "a.jpg", "..%5Ca.sql", "a.sql.gz.tmp", "%00.sql", "a%0A.sql", "%C3%A9.sql"] {
            let reply = app.get(&format!("{PATH}/{name}")).user(&admin).send().await.expect(400);
            assert!(!reply.message().is_empty(), "{name}");
        }
        for backups in [json!("a.sql"), json!([7]), json!([null]), json!({}), json!(["../a.sql"]), json!(["/a.sql"])] {
            app.delete(PATH).user(&admin).json(&json!({ "backups": backups })).send().await.expect(400);
        }
        app.delete(PATH).user(&admin).json(&json!({})).send().await.expect(400);
        assert_eq!(app.object_keys().await, ["upload/a.sql"]);
    }

    async fn only_dumps_of_this_kind_are_taken(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        let good = gzip(&(header(1) + "{\"end\":0}\n"));
        upload(&app, &alice, "a.sql.gz", &good).await.expect(403);
        for name in ["a.zip", "", "a b.sql", "..", ".hidden", "x.sql.gz.exe"] {
            assert_eq!(upload(&app, &admin, name, &good).await.expect(400).message(), "Invalid backup name!", "{name}");
        }
        for bytes in [&b"select 1;"[..], b"", &gzip("drop table users;"), &good[..5]] {
            let message = upload(&app, &admin, "a.sql.gz", bytes).await.expect(400).message();
            assert_eq!(message, "Not a database backup of this kind of server");
        }
        app.post(&format!("{PATH}/upload")).user(&admin).body("text/plain", "x").send().await.expect(400);
        app.post(&format!("{PATH}/upload")).user(&admin).body("multipart/form-data; boundary=b", "--b--\r\n").send().await.expect(400);
        assert!(app.object_keys().await.is_empty());
        upload(&app, &admin, "../../etc/a.sql.gz", &good).await.expect(201);
        let large = [good.clone(), vec![7; 20 << 20]].concat();
        upload(&app, &admin, "b.sql.gz", &large).await.expect(201);
        upload(&app, &admin, "b.sql.gz", &good).await.expect(201);
        upload(&app, &admin, "c.sql.gz", &large).await.expect(201);
        assert_eq!(names(&app, &admin).await, ["uploaded-c.sql.gz", "uploaded-b.sql.gz", "uploaded-a.sql.gz"]);
        let back = app.get(&format!("{PATH}/uploaded-c.sql.gz")).user(&admin).send().await.expect(200);
        assert_eq!(back.body.len(), large.len());
    }

    async fn only_the_newest_are_kept(app: TestApp) {
        let config = json!({ "backup": { "database": { "keepLastAmount": 2 } } });
        app.sql(stmt!("insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0)", config.to_string())).await;
        for name in ["restore-point-1.sql.gz", "uploaded-1.sql.gz", "immich-db-backup-1.sql.gz", "immich-db-backup-0.sql.gz.tmp.3"] {
            app.app.objects.put(&format!("backups/{name}"), "x".into(), "a").await.unwrap();
        }
        // Objects in the folder are as old as the test: the clock goes to the year 2096.
        app.clock.advance(4_000_000_000_000 - app.app.now());
        for _ in 0..2 {
            app.clock.advance(60_000);
            let job = NewJob::new(app.app.uuid(), JobName::DatabaseBackup, json!({}), app.app.now());
            app.sql(jobs::insert(&job, app.app.now())).await;
            app.run_jobs().await;
        }
        let keys = app.object_keys().await;
        assert_eq!(keys.len(), 4, "{keys:?}");
        assert!(!keys.iter().any(|key| key.contains("backup-1.") || key.contains(".tmp")), "{keys:?}");
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    /// More than a part of the upload, so that the turns hand over what is left.
    async fn a_large_one_is_written_in_parts(app: TestApp) {
        let admin = app.admin().await;
        let mut seed = 1_u64;
        for number in 0..24 {
            let mut noise = String::new();
            while noise.len() < 500_000 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                noise += &hexadecimal(seed >> 8);
            }
            let sql = "insert into notification (id, user_id, title, description, created_at, updated_at) values (?1, ?2, '', ?3, 0, 0)";
            app.sql(stmt!(sql, format!("{number}"), &admin.id, noise)).await;
        }
        let there = contents(&app).await;
        let (_, mut bytes) = back_up(&app, &admin).await;
        let size = bytes.len();
        let mut members = 0;
        while !bytes.is_empty() {
            let member = member(&bytes).unwrap().unwrap();
            assert!(member.text.len() < 2 << 20);
            bytes.drain(..member.length);
            members += 1;
        }
        assert!(members > 5, "{members} of {size} bytes");
        let key = app.object_keys().await.remove(0);
        let bytes = app.app.objects.get(&key, None).await.unwrap().unwrap().body.collect(99 << 20).await.unwrap();
        app.sql(stmt!("delete from notification")).await;
        let (told, _) = restore(&app, &admin, &bytes).await;
        assert_eq!(told["active"], false, "{told}");
        assert_same(&contents(&app).await, &there);
    }

    async fn it_is_made_at_the_configured_time(app: TestApp) {
        app.admin().await;
        app.tick().await;
        app.clock.advance(86_400_000);
        app.tick().await;
        assert_eq!(app.count(stmt!("select count(*) as n from job where kind = 'DatabaseBackup'")).await, 1);
    }
}
