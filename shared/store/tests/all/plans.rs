//! Hot statements use their index (docs/data-model.md): read off SQLite's query plan.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::{input::from_query, time::Date, timeline::TimelineQuery};
use edge_platform::{Database, Dialect, Statement, native::Sqlite};
use edge_store::{
    albums, asset_metadata,
    assets::{files, insert, motion, read, remove, update},
    caller::{self, Credential},
    duplicates, faces, mails, people,
    sync::{self, Range, sources},
    timeline,
};
use edge_testkit::{block_on, postgres};

use crate::explained::explained_by_postgres;

/// The steps of the plan of a statement that names `caller`, or needs none.
pub fn plan(statement: Statement) -> Vec<String> {
    if statement.sql.contains("caller") {
        plan_for(&Credential::Session("digest".to_owned()), statement)
    } else {
        explained(statement)
    }
}

/// The same for somebody who calls with this credential.
pub fn plan_for(credential: &Credential, statement: Statement) -> Vec<String> {
    explained(caller::scoped(credential, 0, statement))
}

fn explained(mut statement: Statement) -> Vec<String> {
    statement.sql = format!("explain query plan {}", statement.sql).into();
    block_on(async {
        let db = Sqlite::in_memory().unwrap();
        db.script(edge_store::schema(Dialect::Sqlite))
            .await
            .unwrap();
        let rows = db.run(statement).await.unwrap();
        rows.iter().map(|row| row.get("detail").unwrap()).collect()
    })
}

fn query(text: &str) -> TimelineQuery {
    from_query(text).unwrap()
}

const WEB: &str = "visibility=timeline&withStacked=true&withPartners=true";

#[test]
fn months_of_whole_timelines_are_not_counted() {
    for (text, index) in [
        (WEB, "asset_month_1"),
        ("isTrashed=true", "asset_month_1"),
        (
            "visibility=timeline&orderBy=createdAt&withStacked=true",
            "asset_created_month_1",
        ),
        (
            "albumId=00000001-0000-4000-8000-0000000a1b00",
            "album_month_1",
        ),
    ] {
        let steps = plan(timeline::buckets(&query(text)));
        let kept = format!("SEARCH a USING INDEX sqlite_autoindex_{index}");
        assert!(
            steps.iter().any(|step| step.starts_with(&kept)),
            "{text}: {steps:#?}"
        );
        let counts = steps
            .iter()
            .any(|step| step.contains("INDEX asset_") && !step.contains("_month"));
        assert!(!counts, "{text}: {steps:#?}");
    }
}

#[test]
fn other_months_are_counted_in_the_index_alone() {
    let steps = plan(timeline::buckets(&query(&format!("{WEB}&isFavorite=true"))));
    assert!(
        steps
            .iter()
            .any(|step| step.starts_with("SEARCH a USING COVERING INDEX asset_favorite_idx")),
        "{steps:#?}"
    );
    // The one sort left is that of the months.
    let sorts = steps.iter().filter(|step| step.contains("TEMP B-TREE"));
    assert_eq!(sorts.count(), 1, "{steps:#?}");
}

#[test]
fn a_bucket_is_a_range_of_the_index() {
    let day = Date::parse("2024-01-01").unwrap();
    for (text, after) in [
        (WEB, None),
        ("visibility=timeline", None),
        ("", None),
        ("visibility=timeline", Some("id")),
    ] {
        let statement = match after {
            None => timeline::bucket(&query(text), day),
            Some(after) => timeline::bucket_ids(&query(text), day, after),
        };
        let steps = plan(statement);
        // A further page begins behind the last one, and is read from the index alone.
        let (kind, behind) = if after.is_some() {
            ("COVERING ", " AND local_day<?")
        } else {
            ("", "")
        };
        let range = format!(
            "SEARCH a USING {kind}INDEX asset_timeline_idx (owner_id=? AND visibility=? AND local_month=?{behind})"
        );
        assert!(steps.contains(&range), "{text}: {steps:#?}");
        assert!(
            !steps.iter().any(|step| step.starts_with("SCAN a")),
            "{text}: {steps:#?}"
        );
        let looks_up_each = steps.iter().any(|step| step.contains("asset_exif"));
        assert!(!looks_up_each, "{text}: {steps:#?}");
    }
}

