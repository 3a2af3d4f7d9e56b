//! Pages of a link use their index, however many photos it shows and however many of them were taken at one time: as in `plans`.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::Dialect;
use edge_store::{
    caller::Credential,
    shared_links::page::{self, Part},
};
use edge_testkit::{block_on, postgres};

use crate::{explained::explained_by_postgres, plans::plan_for};

/// Each part, the places of the statements that read pictures of an album and of single assets, and the range they read.
const PARTS: [(Part<'static>, [usize; 2], &str); 4] = [
    (Part::First, [1, 2], ""),
    (
        Part::After(7, "id"),
        [1, 2],
        " AND (taken_at,asset_id)<(?,?)",
    ),
    (
        Part::Around(7, "id"),
        [1, 2],
        " AND (taken_at,asset_id)<(?,?)",
    ),
    (
        Part::Around(7, "id"),
        [3, 4],
        " AND (taken_at,asset_id)>(?,?)",
    ),
];

#[test]
fn a_page_is_a_range_of_the_index_that_nothing_sorts() {
    let guest = Credential::ShareKey("key".to_owned());
    for (part, places, range) in PARTS {
        let indexes = [
            format!("INDEX album_asset_taken_idx (album_id=?{range})"),
            format!("INDEX shared_link_asset_taken_idx (shared_link_id=?{range})"),
        ];
        for (place, wanted) in places.into_iter().zip(indexes) {
            let steps = plan_for(&guest, page::statements(part).swap_remove(place));
            let is_range =
                |step: &String| step.starts_with("SEARCH x USING ") && step.ends_with(&wanted);
            assert!(steps.iter().any(is_range), "{wanted}: {steps:#?}");
            let sorts = steps.iter().any(|step| step.contains("ORDER BY"));
            assert!(!sorts, "{part:?}: {steps:#?}");
        }
    }
}

#[test]
fn the_page_of_one_photo_counts_nothing() {
    let guest = Credential::ShareKey("key".to_owned());
    let about = page::statements(Part::Around(7, "id")).swap_remove(0);
    let steps = plan_for(&guest, about);
    let counts = steps
        .iter()
        .any(|step| step.contains("shared_link_asset") || step.contains(" st "));
    assert!(!counts, "{steps:#?}");
}

/// Links of many photos, all taken at one time. Without triggers and foreign keys, which would take longer than the plans.
const LARGE: &str = "set session_replication_role = replica; \
     insert into asset (id, owner_id, type, checksum, original_path, original_file_name, file_name_folded, file_created_at, \
     file_modified_at, local_date_time, local_day, local_month, created_at, created_month, updated_at, update_id) \
     select 'asset' || n, 'alice', 'IMAGE', 'sum' || n, 'p', 'f', 'f', 0, 0, 7, 19700101, 197001, 0, 197001, 0, 'u' || n \
     from generate_series(1, 30000) n; \
     insert into album_asset (album_id, asset_id, created_at, updated_at, update_id, taken_at, is_shown) \
     select 'album' || n % 2, 'asset' || n, 0, 0, 'u' || n, 7, 1 from generate_series(1, 30000) n; \
     insert into shared_link_asset (shared_link_id, asset_id, taken_at) \
     select 'link' || n % 2, 'asset' || n, 7 from generate_series(1, 30000) n; \
     set session_replication_role = origin; \
     analyze asset; analyze album_asset; analyze shared_link_asset";

#[test]
fn a_page_is_a_range_of_the_index_on_postgres() {
    block_on(async {
        let db = postgres::database(&edge_store::schema(Dialect::Postgres)).await;
        db.script(LARGE).await.unwrap();
        let guest = Credential::ShareKey("key".to_owned());
        for (part, places, _) in PARTS {
            for place in places {
                let page = page::statements(part).swap_remove(place);
                let lines = explained_by_postgres(&*db, &guest, page).await;
                let is_walked = lines.iter().any(|line| line.contains("_taken_idx on"));
                let is_sorted = lines.iter().any(|line| line.contains("Sort Key"));
                assert!(is_walked && !is_sorted, "{part:?} {place}: {lines:#?}");
            }
        }
    });
}
