//! Pages of the markers of an album follow its index.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::{Rows, Statement};
use edge_store::{albums, map};
use edge_testkit::{TestApp, block_on};

use crate::plans::plan;

/// The last marker of a full page of them.
async fn last_of_a_page(app: &TestApp) -> map::After {
    let sql = format!(
        "select {} as n, '[\"a\"]' as ids, '[1.5]' as latitudes, '[2.5]' as longitudes, '[null]' as cities, \
         '[null]' as states, '[null]' as countries",
        map::PAGE
    );
    let rows: Rows = app.sql(Statement::new(sql, Vec::new())).await;
    let markers = map::read(&rows).unwrap();
    map::next(&rows, &markers).unwrap().unwrap()
}

#[test]
fn each_is_a_range_of_the_album_that_nothing_sorts() {
    let after = block_on(async {
        let app = TestApp::sqlite(Vec::new()).await;
        last_of_a_page(&app).await
    });
    for (after, range) in [
        (None, "(album_id=?)"),
        (Some(&after), "(album_id=? AND asset_id>?)"),
    ] {
        let steps = plan(albums::map_markers("album", after));
        let searched = steps
            .iter()
            .any(|step| step.starts_with("SEARCH aa USING ") && step.ends_with(range));
        assert!(searched, "{range}: {steps:#?}");
        for refused in [
            "SCAN a",
            "SCAN aa",
            "SCAN e",
            "USE TEMP B-TREE FOR ORDER BY",
        ] {
            let is_there = |step: &String| step.split(" USING").next() == Some(refused);
            assert!(!steps.iter().any(is_there), "{refused}: {steps:#?}");
        }
    }
}
