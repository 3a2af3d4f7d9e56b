//! Pages of a link use their index, however many photos its album has: as in `plans`.

use edge_store::{
    caller::Credential,
    shared_links::page::{self, Part},
};

use crate::plans::plan_for;

#[test]
fn a_page_of_an_album_is_a_range_of_the_index() {
    let guest = Credential::ShareKey("key".to_owned());
    for (part, number, range) in [
        (Part::First, 1, ""),
        (Part::After(7, "id"), 1, " AND taken_at<?"),
        (Part::Around(7, "id"), 1, " AND taken_at<?"),
        (Part::Around(7, "id"), 3, " AND taken_at>?"),
    ] {
        let steps = plan_for(&guest, page::statements(part).swap_remove(number));
        let wanted = format!("SEARCH aa USING INDEX album_asset_taken_idx (album_id=?{range})");
        assert!(steps.contains(&wanted), "{part:?}: {steps:#?}");
    }
}
