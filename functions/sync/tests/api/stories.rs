//! What jobs and other people change reaches copies as well: live photos, what an edit crops away, a partner's stacks, an album's life,
//! the trash. In the end each copy is what the server holds.

use edge_api::assets::Crop;
use edge_store::media::{
    edited::{self, Look},
    live_photo,
};
use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{
    areas,
    client::{APP_TYPES, sync},
    collections::{id, send},
    replay::{Copy, known_anew},
    server_rows,
    world::{self, World},
};

/// A copy that knows what there is.
pub async fn copy_of(app: &TestApp, user: &NewUser) -> Copy {
    let copy = Copy::new().await;
    copy.apply_anew(&sync(app, user, &APP_TYPES).await).await;
    copy
}

/// The copy follows; it is then what the server holds, and what a new one would be. Gives its contents.
pub async fn follow(app: &TestApp, user: &NewUser, copy: &Copy) -> Vec<(String, Value)> {
    copy.apply(&sync(app, user, &APP_TYPES).await).await;
    let contents = copy.contents().await;
    server_rows::compare(app, user, &contents).await;
    assert_eq!(known_anew(app, user).await, contents);
    contents
}

/// The row of a table with this id.
pub fn row<'a>(contents: &'a [(String, Value)], table: &str, id: &str) -> Option<&'a Value> {
    let found = contents
        .iter()
        .find(|(name, row)| name == table && row["id"] == id);
    found.map(|(_, row)| row)
}

/// The edits of an asset are rendered: `crop` is what is kept of it.
async fn rendered(app: &TestApp, asset: &str, crop: Option<Crop>) {
    let edits = edited::find(app.app.db(), asset).await.unwrap();
    let look = Look {
        thumbhash: "aGFzaA==".to_owned(),
        width: 4000,
        height: 3000,
        original: (4000, 3000),
        crop,
    };
    let now = app.app.now();
    app.finish_job(edited::store(asset, &edits.version, &[], &look, now))
        .await;
}

/// Whether each of these faces is seen.
fn seen(contents: &[(String, Value)], faces: [&str; 2]) -> [bool; 2] {
    faces.map(|face| row(contents, "asset_face", face).unwrap()["isVisible"] == true)
}

