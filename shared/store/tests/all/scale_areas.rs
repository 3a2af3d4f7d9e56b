//! Statements of further areas whose cost must not grow with the library (see `scale`): live transcoding, libraries, integrity,
//! text in pictures, backups.

use edge_api::enums::{AssetType, IntegrityReport, JobName};
use edge_platform::Statement;
use edge_store::{
    backup, faces, hls, integrity,
    libraries::{self, Found},
    ocr::{self, NewLine},
};
use edge_testkit::library;

/// What viewers, scans and checks ask for, for ten assets at most.
pub fn statements() -> Vec<(&'static str, Statement)> {
    let ids: Vec<String> = (1..=10).map(|n| library::asset_id(n * 31)).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut all = streams(ids[0]);
    all.extend(of_libraries(&ids));
    all.extend(checks(&ids));
    all.extend(text(ids[0]));
    all.extend(first_pages());
    all
}

fn streams(asset: &str) -> Vec<(&'static str, Statement)> {
    let mut all = vec![
        ("what a stream shows", hls::find_video(asset)),
        ("a segment", hls::find(asset, "session", 0, 1, 1)),
    ];
    let batches = [
        hls::begin("session", asset, library::ALICE, 1),
        hls::end("session", asset, 1),
    ];
    all.extend(batches.into_iter().flatten().map(|it| ("a stream", it)));
    all
}

fn of_libraries(ids: &[&str]) -> Vec<(&'static str, Statement)> {
    let found = Found {
        id: "00000000-0000-4000-8000-00000000f00d".into(),
        path: "library/a.jpg".into(),
        checksum: "sum".into(),
        kind: AssetType::Image,
        size: 1,
        modified: 1,
        sidecar: None,
    };
    let mut all = vec![
        ("a library", libraries::find("library")),
        ("libraries", libraries::list()),
        (
            "a scan that goes on",
            libraries::going_on("library", JobName::LibrarySyncFilesQueueAll),
        ),
        (
            "which files are new",
            libraries::unknown("library", &["upload/1", "upload/2"]),
        ),
        ("files that are gone", libraries::offline(ids, 1)),
        ("files that are back", libraries::online(ids, 1)),
        ("removal of a library", libraries::remove("library")),
        ("statistics of a library", libraries::statistics("library")),
    ];
    let added = libraries::add("library", &[found], 1);
    all.extend(added.into_iter().map(|it| ("new files", it)));
    all
}

fn checks(ids: &[&str]) -> Vec<(&'static str, Statement)> {
    vec![
        (
            "findings",
            integrity::page(IntegrityReport::MissingFile, None, 100),
        ),
        ("owners of findings", integrity::owners(ids)),
        (
            "objects of nobody",
            integrity::untracked(&["upload/1", "upload/x"]),
        ),
        (
            "files that are missing",
            integrity::forget_files(ids, &["thumbs/1"]),
        ),
    ]
}

fn text(asset: &str) -> Vec<(&'static str, Statement)> {
    let line = NewLine {
        id: "line".into(),
        corners: [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)],
        box_score: 1.0,
        text_score: 1.0,
        text: "words".into(),
    };
    let mut all = vec![
        ("text of a picture", ocr::list(asset)),
        ("faces of a picture", faces::list(asset)),
    ];
    // What holds a result to its job is put in where the job is finished.
    let stored = ocr::store(asset, &[line], 1).into_iter();
    all.extend(stored.map(|mut it| {
        it.sql = it.sql.replace("{held}", "1 = 1").into();
        ("text that was read", it)
    }));
    all
}

/// The first page of those parts of a backup that fill one. Parts with links between rows of one table are left out: they read the
/// table once more, over all their pages together.
fn first_pages() -> Vec<(&'static str, Statement)> {
    let pages = backup::sections();
    pages
        .iter()
        .filter(|section| !section.is_link && ["asset", "asset_exif"].contains(&section.table.name))
        .map(|section| ("a page of a backup", backup::page(section, None)))
        .collect()
}
