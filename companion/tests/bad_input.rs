//! What strangers upload and what goes wrong on this machine: each job ends with a reason or waits for another try, nothing is left
//! behind, and the next one is done. Needs ffmpeg.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::time::{Duration, Instant};

use edge_platform::stmt;
use edge_testkit::{NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;
use support::{Served, areas::areas, ffmpeg, ran, upload};

/// Half a second of a small moving picture with sound, in this container; `None` without ffmpeg.
fn small(extension: &str) -> Option<Vec<u8>> {
    let words = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=160x90:rate=20:duration=0.5",
        "-f",
        "lavfi",
        "-i",
        "sine=duration=0.5",
        "-pix_fmt",
        "yuv420p",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-c:a",
        "aac",
    ];
    ffmpeg(&words, extension)
}

/// The file with some bytes changed, always the same ones for a seed.
fn spoilt(file: &[u8], seed: u64) -> Vec<u8> {
    let mut file = file.to_vec();
    // Knuth's linear congruential generator (MMIX).
    let mut random = seed;
    let mut next = |below: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap() % below
    };
    for _ in 0..next(60) + 4 {
        // Headers are small and matter most.
        let end = if next(2) == 0 {
            file.len().min(2_000)
        } else {
            file.len()
        };
        let (at, value) = (next(end), next(256));
        file[at] = u8::try_from(value).unwrap();
    }
    if next(4) == 0 {
        let end = next(file.len());
        file.truncate(end.max(100));
    }
    file
}

/// The file with all lengths in the headers of MP4 as told: the film's, its tracks', their media's.
fn lasting(file: &[u8], length: u32) -> Vec<u8> {
    let mut file = file.to_vec();
    // Where the length lies behind the name of the box (ISO 14496-12, version 0).
    for (name, place) in [(b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)] {
        let names: Vec<usize> = (0..file.len() - 4)
            .filter(|at| &file[*at..*at + 4] == name)
            .collect();
        assert!(!names.is_empty());
        for at in names {
            file[at + place..at + place + 4].copy_from_slice(&length.to_be_bytes());
        }
    }
    file
}

async fn count(app: &TestApp, jobs: &str) -> i64 {
    app.count(stmt!(format!("select count(*) as n from job where {jobs}")))
        .await
}

/// Runs the companion until nothing is due, and sees to it that nothing is left: no job half done, no file, no object.
async fn work(app: &TestApp, served: &Served) {
    app.run_jobs().await;
    ran(served.companion().arg("--once")).await;
    assert_eq!(count(app, "state = 'active'").await, 0);
    assert_eq!(
        app.count(stmt!("select count(*) as n from pending_object"))
            .await,
        0
    );
    assert_eq!(served.left_behind(), Vec::<String>::new());
}

async fn is_shown(app: &TestApp, owner: &NewUser, id: &str) -> bool {
    let path = format!("/api/assets/{id}/thumbnail");
    app.get(&path).user(owner).send().await.status == 200
}

