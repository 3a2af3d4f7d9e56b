//! Starting anew: asked for, told to, or away too long (api/sync.md section 3).

use edge_platform::stmt;
use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::json;

use crate::{
    areas,
    client::{Line, ack, lines, request, stream, sync},
};

const DAY: i64 = 86_400_000;

fn reset_line() -> Vec<Line> {
    vec![Line {
        kind: "SyncResetV1".into(),
        data: json!({}),
        ack: "SyncResetV1|reset".into(),
    }]
}

async fn raw(app: &TestApp, user: &NewUser) -> Vec<Line> {
    let reply = request(app, user, &json!({"types": ["UsersV1"]})).await;
    lines(&reply.expect(200).body)
}

async fn complete_days_ago(app: &TestApp, user: &NewUser, days: i64) {
    let now = app.sql(stmt!("select db_now() as now")).await;
    let now: i64 = now.first().unwrap().get("now").unwrap();
    let hex = format!("{:012x}", now - days * DAY);
    let id = format!("{}-{}-7000-8000-000000000000", &hex[..8], &hex[8..]);
    ack(app, user, &[&format!("SyncCompleteV1|{id}")]).await;
}

on_each_database! {
    async fn a_session_that_is_to_reset_gets_one_line_until_it_has(app: TestApp) {
        let alice = app.user("alice").await;
        sync(&app, &alice, &["UsersV1"]).await;
        let path = format!("/api/sessions/{}", alice.session_id);
        app.put(&path).user(&alice).json(&json!({"isPendingSyncReset": true})).send().await.expect(200);
        assert_eq!(raw(&app, &alice).await, reset_line());
        app.take_round_trips();
        assert_eq!(raw(&app, &alice).await, reset_line());
        assert_eq!(app.take_round_trips(), 1);
        ack(&app, &alice, &["SyncResetV1|reset"]).await;
        assert_eq!(stream(&app, &alice, &["UsersV1"]).await.len(), 1);
    }

    async fn who_was_away_for_thirty_days_starts_anew(app: TestApp) {
        let alice = app.user("alice").await;
        complete_days_ago(&app, &alice, 29).await;
        assert_eq!(raw(&app, &alice).await.len(), 2);
        complete_days_ago(&app, &alice, 31).await;
        assert_eq!(raw(&app, &alice).await, reset_line());
    }

    async fn a_client_may_ask_for_everything_again(app: TestApp) {
        let alice = app.user("alice").await;
        app.asset(&alice).insert().await;
        let first = sync(&app, &alice, &["AssetsV2", "UsersV1"]).await;
        app.sql(edge_store::sessions::set_pending_sync_reset(&alice.session_id, &alice.id, true)).await;
        app.take_round_trips();
        let body = json!({"types": ["AssetsV2", "UsersV1"], "reset": true});
        let mut again = lines(&request(&app, &alice, &body).await.expect(200).body);
        assert_eq!(app.take_round_trips(), 2);
        again.pop();
        assert_eq!(again, first);
        let stored = app.get("/api/sync/ack").user(&alice).send().await.expect(200);
        assert_eq!(stored.json(), json!([]));
        assert_eq!(stream(&app, &alice, &["AssetsV2"]).await.len(), 1, "the mark is gone");
    }
}