#[test]
fn no_album_statement_walks_through_all_assets() {
    let mut statements = albums::statements(albums::Which::One("id"));
    let all = from_query("isShared=true").unwrap();
    statements.extend(albums::statements(albums::Which::Mine(&all)));
    statements.extend(albums::batch_add(&["album"], &["asset"], 0));
    statements.extend(albums::contents("album", &["asset"]));
    statements.push(albums::map_markers("album", None));
    for statement in statements {
        let steps = plan(statement);
        for table in ["SCAN a", "SCAN aa", "SCAN e", "SCAN u", "SCAN au"] {
            assert!(
                !steps
                    .iter()
                    .any(|step| step.split(" USING").next() == Some(table)),
                "{steps:#?}"
            );
        }
    }
    let mails = plan(mails::album_updates(&["album"], "sender", 0));
    let searched = |table: &str| mails.iter().any(|step| step.starts_with(table));
    assert!(
        searched("SEARCH al ") && searched("SEARCH m "),
        "{mails:#?}"
    );
}

/// The statements that look one asset up for whoever may see it.
fn of_one_asset() -> Vec<Statement> {
    let mut statements = vec![
        files::view("id", files::FileType::Thumbnail),
        files::download("id", files::FileType::Fullsize),
        asset_metadata::readable("id"),
    ];
    statements.extend(read::detail_statements("id").into_iter().take(1));
    statements
}

/// Users with and without an album or a partner, and guests.
fn callers() -> [Credential; 2] {
    [
        Credential::Session("digest".to_owned()),
        Credential::ShareKey("key".to_owned()),
    ]
}

#[test]
fn what_shows_an_asset_is_looked_up_by_the_asset() {
    for credential in callers() {
        for statement in of_one_asset() {
            let steps = plan_for(&credential, statement);
            let in_albums: Vec<_> = steps
                .iter()
                .filter(|step| step.contains(" aa ") || step.contains(" sla "))
                .collect();
            assert!(in_albums.len() >= 2, "{steps:#?}");
            for step in in_albums {
                assert!(
                    step.starts_with("SEARCH") && step.contains("asset_id=?"),
                    "{step} in {steps:#?}"
                );
            }
        }
    }
}

/// So many rows that a walk through an album costs more than a look at an asset. Without triggers and foreign keys, which
/// would take longer than the plans.
const LARGE_ALBUMS: &str = "set session_replication_role = replica; \
     insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) \
     select 'album' || n % 10, 'asset' || n, 0, 0, 'u' || n from generate_series(1, 20000) n; \
     insert into shared_link_asset (shared_link_id, asset_id) \
     select 'link' || n % 10, 'asset' || n from generate_series(1, 20000) n; \
     insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
     select 'album' || n % 10, 'user' || n / 10, 'viewer', 0, 0, 'u', 'u' from generate_series(1, 1000) n; \
     set session_replication_role = origin; \
     analyze album_asset; analyze shared_link_asset; analyze album_user";

#[test]
fn what_shows_an_asset_is_looked_up_by_the_asset_on_postgres() {
    block_on(async {
        let db = postgres::database(&edge_store::schema(Dialect::Postgres)).await;
        db.script(LARGE_ALBUMS).await.unwrap();
        for credential in callers() {
            for statement in of_one_asset() {
                let lines = explained_by_postgres(&*db, &credential, statement).await;
                let mut found = 0;
                for (at, line) in lines.iter().enumerate() {
                    if !(line.contains(" aa") || line.contains(" sla")) || !line.contains("Scan") {
                        continue;
                    }
                    found += 1;
                    let condition = lines.get(at + 1).map_or("", String::as_str);
                    assert!(
                        condition.contains("Index Cond:") && condition.contains("asset_id ="),
                        "{line}: {lines:#?}"
                    );
                }
                assert!(found >= 1, "{lines:#?}");
            }
        }
    });
}

