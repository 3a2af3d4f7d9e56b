//! Films inside of photos (api/assets.md section 3).

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use sha1::{Digest, Sha1};

use crate::{areas, pictures, store, text, upload};

/// A box of the ISO base media file format.
fn boxed(kind: &str, content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
    [&size[..], kind.as_bytes(), content].concat()
}

on_each_database! {
    async fn the_film_of_a_motion_photo_becomes_its_hidden_motion_part(app: TestApp) {
        let alice = app.user("alice").await;
        let film = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42 and so on".to_vec();
        let asset = upload(&app, &alice, "PXL.MP.jpg", pictures::motion_photo(300, 200, &film)).await;
        app.run_jobs().await;
        let part = "select v.type || '|' || v.visibility || '|' || v.original_file_name || '|' || e.file_size_in_byte as n \
             from asset s join asset v on v.id = s.live_photo_video_id join asset_exif e on e.asset_id = v.id where s.id = ?1";
        let expected = format!("VIDEO|hidden|PXL.MP.mp4|{}", film.len());
        assert_eq!(text(&app, part, &asset).await, expected);
        let usage = "select quota_usage_in_bytes as n from users";
        assert_eq!(app.count(stmt!(usage)).await, i64::try_from(film.len()).unwrap());
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        let keys = app.object_keys().await;
        assert!(keys[0].starts_with("encoded-video/") && keys[0].ends_with("-MP.mp4"), "{keys:?}");
        let left = "select count(*) as n from job where kind = 'AssetEncodeVideo' and runner = 'companion'";
        assert_eq!(app.count(stmt!(left)).await, 1);

        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert_eq!(app.object_keys().await, keys);
        assert_eq!(app.count(stmt!("select count(*) as n from asset")).await, 2);
    }

    async fn the_film_in_a_box_of_a_heic_becomes_its_motion_part(app: TestApp) {
        let alice = app.user("alice").await;
        let film = [boxed("ftyp", b"mp42\0\0\0\0mp42"), boxed("mdat", &[7; 40])].concat();
        let photo = [boxed("ftyp", b"heic\0\0\0\0heicmif1"), boxed("mdat", &[1; 100]), boxed("mpvd", &film)].concat();
        let asset = upload(&app, &alice, "IMG.heic", photo).await;
        app.run_jobs().await;
        let part = "select v.type || '|' || v.visibility || '|' || v.original_path as n \
             from asset s join asset v on v.id = s.live_photo_video_id where s.id = ?1";
        let found = text(&app, part, &asset).await;
        let key = found.strip_prefix("VIDEO|hidden|").unwrap_or_else(|| panic!("{found}"));
        let object = app.app.objects.get(key, None).await.unwrap().unwrap();
        assert_eq!(object.body.collect(1_000).await.unwrap(), film);
    }

    /// Pieces of 8 MiB: in one piece a film of 41 MiB took more than the 128 MB of an isolate.
    async fn a_film_of_many_pieces_is_copied_as_it_is(app: TestApp) {
        let alice = app.user("alice").await;
        let numbers = (0..4_400_000_u32).flat_map(u32::to_be_bytes);
        let film: Vec<u8> = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42".iter().copied().chain(numbers).collect();
        let asset = upload(&app, &alice, "PXL.MP.jpg", pictures::motion_photo(300, 200, &film)).await;
        app.run_jobs().await;
        let part = "select v.original_path as n from asset s join asset v on v.id = s.live_photo_video_id where s.id = ?1";
        let key = text(&app, part, &asset).await;
        let object = app.app.objects.get(&key, None).await.unwrap().unwrap();
        assert!(object.body.collect(film.len()).await.unwrap() == film);
        let checksum = text(&app, "select v.checksum as n from asset s join asset v on v.id = s.live_photo_video_id where s.id = ?1", &asset).await;
        assert_eq!(checksum, STANDARD.encode(Sha1::digest(&film)));
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
    }
}
