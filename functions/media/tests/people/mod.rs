//! Who is on photos, and which photos are copies of others.

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_store::jobs;
use edge_testkit::{TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

use crate::{areas, pictures, size_of, store, text, upload};

on_each_database! {
    async fn the_face_that_stands_for_a_person_is_cut_out(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(1800, 1600, 6)).await;
        app.run_jobs().await;
        let (person, face) = (app.app.uuid(), app.app.uuid());
        app.sql(stmt!(
            "insert into person (id, owner_id, face_asset_id, created_at, updated_at, update_id) values (?1, ?2, ?3, 0, 0, uuid7())",
            &person, &alice.id, &face
        )).await;
        let place = async |x1: i64, side: i64| {
            app.sql(stmt!(
                "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
                 bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) \
                 values (?1, ?2, ?3, ?4, 1600, 1800, ?5, 100, ?6, ?7, 0, uuid7()) on conflict (id) do update set \
                 bounding_box_x1 = excluded.bounding_box_x1, bounding_box_x2 = excluded.bounding_box_x2, \
                 bounding_box_y2 = excluded.bounding_box_y2, update_id = excluded.update_id",
                &face, &asset, &alice.id, &person, x1, x1 + side, 100 + side
            )).await;
            let job = jobs::portraits::insert_for(&[&person], app.app.now());
            app.sql(job).await;
            app.run_jobs().await;
            text(&app, "select thumbnail_path as n from person where id = ?1", &person).await
        };
        // Large enough in the preview, and too small even there.
        app.take_deliveries();
        let first = place(100, 800).await;
        let told = (alice.id.clone(), json!(["on_person_thumbnail", person]));
        assert_eq!(app.take_events(), [told]);
        assert!(first.starts_with(&format!("thumbs/{}/{}/{}/{person}_", alice.id, &person[..2], &person[2..4])), "{first}");
        assert_eq!(size_of(&app, &first).await, (250, 250));
        let second = place(100, 50).await;
        assert_ne!(second, first);
        assert_eq!(size_of(&app, &second).await, (55, 55), "nothing is made up");
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion where object_key = ?1", &first)).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        app.sql(stmt!("update asset set visibility = 'locked', update_id = uuid7() where id = ?1", &asset)).await;
        app.take_deliveries();
        assert_eq!(place(0, 1600).await, second, "what is locked is not cut out");
        assert_eq!(app.take_events(), []);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn copies_come_into_one_group_without_machine_learning(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let original = upload(&app, &alice, "a.jpg", pictures::hills(800, 600, 1, None)).await;
        let other = upload(&app, &alice, "b.jpg", pictures::hills(800, 600, 4, None)).await;
        let foreign = upload(&app, &bob, "c.jpg", pictures::hills(800, 600, 1, None)).await;
        app.run_jobs().await;
        let group = "select duplicate_id as n from asset where id = ?1";
        assert_eq!(text(&app, group, &original).await, "null");
        let smaller = upload(&app, &alice, "d.jpg", pictures::hills(400, 300, 1, None)).await;
        let squeezed = upload(&app, &alice, "e.jpg", pictures::hills(400, 400, 1, None)).await;
        app.run_jobs().await;
        let id = text(&app, group, &original).await;
        assert_ne!(id, "null");
        assert_eq!(text(&app, group, &smaller).await, id);
        for asset in [&other, &foreign, &squeezed] {
            assert_eq!(text(&app, group, asset).await, "null");
        }
        // Another one joins them; what is locked does not.
        let locked = upload(&app, &alice, "f.jpg", pictures::hills(600, 450, 1, None)).await;
        app.sql(stmt!("update asset set visibility = 'locked', update_id = uuid7() where id = ?1", &locked)).await;
        let third = upload(&app, &alice, "g.jpg", pictures::hills(1000, 750, 1, None)).await;
        app.run_jobs().await;
        assert_eq!((text(&app, group, &third).await, text(&app, group, &locked).await), (id, "null".to_owned()));
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn copies_are_looked_for_in_the_whole_library(app: TestApp) {
        let alice = app.user("alice").await;
        let one = upload(&app, &alice, "a.jpg", pictures::hills(400, 300, 1, None)).await;
        let two = upload(&app, &alice, "b.jpg", pictures::hills(400, 300, 1, None)).await;
        app.run_jobs().await;
        let grouped = "select count(*) as n from asset where duplicate_id is not null";
        assert_eq!(app.count(stmt!(grouped)).await, 2);
        app.sql(stmt!("update asset set duplicate_id = null, update_id = uuid7()")).await;
        let start = async |force: bool| {
            let kind = JobName::AssetDetectDuplicatesQueueAll;
            let job = jobs::NewJob::new(app.app.uuid(), kind, json!({ "force": force }), app.app.now());
            app.sql(jobs::insert(&job, app.app.now())).await;
            app.run_jobs().await;
            assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
            app.count(stmt!(grouped)).await
        };
        assert_eq!(start(false).await, 0, "both were looked at");
        app.sql(stmt!("update asset_job_status set duplicates_detected_at = null where asset_id = ?1", &one)).await;
        assert_eq!(start(false).await, 2);
        app.sql(stmt!("update asset set duplicate_id = null, update_id = uuid7()")).await;
        assert_eq!(start(true).await, 2);
        assert_ne!(one, two);
    }

    async fn detection_can_be_switched_off(app: TestApp) {
        let alice = app.user("alice").await;
        let off = json!({ "machineLearning": { "duplicateDetection": { "enabled": false } } });
        app.sql(stmt!("insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0)", off.to_string())).await;
        for name in ["a.jpg", "b.jpg"] {
            upload(&app, &alice, name, pictures::hills(400 + 40 * u16::from(name == "a.jpg"), 300 + 30 * u16::from(name == "a.jpg"), 1, None)).await;
        }
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset where duplicate_id is not null")).await, 0);
    }

    async fn faces_that_files_name_become_people_when_that_is_on(app: TestApp) {
        let alice = app.user("alice").await;
        let faces = |names: [&'static str; 2]| {
            let xmp = pictures::regions(&[(names[0], [0.25, 0.5, 0.25, 0.5]), (names[1], [0.75, 0.5, 0.25, 0.5])]);
            pictures::hills(400, 200, 1, Some(&xmp))
        };
        upload(&app, &alice, "a.jpg", faces(["Anna", "Ben"])).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from person")).await, 0);
        let on = json!({ "metadata": { "faces": { "import": true } } });
        app.sql(stmt!("insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0)", on.to_string())).await;
        app.clock.advance(10_000);
        let asset = upload(&app, &alice, "b.jpg", faces(["Anna", "Anna"])).await;
        upload(&app, &alice, "c.jpg", faces(["Anna", "Zoë"])).await;
        app.run_jobs().await;
        let people = "select count(*) as n from person where thumbnail_path <> '' and face_asset_id is not null";
        assert_eq!((app.count(stmt!(people)).await, app.count(stmt!("select count(*) as n from person")).await), (2, 2));
        let counts = "select cast(face_count as bigint) as n from person where name = ?1";
        assert_eq!((app.count(stmt!(counts, "Anna")).await, app.count(stmt!(counts, "Zoë")).await), (3, 1));
        let place = "select f.bounding_box_x1 || ' ' || f.bounding_box_y1 || ' ' || f.bounding_box_x2 || ' ' || f.bounding_box_y2 \
             || ' ' || f.image_width || ' ' || f.source_type as n from asset_face f where f.asset_id = ?1 order by f.bounding_box_x1";
        assert_eq!(text(&app, place, &asset).await, "50 50 150 150 400 exif");
        // Read again, they are the same, and whose they are stays as the owner wants it.
        app.sql(stmt!("update asset_face set person_id = null, update_id = uuid7() where asset_id = ?1 and bounding_box_x1 = 50", &asset)).await;
        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset_face where asset_id = ?1", &asset)).await, 2);
        assert_eq!(app.count(stmt!(counts, "Anna")).await, 2);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }
}
