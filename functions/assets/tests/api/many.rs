//! Ten thousand assets in one call.

use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::json;

use crate::areas;

on_each_database! {
    async fn ten_thousand_are_changed_trashed_and_deleted(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let ids = app.assets(&alice, 10_000).await;
        let foreign = app.asset(&bob).insert().await;
        let change = json!({ "ids": ids, "isFavorite": true, "visibility": "archive", "rating": 4 });
        app.put("/api/assets").user(&alice).json(&change).send_in_two().await.expect(204);
        let changed = "select cast(count(*) as bigint) as n from asset where is_favorite = 1 and visibility = 'archive'";
        assert_eq!(app.count(stmt!(changed)).await, 10_000);
        let rated = "select cast(count(*) as bigint) as n from asset_exif where rating = 4";
        assert_eq!(app.count(stmt!(rated)).await, 10_000);
        // One that is not hers fails all.
        let mut mixed = ids.clone();
        mixed.push(foreign);
        let body = json!({ "ids": mixed, "isFavorite": false });
        app.put("/api/assets").user(&alice).json(&body).send().await.expect(400);
        app.delete("/api/assets").user(&alice).json(&json!({ "ids": mixed })).send().await.expect(400);
        assert_eq!(app.count(stmt!(changed)).await, 10_000);

        let of_status = async |status: &str| {
            app.count(stmt!("select cast(count(*) as bigint) as n from asset where status = ?1", status)).await
        };
        app.delete("/api/assets").user(&alice).json(&json!({ "ids": ids })).send_in_two().await.expect(204);
        assert_eq!(of_status("trashed").await, 10_000);
        let body = json!({ "ids": ids, "force": true });
        app.delete("/api/assets").user(&alice).json(&body).send_in_two().await.expect(204);
        assert_eq!(of_status("deleted").await, 10_000);
        let purges = "select cast(count(*) as bigint) as n from job where kind = 'AssetEmptyTrash'";
        assert_eq!(app.count(stmt!(purges)).await, 1);
    }

    async fn ten_thousand_are_worked_on_again(app: TestApp) {
        let alice = app.user("alice").await;
        let ids = app.assets(&alice, 10_000).await;
        let body = json!({ "assetIds": ids, "name": "refresh-metadata" });
        app.post("/api/assets/jobs").user(&alice).json(&body).send_in_two().await.expect(204);
        let jobs = "select cast(count(*) as bigint) as n from job where kind = 'AssetExtractMetadata'";
        assert_eq!(app.count(stmt!(jobs)).await, 10_000);
    }
}
