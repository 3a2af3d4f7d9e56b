//! Edited pictures: what a companion makes of them is stored as the edge stores it, and only while the edits are the same.

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{Held, areas, lease, state, token};

const EDIT: JobName = JobName::AssetEditThumbnailGeneration;
const NAMES: [&str; 3] = ["fullsize.jpeg", "preview.jpeg", "thumbnail.webp"];
/// Size, whether it is shown as edited, its edited renditions, and its thumbhash.
const LOOK: &str = "select a.width || 'x' || a.height || ' ' || a.is_edited || ' ' || (select count(*) from asset_file f \
     where f.asset_id = a.id and f.is_edited = 1) || ' ' || coalesce(a.thumbhash, '') as n from asset a where a.id = ?1";
const HASH: &str = "YJqGPQw7sFlslqhFafSE+Q6oJ1h2iHB2Rw==";

/// A picture of 4000 x 3000 pixels that the edge cannot decode, without edits.
async fn picture(app: &TestApp, owner: &NewUser) -> String {
    let key = format!("upload/{}/{}.avif", owner.id, app.app.uuid());
    let bytes = b"0123456789".to_vec();
    app.app
        .objects
        .put(&key, bytes.into(), "image/avif")
        .await
        .unwrap();
    app.asset(owner)
        .with("original_path", key)
        .with("original_file_name", "meadow.avif")
        .with("width", 4000)
        .with("height", 3000)
        .insert()
        .await
}

/// Edits a picture: cropped to the left, and turned. Its job, which waits for a companion.
async fn edit(app: &TestApp, owner: &NewUser, asset: &str, width: i64) -> String {
    app.sql(stmt!("delete from asset_edit where asset_id = ?1", asset))
        .await;
    let steps = [
        (
            "crop",
            json!({"x": 0, "y": 0, "width": width, "height": 3000}),
        ),
        ("rotate", json!({"angle": 90})),
    ];
    for (sequence, (action, parameters)) in (0_i64..).zip(steps) {
        app.sql(stmt!(
            "insert into asset_edit (id, asset_id, owner_id, sequence, action, parameters, update_id) \
             values (?1, ?2, ?3, ?4, ?5, ?6, uuid7())",
            app.app.uuid(),
            asset,
            &owner.id,
            sequence,
            action,
            parameters.to_string()
        ))
        .await;
    }
    waits(app, json!({ "id": asset })).await
}

async fn waits(app: &TestApp, payload: Value) -> String {
    let mut job = NewJob::new(app.app.uuid(), EDIT, payload, app.app.now());
    job.companion_reason = Some("no decoder".to_owned());
    app.sql(jobs::insert(&job, app.app.now())).await;
    job.id
}

async fn look(app: &TestApp, asset: &str) -> String {
    let rows = app.sql(stmt!(LOOK, asset)).await;
    rows.first().unwrap().get("n").unwrap()
}

/// The job that is due in the hands of a companion, and what it is to do.
async fn taken(app: &TestApp) -> (Held, Value) {
    let token = token(app);
    let leased = lease(app, &token).await.expect(200).json();
    let text = |name: &str| leased[name].as_str().unwrap().to_owned();
    let held = Held {
        job: text("job"),
        lease: text("lease"),
        token,
    };
    (held, leased["task"].clone())
}

fn outcome(task: &Value, names: &[&str], shown: [u32; 2]) -> Value {
    json!({
        "type": "edited",
        "look": {"outputs": names, "thumbhash": HASH, "width": 4000, "height": 3000},
        "shown": shown,
        "version": task["version"],
    })
}

