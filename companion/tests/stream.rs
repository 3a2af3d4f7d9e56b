//! Live transcoding with the real program and the real ffmpeg against the real routes. Needs ffmpeg.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::{fs, process::Command};

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;
use support::{Served, ffmpeg, ran, upload};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_delivery::ROUTES, fn_delivery::routes()),
        Area::new(fn_companion::ROUTES, fn_companion::routes()),
        Area::new(fn_stream::ROUTES, fn_stream::routes()),
    ]
}

/// A film of forty seconds with sound at the rate of NTSC.
fn film() -> Option<Vec<u8>> {
    let words = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=854x480:rate=30000/1001:duration=40",
        "-f",
        "lavfi",
        "-i",
        "sine=duration=40",
        "-pix_fmt",
        "yuv420p",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-c:a",
        "aac",
    ];
    ffmpeg(&words, "mp4")
}

/// Uploads a film, has its packets read, and switches live transcoding on.
async fn ready(app: &TestApp, served: &Served, film: Vec<u8>) -> (NewUser, String) {
    app.clock.take_time();
    let alice = app.user("alice").await;
    let id = upload(app, &alice, "film.mp4", film).await;
    app.run_jobs().await;
    ran(served.companion().arg("--once")).await;
    let config = json!({"ffmpeg": {"realtime": {"enabled": true, "videoCodecs": ["h264"]}}});
    edge_store::system::put(app.app.db(), "system-config", &config, 0)
        .await
        .unwrap();
    app.clock.advance(10_000);
    (alice, id)
}

/// A viewer's session.
struct Viewer<'a> {
    app: &'a TestApp,
    user: &'a NewUser,
    base: String,
    session: String,
}

impl<'a> Viewer<'a> {
    /// Begins one as soon as a companion is there.
    async fn begin(app: &'a TestApp, user: &'a NewUser, asset: &str) -> Self {
        let base = format!("/api/assets/{asset}/video/stream");
        let mut asked = 0;
        let main = loop {
            asked += 1;
            assert!(asked < 3_000, "no companion comes");
            let main = app
                .get(&format!("{base}/main.m3u8"))
                .user(user)
                .send()
                .await;
            if main.status == 200 {
                break main;
            }
            assert_eq!(main.message(), "Failed to get main playlist");
            app.app.pause(20).await;
        };
        let text = String::from_utf8(main.body.to_vec()).unwrap();
        let line = text
            .lines()
            .find(|line| line.ends_with("/2/playlist.m3u8"))
            .unwrap();
        let session = line.split('/').next().unwrap().to_owned();
        Self {
            app,
            user,
            base,
            session,
        }
    }

    async fn get(&self, file: &str) -> edge_testkit::Reply {
        let path = format!("{}/{}/2/{file}", self.base, self.session);
        self.app.get(&path).user(self.user).send().await
    }

    /// As [`Viewer::get`]; on a busy machine the server may have given up before the companion was ready.
    async fn piece(&self, file: &str) -> edge_testkit::Reply {
        for _ in 0..5 {
            let reply = self.get(file).await;
            if reply.status == 200 {
                return reply;
            }
        }
        self.get(file).await.expect(200)
    }

    /// First times (s) of the pictures and the sound of a segment.
    async fn times(&self, segment: u32) -> [f64; 2] {
        let init = self.piece("init.mp4").await.expect(200).body;
        let segment = self.piece(&format!("seg_{segment}.m4s")).await.body;
        let whole = [&init[..], &segment[..]].concat();
        ["v", "a"].map(|stream| first_time(&whole, stream))
    }
}

fn near(found: [f64; 2], expected: f64) {
    assert!(
        (found[0] - expected).abs() < 0.001,
        "pictures begin at {} instead of {expected}",
        found[0]
    );
    assert!(
        (found[1] - expected).abs() < 0.1,
        "sound begins at {} instead of {expected}",
        found[1]
    );
}

/// When the first packet of a kind (`v`, `a`) of a file is shown, seconds.
fn first_time(bytes: &[u8], stream: &str) -> f64 {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", stream])
        .args(["-show_entries", "packet=pts_time", "-of", "csv=p=0"])
        .arg(file.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let times = text
        .lines()
        .filter_map(|line| line.trim_matches(',').parse().ok());
    times.fold(f64::INFINITY, f64::min)
}

on_each_database! {
    async fn a_film_is_watched_from_its_beginning_and_from_far_behind(app: TestApp) {
        let Some(film) = film() else { return };
        let served = Served::start(&app).await;
        let (alice, id) = ready(&app, &served, film).await;
        let mut companion = served.companion().arg("--with-parent").spawn().unwrap();
        let viewer = Viewer::begin(&app, &alice, &id).await;
        let media = String::from_utf8(viewer.get("playlist.m3u8").await.expect(200).body.to_vec()).unwrap();
        assert_eq!(media.matches("#EXTINF:2.002000,").count(), 19, "{media}");
        assert!(media.contains("seg_19.m4s") && !media.contains("seg_20.m4s"), "{media}");
        for (segment, at) in [(0, 0.0), (1, 2.002), (15, 30.03), (16, 32.032), (19, 38.038), (4, 8.008)] {
            near(viewer.times(segment).await, at);
        }
        let end = format!("{}/{}", viewer.base, viewer.session);
        app.delete(&end).user(&alice).send().await.expect(204);
        viewer.get("seg_0.m4s").await.expect(404);
        // The next one has the original at hand.
        let again = Viewer::begin(&app, &alice, &id).await;
        near(again.times(0).await, 0.0);
        let originals = fs::read_dir(served.folder()).unwrap().filter(|folder| folder.as_ref().unwrap().path().join("original").exists());
        assert_eq!(originals.count(), 1);
        let end = format!("{}/{}", again.base, again.session);
        app.delete(&end).user(&alice).send().await.expect(204);
        support::terminate(&companion);
        let status = tokio::task::spawn_blocking(move || companion.wait().unwrap()).await.unwrap();
        assert!(status.success());
        assert_eq!(served.left_behind(), Vec::<String>::new());
        assert_eq!(app.count(stmt!("select count(*) as n from hls_segment")).await, 0);
        // A segment that was on its way when the session ended is swept later.
        app.clock.advance(2 * 60 * 60 * 1000);
        app.tick().await;
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
    }

    async fn another_companion_goes_on_for_one_that_was_killed(app: TestApp) {
        let Some(film) = film() else { return };
        let served = Served::start(&app).await;
        let (alice, id) = ready(&app, &served, film).await;
        let mut killed = served.companion().arg("--with-parent").spawn().unwrap();
        let viewer = Viewer::begin(&app, &alice, &id).await;
        near(viewer.times(0).await, 0.0);
        killed.kill().unwrap();
        killed.wait().unwrap();
        app.clock.advance(edge_store::hls::held::LEASE);
        let mut other = served.companion().arg("--with-parent").spawn().unwrap();
        near(viewer.times(12).await, 24.024);
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
