//! What few of the 200,000 assets of `search.rs` have: searching for it costs about what they are, whichever filter asks.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::{Database, Statement};
use edge_store::search::{self, Search};
use edge_testkit::library;
use serde_json::{Value, json};

use crate::search::{by_alice, filters, page, structured};

/// An external library of Alice.
const LIBRARY: &str = "00000001-0000-4000-8000-0000000a11b0";
/// Of so many assets each is written; some of them are in the trash or locked.
const FEW: i64 = 20;

/// What only a flat filter can ask for, and what is asked for most.
fn flat() -> Vec<(&'static str, Value)> {
    vec![
        ("a rating that few have", json!({ "rating": 5 })),
        ("a lens that few have", json!({ "lensModel": "Lens" })),
        ("a model that few have", json!({ "model": "Model" })),
        ("a state without its country", json!({ "state": "Few" })),
        ("motion that few have", json!({ "isMotion": true })),
        ("files that are gone", json!({ "isOffline": true })),
        ("videos that are encoded", json!({ "isEncoded": true })),
        (
            "an encoded video",
            json!({ "encodedVideoPath": "encoded 7" }),
        ),
        ("a kind that few are of", json!({ "type": "AUDIO" })),
        ("a small library", json!({ "libraryId": LIBRARY })),
    ]
}

/// What nobody has.
fn none() -> Vec<(&'static str, Value)> {
    vec![
        ("a rating that none has", json!({ "rating": 1 })),
        ("a lens that none has", json!({ "lensModel": "None" })),
        ("a state that none is in", json!({ "state": "None" })),
        ("a kind that none is of", json!({ "type": "OTHER" })),
        (
            "a library that is not there",
            json!({ "libraryId": library::CAROL }),
        ),
    ]
}

fn of_filters() -> Vec<(&'static str, Value)> {
    vec![
        ("structured: stars", json!({ "rating": { "gte": 4 } })),
        ("structured: any stars", json!({ "rating": { "ne": null } })),
        (
            "structured: stars in",
            json!({ "rating": { "in": [4, 5] } }),
        ),
        (
            "structured: lenses",
            json!({ "lensModel": { "in": ["Lens", "None"] } }),
        ),
        ("structured: a state", json!({ "state": { "ne": null } })),
        (
            "structured: kinds",
            json!({ "type": { "in": ["AUDIO", "OTHER"] } }),
        ),
        (
            "structured: the largest",
            json!({ "fileSizeInBytes": { "gte": 200_990 } }),
        ),
        (
            "structured: a library",
            json!({ "libraryId": { "eq": LIBRARY } }),
        ),
        (
            "structured: a lens, motion or a library",
            json!({ "or": [
                { "lensModel": { "eq": "Lens" } },
                { "isMotion": { "eq": true } },
                { "libraryId": { "eq": LIBRARY } },
            ] }),
        ),
    ]
}

/// Each of them as a page, the flat ones also as a count.
pub fn all() -> Vec<(&'static str, Statement)> {
    let mut all = Vec::new();
    for (name, body) in flat().into_iter().chain(none()) {
        all.push((name, page(&body, 1)));
        all.push((name, search_of(&body).count()));
    }
    let page = |(name, filter): (&'static str, Value)| (name, structured(&filter, "fileCreatedAt"));
    all.extend(of_filters().into_iter().map(page));
    all
}

fn search_of(body: &Value) -> Search {
    let (filters, metadata) = filters(body);
    Search::new(&filters).with(&filters, &metadata, None)
}

async fn total(db: &dyn Database, body: &Value) -> i64 {
    let rows = db.run(by_alice(search_of(body).count())).await;
    let rows = rows.unwrap_or_else(|error| panic!("{body}: {error}"));
    search::total(Some(&rows)).unwrap()
}

/// How many of what few have is found: what the costs are of.
pub async fn check(db: &dyn Database) {
    for (name, body) in flat() {
        let total = total(db, &body).await;
        assert!((1..=FEW).contains(&total), "{total} are {name}");
    }
    for (name, body) in none() {
        assert_eq!(total(db, &body).await, 0, "{name}");
    }
}

/// Writes it, where no triggers run.
pub async fn fill(db: &dyn Database) {
    let (alice, some) = (library::ALICE, library::asset_id(10));
    let these = |first: i64| {
        let last = first + FEW - 1;
        format!("owner_id = '{alice}' and file_size_in_byte between {first} and {last}")
    };
    for sql in [
        format!(
            "insert into library (id, owner_id, name, import_paths, exclusion_patterns, created_at, updated_at) \
             values ('{LIBRARY}', '{alice}', 'Few', '[]', '[]', 0, 0)"
        ),
        format!(
            "update asset_exif set rating = 5, lens_model = 'Lens', model = 'Model', state = 'Few', update_id = 'u' \
             where asset_id in (select id from asset where {})",
            these(151_001)
        ),
        format!(
            "update asset set live_photo_video_id = '{some}', update_id = 'u' where {}",
            these(152_001)
        ),
        format!(
            "update asset set is_offline = 1, update_id = 'u' where {}",
            these(153_001)
        ),
        format!(
            "update asset set type = 'AUDIO', update_id = 'u' where {}",
            these(154_001)
        ),
        format!(
            "update asset set library_id = '{LIBRARY}', update_id = 'u' where {}",
            these(155_001)
        ),
        format!(
            "insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) \
             select id, 'encoded_video', 'encoded ' || id, 'encoded ' || cast(file_size_in_byte / 10 - 15600 as text), 'video/mp4', 1, 0, 0 \
             from asset where owner_id = '{alice}' and type = 'VIDEO' and file_size_in_byte between 156000 and 156199"
        ),
    ] {
        let result = db.run(Statement::new(sql.clone(), Vec::new())).await;
        result.unwrap_or_else(|error| panic!("{error} in {sql}"));
    }
}
