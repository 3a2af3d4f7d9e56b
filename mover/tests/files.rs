//! From a made-up Google Takeout, in folders and in .zip files, and from a plain folder.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

mod support;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use edge_testkit::{NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs as _;
use serde_json::{Value, json};
use support::{Mover, Served, areas, library, names, picture, set, write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const LONG: &str = "A title of a photo that is much longer than a Takeout lets it be.jpg";

fn meta(title: &str, more: &Value) -> Vec<u8> {
    let mut meta = json!({
        "title": title,
        "description": "",
        "photoTakenTime": {"timestamp": "1688800211"},
        "creationTime": {"timestamp": "1688900000"},
        "geoData": {"latitude": 0.0, "longitude": 0.0},
    });
    meta.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    meta.to_string().into_bytes()
}

/// Two parts of a Takeout: the folder of a year, and an album that repeats one of its photos.
fn takeout() -> [Vec<(String, Vec<u8>)>; 2] {
    let facts = json!({
        "description": "by the sea", "favorited": true,
        "geoData": {"latitude": 36.5, "longitude": -4.25}, "people": [{"name": "Carol"}],
    });
    let cut = "A title of a photo that is much longer than a T";
    let year = "Takeout/Google Photos/Photos from 2023";
    let first = [
        ("a.jpg", picture(60)),
        ("a.jpg.supplemental-metadata.json", meta("a.jpg", &facts)),
        ("a(1).jpg", picture(61)),
        (
            "a.jpg.supplemental-metadata(1).json",
            meta("a.jpg", &json!({"archived": true})),
        ),
        ("a-edited.jpg", picture(62)),
        (&format!("{cut}.jpg"), picture(63)),
        (&format!("{}.json", &cut[..46]), meta(LONG, &json!({}))),
        ("live.HEIC", picture(64)),
        ("live.HEIC.json", meta("live.HEIC", &json!({}))),
        ("live.MP4", b"frames".to_vec()),
        ("gone.jpg", picture(65)),
        (
            "gone.jpg.supplem.json",
            meta("gone.jpg", &json!({"trashed": true})),
        ),
        (
            "metadata.json",
            json!({"title": "Photos from 2023"})
                .to_string()
                .into_bytes(),
        ),
        ("broken.jpg.json", b"{".to_vec()),
        ("notes.html", b"<p>".to_vec()),
    ];
    let first = first.map(|(name, bytes)| (format!("{year}/{name}"), bytes));
    let album = "Takeout/Google Photos/Trip to the sea";
    let second = [
        (
            "metadata.json",
            json!({"title": "Trip / sea", "description": ""})
                .to_string()
                .into_bytes(),
        ),
        ("a.jpg", picture(60)),
        ("a.jpg.supplemental-metadata.json", meta("a.jpg", &facts)),
    ];
    [
        first.to_vec(),
        second
            .map(|(name, bytes)| (format!("{album}/{name}"), bytes))
            .to_vec(),
    ]
}

fn zipped(path: &Path, files: &[(String, Vec<u8>)], how: CompressionMethod) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(how);
        zip.start_file(name.as_str(), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

async fn server(app: &TestApp) -> (Served, NewUser, String) {
    let alice = app.user("alice").await;
    let key = app.api_key(&alice, &["all"]).await;
    (Served::start(app).await, alice, key)
}

async fn check_takeout(app: &TestApp, alice: &NewUser) {
    let items = library(app, alice).await;
    let all = items
        .iter()
        .map(|item| item["originalFileName"].as_str().unwrap().to_owned());
    let all: Vec<String> = all.collect();
    assert_eq!(
        all,
        [
            LONG,
            "a-edited.jpg",
            "a.jpg",
            "a.jpg",
            "gone.jpg",
            "live.HEIC",
            "live.MP4"
        ]
    );
    let (one, other) = (&items[2], &items[3]);
    let (a, second) = if one["isFavorite"] == true {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(
        (&a["visibility"], &second["visibility"]),
        (&json!("timeline"), &json!("archive"))
    );
    assert_eq!(a["fileCreatedAt"], "2023-07-08T07:10:11.000Z");
    let exif = &a["exifInfo"];
    assert_eq!(
        (&exif["description"], &exif["latitude"]),
        (&json!("by the sea"), &json!(36.5))
    );
    assert_eq!(items[4]["isTrashed"], true);
    assert_eq!(
        (&items[5]["livePhotoVideoId"], &items[6]["visibility"]),
        (&items[6]["id"], &json!("hidden"))
    );
    let edited = format!("/api/assets/{}", items[1]["id"].as_str().unwrap());
    let edited = app.get(&edited).user(alice).send().await.expect(200).json();
    assert_eq!(edited["stack"]["primaryAssetId"], edited["id"]);
    assert_eq!(
        edited["exifInfo"]["description"], "by the sea",
        "an edited copy shares the JSON"
    );
    let albums = app
        .get("/api/albums")
        .user(alice)
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(albums.as_array().unwrap().len(), 1);
    assert_eq!(
        (&albums[0]["albumName"], &albums[0]["assetCount"]),
        (&json!("Trip / sea"), &json!(1))
    );
}

on_each_database! {
    async fn a_takeout_in_zip_files_is_moved_once(app: TestApp) {
        let (served, alice, key) = server(&app).await;
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = takeout();
        let parts = [folder.path().join("takeout-001.zip"), folder.path().join("takeout-002.zip")];
        zipped(&parts[0], &first, CompressionMethod::Deflated);
        zipped(&parts[1], &second, CompressionMethod::Stored);
        let parts = parts.each_ref().map(|part| part.to_str().unwrap());
        let mover = Mover::new(&["--takeout", parts[0], "--takeout", parts[1], "--to", &served.url, "--api-key", &key]);
        let dry = mover.output(&["--dry-run"]).await;
        let dry = String::from_utf8_lossy(&dry.stdout).into_owned();
        assert!(dry.contains("8 to upload"), "{dry}");
        assert_eq!(served.take_changes(), [""; 0]);
        // A JSON file that is none is told, and stops nothing.
        let said = mover.fail().await;
        assert!(said.contains("7 uploaded") && said.contains("1 there before, 1 failed"), "{said}");
        assert!(said.contains("broken.jpg.json") && said.contains("notes.html"), "{said}");
        app.run_jobs().await;
        check_takeout(&app, &alice).await;
        served.take_changes();
        assert!(mover.fail().await.contains("0 uploaded (0 B), 8 there before"));
        assert_eq!(served.take_changes(), [""; 0]);
    }

    async fn a_takeout_in_folders_is_the_same(app: TestApp) {
        let (served, alice, key) = server(&app).await;
        let folder = tempfile::tempdir().unwrap();
        for part in takeout() {
            let part: Vec<_> = part.iter().filter(|(name, _)| !name.contains("broken")).collect();
            let part: Vec<(&str, Vec<u8>)> = part.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
            write(folder.path(), &part);
        }
        let path = folder.path().to_str().unwrap();
        let mover = Mover::new(&["--takeout", path, "--to", &served.url, "--api-key", &key]);
        let said = mover.run().await;
        assert!(said.contains("7 uploaded") && said.contains("1 there before, 0 failed"), "{said}");
        check_takeout(&app, &alice).await;
    }

    async fn a_folder_with_sidecars_moves_with_albums(app: TestApp) {
        let (served, alice, key) = server(&app).await;
        let folder = tempfile::tempdir().unwrap();
        let xmp = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
                   <rdf:Description xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmp:Rating=\"5\"/></rdf:RDF></x:xmpmeta>";
        write(folder.path(), &[
            ("top.jpg", picture(60)),
            ("Trip/a.jpg", picture(61)),
            ("Trip/a.jpg.xmp", xmp.as_bytes().to_vec()),
            ("Trip/notes.txt", b"notes".to_vec()),
        ]);
        let path = folder.path().to_str().unwrap();
        let mover = Mover::new(&["--folder", path, "--albums", "--to", &served.url, "--api-key", &key]);
        let said = mover.run().await;
        assert!(said.contains("2 uploaded") && said.contains("notes.txt"), "{said}");
        app.run_jobs().await;
        let items = library(&app, &alice).await;
        assert_eq!(items[0]["exifInfo"]["rating"], 5);
        let albums = app.get("/api/albums").user(&alice).send().await.expect(200).json();
        assert_eq!((&albums[0]["albumName"], &albums[0]["assetCount"]), (&json!("Trip"), &json!(1)));
        served.take_changes();
        write(folder.path(), &[("Trip/b.jpg", picture(62))]);
        assert!(mover.run().await.contains("1 uploaded"));
        assert_eq!(served.take_changes(), [
            "POST /api/assets".to_owned(),
            format!("PUT /api/albums/{}/assets", albums[0]["id"].as_str().unwrap()),
        ]);
        let all = names(&app, &alice).await.into_iter().collect();
        assert_eq!(set(&["a.jpg", "b.jpg", "top.jpg"]), all);
    }
}
