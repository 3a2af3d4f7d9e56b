//! Stacks, memories and partners: what their areas change reaches a client's copy, which then knows what a new one does.

use edge_store::media::{
    bursts,
    facts::{self, Facts},
};
use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{
    areas,
    client::{APP_TYPES, sync},
    replay::{Copy, known_anew},
    server_rows,
    world::{self, World},
};

/// Sends a request that has to succeed; gives its answer, or null for one without a body.
pub async fn send(app: &TestApp, user: &NewUser, method: &str, path: &str, body: &Value) -> Value {
    let path = format!("/api{path}");
    let request = match method {
        "POST" => app.post(&path),
        "PUT" => app.put(&path),
        "PATCH" => app.patch(&path),
        _ => app.delete(&path),
    };
    let reply = request.user(user).json(body).send().await;
    assert!(
        (200..300).contains(&reply.status),
        "{method} {path}: {}",
        reply.status
    );
    if reply.body.is_empty() {
        Value::Null
    } else {
        reply.json()
    }
}

pub fn id(made: &Value) -> &str {
    made["id"].as_str().unwrap()
}

async fn photos(app: &TestApp, owner: &NewUser) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..4 {
        let taken = 1_600_000_000_000 + number * 1_000;
        ids.push(app.asset(owner).taken(taken).insert().await);
    }
    ids
}

/// A stack that loses a photo and gets another primary asset, and one that is deleted.
async fn stacks(app: &TestApp, alice: &NewUser) {
    let photos = photos(app, alice).await;
    let three = json!({ "assetIds": photos[..3] });
    let lives = send(app, alice, "POST", "/stacks", &three).await;
    let path = format!("/stacks/{}", id(&lives));
    send(
        app,
        alice,
        "PUT",
        &path,
        &json!({ "primaryAssetId": photos[1] }),
    )
    .await;
    send(
        app,
        alice,
        "DELETE",
        &format!("{path}/assets/{}", photos[2]),
        &json!({}),
    )
    .await;
    let goes = json!({ "assetIds": photos[2..] });
    let goes = send(app, alice, "POST", "/stacks", &goes).await;
    send(
        app,
        alice,
        "DELETE",
        "/stacks",
        &json!({ "ids": [id(&goes)] }),
    )
    .await;
}

/// A memory that is saved and gets other photos, and one that is deleted.
async fn memories(app: &TestApp, alice: &NewUser) {
    let photos = photos(app, alice).await;
    let new = |ids: &[String]| {
        json!({
            "type": "on_this_day", "data": { "year": 2020 }, "memoryAt": "2020-09-13T00:00:00.000Z", "assetIds": ids,
        })
    };
    let lives = send(app, alice, "POST", "/memories", &new(&photos[..2])).await;
    let path = format!("/memories/{}", id(&lives));
    send(app, alice, "PUT", &path, &json!({ "isSaved": true })).await;
    let assets = format!("{path}/assets");
    send(app, alice, "PUT", &assets, &json!({ "ids": photos[2..] })).await;
    send(
        app,
        alice,
        "DELETE",
        &assets,
        &json!({ "ids": [photos[0]] }),
    )
    .await;
    let goes = send(app, alice, "POST", "/memories", &new(&photos)).await;
    send(
        app,
        alice,
        "DELETE",
        &format!("/memories/{}", id(&goes)),
        &json!({}),
    )
    .await;
}

/// Carol begins to share, stacks two photos, and Alice wants to see them.
async fn partners(app: &TestApp, world: &World) {
    let photos = photos(app, &world.carol).await;
    let with = json!({ "sharedWithId": world.alice.id });
    send(app, &world.carol, "POST", "/partners", &with).await;
    let path = format!("/partners/{}", world.carol.id);
    send(
        app,
        &world.alice,
        "PUT",
        &path,
        &json!({ "inTimeline": true }),
    )
    .await;
    let two = json!({ "assetIds": photos[..2] });
    send(app, &world.carol, "POST", "/stacks", &two).await;
}

/// The metadata of a photo of a burst are read.
async fn extract(app: &TestApp, owner: &NewUser, asset: &str, taken: i64) {
    let now = app.app.now();
    let facts = Facts {
        auto_stack_id: Some("burst".to_owned()),
        file_created_at: taken,
        ..Facts::default()
    };
    let mut results = facts::store(asset, &facts, now);
    results.extend(bursts::stack(
        asset,
        &owner.id,
        "burst",
        &app.app.uuid(),
        now,
    ));
    app.finish_job(results).await;
}

on_each_database! {
    async fn the_stack_of_a_burst_reaches_a_copy(app: TestApp) {
        let world = world::world(&app).await;
        let photos = photos(&app, &world.alice).await;
        extract(&app, &world.alice, &photos[0], 1).await;
        let copy = Copy::new().await;
        copy.apply_anew(&sync(&app, &world.alice, &APP_TYPES).await).await;
        let stacked = async |copy: &Copy| {
            let contents = copy.contents().await;
            let of = |asset: &str| {
                let row = contents.iter().find(|(table, row)| table == "asset" && row["id"] == *asset);
                row.unwrap().1["stackId"].clone()
            };
            (of(&photos[0]), of(&photos[1]), of(&photos[2]))
        };
        assert_eq!(stacked(&copy).await, (Value::Null, Value::Null, Value::Null));
        for (photo, taken) in photos[1..3].iter().zip(2..) {
            extract(&app, &world.alice, photo, taken).await;
            copy.apply(&sync(&app, &world.alice, &APP_TYPES).await).await;
        }
        let (one, two, three) = stacked(&copy).await;
        assert!(one.is_string() && one == two && two == three, "{one} {two} {three}");
        let followed = copy.contents().await;
        let stack = followed.iter().find(|(table, row)| table == "stack" && row["id"] == one);
        assert_eq!(stack.unwrap().1["primaryAssetId"], json!(photos[0]));
        assert_eq!(known_anew(&app, &world.alice).await, followed);
        server_rows::compare(&app, &world.alice, &followed).await;
    }

    async fn what_the_library_areas_change_reaches_a_copy(app: TestApp) {
        let world = world::world(&app).await;
        let copy = Copy::new().await;
        copy.apply_anew(&sync(&app, &world.alice, &APP_TYPES).await).await;
        let before = copy.contents().await;

        stacks(&app, &world.alice).await;
        memories(&app, &world.alice).await;
        partners(&app, &world).await;
        copy.apply(&sync(&app, &world.alice, &APP_TYPES).await).await;
        let followed = copy.contents().await;
        let count = |contents: &[(String, Value)], table: &str| contents.iter().filter(|(name, _)| name == table).count();
        assert_eq!(count(&followed, "stack"), count(&before, "stack") + 2);
        assert_eq!(count(&followed, "memory"), count(&before, "memory") + 1);
        assert_eq!(count(&followed, "memory_asset"), count(&before, "memory_asset") + 3);
        assert_eq!(count(&followed, "partner"), count(&before, "partner") + 1);

        assert_eq!(known_anew(&app, &world.alice).await, followed);
        let rows = server_rows::compare(&app, &world.alice, &followed).await;
        assert!(rows > 30, "{rows}");
    }
}
