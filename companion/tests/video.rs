//! The program against the real routes: an uploaded video gets its thumbnail, whatever dies on the way. Needs ffmpeg.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use edge_platform::stmt;
use edge_store::jobs::{self, LEASE};
use edge_testkit::{TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;
use support::{Served, areas::areas, fake_tools, ffmpeg, is_alive, ran, upload, upload_with};

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
        // No second worker, whose question for more could come behind the end.
        let mut killed = served.companion().args(["--jobs", "1"]).env("PATH", tools.path()).spawn().unwrap();
        let tool = support::pid_of_tool(&tools).await;
        killed.kill().unwrap();
        killed.wait().unwrap();
        support::gone(&tool).await;
        // In a container the next one has the number of the one that was killed: here that of a process that lives.
        let left = served.folder().join(format!("job-{}-0", std::process::id()));
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join("original"), "film").unwrap();
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

    async fn the_first_of_two_passes_leaves_what_the_second_needs(app: TestApp) {
        let Some(film) = ffmpeg(PLAIN, "mp4") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let id = upload(&app, &alice, "plain.mp4", film).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        // Notes which logs are there, and not empty, when a second pass begins.
        let look = format!(
            "case \"$*\" in *\"pass=2\"*|*\"-pass 2\"*) for log in {}/job-*/pass*; do if [ -s \"$log\" ]; then echo \"$log\" >> {{here}}/logs; fi; done;; esac",
            served.folder().display()
        );
        for codec in ["h264", "hevc", "vp9"] {
            let config = json!({"ffmpeg": {"transcode": "all", "targetVideoCodec": codec, "maxBitrate": "400k", "twoPass": true}});
            edge_store::system::put(app.app.db(), "system-config", &config, 0).await.unwrap();
            app.clock.advance(10_000);
            let again = json!({"assetIds": [id], "name": "transcode-video"});
            app.post("/api/assets/jobs").user(&alice).json(&again).send().await.expect(204);
            app.run_jobs().await;
            let tools = support::tools_that(&look);
            ran(served.companion().arg("--once").env("PATH", tools.path())).await;
            let logs = std::fs::read_to_string(tools.path().join("logs")).unwrap_or_default();
            assert!(logs.contains("/pass"), "{codec}: {logs}");
            let played = app.get(&format!("/api/assets/{id}/video/playback")).user(&alice).send().await.expect(200);
            assert_eq!(support::facts(&played.body), format!("{codec} yuv420p 642x360 aac 2 moov first"));
        }
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn hardware_whose_driver_kills_ffmpeg_gives_way_to_software(app: TestApp) {
        let Some(film) = ffmpeg(PLAIN, "mp4") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let config = json!({"ffmpeg": {"transcode": "all", "accel": "vaapi", "targetResolution": "180"}});
        edge_store::system::put(app.app.db(), "system-config", &config, 0).await.unwrap();
        app.clock.advance(10_000);
        let id = upload(&app, &alice, "plain.mp4", film).await;
        app.run_jobs().await;
        let tools = support::tools_that("case \"$*\" in *_vaapi*) echo killed >> {here}/killed; kill -9 $$;; esac");
        ran(served.companion().arg("--once").env("PATH", tools.path())).await;
        // Once with its decoder and once without.
        assert_eq!(std::fs::read_to_string(tools.path().join("killed")).unwrap().lines().count(), 2);
        let played = app.get(&format!("/api/assets/{id}/video/playback")).user(&alice).send().await.expect(200);
        assert_eq!(support::facts(&played.body), "h264 yuv420p 322x180 aac 2 moov first");
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn films_of_a_high_dynamic_range_are_mapped_to_what_screens_show(app: TestApp) {
        // White of 203 nits (BT.2408): 0.58 of PQ. As it is, it would look grey: 149 of 255.
        let picture = "nullsrc=size=320x180:rate=25:duration=1,format=yuv420p10le,geq=lum='64+876*0.58':cb=512:cr=512";
        let words = [
            "-f", "lavfi", "-i", picture, "-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x265-params",
            "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc",
            "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-tag:v", "hvc1",
        ];
        let Some(film) = ffmpeg(&words, "mp4") else { return };
        // Some say that they are PQ, and nothing else.
        let half = [
            "-f", "lavfi", "-i", picture, "-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x265-params",
            "log-level=error:transfer=smpte2084", "-color_trc", "smpte2084", "-tag:v", "hvc1",
        ];
        let half = ffmpeg(&half, "mp4").unwrap();
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let id = upload(&app, &alice, "phone.mp4", film).await;
        let half = upload(&app, &alice, "half.mp4", half).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        let facts = "select color_primaries || ' ' || color_transfer || ' ' || color_space || ' ' || pixel_format as n from asset_video where asset_id = ?1";
        let rows = app.sql(stmt!(facts, &id)).await;
        assert_eq!(rows.first().unwrap().get::<String>("n").unwrap(), "bt2020 smpte2084 bt2020nc yuv420p10le");
        let unsaid = "select count(*) as n from asset_video where asset_id = ?1 and color_transfer = 'smpte2084' and color_primaries is null and color_space is null";
        assert_eq!(app.count(stmt!(unsaid, &half)).await, 1);
        for id in [id, half] {
            let played = app.get(&format!("/api/assets/{id}/video/playback")).user(&alice).send().await.expect(200);
            assert_eq!(support::facts(&played.body), "h264 yuv420p 320x180  null moov first");
            let preview = app.get(&format!("/api/assets/{id}/thumbnail?size=preview")).user(&alice).send().await.expect(200);
            for (what, bytes) in [("film", &played.body), ("poster", &preview.body)] {
                let [red, green, blue] = support::color(bytes);
                assert!([red, green, blue].iter().all(|value| (180..=205).contains(value)), "{what}: {red} {green} {blue}");
            }
        }
    }

    async fn a_film_in_another_container_only_is_put_into_mp4_as_it_is(app: TestApp) {
        let Some(film) = ffmpeg(PLAIN, "mkv") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let config = json!({"ffmpeg": {"acceptedContainers": []}});
        edge_store::system::put(app.app.db(), "system-config", &config, 0).await.unwrap();
        app.clock.advance(10_000);
        let id = upload(&app, &alice, "plain.mkv", film.clone()).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        let played = app.get(&format!("/api/assets/{id}/video/playback")).user(&alice).send().await.expect(200);
        assert_eq!(support::facts(&played.body), "h264 yuv420p 642x360 aac 1 moov first");
        for stream in ["v", "a"] {
            assert_eq!(support::hash(&played.body, stream), support::hash(&film, stream), "{stream}");
        }
    }

    async fn the_motion_part_of_a_photo_is_encoded_and_not_shown_by_itself(app: TestApp) {
        let words = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=15:duration=1", "-c:v", "mjpeg", "-pix_fmt", "yuvj422p"];
        let Some(motion) = ffmpeg(&words, "mov") else { return };
        let photo = ffmpeg(&["-f", "lavfi", "-i", "testsrc2=size=320x240", "-frames:v", "1", "-pix_fmt", "yuvj420p"], "jpg").unwrap();
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let hidden = upload_with(&app, &alice, "live.mov", motion, &[("visibility", "hidden")]).await;
        let shown = upload_with(&app, &alice, "live.jpg", photo, &[("livePhotoVideoId", &hidden)]).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        let photo = app.get(&format!("/api/assets/{shown}")).user(&alice).send().await.expect(200).json();
        assert_eq!(photo["livePhotoVideoId"], json!(hidden));
        let played = app.get(&format!("/api/assets/{hidden}/video/playback")).user(&alice).send().await.expect(200);
        assert_eq!(support::facts(&played.body), "h264 yuv420p 320x240  null moov first");
        let files = "select count(*) as n from asset_file where asset_id = ?1 and type <> 'encoded_video'";
        assert_eq!(app.count(stmt!(files, &hidden)).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }
}
