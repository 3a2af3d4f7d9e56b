//! The same as in `plans.rs`, of logins and of what users are told.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::input::from_query;
use edge_store::{assets::whole, notifications, oauth};

use crate::plans::{plan, walked};

#[test]
fn logins_through_a_provider_find_their_rows_by_index() {
    let mut statements = vec![oauth::accounts("subject", Some("a@b.c")), oauth::prune(1)];
    statements.extend(oauth::batch_end_session("sid"));
    statements.extend(oauth::batch_end_sessions_of("subject"));
    for statement in statements {
        let sql = statement.sql.clone();
        // Those that are found to end, and their children.
        let walked = walked(statement, &["SCAN e", "SCAN ending"]);
        assert!(walked.is_empty(), "{walked:#?} in {sql}");
    }
}

#[test]
fn notifications_are_read_of_their_user_newest_first() {
    for text in ["", "unread=true&level=info"] {
        let steps = plan(notifications::list(&from_query(text).unwrap()));
        let uses = |start: &str| steps.iter().any(|step| step.starts_with(start));
        assert!(
            uses("SEARCH n USING INDEX notification_user_id_idx (user_id=?)"),
            "{steps:#?}"
        );
    }
    let mut statements = vec![
        notifications::owned(&["id"]),
        notifications::delete("id", 0),
    ];
    statements.extend(notifications::batch_update(&["id"], None, 0));
    statements.extend(notifications::batch_delete(&["id"], 0));
    for statement in statements {
        let sql = statement.sql.clone();
        let walked = walked(
            statement,
            &[
                "json_each",
                "CONSTANT ROW",
                "SCAN c",
                "SCAN v",
                "SCAN held",
                "SCAN (",
                "SCAN x",
            ],
        );
        assert!(walked.is_empty(), "{walked:#?} in {sql}");
    }
}

#[test]
fn syncs_of_2_7_read_what_they_tell() {
    let steps = plan(whole::page("me", 1, "", 10));
    let range = "SEARCH a USING INDEX sqlite_autoindex_asset_1 (id>?)";
    assert!(steps.iter().any(|step| step == range), "{steps:#?}");
    let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
    assert!(!sorts, "a page ends where it is full: {steps:#?}");
    let steps = plan(whole::changed(&["me", "partner"], 1, 10));
    let range = "SEARCH a USING INDEX asset_update_idx (owner_id=? AND update_id>?)";
    assert!(steps.iter().any(|step| step == range), "{steps:#?}");
    let gone = walked(
        whole::gone(&["me", "partner"], 1, 10),
        &[
            "json_each",
            "CONSTANT ROW",
            "SCAN c",
            "SCAN g",
            "SCAN removed",
            "SCAN hidden",
            "SCAN (",
        ],
    );
    assert!(gone.is_empty(), "{gone:#?}");
}
