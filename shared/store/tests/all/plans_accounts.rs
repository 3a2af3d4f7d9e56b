//! The same as in `plans.rs`, of logins and of what users are told.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::input::from_query;
use edge_store::{notifications, oauth};

use crate::plans::{plan, walked};

#[test]
fn logins_through_a_provider_find_their_rows_by_index() {
    for (what, statement) in [
        ("account", oauth::accounts("subject", Some("a@b.c"))),
        ("sid", oauth::end_session("sid")),
        ("subject", oauth::end_sessions_of("subject")),
        ("old", oauth::prune(1)),
    ] {
        let steps = plan(statement);
        let walks = steps.iter().any(|step| step.starts_with("SCAN"));
        assert!(!walks, "{what}: {steps:#?}");
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
