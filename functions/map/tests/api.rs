//! The map over HTTP (api/features.md section A, Map).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_places::make::{City, Country};
use edge_platform::stmt;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use serde_json::json;

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_map::ROUTES, fn_map::routes()),
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
    ]
}

async fn located(app: &TestApp, owner: &NewUser, lat: f64, lon: f64) -> String {
    let asset = app
        .asset(owner)
        .exif("latitude", lat)
        .exif("longitude", lon);
    asset.insert().await
}

async fn ids(app: &TestApp, user: &NewUser, query: &str) -> Vec<String> {
    let reply = app
        .get(&format!("/api/map/markers{query}"))
        .user(user)
        .send()
        .await
        .expect(200)
        .json();
    let mut ids: Vec<String> = reply
        .as_array()
        .unwrap()
        .iter()
        .map(|marker| marker["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

fn sorted(ids: &[&String]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|&id| id.clone()).collect();
    ids.sort();
    ids
}

async fn partner(app: &TestApp, from: &NewUser, to: &NewUser, in_timeline: bool) {
    app.sql(stmt!(
        "insert into partner (shared_by_id, shared_with_id, in_timeline, created_at, updated_at, create_id, update_id) \
         values (?1, ?2, ?3, 0, 0, uuid7(), uuid7())", &from.id, &to.id, in_timeline
    )).await;
}

/// Installs the names of a few places.
async fn install_places(app: &TestApp) {
    let city = |name: &str, latitude, longitude| City {
        name: name.to_owned(),
        latitude,
        longitude,
        country: "France".to_owned(),
        admin1: Some("Île-de-France".to_owned()),
        ..City::default()
    };
    let square = Country {
        name: "Antarctica".to_owned(),
        rings: vec![vec![
            (0.0, -90.0),
            (10.0, -90.0),
            (10.0, -80.0),
            (0.0, -80.0),
        ]],
    };
    let object =
        edge_places::make::make("2026-11-01", &[city("Paris", 48.85341, 2.3488)], &[square]);
    let put = app.app.objects.put(
        edge_places::KEY,
        object.unwrap().into(),
        "application/octet-stream",
    );
    put.await.unwrap();
}

on_each_database! {
    async fn a_position_has_a_name(app: TestApp) {
        let alice = app.user("alice").await;
        let at = async |lat: &str, lon: &str| {
            let path = format!("/api/map/reverse-geocode?lat={lat}&lon={lon}");
            app.get(&path).user(&alice).send().await.expect(200).json()
        };
        let unknown = json!([{ "city": null, "state": null, "country": null }]);
        assert_eq!(at("48.8566", "2.3522").await, unknown, "no names are installed");
        install_places(&app).await;
        let paris = json!([{ "city": "Paris", "state": "Île-de-France", "country": "France" }]);
        assert_eq!(at("48.8566", "2.3522").await, paris);
        assert_eq!(at("0", "-30").await, unknown);
        for lon in ["-180", "180"] {
            assert_eq!(at("90", lon).await, unknown);
            assert_eq!(at("-90", lon).await, unknown);
        }
        assert_eq!(at("-89.5", "5").await[0]["country"], "Antarctica");
        for (query, issue) in [
            ("lon=1", "lat: Invalid input: expected number, received NaN"),
            ("lat=x&lon=1", "lat: Invalid input: expected number, received NaN"),
            ("lat=90.1&lon=1", "lat: Too big: expected number to be <=90"),
            ("lat=1&lon=-180.5", "lon: Too small: expected number to be >=-180"),
        ] {
            let refused = app.get(&format!("/api/map/reverse-geocode?{query}")).user(&alice).send().await.expect(400);
            assert_eq!(refused.issues(), issue, "{query}");
        }
    }

    async fn a_marker_tells_where_an_asset_was_taken(app: TestApp) {
        let alice = app.user("alice").await;
        let paris = app.asset(&alice).exif("latitude", 48.8566).exif("longitude", -2.3522)
            .exif("city", "Pa\"ris").exif("state", "Île-de-France").exif("country", "France").insert().await;
        app.asset(&alice).insert().await;
        app.asset(&alice).exif("latitude", 1.5).insert().await;
        app.take_round_trips();
        let reply = app.get("/api/map/markers").user(&alice).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(reply, json!([{
            "id": paris, "lat": 48.8566, "lon": -2.3522, "city": "Pa\"ris", "state": "Île-de-France", "country": "France",
        }]));
        let bob = app.user("bob").await;
        assert_eq!(app.get("/api/map/markers").user(&bob).send().await.expect(200).json(), json!([]));
    }

    async fn filters_choose_among_what_is_shown(app: TestApp) {
        let alice = app.user("alice").await;
        let at = |taken| app.asset(&alice).taken(taken).exif("latitude", 1.0).exif("longitude", 2.0);
        let old = at(1_000_000_000_000).insert().await;
        let new = at(1_700_000_000_000).with("is_favorite", 1).insert().await;
        let archived = at(1_700_000_000_000).visibility("archive").insert().await;
        for visibility in ["hidden", "locked"] {
            at(0).visibility(visibility).insert().await;
        }
        at(0).trashed().insert().await;
        assert_eq!(ids(&app, &alice, "").await, sorted(&[&old, &new]));
        assert_eq!(ids(&app, &alice, "?isArchived=false").await, sorted(&[&old, &new]));
        assert_eq!(ids(&app, &alice, "?isArchived=true").await, sorted(&[&old, &new, &archived]));
        assert_eq!(ids(&app, &alice, "?isFavorite=true").await, sorted(&[&new]));
        assert_eq!(ids(&app, &alice, "?isFavorite=false").await, sorted(&[&old]));
        assert_eq!(ids(&app, &alice, "?fileCreatedAfter=2010-01-01T00:00:00.000Z").await, sorted(&[&new]));
        assert_eq!(ids(&app, &alice, "?fileCreatedBefore=2010-01-01T00:00:00.000Z").await, sorted(&[&old]));
        for bad in ["isFavorite=x", "fileCreatedAfter=yesterday"] {
            app.get(&format!("/api/map/markers?{bad}")).user(&alice).send().await.expect(400);
        }
    }

    async fn partners_and_albums_add_theirs_on_request(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let own = located(&app, &alice, 1.0, 1.0).await;
        let bobs = located(&app, &bob, 2.0, 2.0).await;
        let archived = app.asset(&bob).visibility("archive").exif("latitude", 1.0).exif("longitude", 2.0).insert().await;
        let carols = located(&app, &carol, 3.0, 3.0).await;
        located(&app, &carol, 3.0, 3.0).await;
        partner(&app, &bob, &alice, true).await;
        partner(&app, &carol, &alice, false).await;
        for _ in 0..2 {
            app.album(&carol, &[&carols], &[(&alice, "viewer")]).await;
        }
        app.album(&bob, &[&bobs, &archived], &[(&alice, "viewer")]).await;
        app.album(&alice, &[&own], &[]).await;
        assert_eq!(ids(&app, &alice, "?isArchived=true").await, sorted(&[&own]));
        assert_eq!(ids(&app, &alice, "?withPartners=true&isArchived=true").await, sorted(&[&own, &bobs]));
        assert_eq!(ids(&app, &alice, "?withSharedAlbums=true").await, sorted(&[&own, &bobs, &carols]));
        app.take_round_trips();
        let both = ids(&app, &alice, "?withPartners=true&withSharedAlbums=true").await;
        assert_eq!(both, sorted(&[&own, &bobs, &carols]));
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(ids(&app, &bob, "?withPartners=true&withSharedAlbums=true").await, sorted(&[&bobs]));
    }

    async fn more_than_a_page_is_streamed_and_each_comes_once(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let first = located(&app, &alice, 1.0, 1.0).await;
        let bobs = located(&app, &bob, 2.0, 2.0).await;
        app.album(&bob, &[&bobs], &[(&alice, "viewer")]).await;
        let count = edge_store::map::PAGE + 500;
        let numbers = json!((0..count).map(|n| format!("{n:012}")).collect::<Vec<_>>()).to_string();
        app.sql(stmt!(
            "insert into asset (id, owner_id, type, checksum, original_path, original_file_name, file_name_folded, \
             file_created_at, file_modified_at, local_date_time, local_day, local_month, created_at, created_month, \
             updated_at, update_id) select '00000000-0000-4000-8000-' || v.value, a.owner_id, a.type, v.value, \
             a.original_path, a.original_file_name, a.file_name_folded, 0, 0, 0, 19700101, 197001, 0, 197001, 0, uuid7() \
             from asset a cross join json_rows(?2) v where a.id = ?1", &first, &numbers
        )).await;
        // A third of them at one place, the others all over the world.
        app.sql(stmt!(
            "insert into asset_exif (asset_id, owner_id, latitude, longitude, updated_at, update_id) \
             select a.id, a.owner_id, case when cast(a.checksum as integer) % 3 = 0 then 10 else cast(a.checksum as integer) % 180 - 90 end, \
             20, 0, uuid7() from asset a where a.owner_id = ?1 and a.id <> ?2", &alice.id, &first
        )).await;
        app.take_round_trips();
        let found = ids(&app, &alice, "?withSharedAlbums=true").await;
        assert_eq!(i64::try_from(found.len()).unwrap(), count + 2);
        assert!(found.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(found.contains(&bobs));
        // Admission, two pages, and the album.
        assert_eq!(app.take_round_trips(), 4);
    }

    async fn however_few_are_shown_a_page_looks_at_so_many_rows(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let count = usize::try_from(edge_store::map::PAGE).unwrap() + 500;
        let (own, bobs) = (app.assets(&alice, count).await, app.assets(&bob, count).await);
        app.sql(stmt!("update asset_exif set latitude = 10, longitude = 20, update_id = uuid7() where owner_id = ?1", &alice.id)).await;
        let last = own.iter().max().unwrap();
        app.sql(stmt!("update asset set is_favorite = 1, update_id = uuid7() where id = ?1", last)).await;
        app.take_round_trips();
        assert_eq!(ids(&app, &alice, "?isFavorite=true").await, sorted(&[last]));
        // Admission, and two pages.
        assert_eq!(app.take_round_trips(), 3);
        // An album of which few photos have a position, and a small one with one of them.
        let found = [bobs.iter().min().unwrap(), bobs.iter().max().unwrap()];
        for id in &found {
            app.sql(stmt!("update asset_exif set latitude = 1, longitude = 2, update_id = uuid7() where asset_id = ?1", id.as_str())).await;
        }
        let large = app.album(&bob, &[], &[(&alice, "viewer")]).await;
        let body = json!({ "ids": bobs });
        app.put(&format!("/api/albums/{large}/assets")).user(&bob).json(&body).send().await.expect(200);
        for _ in 0..3 {
            app.album(&bob, &[found[0].as_str()], &[(&alice, "viewer")]).await;
        }
        app.take_round_trips();
        let shown = ids(&app, &alice, "?isFavorite=false&withSharedAlbums=true").await;
        assert_eq!(shown.len(), count - 1 + found.len());
        assert!(found.iter().all(|id| shown.contains(id)), "each once");
        // Admission, two pages of her own, two of the large album, and the small ones together.
        assert_eq!(app.take_round_trips(), 6);
    }
}
