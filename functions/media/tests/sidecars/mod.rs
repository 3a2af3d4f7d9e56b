//! The queue `sidecar`: XMP files that lie beside originals are looked for and read again (api/jobs-ml.md section 3).

use edge_api::enums::JobName;
use edge_media::metadata::{Edit, SidecarEdits, write_sidecar};
use edge_platform::{Statement, stmt};
use edge_store::{
    jobs::{self, NewJob},
    media::{self, sidecar},
    objects,
};
use edge_testkit::{NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

use crate::{areas, pictures, store, text, upload};

/// Puts a sidecar into the bucket that rates a photo, as others do.
async fn rate(app: &TestApp, key: &str, rating: u8) {
    let xmp = format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmp:Rating=\"{rating}\"/></rdf:RDF></x:xmpmeta>"
    );
    app.app
        .objects
        .put(key, xmp.into(), "application/xml")
        .await
        .unwrap();
}

/// Starts the queue; nothing fails.
async fn start(app: &TestApp, force: bool) {
    let kind = JobName::SidecarQueueAll;
    let job = NewJob::new(
        app.app.uuid(),
        kind,
        json!({ "force": force }),
        app.app.now(),
    );
    app.sql(jobs::insert(&job, app.app.now())).await;
    app.run_jobs().await;
    assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
}

/// Changes assets by hand.
async fn set(app: &TestApp, user: &NewUser, change: &Value) {
    let changed = app.put("/api/assets").user(user).json(change).send().await;
    changed.expect(204);
}

/// The address of the assets of the tag `a/b`.
async fn tag(app: &TestApp, user: &NewUser) -> String {
    let body = json!({ "tags": ["a/b"] });
    let made = app.put("/api/tags").user(user).json(&body).send().await;
    let made = made.expect(200).json();
    format!("/api/tags/{}/assets", made[0]["id"].as_str().unwrap())
}

const RATING: &str =
    "select coalesce(cast(rating as text), 'none') as n from asset_exif where asset_id = ?1";
const SIDECAR: &str = "select coalesce(max(path), 'none') as n from asset_file where asset_id = ?1 and type = 'sidecar'";

