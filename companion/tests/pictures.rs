//! Pictures that the edge hands over: whatever decodes them, they get their renditions. Needs ffmpeg, and LibRaw's `dcraw_emu` for
//! what is developed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use edge_api::enums::JobName;
use edge_media::color::ColorSpace;
use edge_media::decode::Picture;
use edge_media::render::{RenditionFormat, RenditionSpec, render};
use edge_platform::stmt;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;
use support::{Served, areas::areas, ffmpeg, ran, upload};

/// Has the companion make the renditions of an asset, as when it is too large for a Worker: here the edge has memory enough.
async fn hand_over(app: &TestApp, id: &str) {
    app.sql(stmt!("delete from job")).await;
    let payload = json!({"id": id, "source": "upload"});
    let (kind, now) = (JobName::AssetGenerateThumbnails, app.app.now());
    let mut job = NewJob::new(app.app.uuid(), kind, payload, now);
    job.companion_reason = Some("too large".to_owned());
    app.sql(jobs::insert(&job, now)).await;
}

/// Does what is due, at the edge and by a companion, until nothing is.
async fn work_off(app: &TestApp, served: &Served) {
    app.run_jobs().await;
    ran(served.companion().arg("--once")).await;
    app.run_jobs().await;
    ran(served.companion().arg("--once")).await;
}

async fn edit(app: &TestApp, owner: &NewUser, id: &str, edits: serde_json::Value) {
    let request = app.put(&format!("/api/assets/{id}/edits")).user(owner);
    let body = json!({ "edits": edits });
    request.json(&body).send().await.expect(200);
}

/// An edited rendition.
async fn edited(app: &TestApp, owner: &NewUser, id: &str, size: &str) -> Vec<u8> {
    let path = format!("/api/assets/{id}/thumbnail?size={size}&edited=true");
    let picture = app.get(&path).user(owner).send().await.expect(200);
    picture.body.to_vec()
}

async fn thumbhash(app: &TestApp, id: &str) -> String {
    let sql = "select thumbhash as n from asset where id = ?1";
    let rows = app.sql(stmt!(sql, id)).await;
    rows.first().unwrap().get("n").unwrap()
}

/// Size of an asset, that of its preview, and the colour in the middle of it.
async fn seen(app: &TestApp, owner: &NewUser, id: &str) -> ([u64; 2], [u32; 2], [u8; 3]) {
    let get = |path: String| async move { app.get(&path).user(owner).send().await.expect(200) };
    let asset = get(format!("/api/assets/{id}")).await.json();
    assert!(asset["thumbhash"].is_string(), "{asset}");
    let thumbnail = get(format!("/api/assets/{id}/thumbnail")).await;
    assert_eq!(thumbnail.header("content-type"), "image/webp");
    let preview = get(format!("/api/assets/{id}/thumbnail?size=preview")).await;
    let info = edge_media::decode::probe(&preview.body).unwrap();
    let sides = ["width", "height"].map(|side| asset[side].as_u64().unwrap());
    (
        sides,
        [info.width, info.height],
        support::color(&preview.body),
    )
}

fn is_near(color: [u8; 3], wanted: [u8; 3]) -> bool {
    let mut pairs = color.iter().zip(wanted);
    pairs.all(|(is, wanted)| is.abs_diff(wanted) <= 6)
}

/// A photo-like picture: soft, with noise of its own in each pixel.
fn soft(width: u32, height: u32) -> Picture {
    let mut noise = 1_u32;
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (noise >> 29) as u8;
            let part = |at: u32, of: u32| (at * 240 / of) as u8;
            pixels.extend([part(x, width) + grain, part(y, height) + grain, 100 + grain]);
        }
    }
    Picture {
        width,
        height,
        pixels,
        alpha: false,
        space: ColorSpace::Srgb,
    }
}