on_each_database! {
    async fn who_does_not_say_that_it_edits_gets_no_edits(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = picture(&app, &alice).await;
        let job = edit(&app, &alice, &asset, 2_000).await;
        let token = token(&app);
        let request = app.post("/api/companion/lease").json(&json!({"version": "1", "ffmpeg": "5"}));
        request.header("authorization", &format!("Bearer {token}")).send().await.expect(204);
        assert_eq!(taken(&app).await.0.job, job);
    }

    async fn a_companion_edits_what_the_edge_cannot(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = picture(&app, &alice).await;
        for (id, x) in [("left", 100_i64), ("right", 3_500)] {
            app.sql(stmt!(
                "insert into asset_face (id, asset_id, owner_id, image_width, image_height, bounding_box_x1, bounding_box_y1, \
                 bounding_box_x2, bounding_box_y2, updated_at, update_id) values (?1, ?2, ?3, 4000, 3000, ?4, 100, ?5, 200, 0, uuid7())",
                id, &asset, &alice.id, x, x + 100
            )).await;
        }
        let job = edit(&app, &alice, &asset, 2_000).await;
        app.take_round_trips();
        let (held, task) = taken(&app).await;
        // claim, asset, configuration, edits
        assert_eq!(app.take_round_trips(), 4);
        assert_eq!((&task["type"], held.job.as_str()), (&json!("edit"), job.as_str()));
        assert_eq!(task["edits"]["steps"], json!([
            {"action": "crop", "parameters": {"x": 0, "y": 0, "width": 2000, "height": 3000}},
            {"action": "rotate", "parameters": {"angle": 90}},
        ]));
        let sizes: Vec<_> = task["renditions"].as_array().unwrap().iter().map(|one| (&one["kind"], &one["size"])).collect();
        assert_eq!(sizes, [(&json!("fullsize"), &json!(0)), (&json!("preview"), &json!(1440)), (&json!("thumbnail"), &json!(250))]);
        for name in NAMES {
            held.write(&app, name, b"a picture").await.expect(204);
        }
        for wrong in [
            outcome(&task, &[], [3000, 2000]),
            outcome(&task, &NAMES, [0, 2000]),
            outcome(&task, &["preview.webp"], [3000, 2000]),
        ] {
            held.post(&app, "finish", &wrong).await.expect(400);
        }
        app.take_events();
        let done = outcome(&task, &NAMES, [3000, 2000]);
        held.post(&app, "finish", &done).await.expect(204);
        held.post(&app, "finish", &done).await.expect(412);
        assert_eq!(state(&app, &job).await, "gone");
        assert_eq!(look(&app, &asset).await, format!("3000x2000 1 3 {HASH}"));
        let hidden = app.sql(stmt!("select id from asset_face where is_visible = 0")).await;
        assert_eq!((hidden.len(), hidden.first().unwrap().get::<String>("id").unwrap()), (1, "right".to_owned()));
        let told = app.take_events();
        let names: Vec<_> = told.iter().filter_map(|(_, event)| event[0].as_str()).collect();
        assert!(!names.is_empty() && names.iter().all(|name| name.starts_with("AssetEditReady")), "{names:?}");
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        let paths = app.sql(stmt!("select path from asset_file where asset_id = ?1 and is_edited = 1", &asset)).await;
        assert!(paths.iter().all(|row| row.get::<String>("path").unwrap().contains(&format!("_edited_{}", held.lease))));
    }

    async fn what_was_made_of_former_edits_is_not_shown(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = picture(&app, &alice).await;
        edit(&app, &alice, &asset, 2_000).await;
        let (late, task) = taken(&app).await;
        for name in NAMES {
            late.write(&app, name, b"a picture").await.expect(204);
        }
        let job = edit(&app, &alice, &asset, 1_000).await;
        late.post(&app, "finish", &outcome(&task, &NAMES, [3000, 2000])).await.expect(204);
        assert_eq!(look(&app, &asset).await, "4000x3000 0 0 ");
        let (held, task) = taken(&app).await;
        assert_eq!((&held.job, &task["edits"]["steps"][0]["parameters"]["width"]), (&job, &json!(1_000)));
    }

    async fn without_edits_the_original_is_shown_again(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = picture(&app, &alice).await;
        edit(&app, &alice, &asset, 2_000).await;
        let (held, task) = taken(&app).await;
        for name in NAMES {
            held.write(&app, name, b"a picture").await.expect(204);
        }
        held.post(&app, "finish", &outcome(&task, &NAMES, [3000, 2000])).await.expect(204);
        app.sql(stmt!("delete from asset_edit")).await;
        // The full size of edits that are no more is nobody's work.
        let rest = waits(&app, json!({"id": asset, "isRest": true})).await;
        lease(&app, &token(&app)).await.expect(204);
        assert_eq!(state(&app, &rest).await, "gone");
        waits(&app, json!({ "id": asset })).await;
        let (held, task) = taken(&app).await;
        assert_eq!((&task["edits"]["steps"], &task["version"]), (&json!([]), &json!("")));
        held.write(&app, "preview.jpeg", b"a picture").await.expect(204);
        held.post(&app, "finish", &outcome(&task, &["preview.jpeg"], [4000, 3000])).await.expect(400);
        held.post(&app, "finish", &outcome(&task, &[], [4000, 3000])).await.expect(204);
        assert_eq!(look(&app, &asset).await, format!("4000x3000 0 0 {HASH}"));
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 3);
        // Once more it has nothing to be rendered.
        waits(&app, json!({ "id": asset })).await;
        lease(&app, &token(&app)).await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }
}