on_each_database! {
    async fn sidecars_are_found_read_again_and_missed(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        let other = upload(&app, &alice, "wood.jpg", pictures::jpeg(300, 400, 1)).await;
        app.run_jobs().await;
        let beside = |name: &str| format!("upload/{}/{name}", alice.id);
        // Nothing is there: nothing is read.
        let read = "select cast(metadata_extracted_at as text) as n from asset_job_status where asset_id = ?1";
        let before = text(&app, read, &asset).await;
        app.clock.advance(1_000);
        start(&app, false).await;
        assert_eq!(text(&app, read, &asset).await, before);
        // The name without its extension will do; the whole name goes before it.
        rate(&app, &beside("meadow.xmp"), 2).await;
        start(&app, false).await;
        assert_eq!((text(&app, RATING, &asset).await, text(&app, SIDECAR, &asset).await), ("2".to_owned(), beside("meadow.xmp")));
        rate(&app, &beside("wood.xmp"), 3).await;
        rate(&app, &beside("wood.jpg.xmp"), 4).await;
        start(&app, false).await;
        assert_eq!((text(&app, RATING, &other).await, text(&app, SIDECAR, &other).await), ("4".to_owned(), beside("wood.jpg.xmp")));
        // Without force those that have one are left alone; with it they are read again.
        rate(&app, &beside("meadow.xmp"), 5).await;
        start(&app, false).await;
        assert_eq!(text(&app, RATING, &asset).await, "2");
        start(&app, true).await;
        assert_eq!((text(&app, RATING, &asset).await, text(&app, RATING, &other).await), ("5".to_owned(), "4".to_owned()));
        // One that is gone is missed, and another takes its place.
        app.app.objects.delete(&[beside("meadow.xmp"), beside("wood.jpg.xmp")]).await.unwrap();
        start(&app, true).await;
        assert_eq!((text(&app, RATING, &asset).await, text(&app, SIDECAR, &asset).await), ("none".to_owned(), "none".to_owned()));
        assert_eq!((text(&app, RATING, &other).await, text(&app, SIDECAR, &other).await), ("3".to_owned(), beside("wood.xmp")));
    }

    async fn a_sidecar_says_when_and_where(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        let edits = SidecarEdits {
            date_time_original: Edit::Set("2024-05-06T07:08:09.000+02:00".to_owned()),
            position: Edit::Set((47.5, 8.25)),
            ..SidecarEdits::default()
        };
        let key = format!("upload/{}/meadow.jpg.xmp", alice.id);
        app.app.objects.put(&key, write_sidecar(None, &edits).unwrap().into(), "application/xml").await.unwrap();
        start(&app, false).await;
        let facts = "select e.date_time_original || '|' || a.file_created_at || '|' || a.local_date_time || '|' || a.local_day || '|' \
             || e.latitude || '|' || e.longitude || '|' || e.make as n from asset a join asset_exif e on e.asset_id = a.id where a.id = ?1";
        // 05:08:09 UTC; what the file says beside it stays.
        assert_eq!(text(&app, facts, &asset).await, "1714972089000|1714972089000|1714979289000|20240506|47.5|8.25|Kamera");
    }

    async fn what_was_set_by_hand_comes_back_from_the_sidecar(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        app.clock.advance(1_000);
        set(&app, &alice, &json!({
            "ids": [asset], "description": "mine & yours", "rating": 4, "latitude": -33.75, "longitude": 8.25,
            "dateTimeOriginal": "2024-05-06T07:08:09.000+02:00",
        })).await;
        let tag = tag(&app, &alice).await;
        app.put(&tag).user(&alice).json(&json!({ "ids": [asset] })).send().await.expect(200);
        app.run_jobs().await;
        let facts = "select e.description || '|' || e.rating || '|' || e.latitude || '|' || e.longitude || '|' || e.date_time_original \
             || '|' || a.local_date_time || '|' || e.time_zone || '|' || e.tags || '|' || e.locked_properties as n \
             from asset a join asset_exif e on e.asset_id = a.id where a.id = ?1";
        let expected = "mine & yours|4|-33.75|8.25|1714972089000|1714979289000|UTC+2|[\"a/b\"]|[]";
        assert_eq!(text(&app, facts, &asset).await, expected);
        // None of it stands in the row only.
        app.sql(stmt!(
            "update asset_exif set description = '', rating = null, latitude = null, longitude = null, date_time_original = null, \
             time_zone = null, tags = null"
        )).await;
        app.sql(stmt!("delete from tag_asset")).await;
        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert_eq!(text(&app, facts, &asset).await, expected);
        assert_eq!(app.count(stmt!("select count(*) as n from tag_asset")).await, 1);
    }

    async fn what_is_cleared_leaves_the_sidecar_and_what_is_copied_of_it(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        let other = upload(&app, &alice, "wood.jpg", pictures::plain_jpeg(300, 200)).await;
        app.run_jobs().await;
        app.clock.advance(1_000);
        let facts = "select description || '|' || coalesce(cast(rating as text), 'none') || '|' || coalesce(tags, '[]') || '|' \
             || locked_properties as n from asset_exif where asset_id = ?1";
        let copy = json!({ "sourceId": asset, "targetId": other });
        let ids = json!({ "ids": [asset] });
        // Of stars only there is no sidecar to take them out of.
        set(&app, &alice, &json!({ "ids": [asset], "rating": null })).await;
        app.run_jobs().await;
        assert_eq!(text(&app, SIDECAR, &asset).await, "none");
        set(&app, &alice, &json!({ "ids": [asset], "description": "mine", "rating": 4 })).await;
        let tag = tag(&app, &alice).await;
        app.put(&tag).user(&alice).json(&ids).send().await.expect(200);
        app.run_jobs().await;
        app.put("/api/assets/copy").user(&alice).json(&copy).send().await.expect(204);
        app.run_jobs().await;
        for id in [&asset, &other] {
            assert_eq!(text(&app, facts, id).await, "mine|4|[\"a/b\"]|[]");
        }
        app.clock.advance(1_000);
        set(&app, &alice, &json!({ "ids": [asset], "description": "", "rating": null })).await;
        app.run_jobs().await;
        app.delete(&tag).user(&alice).json(&ids).send().await.expect(200);
        app.run_jobs().await;
        let cleared = "|none|[]|[\"description\",\"rating\",\"tags\"]";
        assert_eq!(text(&app, facts, &asset).await, cleared);
        let key = text(&app, SIDECAR, &asset).await;
        let file = app.app.objects.get(&key, None).await.unwrap().unwrap().body.collect(100_000).await.unwrap();
        let file = String::from_utf8_lossy(&file);
        for gone in ["mine", "Rating>", "TagsList", "a/b"] {
            assert!(!file.contains(gone), "{gone}: {file}");
        }
        app.put("/api/assets/copy").user(&alice).json(&copy).send().await.expect(204);
        app.run_jobs().await;
        assert_eq!(text(&app, facts, &other).await, "|none|[]|[]");
        // What is read again of the asset itself does not come back.
        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert_eq!(text(&app, facts, &asset).await, cleared);
    }

    async fn a_sidecar_that_cannot_be_edited_stays_and_so_does_what_was_set_by_hand(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        let key = format!("upload/{}/meadow.jpg.xmp", alice.id);
        let foreign = "<?xml version=\"1.0\"?><r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><!-- years of work --></r:RDF>";
        app.app.objects.put(&key, foreign.into(), "application/xml").await.unwrap();
        start(&app, false).await;
        app.clock.advance(1_000);
        set(&app, &alice, &json!({ "ids": [asset], "description": "mine", "rating": null })).await;
        app.run_jobs().await;
        assert_eq!(text(&app, SIDECAR, &asset).await, key);
        let kept = app.app.objects.get(&key, None).await.unwrap().unwrap().body.collect(100_000).await.unwrap();
        assert_eq!(kept, foreign);
        let facts = "select description || '|' || locked_properties as n from asset_exif where asset_id = ?1";
        assert_eq!(text(&app, facts, &asset).await, "mine|[\"description\",\"rating\"]");
    }

    async fn a_sidecar_of_two_megabytes_is_edited_and_read(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        let key = format!("upload/{}/meadow.jpg.xmp", alice.id);
        let history = "step ".repeat(400_000);
        let large = format!(
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description xmlns:a=\"urn:a\"><a:history>{history}</a:history></rdf:Description></rdf:RDF></x:xmpmeta>"
        );
        app.app.objects.put(&key, large.into(), "application/xml").await.unwrap();
        start(&app, false).await;
        app.clock.advance(1_000);
        set(&app, &alice, &json!({ "ids": [asset], "description": "mine" })).await;
        app.run_jobs().await;
        assert_ne!(text(&app, SIDECAR, &asset).await, key);
        let facts = "select description || '|' || locked_properties as n from asset_exif where asset_id = ?1";
        assert_eq!(text(&app, facts, &asset).await, "mine|[]");
    }

    async fn what_is_set_while_a_sidecar_is_written_stays_locked(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        let set = async |tags: &str, now: i64| app.sql(stmt!(
            "update asset_exif set tags = ?1, locked_properties = '[\"tags\"]', updated_at = ?2", tags, now
        )).await;
        let key = app.app.uuid();
        let file = sidecar::NewSidecar { id: &app.app.uuid(), key: &key, size: 1 };
        app.sql(objects::register(&key, 1)).await;
        let held = |mut statement: Statement| {
            statement.sql = statement.sql.replace("{held}", "1 = 1").into();
            statement
        };
        let jobs = stmt!("select count(*) as n from job where kind = 'SidecarWrite'");
        let locked = "select locked_properties as n from asset_exif where asset_id = ?1";
        set("[\"a\"]", 1).await;
        let before = sidecar::by_hand(app.app.db(), &asset).await.unwrap().unwrap();
        set("[]", 2).await;
        for (before, expected) in [(before, "[\"tags\"]"), (sidecar::by_hand(app.app.db(), &asset).await.unwrap().unwrap(), "[]")] {
            for statement in sidecar::store(&asset, &file, &before, "[]", 3) {
                app.sql(held(statement)).await;
            }
            assert_eq!(text(&app, locked, &asset).await, expected);
            app.sql(held(sidecar::again(&asset, &file, 3))).await;
            // The first is written again, the second counts.
            assert_eq!(app.count(jobs.clone()).await, 1);
            let stored = stmt!("select count(*) as n from asset_file where path = ?1", &key);
            assert_eq!(app.count(stored).await, i64::from(expected == "[]"));
        }
        // Who has read the former sidecar does not take the place of a later one.
        app.sql(stmt!("delete from job")).await;
        let late = sidecar::by_hand(app.app.db(), &asset).await.unwrap().unwrap();
        assert_eq!(late.sidecar_path.as_deref(), Some(key.as_str()));
        let late = sidecar::ByHand { sidecar_path: None, ..late };
        let other = sidecar::NewSidecar { id: &app.app.uuid(), key: "late.xmp", size: 1 };
        app.sql(objects::register("late.xmp", 1)).await;
        for statement in sidecar::store(&asset, &other, &late, "[]", 4) {
            app.sql(held(statement)).await;
        }
        app.sql(held(sidecar::again(&asset, &other, 4))).await;
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object where object_key = 'late.xmp'")).await, 1);
        assert_eq!(app.count(jobs).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 0);
    }

    async fn metadata_without_a_sidecar_that_came_meanwhile_are_read_again(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        let id = text(&app, "select id as n from job where json_text(payload, id) = ?1", &asset).await;
        let job = jobs::claim(app.app.db(), &id, "lease", app.app.now()).await.unwrap().unwrap();
        let source = media::find(app.app.db(), &asset).await.unwrap().unwrap();
        let key = format!("upload/{}/meadow.jpg.xmp", alice.id);
        rate(&app, &key, 4).await;
        let file = sidecar::NewSidecar { id: &app.app.uuid(), key: &key, size: 1 };
        for mut statement in sidecar::found(&asset, &file, 1) {
            statement.sql = statement.sql.replace("{held}", "1 = 1").into();
            app.sql(statement).await;
        }
        let mut results = media::of_file(&job, &source);
        results.push(media::of_sidecar(&job, &source, app.app.now()));
        results.push(stmt!("update asset_exif set rating = 1 where asset_id = ?1 and {held}", &asset));
        let is_done = jobs::finish(app.app.db(), &job, results, &[], app.app.now()).await.unwrap();
        assert!(!is_done);
        assert_eq!(text(&app, RATING, &asset).await, "none");
        assert_eq!(app.count(stmt!("select count(*) as n from job where state = 'waiting' and attempts = 0")).await, 1);
        app.run_jobs().await;
        assert_eq!(text(&app, RATING, &asset).await, "4");
        let thumbnails = stmt!("select count(*) as n from asset_file where type = 'thumbnail'");
        assert_eq!(app.count(thumbnails).await, 1, "the renditions of an upload follow");
    }

    async fn what_waits_for_its_deletion_is_nobodys_sidecar(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        let key = format!("upload/{}/meadow.jpg.xmp", alice.id);
        rate(&app, &key, 1).await;
        app.sql(stmt!("insert into object_deletion (object_key, run_after, created_at) values (?1, 9000000000000000, 0)", &key)).await;
        start(&app, true).await;
        assert_eq!(text(&app, SIDECAR, &asset).await, "none");
        // A folder whose name has a dot is no extension.
        let bare = upload(&app, &alice, "a.b/c", pictures::jpeg(40, 30, 1)).await;
        app.run_jobs().await;
        rate(&app, &format!("upload/{}/a.xmp", alice.id), 1).await;
        start(&app, false).await;
        assert_eq!(text(&app, SIDECAR, &bare).await, "none");
    }
}
