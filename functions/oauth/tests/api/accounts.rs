//! Whose login it is, and what claims make of an account.

use edge_testkit::{TestApp, on_each_database};

use super::*;

const ADA: &str = "ada@immich.test";

on_each_database! {
    async fn an_account_with_the_address_is_linked(app: TestApp) {
        let ada = app.user("ada").await;
        let provider = start(&app, &json!({ "autoRegister": false })).await;
        let body = log_in(&app, &provider).await.expect(201).json();
        assert_eq!(body["userId"], ada.id.as_str());
        assert_eq!(column(&app, ADA, "oauth_id").await.as_deref(), Some("ada-1"));
        // From then on the subject counts, whatever the address.
        provider.state().claims = json!({ "sub": "ada-1", "email": "other@immich.test" });
        assert_eq!(log_in(&app, &provider).await.expect(201).json()["userId"], ada.id.as_str());
        // Somebody else with the address of the account.
        provider.state().claims = json!({ "sub": "eve-1", "email": ADA });
        let reply = log_in(&app, &provider).await.expect(400);
        assert_eq!(reply.message(), "OAuth authentication failed");
        assert_eq!(column(&app, ADA, "oauth_id").await.as_deref(), Some("ada-1"));
    }

    async fn an_address_that_is_not_verified_leads_to_no_account(app: TestApp) {
        app.user("ada").await;
        let provider = start(&app, &json!({})).await;
        for unverified in [json!(false), json!("false")] {
            provider.state().claims = json!({ "sub": "eve-1", "email": ADA, "email_verified": unverified });
            let reply = log_in(&app, &provider).await.expect(400);
            assert_eq!(reply.message(), "OAuth profile does not have an email address");
        }
        assert_eq!(column(&app, ADA, "oauth_id").await.as_deref(), Some(""));
        provider.state().claims = json!({ "sub": "ada-1", "email": ADA, "email_verified": true });
        log_in(&app, &provider).await.expect(201);
    }

    async fn strangers_get_an_account_only_where_that_is_configured(app: TestApp) {
        let provider = start(&app, &json!({ "autoRegister": false })).await;
        let reply = log_in(&app, &provider).await.expect(400);
        assert_eq!(reply.message(), "OAuth authentication failed");
        provider.configure(&app, &json!({})).await;
        {
            let mut state = provider.state();
            state.claims = json!({ "sub": "ada-1" });
            state.userinfo.1 = json!({ "sub": "ada-1", "name": "Ada" }).to_string();
        }
        let reply = log_in(&app, &provider).await.expect(400);
        assert_eq!(reply.message(), "OAuth profile does not have an email address");
        assert_eq!(app.count(stmt!("select count(*) as n from users")).await, 0);
        assert_eq!(sessions(&app).await, 0);
    }

    async fn claims_set_up_a_new_account(app: TestApp) {
        let provider = start(&app, &json!({ "defaultStorageQuota": 3, "roleClaim": "groups" })).await;
        let claims = |subject: &str, more: Value| {
            let mut claims = json!({ "sub": subject, "email": format!("{subject}@immich.test") });
            for (name, value) in more.as_object().into_iter().flatten() {
                claims[name] = value.clone();
            }
            claims
        };
        provider.state().claims = claims("a", json!({ "preferred_username": "ann/1", "immich_quota": 2, "groups": ["admin"] }));
        assert_eq!(log_in(&app, &provider).await.expect(201).json()["isAdmin"], true);
        assert_eq!(column(&app, "a@immich.test", "storage_label").await.as_deref(), Some("ann1"));
        assert_eq!(column(&app, "a@immich.test", "quota_size_in_bytes").await.as_deref(), Some("2147483648"));
        // A label that another one has is no reason to keep somebody out.
        provider.state().claims = claims("b", json!({ "preferred_username": "ann1" }));
        assert_eq!(log_in(&app, &provider).await.expect(201).json()["isAdmin"], false);
        assert_eq!(column(&app, "b@immich.test", "storage_label").await, None);
        assert_eq!(column(&app, "b@immich.test", "quota_size_in_bytes").await.as_deref(), Some("3221225472"));
        provider.configure(&app, &json!({})).await;
        provider.state().claims = claims("c", json!({}));
        log_in(&app, &provider).await.expect(201);
        assert_eq!(column(&app, "c@immich.test", "quota_size_in_bytes").await, None);
    }

    async fn the_role_follows_the_claim_but_an_administrator_remains(app: TestApp) {
        let admin = app.admin().await;
        let ada = app.user("ada").await;
        let provider = start(&app, &json!({})).await;
        let is_admin = async |role: Value| {
            provider.state().claims = json!({ "sub": "ada-1", "email": ADA, "immich_role": role });
            log_in(&app, &provider).await.expect(201).json()["isAdmin"].clone()
        };
        assert_eq!(is_admin(json!("admin")).await, true);
        assert_eq!(is_admin(json!(null)).await, true);
        assert_eq!(is_admin(json!("user")).await, false);
        assert_eq!(column(&app, ADA, "is_admin").await.as_deref(), Some("0"));
        assert_eq!(is_admin(json!(["admin"])).await, true);
        app.sql(stmt!("update users set is_admin = 0 where id = ?1", &admin.id)).await;
        assert_eq!(is_admin(json!("user")).await, true);
        assert_eq!(column(&app, ADA, "is_admin").await.as_deref(), Some("1"));
        assert_eq!(column(&app, ADA, "id").await, Some(ada.id));
    }

    async fn a_deleted_account_cannot_log_in(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        log_in(&app, &provider).await.expect(201);
        app.sql(stmt!("update users set deleted_at = 1, status = 'deleted'")).await;
        let reply = log_in(&app, &provider).await.expect(400);
        assert_eq!(reply.message(), "OAuth authentication failed");
        assert_eq!(sessions(&app).await, 1);
    }

    async fn the_picture_is_taken_over_from_the_providers_own_server(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let picture = |issuer: &str| json!({ "sub": "ada-1", "email": ADA, "picture": format!("{issuer}/ada.png") });
        let png = b"\x89PNG\r\n\x1a\n and so on".to_vec();
        // Elsewhere: nobody is asked.
        let other = Provider::start("ES256");
        other.state().others.insert("/ada.png".to_owned(), ("200 OK".to_owned(), png.clone()));
        provider.state().claims = picture(&other.issuer);
        assert_eq!(log_in(&app, &provider).await.expect(201).json()["profileImagePath"], "");
        assert_eq!(other.state().requests.len(), 0);
        // No image.
        provider.state().claims = picture(&provider.issuer);
        provider.state().others.insert("/ada.png".to_owned(), ("200 OK".to_owned(), b"<svg>".to_vec()));
        assert_eq!(log_in(&app, &provider).await.expect(201).json()["profileImagePath"], "");
        provider.state().others.insert("/ada.png".to_owned(), ("200 OK".to_owned(), png.clone()));
        let body = log_in(&app, &provider).await.expect(201).json();
        let key = body["profileImagePath"].as_str().unwrap();
        assert_eq!(app.object_keys().await, [key]);
        assert_eq!(column(&app, ADA, "profile_image_path").await.as_deref(), Some(key));
        // Who has one keeps it.
        assert_eq!(log_in(&app, &provider).await.expect(201).json()["profileImagePath"], key);
        assert_eq!(provider.count("/ada.png"), 2);
    }
}
