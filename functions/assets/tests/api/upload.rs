//! `POST /assets` and the check before it.

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::json;
use sha1::{Digest, Sha1};

use crate::{
    areas,
    form::{Form, id},
};

const MIB: usize = 1024 * 1024;

fn sha1(content: &[u8]) -> String {
    STANDARD.encode(Sha1::digest(content))
}

async fn assets(app: &TestApp) -> i64 {
    app.count(stmt!("select cast(count(*) as bigint) as n from asset"))
        .await
}

/// Neither rows nor objects are left, nor anything pending.
async fn nothing_is_stored(app: &TestApp) {
    assert_eq!(assets(app).await, 0);
    assert_eq!(app.object_keys().await, Vec::<String>::new());
    let pending = stmt!("select cast(count(*) as bigint) as n from pending_object");
    assert_eq!(app.count(pending).await, 0);
    let jobs = stmt!("select cast(count(*) as bigint) as n from job");
    assert_eq!(app.count(jobs).await, 0);
}

on_each_database! {
    async fn a_photo_is_stored_listed_and_queued(app: TestApp) {
        let alice = app.user("alice").await;
        app.take_round_trips();
        let reply = Form::photo("IMG 1.JPG", b"photo").request(&app).user(&alice).send().await.expect(201);
        assert_eq!(app.take_round_trips(), 3, "authenticate, ask, insert");
        assert_eq!(reply.json()["status"], "created");
        let id = id(&reply);
        let info = app.get(&format!("/api/assets/{id}")).user(&alice).send().await.expect(200).json();
        assert_eq!(info["originalFileName"], "IMG 1.JPG");
        assert_eq!(info["originalMimeType"], "image/jpeg");
        assert_eq!(info["checksum"], sha1(b"photo"));
        assert_eq!(info["exifInfo"]["fileSizeInByte"], 5);
        assert_eq!(info["fileCreatedAt"], "2024-03-01T10:00:00.000Z");
        assert_eq!(info["localDateTime"], "2024-03-01T10:00:00.000Z");
        assert_eq!(info["fileModifiedAt"], "2024-03-02T10:00:00.000Z");
        assert_eq!(info["visibility"], "timeline");
        assert_eq!(info["duration"], json!(null));
        let path = info["originalPath"].as_str().unwrap().to_owned();
        assert!(path.starts_with(&format!("upload/{}/", alice.id)) && path.rsplit_once('.').unwrap().1 == "jpg");
        assert_eq!(app.object_keys().await, [path]);
        let jobs = app.sql(stmt!("select kind, payload from job")).await;
        let job = jobs.first().unwrap();
        assert_eq!(job.get::<String>("kind").unwrap(), "AssetExtractMetadata");
        assert!(job.get::<String>("payload").unwrap().contains("\"source\":\"upload\""));
        assert_eq!(app.take_wakes().len(), 1);
        let pending = stmt!("select cast(count(*) as bigint) as n from pending_object");
        assert_eq!(app.count(pending).await, 0);
        let usage = stmt!("select quota_usage_in_bytes as n from users where id = ?1", &alice.id);
        assert_eq!(app.count(usage).await, 5);
    }

    async fn the_same_content_is_a_duplicate_and_leaves_no_object(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let first = Form::photo("a.jpg", b"same").request(&app).user(&alice).send().await.expect(201);
        let again = Form::photo("b.png", b"same").request(&app).user(&alice).send().await.expect(200);
        assert_eq!(again.json(), json!({ "id": id(&first), "status": "duplicate" }));
        assert_eq!(app.object_keys().await.len(), 1);
        let pending = stmt!("select cast(count(*) as bigint) as n from pending_object");
        assert_eq!(app.count(pending).await, 0);
        // Another user's content is his own matter.
        Form::photo("a.jpg", b"same").request(&app).user(&bob).send().await.expect(201);
    }

    async fn trashed_assets_count_as_duplicates(app: TestApp) {
        let alice = app.user("alice").await;
        let trashed = app.asset(&alice).with("checksum", sha1(b"x")).trashed().insert().await;
        let reply = Form::photo("a.jpg", b"x").request(&app).user(&alice).send().await.expect(200);
        assert_eq!(id(&reply), trashed);
        nothing_pending(&app).await;
    }

    async fn what_waits_for_its_deletion_can_be_uploaded_again(app: TestApp) {
        let alice = app.user("alice").await;
        let first = id(&Form::photo("a.jpg", b"x").request(&app).user(&alice).send().await.expect(201));
        let body = json!({ "ids": [first], "force": true });
        app.delete("/api/assets").user(&alice).json(&body).send().await.expect(204);
        let check = json!({ "assets": [{ "id": "1", "checksum": sha1(b"x") }] });
        let reply = app.post("/api/assets/bulk-upload-check").user(&alice).json(&check).send().await.expect(200);
        assert_eq!(reply.json()["results"][0]["action"], "accept");
        let again = Form::photo("a.jpg", b"x").request(&app).user(&alice).header("x-immich-checksum", &sha1(b"x"));
        let second = id(&again.send().await.expect(201));
        assert_ne!(first, second);
        let batch = edge_store::assets::purge(&[&first], app.app.now());
        app.app.db().batch(batch).await.unwrap();
        let path = format!("/api/assets/{second}/original");
        app.get(&path).user(&alice).send().await.expect(200);
    }

    async fn a_known_checksum_in_the_header_ends_the_request_before_the_body(app: TestApp) {
        let alice = app.user("alice").await;
        let first = Form::photo("a.jpg", b"known").request(&app).user(&alice).send().await.expect(201);
        let hex = hex::encode(Sha1::digest(b"known"));
        for sum in [sha1(b"known"), hex] {
            app.take_round_trips();
            let reply = app.post("/api/assets").user(&alice).header("x-immich-checksum", &sum).send().await.expect(200);
            assert_eq!(reply.json(), json!({ "id": id(&first), "status": "duplicate" }));
            assert_eq!(app.take_round_trips(), 1);
        }
        for wrong in ["nonsense", "00", "' or 1=1 --"] {
            Form::photo("b.jpg", wrong.as_bytes()).request(&app).user(&alice)
                .header("x-immich-checksum", wrong).send().await.expect(201);
        }
    }

    async fn large_files_go_to_the_store_in_parts(app: TestApp) {
        let alice = app.user("alice").await;
        for size in [8 * MIB, 17 * MIB + 3] {
            let content: Vec<u8> = (0..size).map(|at| u8::try_from((at / 7 + at % 251) % 256).unwrap()).collect();
            let reply = Form::photo("film.mp4", &content).streamed(&app, 100_000, false).user(&alice).send().await.expect(201);
            let original = app.get(&format!("/api/assets/{}/original", id(&reply))).user(&alice).send().await.expect(200);
            assert!(original.body == content, "the bytes that came are the bytes that went");
            // The second time everything is thrown away again.
            let again = Form::photo("film.mp4", &content).streamed(&app, 1_000_000, false).user(&alice).send().await.expect(200);
            assert_eq!(id(&again), id(&reply));
        }
        assert_eq!(app.object_keys().await.len(), 2);
        nothing_pending(&app).await;
    }

    async fn an_upload_that_breaks_off_leaves_nothing(app: TestApp) {
        let alice = app.user("alice").await;
        for size in [1000, 20 * MIB] {
            let form = Form::photo("a.jpg", &vec![7; size]);
            let reply = form.clone().streamed(&app, 65_536, true).user(&alice).send().await.expect(400);
            assert_eq!(reply.message(), "Request aborted");
            let cut = form.cut(10);
            let reply = app.post("/api/assets").body(&Form::content_type(), cut).user(&alice).send().await.expect(400);
            assert_eq!(reply.message(), "Unexpected end of form");
            nothing_is_stored(&app).await;
        }
        Form::photo("a.jpg", b"next").request(&app).user(&alice).send().await.expect(201);
    }

    async fn fields_may_come_after_the_file(app: TestApp) {
        let alice = app.user("alice").await;
        let form = Form::new().file("assetData", "upload.jpg", b"1")
            .text("fileCreatedAt", "2020-01-01T00:00:00+02:00").text("fileModifiedAt", "2020-01-01T00:00:00Z")
            .text("filename", "../kept.jpg").text("isFavorite", "true").text("visibility", "archive")
            .text("duration", "1500").text("deviceAssetId", "ignored")
            .text("metadata", r#"[{"key":"mobile-app","value":{"iCloudId":"i"}}]"#);
        let id = id(&form.request(&app).user(&alice).send().await.expect(201));
        let info = app.get(&format!("/api/assets/{id}")).user(&alice).send().await.expect(200).json();
        assert_eq!(info["originalFileName"], "kept.jpg");
        assert_eq!(info["fileCreatedAt"], "2019-12-31T22:00:00.000Z");
        assert_eq!((info["isFavorite"].clone(), info["isArchived"].clone()), (json!(true), json!(true)));
        assert_eq!(info["duration"], 1500);
        let kept = app.sql(stmt!("select key, value from asset_metadata where asset_id = ?1", id)).await;
        assert_eq!(kept.first().unwrap().get::<String>("value").unwrap(), r#"{"iCloudId":"i"}"#);
    }

    async fn a_filename_before_the_file_decides_whether_it_is_taken(app: TestApp) {
        let alice = app.user("alice").await;
        let form = Form::dated().text("filename", "real.heic").file("assetData", "upload.bin", b"1");
        form.request(&app).user(&alice).send().await.expect(201);
        let form = Form::dated().text("filename", "real.txt").file("assetData", "upload.jpg", b"2");
        let reply = form.request(&app).user(&alice).send().await.expect(400);
        assert_eq!(reply.message(), "Unsupported file type real.txt");
    }

    async fn refusals_have_the_contracts_texts_and_store_nothing(app: TestApp) {
        let alice = app.user("alice").await;
        let cases = [
            (Form::photo("notes.txt", b"x"), "Unsupported file type notes.txt"),
            (Form::photo("jpg", b"x"), "Unsupported file type jpg"),
            (Form::photo("a.jpg", b""), "File is empty"),
            (Form::dated(), "Field(s) assetData should not be empty"),
            (Form::photo("a.jpg", b"x").file("assetData", "b.jpg", b"y"), "Unexpected field"),
            (Form::photo("a.jpg", b"x").file("other", "b.jpg", b"y"), "Unexpected field"),
            (Form::photo("a.jpg", b"x").file("sidecarData", "b.txt", b"y"), "Unsupported file type b.txt"),
        ];
        for (form, text) in cases {
            let reply = form.request(&app).user(&alice).send().await.expect(400);
            assert_eq!(reply.message(), text);
        }
        let reply = app.post("/api/assets").user(&alice).json(&json!({})).send().await.expect(400);
        assert_eq!(reply.message(), "Field(s) assetData should not be empty");
        let reply = app.post("/api/assets").user(&alice).body("multipart/form-data", "x").send().await.expect(400);
        assert_eq!(reply.message(), "Multipart: Boundary not found");
        let garbage = vec![b'x'; 3 * MIB];
        let reply = app.post("/api/assets").user(&alice).body(&Form::content_type(), garbage).send().await.expect(400);
        assert_eq!(reply.message(), "Malformed part header");
        nothing_is_stored(&app).await;
    }

    async fn wrong_fields_are_named(app: TestApp) {
        let alice = app.user("alice").await;
        let form = Form::new().file("assetData", "a.jpg", b"x").text("fileCreatedAt", "yesterday")
            .text("isFavorite", "maybe").text("visibility", "somewhere").text("duration", "-1")
            .text("livePhotoVideoId", "1").text("metadata", "{");
        let issues = form.request(&app).user(&alice).send().await.expect(400).issues();
        for field in ["fileCreatedAt", "fileModifiedAt", "isFavorite", "visibility", "duration", "livePhotoVideoId", "metadata"] {
            assert!(issues.contains(&format!("{field}: ")), "{field} in {issues}");
        }
        nothing_is_stored(&app).await;
    }

    async fn a_part_without_a_file_name_is_a_text_and_ignored(app: TestApp) {
        let alice = app.user("alice").await;
        let reply = Form::dated().text("assetData", "no file").request(&app).user(&alice).send().await.expect(400);
        assert_eq!(reply.message(), "Field(s) assetData should not be empty");
        nothing_is_stored(&app).await;
        let form = Form::dated().text("assetData", "x").text("sidecarData", "x").file("assetData", "a.jpg", b"a");
        form.request(&app).user(&alice).send().await.expect(201);
        assert_eq!(app.object_keys().await.len(), 1);
    }

    async fn names_arrive_in_every_form_that_clients_write(app: TestApp) {
        let alice = app.user("alice").await;
        for (sent, kept) in [
            (b"filename*=UTF-8''%C3%BCber%20alles.jpg".as_slice(), "über alles.jpg"),
            (b"filename*=iso-8859-1''%FCber.jpg", "über.jpg"),
            (b"filename=\"\xfcber.jpg\"", "über.jpg"),
        ] {
            let reply = Form::dated().named("assetData", sent, sent).request(&app).user(&alice).send().await.expect(201);
            let info = app.get(&format!("/api/assets/{}", id(&reply))).user(&alice).send().await.json();
            assert_eq!(info["originalFileName"], kept);
        }
    }

    async fn strange_file_names_are_kept_sane(app: TestApp) {
        let alice = app.user("alice").await;
        let long = format!("{}.jpg", "é".repeat(300));
        let names = [
            ("../../../etc/passwd.jpg", "passwd.jpg".to_owned()),
            ("C:\\photos\\a.jpg", "a.jpg".to_owned()),
            ("😀 ünï.jpg", "😀 ünï.jpg".to_owned()),
            ("'; drop table asset; --.jpg", "'; drop table asset; --.jpg".to_owned()),
            (long.as_str(), format!("{}.jpg", "é".repeat(125))),
        ];
        for (sent, kept) in names {
            let reply = Form::photo(sent, sent.as_bytes()).request(&app).user(&alice).send().await.expect(201);
            let info = app.get(&format!("/api/assets/{}", id(&reply))).user(&alice).send().await.json();
            assert_eq!(info["originalFileName"], kept);
            let file = app.get(&format!("/api/assets/{}/original", id(&reply))).user(&alice).send().await.expect(200);
            assert!(file.header("content-disposition").starts_with("inline; filename*=UTF-8''"));
        }
        let form = Form::photo("a.jpg", b"c").text("filename", "a\u{1}\r\nSet-Cookie: x.jpg");
        let reply = form.request(&app).user(&alice).send().await.expect(201);
        let info = app.get(&format!("/api/assets/{}", id(&reply))).user(&alice).send().await.json();
        assert_eq!(info["originalFileName"], "aSet-Cookie: x.jpg");
        for form in [
            Form::dated().text("filename", "a\u{0}.jpg").file("assetData", "a.jpg", b"d"),
            Form::photo("a.jpg", b"d").text("other", "\u{0}"),
            Form::photo("a.jpg", b"d").text("metadata", r#"[{"key":"k","value":{"a":"\u0000"}}]"#),
            Form::photo("a.jpg", b"d").text("filename", &"x".repeat(1001)),
        ] {
            form.request(&app).user(&alice).send().await.expect(400).issues();
        }
    }

    async fn the_quota_is_kept(app: TestApp) {
        let alice = app.user("alice").await;
        app.sql(stmt!("update users set quota_size_in_bytes = 10 where id = ?1", &alice.id)).await;
        Form::photo("a.jpg", b"123456").request(&app).user(&alice).send().await.expect(201);
        let reply = Form::photo("b.jpg", b"12345").request(&app).user(&alice).send().await.expect(400);
        assert_eq!(reply.message(), "Quota has been exceeded!");
        assert_eq!(app.object_keys().await.len(), 1);
        nothing_pending(&app).await;
        Form::photo("b.jpg", b"1234").request(&app).user(&alice).send().await.expect(201);
        let reply = Form::photo("c.jpg", &vec![1; 9 * MIB]).request(&app).user(&alice).send().await.expect(400);
        assert_eq!(reply.message(), "Quota has been exceeded!");
        assert_eq!(app.object_keys().await.len(), 2);
    }

    async fn a_sidecar_is_stored_with_the_photo(app: TestApp) {
        let alice = app.user("alice").await;
        let form = Form::dated().file("sidecarData", "a.xmp", b"<x/>").file("assetData", "a.jpg", b"1");
        let id = id(&form.request(&app).user(&alice).send().await.expect(201));
        let rows = app.sql(stmt!("select path, size_in_byte from asset_file where asset_id = ?1 and type = 'sidecar'", id)).await;
        let row = rows.first().unwrap();
        assert_eq!(row.get::<i64>("size_in_byte").unwrap(), 4);
        assert!(app.object_keys().await.contains(&row.get::<String>("path").unwrap()));
        // A duplicate's sidecar goes with it.
        let again = Form::dated().file("assetData", "a.jpg", b"1").file("sidecarData", "a.jpg.xmp", b"<y/>");
        again.request(&app).user(&alice).send().await.expect(200);
        assert_eq!(app.object_keys().await.len(), 2);
        nothing_pending(&app).await;
    }

    async fn a_still_is_linked_to_its_video(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let video = id(&Form::photo("a.mov", b"film").request(&app).user(&alice).send().await.expect(201));
        let photo = app.asset(&alice).insert().await;
        let foreign = app.asset(&bob).with("type", "VIDEO").insert().await;
        let cases = [
            ("00000000-0000-4000-8000-000000000000", "Live photo video not found"),
            (photo.as_str(), "Live photo video must be a video"),
            (foreign.as_str(), "Live photo video does not belong to the user"),
        ];
        for (linked, text) in cases {
            let form = Form::photo("a.heic", b"still").text("livePhotoVideoId", linked);
            let reply = form.request(&app).user(&alice).send().await.expect(400);
            assert_eq!(reply.message(), text);
        }
        assert_eq!(app.object_keys().await.len(), 1);
        let form = Form::photo("a.heic", b"still").text("livePhotoVideoId", &video);
        let still = id(&form.request(&app).user(&alice).send().await.expect(201));
        let info = app.get(&format!("/api/assets/{still}")).user(&alice).send().await.json();
        assert_eq!(info["livePhotoVideoId"], video);
        assert_eq!(app.take_events(), [(alice.id.clone(), json!(["on_asset_hidden", video]))]);
        assert_eq!(app.get(&format!("/api/assets/{video}")).user(&alice).send().await.json()["visibility"], "hidden");
    }

    async fn strangers_and_weak_keys_upload_nothing(app: TestApp) {
        let alice = app.user("alice").await;
        let form = Form::photo("a.jpg", b"x");
        assert_eq!(form.clone().request(&app).send().await.expect(401).message(), "Authentication required");
        let reply = form.clone().request(&app).header("authorization", "Bearer x").send().await.expect(401);
        assert_eq!(reply.message(), "Invalid user token");
        let key = app.api_key(&alice, &["asset.read"]).await;
        let reply = form.clone().request(&app).key(&key).send().await.expect(403);
        assert_eq!(reply.message(), "Missing required permission: asset.upload");
        nothing_is_stored(&app).await;
        let key = app.api_key(&alice, &["asset.upload"]).await;
        form.request(&app).key(&key).send().await.expect(201);
    }

    async fn guests_upload_into_the_link_when_it_allows(app: TestApp) {
        let alice = app.user("alice").await;
        link(&app, &alice.id, "open", true).await;
        link(&app, &alice.id, "shut", false).await;
        let form = Form::photo("a.jpg", b"x");
        let bytes = form.clone().bytes();
        let reply = app.post("/api/assets?key=shut").body(&Form::content_type(), bytes.clone()).send().await.expect(401);
        assert_eq!(reply.message(), "Unauthorized");
        let large = Form::photo("a.jpg", &vec![1; 9 * MIB]).bytes();
        app.post("/api/assets?key=shut").body(&Form::content_type(), large).send().await.expect(401);
        nothing_is_stored(&app).await;
        app.asset(&alice).with("checksum", sha1(b"known")).insert().await;
        for (key, content) in [("shut", b"known" as &[u8]), ("open", b"known"), ("open", b"new")] {
            let ask = app.post(&format!("/api/assets?key={key}")).header("x-immich-checksum", &sha1(content));
            let reply = ask.send().await.expect(400);
            assert_eq!(reply.message(), "Field(s) assetData should not be empty", "the header tells guests nothing");
        }
        let reply = app.post("/api/assets?key=open").body(&Form::content_type(), bytes.clone()).send().await.expect(201);
        let shown = stmt!("select cast(count(*) as bigint) as n from shared_link_asset where asset_id = ?1", id(&reply));
        assert_eq!(app.count(shown.clone()).await, 1);
        let again = app.post("/api/assets?key=open").body(&Form::content_type(), bytes.clone()).send().await.expect(200);
        assert_eq!(again.json(), json!({ "id": id(&reply), "status": "duplicate" }));
        app.get(&format!("/api/assets/{}?key=open", id(&reply))).send().await.expect(200);
        app.sql(stmt!("delete from shared_link_asset")).await;
        app.post("/api/assets?key=open").body(&Form::content_type(), bytes).send().await.expect(200);
        assert_eq!(app.count(shown).await, 0, "what the owner took out does not come back");
    }

    async fn guests_do_not_learn_what_the_owner_has(app: TestApp) {
        let alice = app.user("alice").await;
        link(&app, &alice.id, "open", true).await;
        link(&app, &alice.id, "other", true).await;
        let kept = id(&Form::photo("a.jpg", b"private").request(&app).user(&alice).send().await.expect(201));
        let guest = async |key: &str, content: &[u8]| {
            let bytes = Form::photo("a.jpg", content).bytes();
            app.post(&format!("/api/assets?key={key}")).body(&Form::content_type(), bytes).send().await
        };
        let (known, new) = (guest("open", b"private").await.expect(201), guest("open", b"new").await.expect(201));
        assert_eq!((known.json()["status"].clone(), new.json()["status"].clone()), (json!("created"), json!("created")));
        assert_ne!(id(&known), kept);
        let seen = async |id: &str| app.get(&format!("/api/assets/{id}?key=open")).send().await;
        for (reply, content) in [(&known, b"private" as &[u8]), (&new, b"new")] {
            let asset = seen(&id(reply)).await.expect(200).json();
            assert_ne!(asset["checksum"], sha1(content));
        }
        seen(&kept).await.expect(400);
        // Another link, and the owner: each knows its own.
        guest("other", b"new").await.expect(201);
        Form::photo("a.jpg", b"new").request(&app).user(&alice).send().await.expect(201);
        assert_eq!(id(&guest("open", b"private").await.expect(200)), id(&known));
        assert_eq!(assets(&app).await, 5);
    }

    async fn guests_decide_nothing_but_the_picture(app: TestApp) {
        let alice = app.user("alice").await;
        link(&app, &alice.id, "open", true).await;
        link(&app, &alice.id, "other", true).await;
        let guest = async |key: &str, form: Form| {
            app.post(&format!("/api/assets?key={key}")).body(&Form::content_type(), form.bytes()).send().await
        };
        for visibility in ["locked", "archive", "hidden"] {
            let reply = guest("open", Form::photo("a.jpg", b"x").text("visibility", visibility)).await.expect(400);
            assert_eq!(reply.message(), "Visibility cannot be set through a shared link");
        }
        nothing_is_stored(&app).await;
        let form = Form::photo("a.jpg", b"x").text("visibility", "timeline").text("isFavorite", "true");
        let photo = id(&guest("open", form).await.expect(201));
        let rows = app.sql(stmt!("select is_favorite from asset where id = ?1", &photo)).await;
        assert!(!rows.first().unwrap().get::<bool>("is_favorite").unwrap());
        // Motion parts: only what came through the same link.
        let owners = app.asset(&alice).with("type", "VIDEO").insert().await;
        let others = id(&guest("other", Form::photo("a.mov", b"film")).await.expect(201));
        let film = id(&guest("open", Form::photo("a.mov", b"film")).await.expect(201));
        for video in [&owners, &others] {
            let reply = guest("open", Form::photo("b.heic", b"still").text("livePhotoVideoId", video)).await.expect(400);
            assert_eq!(reply.message(), "Live photo video not found");
        }
        let still = id(&guest("open", Form::photo("b.heic", b"still").text("livePhotoVideoId", &film)).await.expect(201));
        let rows = app.sql(stmt!("select live_photo_video_id as n from asset where id = ?1", &still)).await;
        assert_eq!(rows.first().unwrap().get::<String>("n").unwrap(), film);
        let rows = app.sql(stmt!("select visibility as n from asset where id = ?1", &owners)).await;
        assert_eq!(rows.first().unwrap().get::<String>("n").unwrap(), "timeline");
        // An album that the link's owner may not fill any more stays as it is.
        app.sql(stmt!("insert into album (id, created_at, updated_at, update_id) values ('al', 0, 0, 'u')")).await;
        app.sql(stmt!("insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) values ('al', ?1, 'viewer', 0, 0, 'u', 'u')", &alice.id)).await;
        app.sql(stmt!("update shared_link set type = 'ALBUM', album_id = 'al' where key = 'open'")).await;
        guest("open", Form::photo("c.jpg", b"c")).await.expect(201);
        assert_eq!(app.count(stmt!("select count(*) as n from album_asset")).await, 0);
        app.sql(stmt!("update album_user set role = 'editor'")).await;
        guest("open", Form::photo("d.jpg", b"d")).await.expect(201);
        assert_eq!(app.take_events().last(), Some(&(alice.id.clone(), json!(["on_album_update", "al"]))));
        assert_eq!(app.count(stmt!("select count(*) as n from album_asset")).await, 1);
    }

    async fn a_locked_video_moves_only_a_locked_still(app: TestApp) {
        let alice = app.user("alice").await;
        let video = app.asset(&alice).with("type", "VIDEO").visibility("locked").insert().await;
        let form = Form::photo("a.heic", b"still").text("livePhotoVideoId", &video);
        let reply = form.clone().request(&app).user(&alice).send().await.expect(400);
        assert_eq!(reply.message(), "Live photo video not found");
        form.text("visibility", "locked").request(&app).user(&alice).send().await.expect(201);
        let shown = app.asset(&alice).with("type", "VIDEO").insert().await;
        let form = Form::photo("b.heic", b"other").text("livePhotoVideoId", &shown).text("visibility", "locked");
        form.request(&app).user(&alice).send().await.expect(201);
        let locked = stmt!("select count(*) as n from asset where visibility = 'locked'");
        assert_eq!(app.count(locked).await, 4);
    }

    async fn known_files_are_told_before_they_are_sent(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let kept = app.asset(&alice).with("checksum", sha1(b"kept")).insert().await;
        let trashed = app.asset(&alice).with("checksum", sha1(b"trashed")).trashed().insert().await;
        app.asset(&bob).with("checksum", sha1(b"bobs")).insert().await;
        let body = json!({ "assets": [
            { "id": "/a.jpg", "checksum": hex::encode(Sha1::digest(b"kept")) },
            { "id": "2", "checksum": sha1(b"trashed") },
            { "id": "3", "checksum": sha1(b"bobs") },
            { "id": "4", "checksum": "nonsense" },
        ] });
        app.take_round_trips();
        let reply = app.post("/api/assets/bulk-upload-check").user(&alice).json(&body).send().await.expect(200);
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(reply.json(), json!({ "results": [
            { "id": "/a.jpg", "action": "reject", "reason": "duplicate", "assetId": kept, "isTrashed": false },
            { "id": "2", "action": "reject", "reason": "duplicate", "assetId": trashed, "isTrashed": true },
            { "id": "3", "action": "accept" },
            { "id": "4", "action": "accept" },
        ] }));
        let many: Vec<_> = (0..5000).map(|n| json!({ "id": n.to_string(), "checksum": sha1(n.to_string().as_bytes()) })).collect();
        let reply = app.post("/api/assets/bulk-upload-check").user(&alice).json(&json!({ "assets": many })).send().await.expect(200);
        assert_eq!(reply.json()["results"].as_array().unwrap().len(), 5000);
        let reply = app.post("/api/assets/bulk-upload-check").user(&alice).json(&json!({ "assets": "x" })).send().await.expect(400);
        assert_eq!(reply.issues(), "assets: Invalid input: expected array, received string");
    }

    async fn the_second_dialect_is_answered_in_its_own_words(app: TestApp) {
        let alice = app.user("alice").await;
        let form = Form::new().file("asset_data", "a.jpg", b"abc").text("device_asset_id", "d1").text("device_id", "phone")
            .text("file_created_at", "2024-03-01T12:00:00+02:00").text("file_modified_at", "2024-03-01T12:00:00Z");
        let reply = form.clone().request(&app).user(&alice).send().await.expect(201).json();
        assert_eq!(reply["checksum"], "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert_eq!(reply["checksum_sha1"], sha1(b"abc"));
        assert_eq!((reply["device_asset_id"].clone(), reply["device_id"].clone()), (json!("d1"), json!("phone")));
        assert_eq!((reply["mime_type"].clone(), reply["exif"].clone()), (json!("image/jpeg"), json!(null)));
        assert_eq!((reply["width"].clone(), reply["file_size_bytes"].clone()), (json!(0), json!(3)));
        assert_eq!((reply["metrics"].clone(), reply["faces"].clone(), reply["people"].clone()), (json!({}), json!([]), json!([])));
        assert!(reply["id"].as_str().unwrap().starts_with("asset_"));
        let again = form.request(&app).user(&alice).send().await.expect(200).json();
        assert_eq!(again["id"], reply["id"]);
        let form = Form::new().file("asset_data", "a.jpg", b"abcd");
        let issues = form.request(&app).user(&alice).send().await.expect(400).issues();
        assert!(issues.contains("device_asset_id: "), "{issues}");
    }
}

async fn nothing_pending(app: &TestApp) {
    let pending = stmt!("select cast(count(*) as bigint) as n from pending_object");
    assert_eq!(app.count(pending).await, 0);
}

/// A link to single assets, known by its key.
pub async fn link(app: &TestApp, user_id: &str, key: &str, allows: bool) {
    app.sql(stmt!(
        "insert into shared_link (id, key, user_id, type, allow_upload, allow_download, show_metadata, created_at) \
         values (?1, ?2, ?3, 'INDIVIDUAL', ?4, ?4, ?4, 0)",
        app.app.uuid(), key, user_id, allows,
    )).await;
}
