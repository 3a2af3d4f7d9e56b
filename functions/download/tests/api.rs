//! Downloads over HTTP (api/assets.md section 7).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeSet,
    io::{Cursor, Read},
};

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, library, on_each_database};
use serde_json::{Value, json};
use zip::ZipArchive;

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
        Area::new(fn_download::ROUTES, fn_download::routes()),
    ]
}

const NONE: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";
/// 2021-02-03T04:05:06 by the clock of the place.
const TAKEN: i64 = 1_612_325_106_000;

/// A photo with an original behind it.
async fn photo(app: &TestApp, owner: &NewUser, name: &str, bytes: &'static str) -> String {
    let path = format!("upload/{}", app.app.uuid());
    app.app
        .objects
        .put(&path, bytes.into(), "image/jpeg")
        .await
        .unwrap();
    let asset = app
        .asset(owner)
        .taken(TAKEN)
        .with("original_path", path)
        .with("original_file_name", name);
    asset
        .exif("file_size_in_byte", i64::try_from(bytes.len()).unwrap())
        .insert()
        .await
}

async fn info(app: &TestApp, user: &NewUser, body: Value) -> Reply {
    app.post("/api/download/info")
        .user(user)
        .json(&body)
        .send()
        .await
}

async fn archive(app: &TestApp, user: &NewUser, body: Value) -> Reply {
    app.post("/api/download/archive")
        .user(user)
        .json(&body)
        .send()
        .await
}

/// Names and contents of the files in an archive.
fn files(reply: &Reply) -> Vec<(String, String)> {
    let mut archive = ZipArchive::new(Cursor::new(reply.body.to_vec())).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            (file.name().unwrap().into_owned(), text)
        })
        .collect()
}

