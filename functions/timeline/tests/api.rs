//! The timeline over HTTP (api/features.md section C).
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::timeline::TimeBucketAssets;
use edge_platform::stmt;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_timeline::ROUTES, fn_timeline::routes())]
}

const DAY: i64 = 86_400_000;
/// 2024-01-15T10:00:00.120Z
const JANUARY: i64 = 1_705_312_800_120;
const MARCH: i64 = JANUARY + 60 * DAY;
const MINE: &str = "/api/timeline/bucket?timeBucket=2024-01-01&visibility=timeline";

async fn buckets(app: &TestApp, user: &NewUser, query: &str) -> Value {
    let path = format!("/api/timeline/buckets?{query}");
    app.get(&path).user(user).send().await.expect(200).json()
}

async fn ids(app: &TestApp, user: &NewUser, query: &str) -> Vec<String> {
    let path = format!("/api/timeline/bucket?timeBucket=2024-01-01&{query}");
    let body = app.get(&path).user(user).send().await.expect(200).json();
    let ids = body["id"].as_array().unwrap().iter();
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

async fn refused(app: &TestApp, user: &NewUser, query: &str) -> (u16, String) {
    let path = format!("/api/timeline/bucket?timeBucket=2024-01-01&{query}");
    let reply = app.get(&path).user(user).send().await;
    let path = format!("/api/timeline/buckets?{query}");
    let other = app.get(&path).user(user).send().await;
    assert_eq!(
        (reply.status, reply.message()),
        (other.status, other.message())
    );
    (reply.status, reply.message())
}

async fn partner(app: &TestApp, by: &NewUser, with: &NewUser, in_timeline: bool) {
    app.sql(stmt!(
        "insert into partner (shared_by_id, shared_with_id, in_timeline, created_at, updated_at, create_id, update_id) \
         values (?1, ?2, ?3, 0, 0, uuid7(), uuid7())",
        &by.id, &with.id, in_timeline
    ))
    .await;
}

async fn album(app: &TestApp, owner: &NewUser, assets: &[&str]) -> String {
    let id = app.app.uuid();
    app.sql(stmt!(
        "insert into album (id, created_at, updated_at, update_id) values (?1, 0, 0, uuid7())",
        &id
    ))
    .await;
    member(app, &id, owner, "owner").await;
    for asset in assets {
        app.sql(stmt!(
            "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values (?1, ?2, 0, 0, uuid7())",
            &id, *asset
        ))
        .await;
    }
    id
}

async fn member(app: &TestApp, album: &str, user: &NewUser, role: &str) {
    app.sql(stmt!(
        "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
         values (?1, ?2, ?3, 0, 0, uuid7(), uuid7())",
        album, &user.id, role
    ))
    .await;
}

async fn link(app: &TestApp, owner: &NewUser, album: &str, metadata: bool) -> String {
    let key = format!("key-{metadata}");
    app.sql(stmt!(
        "insert into shared_link (id, key, user_id, type, album_id, show_metadata, created_at) \
         values (?1, ?2, ?3, 'ALBUM', ?4, ?5, 0)",
        app.app.uuid(),
        &key,
        &owner.id,
        album,
        metadata
    ))
    .await;
    key
}

on_each_database! {
    async fn months_are_counted_newest_first_without_hidden_locked_and_trashed(app: TestApp) {
        let alice = app.user("alice").await;
        app.asset(&alice).taken(JANUARY).insert().await;
        app.asset(&alice).taken(JANUARY + DAY).visibility("archive").insert().await;
        app.asset(&alice).taken(MARCH).insert().await;
        app.asset(&alice).taken(MARCH).visibility("hidden").insert().await;
        app.asset(&alice).taken(MARCH).visibility("locked").insert().await;
        app.asset(&alice).taken(MARCH).trashed().insert().await;
        let bob = app.user("bob").await;
        app.asset(&bob).taken(JANUARY).insert().await;

        let all = json!([{"timeBucket": "2024-03-01", "count": 1}, {"timeBucket": "2024-01-01", "count": 2}]);
        assert_eq!(buckets(&app, &alice, "").await, all);
        let oldest_first = buckets(&app, &alice, "order=asc&visibility=timeline").await;
        assert_eq!(oldest_first, json!([{"timeBucket": "2024-01-01", "count": 1}, {"timeBucket": "2024-03-01", "count": 1}]));
        let trash = buckets(&app, &alice, "isTrashed=true").await;
        assert_eq!(trash, json!([{"timeBucket": "2024-03-01", "count": 1}]));
        let uploaded = buckets(&app, &alice, "orderBy=createdAt").await;
        assert_eq!(uploaded, json!([{"timeBucket": "2024-06-01", "count": 3}]));
        assert_eq!(buckets(&app, &bob, "visibility=hidden").await, json!([]));
    }

    async fn a_bucket_is_parallel_arrays_in_the_contract_s_form(app: TestApp) {
        let alice = app.user("alice").await;
        let first = app.asset(&alice).taken(JANUARY).with("is_favorite", 1).with("thumbhash", "aGFzaA==")
            .with("local_date_time", JANUARY + 5 * 3_600_000 + 1_800_000)
            .exif("city", "Köln, \"Altstadt\"").exif("country", "Germany")
            .exif("latitude", 50.5).exif("longitude", 6.25).insert().await;
        let second = app.asset(&alice).taken(JANUARY + 1880).with("type", "VIDEO").with("duration_ms", 2500)
            .with("width", 1080).with("height", 1920).visibility("archive")
            .with("live_photo_video_id", first.as_str()).exif("projection_type", "EQUIRECTANGULAR").insert().await;
        let third = app.asset(&alice).taken(JANUARY - DAY).with("width", Option::<i64>::None).insert().await;

        let path = "/api/timeline/bucket?timeBucket=2024-01-01&withCoordinates=true&withStacked=true";
        let body = app.get(path).user(&alice).send().await.expect(200).json();
        let created = "2024-06-15T12:00:00".to_owned();
        let expected = TimeBucketAssets {
            id: vec![second, first.clone(), third],
            owner_id: vec![alice.id.clone(); 3],
            ratio: vec![0.563, 1.333, 1.0],
            is_favorite: vec![false, true, false],
            visibility: vec![
                edge_api::enums::AssetVisibility::Archive,
                edge_api::enums::AssetVisibility::Timeline,
                edge_api::enums::AssetVisibility::Timeline,
            ],
            is_trashed: vec![false; 3],
            is_image: vec![false, true, true],
            thumbhash: vec![None, Some("aGFzaA==".into()), None],
            created_at: vec![created; 3],
            file_created_at: vec!["2024-01-15T10:00:02".into(), "2024-01-15T10:00:00.12".into(), "2024-01-14T10:00:00.12".into()],
            local_offset_hours: vec![0.0, 5.5, 0.0],
            duration: vec![Some(2500), None, None],
            projection_type: vec![Some("EQUIRECTANGULAR".into()), None, None],
            live_photo_video_id: vec![Some(first), None, None],
            city: Some(vec![None, Some("Köln, \"Altstadt\"".into()), None]),
            country: Some(vec![None, Some("Germany".into()), None]),
            latitude: Some(vec![None, Some(50.5), None]),
            longitude: Some(vec![None, Some(6.25), None]),
            stack: Some(vec![None; 3]),
        };
        assert_eq!(numbers_as_floats(body), numbers_as_floats(serde_json::to_value(expected).unwrap()));

        let empty = app.get("/api/timeline/bucket?timeBucket=2019-01-01").user(&alice).send().await.expect(200).json();
        assert_eq!(empty["id"], json!([]));
        assert_eq!(empty["localOffsetHours"], json!([]));
        assert!(empty.get("latitude").is_none() && empty.get("stack").is_none());
    }

    async fn photos_before_1970_and_of_odd_sizes_are_as_right_as_others(app: TestApp) {
        let alice = app.user("alice").await;
        let taken = -500;
        app.asset(&alice).taken(taken).with("local_date_time", taken - 5_400_000)
            .with("width", i64::from(i32::MAX)).with("height", 1).insert().await;
        app.asset(&alice).taken(taken - 1).with("width", 1).with("height", 2500).insert().await;
        app.asset(&alice).taken(taken - 2).with("width", 0).with("height", 0).insert().await;
        let path = "/api/timeline/bucket?timeBucket=1969-12-01&visibility=timeline";
        let body = app.get(path).user(&alice).send().await.expect(200).json();
        let body = numbers_as_floats(body);
        assert_eq!(body["ratio"], json!([2_147_483_647.0, 0.0, 1.0]));
        assert_eq!(body["localOffsetHours"], json!([-1.5, 0.0, 0.0]));
        assert_eq!(
            body["fileCreatedAt"],
            json!(["1969-12-31T23:59:59.5", "1969-12-31T23:59:59.499", "1969-12-31T23:59:59.498"])
        );
    }

    async fn each_request_is_one_round_trip(app: TestApp) {
        let alice = app.user("alice").await;
        app.asset(&alice).taken(JANUARY).insert().await;
        app.take_round_trips();
        app.get(MINE).user(&alice).send().await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
        let web = "/api/timeline/buckets?visibility=timeline&withStacked=true&withPartners=true";
        app.get(web).user(&alice).send().await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
    }

    async fn months_larger_than_one_result_are_whole(app: TestApp) {
        let alice = app.user("alice").await;
        let sequence = "with recursive seq (n) as (select 1 union all select n + 1 from seq where n < 20005) select";
        app.sql(stmt!(format!(
            "insert into asset (id, owner_id, type, checksum, original_path, original_file_name, file_name_folded, \
             file_created_at, file_modified_at, local_date_time, local_day, local_month, created_at, created_month, \
             updated_at, update_id) {sequence} '00000000-0000-4000-8000-' || cast(100000000000 + n as text), \
             cast(?1 as text), 'IMAGE', cast(n as text), 'x', 'x', 'x', n, n, n, 20240101, 202401, 0, 197001, 0, uuid7() from seq"
        ), &alice.id)).await;
        app.sql(stmt!(
            "insert into asset_exif (asset_id, owner_id, updated_at, update_id) select id, owner_id, 0, uuid7() from asset"
        )).await;
        app.take_round_trips();
        let found = ids(&app, &alice, "order=asc").await;
        // Two pages of ids, and of each of the 13 columns that are read, one at a time, so that memory holds little.
        assert_eq!((found.len(), app.take_round_trips()), (20_005, 2 + 2 * 13));
        assert!(found.is_sorted(), "pages follow each other");
        assert_eq!(found.last().unwrap(), "00000000-0000-4000-8000-100000020005");
        let more = "/api/timeline/bucket?timeBucket=2024-01-01&withCoordinates=true&withStacked=true&withPartners=true&visibility=timeline";
        let whole = app.get(more).user(&alice).send().await.expect(200).json();
        for (name, column) in whole.as_object().unwrap() {
            assert_eq!(column.as_array().unwrap().len(), 20_005, "{name}");
        }
        for (name, value) in [
            ("ownerId", json!(alice.id)), ("ratio", json!(1)), ("isFavorite", json!(false)), ("isImage", json!(true)),
            ("visibility", json!("timeline")), ("isTrashed", json!(false)), ("city", json!(null)), ("stack", json!(null)),
            ("createdAt", json!("1970-01-01T00:00:00")), ("localOffsetHours", json!(0)), ("duration", json!(null)),
        ] {
            assert_eq!([&whole[name][0], &whole[name][20_004]], [&value, &value], "{name}");
        }
    }

    async fn partners_show_their_timeline_and_nothing_else(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let mine = app.asset(&alice).taken(JANUARY).insert().await;
        let shown = app.asset(&bob).taken(JANUARY - 1).with("is_favorite", 1).insert().await;
        app.asset(&bob).taken(JANUARY).visibility("archive").insert().await;
        app.asset(&carol).taken(JANUARY).insert().await;
        partner(&app, &bob, &alice, true).await;
        partner(&app, &carol, &alice, false).await;

        assert_eq!(ids(&app, &alice, "visibility=timeline&withPartners=true").await, [mine.clone(), shown.clone()]);
        let counted = buckets(&app, &alice, "visibility=timeline&withPartners=true").await;
        assert_eq!(counted, json!([{"timeBucket": "2024-01-01", "count": 2}]));
        let of_bob = format!("userId={}", bob.id);
        assert_eq!(ids(&app, &alice, &of_bob).await, std::slice::from_ref(&shown));
        assert_eq!(ids(&app, &bob, &of_bob).await.len(), 2);
        let path = format!("/api/timeline/bucket?timeBucket=2024-01-01&{of_bob}");
        let body = app.get(&path).user(&alice).send().await.expect(200).json();
        assert_eq!(body["isFavorite"], json!([false]));
        assert_eq!(ids(&app, &alice, &format!("{of_bob}&isFavorite=true")).await, [""; 0]);

        let archive = refused(&app, &alice, &format!("{of_bob}&visibility=archive")).await;
        assert_eq!(archive, (400, "Not found or no archive.read access".into()));
        let of_alice = refused(&app, &bob, &format!("userId={}", alice.id)).await;
        assert_eq!(of_alice, (400, "Not found or no timeline.read access".into()));
        let message = "withPartners is only supported for non-archived, non-trashed, non-favorited, non-locked assets";
        for query in ["", "&visibility=archive", "&visibility=timeline&isFavorite=false", "&visibility=timeline&isTrashed=true"] {
            let answer = refused(&app, &alice, &format!("withPartners=true{query}")).await;
            assert_eq!(answer, (400, message.into()), "{query}");
        }
    }

    async fn the_locked_folder_needs_elevation_and_stays_private(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let secret = app.asset(&alice).taken(JANUARY).visibility("locked").insert().await;
        partner(&app, &alice, &bob, true).await;
        let closed = refused(&app, &alice, "visibility=locked").await;
        assert_eq!(closed, (401, "Elevated permission is required".into()));
        app.elevate(&alice).await;
        app.elevate(&bob).await;
        assert_eq!(ids(&app, &alice, "visibility=locked").await, [secret]);
        let foreign = refused(&app, &bob, &format!("visibility=locked&userId={}", alice.id)).await;
        assert_eq!(foreign, (400, "You may not access another user's locked timeline".into()));
        assert!(ids(&app, &bob, "visibility=locked").await.is_empty());
    }

    async fn an_album_shows_all_owners_to_its_members_only(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let mine = app.asset(&alice).taken(JANUARY).with("is_favorite", 1).insert().await;
        let theirs = app.asset(&bob).taken(JANUARY - 1).with("is_favorite", 1).visibility("archive").insert().await;
        let gone = app.asset(&alice).taken(JANUARY).trashed().insert().await;
        let album = album(&app, &alice, &[&mine, &theirs, &gone]).await;
        member(&app, &album, &bob, "viewer").await;

        let query = format!("albumId={album}");
        for user in [&alice, &bob] {
            assert_eq!(ids(&app, user, &query).await, [mine.clone(), theirs.clone()]);
            assert_eq!(buckets(&app, user, &query).await, json!([{"timeBucket": "2024-01-01", "count": 2}]));
        }
        assert_eq!(ids(&app, &alice, &format!("{query}&isFavorite=true")).await, std::slice::from_ref(&mine));
        assert_eq!(ids(&app, &alice, &format!("{query}&isFavorite=false")).await, [theirs]);
        assert_eq!(ids(&app, &alice, &format!("{query}&order=asc&userId={}", alice.id)).await, [mine]);
        let foreign = refused(&app, &carol, &query).await;
        assert_eq!(foreign, (400, "Not found or no album.read access".into()));
        let missing = refused(&app, &alice, &format!("albumId={}", app.app.uuid())).await;
        assert_eq!(missing, foreign);
    }

    async fn a_link_shows_its_album_and_hides_places_when_told_to(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).taken(JANUARY).with("is_favorite", 1).exif("city", "Rome")
            .exif("latitude", 41.9).exif("longitude", 12.5).insert().await;
        let inside = album(&app, &alice, &[&asset]).await;
        let outside = album(&app, &alice, &[&asset]).await;
        let open = link(&app, &alice, &inside, true).await;
        let shy = link(&app, &alice, &inside, false).await;
        let path = format!("/api/timeline/bucket?timeBucket=2024-01-01&withCoordinates=true&albumId={inside}");

        let body = app.get(&format!("{path}&key={open}")).send().await.expect(200).json();
        assert_eq!((&body["id"], &body["city"], &body["isFavorite"]), (&json!([asset]), &json!(["Rome"]), &json!([false])));
        let body = app.get(&format!("{path}&key={shy}")).send().await.expect(200).json();
        assert_eq!(body["id"], json!([asset]));
        for column in ["city", "country", "latitude", "longitude"] {
            assert!(body.get(column).is_none(), "{column}");
        }
        let body = app.get(&format!("{path}&bbox=12,41,13,42&key={shy}")).send().await.expect(200).json();
        assert_eq!(body["id"], json!([]));
        let other = app.get(&format!("/api/timeline/buckets?albumId={outside}&key={open}")).send().await.expect(400);
        assert_eq!(other.message(), "Not found or no album.read access");
        let none = app.get(&format!("/api/timeline/buckets?key={open}")).send().await.expect(400);
        assert_eq!(none.message(), "Not found or no timeline.read access");
        let counted = app.get(&format!("/api/timeline/buckets?albumId={inside}&key={open}")).send().await.expect(200);
        assert_eq!(counted.json(), json!([{"timeBucket": "2024-01-01", "count": 1}]));
    }

    async fn stacks_show_their_top_with_the_number_of_members(app: TestApp) {
        let alice = app.user("alice").await;
        let stack = app.app.uuid();
        let top = app.asset(&alice).taken(JANUARY).insert().await;
        let below = app.asset(&alice).taken(JANUARY - 5).insert().await;
        app.sql(stmt!(
            "insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) values (?1, ?2, ?3, 0, 0, uuid7())",
            &stack, &alice.id, &top
        )).await;
        app.sql(stmt!("update asset set stack_id = ?1", &stack)).await;
        assert_eq!(ids(&app, &alice, "").await, [top.clone(), below]);
        let body = app.get(&format!("{MINE}&withStacked=true")).user(&alice).send().await.expect(200).json();
        assert_eq!((&body["id"], &body["stack"]), (&json!([top]), &json!([[stack, "2"]])));
        let counted = buckets(&app, &alice, "withStacked=true").await;
        assert_eq!(counted, json!([{"timeBucket": "2024-01-01", "count": 1}]));
    }

    async fn people_tags_and_places_narrow_the_timeline(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = app.asset(&alice).taken(JANUARY).exif("latitude", -17.0).exif("longitude", 179.5).insert().await;
        app.asset(&alice).taken(JANUARY).insert().await;
        let (person, parent, child) = (app.app.uuid(), app.app.uuid(), app.app.uuid());
        for (sql, id) in [
            ("insert into person (id, owner_id, created_at, updated_at, update_id) values (?1, ?2, 0, 0, uuid7())", &person),
            ("insert into tag (id, owner_id, value, created_at, updated_at) values (?1, ?2, 'a', 0, 0)", &parent),
            ("insert into tag (id, owner_id, value, created_at, updated_at) values (?1, ?2, 'a/b', 0, 0)", &child),
        ] {
            app.sql(stmt!(sql, id, &alice.id)).await;
        }
        app.sql(stmt!("insert into tag_closure (ancestor_id, descendant_id) values (?1, ?2)", &parent, &child)).await;
        app.sql(stmt!("insert into tag_asset (tag_id, asset_id) values (?1, ?2)", &child, &asset)).await;
        app.sql(stmt!(
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
             bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) \
             values (?1, ?2, ?3, ?4, 1, 1, 0, 0, 1, 1, 0, uuid7())",
            app.app.uuid(), &asset, &alice.id, &person
        )).await;
        for query in [format!("personId={person}"), format!("tagId={parent}"), "bbox=179,-18,-179,-16".into()] {
            assert_eq!(ids(&app, &alice, &query).await, std::slice::from_ref(&asset), "{query}");
            assert_eq!(buckets(&app, &alice, &query).await[0]["count"], 1, "{query}");
        }
        let (all, album) = (format!("personId={person}&tagId={parent}&bbox=179,-18,-179,-16"), album(&app, &alice, &[&asset]).await);
        let empty = self::album(&app, &alice, &[]).await;
        for query in [all.clone(), format!("{all}&withPartners=true&visibility=timeline"), format!("personId={person}&albumId={album}"),
            format!("tagId={parent}&albumId={album}"), format!("bbox=179,-18,-179,-16&albumId={album}"), format!("{all}&albumId={album}")] {
            assert_eq!(ids(&app, &alice, &query).await, std::slice::from_ref(&asset), "{query}");
            assert_eq!(buckets(&app, &alice, &query).await, json!([{ "timeBucket": "2024-01-01", "count": 1 }]), "{query}");
        }
        for query in [format!("{all}&albumId={empty}"), format!("personId={person}&bbox=0,-18,10,-16"), format!("tagId={child}&isFavorite=true")] {
            assert!(ids(&app, &alice, &query).await.is_empty(), "{query}");
            assert_eq!(buckets(&app, &alice, &query).await, json!([]), "{query}");
        }
        assert!(ids(&app, &alice, "bbox=0,-18,10,-16").await.is_empty());
        let foreign = refused(&app, &bob, &format!("tagId={parent}")).await;
        assert_eq!(foreign, (400, "Not found or no tag.read access".into()));
    }

    async fn bad_queries_and_callers_are_refused(app: TestApp) {
        let alice = app.user("alice").await;
        let none = app.get(MINE).send().await.expect(401);
        assert_eq!(none.message(), "Authentication required");
        let wrong = app.get(MINE).header("x-api-key", "nonsense").send().await.expect(401);
        assert_eq!(wrong.message(), "Invalid API key");
        let key = app.api_key(&alice, &["album.read"]).await;
        let poor = app.get(MINE).key(&key).send().await.expect(403);
        assert_eq!(poor.message(), "Missing required permission: asset.read");
        let key = app.api_key(&alice, &["asset.read"]).await;
        app.get(MINE).key(&key).send().await.expect(200);
        for query in ["", "timeBucket=2024-13-01", "timeBucket=2024-01-01&visibility=all", "timeBucket=2024-01-01&userId=1", "timeBucket=2024-01-01&isFavorite=1"] {
            let path = format!("/api/timeline/bucket?{query}");
            let reply = app.get(&path).user(&alice).send().await.expect(400);
            assert_eq!(reply.message(), "Validation failed", "{query}");
        }
    }
}

/// 2 and 2.0 are the same number in JSON, but not to serde_json.
fn numbers_as_floats(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(numbers_as_floats).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, numbers_as_floats(value)))
            .collect(),
        other => other,
    }
}
