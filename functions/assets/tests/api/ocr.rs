//! The text in pictures.

use edge_platform::stmt;
use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

use crate::areas;

/// A line of text across a quarter of a picture.
async fn line(app: &TestApp, owner: &NewUser, asset: &str, position: i64, text: &str) -> String {
    let id = app.app.uuid();
    let sql = "insert into asset_ocr (id, asset_id, owner_id, x1, y1, x2, y2, x3, y3, x4, y4, box_score, text_score, text, \
               position, update_id) values (?1, ?2, ?3, 0.25, 0.5, 0.5, 0.5, 0.5, 0.75, 0.25, 0.75, 0.875, 1, ?5, ?4, uuid7())";
    app.sql(stmt!(sql, &id, asset, &owner.id, position, text))
        .await;
    id
}

async fn edit(app: &TestApp, owner: &NewUser, asset: &str, at: i64, action: &str, how: &Value) {
    let sql = "insert into asset_edit (id, asset_id, owner_id, sequence, action, parameters, update_id) \
               values (?1, ?2, ?3, ?4, ?5, ?6, uuid7())";
    let (id, how) = (app.app.uuid(), how.to_string());
    app.sql(stmt!(sql, &id, asset, &owner.id, at, action, &how))
        .await;
}

async fn texts(app: &TestApp, user: &NewUser, asset: &str) -> Vec<String> {
    let reply = app
        .get(&format!("/api/assets/{asset}/ocr"))
        .user(user)
        .send()
        .await;
    let lines = reply.expect(200).json();
    let lines = lines.as_array().unwrap().iter();
    lines
        .map(|line| line["text"].as_str().unwrap().to_owned())
        .collect()
}

on_each_database! {
    async fn lines_are_read_in_their_order(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        assert_eq!(texts(&app, &alice, &asset).await, [""; 0]);
        let third = line(&app, &alice, &asset, 2, "now").await;
        line(&app, &alice, &asset, 1, "東京").await;
        let first = line(&app, &alice, &asset, 0, "STOP").await;
        app.take_round_trips();
        let lines = app.get(&format!("/api/assets/{asset}/ocr")).user(&alice).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(lines[0], json!({
            "id": first, "assetId": asset, "x1": 0.25, "y1": 0.5, "x2": 0.5, "y2": 0.5, "x3": 0.5, "y3": 0.75, "x4": 0.25, "y4": 0.75,
            "boxScore": 0.875, "textScore": 1.0, "text": "STOP",
        }));
        assert_eq!(texts(&app, &alice, &asset).await, ["STOP", "東京", "now"]);
        app.sql(stmt!("update asset_ocr set is_visible = 0, update_id = uuid7() where id = ?1", &third)).await;
        assert_eq!(texts(&app, &alice, &asset).await, ["STOP", "東京"]);
    }

    async fn corners_follow_the_edits(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).with("width", 400).with("height", 200).insert().await;
        line(&app, &alice, &asset, 0, "STOP").await;
        let crop = json!({ "x": 100, "y": 100, "width": 200, "height": 100 });
        edit(&app, &alice, &asset, 0, "crop", &crop).await;
        edit(&app, &alice, &asset, 1, "rotate", &json!({ "angle": 90 })).await;
        let lines = app.get(&format!("/api/assets/{asset}/ocr")).user(&alice).send().await.expect(200).json();
        // Cropped it covers the upper left quarter; turned clockwise the upper right one, its text runs down.
        let corners = ["x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4"].map(|at| lines[0][at].clone());
        assert_eq!(json!(corners), json!([1.0, 0.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.0]));
    }

    async fn who_may_not_see_the_picture_reads_nothing(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let locked = app.asset(&alice).visibility("locked").insert().await;
        let shown = app.asset(&alice).insert().await;
        for asset in [&locked, &shown] {
            line(&app, &alice, asset, 0, "SECRET").await;
        }
        let read = async |user: &NewUser, asset: &str| app.get(&format!("/api/assets/{asset}/ocr")).user(user).send().await;
        for (user, asset) in [(&bob, &shown), (&bob, &locked), (&alice, &locked)] {
            assert_eq!(read(user, asset).await.expect(400).message(), "Not found or no asset.read access");
        }
        app.elevate(&alice).await;
        assert_eq!(texts(&app, &alice, &locked).await, ["SECRET"]);
        read(&alice, &app.app.uuid()).await.expect(400);
        assert_eq!(read(&alice, "nothing").await.expect(400).issues(), "id: Invalid UUID");
    }
}
