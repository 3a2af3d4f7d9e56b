//! Further reads in the library of 200,000 assets that `search.rs` fills, with the same bounds as those of `hot_reads.rs`: months of the
//! timeline, lists of stacks, folders, copies and comments, downloads, maps with filters, and what search fields suggest.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::{
    input::{Input, from_query},
    time::Date,
};
use edge_platform::{Database, Statement};
use edge_store::{
    activities, albums, download, duplicates, folders, map, memories,
    search::{Search, Shown, people, values},
    stacks, timeline,
};
use edge_testkit::library;
use serde_json::json;

use crate::{
    hot_reads::{MARKERS, Read},
    search::{by_alice, filters},
};

/// Where a thousand of the originals are.
const FOLDER: &str = "library/trip";
/// Twenty thousand parts are an answer two hundred times as long as a page of photos; each has its size looked up.
const PARTS: i64 = 8;

fn query<T: Input>(text: &str) -> T {
    from_query(text).unwrap()
}

/// Each of them, once.
pub fn all() -> Vec<Read> {
    let read = |times| {
        move |(name, statement): (&'static str, Statement)| Read {
            name,
            statement: by_alice(statement),
            times,
        }
    };
    let pages = months().into_iter().chain(lists()).chain(fields());
    let pages = pages.chain(comments()).map(read(1));
    let markers = markers().into_iter().map(read(MARKERS));
    let parts = parts().into_iter().map(read(PARTS));
    pages.chain(markers).chain(parts).collect()
}

/// The main read of the timeline, for the page, the app, and each of the places that show a part of it.
fn months() -> Vec<(&'static str, Statement)> {
    let month = |text: &str, day: &str| {
        let day = Date::parse(day).unwrap();
        timeline::bucket(&query(text), day)
    };
    let of_june = |text: &str| month(text, "2016-06-01");
    let album = format!("albumId={}", library::LARGE_ALBUM);
    vec![
        (
            "a month on the page",
            of_june("visibility=timeline&withStacked=true&withPartners=true"),
        ),
        ("a month", of_june("")),
        ("a month of the archive", of_june("visibility=archive")),
        ("a month of favorites", of_june("isFavorite=true")),
        ("a month without favorites", of_june("isFavorite=false")),
        ("a month of the trash", of_june("isTrashed=true")),
        ("a month of the locked folder", of_june("visibility=locked")),
        ("a month of an album", month(&album, "2016-05-01")),
        // In the other one is nearly everything.
        (
            "a month of few uploads",
            month("orderBy=createdAt", "2023-02-01"),
        ),
    ]
}

fn lists() -> Vec<(&'static str, Statement)> {
    let stack_of = library::asset_id(3_021);
    let (filters, _) = filters(&json!({}));
    let largest = Search::new(&filters).largest(100, 0, Shown::default());
    vec![
        ("stacks", stacks::select(stacks::Which::All)),
        (
            "the stack of an asset",
            stacks::select(stacks::Which::Of(&stack_of)),
        ),
        ("folders", folders::list()),
        ("a folder", folders::contents(FOLDER)),
        ("copies", duplicates::list()),
        ("the largest", largest.into_iter().next().unwrap()),
        (
            "memories of a day",
            memories::search(&query("for=2020-01-01T00:00:00.000Z")),
        ),
        (
            "a small download",
            download::sizes(download::Which::Album(library::SMALL_ALBUM), None),
        ),
    ]
}

/// What fields for searching suggest.
fn fields() -> Vec<(&'static str, Statement)> {
    let suggested = |text: &str| values::suggestions(&query(text));
    vec![
        ("people by name", people::named(false)),
        ("states", suggested("type=state")),
        ("names of cities", suggested("type=city")),
        (
            "cities of a country",
            suggested("type=city&country=Country"),
        ),
        ("makes", suggested("type=camera-make")),
        ("models", suggested("type=camera-model")),
        (
            "models of a make",
            suggested("type=camera-model&make=Make%203"),
        ),
        ("lenses", suggested("type=camera-lens-model")),
    ]
}

