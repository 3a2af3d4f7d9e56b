//! What members are told and mailed of new content.

use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::json;

use crate::areas;

on_each_database! {
    async fn members_are_told_and_mailed_while_the_clock_runs(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let smtp = json!({ "notifications": { "smtp": { "enabled": true } } });
        edge_store::system::put(app.app.db(), "system-config", &smtp, 0).await.unwrap();
        let trip = app.album(&alice, &[], &[(&bob, "viewer")]).await;
        let asset = app.asset(&alice).insert().await;
        app.clock.run(1);
        let body = json!({ "ids": [asset] });
        app.put(&format!("/api/albums/{trip}/assets")).user(&alice).json(&body).send().await.expect(200);
        let told = stmt!("select count(*) as n from notification where type = 'AlbumUpdate' and user_id = ?1", &bob.id);
        assert_eq!(app.count(told).await, 1);
        let mails = app.sql(stmt!("select payload from job where kind = 'NotifyAlbumUpdate'")).await;
        let mails: Vec<String> = mails.iter().map(|row| row.get("payload").unwrap()).collect();
        assert_eq!(mails, [json!({ "id": trip, "recipientId": bob.id }).to_string()]);
    }
}
