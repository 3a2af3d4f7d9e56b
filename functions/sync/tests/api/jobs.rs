//! What jobs and guests store reaches copies as well: memories of the night, faces that files name, metadata that are read again,
//! uploads by a link. In the end each copy is what the server holds.

use edge_api::time::Date;
use edge_platform::stmt;
use edge_store::{
    faces::Place,
    media::{
        facts::{self, Facts},
        regions::{self, Named},
    },
    memories::nightly,
    tags,
};
use edge_testkit::{TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{
    areas,
    stories::{copy_of, follow, row},
    world,
};

/// 2019-06-15T12:00:00Z
const TAKEN: i64 = 1_560_600_000_000;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Rows of a table that are about this asset.
fn about<'a>(contents: &'a [(String, Value)], table: &str, asset: &str) -> Vec<&'a Value> {
    let found = contents
        .iter()
        .filter(|(name, row)| name == table && row["assetId"] == asset);
    found.map(|(_, row)| row).collect()
}

/// The form of an upload.
fn form(name: &str) -> String {
    let field = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    format!(
        "{}{}--b\r\nContent-Disposition: form-data; name=\"assetData\"; filename=\"{name}\"\r\n\r\ncontent\r\n--b--\r\n",
        field("fileCreatedAt", "2024-03-01T10:00:00.000Z"),
        field("fileModifiedAt", "2024-03-01T10:00:00.000Z"),
    )
}

on_each_database! {
    async fn memories_of_the_night_come_and_are_forgotten(app: TestApp) {
        let world = world::world(&app).await;
        let alice = &world.alice;
        let photo = app.asset(alice).taken(TAKEN).insert().await;
        app.sql(stmt!(
            "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
             values (?1, 'preview', 0, ?2, 'thumbs/p.jpeg', 'image/jpeg', 1, 0, 0)", &photo, app.app.uuid()
        )).await;
        let copy = copy_of(&app, alice).await;
        let (db, now, id) = (app.app.db(), app.app.now(), app.app.uuid());
        let found = nightly::find(db, &alice.id, &[Date::parse("2024-06-15").unwrap()]).await.unwrap();
        db.batch(nightly::insert(&id, &alice.id, &found[0], now)).await.unwrap();
        let contents = follow(&app, alice, &copy).await;
        assert!(row(&contents, "memory", &id).is_some());
        assert_eq!(about(&contents, "memory_asset", &photo).len(), 1);
        db.batch(nightly::forget(now + 31 * DAY)).await.unwrap();
        let contents = follow(&app, alice, &copy).await;
        assert_eq!(row(&contents, "memory", &id), None);
        assert!(about(&contents, "memory_asset", &photo).is_empty());
    }

    async fn faces_that_a_file_names_come_and_go(app: TestApp) {
        let world = world::world(&app).await;
        let alice = &world.alice;
        let photo = app.asset(alice).insert().await;
        let copy = copy_of(&app, alice).await;
        let place = |x1| Place { x1, y1: 200, x2: x1 + 100, y2: 300, width: 4000, height: 3000 };
        let named = |name: &str, x1| Named { name: name.to_owned(), place: place(x1) };
        for faces in [vec![named("Grace", 100), named("Mary", 500)], vec![named("Mary", 500)], Vec::new()] {
            app.finish_job(regions::store(&photo, &faces, || app.app.uuid(), app.app.now())).await;
            let contents = follow(&app, alice, &copy).await;
            assert_eq!(about(&contents, "asset_face", &photo).len(), faces.len());
        }
        // Portraits of who is new are jobs.
        app.sql(stmt!("delete from job")).await;
    }

    async fn metadata_that_are_read_again_reach_a_copy(app: TestApp) {
        let world = world::world(&app).await;
        let (alice, photo) = (&world.alice, &world.photo);
        let copy = copy_of(&app, alice).await;
        let facts = Facts {
            city: Some("Rome".to_owned()),
            country: Some("Italy".to_owned()),
            latitude: Some(41.9),
            longitude: Some(12.5),
            rating: Some(4),
            description: "from a sidecar".to_owned(),
            tags: Some("[\"Places/Rome\"]".to_owned()),
            date_time_original: Some(TAKEN),
            time_zone: Some("UTC+2".to_owned()),
            file_created_at: TAKEN,
            local_date_time: TAKEN + 2 * 60 * 60 * 1000,
            width: Some(4000),
            height: Some(3000),
            ..Facts::default()
        };
        let mut results = facts::store(photo, &facts, app.app.now());
        results.extend(tags::apply(photo, &["Places/Rome".to_owned()], || app.app.uuid(), app.app.now()));
        app.finish_job(results).await;
        let contents = follow(&app, alice, &copy).await;
        let exif = about(&contents, "asset_exif", photo);
        assert_eq!((&exif[0]["city"], &exif[0]["description"], &exif[0]["rating"]), (&json!("Rome"), &json!("from a sidecar"), &json!(4)));
        // Bob sees the photo in the album.
        let copy = copy_of(&app, &world.bob).await;
        app.finish_job(facts::store(photo, &Facts { city: Some("Ostia".to_owned()), ..facts }, app.app.now())).await;
        let contents = follow(&app, &world.bob, &copy).await;
        assert_eq!(about(&contents, "asset_exif", photo)[0]["city"], "Ostia");
    }

    async fn what_a_guest_uploads_reaches_all_members_of_the_album(app: TestApp) {
        let world = world::world(&app).await;
        app.sql(stmt!(
            "insert into shared_link (id, key, user_id, type, album_id, allow_upload, allow_download, show_metadata, created_at) \
             values (?1, 'open', ?2, 'ALBUM', ?3, 1, 1, 1, 0)", app.app.uuid(), &world.alice.id, &world.album
        )).await;
        let copies = [(&world.alice, copy_of(&app, &world.alice).await), (&world.bob, copy_of(&app, &world.bob).await)];
        let reply = app.post("/api/assets?key=open").body("multipart/form-data; boundary=b", form("guest.jpg")).send().await.expect(201);
        let photo = reply.json()["id"].as_str().unwrap().to_owned();
        for (user, copy) in copies {
            let contents = follow(&app, user, &copy).await;
            assert!(row(&contents, "asset", &photo).is_some());
            assert_eq!(about(&contents, "album_asset", &photo).len(), 1);
        }
        app.sql(stmt!("delete from job")).await;
    }
}