#[test]
fn no_asset_statement_walks_through_a_table() {
    let change = update::Change {
        visibility: Some(edge_api::enums::AssetVisibility::Locked),
        description: Some("text"),
        ..update::Change::default()
    };
    let mut statements = vec![
        files::view("id", files::FileType::Thumbnail),
        files::download("id", files::FileType::Fullsize),
        read::known_statement(&["sum".to_owned()]),
        read::duplicate_statement("sum"),
        insert::facts_statement(
            "me",
            "sum",
            Some(motion::Motion {
                video_id: "video",
                link_id: Some("link"),
            }),
        ),
        insert::register_unless_known("key", "me", "sum", 0),
        motion::statement("video", "still"),
        remove::owned_count(&["id"]),
        update::changeable_statement(&["id"]),
        asset_metadata::list("id"),
    ];
    statements.extend(remove::trash("me", &["id"], 0));
    statements.extend(remove::mark_deleted("me", &["id"], 0));
    statements.extend(read::detail_statements("id"));
    statements.extend(remove::purge(&["id"], 0));
    statements.extend(update::leave_albums("me", &["id"], 0));
    statements.extend(change.statements(&[], "me", 0));
    statements.extend(asset_metadata::delete("me", &[("id", "key")]));
    statements.extend(insert::add_to_link("link", "id", 0));
    for statement in statements {
        let sql = statement.sql.clone();
        // Lists of ids, the row `caller`, and results of sub-selects are walked through by nature.
        let short = [
            "json_each",
            "CONSTANT ROW",
            "SCAN c",
            "SCAN sent",
            "SCAN moved",
            "SCAN held",
            "SCAN o",
            "SCAN s",
            "SCAN (",
            "SCAN caller",
            "SCAN doomed",
            "SCAN gone",
        ];
        let walked = walked(statement, &short);
        assert!(walked.is_empty(), "{walked:#?} in {sql}");
    }
}

/// The steps that walk through a whole table, but for those that contain one of `short`.
pub fn walked(statement: Statement, short: &[&str]) -> Vec<String> {
    let mut steps = plan(statement);
    steps.retain(|step| step.starts_with("SCAN ") && !short.iter().any(|it| step.contains(it)));
    steps
}

#[test]
fn no_page_of_the_sync_stream_walks_through_a_large_table() {
    let range = Range {
        me: "me".into(),
        after: "0".into(),
        until: "f".into(),
        within: "album".into(),
    };
    let mut statements =
        sync::opening(&[edge_api::enums::SyncEntityType::AlbumUserBackfillV1], &[]);
    statements.extend(sources::ALL.iter().map(|source| source.page(&range, 100)));
    for statement in statements {
        let sql = statement.sql.clone();
        // Accounts are few, the page of ids (p) is as long as the page, and lists of types are short.
        let short = [
            "SCAN p",
            "SCAN c",
            "SCAN o",
            "SCAN u USING COVERING",
            "json_each",
            "CONSTANT ROW",
        ];
        let mut walked = walked(statement, &short);
        walked.retain(|step| !sql.contains("from users t") || step != "SCAN t");
        assert!(walked.is_empty(), "{walked:#?} in {sql}");
    }
}

/// A page and the part of the index that it reads.
const RANGES: [(sync::Source, &str); 10] = [
    (
        sources::ASSET,
        "asset_update_idx (owner_id=? AND update_id>? AND update_id<?)",
    ),
    (
        sources::ASSET_EXIF,
        "asset_exif_update_idx (owner_id=? AND update_id>? AND update_id<?)",
    ),
    (
        sources::ASSET_DELETE,
        "sqlite_autoindex_asset_audit_1 (owner_id=? AND id>? AND id<?)",
    ),
    (
        sources::PARTNER_ASSET,
        "asset_update_idx (owner_id=? AND update_id>? AND update_id<?)",
    ),
    (
        sources::PARTNER_EXIF,
        "asset_exif_update_idx (owner_id=? AND update_id>? AND update_id<?)",
    ),
    (
        sources::ALBUM_TO_ASSET,
        "album_asset_update_idx (album_id=? AND update_id>? AND update_id<?)",
    ),
    (
        sources::ALBUM_ASSET,
        "album_asset_update_idx (album_id=? AND update_id>? AND update_id<?)",
    ),
    (
        sources::ALBUM_ASSET_BACKFILL,
        "album_asset_update_idx (album_id=? AND update_id>? AND update_id<?)",
    ),
    (
        sources::ALBUM_ASSET_UPDATE,
        "asset_update_idx (owner_id=? AND update_id>? AND update_id<?)",
    ),
    (
        sources::ALBUM_EXIF_UPDATE,
        "asset_exif_update_idx (owner_id=? AND update_id>? AND update_id<?)",
    ),
];

