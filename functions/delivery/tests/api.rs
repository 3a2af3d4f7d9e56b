//! Pictures in other sizes over HTTP, in process, on SQLite and PostgreSQL. How originals and renditions are delivered is told by the
//! tests of the area `assets`, whose uploads they are.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

use std::sync::Arc;

use edge_platform::{siblings::TRANSFORM, stmt};
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::json;

fn areas() -> Vec<Area> {
    vec![Area::new(fn_delivery::ROUTES, fn_delivery::routes())]
}

/// A JPEG of one colour.
fn picture(width: u16, height: u16) -> Vec<u8> {
    let pixels = vec![90; usize::from(width) * usize::from(height) * 3];
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    encoder
        .encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    bytes
}

/// Other sizes are switched on, with somebody who makes them.
fn switch_on(app: &TestApp) {
    app.variables.set("transformations", "on");
    let here = fn_transform::Here(Arc::new(app.app.clone()));
    app.siblings.name(TRANSFORM, Arc::new(here));
}

/// Stores the preview of a photo, in place of the one it had.
async fn preview(app: &TestApp, asset: &str, is_edited: bool, bytes: Vec<u8>) {
    let path = format!("thumbs/{asset}_preview{}.jpeg", i64::from(is_edited));
    app.app
        .objects
        .put(&path, bytes.into(), "image/jpeg")
        .await
        .unwrap();
    app.sql(stmt!(
        "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
         values (?1, 'preview', ?4, ?2, ?3, 'image/jpeg', 1, 0, 0) \
         on conflict (asset_id, type, is_edited) do update set id = excluded.id",
        asset,
        app.app.uuid(),
        path,
        i64::from(is_edited),
    ))
    .await;
}

/// A photo of 120 x 80 pixels with a preview of half that size.
async fn photo(app: &TestApp, user: &NewUser) -> String {
    let path = format!("upload/{}.jpg", app.app.uuid());
    let upload = picture(120, 80).into();
    app.app
        .objects
        .put(&path, upload, "image/jpeg")
        .await
        .unwrap();
    let asset = app
        .asset(user)
        .with("original_path", path.as_str())
        .insert()
        .await;
    preview(app, &asset, false, picture(60, 40)).await;
    asset
}

async fn ask(app: &TestApp, user: &NewUser, asset: &str, query: &str) -> Reply {
    let path = format!("/api/assets/{asset}/thumbnail?{query}");
    app.get(&path).user(user).send().await
}

/// Width and height of a JPEG, from its frame header.
fn size(bytes: &[u8]) -> (u16, u16) {
    let at = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    let number = |from: usize| u16::from_be_bytes([bytes[at + from], bytes[at + from + 1]]);
    (number(7), number(5))
}

async fn made(app: &TestApp) -> i64 {
    app.count(stmt!("select count(*) as n from asset_transformation"))
        .await
}

async fn link(app: &TestApp, user: &NewUser, asset: &str) {
    app.sql(stmt!(
        "insert into shared_link (id, key, user_id, type, allow_upload, allow_download, show_metadata, created_at) \
         values (?1, 'open', ?2, 'INDIVIDUAL', 0, 1, 1, 0)",
        app.app.uuid(),
        &user.id,
    ))
    .await;
    app.sql(stmt!(
        "insert into shared_link_asset (shared_link_id, asset_id) select id, ?1 from shared_link",
        asset
    ))
    .await;
}

