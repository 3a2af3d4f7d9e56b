//! Camera raw files: their own JPEG stands for them.

use super::*;

/// A DNG turned by `orientation`: its first directory is a small picture, nested ones name the JPEG and the sensor's 4000 x 3000 values.
fn dng(jpeg: &[u8], orientation: u32) -> Vec<u8> {
    let directory = |entries: &[(u16, u16, u32, u32)]| {
        let mut out = u16::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
        for (tag, kind, count, value) in entries {
            out.extend(tag.to_le_bytes());
            out.extend(kind.to_le_bytes());
            out.extend(count.to_le_bytes());
            out.extend(value.to_le_bytes());
        }
        out.extend([0; 4]);
        out
    };
    let length = u32::try_from(jpeg.len()).unwrap();
    let pieces = [
        (
            8,
            directory(&[
                (0x00fe, 4, 1, 1),
                (0x0112, 3, 1, orientation),
                (0x014a, 4, 2, 100),
                (0xc612, 1, 4, 0x0401),
            ]),
        ),
        (100, [120_u32.to_le_bytes(), 200_u32.to_le_bytes()].concat()),
        (
            120,
            directory(&[
                (0x00fe, 4, 1, 0),
                (0x0100, 4, 1, 4000),
                (0x0101, 4, 1, 3000),
            ]),
        ),
        (
            200,
            directory(&[
                (0x00fe, 4, 1, 1),
                (0x0103, 3, 1, 7),
                (0x0111, 4, 1, 400),
                (0x0117, 4, 1, length),
            ]),
        ),
        (400, jpeg.to_vec()),
    ];
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    for (at, piece) in pieces {
        out.resize(at, 0);
        out.extend(piece);
    }
    // The sensor's values.
    out.extend(vec![9; 3_000_000]);
    out
}

on_each_database! {
    async fn the_cameras_own_jpeg_stands_for_a_raw_file(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.DNG", dng(&pictures::plain_jpeg(2000, 1500), 6)).await;
        app.run_jobs().await;
        let size = "select a.width || 'x' || a.height as n from asset a where a.id = ?1";
        assert_eq!(text(&app, size, &asset).await, "3000x4000", "of the sensor, upright");
        let (a, b) = (&asset[..2], &asset[2..4]);
        let folder = format!("thumbs/{}/{a}/{b}/{asset}", alice.id);
        assert_eq!(size_of(&app, &format!("{folder}_preview.jpeg")).await, (1440, 1920));
        assert_eq!(size_of(&app, &format!("{folder}_thumbnail.webp")).await, (250, 333));
        // The setting is off: what the camera made stands there until the companion has developed it.
        let state = text(&app, FAILURE, &asset).await;
        assert!(state.starts_with("waiting/companion/"), "{state}");
        let rest = "select count(*) as n from job where kind = 'AssetGenerateThumbnails' and payload like '%isRest%' and runner_reason like '%LibRaw%'";
        assert_eq!(app.count(stmt!(rest)).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 1);
    }

    async fn a_jpeg_as_large_as_a_preview_is_the_picture_where_the_setting_says_so(app: TestApp) {
        let on = r#"{"image":{"extractEmbedded":true}}"#;
        app.sql(stmt!("insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0)", on)).await;
        let alice = app.user("alice").await;
        upload(&app, &alice, "large.dng", dng(&pictures::plain_jpeg(2000, 1500), 1)).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        upload(&app, &alice, "small.dng", dng(&pictures::plain_jpeg(1200, 900), 1)).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from job where runner = 'companion'")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where type = 'preview'")).await, 2);
    }

    async fn a_raw_file_without_a_usable_jpeg_is_the_companions(app: TestApp) {
        let alice = app.user("alice").await;
        let whole = dng(&pictures::plain_jpeg(600, 400), 1);
        let torn = {
            let mut torn = whole.clone();
            torn[402..].fill(0);
            torn
        };
        let small = dng(&pictures::plain_jpeg(160, 120), 1);
        for (name, bytes) in [("torn.dng", torn), ("cut.dng", whole[..420].to_vec()), ("small.dng", small)] {
            let asset = upload(&app, &alice, name, bytes).await;
            app.run_jobs().await;
            let state = text(&app, FAILURE, &asset).await;
            assert!(state.starts_with("waiting/companion/"), "{name}: {state}");
        }
    }
}
