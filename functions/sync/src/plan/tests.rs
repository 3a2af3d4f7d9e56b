//! The order of passes and where each begins, without a database.

use edge_store::sync::{Container, Opening};

use super::*;

const BOUND: &str = "0190a5d9-0000-7000-8000-000000000000";

fn id(number: u8) -> String {
    format!("0190a5d{number}-0000-7000-8000-000000000000")
}

fn opening(checkpoints: Vec<Ack>, albums: &[u8]) -> Opening {
    let container = |number: &u8| Container {
        id: format!("album-{number}"),
        create_id: id(*number),
    };
    Opening {
        bound: BOUND.into(),
        checkpoints,
        albums: albums.iter().map(container).collect(),
        partners: Vec::new(),
    }
}

/// Type, start and container of each pass.
fn passes(plan: &Plan) -> Vec<(Line, &str, &str)> {
    let passes = plan.passes.iter();
    passes
        .map(|pass| {
            (
                pass.kind,
                pass.range.after.as_str(),
                pass.range.within.as_str(),
            )
        })
        .collect()
}

#[test]
fn families_cover_all_types_that_are_not_deprecated() {
    for request in Request::VALUES {
        let is_old = DEPRECATED.iter().any(|(old, _)| old == request);
        let families = FAMILIES.iter().filter(|family| family.request == *request);
        assert_eq!(families.count(), usize::from(!is_old), "{request}");
        assert_eq!(check(&[*request]).is_err(), is_old, "{request}");
    }
}

#[test]
fn the_order_is_the_contracts_whatever_was_asked_for() {
    let types = [Request::StacksV1, Request::AssetsV2, Request::StacksV1];
    let known = Ack::new(Line::StackDeleteV1, id(3));
    let plan = Plan::new("me", &types, &opening(vec![known], &[]));
    let expected = [
        (Line::AssetDeleteV1, "", ""),
        (Line::AssetV2, "", ""),
        (Line::StackDeleteV1, &*id(3), ""),
        (Line::StackV1, "", ""),
    ];
    assert_eq!(passes(&plan), expected);
    assert!(plan.acks.is_empty());
}

#[test]
fn a_first_sync_backfills_nothing_and_remembers_the_newest_album() {
    let plan = Plan::new("me", &[Request::AlbumUsersV1], &opening(vec![], &[1, 2]));
    let complete = Ack::complete(Line::AlbumUserBackfillV1, id(2));
    assert_eq!(plan.acks, std::slice::from_ref(&complete));
    assert_eq!(plan.passes.len(), 2);
    let again = opening(vec![complete], &[2]);
    let plan = Plan::new("me", &[Request::AlbumUsersV1], &again);
    assert!(plan.acks.is_empty());
}

#[test]
fn albums_are_backfilled_once_up_to_what_the_client_has() {
    let known = Ack::new(Line::AlbumUserV1, id(5));
    let types = [Request::AlbumUsersV1];
    let backfilled = |last: Option<Ack>| {
        let checkpoints = last.into_iter().chain([known.clone()]).collect();
        let plan = Plan::new("me", &types, &opening(checkpoints, &[1, 2, 3]));
        let found = plan.passes.iter().filter(|pass| pass.end.is_some());
        found
            .map(|pass| {
                assert_eq!(pass.range.until, id(5));
                (pass.range.within.clone(), pass.range.after.clone())
            })
            .collect::<Vec<_>>()
    };
    let all = |numbers: &[u8], first: &str| {
        let pairs = numbers.iter().enumerate();
        pairs
            .map(|(at, number)| {
                let after = if at == 0 { first } else { "" };
                (format!("album-{number}"), after.to_owned())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(backfilled(None), all(&[1, 2, 3], ""));
    let complete = Ack::complete(Line::AlbumUserBackfillV1, id(2));
    assert_eq!(backfilled(Some(complete)), all(&[3], ""));
    let half = Ack {
        extra_id: Some(id(4)),
        ..Ack::new(Line::AlbumUserBackfillV1, id(2))
    };
    assert_eq!(backfilled(Some(half)), all(&[2, 3], &id(4)));
}

#[test]
fn album_assets_are_updated_only_as_far_as_they_are_known() {
    let types = [Request::AlbumAssetsV2];
    let plan = Plan::new("me", &types, &opening(vec![], &[]));
    assert_eq!(passes(&plan), [(Line::AlbumAssetCreateV2, "", "")]);
    let before = plan.passes[0].before.as_deref();
    let mark = format!(
        "{{\"type\":\"SyncAckV1\",\"data\":{{}},\"ack\":\"AlbumAssetUpdateV2|{BOUND}\"}}\n"
    );
    assert_eq!(before, Some(mark.as_str()));
    let known = vec![
        Ack::new(Line::AlbumAssetCreateV2, id(2)),
        Ack::new(Line::AlbumAssetUpdateV2, id(3)),
    ];
    let plan = Plan::new("me", &types, &opening(known, &[]));
    let expected = [
        (Line::AlbumAssetUpdateV2, &*id(3), &*id(2)),
        (Line::AlbumAssetCreateV2, &*id(2), ""),
    ];
    assert_eq!(passes(&plan), expected);
}

#[test]
fn a_client_is_away_too_long_after_thirty_days() {
    let day = LONGEST_ABSENCE / 30;
    let at = |millis: i64| {
        let hex = format!("{millis:012x}");
        format!("{}-{}-7000-8000-000000000000", &hex[..8], &hex[8..])
    };
    let now = update_time(BOUND).unwrap_or_default();
    for (days, expected) in [(0, false), (30, false), (31, true)] {
        let complete = Ack::new(Line::SyncCompleteV1, at(now - days * day));
        let opening = opening(vec![complete], &[]);
        assert_eq!(was_away_too_long(&opening), expected, "{days}");
    }
    assert!(!was_away_too_long(&opening(vec![], &[])));
}
