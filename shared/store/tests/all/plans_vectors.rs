//! Searches by meaning cost by what is compared, not by the library (docs/smart-search.md).
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::search::Filters;
use edge_platform::Statement;
use edge_store::{
    asset_vectors::{self, Head, Subject, search as found},
    search::{Search, Shown},
};

use crate::plans::walked;

fn statements() -> Vec<Statement> {
    let filters: Filters = edge_api::input::from_json(&serde_json::json!({})).unwrap();
    let search = Search::new(&filters);
    let head = Head {
        owner_id: "me".into(),
        block: 0,
        version: "1".into(),
        last_seq: 1,
    };
    let subject = Subject {
        id: "id".into(),
        owner_id: "me".into(),
        kind: "IMAGE".into(),
        code: String::new(),
        duplicate_id: None,
    };
    let mut statements = vec![
        search.blocks("m"),
        search.compared("m", &["id"]),
        found::asked("id", "m"),
        asset_vectors::behind("me", "m", 1),
        asset_vectors::block(&head, "m"),
        asset_vectors::heads_of("me", "m"),
        asset_vectors::neighbours(&subject, "m", &["id"]),
    ];
    statements.extend(search.these(&["id"], Shown::default()));
    statements
}

#[test]
fn nothing_walks_through_the_library() {
    for statement in statements() {
        let sql = statement.sql.clone();
        // Lists of ids, the caller and the owners, and what was found.
        let short = [
            "json_each",
            "CONSTANT ROW",
            "SCAN c",
            "SCAN k",
            "SCAN m",
            "SCAN l",
            "SCAN h",
            "SCAN u",
            "SCAN caller",
            "SCAN s",
        ];
        let walked = walked(statement, &short);
        assert!(walked.is_empty(), "{walked:#?} in {sql}");
    }
}
