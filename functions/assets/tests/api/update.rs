//! Updates of one asset and of many.

use edge_platform::{Statement, stmt};
use edge_store::assets::update::{Change, Changeable};
use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{areas, form::Form};

async fn updated(app: &TestApp, user: &NewUser, id: &str, change: Value) -> Value {
    let path = format!("/api/assets/{id}");
    app.put(&path)
        .user(user)
        .json(&change)
        .send()
        .await
        .expect(200)
        .json()
}

async fn info(app: &TestApp, user: &NewUser, id: &str) -> Value {
    app.get(&format!("/api/assets/{id}"))
        .user(user)
        .send()
        .await
        .expect(200)
        .json()
}

async fn day(app: &TestApp, id: &str) -> i64 {
    app.count(stmt!(
        "select cast(local_day as bigint) as n from asset where id = ?1",
        id
    ))
    .await
}

async fn sidecar_jobs(app: &TestApp) -> i64 {
    app.count(stmt!(
        "select cast(count(*) as bigint) as n from job where kind = 'SidecarWrite'"
    ))
    .await
}

on_each_database! {
    async fn one_asset_is_changed_and_answered_in_two_round_trips(app: TestApp) {
        let alice = app.user("alice").await;
        let id = app.asset(&alice).insert().await;
        let before = app.sql(stmt!("select update_id from asset where id = ?1", &id)).await;
        app.take_round_trips();
        let asset = updated(&app, &alice, &id, json!({
            "isFavorite": true, "visibility": "archive", "description": "Am See", "rating": 5,
            "latitude": 52.5, "longitude": 13.4, "unknown": 1,
        })).await;
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!((asset["isFavorite"].clone(), asset["isArchived"].clone()), (json!(true), json!(true)));
        let exif = &asset["exifInfo"];
        assert_eq!((exif["description"].clone(), exif["rating"].clone()), (json!("Am See"), json!(5)));
        assert_eq!((exif["latitude"].clone(), exif["longitude"].clone()), (json!(52.5), json!(13.4)));
        assert_eq!(sidecar_jobs(&app).await, 1);
        assert_eq!(app.take_wakes().len(), 1);
        let locked = app.sql(stmt!("select locked_properties from asset_exif where asset_id = ?1", &id)).await;
        let locked: String = locked.first().unwrap().get("locked_properties").unwrap();
        assert_eq!(locked, r#"["description","rating","latitude","longitude"]"#);
        let after = app.sql(stmt!("select update_id from asset where id = ?1", &id)).await;
        let update_id = |rows: &edge_platform::Rows| rows.first().unwrap().get::<String>("update_id").unwrap();
        assert_ne!(update_id(&before), update_id(&after), "sync sees it");
        let asset = app.patch(&format!("/api/assets/{id}")).user(&alice).json(&json!({ "rating": null })).send().await.expect(200).json();
        assert_eq!((asset["exifInfo"]["rating"].clone(), asset["isFavorite"].clone()), (json!(null), json!(true)));
        let asset = updated(&app, &alice, &id, json!({ "rating": -1 })).await;
        assert_eq!(asset["exifInfo"]["rating"], -1);
    }

    async fn a_new_date_moves_the_asset_on_the_timeline_at_once(app: TestApp) {
        let alice = app.user("alice").await;
        let id = app.asset(&alice).insert().await;
        let asset = updated(&app, &alice, &id, json!({ "dateTimeOriginal": "1969-12-31T23:30:00.000-02:00" })).await;
        assert_eq!(asset["fileCreatedAt"], "1970-01-01T01:30:00.000Z");
        assert_eq!(asset["localDateTime"], "1969-12-31T23:30:00.000Z");
        assert_eq!(asset["exifInfo"]["dateTimeOriginal"], "1970-01-01T01:30:00+00:00");
        assert_eq!(asset["exifInfo"]["timeZone"], "UTC-2");
        assert_eq!(day(&app, &id).await, 19_691_231);
        let asset = updated(&app, &alice, &id, json!({ "dateTimeOriginal": "2020-02-29T10:00:00" })).await;
        assert_eq!((asset["fileCreatedAt"].clone(), asset["exifInfo"]["timeZone"].clone()), (json!("2020-02-29T10:00:00.000Z"), json!("UTC-2")));
    }

    async fn many_assets_are_moved_in_time(app: TestApp) {
        let alice = app.user("alice").await;
        let noon = 1_700_000_000_000; // 2023-11-14T22:13:20Z
        let first = app.asset(&alice).taken(noon).exif("date_time_original", noon).insert().await;
        let second = app.asset(&alice).taken(noon + 86_400_000).insert().await;
        app.take_round_trips();
        let body = json!({ "ids": [first, second], "dateTimeRelative": 120 });
        app.put("/api/assets").user(&alice).json(&body).send().await.expect(204);
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(info(&app, &alice, &first).await["localDateTime"], "2023-11-15T00:13:20.000Z");
        let moved = info(&app, &alice, &second).await;
        assert_eq!(moved["exifInfo"]["dateTimeOriginal"], "2023-11-16T00:13:20+00:00");
        assert_eq!((day(&app, &first).await, day(&app, &second).await), (20_231_115, 20_231_116));
        let body = json!({ "ids": [first], "timeZone": "UTC-5" });
        app.patch("/api/assets").user(&alice).json(&body).send().await.expect(204);
        let zoned = info(&app, &alice, &first).await;
        assert_eq!((zoned["fileCreatedAt"].clone(), zoned["localDateTime"].clone()), (json!("2023-11-15T00:13:20.000Z"), json!("2023-11-14T19:13:20.000Z")));
        assert_eq!(zoned["exifInfo"]["timeZone"], "UTC-5");
        assert_eq!(day(&app, &first).await, 20_231_114);
        let body = json!({ "ids": [first, second], "dateTimeOriginal": "2001-02-03T04:05:06+01:00", "timeZone": "Europe/Berlin" });
        app.put("/api/assets").user(&alice).json(&body).send().await.expect(204);
        let set = info(&app, &alice, &second).await;
        assert_eq!((set["localDateTime"].clone(), set["exifInfo"]["timeZone"].clone()), (json!("2001-02-03T04:05:06.000Z"), json!("Europe/Berlin")));
    }

    async fn zones_by_name_count_for_each_asset_by_its_date(app: TestApp) {
        let alice = app.user("alice").await;
        // 2024-01-15T12:00:00Z and 2024-07-15T22:30:00Z
        let (winter, summer) = (1_705_320_000_000, 1_721_082_600_000);
        let first = app.asset(&alice).taken(winter).exif("date_time_original", winter).insert().await;
        let second = app.asset(&alice).taken(summer).exif("date_time_original", summer).insert().await;
        let zoned = async |zone: &str| {
            let body = json!({ "ids": [first, second], "dateTimeRelative": 0, "timeZone": zone });
            app.put("/api/assets").user(&alice).json(&body).send().await.expect(204);
            let mut found = Vec::new();
            for id in [&first, &second] {
                let asset = info(&app, &alice, id).await;
                assert_eq!(asset["exifInfo"]["timeZone"], zone);
                found.push(asset["localDateTime"].as_str().unwrap().to_owned());
            }
            found
        };
        assert_eq!(zoned("Asia/Tokyo").await, ["2024-01-15T21:00:00.000Z", "2024-07-16T07:30:00.000Z"]);
        assert_eq!((day(&app, &first).await, day(&app, &second).await), (20_240_115, 20_240_716));
        assert_eq!(zoned("Europe/Berlin").await, ["2024-01-15T13:00:00.000Z", "2024-07-16T00:30:00.000Z"]);
        assert_eq!(zoned("America/Denver").await, ["2024-01-15T05:00:00.000Z", "2024-07-15T16:30:00.000Z"]);
        assert_eq!(day(&app, &second).await, 20_240_715);
        assert_eq!(info(&app, &alice, &first).await["fileCreatedAt"], "2024-01-15T12:00:00.000Z");
        // a name that nobody knows changes no clock
        assert_eq!(zoned("Mars/Olympus").await, ["2024-01-15T05:00:00.000Z", "2024-07-15T16:30:00.000Z"]);
        // a date without an offset is what clocks there show
        for (date, instant, local) in [
            ("2024-07-01T10:00:00", "2024-07-01T08:00:00.000Z", "2024-07-01T10:00:00.000Z"),
            ("2024-07-01T10:00:00+00:00", "2024-07-01T10:00:00.000Z", "2024-07-01T12:00:00.000Z"),
        ] {
            let body = json!({ "ids": [first], "dateTimeOriginal": date, "timeZone": "Europe/Berlin" });
            app.put("/api/assets").user(&alice).json(&body).send().await.expect(204);
            let asset = info(&app, &alice, &first).await;
            assert_eq!((asset["fileCreatedAt"].as_str(), asset["localDateTime"].as_str()), (Some(instant), Some(local)));
            assert_eq!(day(&app, &first).await, 20_240_701);
        }
    }

    async fn locking_many_takes_them_out_of_albums(app: TestApp) {
        let alice = app.user("alice").await;
        let (id, other) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        for sql in [
            format!("insert into album (id, thumbnail_asset_id, created_at, updated_at, update_id) values ('al', '{id}', 0, 0, 'u')"),
            format!("insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values ('al', '{id}', 0, 0, 'u'), ('al', '{other}', 0, 0, 'u')"),
        ] {
            app.sql(Statement::new(sql, Vec::new())).await;
        }
        let in_album = stmt!("select cast(count(*) as bigint) as n from album_asset where asset_id = ?1", &id);
        app.sql(stmt!("update asset set visibility = 'locked' where id = ?1", &id)).await;
        app.put("/api/assets").user(&alice).json(&json!({ "ids": [id], "visibility": "timeline" })).send().await.expect(400);
        app.elevate(&alice).await;
        app.put("/api/assets").user(&alice).json(&json!({ "ids": [id], "visibility": "locked" })).send().await.expect(204);
        assert_eq!(app.count(in_album).await, 0);
        assert_eq!(app.count(stmt!("select cast(count(*) as bigint) as n from album_asset_audit")).await, 1);
        let album = app.sql(stmt!("select thumbnail_asset_id from album")).await;
        assert_eq!(album.first().unwrap().get::<String>("thumbnail_asset_id").unwrap(), other);
    }

    async fn locking_one_takes_it_out_of_albums_and_links_with_its_motion_part(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let video = app.asset(&alice).with("type", "VIDEO").visibility("hidden").insert().await;
        let still = app.asset(&alice).with("live_photo_video_id", video.as_str()).insert().await;
        let other = app.asset(&alice).insert().await;
        app.sql(stmt!("insert into album (id, thumbnail_asset_id, created_at, updated_at, update_id) values ('al', ?1, 0, 0, 'u')", &still)).await;
        for user in [&alice, &bob] {
            app.sql(stmt!("insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) values ('al', ?1, 'editor', 0, 0, 'u', 'u')", &user.id)).await;
        }
        app.sql(stmt!("insert into shared_link (id, key, user_id, type, created_at) values ('l', 'l', ?1, 'INDIVIDUAL', 0)", &alice.id)).await;
        for asset in [&still, &video, &other] {
            app.sql(stmt!("insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values ('al', ?1, 0, 0, 'u')", asset)).await;
            app.sql(stmt!("insert into shared_link_asset (shared_link_id, asset_id) values ('l', ?1)", asset)).await;
        }
        let seen = async |id: &str| {
            let path = format!("/api/assets/{id}");
            let member = app.get(&path).user(&bob).send().await.status;
            (member, app.get(&format!("{path}?key=l")).send().await.status)
        };
        assert_eq!((seen(&still).await, seen(&video).await), ((200, 200), (200, 200)));
        app.take_round_trips();
        updated(&app, &alice, &still, json!({ "visibility": "locked" })).await;
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!((seen(&still).await, seen(&video).await, seen(&other).await), ((400, 400), (400, 400), (200, 200)));
        for (table, left) in [("album_asset", 1), ("shared_link_asset", 1), ("album_asset_audit", 2)] {
            let sql = format!("select count(*) as n from {table}");
            assert_eq!(app.count(Statement::new(sql, Vec::new())).await, left, "{table}");
        }
        let album = app.sql(stmt!("select thumbnail_asset_id from album")).await;
        assert_eq!(album.first().unwrap().get::<String>("thumbnail_asset_id").unwrap(), other);
        // Nor does the owner see it without PIN.
        for id in [&still, &video] {
            app.get(&format!("/api/assets/{id}")).user(&alice).send().await.expect(400);
        }
        // Even where it is in an album all the same.
        for asset in [&still, &video] {
            app.sql(stmt!("insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values ('al', ?1, 0, 0, 'u')", asset)).await;
            app.sql(stmt!("insert into shared_link_asset (shared_link_id, asset_id) values ('l', ?1)", asset)).await;
        }
        assert_eq!((seen(&still).await, seen(&video).await), ((400, 400), (400, 400)));
        app.elevate(&alice).await;
        assert_eq!(info(&app, &alice, &video).await["visibility"], "locked");
        app.put("/api/assets").user(&alice).json(&json!({ "ids": [still], "visibility": "timeline" })).send().await.expect(204);
        assert_eq!(info(&app, &alice, &video).await["visibility"], "hidden", "it comes back with its still");
        app.put("/api/assets").user(&alice).json(&json!({ "ids": [still], "visibility": "locked" })).send().await.expect(204);
        assert_eq!(info(&app, &alice, &video).await["visibility"], "locked");
    }

    async fn a_locked_video_is_no_motion_part_of_what_is_not_locked(app: TestApp) {
        let alice = app.user("alice").await;
        let video = app.asset(&alice).with("type", "VIDEO").visibility("locked").insert().await;
        let (still, locked) = (app.asset(&alice).insert().await, app.asset(&alice).visibility("locked").insert().await);
        let link = json!({ "livePhotoVideoId": video });
        let path = format!("/api/assets/{still}");
        let reply = app.put(&path).user(&alice).json(&link).send().await.expect(400);
        assert_eq!(reply.message(), "Live photo video not found");
        // Linked before it was locked by itself: unlinking does not show it.
        app.sql(stmt!("update asset set live_photo_video_id = ?1 where id = ?2", &video, &still)).await;
        updated(&app, &alice, &still, json!({ "livePhotoVideoId": null })).await;
        app.get(&format!("/api/assets/{video}")).user(&alice).send().await.expect(400);
        app.elevate(&alice).await;
        app.put(&path).user(&alice).json(&link).send().await.expect(400);
        updated(&app, &alice, &locked, link).await;
        assert_eq!(info(&app, &alice, &video).await["visibility"], "locked");
        let shown = app.asset(&alice).with("type", "VIDEO").insert().await;
        let another = app.asset(&alice).visibility("locked").insert().await;
        updated(&app, &alice, &another, json!({ "livePhotoVideoId": shown })).await;
        assert_eq!(info(&app, &alice, &shown).await["visibility"], "locked");
        updated(&app, &alice, &another, json!({ "livePhotoVideoId": null, "visibility": "timeline" })).await;
        assert_eq!(info(&app, &alice, &shown).await["visibility"], "timeline");
    }

    async fn many_get_the_same_values_and_keep_what_is_locked(app: TestApp) {
        let alice = app.user("alice").await;
        let first = app.asset(&alice).exif("locked_properties", r#"["rating"]"#).insert().await;
        let second = app.asset(&alice).insert().await;
        let group = "11111111-1111-4111-8111-111111111111";
        let body = json!({ "ids": [first, second], "description": "Ünder", "isFavorite": true, "duplicateId": group });
        app.put("/api/assets").user(&alice).json(&body).send().await.expect(204);
        for id in [&first, &second] {
            let asset = info(&app, &alice, id).await;
            assert_eq!((asset["exifInfo"]["description"].clone(), asset["duplicateId"].clone()), (json!("Ünder"), json!(group)));
        }
        let locked = app.sql(stmt!("select locked_properties, description_folded from asset_exif where asset_id = ?1", &first)).await;
        assert_eq!(locked.first().unwrap().get::<String>("locked_properties").unwrap(), r#"["rating","description"]"#);
        assert_eq!(locked.first().unwrap().get::<String>("description_folded").unwrap(), "under");
        assert_eq!(sidecar_jobs(&app).await, 2);
        app.put("/api/assets").user(&alice).json(&json!({ "ids": [first], "duplicateId": null })).send().await.expect(204);
        assert_eq!(info(&app, &alice, &first).await["duplicateId"], json!(null));
        app.put("/api/assets").user(&alice).json(&json!({ "ids": [] , "isFavorite": false })).send().await.expect(204);
        app.put("/api/assets").user(&alice).json(&json!({ "ids": [first] })).send().await.expect(204);
    }

    async fn of_changes_at_a_time_all_are_known_as_set_by_hand(app: TestApp) {
        let alice = app.user("alice").await;
        let id = app.asset(&alice).insert().await;
        // As all of them have read it.
        let read = Changeable {
            id: id.clone(),
            visibility: "timeline".to_owned(),
            file_created_at: 0,
            local_date_time: 0,
            motion: None,
        };
        let described = Change { description: Some("sea"), ..Change::default() };
        let rated = Change { rating: Some(Some(4)), ..Change::default() };
        let both = Change { description: Some("lake"), rating: Some(None), ..Change::default() };
        for (change, expected) in [
            (described, r#"["description"]"#),
            (rated, r#"["description","rating"]"#),
            (both, r#"["description","rating"]"#),
        ] {
            let batch = change.statements(std::slice::from_ref(&read), &alice.id, 1);
            app.app.db().batch(batch).await.unwrap();
            let locked = app.sql(stmt!("select locked_properties from asset_exif where asset_id = ?1", &id)).await;
            assert_eq!(locked.first().unwrap().get::<String>("locked_properties").unwrap(), expected);
        }
    }

    async fn motion_parts_are_linked_and_unlinked(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let still = app.asset(&alice).visibility("archive").insert().await;
        let video = app.asset(&alice).with("type", "VIDEO").insert().await;
        let foreign = app.asset(&bob).with("type", "VIDEO").insert().await;
        let path = format!("/api/assets/{still}");
        for (wrong, text) in [
            (still.as_str(), "Live photo video must be a video"),
            (foreign.as_str(), "Live photo video does not belong to the user"),
            ("00000000-0000-4000-8000-000000000000", "Live photo video not found"),
        ] {
            let reply = app.put(&path).user(&alice).json(&json!({ "livePhotoVideoId": wrong })).send().await.expect(400);
            assert_eq!(reply.message(), text);
        }
        let itself = app.put(&format!("/api/assets/{video}")).user(&alice).json(&json!({ "livePhotoVideoId": video })).send().await.expect(400);
        assert_eq!(itself.message(), "Live photo video cannot be the asset itself");
        assert_eq!(info(&app, &alice, &video).await["visibility"], "timeline");
        assert_eq!(updated(&app, &alice, &still, json!({ "livePhotoVideoId": video })).await["livePhotoVideoId"], video);
        assert_eq!(info(&app, &alice, &video).await["visibility"], "hidden");
        assert_eq!(updated(&app, &alice, &still, json!({ "livePhotoVideoId": null })).await["livePhotoVideoId"], json!(null));
        assert_eq!(info(&app, &alice, &video).await["visibility"], "archive");
        let jobs = stmt!("select cast(count(*) as bigint) as n from job where kind = 'AssetGenerateThumbnails'");
        assert_eq!(app.count(jobs).await, 1);
        app.sql(stmt!("update asset set original_path = 'encoded-video/x-MP.mp4' where id = ?1", &video)).await;
        updated(&app, &alice, &still, json!({ "livePhotoVideoId": video })).await;
        let reply = app.put(&path).user(&alice).json(&json!({ "livePhotoVideoId": null })).send().await.expect(400);
        assert_eq!(reply.message(), "Cannot unlink Android motion photos");
    }

    async fn a_motion_part_has_no_motion_part(app: TestApp) {
        let alice = app.user("alice").await;
        let still = app.asset(&alice).insert().await;
        let outer = app.asset(&alice).with("type", "VIDEO").insert().await;
        let inner = app.asset(&alice).with("type", "VIDEO").insert().await;
        let third = app.asset(&alice).with("type", "VIDEO").insert().await;
        updated(&app, &alice, &outer, json!({ "livePhotoVideoId": inner })).await;
        // Each the other's, a third one below the two, the two below a third one.
        for (id, video) in [(&inner, &outer), (&inner, &third), (&still, &outer)] {
            let link = json!({ "livePhotoVideoId": video });
            let reply = app.put(&format!("/api/assets/{id}")).user(&alice).json(&link).send().await.expect(400);
            assert_eq!(reply.message(), "A live photo video cannot have a live photo video");
            assert_eq!(info(&app, &alice, id).await["livePhotoVideoId"], json!(null));
        }
        let form = Form::photo("a.heic", b"still").text("livePhotoVideoId", &outer);
        let reply = form.request(&app).user(&alice).send().await.expect(400);
        assert_eq!(reply.message(), "A live photo video cannot have a live photo video");
        for (id, visibility) in [(&outer, "timeline"), (&inner, "hidden"), (&third, "timeline")] {
            assert_eq!(info(&app, &alice, id).await["visibility"], visibility);
        }
        // Two at once that would be each other's: whichever comes second is refused.
        let (one, two) = (app.asset(&alice).with("type", "VIDEO").insert().await, app.asset(&alice).with("type", "VIDEO").insert().await);
        let link = async |still: &str, video: &str| {
            app.put(&format!("/api/assets/{still}")).user(&alice).json(&json!({ "livePhotoVideoId": video })).send().await
        };
        let (there, back) = futures::join!(link(&one, &two), link(&two, &one));
        let (won, lost) = if there.status == 200 { (there, back) } else { (back, there) };
        won.expect(200);
        assert_eq!(lost.expect(400).message(), "A live photo video cannot have a live photo video");
        // What is linked may be told again, and linked the other way round when it is no more.
        updated(&app, &alice, &outer, json!({ "livePhotoVideoId": inner })).await;
        updated(&app, &alice, &outer, json!({ "livePhotoVideoId": null })).await;
        assert_eq!(updated(&app, &alice, &inner, json!({ "livePhotoVideoId": outer })).await["livePhotoVideoId"], outer);
    }

    async fn wrong_values_and_foreign_ids_change_nothing(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (own, foreign) = (app.asset(&alice).insert().await, app.asset(&bob).insert().await);
        let path = format!("/api/assets/{own}");
        for (change, issue) in [
            (json!({ "latitude": 1 }), ": Latitude and longitude must be provided together"),
            (json!({ "rating": 0 }), "rating: Rating must be -1, 1-5 or null"),
            (json!({ "visibility": "nowhere" }), "visibility: Invalid option: expected one of \"archive\"|\"timeline\"|\"hidden\"|\"locked\""),
            (json!({ "isFavorite": "yes" }), "isFavorite: Invalid input: expected boolean, received string"),
            (json!({ "description": 5 }), "description: Invalid input: expected string, received number"),
            (json!({ "description": "Am See\u{0}" }), "description: Invalid input: U+0000 is not allowed"),
            (json!({ "description": "x".repeat(20_001) }), "description: Too big: expected string to have <=20000 characters"),
        ] {
            assert_eq!(app.put(&path).user(&alice).json(&change).send().await.expect(400).issues(), issue);
        }
        let reply = app.put("/api/assets/x").user(&alice).json(&json!({})).send().await.expect(400);
        assert_eq!(reply.issues(), "id: Invalid UUID");
        let reply = app.put(&format!("/api/assets/{foreign}")).user(&alice).json(&json!({ "isFavorite": true })).send().await.expect(400);
        assert_eq!(reply.message(), "Not found or no asset.update access");
        let body = json!({ "ids": [own, foreign], "isFavorite": true });
        let reply = app.put("/api/assets").user(&alice).json(&body).send().await.expect(400);
        assert_eq!(reply.message(), "Not found or no asset.update access");
        let body = json!({ "ids": [own], "dateTimeRelative": 1, "dateTimeOriginal": "2020-01-01T00:00:00Z" });
        let reply = app.put("/api/assets").user(&alice).json(&body).send().await.expect(400);
        assert_eq!(reply.issues(), "dateTimeRelative: dateTimeRelative cannot exist alongside dateTimeOriginal");
        let key = app.api_key(&alice, &["asset.read"]).await;
        let reply = app.put("/api/assets").key(&key).json(&json!({})).send().await.expect(403);
        assert_eq!(reply.message(), "Missing required permission: asset.update");
        assert_eq!(app.count(stmt!("select cast(count(*) as bigint) as n from asset where is_favorite = 1")).await, 0);
        assert_eq!(sidecar_jobs(&app).await, 0);
        let injection = json!({ "description": "'; drop table asset; --" });
        assert_eq!(updated(&app, &alice, &own, injection).await["exifInfo"]["description"], "'; drop table asset; --");
    }
}