fn jpeg(picture: &Picture, progressive: bool, xmp: Option<&str>) -> Vec<u8> {
    let spec = RenditionSpec {
        size: 0,
        format: RenditionFormat::Jpeg,
        quality: 80,
        progressive,
    };
    render(picture, spec, xmp).unwrap().bytes
}

/// A Photoshop document of one colour without layers or compression.
fn psd(width: u32, height: u32, color: [u8; 3]) -> Vec<u8> {
    psd_with(width, height, &color, &[], &[])
}

/// The same with as many channels as there are levels, an ICC profile if it is not empty, and this part about layers.
fn psd_with(width: u32, height: u32, levels: &[u8], profile: &[u8], layers: &[u8]) -> Vec<u8> {
    let mut file = b"8BPS\0\x01\0\0\0\0\0\0\0".to_vec();
    file.push(levels.len() as u8);
    file.extend(height.to_be_bytes());
    file.extend(width.to_be_bytes());
    // Eight bits, RGB; no palette.
    file.extend([0, 8, 0, 3]);
    file.extend([0; 4]);
    let mut resources = Vec::new();
    if !profile.is_empty() {
        resources.extend(b"8BIM\x04\x0F\0\0");
        resources.extend((profile.len() as u32).to_be_bytes());
        resources.extend(profile);
        resources.resize(resources.len().next_multiple_of(2), 0);
    }
    for section in [&resources[..], layers] {
        file.extend((section.len() as u32).to_be_bytes());
        file.extend(section);
    }
    // Not compressed.
    file.extend([0; 2]);
    for &value in levels {
        file.resize(file.len() + (width * height) as usize, value);
    }
    file
}

