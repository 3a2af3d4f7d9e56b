//! The media function on its jobs, with real pictures.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod announced;
mod bursts;
mod edits;
mod motion;
mod panoramas;
mod people;
mod pictures;
mod raws;
mod sidecars;
mod started;

use edge_api::enums::{JobName, QueueJobStatus, QueueName};
use edge_platform::{Consumer, stmt};
use edge_store::{
    jobs::{self, LEASE, NewJob, QUARANTINE, queues},
    media::renditions,
    objects,
};
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_tags::ROUTES, fn_tags::routes()),
    ]
}

/// An upload as the assets area leaves it: object, rows, job.
async fn upload(app: &TestApp, owner: &NewUser, name: &str, bytes: Vec<u8>) -> String {
    let is_video =
        edge_api::media_type::asset_type(name) == Some(edge_api::enums::AssetType::Video);
    let kind = if is_video { "VIDEO" } else { "IMAGE" };
    let key = format!("upload/{}/{name}", owner.id);
    app.app
        .objects
        .put(&key, bytes.into(), "application/octet-stream")
        .await
        .unwrap();
    let asset = app
        .asset(owner)
        .with("original_path", key)
        .with("original_file_name", name)
        .with("type", kind);
    let asset = asset
        .with("width", None::<i64>)
        .with("height", None::<i64>)
        .insert()
        .await;
    store(app, JobName::AssetExtractMetadata, &asset).await;
    asset
}

async fn store(app: &TestApp, kind: JobName, asset: &str) -> NewJob {
    let payload = json!({"id": asset, "source": "upload"});
    let job = NewJob::new(app.app.uuid(), kind, payload, app.app.now());
    app.sql(jobs::insert(&job, app.app.now())).await;
    job
}

async fn text(app: &TestApp, sql: &'static str, id: &str) -> String {
    let rows = app.sql(stmt!(sql, id)).await;
    let text = rows
        .first()
        .map(|row| row.get::<Option<String>>("n").unwrap());
    text.map_or_else(
        || "no row".to_owned(),
        |text| text.unwrap_or_else(|| "null".to_owned()),
    )
}

const FACTS: &str = "select e.make || '|' || e.orientation || '|' || e.time_zone || '|' || e.description || '|' \
     || e.date_time_original || '|' || a.local_date_time || '|' || a.local_day || '|' || a.width || 'x' || a.height \
     || '|' || e.exif_image_width || 'x' || e.exif_image_height as n \
     from asset a join asset_exif e on e.asset_id = a.id where a.id = ?1";

const FAILURE: &str = "select state || '/' || runner || '/' || coalesce(last_error, runner_reason, '') as n \
     from job where payload like '%' || ?1 || '%'";

/// Width and height in the header of a lossy WebP or a JPEG, told apart by the key.
async fn size_of(app: &TestApp, key: &str) -> (u32, u32) {
    let object = app
        .app
        .objects
        .get(key, None)
        .await
        .unwrap()
        .expect("an object");
    let bytes = object.body.collect(10_000_000).await.unwrap();
    let info = edge_media::decode::probe(&bytes).unwrap();
    (info.width, info.height)
}

