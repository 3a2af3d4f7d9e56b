//! Places by name over HTTP (api/geodata.md section 3).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_places::make::City;
use edge_testkit::{Area, TestApp, on_each_database};
use serde_json::json;

fn areas() -> Vec<Area> {
    vec![Area::new(fn_search::ROUTES, fn_search::routes())]
}

on_each_database! {
    async fn a_text_finds_places(app: TestApp) {
        let alice = app.user("alice").await;
        let found = async |name: &str| {
            let path = format!("/api/search/places?name={name}");
            app.get(&path).user(&alice).send().await.expect(200).json()
        };
        assert_eq!(found("Paris").await, json!([]), "no names are installed");
        let city = |name: &str, admin1: Option<&str>, admin2: Option<&str>| City {
            name: name.to_owned(),
            latitude: 48.85341,
            longitude: 2.3488,
            country: "France".to_owned(),
            admin1: admin1.map(str::to_owned),
            admin2: admin2.map(str::to_owned),
            ..City::default()
        };
        let cities = [city("Paris", Some("Île-de-France"), Some("Paris")), city("París", None, None)];
        let object = edge_places::make::make("", &cities, &[]).unwrap();
        app.app.objects.put(edge_places::KEY, object.into(), "application/octet-stream").await.unwrap();
        app.take_round_trips();
        assert_eq!(found("paris").await, json!([
            { "name": "París", "latitude": 48.85341, "longitude": 2.3488 },
            { "name": "Paris", "latitude": 48.85341, "longitude": 2.3488, "admin1name": "Île-de-France", "admin2name": "Paris" },
        ]));
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(found("%21").await, json!([]));
        app.get("/api/search/places").user(&alice).send().await.expect(400);
        app.get(&format!("/api/search/places?name={}", "x".repeat(5_000))).user(&alice).send().await.expect(400);
    }
}
