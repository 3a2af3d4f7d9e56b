//! The same as in `plans.rs`, of logins and of what users are told.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::input::from_query;
use edge_store::{
    assets::{device, whole},
    notifications, oauth,
};

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
    let sorts = |steps: &[String]| steps.iter().any(|step| step.contains("TEMP B-TREE"));
    let steps = plan(whole::page("me", 1, "", 10));
    let range = "SEARCH a USING INDEX asset_owner_idx (owner_id=? AND id>? AND id<?)";
    assert!(steps.iter().any(|step| step == range), "{steps:#?}");
    let window = "SEARCH n USING COVERING INDEX asset_owner_idx (owner_id=? AND id>?)";
    assert!(steps.iter().any(|step| step == window), "{steps:#?}");
    assert!(!sorts(&steps), "a page ends where it is full: {steps:#?}");
    let steps = plan(whole::changed("me", 1, 10));
    let range =
        "SEARCH a USING INDEX asset_update_idx (owner_id=? AND update_id>? AND update_id<?)";
    assert!(steps.iter().any(|step| step == range), "{steps:#?}");
    assert!(
        !sorts(&steps),
        "nothing is sorted before the limit: {steps:#?}"
    );
    for statement in [
        whole::gone("me", 1, 10),
        whole::more("me", 1, 10),
        whole::end("me", ""),
    ] {
        let walked = walked(
            statement,
            &[
                "CONSTANT ROW",
                "SCAN c",
                "SCAN g",
                "SCAN h",
                "SCAN w",
                "SCAN r",
                "SCAN (",
            ],
        );
        assert!(walked.is_empty(), "{walked:#?}");
    }
}

#[test]
fn the_files_of_a_device_are_a_range_of_its_owner() {
    let steps = plan(device::of_device("phone", &device::Last::default()));
    let range = "SEARCH d USING COVERING INDEX asset_device_owner_idx (owner_id=? AND device_id=? AND (device_asset_id,asset_id)>(?,?))";
    assert!(steps.iter().any(|step| step == range), "{steps:#?}");
    let steps = plan(device::existing("phone", &["a".to_owned()]));
    let range = "SEARCH d USING COVERING INDEX asset_device_owner_idx (owner_id=? AND device_id=? AND device_asset_id=?)";
    assert!(steps.iter().any(|step| step == range), "{steps:#?}");
}