on_each_database! {
    async fn an_upload_gets_its_metadata_renditions_and_thumbhash_exactly_once(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(1800, 1600, 6)).await;
        assert_eq!(app.run_jobs().await, 1, "the renditions follow in the same run");
        assert_eq!(
            text(&app, FACTS, &asset).await,
            "Kamera|6|UTC+2|A meadow|1625728211000|1625735411000|20210708|1600x1800|1800x1600"
        );
        let (a, b) = (&asset[..2], &asset[2..4]);
        let folder = format!("thumbs/{}/{a}/{b}/{asset}", alice.id);
        let keys = app.object_keys().await;
        let (preview, thumbnail) = (format!("{folder}_preview.jpeg"), format!("{folder}_thumbnail.webp"));
        assert_eq!(keys[..2], [preview.clone(), thumbnail.clone()]);
        assert_eq!(size_of(&app, &preview).await, (1440, 1620));
        assert_eq!(size_of(&app, &thumbnail).await, (250, 281));
        let files = "select count(*) as n from asset_file where path like 'thumbs/%' and size_in_byte > 0";
        assert_eq!(app.count(stmt!(files)).await, 2);
        let mime = "select mime_type as n from asset_file where asset_id = ?1 and type = 'thumbnail'";
        assert_eq!(text(&app, mime, &asset).await, "image/webp");
        assert!(text(&app, "select thumbhash as n from asset where id = ?1", &asset).await.len() > 20);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);

        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert_eq!(app.object_keys().await, keys);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 2);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 0);
    }

    async fn a_message_that_comes_again_or_late_changes_nothing(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        assert!(app.deliver(Consumer::Media).await.is_some());
        let before = text(&app, "select update_id as n from asset where id = ?1", &asset).await;
        assert_eq!(app.deliver(Consumer::Media).await, None);
        assert_eq!(app.deliver(Consumer::Media).await, None);
        assert_eq!(text(&app, "select update_id as n from asset where id = ?1", &asset).await, before);
    }

    async fn a_worker_that_dies_in_the_middle_is_made_up_for_by_the_sweeper(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        // The message was lost, and of the job that follows the worker died.
        app.clock.advance(60_000);
        app.tick().await;
        let woken = app.take_wakes();
        assert_eq!(woken.len(), 1);
        jobs::claim(app.app.db(), &woken[0].job_id, "the dead", app.app.now()).await.unwrap().expect("the job");
        app.clock.advance(LEASE);
        app.tick().await;
        assert!(app.take_wakes().is_empty(), "whatever a worker died at waits, so that others come first");
        app.clock.advance(QUARANTINE);
        app.tick().await;
        let woken = app.take_wakes();
        assert_eq!(woken.len(), 1);
        assert_eq!(app.deliver(Consumer::Media).await.as_deref(), Some(woken[0].job_id.as_str()));
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where asset_id = ?1", &asset)).await, 2);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn what_a_dead_worker_left_is_swept_unless_an_asset_has_it(app: TestApp) {
        let alice = app.user("alice").await;
        upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        let keys = app.object_keys().await;
        // One was to make the preview anew, the asset of the other is gone.
        let orphan = format!("thumbs/{}/aa/bb/aabb_preview.jpeg", alice.id);
        app.app.objects.put(&orphan, "a picture".into(), "image/jpeg").await.unwrap();
        let left = [keys[0].clone(), orphan];
        assert!(renditions::register(app.app.db(), &left, app.app.now()).await.unwrap());
        app.clock.advance(objects::PENDING_LIFETIME);
        app.tick().await;
        assert_eq!(app.object_keys().await, keys);
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
    }

    async fn a_file_without_metadata_counts_from_the_earliest_time_known(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "plain.jpg", pictures::plain_jpeg(300, 200)).await;
        app.sql(stmt!("update asset set file_modified_at = 951782400000")).await;
        app.run_jobs().await;
        let dates = "select file_created_at || '|' || local_day || '|' || local_month as n from asset where id = ?1";
        assert_eq!(text(&app, dates, &asset).await, "951782400000|20000229|200002");
        assert_eq!(text(&app, "select width || 'x' || height as n from asset where id = ?1", &asset).await, "300x200");
    }

    async fn what_the_owner_set_by_hand_stays(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.sql(stmt!(
            "update asset_exif set description = 'mine', date_time_original = 5, \
             locked_properties = '[\"description\",\"date_time_original\"]'"
        )).await;
        app.sql(stmt!("update asset set file_created_at = 5, local_date_time = 5, local_day = 19700101")).await;
        app.run_jobs().await;
        let kept = "select e.make || '|' || e.description || '|' || e.date_time_original || '|' || a.file_created_at \
             || '|' || a.local_day as n from asset a join asset_exif e on e.asset_id = a.id where a.id = ?1";
        assert_eq!(text(&app, kept, &asset).await, "Kamera|mine|5|5|19700101");
    }

    async fn a_sidecar_wins_over_the_file(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        let xmp = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>"#;
        app.app.objects.put("side.xmp", xmp.into(), "application/xml").await.unwrap();
        app.sql(stmt!(
            "insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) \
             values (?1, 'sidecar', 'x', 'side.xmp', 'application/xml', 1, 0, 0)", &asset
        )).await;
        app.run_jobs().await;
        let both = "select e.make || '|' || e.rating as n from asset_exif e where e.asset_id = ?1";
        assert_eq!(text(&app, both, &asset).await, "Kamera|4");
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where type = 'sidecar'")).await, 1);
    }

    async fn what_was_set_by_hand_is_written_into_the_sidecar_and_unlocked(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        app.sql(stmt!(
            "update asset_exif set description = 'mine', rating = null, locked_properties = '[\"description\",\"rating\"]'"
        )).await;
        for _ in 0..2 {
            store(&app, JobName::SidecarWrite, &asset).await;
            app.run_jobs().await;
            let locks = "select description || '|' || make || '|' || locked_properties as n from asset_exif where asset_id = ?1";
            assert_eq!(text(&app, locks, &asset).await, "mine|Kamera|[\"rating\"]");
        }
        // Each is written beside the former one, which goes.
        let path = "select path || '|' || mime_type as n from asset_file where asset_id = ?1 and type = 'sidecar'";
        let path = text(&app, path, &asset).await;
        assert!(path.starts_with(&format!("upload/{}/", alice.id)) && path.ends_with(".xmp|application/xml"), "{path}");
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        assert_eq!(app.object_keys().await.len(), 5);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion where object_key like '%.xmp'")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object where object_key like '%.xmp'")).await, 0);
    }

    async fn tags_of_a_file_become_tags_of_its_asset(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        let xmp = |tags: &str| format!(
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description xmlns:digiKam=\"http://www.digikam.org/ns/1.0/\"><digiKam:TagsList><rdf:Seq>{tags}</rdf:Seq>\
             </digiKam:TagsList></rdf:Description></rdf:RDF></x:xmpmeta>"
        );
        let put = async |tags: &str| app.app.objects.put("side.xmp", xmp(tags).into(), "application/xml").await.unwrap();
        app.sql(stmt!(
            "insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) \
             values (?1, 'sidecar', 'x', 'side.xmp', 'application/xml', 1, 0, 0)", &asset
        )).await;
        let tagged = "select string_agg(x.value, '|') as n from (select t.value as value from tag_asset ta \
             join tag t on t.id = ta.tag_id where ta.asset_id = ?1 order by t.value) x";
        put("<rdf:li>travel/ Italy /</rdf:li><rdf:li>a</rdf:li><rdf:li>/</rdf:li>").await;
        app.run_jobs().await;
        assert_eq!(text(&app, tagged, &asset).await, "a|travel/Italy");
        assert_eq!(app.count(stmt!("select count(*) as n from tag")).await, 3);
        assert_eq!(app.count(stmt!("select count(*) as n from tag_closure")).await, 4);

        // What the file says no more goes.
        put("<rdf:li>a</rdf:li>").await;
        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert_eq!(text(&app, tagged, &asset).await, "a");

        // What the owner set goes into the sidecar and comes back from there.
        app.sql(stmt!("delete from tag_asset")).await;
        app.sql(stmt!("insert into tag_asset (tag_id, asset_id) select t.id, ?1 from tag t where t.value = 'travel'", &asset)).await;
        app.sql(stmt!("update asset_exif set tags = '[\"travel\"]', locked_properties = '[\"tags\"]'")).await;
        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert_eq!(text(&app, tagged, &asset).await, "travel");
        store(&app, JobName::SidecarWrite, &asset).await;
        app.run_jobs().await;
        let exif = "select tags || '|' || locked_properties as n from asset_exif where asset_id = ?1";
        assert_eq!(text(&app, exif, &asset).await, "[\"travel\"]|[]");
        assert_eq!(text(&app, tagged, &asset).await, "travel");
    }

    async fn a_position_gets_the_name_of_its_place(app: TestApp) {
        let alice = app.user("alice").await;
        let city = edge_places::make::City {
            name: "Paris".to_owned(), latitude: 48.85341, longitude: 2.3488, country: "France".to_owned(),
            admin1: Some("Île-de-France".to_owned()), ..edge_places::make::City::default()
        };
        let object = edge_places::make::make("", &[city], &[]).unwrap();
        app.app.objects.put(edge_places::KEY, object.into(), "application/octet-stream").await.unwrap();
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        let xmp = |lat: &str| format!(
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" exif:GPSLatitude=\"{lat}\" \
             exif:GPSLongitude=\"2,21.1320E\"/></rdf:RDF></x:xmpmeta>"
        );
        app.app.objects.put("side.xmp", xmp("48,51.3960N").into(), "application/xml").await.unwrap();
        app.sql(stmt!(
            "insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) \
             values (?1, 'sidecar', 'x', 'side.xmp', 'application/xml', 1, 0, 0)", &asset
        )).await;
        app.run_jobs().await;
        let place = "select coalesce(e.city, '-') || '|' || coalesce(e.state, '-') || '|' || coalesce(e.country, '-') \
             || '|' || coalesce(a.city, '-') as n from asset a join asset_exif e on e.asset_id = a.id where a.id = ?1";
        assert_eq!(text(&app, place, &asset).await, "Paris|Île-de-France|France|Paris");
        // The next extraction goes by what is there then: another place, or no names wanted.
        app.app.objects.put("side.xmp", xmp("40,51.3960N").into(), "application/xml").await.unwrap();
        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert_eq!(text(&app, place, &asset).await, "-|-|-|-");
        app.app.objects.put("side.xmp", xmp("48,51.3960N").into(), "application/xml").await.unwrap();
        let off = json!({"reverseGeocoding": {"enabled": false}});
        edge_store::system::put(app.app.db(), "system-config", &off, 0).await.unwrap();
        app.clock.advance(10_000);
        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert_eq!(text(&app, place, &asset).await, "-|-|-|-");
    }

    async fn a_zone_set_by_name_stays_after_a_refresh(app: TestApp) {
        let alice = app.user("alice").await;
        // 2021-07-08T07:10:11Z, UTC+2
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        let zone = "select e.time_zone || '|' || a.file_created_at || '|' || a.local_date_time || '|' || e.locked_properties as n \
             from asset a join asset_exif e on e.asset_id = a.id where a.id = ?1";
        let expected = "Asia/Tokyo|1625728211000|1625760611000|";
        app.sql(stmt!(
            "update asset_exif set time_zone = 'Asia/Tokyo', locked_properties = '[\"date_time_original\",\"time_zone\"]'"
        )).await;
        app.sql(stmt!("update asset set local_date_time = 1625760611000")).await;
        store(&app, JobName::SidecarWrite, &asset).await;
        app.run_jobs().await;
        assert_eq!(text(&app, zone, &asset).await, format!("{expected}[]"));
        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert_eq!(text(&app, zone, &asset).await, format!("{expected}[]"));
    }

    async fn a_damaged_picture_ends_as_failed_with_its_reason_and_without_retries(app: TestApp) {
        let alice = app.user("alice").await;
        let mut bytes = pictures::jpeg(400, 300, 1);
        // cut before its pixels; one that is cut later is shown as far as it goes
        let half = bytes[..bytes.len() / 2].to_vec();
        bytes.truncate(100);
        for (name, bytes) in [("cut.jpg", bytes), ("text.jpg", b"not a picture".to_vec()), ("empty.png", Vec::new())] {
            let asset = upload(&app, &alice, name, bytes).await;
            app.run_jobs().await;
            let failure = text(&app, FAILURE, &asset).await;
            assert!(failure.starts_with("failed/edge/"), "{name}: {failure}");
            assert!(failure.len() > "failed/edge/".len() + 10, "{name}: {failure}");
        }
        let queue = queues::get(app.app.db(), QueueName::ThumbnailGeneration, app.app.now()).await.unwrap();
        assert_eq!(queue.statistics.failed, 3);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 0);
        let asset = upload(&app, &alice, "half.jpg", half).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 2);
        let done = |states: &'static [QueueJobStatus]| queues::jobs(app.app.db(), QueueName::ThumbnailGeneration, states, app.app.now());
        let shown = done(&[QueueJobStatus::Completed]).await.unwrap();
        assert_eq!((shown.len(), &shown[0].data["id"]), (1, &json!(asset)));
        let reason = shown[0].data["reason"].as_str().unwrap().to_owned();
        assert!(reason.starts_with("damaged Jpeg picture: "), "{reason}");
        assert_eq!((done(&[]).await.unwrap().len(), done(&[QueueJobStatus::Failed]).await.unwrap().len()), (4, 3));
        // The whole file came meanwhile.
        let key = text(&app, "select original_path as n from asset where id = ?1", &asset).await;
        app.app.objects.put(&key, pictures::jpeg(400, 300, 1).into(), "image/jpeg").await.unwrap();
        store(&app, JobName::AssetGenerateThumbnails, &asset).await;
        app.run_jobs().await;
        assert_eq!(done(&[QueueJobStatus::Completed]).await.unwrap().len(), 0);
    }

    async fn what_has_no_decoder_here_goes_to_the_companion_with_the_reason(app: TestApp) {
        let alice = app.user("alice").await;
        let avif = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf".to_vec();
        let asset = upload(&app, &alice, "new.avif", avif).await;
        app.run_jobs().await;
        let job = text(&app, FAILURE, &asset).await;
        assert!(job.starts_with("waiting/companion/") || job.starts_with("failed/edge/"), "{job}");
        let video = upload(&app, &alice, "film.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp41".to_vec()).await;
        app.run_jobs().await;
        let left = "select count(*) as n from job where runner = 'companion' and state = 'waiting' \
             and payload like '%' || ?1 || '%' and runner_reason like '%ffmpeg%'";
        assert_eq!(app.count(stmt!(left, &video)).await, 2);
        assert_eq!(app.count(stmt!("select count(*) as n from job where state <> 'waiting' and payload like '%' || ?1 || '%'", &video)).await, 0);
    }

    async fn a_decompression_bomb_is_refused(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "bomb.png", pictures::png_header(60_000, 60_000)).await;
        app.run_jobs().await;
        let failure = text(&app, FAILURE, &asset).await;
        assert!(failure.starts_with("failed/edge/refused picture of 60000x60000"), "{failure}");
    }

    async fn a_large_film_is_read_by_its_boxes_only(app: TestApp) {
        let alice = app.user("alice").await;
        let film = |fragments| pictures::fragmented_film(5 << 20, fragments);
        let facts = "select e.rating || '|' || coalesce(a.duration_ms, -1) as n from asset a \
             join asset_exif e on e.asset_id = a.id where a.id = ?1";
        let short = upload(&app, &alice, "short.mp4", film(10)).await;
        app.run_jobs().await;
        assert_eq!(text(&app, facts, &short).await, "4|10000");
        // the sum of the fragments that a worker has time for would be wrong
        let long = upload(&app, &alice, "long.mp4", film(100)).await;
        app.run_jobs().await;
        assert_eq!(text(&app, facts, &long).await, "4|-1");
    }

    async fn hidden_and_vanished_assets_get_no_renditions(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.sql(stmt!("update asset set visibility = 'hidden'")).await;
        store(&app, JobName::AssetGenerateThumbnails, &asset).await;
        store(&app, JobName::AssetGenerateThumbnails, &app.app.uuid()).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn a_changed_format_replaces_the_old_object(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        let config = json!({"image": {"thumbnail": {"format": "jpeg", "size": 100}}});
        edge_store::system::put(app.app.db(), "system-config", &config, 0).await.unwrap();
        app.clock.advance(10_000);
        store(&app, JobName::AssetGenerateThumbnails, &asset).await;
        app.run_jobs().await;
        let doomed = "select object_key as n from object_deletion where object_key like '%' || ?1 || '%'";
        assert!(text(&app, doomed, &asset).await.ends_with("_thumbnail.webp"));
        app.tick().await;
        let keys = app.object_keys().await;
        assert!(keys[1].ends_with("_thumbnail.jpeg"), "{keys:?}");
        assert_eq!(size_of(&app, &keys[1]).await, (133, 100));
        assert_eq!(keys.len(), 3);
    }

    async fn mass_jobs_bring_what_is_missing_and_on_request_everything(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.sql(stmt!("delete from job")).await;
        let all = NewJob::new(app.app.uuid(), JobName::AssetExtractMetadataQueueAll, json!({"force": true}), app.app.now());
        app.sql(jobs::insert(&all, app.app.now())).await;
        app.run_jobs().await;
        assert_eq!(text(&app, "select make as n from asset_exif where asset_id = ?1", &asset).await, "Kamera");
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 0);
        let missing = NewJob::new(app.app.uuid(), JobName::AssetGenerateThumbnailsQueueAll, json!({"force": false}), app.app.now());
        app.sql(jobs::insert(&missing, app.app.now())).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 2);
    }

    async fn thumbnails_with_a_green_edge_are_made_again(app: TestApp) {
        let alice = app.user("alice").await;
        let made = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        let never_made = upload(&app, &alice, "lake.jpg", pictures::jpeg(400, 300, 1)).await;
        app.sql(stmt!("delete from job")).await;
        let before = text(&app, "select id as n from asset_file where asset_id = ?1 and type = 'thumbnail'", &made).await;
        let migration = include_str!("../../../migrations/0006_render_again.sql");
        app.sql(stmt!(migration)).await;
        app.run_jobs().await;
        let after = text(&app, "select id as n from asset_file where asset_id = ?1 and type = 'thumbnail'", &made).await;
        assert_ne!(before, after);
        assert_eq!(text(&app, "select id as n from asset_file where asset_id = ?1", &never_made).await, "no row");
    }
}
