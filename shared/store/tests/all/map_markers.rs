//! Pages of the map's markers look at so many rows of an index, however large the library is and however few of them are shown: read off
//! the plans of both databases.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::{input::from_query, map::MapMarkerQuery};
use edge_platform::{Dialect, Statement};
use edge_store::{
    caller::Credential,
    map::{self, After, Scope},
};
use edge_testkit::{block_on, postgres};

use crate::{explained::explained_by_postgres, plans::plan};

fn query() -> MapMarkerQuery {
    from_query("withPartners=true&withSharedAlbums=true&isFavorite=true").unwrap()
}

/// Each kind of page, and the part of an index that it walks through.
fn pages() -> [(Statement, &'static str); 5] {
    let (owner, album) = (
        Scope::Owner("alice".to_owned()),
        Scope::Album("album".to_owned()),
    );
    let albums = Scope::Albums(vec!["one".to_owned(), "two".to_owned()]);
    let (position, asset) = (
        After::Position(1.5, 2.5, "id".to_owned()),
        After::Asset("id".to_owned()),
    );
    let page = |scope: &Scope, after: Option<&After>| map::page(&query(), scope, after);
    [
        (
            page(&owner, None),
            "SEARCH e USING INDEX asset_exif_map_idx (owner_id=? AND latitude>?)",
        ),
        (
            page(&owner, Some(&position)),
            "SEARCH e USING INDEX asset_exif_map_idx (owner_id=? AND (latitude,longitude,asset_id)>(?,?,?))",
        ),
        (
            page(&album, None),
            "SEARCH aa USING COVERING INDEX sqlite_autoindex_album_asset_1 (album_id=?)",
        ),
        (
            page(&album, Some(&asset)),
            "SEARCH aa USING COVERING INDEX sqlite_autoindex_album_asset_1 (album_id=? AND asset_id>?)",
        ),
        (page(&albums, None), "SEARCH al USING INDEX"),
    ]
}

#[test]
fn each_is_a_range_of_an_index_that_nothing_sorts() {
    for (page, range) in pages() {
        let steps = plan(page);
        let is_there = steps.iter().any(|step| step.starts_with(range));
        assert!(is_there, "{range}: {steps:#?}");
        let is_refused = |step: &String| {
            let tables = ["SCAN a", "SCAN ab", "SCAN al", "SCAN au", "SCAN st"];
            let walked = step.split(" USING").next().unwrap_or_default();
            tables.contains(&walked) || step.contains("TEMP B-TREE FOR ORDER BY")
        };
        assert!(!steps.iter().any(is_refused), "{range}: {steps:#?}");
    }
}

#[test]
fn so_does_what_is_asked_for_first() {
    for statement in [map::all(&query()), map::scopes(&query())] {
        let steps = plan(statement);
        let is_refused = |step: &String| {
            let walked = step.split(" USING").next().unwrap_or_default();
            ["SCAN a", "SCAN al", "SCAN au", "SCAN ab", "SCAN st"].contains(&walked)
        };
        assert!(!steps.iter().any(is_refused), "{steps:#?}");
    }
}

/// So many rows that a walk through a table looks cheap beside ten thousand look-ups. Of an album with a third of all contents the table
/// would rightly be read. Without triggers and foreign keys, which would take longer than the plans.
const LARGE: &str = "set session_replication_role = replica; \
     insert into asset (id, owner_id, type, checksum, original_path, original_file_name, file_name_folded, file_created_at, \
     file_modified_at, local_date_time, local_day, local_month, created_at, created_month, updated_at, update_id) \
     select 'asset' || n, 'alice', 'IMAGE', 'sum' || n, 'p', 'f', 'f', 0, 0, 0, 19700101, 197001, 0, 197001, 0, 'u' || n \
     from generate_series(1, 30000) n; \
     insert into asset_exif (asset_id, owner_id, latitude, longitude, updated_at, update_id) \
     select 'asset' || n, 'alice', n % 170 - 85, n % 360 - 180, 0, 'u' || n from generate_series(1, 30000) n; \
     insert into album_asset (album_id, asset_id, created_at, updated_at, update_id, is_shown) \
     select case when n % 6 = 0 then 'album' else 'album ' || n % 100 end, 'asset' || n, 0, 0, 'u' || n, 1 from generate_series(1, 30000) n; \
     set session_replication_role = origin; \
     analyze asset; analyze asset_exif; analyze album_asset";

#[test]
fn no_page_walks_through_a_table_on_postgres() {
    block_on(async {
        let db = postgres::database(&edge_store::schema(Dialect::Postgres)).await;
        db.script(LARGE).await.unwrap();
        let credential = Credential::Session("digest".to_owned());
        for (page, range) in pages() {
            let lines = explained_by_postgres(&*db, &credential, page).await;
            let is_refused = |line: &String| {
                ["asset", "asset_exif", "album_asset"]
                    .iter()
                    .any(|table| line.contains(&format!("Seq Scan on {table} ")))
            };
            assert!(!lines.iter().any(is_refused), "{range}: {lines:#?}");
        }
    });
}
