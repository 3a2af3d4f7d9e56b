//! Another file for an asset: what was made of the former one, and what the answer says.

use edge_platform::{Dialect, Statement, stmt};
use edge_testkit::{NewUser, Reply, TestApp, on_each_database};
use serde_json::json;

use super::{areas, form, upload};

async fn replace(app: &TestApp, user: &NewUser, id: &str, content: &str) -> Reply {
    let body = form("new.jpg", content, "0");
    app.put(&format!("/api/assets/{id}/original"))
        .user(user)
        .body("multipart/form-data; boundary=b", body)
        .send()
        .await
}

/// The form of a file whose motion part is to be this asset: said in front of the file, or behind it.
fn moving(video: &str, is_behind: bool) -> String {
    let field = format!(
        "--b\r\nContent-Disposition: form-data; name=\"livePhotoVideoId\"\r\n\r\n{video}\r\n"
    );
    let form = form("new.jpg", "edited", "0");
    if is_behind {
        form.replace("--b--\r\n", &format!("{field}--b--\r\n"))
    } else {
        format!("{field}{form}")
    }
}

/// Somebody changes the asset while its new file comes in.
async fn meddle(app: &TestApp, id: &str, change: &str) {
    let change = format!("update asset set {change}, update_id = uuid7() where id = '{id}'");
    let meddle = match app.app.db().dialect() {
        Dialect::Sqlite => vec![format!(
            "create trigger meddle after insert on asset begin {change}; end"
        )],
        Dialect::Postgres => vec![
            format!(
                "create function meddle() returns trigger language plpgsql as $$ begin {change}; return new; end $$"
            ),
            "create trigger meddle after insert on asset for each row execute function meddle()"
                .to_owned(),
        ],
    };
    for sql in meddle {
        app.sql(stmt!(sql)).await;
    }
}

/// What jobs have made of the file of an asset.
fn made(id: &str, owner: &str) -> Vec<Statement> {
    let mut made: Vec<Statement> = [("thumbnail", 0), ("preview", 0), ("preview", 1), ("fullsize", 0), ("encoded_video", 0)]
        .into_iter()
        .map(|(kind, side)| {
            let sql = format!(
                "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
                 values (?1, '{kind}', {side}, uuid7(), 'made/{kind}{side}', 'x/y', 1, 1, 1)"
            );
            stmt!(sql, id)
        })
        .collect();
    made.push(stmt!(
        "insert into asset_transformation (asset_id, name, source_id, path, mime_type, size_in_byte, created_at) \
         values (?1, 'small', 's', 'made/small', 'x/y', 1, 1)", id
    ));
    for (face, source) in [
        ("seen", "machine-learning"),
        ("read", "exif"),
        ("drawn", "manual"),
    ] {
        made.push(stmt!(
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, bounding_box_y1, \
             bounding_box_x2, bounding_box_y2, source_type, updated_at, update_id) \
             values (?1, ?2, ?3, '00000000-0000-4000-8000-0000000000e5', 9, 9, 1, 1, 2, 2, ?4, 1, uuid7())",
            face, id, owner, source
        ));
    }
    made.push(stmt!("insert into face_vector (face_id, owner_id, model, seq, code, turn) values ('seen', ?1, 'm', 1, '', 2)", owner));
    made.push(stmt!(
        "insert into asset_ocr (id, asset_id, owner_id, x1, y1, x2, y2, x3, y3, x4, y4, box_score, text_score, text, update_id) \
         values ('line', ?1, ?2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 'x', uuid7())", id, owner
    ));
    made.push(stmt!(
        "insert into ocr_search (asset_id, owner_id, text, words) values (?1, ?2, 'x', '[\"x\"]')",
        id,
        owner
    ));
    made.push(stmt!("insert into asset_vector (asset_id, owner_id, model, seq, code) values (?1, ?2, 'm', 1, '')", id, owner));
    made.push(stmt!("insert into asset_look (asset_id, owner_id, part_1, part_2, part_3, part_4) values (?1, ?2, 1, 2, 3, 4)", id, owner));
    made.push(stmt!(
        "insert into asset_video (asset_id, container, video_codec, width, height, rotation, updated_at) \
         values (?1, 'mp4', 'h264', 1, 1, 0, 1)", id
    ));
    made.push(stmt!(
        "insert into asset_job_status (asset_id, metadata_extracted_at, ocr_at) values (?1, 1, 1)",
        id
    ));
    made
}

/// The table and what is left there.
const LEFT: [(&str, i64); 10] = [
    ("asset_file", 1),
    ("asset_transformation", 0),
    ("asset_face", 1),
    ("face_vector", 0),
    ("asset_ocr", 0),
    ("ocr_search", 0),
    ("asset_vector", 0),
    ("asset_look", 0),
    ("asset_video", 0),
    ("asset_job_status", 0),
];