fn comments() -> Vec<(&'static str, Statement)> {
    let asset = library::asset_id(4_000);
    let small = format!("albumId={}", library::SMALL_ALBUM);
    let large = format!("albumId={}", library::LARGE_ALBUM);
    let about = format!("{large}&assetId={asset}");
    vec![
        ("comments of an album", activities::list(&query(&small))),
        ("comments of an asset", activities::list(&query(&about))),
        (
            "whether an album is liked",
            activities::list(&query(&format!(
                "{large}&level=album&type=like&userId={}",
                library::BOB
            ))),
        ),
        (
            "how many comments an album has",
            activities::statistics(&query(&large)),
        ),
        (
            "how many comments an asset has",
            activities::statistics(&query(&about)),
        ),
    ]
}

/// Pages of markers, and few of them among all.
fn markers() -> Vec<(&'static str, Statement)> {
    let all = |text: &str| map::all(&query(text));
    let middle = library::asset_id(77);
    vec![
        ("markers of favorites", all("isFavorite=true")),
        (
            "markers of favorites and albums",
            all("isFavorite=true&withSharedAlbums=true&withPartners=true"),
        ),
        ("markers of others than favorites", all("isFavorite=false")),
        (
            "markers of the archive, too",
            all("isArchived=true&withPartners=true&withSharedAlbums=true"),
        ),
        (
            "markers of an album",
            albums::map_markers(library::LARGE_ALBUM, None),
        ),
        (
            "the next markers of an album",
            albums::map_markers(library::LARGE_ALBUM, Some(&middle)),
        ),
    ]
}

/// The first twenty thousand parts of what is downloaded whole.
fn parts() -> Vec<(&'static str, Statement)> {
    vec![
        (
            "a download of an album",
            download::sizes(download::Which::Album(library::LARGE_ALBUM), None),
        ),
        (
            "a download of all",
            download::sizes(download::Which::Mine, None),
        ),
    ]
}

/// Copies, a folder, cameras, and comments, where no triggers run.
pub async fn fill(db: &dyn Database) {
    let (alice, bob) = (library::ALICE, library::BOB);
    let (small, large) = (library::SMALL_ALBUM, library::LARGE_ALBUM);
    let asset = library::asset_id(4_000);
    let these = |first: i64, last: i64| {
        format!("owner_id = '{alice}' and file_size_in_byte between {first} and {last}")
    };
    for sql in [
        format!(
            "update asset set duplicate_id = 'group ' || cast(file_size_in_byte % 50 as text), update_id = 'u' where {}",
            these(161_000, 161_099)
        ),
        format!(
            "update asset set original_path = '{FOLDER}/' || cast(file_size_in_byte as text), update_id = 'u' where {}",
            these(162_000, 162_999)
        ),
        format!(
            "update asset_exif set make = 'Make ' || cast(file_size_in_byte % 5 as text), \
             model = 'Model ' || cast(file_size_in_byte % 20 as text), \
             lens_model = 'Lens ' || cast(file_size_in_byte % 7 as text), update_id = 'u' where {}",
            these(31_000, 71_000)
        ),
        format!(
            "insert into activity (id, album_id, asset_id, user_id, type, comment, created_at, updated_at) \
             select 'comment ' || aa.asset_id, aa.album_id, aa.asset_id, '{bob}', 'comment', 'text', a.file_size_in_byte, 0 \
             from asset a join album_asset aa on aa.asset_id = a.id where aa.album_id = '{large}' and a.owner_id = '{alice}' \
             and a.file_size_in_byte between 5000 and 20999"
        ),
        format!(
            "insert into activity (id, album_id, user_id, type, comment, created_at, updated_at) \
             select 'about ' || aa.asset_id, aa.album_id, '{bob}', 'comment', 'text', 0, 0 from album_asset aa \
             where aa.album_id = '{small}'"
        ),
        format!(
            "insert into activity (id, album_id, asset_id, user_id, type, created_at, updated_at) \
             values ('like', '{large}', '{asset}', '{bob}', 'like', 0, 0)"
        ),
    ] {
        let result = db.run(Statement::new(sql.clone(), Vec::new())).await;
        result.unwrap_or_else(|error| panic!("{error} in {sql}"));
    }
}