on_each_database! {
    async fn off_nothing_changes(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = photo(&app, &alice).await;
        let whole = ask(&app, &alice, &asset, "size=preview&w=32").await.expect(200);
        assert_eq!(size(&whole.body), (60, 40));
        let sign = app.post(&format!("/api/assets/{asset}/transformations")).user(&alice).json(&json!({"w": 32}));
        assert_eq!(sign.send().await.expect(400).message(), "Signed transformations are not enabled");
    }

    async fn a_size_is_made_once(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = photo(&app, &alice).await;
        switch_on(&app);
        let first = ask(&app, &alice, &asset, "w=32").await.expect(200);
        assert_eq!((size(&first.body), first.header("content-type")), ((32, 21), "image/jpeg"));
        assert_eq!(first.header("vary"), "accept");
        assert!(first.header("content-disposition").ends_with("_32x.jpeg"));
        app.take_round_trips();
        let again = ask(&app, &alice, &asset, "w=31&quality=80").await.expect(200);
        assert_eq!((again.header("etag"), app.take_round_trips()), (first.header("etag"), 1));
        let square = ask(&app, &alice, &asset, "w=32&h=32&fit=cover").await.expect(200);
        assert_eq!(size(&square.body), (32, 32));
        let large = ask(&app, &alice, &asset, "h=2560").await.expect(200);
        assert_eq!(size(&large.body), (120, 80), "the upload, not enlarged");
        let path = format!("/api/assets/{asset}/thumbnail?w=32");
        let webp = app.get(&path).user(&alice).header("accept", "image/avif,image/webp,*/*").send().await.expect(200);
        assert_eq!(webp.header("content-type"), "image/webp");
        assert_eq!(made(&app).await, 4);
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
    }

    async fn what_shows_something_else_is_made_anew(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = photo(&app, &alice).await;
        switch_on(&app);
        ask(&app, &alice, &asset, "w=32").await.expect(200);
        preview(&app, &asset, false, picture(40, 60)).await;
        let anew = ask(&app, &alice, &asset, "w=32").await.expect(200);
        assert_eq!(size(&anew.body), (32, 48));
        assert_eq!(made(&app).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 1);
        preview(&app, &asset, true, picture(40, 40)).await;
        let edited = ask(&app, &alice, &asset, "w=32&edited=true").await.expect(200);
        assert_eq!((size(&edited.body), made(&app).await), ((32, 32), 2));
    }

    async fn a_photo_keeps_a_few_sizes(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = photo(&app, &alice).await;
        switch_on(&app);
        for side in [32, 64, 96, 128, 192] {
            for quality in [40, 60, 75, 85, 95] {
                app.clock.advance(1);
                ask(&app, &alice, &asset, &format!("w={side}&quality={quality}")).await.expect(200);
            }
        }
        assert_eq!(made(&app).await, 24);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 1);
        app.sql(stmt!("delete from asset")).await;
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 25);
    }

    async fn bad_questions_are_named(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = photo(&app, &alice).await;
        switch_on(&app);
        for (query, field) in [("w=0", "w"), ("w=x", "w"), ("h=8193", "h"), ("w=1&fit=fill", "fit"), ("w=1&quality=101", "quality")] {
            let reply = ask(&app, &alice, &asset, query).await.expect(400);
            assert!(reply.issues().starts_with(&format!("{field}: ")), "{query}: {}", reply.issues());
        }
        app.get(&format!("/api/assets/{asset}/thumbnail?w=x")).send().await.expect(401);
        let foreign = ask(&app, &bob, &asset, "w=32").await.expect(400);
        assert_eq!(foreign.message(), "Not found or no asset.view access");
        let bare = app.asset(&alice).with("type", "VIDEO").insert().await;
        assert_eq!(ask(&app, &alice, &bare, "w=32").await.expect(404).message(), "Asset media not found");
        preview(&app, &bare, false, b"no picture".to_vec()).await;
        let reply = ask(&app, &alice, &bare, "w=32").await.expect(400);
        assert!(reply.message().starts_with("The picture cannot be had in this size: "), "{}", reply.message());
        assert_eq!(made(&app).await, 0);
    }

    async fn links_get_what_was_signed(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = photo(&app, &alice).await;
        link(&app, &alice, &asset).await;
        switch_on(&app);
        let sign = |user: &NewUser, body: serde_json::Value| {
            app.post(&format!("/api/assets/{asset}/transformations")).user(user).json(&body)
        };
        sign(&alice, json!({"w": 32})).send().await.expect(400);
        app.variables.set("transformation_secret", "of this installation");
        let visit = |address: &str| app.get(&format!("{address}&key=open"));
        let bare = format!("/api/assets/{asset}/thumbnail?w=32");
        let reply = visit(&bare).send().await.expect(403);
        assert_eq!(reply.message(), "The signature of this size is missing, wrong or too old");
        let signed = sign(&alice, json!({"w": 30})).send().await.expect(200).json();
        assert_eq!(signed["expiresAt"], json!(null));
        let address = signed["url"].as_str().unwrap();
        let shown = visit(address).send().await.expect(200);
        assert_eq!(size(&shown.body), (32, 21));
        visit(&address.replace("w=32", "w=64")).send().await.expect(403);
        let seconds = app.app.now() / 1000;
        let short = sign(&alice, json!({"w": 32, "expires": seconds + 5})).send().await.expect(200).json();
        let short = short["url"].as_str().unwrap();
        visit(short).send().await.expect(200);
        // An edit that is not rendered yet hides what it takes away.
        app.sql(stmt!("insert into asset_edit (id, asset_id, owner_id, sequence, action, parameters, update_id) \
            values ('e', ?1, ?2, 0, 'rotate', '{\"angle\":90}', uuid7())", &asset, &alice.id)).await;
        assert_eq!(visit(address).send().await.expect(404).message(), "Asset media not found");
        preview(&app, &asset, true, picture(40, 60)).await;
        assert_eq!(size(&visit(address).send().await.expect(200).body), (32, 48));
        app.clock.advance(6000);
        visit(short).send().await.expect(403);
        assert_eq!(sign(&bob, json!({"w": 32})).send().await.expect(400).message(), "Not found or no asset.share access");
        assert_eq!(sign(&alice, json!({})).send().await.expect(400).issues(), "w: Either `w` or `h` must be set");
    }
}
