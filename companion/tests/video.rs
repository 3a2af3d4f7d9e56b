//! The program against the real routes: an uploaded video gets its thumbnail, whatever dies on the way. Needs ffmpeg.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use edge_platform::stmt;
use edge_store::jobs::{self, LEASE};
use edge_testkit::{Area, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;
use support::{Served, fake_tools, ffmpeg, is_alive, ran, upload};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_delivery::ROUTES, fn_delivery::routes()),
        Area::new(fn_companion::ROUTES, fn_companion::routes()),
        Area::new(fn_queues::ROUTES, fn_queues::routes()),
    ]
}

/// Two seconds of a moving picture with sound.
const PLAIN: &[&str] = &[
    "-f",
    "lavfi",
    "-i",
    "testsrc2=size=642x360:rate=30000/1001:duration=2",
    "-f",
    "lavfi",
    "-i",
    "sine=duration=2",
    "-pix_fmt",
    "yuv420p",
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-c:a",
    "aac",
];

async fn waiting(app: &TestApp) -> i64 {
    let waits = "select count(*) as n from job where kind = 'AssetGenerateThumbnails' and state = 'waiting' and attempts = 0";
    app.count(stmt!(waits)).await
}

on_each_database! {
    async fn an_uploaded_video_shows_its_thumbnail_size_and_duration(app: TestApp) {
        let Some(video) = ffmpeg(PLAIN, "mp4") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let id = upload(&app, &alice, "holiday.mp4", video).await;
        app.run_jobs().await;
        assert_eq!(waiting(&app).await, 1);
        ran(served.companion().arg("--once")).await;
        assert_eq!(waiting(&app).await, 0);
        let asset = app.get(&format!("/api/assets/{id}")).user(&alice).send().await.expect(200).json();
        assert_eq!((&asset["duration"], &asset["width"], &asset["height"]), (&json!(2002), &json!(642), &json!(360)));
        assert!(asset["thumbhash"].as_str().is_some_and(|hash| hash.len() > 20), "{asset}");
        for (size, kind, least) in [("thumbnail", "image/webp", 1_000), ("preview", "image/jpeg", 5_000)] {
            let path = format!("/api/assets/{id}/thumbnail?size={size}");
            let picture = app.get(&path).user(&alice).send().await.expect(200);
            assert_eq!(picture.header("content-type"), kind);
            assert!(picture.body.len() > least, "{size}: {} bytes", picture.body.len());
        }
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
    }

    async fn a_turned_matroska_that_the_edge_cannot_read_gets_its_facts_from_ffprobe(app: TestApp) {
        let words = [PLAIN, &["-map_metadata", "-1"]].concat();
        let Some(video) = ffmpeg(&words, "mkv") else { return };
        // Older versions of ffmpeg write no rotation to Matroska: MOV keeps it.
        let Some(upright) = support::again(&video, &["-metadata:s:v", "rotate=90"], "mov") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let plain = upload(&app, &alice, "plain.mkv", video).await;
        let portrait = upload(&app, &alice, "portrait.mov", upright).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        let facts = |id: String| {
            let app = &app;
            async move {
                let sql = "select v.container || ' ' || v.video_codec || ' ' || a.width || 'x' || a.height || ' ' || e.orientation || ' ' || e.fps as n \
                     from asset a join asset_exif e on e.asset_id = a.id join asset_video v on v.asset_id = a.id where a.id = ?1";
                let rows = app.sql(stmt!(sql, id)).await;
                rows.first().map_or_else(String::new, |row| row.get::<String>("n").unwrap())
            }
        };
        assert_eq!(facts(plain).await, "webm h264 642x360 1 29.97");
        assert_eq!(facts(portrait).await, "mov h264 360x642 8 29.97");
    }

    async fn what_is_no_video_fails_with_a_reason_and_the_next_job_runs(app: TestApp) {
        let Some(video) = ffmpeg(PLAIN, "mp4") else { return };
        let (alice, admin, served) = (app.user("alice").await, app.admin().await, Served::start(&app).await);
        let secret = support::secret_video();
        let list = format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{}\n#EXT-X-ENDLIST\n", secret.path().display());
        let concat = format!("ffconcat version 1.0\nfile '{}'\n", secret.path().display());
        let cut = video[..video.len() / 3].to_vec();
        let bad: [(&str, Vec<u8>); 6] = [
            ("playlist.mp4", list.into_bytes()),
            ("concat.mkv", concat.into_bytes()),
            ("text.mp4", b"not a video".to_vec()),
            ("-i.mp4", vec![0; 5_000]),
            ("cut.mp4", cut),
            ("sound.mp4", ffmpeg(&["-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac"], "mp4").unwrap()),
        ];
        let count = bad.len();
        for (name, bytes) in bad {
            upload(&app, &alice, name, bytes).await;
        }
        let good = upload(&app, &alice, "-y.mp4", video).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        let path = "/api/queues/thumbnailGeneration/jobs?status=failed";
        let failed = app.get(path).user(&admin).send().await.expect(200).json();
        let reasons: Vec<&str> = failed.as_array().unwrap().iter().map(|job| job["data"]["reason"].as_str().unwrap()).collect();
        assert_eq!(reasons.len(), count, "{reasons:?}");
        assert!(reasons.iter().all(|reason| reason.len() > 10), "{reasons:?}");
        assert_eq!(reasons.iter().filter(|reason| reason.contains("not on whitelist")).count(), 2, "{reasons:?}");
        let files = "select count(*) as n from asset_file where asset_id = ?1";
        assert_eq!(app.count(stmt!(files, &good)).await, 2);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 2);
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn one_frame_and_a_broken_end_are_enough_for_a_thumbnail(app: TestApp) {
        let one = ["-f", "lavfi", "-i", "testsrc2=size=320x180:duration=1", "-frames:v", "1", "-pix_fmt", "yuv420p", "-c:v", "libx264"];
        let Some(one) = ffmpeg(&one, "mp4") else { return };
        let mut cut = ffmpeg(&[PLAIN, &["-movflags", "faststart"]].concat(), "mp4").unwrap();
        cut.truncate(cut.len() / 2);
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        for (name, bytes) in [("one.mp4", one), ("cut.mp4", cut)] {
            upload(&app, &alice, name, bytes).await;
        }
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 4);
    }

    async fn a_companion_that_is_killed_takes_its_ffmpeg_along_and_another_does_the_job(app: TestApp) {
        let Some(video) = ffmpeg(PLAIN, "mp4") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let id = upload(&app, &alice, "holiday.mp4", video).await;
        app.run_jobs().await;
        let tools = fake_tools();
        let mut killed = served.companion().env("PATH", tools.path()).spawn().unwrap();
        let tool = support::pid_of_tool(&tools).await;
        killed.kill().unwrap();
        killed.wait().unwrap();
        support::gone(&tool).await;
        app.clock.advance(LEASE);
        jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
        ran(served.companion().arg("--once")).await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where asset_id = ?1", &id)).await, 2);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn a_companion_that_is_told_to_stop_gives_its_job_back(app: TestApp) {
        let Some(video) = ffmpeg(PLAIN, "mp4") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        upload(&app, &alice, "holiday.mp4", video).await;
        app.run_jobs().await;
        let tools = fake_tools();
        let mut stopped = served.companion().args(["--metrics", "0"]).env("PATH", tools.path()).stderr(Stdio::piped()).spawn().unwrap();
        let tool = support::pid_of_tool(&tools).await;
        let metrics = support::metrics(stopped.stderr.take().unwrap());
        assert!(metrics.starts_with("HTTP/1.1 200 OK\r\n") && metrics.contains("\nimmich_companion_streams_running 0\n"), "{metrics}");
        // The one that waits for the tool, and perhaps the other one.
        assert!(!metrics.contains("\nimmich_companion_jobs_running 0\n"), "{metrics}");
        let start = Instant::now();
        support::terminate(&stopped);
        let status = tokio::task::spawn_blocking(move || stopped.wait().unwrap()).await.unwrap();
        assert!(status.success(), "{status}");
        assert!(start.elapsed() < Duration::from_secs(10));
        assert!(!is_alive(&tool));
        assert_eq!(waiting(&app).await, 1);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn broken_tools_and_a_revoked_token_are_told(app: TestApp) {
        let Some(video) = ffmpeg(PLAIN, "mp4") else { return };
        let (alice, admin, served) = (app.user("alice").await, app.admin().await, Served::start(&app).await);
        upload(&app, &alice, "holiday.mp4", video).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once").env("PATH", support::tools_that_fail().path())).await;
        let failed = app.get("/api/queues/thumbnailGeneration/jobs?status=failed").user(&admin).send().await.json();
        assert_eq!(failed[0]["data"]["reason"], "ffprobe: it is broken");
        app.delete("/api/companion/test").user(&admin).send().await.expect(204);
        let status = tokio::task::spawn_blocking({ let mut it = served.companion(); move || it.arg("--once").status().unwrap() }).await.unwrap();
        assert!(!status.success());
    }

    async fn a_video_that_browsers_cannot_play_is_transcoded_and_played(app: TestApp) {
        let words = [
            "-f", "lavfi", "-i", "testsrc2=size=1440x960:rate=25:duration=2", "-f", "lavfi", "-i", "sine=duration=2",
            "-pix_fmt", "yuv422p", "-c:v", "mpeg4", "-q:v", "4", "-c:a", "pcm_s16le",
        ];
        let Some(video) = ffmpeg(&words, "avi") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let id = upload(&app, &alice, "old.avi", video.clone()).await;
        app.run_jobs().await;
        let play = format!("/api/assets/{id}/video/playback");
        assert_eq!(app.get(&play).user(&alice).send().await.expect(200).body.len(), video.len());
        ran(served.companion().arg("--once")).await;
        let played = app.get(&play).user(&alice).send().await.expect(200);
        assert_eq!(played.header("content-type"), "video/mp4");
        assert_eq!(support::facts(&played.body), "h264 yuv420p 1080x720 aac 2 moov first");
        let part = app.get(&play).user(&alice).header("range", "bytes=4-7").send().await.expect(206);
        assert_eq!(&part.body[..], b"ftyp");
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn the_administrators_choice_of_codecs_holds(app: TestApp) {
        let Some(video) = ffmpeg(PLAIN, "mp4") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let id = upload(&app, &alice, "plain.mp4", video).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        // H.264 and AAC are played as they are
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where type = 'encoded_video'")).await, 0);
        for (changes, expected) in [
            (json!({"transcode": "all", "targetVideoCodec": "hevc", "maxBitrate": "1M", "twoPass": true}), "hevc yuv420p 642x360 aac 2 moov first"),
            (json!({"transcode": "all", "targetVideoCodec": "vp9", "targetResolution": "180", "targetAudioCodec": "opus"}), "vp9 yuv420p 322x180 opus 2 moov first"),
            (json!({"transcode": "all", "targetVideoCodec": "av1", "acceptedAudioCodecs": []}), "av1 yuv420p 642x360 aac 2 moov first"),
            (json!({"transcode": "all", "accel": "vaapi", "twoPass": true, "maxBitrate": "500k"}), "h264 yuv420p 642x360 aac 2 moov first"),
        ] {
            edge_store::system::put(app.app.db(), "system-config", &json!({"ffmpeg": changes}), 0).await.unwrap();
            app.clock.advance(10_000);
            let again = json!({"assetIds": [id], "name": "transcode-video"});
            app.post("/api/assets/jobs").user(&alice).json(&again).send().await.expect(204);
            app.run_jobs().await;
            ran(served.companion().arg("--once")).await;
            let played = app.get(&format!("/api/assets/{id}/video/playback")).user(&alice).send().await.expect(200);
            assert_eq!(support::facts(&played.body), expected, "{changes}");
        }
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where type = 'encoded_video'")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 3);
    }

    async fn pictures_that_the_edge_hands_over_get_their_renditions(app: TestApp) {
        let one = ["-f", "lavfi", "-i", "testsrc2=size=640x360", "-frames:v", "1"];
        let Some(avif) = ffmpeg(&[&one[..], &["-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8"]].concat(), "avif") else { return };
        let jpeg = ffmpeg(&[&one[..], &["-pix_fmt", "yuvj420p"]].concat(), "jpg").unwrap();
        let j2k = ffmpeg(&[&one[..], &["-pix_fmt", "rgb24"]].concat(), "jp2").unwrap();
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let raw = support::raw_with(&jpeg);
        let mut ids = Vec::new();
        for (name, bytes) in [("new.avif", avif), ("old.jp2", j2k), ("camera.dng", raw)] {
            ids.push((name, upload(&app, &alice, name, bytes).await));
        }
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><image href='file:///etc/passwd'/></svg>".to_vec();
        upload(&app, &alice, "evil.svg", svg).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        app.run_jobs().await;
        for (name, id) in ids {
            let asset = app.get(&format!("/api/assets/{id}")).user(&alice).send().await.expect(200).json();
            assert_eq!((&asset["width"], &asset["height"]), (&json!(640), &json!(360)), "{name}");
            assert!(asset["thumbhash"].is_string(), "{name}");
            let path = format!("/api/assets/{id}/thumbnail");
            assert_eq!(app.get(&path).user(&alice).send().await.expect(200).header("content-type"), "image/webp", "{name}");
        }
        assert_eq!(app.count(stmt!("select count(*) as n from job where state = 'waiting'")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from job where state = 'failed'")).await, 1);
    }
}
