//! Pages of the markers of an album follow its index, and look at so many of its assets.

use edge_store::albums;

use crate::plans::plan;

#[test]
fn each_is_a_range_of_the_album_that_nothing_sorts() {
    for (after, range) in [
        (None, "(album_id=? AND asset_id<?)"),
        (Some("a"), "(album_id=? AND asset_id>? AND asset_id<?)"),
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
            "SCAN x",
            "SCAN z",
            "USE TEMP B-TREE FOR ORDER BY",
        ] {
            let is_there = |step: &String| step.split(" USING").next() == Some(refused);
            assert!(!steps.iter().any(is_there), "{refused}: {steps:#?}");
        }
    }
}