on_each_database! {
    async fn spoilt_videos_end_with_a_thumbnail_or_a_reason(app: TestApp) {
        let Some(good) = small("mp4") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let mut ids = Vec::new();
        for (extension, seed) in ["mp4", "mkv", "mov", "avi", "ts"].into_iter().zip(0..) {
            let file = small(extension).unwrap();
            for turn in 0..4 {
                let name = format!("spoilt-{turn}.{extension}");
                ids.push(upload(&app, &alice, &name, spoilt(&file, seed * 100 + turn)).await);
            }
        }
        let last = upload(&app, &alice, "good.mp4", good).await;
        work(&app, &served).await;
        assert!(is_shown(&app, &alice, &last).await);
        for id in ids {
            let thumbnails = "kind = 'AssetGenerateThumbnails' and (state = 'failed' or state = 'waiting' and attempts > 0) and length(last_error) > 10";
            let ended = count(&app, &format!("payload like '%{id}%' and {thumbnails}")).await;
            assert!(ended == 1 || is_shown(&app, &alice, &id).await, "{id}");
        }
        assert_eq!(count(&app, "state = 'waiting' and attempts = 0").await, 0);
    }

    async fn no_length_a_wrong_one_and_eight_hours_are_shown(app: TestApp) {
        let Some(plain) = small("mp4") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let slides = ["-f", "lavfi", "-i", "color=gray:size=64x36:rate=1:duration=28800", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast"];
        let mut ids = Vec::new();
        for (name, bytes) in [
            ("none.mp4", lasting(&plain, 0)),
            ("weeks.mp4", lasting(&plain, u32::MAX - 1)),
            ("live.mkv", ffmpeg(&["-f", "lavfi", "-i", "testsrc2=size=160x90:duration=1", "-c:v", "libx264", "-live", "1"], "mkv").unwrap()),
            ("night.mp4", ffmpeg(&slides, "mp4").unwrap()),
        ] {
            ids.push((name, upload(&app, &alice, name, bytes).await));
        }
        let empty = ffmpeg(&["-f", "lavfi", "-i", "testsrc2=duration=1", "-frames:v", "0", "-movflags", "empty_moov", "-c:v", "libx264"], "mp4").unwrap();
        let empty = upload(&app, &alice, "empty.mp4", empty).await;
        work(&app, &served).await;
        for (name, id) in &ids {
            assert!(is_shown(&app, &alice, id).await, "{name}");
        }
        assert!(!is_shown(&app, &alice, &empty).await);
        assert_eq!(count(&app, "state = 'failed' and kind = 'AssetGenerateThumbnails' and length(last_error) > 10").await, 1);
        let night = app.get(&format!("/api/assets/{}", ids[3].1)).user(&alice).send().await.expect(200).json();
        assert_eq!(night["duration"], json!(28_800_000));
        // Its packets tell.
        let live = app.get(&format!("/api/assets/{}", ids[2].1)).user(&alice).send().await.expect(200).json();
        assert_eq!(live["duration"], json!(1_000));
    }

    async fn pictures_and_frames_of_enormous_size_end_soon(app: TestApp) {
        let huge = ["-f", "lavfi", "-i", "color=gray:size=16000x16000", "-frames:v", "1", "-pix_fmt", "gray"];
        let Some(png) = ffmpeg(&huge, "png") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let frames = ["-f", "lavfi", "-i", "color=black:size=4096x4096:rate=60:duration=1", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast"];
        // A picture that says to have 60,000 pixels on each side (ISO 15444-1: ihdr, and SIZ in the code stream).
        let mut j2k = ffmpeg(&["-f", "lavfi", "-i", "color=gray:size=64x64", "-frames:v", "1", "-pix_fmt", "rgb24"], "jp2").unwrap();
        for at in 0..j2k.len() - 8 {
            if j2k[at..at + 8] == [0, 0, 0, 64, 0, 0, 0, 64] {
                j2k[at..at + 8].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
            }
        }
        // Five thousand frames of 4,000 x 4,000 pixels, each a pixel large: all that a decoder of whole films would fill.
        let mut gif = b"GIF89a\xA0\x0F\xA0\x0F\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
        for _ in 0..5_000 {
            gif.extend(b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
        }
        gif.push(b';');
        // A lossless WebP of 16,383 x 16,383 pixels of one colour, which take no bits at all (RFC 9649 section 3).
        let mut blank = b"RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2F\xFE\xBF\xFF\x0F\x88\x88\x08".to_vec();
        blank.resize(44, 0);
        let mut ids = Vec::new();
        for (name, bytes) in [("huge.png", png), ("blank.webp", blank), ("declared.jp2", j2k), ("frames.gif", gif), ("frames.mp4", ffmpeg(&frames, "mp4").unwrap())] {
            ids.push((name, upload(&app, &alice, name, bytes).await));
        }
        let start = Instant::now();
        work(&app, &served).await;
        for (name, id) in &ids {
            assert_eq!(is_shown(&app, &alice, id).await, *name != "declared.jp2", "{name}");
        }
        assert_eq!(count(&app, "state = 'failed' and length(last_error) > 10").await, 1);
        assert!(start.elapsed() < Duration::from_mins(2), "{:?}", start.elapsed());
    }

    async fn without_memory_for_its_tools_a_job_waits_and_the_companion_goes_on(app: TestApp) {
        let Some(png) = ffmpeg(&["-f", "lavfi", "-i", "testsrc2=size=640x360", "-frames:v", "1", "-pix_fmt", "rgb24"], "jp2") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        upload(&app, &alice, "photo.jp2", png.clone()).await;
        app.run_jobs().await;
        // Neither the decoder nor ffmpeg starts in this much.
        ran(served.companion().args(["--once", "--memory", "24"])).await;
        assert_eq!(count(&app, "state = 'waiting' and attempts = 1 and length(last_error) > 10").await, 1);
        assert_eq!(served.left_behind(), Vec::<String>::new());
        app.sql(stmt!("delete from job")).await;
        let next = upload(&app, &alice, "next.jp2", [&png[..], b"x"].concat()).await;
        work(&app, &served).await;
        assert!(is_shown(&app, &alice, &next).await);
    }

    async fn a_full_disk_is_told_and_the_job_is_done_when_there_is_room(app: TestApp) {
        let words = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=1", "-pix_fmt", "yuv422p", "-c:v", "mpeg4"];
        let Some(film) = ffmpeg(&words, "avi") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let id = upload(&app, &alice, "old.avi", film).await;
        app.run_jobs().await;
        // What ffmpeg writes goes to a device that is always full.
        let tools = support::tools_that(
            "for word do shift; case \"$word\" in file:*/encoded.mp4) word=file:/dev/full; set -- -y \"$@\";; esac; set -- \"$@\" \"$word\"; done",
        );
        ran(served.companion().arg("--once").env("PATH", tools.path())).await;
        let waits = app.sql(stmt!("select last_error, attempts from job where kind = 'AssetEncodeVideo' and state = 'waiting'")).await;
        let row = waits.first().unwrap();
        let reason: String = row.get("last_error").unwrap();
        assert!(reason.contains("No space left on device"), "{reason}");
        assert!(is_shown(&app, &alice, &id).await);
        assert_eq!(served.left_behind(), Vec::<String>::new());
        app.clock.advance(10_000);
        work(&app, &served).await;
        let played = app.get(&format!("/api/assets/{id}/video/playback")).user(&alice).send().await.expect(200);
        assert_eq!(support::facts(&played.body), "h264 yuv420p 320x180  null moov first");
        assert_eq!(count(&app, "1 = 1").await, 0);
    }

    async fn a_tool_that_is_killed_is_tried_again(app: TestApp) {
        let Some(film) = small("mp4") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let ids = [upload(&app, &alice, "first.mp4", film.clone()).await, upload(&app, &alice, "second.mp4", [&film[..], b"x"].concat()).await];
        app.run_jobs().await;
        let tools = support::tools_that("if /bin/mkdir {here}/killed 2> /dev/null; then kill -9 $$; fi");
        ran(served.companion().args(["--once", "--jobs", "1"]).env("PATH", tools.path())).await;
        let waits = app.sql(stmt!("select last_error from job where state = 'waiting' and attempts = 1")).await;
        let reason: String = waits.first().unwrap().get("last_error").unwrap();
        assert_eq!(reason, "ffmpeg: was killed (signal 9)");
        // The other one was not.
        assert_eq!(count(&app, "1 = 1").await, 1);
        app.clock.advance(10_000);
        work(&app, &served).await;
        for id in &ids {
            assert!(is_shown(&app, &alice, id).await);
        }
        assert_eq!(count(&app, "1 = 1").await, 0);
    }

    async fn a_companion_that_stops_ends_its_decoder_and_gives_the_picture_back(app: TestApp) {
        // Ten octaves: seconds of work. Many more overflow in a decoder that is built with checks, which ends it before it is stopped.
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9000' height='9000'><filter id='f'><feTurbulence baseFrequency='0.01' numOctaves='10'/>\
             </filter><rect width='9000' height='9000' filter='url(#f)'/></svg>";
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        upload(&app, &alice, "slow.svg", svg.as_bytes().to_vec()).await;
        app.run_jobs().await;
        let mut stopped = served.companion().spawn().unwrap();
        let decoder = support::child_with(stopped.id(), "--decode").await;
        let start = Instant::now();
        support::terminate(&stopped);
        let status = tokio::task::spawn_blocking(move || stopped.wait().unwrap()).await.unwrap();
        assert!(status.success(), "{status}");
        assert!(start.elapsed() < Duration::from_secs(10));
        assert!(!support::is_alive(&decoder));
        assert_eq!(count(&app, "state = 'waiting' and attempts = 0").await, 1);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }
}