on_each_database! {
    async fn an_archive_holds_the_originals_as_they_are(app: TestApp) {
        let alice = app.user("alice").await;
        let one = photo(&app, &alice, "Größe.jpg", "one").await;
        let two = photo(&app, &alice, "Größe.jpg", "two").await;
        let evil = photo(&app, &alice, "../../etc/passwd", "").await;
        app.take_round_trips();
        let reply = archive(&app, &alice, json!({ "assetIds": [two, one, evil, one] })).await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(reply.header("content-type"), "application/octet-stream");
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        assert_eq!(files(&reply), pairs(&[("Größe.jpg", "two"), ("Größe+1.jpg", "one"), ("_.._etc_passwd", "")]));
        let mut archive = ZipArchive::new(Cursor::new(reply.body.to_vec())).unwrap();
        let file = archive.by_index(0).unwrap();
        let time = file.last_modified().unwrap();
        assert_eq!((time.year(), time.month(), time.day(), time.hour(), time.minute(), time.second()), (2021, 2, 3, 4, 5, 6));
        assert_eq!(file.compression(), zip::CompressionMethod::Stored);
    }

    async fn an_archive_is_saved_under_the_name_that_was_asked_for(app: TestApp) {
        let alice = app.user("alice").await;
        let reply = archive(&app, &alice, json!({ "assetIds": [], "archiveName": "Füße" })).await.expect(200);
        assert_eq!(reply.header("content-disposition"), "attachment; filename*=UTF-8''F%C3%BC%C3%9Fe.zip");
        archive(&app, &alice, json!({ "assetIds": [], "archiveName": "a\u{0}b" })).await.expect(400);
    }

    async fn an_archive_of_nothing_is_an_archive(app: TestApp) {
        let alice = app.user("alice").await;
        let reply = archive(&app, &alice, json!({ "assetIds": [] })).await.expect(200);
        assert!(files(&reply).is_empty());
        let gone = app.asset(&alice).insert().await;
        let reply = archive(&app, &alice, json!({ "assetIds": [gone] })).await.expect(200);
        assert!(files(&reply).is_empty(), "its object is not there");
    }

    async fn what_was_deleted_is_in_no_archive(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (kept, thrown) = (photo(&app, &alice, "a.jpg", "a").await, photo(&app, &alice, "b.jpg", "b").await);
        let (gone, purged) = (photo(&app, &alice, "c.jpg", "c").await, photo(&app, &alice, "d.jpg", "d").await);
        let album = app.album(&alice, &[&kept, &thrown, &gone, &purged], &[(&bob, "viewer")]).await;
        app.sql(stmt!("update asset set status = 'trashed', deleted_at = 1, update_id = uuid7() where id = ?1", &thrown)).await;
        app.sql(stmt!("update asset set status = 'deleted', deleted_at = 1, update_id = uuid7() where id = ?1", &gone)).await;
        app.app.db().batch(edge_store::assets::remove::purge(&[&purged], 0)).await.unwrap();
        for deleted in [&gone, &purged] {
            for user in [&alice, &bob] {
                for ids in [json!([deleted]), json!([kept, deleted])] {
                    let body = json!({ "assetIds": ids });
                    let refused = archive(&app, user, body.clone()).await.expect(400);
                    assert_eq!(refused.message(), "Not found or no asset.download access");
                    info(&app, user, body).await.expect(400);
                }
            }
        }
        // The trash is its owner's.
        let body = json!({ "assetIds": [thrown, kept] });
        let both = archive(&app, &alice, body.clone()).await.expect(200);
        assert_eq!(files(&both).len(), 2);
        archive(&app, &bob, body).await.expect(400);
        for user in [&alice, &bob] {
            let planned = info(&app, user, json!({ "albumId": album })).await.expect(201).json();
            assert_eq!(planned["archives"][0]["assetIds"], json!([kept]));
        }
        app.sql(stmt!("delete from job")).await;
    }

    async fn edited_pictures_come_where_they_are_wanted(app: TestApp) {
        let alice = app.user("alice").await;
        let one = photo(&app, &alice, "a.heic", "original").await;
        app.app.objects.put("thumbs/edited.jpg", "edited".into(), "image/jpeg").await.unwrap();
        app.sql(stmt!(
            "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
             values (?1, 'fullsize', 1, ?2, 'thumbs/edited.jpg', 'image/jpeg', 6, 0, 0)", &one, app.app.uuid()
        )).await;
        let plain = archive(&app, &alice, json!({ "assetIds": [one] })).await.expect(200);
        assert_eq!(files(&plain)[0].1, "original");
        let edited = archive(&app, &alice, json!({ "assetIds": [one], "edited": true })).await.expect(200);
        assert_eq!(files(&edited)[0].1, "edited");
    }

    async fn archives_are_planned_by_size(app: TestApp) {
        let alice = app.user("alice").await;
        let (one, two) = (photo(&app, &alice, "a.jpg", "12345").await, photo(&app, &alice, "b.jpg", "123").await);
        let film = app.asset(&alice).with("type", "VIDEO").visibility("hidden").insert().await;
        app.sql(stmt!("update asset set live_photo_video_id = ?1, update_id = uuid7() where id = ?2", &film, &one)).await;
        app.take_round_trips();
        let planned = info(&app, &alice, json!({ "assetIds": [one, two], "archiveSize": 100 })).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(planned, json!({
            "totalSize": 1008,
            "archives": [{ "size": 1005, "assetIds": [one, film] }, { "size": 3, "assetIds": [two] }],
        }));
        let album = app.album(&alice, &[&two], &[]).await;
        let planned = info(&app, &alice, json!({ "albumId": album })).await.expect(201).json();
        assert_eq!(planned, json!({ "totalSize": 3, "archives": [{ "size": 3, "assetIds": [two] }] }));
        app.asset(&alice).trashed().insert().await;
        app.asset(&alice).visibility("locked").insert().await;
        let planned = info(&app, &alice, json!({ "userId": alice.id })).await.expect(201).json();
        assert_eq!(planned["totalSize"], 1008);
        app.asset(&alice).insert().await;
        let none = info(&app, &alice, json!({})).await.expect(400);
        assert_eq!(none.message(), "assetIds, albumId, or userId is required");
        info(&app, &alice, json!({ "assetIds": [one], "archiveSize": 0 })).await.expect(400);
    }

    async fn films_inside_of_photos_come_along_for_who_wants_them(app: TestApp) {
        let alice = app.user("alice").await;
        let still = photo(&app, &alice, "PXL.MP.jpg", "12345").await;
        let film = app.asset(&alice).with("type", "VIDEO").visibility("hidden").with("original_path", "encoded-video/a/b-MP.mp4").insert().await;
        app.sql(stmt!("update asset set live_photo_video_id = ?1, update_id = uuid7() where id = ?2", &film, &still)).await;
        let planned = async || {
            let body = json!({ "assetIds": [still] });
            info(&app, &alice, body).await.expect(201).json()["archives"][0]["assetIds"].clone()
        };
        assert_eq!(planned().await, json!([still]));
        for (wanted, found) in [(true, json!([still, film])), (false, json!([still]))] {
            let preferences = json!({ "download": { "includeEmbeddedVideos": wanted } }).to_string();
            app.sql(stmt!(
                "insert into user_metadata (user_id, key, value, updated_at, update_id) values (?1, 'preferences', ?2, 0, uuid7()) \
                 on conflict (user_id, key) do update set value = excluded.value, update_id = excluded.update_id",
                &alice.id, &preferences
            )).await;
            assert_eq!(planned().await, found);
        }
    }

    async fn ten_thousand_are_planned_and_sent(app: TestApp) {
        let alice = app.user("alice").await;
        let ids = app.assets(&alice, 10_000).await;
        app.sql(stmt!("update asset_exif set file_size_in_byte = 3, update_id = uuid7() where owner_id = ?1", &alice.id)).await;
        for id in &ids {
            app.app.objects.put(&format!("upload/{id}"), "abc".into(), "image/jpeg").await.unwrap();
        }
        let body = json!({ "assetIds": ids });
        let planned = app.post("/api/download/info").user(&alice).json(&body).send_in_two().await.expect(201).json();
        assert_eq!(planned, json!({ "totalSize": 30_000, "archives": [{ "size": 30_000, "assetIds": ids }] }));
        let reply = app.post("/api/download/archive").user(&alice).json(&body).send_in_two().await.expect(200);
        let files = files(&reply);
        assert!(files.iter().all(|(_, content)| content == "abc"));
        let names: BTreeSet<String> = files.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), 10_000, "each has a name of its own");
    }

    async fn a_large_library_is_planned_page_by_page(app: TestApp) {
        let alice = app.user("alice").await;
        library::fill(app.app.db(), 23_000).await;
        let mine = "update session set user_id = ?1 where id = ?2";
        app.sql(stmt!(mine, library::ALICE, &alice.session_id)).await;
        let shown = "select count(*) as n from asset where owner_id = ?1 and deleted_at is null and visibility in ('timeline', 'archive')";
        let shown = app.count(stmt!(shown, library::ALICE)).await;
        assert!(shown > 20_000, "{shown}");
        app.take_round_trips();
        let planned = info(&app, &alice, json!({ "userId": library::ALICE })).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        let archives = planned["archives"].as_array().unwrap();
        let ids = archives.iter().flat_map(|archive| archive["assetIds"].as_array().unwrap());
        let ids: BTreeSet<&str> = ids.map(|id| id.as_str().unwrap()).collect();
        assert_eq!(i64::try_from(ids.len()).unwrap(), shown);
    }

    async fn a_link_shows_no_more_of_a_partner_than_the_partner_does(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = photo(&app, &bob, "b.jpg", "b").await;
        app.sql(stmt!(
            "insert into shared_link (id, key, user_id, type, allow_download, show_metadata, created_at) \
             values ('link', 'link', ?1, 'INDIVIDUAL', 1, 1, 0)", &alice.id
        )).await;
        app.sql(stmt!("insert into shared_link_asset (shared_link_id, asset_id) values ('link', ?1)", &photo)).await;
        let ask = async || app.post("/api/download/archive?key=link").json(&json!({ "assetIds": [photo] })).send().await;
        ask().await.expect(400);
        app.sql(stmt!(
            "insert into partner (shared_by_id, shared_with_id, created_at, updated_at, create_id, update_id) \
             values (?1, ?2, 0, 0, uuid7(), uuid7())", &bob.id, &alice.id
        )).await;
        ask().await.expect(200);
        app.sql(stmt!("update asset set visibility = 'archive', update_id = uuid7() where id = ?1", &photo)).await;
        ask().await.expect(400);
    }

    async fn what_one_may_not_see_one_may_not_download(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (hers, his) = (photo(&app, &alice, "a.jpg", "a").await, photo(&app, &bob, "b.jpg", "b").await);
        let album = app.album(&alice, &[&hers], &[]).await;
        for strange in [hers.as_str(), NONE] {
            let body = json!({ "assetIds": [his, strange] });
            let refused = archive(&app, &bob, body.clone()).await.expect(400);
            assert_eq!(refused.message(), "Not found or no asset.download access");
            info(&app, &bob, body).await.expect(400);
        }
        let refused = info(&app, &bob, json!({ "albumId": album })).await.expect(400);
        assert_eq!(refused.message(), "Not found or no album.download access");
        let refused = info(&app, &bob, json!({ "userId": alice.id })).await.expect(400);
        assert_eq!(refused.message(), "Not found or no timeline.download access");
    }

    async fn the_form_of_a_page_asks_for_an_archive(app: TestApp) {
        let alice = app.user("alice").await;
        let first = photo(&app, &alice, "a.jpg", "one").await;
        let second = photo(&app, &alice, "b.jpg", "two").await;
        let send = async |body: String| {
            let ask = app.post("/api/download/archive").user(&alice);
            ask.body("application/x-www-form-urlencoded", body).send().await
        };
        let both = format!("archiveName=By+the+sea&assetIds={first}&assetIds={second}");
        let reply = send(both).await.expect(200);
        assert!(reply.header("content-disposition").contains(".zip"), "{}", reply.header("content-disposition"));
        let found: Vec<_> = files(&reply).into_iter().map(|(_, content)| content).collect();
        assert_eq!(found, ["one", "two"]);
        let one = files(&send(format!("assetIds={first}")).await.expect(200));
        assert_eq!(one, [("a.jpg".to_owned(), "one".to_owned())]);
        for bad in ["", "assetIds=x", "archiveName=a"] {
            send(bad.to_owned()).await.expect(400);
        }
        send("a=b&".repeat(5_000)).await.expect(413);
    }

    async fn links_download_where_they_allow_it(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = photo(&app, &alice, "secret name.jpg", "a").await;
        for (key, download, metadata) in [("open", 1, 1), ("shut", 0, 1), ("plain", 1, 0)] {
            app.sql(stmt!(
                "insert into shared_link (id, key, user_id, type, allow_download, show_metadata, created_at) \
                 values (?1, ?1, ?2, 'INDIVIDUAL', ?3, ?4, 0)", key, &alice.id, download, metadata
            )).await;
            app.sql(stmt!("insert into shared_link_asset (shared_link_id, asset_id) values (?1, ?2)", key, &photo)).await;
        }
        let ask = async |key: &str| {
            let body = json!({ "assetIds": [photo] });
            app.post(&format!("/api/download/archive?key={key}")).json(&body).send().await
        };
        assert_eq!(files(&ask("open").await.expect(200))[0].0, "secret name.jpg");
        let name = files(&ask("plain").await.expect(200))[0].0.clone();
        assert!(name.starts_with(&photo), "{name}");
        assert_eq!(ask("shut").await.expect(400).message(), "Not found or no asset.download access");
        // Visitors get what an edit leaves, and nothing until it is rendered.
        app.sql(stmt!("insert into asset_edit (id, asset_id, owner_id, sequence, action, parameters, update_id) \
            values ('e', ?1, ?2, 0, 'rotate', '{\"angle\":90}', uuid7())", &photo, &alice.id)).await;
        ask("open").await.expect(400);
        app.app.objects.put("thumbs/e.jpeg", "turned".into(), "image/jpeg").await.unwrap();
        app.sql(stmt!("insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
            values (?1, 'fullsize', 1, 'f', 'thumbs/e.jpeg', 'image/jpeg', 6, 0, 0)", &photo)).await;
        assert_eq!(files(&ask("open").await.expect(200))[0].1, "turned");
        let body = json!({ "userId": alice.id });
        app.post("/api/download/info?key=open").json(&body).send().await.expect(400);
    }
}
