//! Rows that stories start from: through the API where it is built, else straight into the tables.

use edge_platform::stmt;
use edge_testkit::{NewUser, TestApp};
use serde_json::json;

/// `by` begins to share with `with`.
pub async fn partner(app: &TestApp, by: &NewUser, with: &NewUser) {
    app.sql(stmt!(
        "insert into partner (shared_by_id, shared_with_id, in_timeline, created_at, updated_at, create_id, update_id) \
         values (?1, ?2, 1, 0, 0, uuid7(), uuid7())",
        &by.id, &with.id
    ))
    .await;
}

/// A stack of assets; the first is shown.
pub async fn stack(app: &TestApp, owner: &NewUser, assets: &[&str]) -> String {
    let id = app.app.uuid();
    app.sql(stmt!(
        "insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) \
         values (?1, ?2, ?3, 0, 0, uuid7())",
        &id,
        &owner.id,
        assets[0]
    ))
    .await;
    for asset in assets {
        app.sql(stmt!(
            "update asset set stack_id = ?1, update_id = uuid7() where id = ?2",
            &id,
            *asset
        ))
        .await;
    }
    id
}

/// A person with one face on an asset: ids of both.
pub async fn person(app: &TestApp, owner: &NewUser, asset: &str) -> (String, String) {
    let (person, face) = (app.app.uuid(), app.app.uuid());
    app.sql(stmt!(
        "insert into person (id, owner_id, name, birth_date, face_asset_id, created_at, updated_at, update_id) \
         values (?1, ?2, 'Ada', '1815-12-10', ?3, 0, 0, uuid7())",
        &person,
        &owner.id,
        &face
    ))
    .await;
    app.sql(stmt!(
        "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
         bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) \
         values (?1, ?2, ?3, ?4, 4000, 3000, 1, 2, 3, 4, 0, uuid7())",
        &face,
        asset,
        &owner.id,
        &person
    ))
    .await;
    (person, face)
}

/// A memory of assets.
pub async fn memory(app: &TestApp, owner: &NewUser, assets: &[&str]) -> String {
    let id = app.app.uuid();
    app.sql(stmt!(
        "insert into memory (id, owner_id, type, data, memory_at, created_at, updated_at, update_id) \
         values (?1, ?2, 'on_this_day', '{\"year\": 2020}', 1, 0, 0, uuid7())",
        &id,
        &owner.id
    ))
    .await;
    for asset in assets {
        app.sql(stmt!(
            "insert into memory_asset (memory_id, asset_id, created_at, updated_at, update_id) \
             values (?1, ?2, 0, 0, uuid7())",
            &id,
            *asset
        ))
        .await;
    }
    id
}

/// One line of text and one edit of an asset.
pub async fn text_and_edit(app: &TestApp, owner: &NewUser, asset: &str) {
    app.sql(stmt!(
        "insert into asset_ocr (id, asset_id, owner_id, x1, y1, x2, y2, x3, y3, x4, y4, box_score, text_score, text, \
         update_id) values (?1, ?2, ?3, 0, 0, 1, 0, 1, 0.25, 0, 0.25, 0.5, 1, 'EXIT', uuid7())",
        app.app.uuid(),
        asset,
        &owner.id
    ))
    .await;
    app.sql(stmt!(
        "insert into asset_edit (id, asset_id, owner_id, sequence, action, parameters, update_id) \
         values (?1, ?2, ?3, 0, 'rotate', '{\"angle\": 90}', uuid7())",
        app.app.uuid(),
        asset,
        &owner.id
    ))
    .await;
}

/// Alice's library: everything that a stream can tell. Bob shares with her and is in her album.
pub struct World {
    pub alice: NewUser,
    pub bob: NewUser,
    pub carol: NewUser,
    /// Alice's: in the album and everywhere else.
    pub photo: String,
    /// Alice's: stacked on the photo.
    pub other: String,
    /// Bob's: in the album.
    pub bobs: String,
    pub album: String,
}

/// Makes it.
pub async fn world(app: &TestApp) -> World {
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let carol = app.user("carol").await;
    let photo = app
        .asset(&alice)
        .with("is_favorite", 1)
        .with("thumbhash", "aGFzaA==")
        .exif("f_number", 2.0)
        .exif("latitude", 47.5)
        .exif("make", "A \"camera\"")
        .insert()
        .await;
    let other = app.asset(&alice).insert().await;
    app.asset(&alice).visibility("locked").insert().await;
    app.asset(&alice).trashed().insert().await;
    let bobs = app.asset(&bob).with("is_favorite", 1).insert().await;
    app.asset(&carol).insert().await;
    partner(app, &bob, &alice).await;
    let album = app.album(&bob, &[&bobs], &[(&alice, "editor")]).await;
    let ids = json!({ "ids": [photo] });
    let path = format!("/api/albums/{album}/assets");
    app.put(&path)
        .user(&alice)
        .json(&ids)
        .send()
        .await
        .expect(200);
    stack(app, &alice, &[&photo, &other]).await;
    let more = app.asset(&bob).insert().await;
    stack(app, &bob, &[&bobs, &more]).await;
    person(app, &alice, &photo).await;
    memory(app, &alice, &[&photo]).await;
    text_and_edit(app, &alice, &photo).await;
    let metadata = json!({"items": [{"key": "mobile-app", "value": {"iCloudId": "x"}}]});
    let path = format!("/api/assets/{photo}/metadata");
    app.put(&path)
        .user(&alice)
        .json(&metadata)
        .send()
        .await
        .expect(200);
    let preferences = json!({"tags": {"enabled": true}});
    let path = "/api/users/me/preferences";
    app.put(path)
        .user(&alice)
        .json(&preferences)
        .send()
        .await
        .expect(200);
    World {
        alice,
        bob,
        carol,
        photo,
        other,
        bobs,
        album,
    }
}