on_each_database! {
    async fn what_was_made_of_the_former_file_goes_with_it(app: TestApp) {
        let alice = app.user("alice").await;
        let id = upload(&app, &alice, "a.jpg", "photo").await;
        let film = app.asset(&alice).visibility("hidden").with("type", "VIDEO").insert().await;
        app.sql(stmt!(
            "insert into person (id, owner_id, face_asset_id, thumbnail_path, created_at, updated_at, update_id) \
             values ('00000000-0000-4000-8000-0000000000e5', ?1, 'seen', 'made/eve', 1, 1, uuid7())", &alice.id
        )).await;
        for statement in made(&id, &alice.id) {
            app.sql(statement).await;
        }
        app.sql(stmt!(
            "insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) \
             values (?1, 'sidecar', uuid7(), 'side.xmp', 'x/y', 1, 1, 1)", &id
        )).await;
        app.sql(stmt!(
            "update asset set thumbhash = 'aa', width = 2, height = 1, duplicate_id = 'd', live_photo_video_id = ?2, \
             update_id = uuid7() where id = ?1", &id, &film
        )).await;
        let reply = replace(&app, &alice, &id, "edited").await.expect(200).json();
        assert_eq!(reply["status"], "replaced");
        let copy = reply["id"].as_str().unwrap().to_owned();
        for (table, left) in LEFT {
            assert_eq!(app.count(stmt!(format!("select count(*) as n from {table}"))).await, left, "{table}");
        }
        let deleted = stmt!("select count(*) as n from object_deletion where object_key like 'made/%'");
        assert_eq!(app.count(deleted).await, 7, "five files, a picture in another size, a portrait");
        let side = stmt!("select count(*) as n from asset_file where asset_id = ?1 and type = 'sidecar' and is_edited = 0", &copy);
        assert_eq!(app.count(side).await, 1, "the sidecar is that of the former file");
        for (table, told) in [("asset_face_audit", 2), ("asset_ocr_audit", 1)] {
            let count = stmt!(format!("select count(*) as n from {table} where asset_id = ?1"), &id);
            assert_eq!(app.count(count).await, told, "{table}");
        }
        assert_eq!(app.count(stmt!("select count(*) as n from person where face_asset_id = 'drawn' and face_count = 1")).await, 1);
        let asset = app.get(&format!("/api/assets/{id}")).user(&alice).send().await.expect(200).json();
        assert_eq!((&asset["thumbhash"], &asset["livePhotoVideoId"], &asset["duplicateId"]), (&json!(null), &json!(null), &json!(null)));
        let former = app.get(&format!("/api/assets/{copy}")).user(&alice).send().await.expect(200).json();
        assert_eq!(former["livePhotoVideoId"], json!(film), "its motion part goes where its still is");
        let again = stmt!("select count(*) as n from job where kind = 'AssetExtractMetadata'");
        assert_eq!(app.count(again).await, 4, "both are read again, beside the jobs of their uploads");
    }

    async fn an_asset_is_not_its_own_motion_part(app: TestApp) {
        let alice = app.user("alice").await;
        let id = upload(&app, &alice, "a.mp4", "film").await;
        let film = upload(&app, &alice, "b.mp4", "other").await;
        for is_behind in [false, true] {
            let refused = app.put(&format!("/api/assets/{id}/original")).user(&alice)
                .body("multipart/form-data; boundary=b", moving(&id.to_uppercase(), is_behind)).send().await.expect(400).json();
            assert_eq!(refused["message"], "Live photo video cannot be the asset itself", "{is_behind}");
        }
        let asset = app.get(&format!("/api/assets/{id}")).user(&alice).send().await.expect(200).json();
        assert_eq!((&asset["visibility"], &asset["originalFileName"]), (&json!("timeline"), &json!("a.mp4")));
        assert_eq!(app.count(stmt!("select count(*) as n from asset")).await, 2, "nothing was stored");
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        let reply = app.put(&format!("/api/assets/{id}/original")).user(&alice)
            .body("multipart/form-data; boundary=b", moving(&film, true)).send().await.expect(200).json();
        assert_eq!(reply["status"], "replaced");
    }

    async fn the_answer_says_what_happened(app: TestApp) {
        let alice = app.user("alice").await;
        let id = upload(&app, &alice, "a.jpg", "photo").await;
        let same = replace(&app, &alice, &id, "photo").await.expect(200).json();
        assert_eq!(same, json!({ "id": id, "status": "duplicate" }));
        meddle(&app, &id, "visibility = 'locked'").await;
        let refused = replace(&app, &alice, &id, "edited").await.expect(400).json();
        assert_eq!(refused["message"], "The asset was changed meanwhile");
        let left = stmt!("select count(*) as n from asset where status <> 'deleted'");
        assert_eq!(app.count(left).await, 1, "what was uploaded is no asset of its own");
        assert_eq!(app.count(stmt!("select count(*) as n from job where kind = 'AssetDelete'")).await, 1);
    }

    async fn a_motion_part_that_is_taken_off_meanwhile_is_none_of_what_is_in_the_trash(app: TestApp) {
        let alice = app.user("alice").await;
        let id = upload(&app, &alice, "a.jpg", "photo").await;
        let film = upload(&app, &alice, "b.mp4", "film").await;
        app.sql(stmt!("update asset set live_photo_video_id = ?1, update_id = uuid7() where id = ?2", &film, &id)).await;
        meddle(&app, &id, "live_photo_video_id = null").await;
        let done = replace(&app, &alice, &id, "edited").await.expect(200).json();
        assert_eq!(done["status"], "replaced");
        let linked = stmt!("select count(*) as n from asset where live_photo_video_id is not null");
        assert_eq!(app.count(linked).await, 0, "whoever empties the trash deletes motion parts with it");
    }
}
