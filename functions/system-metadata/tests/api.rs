//! The system-metadata area over HTTP.

use edge_testkit::{Area, TestApp, on_each_database};
use serde_json::json;

const ONBOARDING: &str = "/api/system-metadata/admin-onboarding";

fn areas() -> Vec<Area> {
    vec![Area::new(
        fn_system_metadata::ROUTES,
        fn_system_metadata::routes(),
    )]
}

on_each_database! {
    async fn onboarding_is_remembered(app: TestApp) {
        let admin = app.admin().await;
        let get = app.get(ONBOARDING).user(&admin).send().await.expect(200);
        assert_eq!(get.json(), json!({ "isOnboarded": false }));
        for state in [true, false, true] {
            let body = json!({ "isOnboarded": state });
            app.post(ONBOARDING).user(&admin).json(&body).send().await.expect(204);
            let get = app.get(ONBOARDING).user(&admin).send().await.expect(200);
            assert_eq!(get.json(), body);
        }
        let reply = app.post(ONBOARDING).user(&admin).json(&json!({ "isOnboarded": 1 })).send().await;
        let issues = reply.expect(400).issues();
        assert_eq!(issues, "isOnboarded: Invalid input: expected boolean, received number");
    }

    async fn states_are_empty_until_something_happened(app: TestApp) {
        let admin = app.admin().await;
        let get = app.get("/api/system-metadata/reverse-geocoding-state").user(&admin).send().await;
        let nothing = json!({ "lastUpdate": null, "lastImportFileName": null });
        assert_eq!(get.expect(200).json(), nothing);
        let get = app.get("/api/system-metadata/version-check-state").user(&admin).send().await;
        assert_eq!(get.expect(200).json(), json!({ "checkedAt": null, "releaseVersion": null }));
    }

    async fn only_administrators_may_ask(app: TestApp) {
        let alice = app.user("alice").await;
        app.get(ONBOARDING).user(&alice).send().await.expect(403);
        app.post(ONBOARDING).user(&alice).json(&json!({ "isOnboarded": true })).send().await.expect(403);
    }
}