#[test]
fn pages_of_the_sync_stream_are_ranges_of_their_index() {
    let range = Range::default();
    for (source, index) in RANGES {
        let steps = plan(source.page(&range, 100));
        assert!(
            steps.iter().any(|step| step.ends_with(index)),
            "{index}: {steps:#?}"
        );
    }
    // Own rows come in the index's order: nothing is sorted.
    for source in [
        sources::ASSET,
        sources::ASSET_EXIF,
        sources::ASSET_DELETE,
        sources::MEMORY,
    ] {
        let steps = plan(source.page(&range, 100));
        assert!(
            !steps.iter().any(|step| step.contains("TEMP B-TREE")),
            "{steps:#?}"
        );
    }
}

#[test]
fn people_are_read_from_their_indexes() {
    for text in ["", "withHidden=true&page=3"] {
        let [page, counts] = &people::page(&from_query(text).unwrap())[..] else {
            panic!("two statements")
        };
        let steps = plan(page.clone());
        let uses = |start: &str| steps.iter().any(|step| step.starts_with(start));
        assert!(uses("SEARCH p USING INDEX person_page_idx"), "{steps:#?}");
        assert!(
            !uses("USE TEMP B-TREE"),
            "the index has the order: {steps:#?}"
        );
        let steps = plan(counts.clone());
        let covered = "SEARCH p USING COVERING INDEX person_page_idx";
        assert!(
            steps.iter().any(|step| step.starts_with(covered)),
            "{steps:#?}"
        );
    }
    let steps = plan(people::statistics("id"));
    let shown = "SEARCH f USING COVERING INDEX asset_face_shown_idx (person_id=?)";
    assert!(steps.iter().any(|step| step == shown), "{steps:#?}");
}

/// What people, faces and duplicates ask and change.
fn of_people_and_duplicates() -> Vec<Statement> {
    let (new, update) = (
        edge_api::input::from_json(&serde_json::json!({})).unwrap(),
        edge_api::input::from_json(&serde_json::json!({})).unwrap(),
    );
    let change = people::Change {
        id: "id",
        update: &update,
        face_id: None,
    };
    let candidate = duplicates::Candidate {
        id: "id".to_owned(),
        owner_id: "me".to_owned(),
        size: None,
        look: duplicates::Look(7),
        duplicate_id: None,
    };
    let place = faces::Place {
        x1: 0,
        y1: 0,
        x2: 1,
        y2: 1,
        width: 1,
        height: 1,
    };
    let mut statements = vec![
        people::find("id"),
        people::find_many(&["id"]),
        people::owned(&["id"]),
        people::hold(&["id"]),
        people::insert("id", &new, 0),
        people::reassign("id", &[], 0),
        faces::list("asset"),
        faces::own_asset("asset"),
        faces::insert("id", "asset", "person", place, 0),
        faces::find("id"),
        faces::hide("id", 0),
        faces::set_person("id", "person", 0),
        duplicates::list(),
        duplicates::leave_alone("me", &["id".to_owned()], 0),
        duplicates::owned(&["id"]),
        duplicates::dismiss(&["id"], 0),
        duplicates::members(&["id"]),
        duplicates::candidates(&candidate),
    ];
    statements.extend(people::update(&[change], 0));
    statements.extend(people::featured(&[("id", Some("asset"))]));
    statements.extend(people::batch_delete(&["id"], 0));
    statements.extend(people::batch_merge("id", &["other"], 0));
    statements.extend(people::batch_repair(&["id"], 0));
    statements.extend(people::batch_conceal("me", &["asset"], 0));
    statements.extend(faces::batch_delete("id"));
    statements.extend(crate::plans_duplicates::resolved());
    statements
}

#[test]
fn neither_people_nor_duplicates_walk_through_a_table() {
    for statement in of_people_and_duplicates() {
        let sql = statement.sql.clone();
        let short = [
            "json_each",
            "CONSTANT ROW",
            "SCAN c",
            "SCAN w",
            "SCAN v",
            "SCAN held",
            "SCAN x",
            "SCAN (",
            "SCAN p1",
            "SCAN p2",
            "SCAN p3",
            "SCAN p4",
            "SCAN o",
            "SCAN s",
            "SCAN first",
            "SCAN caller",
        ];
        let walked = walked(statement, &short);
        assert!(walked.is_empty(), "{walked:#?} in {sql}");
    }
}