on_each_database! {
    async fn the_halves_of_a_live_photo_reach_their_owner_and_partners(app: TestApp) {
        let world = world::world(&app).await;
        let still = app.asset(&world.bob).exif("live_photo_cid", "cid").insert().await;
        let film = app.asset(&world.bob).with("type", "VIDEO").exif("live_photo_cid", "cid").insert().await;
        let copies = [(&world.alice, copy_of(&app, &world.alice).await), (&world.bob, copy_of(&app, &world.bob).await)];
        app.finish_job(live_photo::link(&world.bob.id, "cid", app.app.now())).await;
        for (user, copy) in copies {
            let contents = follow(&app, user, &copy).await;
            assert_eq!(row(&contents, "asset", &still).unwrap()["livePhotoVideoId"], json!(film));
            assert_eq!(row(&contents, "asset", &film).unwrap()["visibility"], "hidden");
        }
    }

    async fn what_an_edit_crops_away_is_not_seen_until_it_is_taken_back(app: TestApp) {
        let world = world::world(&app).await;
        let alice = &world.alice;
        let photo = app.asset(alice).insert().await;
        let (_, left) = world::person(&app, alice, &photo).await;
        let (_, right) = world::person(&app, alice, &photo).await;
        app.sql(edge_platform::stmt!(
            "update asset_face set bounding_box_x1 = 3000, bounding_box_x2 = 3100, update_id = uuid7() where id = ?1", &right
        )).await;
        let copy = copy_of(&app, alice).await;
        let path = format!("/assets/{photo}/edits");
        let half = json!({ "edits": [{ "action": "crop", "parameters": { "x": 0, "y": 0, "width": 2000, "height": 3000 } }] });
        send(&app, alice, "PUT", &path, &half).await;
        rendered(&app, &photo, Some(Crop { x: 0, y: 0, width: 2000, height: 3000 })).await;
        let contents = follow(&app, alice, &copy).await;
        assert_eq!(seen(&contents, [&left, &right]), [true, false]);
        send(&app, alice, "DELETE", &path, &json!({})).await;
        rendered(&app, &photo, None).await;
        let contents = follow(&app, alice, &copy).await;
        assert_eq!(seen(&contents, [&left, &right]), [true, true]);
        app.sql(edge_platform::stmt!("delete from job")).await;
    }

    async fn a_partners_stacks_are_what_the_server_holds(app: TestApp) {
        let world = world::world(&app).await;
        let World { alice, bob, .. } = &world;
        let mut photos = Vec::new();
        for number in 0..4 {
            photos.push(app.asset(bob).taken(1_600_000_000_000 + number).insert().await);
        }
        let copy = copy_of(&app, alice).await;
        let three = send(&app, bob, "POST", "/stacks", &json!({ "assetIds": photos[..3] })).await;
        let stack = id(&three).to_owned();
        let path = format!("/stacks/{stack}");
        let contents = follow(&app, alice, &copy).await;
        assert_eq!(row(&contents, "stack", &stack).unwrap()["primaryAssetId"], json!(photos[0]));
        send(&app, bob, "PUT", &path, &json!({ "primaryAssetId": photos[1] })).await;
        send(&app, bob, "DELETE", &format!("{path}/assets/{}", photos[2]), &json!({})).await;
        let contents = follow(&app, alice, &copy).await;
        assert_eq!(row(&contents, "stack", &stack).unwrap()["primaryAssetId"], json!(photos[1]));
        assert_eq!(row(&contents, "asset", &photos[2]).unwrap()["stackId"], Value::Null);
        send(&app, bob, "DELETE", "/stacks", &json!({ "ids": [stack] })).await;
        let contents = follow(&app, alice, &copy).await;
        assert_eq!(row(&contents, "stack", &stack), None);
        assert_eq!(row(&contents, "asset", &photos[0]).unwrap()["stackId"], Value::Null);
    }

    async fn after_a_partnership_no_more_is_told_of_it(app: TestApp) {
        let world = world::world(&app).await;
        let World { alice, bob, .. } = &world;
        let copy = copy_of(&app, alice).await;
        send(&app, bob, "DELETE", &format!("/partners/{}", alice.id), &json!({})).await;
        let new = app.asset(bob).insert().await;
        copy.apply(&sync(&app, alice, &APP_TYPES).await).await;
        let contents = copy.contents().await;
        assert!(!contents.iter().any(|(table, _)| table == "partner"));
        assert_eq!(row(&contents, "asset", &new), None);
        server_rows::compare(&app, alice, &contents).await;
        // What a copy has of the partner it keeps, and shows no more: one that begins now lacks just that, but for the album's.
        let anew = known_anew(&app, alice).await;
        assert!(anew.iter().all(|known| contents.contains(known)));
        let kept = contents.iter().filter(|known| !anew.contains(known) && known.0 != "asset_exif");
        let owners: Vec<&Value> = kept.map(|(_, row)| &row["ownerId"]).collect();
        assert!(!owners.is_empty() && owners.iter().all(|owner| **owner == json!(bob.id)), "{owners:?}");
        assert!(row(&anew, "asset", &world.bobs).is_some());
    }

    async fn a_partners_photo_in_a_memory_goes_with_what_he_shows(app: TestApp) {
        let world = world::world(&app).await;
        let World { alice, bob, .. } = &world;
        let (archived, shared) = (app.asset(bob).insert().await, app.asset(bob).insert().await);
        let copy = copy_of(&app, alice).await;
        let memory = json!({
            "type": "on_this_day", "data": { "year": 2020 }, "memoryAt": "2020-06-15T00:00:00.000Z", "assetIds": [archived, shared],
        });
        send(&app, alice, "POST", "/memories", &memory).await;
        send(&app, bob, "POST", "/memories", &memory).await;
        let remembered = |contents: &[(String, Value)]| {
            [&archived, &shared].map(|id| contents.iter().any(|(table, row)| table == "memory_asset" && row["assetId"] == json!(id)))
        };
        assert_eq!(remembered(&follow(&app, alice, &copy).await), [true, true]);
        // The archive is not shown to partners; what comes back is remembered by nobody but its owner.
        for visibility in ["archive", "timeline"] {
            send(&app, bob, "PUT", "/assets", &json!({ "ids": [archived], "visibility": visibility })).await;
            assert_eq!(remembered(&follow(&app, alice, &copy).await), [false, true], "{visibility}");
        }
        send(&app, bob, "DELETE", &format!("/partners/{}", alice.id), &json!({})).await;
        copy.apply(&sync(&app, alice, &APP_TYPES).await).await;
        let contents = copy.contents().await;
        server_rows::compare(&app, alice, &contents).await;
        assert_eq!(remembered(&contents), [false, false]);
        assert_eq!(remembered(&known_anew(&app, alice).await), [false, false]);
        assert_eq!(remembered(&known_anew(&app, bob).await), [true, true]);
        // Whatever stands there: a phone gets no photo of a memory that it does not get otherwise.
        world::memory(&app, alice, &[&shared]).await;
        assert_eq!(remembered(&known_anew(&app, alice).await), [false, false]);
    }

    async fn the_life_of_an_album_is_what_the_server_holds(app: TestApp) {
        let world = world::world(&app).await;
        let World { alice, bob, carol, .. } = &world;
        let mut photos = Vec::new();
        for _ in 0..3 {
            photos.push(app.asset(bob).insert().await);
        }
        let copy = copy_of(&app, alice).await;
        let path = format!("/albums/{}", world.album);
        let assets = format!("{path}/assets");
        send(&app, bob, "PUT", &assets, &json!({ "ids": photos })).await;
        let change = json!({
            "albumName": "Été", "description": "x", "albumThumbnailAssetId": photos[1], "isActivityEnabled": false, "order": "asc",
        });
        send(&app, bob, "PATCH", &path, &change).await;
        let users = json!({ "albumUsers": [{ "userId": carol.id, "role": "viewer" }] });
        send(&app, bob, "PUT", &format!("{path}/users"), &users).await;
        let contents = follow(&app, alice, &copy).await;
        let album = row(&contents, "album", &world.album).unwrap();
        assert_eq!((&album["name"], &album["thumbnailAssetId"]), (&json!("Été"), &json!(photos[1])));
        send(&app, bob, "DELETE", &assets, &json!({ "ids": photos[..2] })).await;
        send(&app, bob, "PUT", &format!("{path}/user/{}", carol.id), &json!({ "role": "editor" })).await;
        follow(&app, alice, &copy).await;
        send(&app, bob, "DELETE", &format!("{path}/user/{}", carol.id), &json!({})).await;
        follow(&app, alice, &copy).await;
    }

    async fn the_trash_and_what_leaves_it_are_what_the_server_holds(app: TestApp) {
        let world = world::world(&app).await;
        let (alice, photo) = (&world.alice, &world.photo);
        let copy = copy_of(&app, alice).await;
        let one = json!({ "ids": [photo] });
        send(&app, alice, "DELETE", "/assets", &one).await;
        let contents = follow(&app, alice, &copy).await;
        assert!(row(&contents, "asset", photo).unwrap()["deletedAt"].is_string());
        send(&app, alice, "POST", "/trash/restore/assets", &one).await;
        let contents = follow(&app, alice, &copy).await;
        assert_eq!(row(&contents, "asset", photo).unwrap()["deletedAt"], Value::Null);
        let purge = edge_store::assets::remove::purge(&[photo.as_str()], app.app.now());
        app.app.db().batch(purge).await.unwrap();
        let contents = follow(&app, alice, &copy).await;
        assert_eq!(row(&contents, "asset", photo), None);
    }
}
