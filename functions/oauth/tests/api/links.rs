//! Accounts and their links.

use edge_testkit::{TestApp, on_each_database};

use super::*;

on_each_database! {
    async fn an_account_is_linked_and_unlinked(app: TestApp) {
        let alice = app.user("alice").await;
        let provider = start(&app, &json!({ "autoRegister": false })).await;
        let reply = link(&app, &provider, &alice).await.expect(200);
        assert_eq!(cookies(&reply), ["immich_oauth_state=", "immich_oauth_code_verifier="]);
        let body = reply.json();
        assert_eq!((&body["id"], &body["oauthId"]), (&json!(alice.id), &json!("ada-1")));
        assert_eq!(log_in(&app, &provider).await.expect(201).json()["userId"], alice.id.as_str());
        let body = app.post("/api/oauth/unlink").user(&alice).send().await.expect(200).json();
        assert_eq!(body["oauthId"], "");
        log_in(&app, &provider).await.expect(400);
        // Unlinking what is not linked changes nothing.
        app.post("/api/oauth/unlink").user(&alice).send().await.expect(200);
    }

    async fn a_login_at_the_provider_belongs_to_one_account(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let provider = start(&app, &json!({})).await;
        link(&app, &provider, &alice).await.expect(200);
        let reply = link(&app, &provider, &bob).await.expect(400);
        assert_eq!(reply.message(), "This OAuth account has already been linked to another user.");
        link(&app, &provider, &alice).await.expect(200);
        assert_eq!(column(&app, "bob@immich.test", "oauth_id").await.as_deref(), Some(""));
    }

    async fn a_link_is_made_by_who_began_it_and_once(app: TestApp) {
        let alice = app.user("alice").await;
        let provider = start(&app, &json!({})).await;
        provider.state().forgets_codes = false;
        let approved = approve(&app, &provider).await;
        let request = || app.post("/api/oauth/link").user(&alice);
        let bare = request().json(&json!({ "url": approved.url })).send().await.expect(400);
        assert_eq!(bare.message(), "OAuth state is missing");
        finish(request(), &approved).await.expect(200);
        let again = finish(request(), &approved).await.expect(500);
        assert_eq!(again.message(), "Failed to link oauth account");
        // Nor does a login that was used for a link open a session.
        failed(finish(app.post("/api/oauth/callback"), &approved).await);
    }

    async fn an_administrator_unlinks_everybody(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        let provider = start(&app, &json!({})).await;
        link(&app, &provider, &alice).await.expect(200);
        log_in(&app, &provider).await.expect(201);
        app.post("/api/admin/auth/unlink-all").user(&alice).send().await.expect(403);
        app.post("/api/admin/auth/unlink-all").user(&admin).send().await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from users where oauth_id <> ''")).await, 0);
        let left = stmt!("select count(*) as n from session where oauth_sid is not null or oauth_bearer_token is not null");
        assert_eq!(app.count(left).await, 0);
        assert_eq!(sessions(&app).await, 3);
    }
}
