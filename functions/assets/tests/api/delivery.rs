//! Pictures and videos on their way to the client.

use edge_platform::stmt;
use edge_testkit::{NewUser, TestApp, on_each_database};

use crate::{
    areas,
    form::{Form, id},
    upload::link,
};

async fn stored(app: &TestApp, user: &NewUser, name: &str, content: &[u8]) -> String {
    id(&Form::photo(name, content)
        .request(app)
        .user(user)
        .send()
        .await
        .expect(201))
}

async fn rendition(app: &TestApp, asset: &str, kind: &str, is_edited: bool, content: &str) {
    let path = format!(
        "thumbs/{asset}_{kind}{}.webp",
        if is_edited { "_edited" } else { "" }
    );
    app.app
        .objects
        .put(&path, content.to_owned().into(), "image/webp")
        .await
        .unwrap();
    app.sql(stmt!(
        "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
         values (?1, ?2, ?3, ?4, ?5, 'image/webp', 1, 0, 0)",
        asset, kind, is_edited, app.app.uuid(), path,
    )).await;
}

on_each_database! {
    async fn originals_come_whole_and_in_part_in_one_round_trip(app: TestApp) {
        let alice = app.user("alice").await;
        let id = stored(&app, &alice, "Été 1.jpg", b"0123456789").await;
        let path = format!("/api/assets/{id}/original");
        app.take_round_trips();
        let whole = app.get(&path).user(&alice).send().await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!((&whole.body[..], whole.header("content-type")), (&b"0123456789"[..], "image/jpeg"));
        assert_eq!(whole.header("content-disposition"), "inline; filename*=UTF-8''%C3%89t%C3%A9%201.jpg");
        assert!(whole.header("cache-control").starts_with("private, max-age=86400, no-transform"));
        assert_eq!((whole.header("accept-ranges"), whole.header("content-length")), ("bytes", "10"));
        let part = app.get(&path).user(&alice).header("range", "bytes=2-4").send().await.expect(206);
        assert_eq!((&part.body[..], part.header("content-range")), (&b"234"[..], "bytes 2-4/10"));
        let tail = app.get(&path).user(&alice).header("range", "bytes=-2").send().await.expect(206);
        assert_eq!(&tail.body[..], b"89");
        let beyond = app.get(&path).user(&alice).header("range", "bytes=10-").send().await.expect(416);
        assert_eq!(beyond.header("content-range"), "bytes */10");
        let etag = whole.header("etag");
        let known = app.get(&path).user(&alice).header("if-none-match", etag).send().await.expect(304);
        assert!(known.body.is_empty());
        app.get(&path).user(&alice).header("if-none-match", "*").send().await.expect(304);
        let since = whole.header("last-modified");
        app.get(&path).user(&alice).header("if-modified-since", since).send().await.expect(304);
        let resumed = |known: &str| app.get(&path).user(&alice).header("range", "bytes=2-4").header("if-range", known);
        resumed(etag).send().await.expect(206);
        resumed(since).send().await.expect(206);
        let other = resumed("\"another\"").send().await.expect(200);
        assert_eq!((&other.body[..], other.header("content-range")), (&b"0123456789"[..], ""));
        let reply = app.get(&path).user(&alice).header("if-match", "\"another\"").send().await.expect(412);
        assert_eq!(reply.message(), "Precondition Failed");
        let head = app.request(http::Method::HEAD, &path).user(&alice).send().await.expect(200);
        assert!(head.body.is_empty());
        assert_eq!((head.header("content-length"), head.header("etag")), ("10", etag));
    }

    async fn renditions_are_found_by_size_and_edit(app: TestApp) {
        let alice = app.user("alice").await;
        let id = stored(&app, &alice, "a.heic", b"heic").await;
        let path = format!("/api/assets/{id}/thumbnail");
        assert_eq!(app.get(&path).user(&alice).send().await.expect(404).message(), "Asset media not found");
        rendition(&app, &id, "thumbnail", false, "small").await;
        rendition(&app, &id, "preview", false, "screen").await;
        rendition(&app, &id, "preview", true, "edited").await;
        app.take_round_trips();
        let small = app.get(&format!("{path}?c=hash")).user(&alice).send().await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!((&small.body[..], small.header("content-type")), (&b"small"[..], "image/webp"));
        assert_eq!(small.header("content-disposition"), "inline; filename*=UTF-8''a_thumbnail.webp");
        let get = async |query: &str| app.get(&format!("{path}?{query}")).user(&alice).send().await.expect(200).body;
        assert_eq!(get("size=preview").await, "screen");
        assert_eq!(get("size=preview&edited=true").await, "edited");
        assert_eq!(get("edited=true").await, "small", "falls back to the unedited one");
        let wrong = app.get(&format!("{path}?size=huge")).user(&alice).send().await.expect(400);
        assert!(wrong.issues().starts_with("size: "));
    }

    async fn missing_sizes_lead_elsewhere(app: TestApp) {
        let alice = app.user("alice").await;
        let (web, raw) = (stored(&app, &alice, "a.jpg", b"1").await, stored(&app, &alice, "a.dng", b"2").await);
        let location = async |id: &str, query: &str| {
            let reply = app.get(&format!("/api/assets/{id}/thumbnail?{query}")).user(&alice).send().await.expect(302);
            reply.header("location").to_owned()
        };
        assert_eq!(location(&web, "size=original&c=1&edited=true").await, "original?c=1&edited=true");
        assert_eq!(location(&web, "size=fullsize").await, "original");
        assert_eq!(location(&raw, "size=fullsize&c=1").await, "thumbnail?size=preview&c=1");
        rendition(&app, &raw, "fullsize", false, "full").await;
        let full = app.get(&format!("/api/assets/{raw}/thumbnail?size=fullsize")).user(&alice).send().await.expect(200);
        assert_eq!(&full.body[..], b"full");
    }

    async fn videos_play_transcoded_or_as_they_are(app: TestApp) {
        let alice = app.user("alice").await;
        let (film, photo) = (stored(&app, &alice, "a.mov", b"film").await, stored(&app, &alice, "a.jpg", b"photo").await);
        let path = format!("/api/assets/{film}/video/playback");
        app.take_round_trips();
        let original = app.get(&path).user(&alice).header("range", "bytes=0-1").send().await.expect(206);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!((&original.body[..], original.header("content-type")), (&b"fi"[..], "video/quicktime"));
        assert_eq!(original.header("content-disposition"), "");
        rendition(&app, &film, "encoded_video", false, "mp4").await;
        assert_eq!(&app.get(&path).user(&alice).send().await.expect(200).body[..], b"mp4");
        let reply = app.get(&format!("/api/assets/{photo}/video/playback")).user(&alice).send().await.expect(404);
        assert_eq!(reply.message(), "Asset not found or asset is not a video");
    }

    async fn what_somebody_uploads_runs_nothing_as_a_page_of_ours(app: TestApp) {
        let alice = app.user("alice").await;
        let drawing = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("/api/users/me")</script></svg>"#;
        let svg = stored(&app, &alice, "drawing.SVG", drawing).await;
        let (photo, film) = (stored(&app, &alice, "a.jpg", b"<html>").await, stored(&app, &alice, "a.mov", b"<script>").await);
        link(&app, &alice.id, "open", true).await;
        app.sql(stmt!("insert into shared_link_asset (shared_link_id, asset_id) select id, ?1 from shared_link", &svg)).await;
        let policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";
        for (path, expected) in [
            (format!("{svg}/original"), policy),
            (format!("{svg}/original?key=open"), policy),
            (format!("{photo}/original"), ""),
            (format!("{film}/video/playback"), ""),
        ] {
            let mut request = app.get(&format!("/api/assets/{path}"));
            if !path.contains("key=") {
                request = request.user(&alice);
            }
            let sent = request.send().await.expect(200);
            assert_eq!(sent.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(sent.header("content-security-policy"), expected, "{path}");
        }
        let whole = app.get(&format!("/api/assets/{svg}/original")).user(&alice).send().await.expect(200);
        assert_eq!(&whole.body[..], drawing);
        for (name, value, status) in [("if-none-match", whole.header("etag"), 304), ("range", "bytes=0-3", 206)] {
            let path = format!("/api/assets/{svg}/original");
            let sent = app.get(&path).user(&alice).header(name, value).send().await.expect(status);
            assert_eq!(sent.header("content-security-policy"), policy, "{status}");
        }
    }

    async fn foreign_missing_and_locked_assets_look_alike(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let foreign = stored(&app, &bob, "a.jpg", b"1").await;
        let locked = app.asset(&alice).visibility("locked").insert().await;
        let deleted = app.asset(&alice).with("status", "deleted").insert().await;
        for id in [&foreign, &locked, &deleted, "00000000-0000-4000-8000-000000000000"] {
            for (path, permission) in [("/thumbnail", "view"), ("/original", "download"), ("/video/playback", "view"), ("", "read")] {
                let reply = app.get(&format!("/api/assets/{id}{path}")).user(&alice).send().await.expect(400);
                assert_eq!(reply.message(), format!("Not found or no asset.{permission} access"));
            }
        }
        let reply = app.get("/api/assets/1%27%20or%201=1/original").user(&alice).send().await.expect(400);
        assert_eq!(reply.issues(), "id: Invalid UUID");
        app.elevate(&alice).await;
        app.get(&format!("/api/assets/{locked}")).user(&alice).send().await.expect(200);
    }

    async fn links_show_what_they_allow(app: TestApp) {
        let alice = app.user("alice").await;
        let id = stored(&app, &alice, "secret name.jpg", b"photo").await;
        rendition(&app, &id, "thumbnail", false, "small").await;
        link(&app, &alice.id, "open", true).await;
        link(&app, &alice.id, "shut", false).await;
        app.sql(stmt!("insert into shared_link_asset (shared_link_id, asset_id) select id, ?1 from shared_link", &id)).await;
        let path = |end: &str, key: &str| format!("/api/assets/{id}{end}?key={key}");
        app.get(&path("/original", "open")).send().await.expect(200);
        assert_eq!(app.get(&path("/original", "shut")).send().await.expect(400).message(), "Not found or no asset.download access");
        let small = app.get(&path("/thumbnail", "shut")).send().await.expect(200);
        assert_eq!(small.header("content-disposition"), format!("inline; filename*=UTF-8''{id}_thumbnail.webp"));
        let full = app.get(&path("", "open")).send().await.expect(200).json();
        assert!(full.get("owner").is_none() && full["people"].as_array().unwrap().is_empty());
        assert_eq!(full["hasMetadata"], true);
        // An edit that is not rendered yet hides what it takes away, from visitors.
        app.sql(stmt!("insert into asset_edit (id, asset_id, owner_id, sequence, action, parameters, update_id) \
            values ('e', ?1, ?2, 0, 'rotate', '{\"angle\":90}', uuid7())", &id, &alice.id)).await;
        assert_eq!(app.get(&path("/original", "open")).send().await.expect(404).message(), "Not Found");
        for size in ["thumbnail", "preview"] {
            let hidden = app.get(&format!("{}&size={size}", path("/thumbnail", "open"))).send().await.expect(404);
            assert_eq!(hidden.message(), "Asset media not found");
        }
        for end in ["/original", "/thumbnail", "/thumbnail?edited=true"] {
            app.get(&format!("/api/assets/{id}{end}")).user(&alice).send().await.expect(200);
        }
        rendition(&app, &id, "thumbnail", true, "turned").await;
        rendition(&app, &id, "fullsize", true, "whole").await;
        assert_eq!(app.get(&path("/thumbnail", "open")).send().await.expect(200).body, "turned");
        assert_eq!(app.get(&path("/original", "open")).send().await.expect(200).body, "whole");
        let stripped = app.get(&path("", "shut")).send().await.expect(200).json();
        let keys: Vec<&String> = stripped.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "type", "originalMimeType", "thumbhash", "localDateTime", "duration", "livePhotoVideoId", "hasMetadata", "width", "height"]);
    }
}