on_each_database! {
    async fn what_the_edge_cannot_decode_gets_its_renditions(app: TestApp) {
        let one = ["-f", "lavfi", "-i", "testsrc2=size=640x360", "-frames:v", "1"];
        let Some(avif) = ffmpeg(&[&one[..], &["-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8"]].concat(), "avif") else { return };
        let jpeg = ffmpeg(&[&one[..], &["-pix_fmt", "yuvj420p"]].concat(), "jpg").unwrap();
        let j2k = ffmpeg(&[&one[..], &["-pix_fmt", "rgb24"]].concat(), "jp2").unwrap();
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let raw = support::raw_with(&jpeg);
        let mut ids = Vec::new();
        for (name, bytes) in [("new.avif", avif), ("old.jp2", j2k), ("camera.dng", raw), ("layers.psd", psd(640, 360, [200, 90, 10]))] {
            ids.push((name, upload(&app, &alice, name, bytes).await));
        }
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        app.run_jobs().await;
        for (name, id) in ids {
            let (asset, preview, color) = seen(&app, &alice, &id).await;
            assert_eq!((asset, preview), ([640, 360], [640, 360]), "{name}");
            assert!(name != "layers.psd" || is_near(color, [200, 90, 10]), "{color:?}");
        }
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn what_ffmpeg_decodes_keeps_its_transparency_and_its_colours(app: TestApp) {
        if ffmpeg(&["-f", "lavfi", "-i", "color=red:size=16x16", "-frames:v", "1"], "png").is_none() {
            return;
        }
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let p3 = edge_media::color::embedded_profile(ColorSpace::DisplayP3).unwrap();
        // A number of layers below none says that the fourth channel is transparency.
        let clear = [0, 0, 0, 2, 0xFF, 0xFF];
        let mut ids = Vec::new();
        for (name, bytes) in [
            ("clear.psd", psd_with(640, 360, &[200, 90, 10, 128], &[], &clear)),
            ("selection.psd", psd_with(640, 360, &[200, 90, 10, 0], &[], &[])),
            ("wide.psd", psd_with(640, 360, &[200, 90, 10], &p3, &[])),
        ] {
            ids.push((name, upload(&app, &alice, name, bytes).await));
        }
        work_off(&app, &served).await;
        for (name, id) in ids {
            let (_, _, color) = seen(&app, &alice, &id).await;
            let wanted = match name {
                // JPEGs show it on black.
                "clear.psd" => [100, 45, 5],
                // What Display P3 calls this colour lies at the border of sRGB.
                "wide.psd" => [216, 81, 0],
                _ => [200, 90, 10],
            };
            assert!(is_near(color, wanted), "{name}: {color:?}");
            let thumbnail = app.get(&format!("/api/assets/{id}/thumbnail")).user(&alice).send().await.expect(200);
            let options = edge_media::decode::LoadOptions {
                short_side: 100,
                limits: edge_media::decode::Limits::native(),
                orientation: None,
                space: ColorSpace::Srgb,
            };
            let picture = edge_media::decode::load(&thumbnail.body, &options).unwrap();
            assert_eq!(picture.alpha, name == "clear.psd", "{name}");
        }
    }

    async fn a_tile_that_ffmpeg_takes_for_the_picture_is_none(app: TestApp) {
        let one = ["-f", "lavfi", "-i", "testsrc2=size=640x360", "-frames:v", "1", "-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8"];
        let Some(mut avif) = ffmpeg(&one, "avif") else { return };
        // The size of the whole picture, behind the name of its box, its version and its flags.
        let at = avif.windows(4).position(|name| name == b"ispe").unwrap() + 8;
        avif[at..at + 8].copy_from_slice(&[0, 0, 5, 0, 0, 0, 2, 0xD0]);
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        upload(&app, &alice, "grid.avif", avif).await;
        work_off(&app, &served).await;
        let failed = app.sql(stmt!("select last_error from job where state = 'failed'")).await;
        let reason: String = failed.first().unwrap().get("last_error").unwrap();
        assert_eq!(reason, "only a tile of this picture is decoded, (640, 360)");
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 0);
    }

    async fn edits_of_what_the_edge_cannot_decode_are_made_and_taken_back(app: TestApp) {
        let halves = "color=0xc02020:size=320x360,pad=640:360:0:0:0x2020c0";
        let one = ["-f", "lavfi", "-i", halves, "-frames:v", "1"];
        let Some(avif) = ffmpeg(&[&one[..], &["-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8"]].concat(), "avif") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let id = upload(&app, &alice, "halves.avif", avif).await;
        work_off(&app, &served).await;
        let (size, _, _) = seen(&app, &alice, &id).await;
        assert_eq!(size, [640, 360]);
        let before = thumbhash(&app, &id).await;
        // The red half, upright.
        edit(&app, &alice, &id, json!([
            {"action": "crop", "parameters": {"x": 0, "y": 0, "width": 320, "height": 360}},
            {"action": "rotate", "parameters": {"angle": 90}},
        ])).await;
        work_off(&app, &served).await;
        assert_ne!(thumbhash(&app, &id).await, before);
        assert_eq!(seen(&app, &alice, &id).await.0, [360, 320]);
        for size in ["preview", "fullsize"] {
            let picture = edited(&app, &alice, &id, size).await;
            let info = edge_media::decode::probe(&picture).unwrap();
            assert_eq!((info.width, info.height), (360, 320), "{size}");
            let color = support::color(&picture);
            assert!(color[0] > 150 && color[2] < 80, "{size}: {color:?}");
        }
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where is_edited = 1")).await, 3);
        app.delete(&format!("/api/assets/{id}/edits")).user(&alice).send().await.expect(204);
        work_off(&app, &served).await;
        assert_eq!(seen(&app, &alice, &id).await.0, [640, 360]);
        assert_eq!(thumbhash(&app, &id).await, before);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where is_edited = 1")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn the_full_size_of_an_edited_photo_is_what_the_edge_would_have_made(app: TestApp) {
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let id = upload(&app, &alice, "photo.jpg", jpeg(&soft(1200, 900), false, None)).await;
        app.run_jobs().await;
        edit(&app, &alice, &id, json!([
            {"action": "crop", "parameters": {"x": 100, "y": 200, "width": 600, "height": 500}},
            {"action": "mirror", "parameters": {"axis": "horizontal"}},
        ])).await;
        // Here the edge has memory enough.
        app.run_jobs().await;
        let edge = edited(&app, &alice, &id, "fullsize").await;
        let hash = thumbhash(&app, &id).await;
        let payload = json!({"id": id, "isRest": true});
        let mut rest = NewJob::new(app.app.uuid(), JobName::AssetEditThumbnailGeneration, payload, app.app.now());
        rest.companion_reason = Some("large".to_owned());
        app.sql(jobs::insert(&rest, app.app.now())).await;
        ran(served.companion().arg("--once")).await;
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        let companion = edited(&app, &alice, &id, "fullsize").await;
        assert!(edge == companion, "{} and {} bytes", edge.len(), companion.len());
        assert_eq!(thumbhash(&app, &id).await, hash);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 3);
    }

    async fn a_drawing_is_drawn_and_shows_nothing_but_itself(app: TestApp) {
        let Some(secret) = ffmpeg(&["-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1"], "png") else { return };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.png");
        std::fs::write(&file, secret).unwrap();
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let svg = |content: &str| format!("<svg xmlns='http://www.w3.org/2000/svg' width='600' height='400'>{content}</svg>").into_bytes();
        let square = "<rect width='600' height='400' fill='#3060c0'/>";
        let image = |href: &str| svg(&format!("{square}<image width='600' height='400' href='{href}'/>"));
        let mut ids = Vec::new();
        for (name, drawing) in [
            ("plain.svg", svg(square)),
            ("file.svg", image(&file.display().to_string())),
            ("url.svg", image(&format!("file://{}", file.display()))),
            ("far.svg", image("http://127.0.0.1:9/x.png")),
            ("text.svg", svg(&format!("{square}<text x='10' y='50' font-size='40'>words</text><script>alert(1)</script>"))),
        ] {
            ids.push((name, upload(&app, &alice, name, drawing).await));
        }
        upload(&app, &alice, "broken.svg", svg("<rect width='600'")).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        for (name, id) in ids {
            let (asset, preview, color) = seen(&app, &alice, &id).await;
            assert_eq!((asset, preview), ([600, 400], [600, 400]), "{name}");
            assert!(is_near(color, [0x30, 0x60, 0xc0]), "{name}: {color:?}");
        }
        assert_eq!(app.count(stmt!("select count(*) as n from job where state = 'failed' and last_error like '%damaged SVG%'")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 1);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn a_raw_file_without_a_picture_is_developed(app: TestApp) {
        if !support::can_develop() {
            return;
        }
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let small = ffmpeg(&["-f", "lavfi", "-i", "testsrc2=size=160x120", "-frames:v", "1", "-pix_fmt", "yuvj420p"], "jpg").unwrap();
        let mut with_icon = support::sensor(640, 480, 1);
        with_icon.extend(&small);
        let mut ids = Vec::new();
        for (name, raw) in [("plain.dng", support::sensor(640, 480, 1)), ("turned.dng", support::sensor(640, 480, 6)), ("icon.dng", with_icon)] {
            ids.push((name, upload(&app, &alice, name, raw).await));
        }
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from job where runner = 'companion' and state = 'waiting'")).await, 3);
        ran(served.companion().arg("--once")).await;
        for (name, id) in ids {
            let (asset, preview, [red, green, blue]) = seen(&app, &alice, &id).await;
            let turned = name == "turned.dng";
            assert_eq!(asset, if turned { [480, 640] } else { [640, 480] }, "{name}");
            assert_eq!(preview, if turned { [480, 640] } else { [640, 480] }, "{name}");
            // The sensor saw twice as much green as blue, and no red.
            assert!(green > blue && blue > red, "{name}: {red} {green} {blue}");
        }
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn half_a_developed_picture_is_not_shown_and_made_again(app: TestApp) {
        if !support::can_develop() {
            return;
        }
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let id = upload(&app, &alice, "plain.dng", support::sensor(640, 480, 1)).await;
        app.run_jobs().await;
        // As where the disk is full: the developer ends well all the same.
        let tools = support::only_ffmpeg();
        let paths = std::env::var_os("PATH").unwrap();
        let real = std::env::split_paths(&paths).map(|folder| folder.join("dcraw_emu")).find(|file| file.is_file()).unwrap();
        let half = format!("#!/bin/sh\n{} \"$@\"\n/usr/bin/head -c 5000 \"$6\" > \"$6.half\"\n/bin/mv \"$6.half\" \"$6\"\n", real.display());
        let developer = tools.path().join("dcraw_emu");
        std::fs::write(&developer, half).unwrap();
        std::fs::set_permissions(&developer, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        ran(served.companion().arg("--once").env("PATH", tools.path())).await;
        let waits = app.sql(stmt!("select last_error from job where state = 'waiting' and attempts = 1")).await;
        let reason: String = waits.first().unwrap().get("last_error").unwrap();
        assert!(reason.starts_with("a tool wrote a part of the picture only"), "{reason}");
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 0);
        app.clock.advance(10_000);
        ran(served.companion().arg("--once")).await;
        assert_eq!(seen(&app, &alice, &id).await.1, [640, 480]);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn a_playlist_that_poses_as_a_picture_reads_no_other_file(app: TestApp) {
        let Some(secret) = ffmpeg(&["-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1"], "png") else { return };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.png");
        std::fs::write(&file, secret).unwrap();
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        // Whoever follows it calls this address.
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        server.set_nonblocking(true).unwrap();
        let far = format!("http://{}/x.png", server.local_addr().unwrap());
        let hls = |target: &str| format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{target}\n#EXT-X-ENDLIST\n");
        let near = format!("file://{}", file.display());
        let concat = format!("ffconcat version 1.0\nfile '{}'\n", file.display());
        for (name, text) in [("near.avif", hls(&near)), ("far.avif", hls(&far)), ("list.psd", concat), ("far.jp2", format!("ffconcat version 1.0\nfile '{far}'\n"))] {
            let id = upload(&app, &alice, name, text.into_bytes()).await;
            hand_over(&app, &id).await;
            ran(served.companion().arg("--once")).await;
            let failed = app.sql(stmt!("select last_error from job where state = 'failed'")).await;
            let reason: String = failed.first().unwrap().get("last_error").unwrap();
            assert!(reason.contains("not on whitelist"), "{name}: {reason}");
        }
        assert!(server.accept().is_err(), "somebody called");
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 0);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn a_raw_file_that_only_its_developer_knows_is_developed(app: TestApp) {
        if !support::can_develop() {
            return;
        }
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        // LibRaw knows the AVT F-145C by nothing but the length of its files: a byte for each of 1392 x 1040 pixels.
        let bare = vec![120; 1392 * 1040];
        let id = upload(&app, &alice, "bare.raw", bare).await;
        let nothing = upload(&app, &alice, "nothing.raw", vec![120; 5_000]).await;
        work_off(&app, &served).await;
        let (asset, preview, _) = seen(&app, &alice, &id).await;
        assert_eq!((asset, preview), ([1392, 1040], [1392, 1040]));
        let failed = "select count(*) as n from job where state = 'failed' and length(last_error) > 10 and payload like '%' || ?1 || '%'";
        assert_eq!(app.count(stmt!(failed, &nothing)).await, 1);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }

    async fn the_large_picture_of_a_raw_file_is_it_only_where_the_setting_says_so(app: TestApp) {
        if !support::can_develop() {
            return;
        }
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let large = ffmpeg(&["-f", "lavfi", "-i", "color=0xc02020:size=1920x1440", "-frames:v", "1", "-pix_fmt", "yuvj420p"], "jpg").unwrap();
        let mut raw = support::sensor(640, 480, 1);
        raw.extend(large);
        let id = upload(&app, &alice, "both.dng", raw).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once")).await;
        let (_, preview, [red, green, _]) = seen(&app, &alice, &id).await;
        assert!(preview == [640, 480] && green > red, "{preview:?} {red} {green}");
        let on = r#"{"image":{"extractEmbedded":true}}"#;
        app.sql(stmt!("insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0)", on)).await;
        // The server knows its configuration for some seconds.
        app.clock.advance(60_000);
        hand_over(&app, &id).await;
        ran(served.companion().arg("--once")).await;
        let (_, preview, [red, green, _]) = seen(&app, &alice, &id).await;
        assert!(preview == [1920, 1440] && red > green, "{preview:?} {red} {green}");
    }

    async fn without_a_developer_the_small_picture_of_a_raw_file_does_and_none_is_a_reason(app: TestApp) {
        let Some(small) = ffmpeg(&["-f", "lavfi", "-i", "testsrc2=size=160x120", "-frames:v", "1", "-pix_fmt", "yuvj420p"], "jpg") else { return };
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let id = upload(&app, &alice, "icon.dng", support::raw_with(&small)).await;
        upload(&app, &alice, "none.dng", support::sensor(640, 480, 1)).await;
        app.run_jobs().await;
        ran(served.companion().arg("--once").env("PATH", support::only_ffmpeg().path())).await;
        assert_eq!(seen(&app, &alice, &id).await.1, [160, 120]);
        let failed = app.sql(stmt!("select last_error from job where state = 'failed'")).await;
        let reason: String = failed.first().unwrap().get("last_error").unwrap();
        assert!(reason.contains("no JPEG in this raw file") && reason.contains("dcraw_emu"), "{reason}");
    }

    async fn large_photos_panoramas_and_jpeg_xl_get_their_renditions(app: TestApp) {
        let (alice, served) = (app.user("alice").await, Served::start(&app).await);
        let photo = soft(6000, 4000);
        let Some(jxl) = ffmpeg(&["-f", "lavfi", "-i", "color=0x3060c0:size=6000x4000", "-frames:v", "1", "-c:v", "libjxl", "-effort", "1"], "jxl") else { return };
        let progressive = upload(&app, &alice, "progressive.jpg", jpeg(&photo, true, None)).await;
        drop(photo);
        let xl = upload(&app, &alice, "large.jxl", jxl).await;
        for id in [&progressive, &xl] {
            hand_over(&app, id).await;
            ran(served.companion().arg("--once")).await;
            let (asset, preview, _) = seen(&app, &alice, id).await;
            assert_eq!((asset, preview), ([6000, 4000], [2160, 1440]));
        }
        let xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' \
             xmlns:GPano='http://ns.google.com/photos/1.0/panorama/' GPano:ProjectionType='equirectangular'/></rdf:RDF></x:xmpmeta>";
        let around = upload(&app, &alice, "around.tif", jpeg(&soft(8000, 4000), false, Some(xmp))).await;
        // Its metadata say what it is. Browsers show no TIFF by its name.
        app.run_jobs().await;
        app.sql(stmt!("delete from asset_file")).await;
        hand_over(&app, &around).await;
        ran(served.companion().arg("--once")).await;
        let (asset, preview, _) = seen(&app, &alice, &around).await;
        assert_eq!((asset, preview), ([8000, 4000], [2880, 1440]));
        // A panorama is looked at in its full size.
        let whole = app.get(&format!("/api/assets/{around}/thumbnail?size=fullsize")).user(&alice).send().await.expect(200);
        let info = edge_media::decode::probe(&whole.body).unwrap();
        assert_eq!((info.width, info.height), (8000, 4000));
        // It says so to whoever saves it.
        let said = edge_media::metadata::panorama_xmp(&whole.body).unwrap();
        assert!(said.contains("GPano:ProjectionType=\"equirectangular\""), "{said}");
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where type = 'fullsize'")).await, 1);
        assert_eq!(served.left_behind(), Vec::<String>::new());
    }
}
