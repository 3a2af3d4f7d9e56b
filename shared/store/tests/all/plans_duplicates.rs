//! What is put into a group of copies is found by its ids, however large the library is.

use edge_platform::Statement;
use edge_store::duplicates;

use crate::plans::plan;

/// What gives a kept asset the description of another.
pub fn resolved() -> Vec<Statement> {
    let kept = duplicates::Kept {
        id: "id",
        from: vec!["other"],
        is_favorite: true,
        visibility: "timeline",
        rating: None,
        description: Some("x".to_owned()),
        place: None,
    };
    duplicates::batch_resolve(&[kept], &["id"], 0)
}

#[test]
fn a_group_is_made_by_the_ids_of_its_assets() {
    let mut group = duplicates::group("owner", &["asset"], &["group"], "group", 0);
    group.sql = group.sql.replace("{held}", "1 = 1").into();
    let steps = plan(group);
    let searches = |of: &str| {
        let found = steps
            .iter()
            .filter(|step| step.starts_with("SEARCH a") && step.contains(of));
        found.count()
    };
    let found = [
        "sqlite_autoindex_asset_1 (id=?)",
        "asset_duplicate_idx (owner_id=? AND duplicate_id=?)",
        "",
    ];
    assert_eq!(found.map(searches), [2, 1, 3], "{steps:#?}");
}
