//! Acknowledgements: stored per session and type, the last one counts (api/sync.md section 2).

use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{
    areas,
    client::{ack, stream},
};

const OLD: &str = "0190a5d0-ac96-774b-bcce-b302099a8057";
const NEW: &str = "0190a5d1-ac96-774b-bcce-b302099a8057";

async fn stored(app: &TestApp, user: &NewUser) -> Value {
    let reply = app.get("/api/sync/ack").user(user).send().await;
    reply.expect(200).json()
}

on_each_database! {
    async fn the_last_ack_of_a_type_counts_and_overwrites(app: TestApp) {
        let alice = app.user("alice").await;
        assert_eq!(stored(&app, &alice).await, json!([]));
        let asset = |id| format!("AssetV2|{id}");
        let backfill = format!("AlbumUserBackfillV1|{OLD}|complete");
        ack(&app, &alice, &[&asset(NEW), &backfill, &asset(OLD)]).await;
        assert_eq!(stored(&app, &alice).await, json!([
            {"type": "AlbumUserBackfillV1", "ack": backfill},
            {"type": "AssetV2", "ack": asset(OLD)},
        ]));
        app.take_round_trips();
        ack(&app, &alice, &[&asset(NEW)]).await;
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(stored(&app, &alice).await[1]["ack"], asset(NEW));
        ack(&app, &alice, &[]).await;
        app.take_round_trips();
        assert_eq!(stored(&app, &alice).await.as_array().unwrap().len(), 2);
        assert_eq!(app.take_round_trips(), 1);
    }

    async fn sessions_know_nothing_of_each_other(app: TestApp) {
        let alice = app.user("alice").await;
        let (session_id, token) = app.session(&alice.id).await;
        let phone = NewUser { session_id, token, ..alice.clone() };
        ack(&app, &alice, &[&format!("AssetV2|{NEW}")]).await;
        assert_eq!(stored(&app, &phone).await, json!([]));
        let path = format!("/api/sessions/{}", alice.session_id);
        app.delete(&path).user(&phone).send().await.expect(204);
        let left = "select count(*) as n from session_sync_checkpoint";
        assert_eq!(app.count(edge_platform::stmt!(left)).await, 0);
    }

    async fn acks_can_be_forgotten_also_those_of_deprecated_types(app: TestApp) {
        let alice = app.user("alice").await;
        let all: Vec<String> = ["AssetV2", "AssetV1", "AlbumV1", "PersonV1"].map(|kind| format!("{kind}|{NEW}")).into();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        ack(&app, &alice, &all).await;
        let forget = async |body: &Value| {
            app.delete("/api/sync/ack").user(&alice).json(body).send().await.expect(204);
            stored(&app, &alice).await.as_array().unwrap().len()
        };
        assert_eq!(forget(&json!({"types": []})).await, 4);
        app.take_round_trips();
        assert_eq!(forget(&json!({"types": ["AlbumV1", "AssetV1", "MemoryV1"]})).await, 2);
        assert_eq!(app.take_round_trips(), 3, "two, and one to look");
        assert_eq!(forget(&json!({})).await, 0);
        ack(&app, &alice, &all).await;
        app.delete("/api/sync/ack").user(&alice).send().await.expect(204);
        assert_eq!(stored(&app, &alice).await, json!([]));
    }

    async fn what_was_forgotten_is_sent_again(app: TestApp) {
        let alice = app.user("alice").await;
        app.asset(&alice).insert().await;
        let first = crate::client::sync(&app, &alice, &["AssetsV2"]).await;
        assert_eq!(first.len(), 1);
        assert_eq!(stream(&app, &alice, &["AssetsV2"]).await, []);
        let types = json!({"types": ["AssetV2"]});
        app.delete("/api/sync/ack").user(&alice).json(&types).send().await.expect(204);
        assert_eq!(stream(&app, &alice, &["AssetsV2"]).await, first);
    }

    async fn a_reset_ack_clears_all_and_the_rest_is_ignored(app: TestApp) {
        let alice = app.user("alice").await;
        ack(&app, &alice, &[&format!("AssetV2|{NEW}"), &format!("UserV1|{NEW}")]).await;
        app.sql(edge_store::sessions::set_pending_sync_reset(&alice.session_id, &alice.id, true)).await;
        ack(&app, &alice, &[&format!("StackV1|{NEW}"), "SyncResetV1|reset", "nonsense"]).await;
        assert_eq!(stored(&app, &alice).await, json!([]));
        assert_eq!(stream(&app, &alice, &["StacksV1"]).await, []);
    }
}
