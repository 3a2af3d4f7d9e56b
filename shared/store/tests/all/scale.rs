//! What a request costs does not grow with the library: the same statement takes as many steps with 16,000 assets as with 2,000 on
//! SQLite, and touches as few pages on PostgreSQL, with and without statistics.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::{enums::AssetVisibility, input::from_query, timeline::TimelineQuery};
use edge_platform::{
    Database, Dialect, Statement,
    native::{Postgres, Sqlite},
    stmt,
};
use edge_store::{
    albums, asset_metadata,
    assets::{
        read, remove,
        update::{Change, Changeable, Time, changeable_statement, leave_albums},
    },
    caller::{self, Credential},
    statistics,
    sync::{Range, sources},
    tags, timeline, trash,
};
use edge_testkit::{block_on, library, postgres};

/// The same library twice: the larger one has 8 times the assets.
const SIZES: [i64; 2] = [2_000, 16_000];
/// Pages of PostgreSQL that one statement may touch.
const PAGES: i64 = 700;

fn changeable(ids: &[String]) -> Vec<Changeable> {
    let one = |(day, id): (i64, &String)| Changeable {
        id: id.clone(),
        visibility: "timeline".into(),
        file_created_at: day * 86_400_000,
        local_date_time: day * 86_400_000,
        motion: None,
    };
    (1..).zip(ids).map(one).collect()
}

/// Statements over lists of ids, here of ten.
fn lists() -> Vec<(&'static str, Statement)> {
    let ids: Vec<String> = (1..=10).map(|n| library::asset_id(n * 31)).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let assets = changeable(&ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    let sums: Vec<String> = (1..=10).map(|n| n.to_string()).collect();
    let pairs: Vec<(&str, &str)> = ids.iter().map(|id| (*id, "key")).collect();
    let me = library::ALICE;
    let change = Change {
        is_favorite: Some(true),
        visibility: Some(AssetVisibility::Archive),
        description: Some("text"),
        time: Some(Time::Moved {
            minutes: 90,
            zone: None,
            rules: None,
        }),
        ..Change::default()
    };
    let mut all = vec![
        ("which may be changed", changeable_statement(&ids)),
        ("which are owned", remove::owned_count(&ids)),
        ("which are known", read::known_statement(&sums)),
    ];
    let mut add = |name, statements: Vec<Statement>| {
        all.extend(statements.into_iter().map(|statement| (name, statement)));
    };
    add("a change", change.statements(&assets, me, 1));
    add("leaving albums", leave_albums(me, &ids, 1));
    add("which are to be restored", trash::owned(&ids));
    add("restoring", trash::restore(me, &ids, 1));
    add("metadata", asset_metadata::delete(me, &pairs).into());
    add("trashing", remove::trash(me, &ids, 1).into());
    add("deleting", remove::mark_deleted(me, &ids, 1).into());
    all
}

/// What is asked for whenever the timeline, an album or the statistics are opened.
fn reads() -> Vec<(&'static str, Statement)> {
    let timeline = |text: &str| timeline::buckets(&from_query::<TimelineQuery>(text).unwrap());
    let large = format!("albumId={}", library::LARGE_ALBUM);
    let mut all = vec![
        (
            "months",
            timeline("visibility=timeline&withStacked=true&withPartners=true"),
        ),
        (
            "months by upload",
            timeline("visibility=timeline&orderBy=createdAt"),
        ),
        ("months of the trash", timeline("isTrashed=true")),
        ("months of an album", timeline(&large)),
        (
            "what the album's members added",
            albums::contributors(library::LARGE_ALBUM),
        ),
        (
            "usage of all",
            Statement::new(statistics::USAGE, Vec::new()),
        ),
    ];
    for is_trashed in [None, Some(true)] {
        let which = read::Counted {
            is_trashed,
            ..read::Counted::default()
        };
        all.push((
            "statistics",
            read::statistics_statement(library::ALICE, which),
        ));
    }
    let mine = from_query("").unwrap();
    let lists = [
        albums::Which::One(library::LARGE_ALBUM),
        albums::Which::Mine(&mine),
    ];
    for which in lists {
        all.extend(
            albums::statements(which)
                .into_iter()
                .map(|it| ("albums", it)),
        );
    }
    all
}

/// First pages of 20 rows of own assets and those of partners. Changes of what is in albums cost what the owners there changed.
fn pages_of_sync() -> Vec<(&'static str, Statement)> {
    let range = Range {
        me: library::ALICE.into(),
        after: String::new(),
        until: "f".into(),
        within: "f".into(),
    };
    let sources = [
        ("own assets", sources::ASSET),
        ("assets of partners", sources::PARTNER_ASSET),
        ("exif of partners", sources::PARTNER_EXIF),
        ("deletions of partners", sources::PARTNER_ASSET_DELETE),
        ("stacks of partners", sources::PARTNER_STACK),
    ];
    sources
        .map(|(name, source)| (name, source.page(&range, 20)))
        .into()
}

/// All of them; `search` measures them once more, in a library of 200,000 assets.
pub fn all() -> Vec<(&'static str, Statement)> {
    let mut all = reads();
    all.extend(pages_of_sync());
    all.extend(lists());
    all.extend(crate::scale_areas::statements());
    all
}

fn by_alice(statement: Statement) -> Statement {
    let credential = Credential::Session(library::DIGEST.to_owned());
    caller::scoped(&credential, 0, statement)
}

#[test]
fn no_statement_takes_more_steps_on_sqlite() {
    block_on(async {
        let mut costs = Vec::new();
        for size in SIZES {
            let db = Sqlite::in_memory().unwrap();
            db.script(edge_store::schema(Dialect::Sqlite))
                .await
                .unwrap();
            library::fill(&db, size).await;
            let mut steps = Vec::new();
            for (name, statement) in all() {
                let sql = statement.sql.clone();
                steps.push((name, sql, db.steps(by_alice(statement)).await.unwrap()));
            }
            costs.push(steps);
        }
        for ((name, sql, small), (_, _, large)) in costs[0].iter().zip(&costs[1]) {
            println!("{small:8} {large:8} {name}");
            assert!(
                *large <= small * 3 / 2 + 500,
                "{name}: {small} {large} {sql}"
            );
        }
    });
}

/// How many pages a statement touches, by its plan.
async fn pages(db: &Postgres, statement: Statement) -> (i64, String) {
    let mut statement = by_alice(statement);
    statement.sql = format!(
        "explain (analyze, buffers, costs off, timing off) {}",
        statement.sql
    )
    .into();
    let rows = db.run(statement).await.unwrap();
    let lines: Vec<String> = rows
        .iter()
        .map(|row| row.get("QUERY PLAN").unwrap())
        .collect();
    let first = lines.iter().find(|line| line.contains("Buffers: shared"));
    let number = |name: &str| {
        let rest = first
            .and_then(|line| line.split_once(name))
            .map_or("", |(_, rest)| rest);
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
        digits.unwrap_or_default().parse::<i64>().unwrap_or(0)
    };
    (number("hit=") + number("read="), lines.join("\n"))
}

#[test]
fn no_statement_touches_many_pages_on_postgres() {
    block_on(async {
        let db = postgres::database(&edge_store::schema(Dialect::Postgres)).await;
        db.script(postgres::NO_AUTOVACUUM).await.unwrap();
        library::fill(&*db, SIZES[1]).await;
        // It was filled by statements that wrote the same rows again and again. Statistics are no part of it.
        db.script("vacuum").await.unwrap();
        for analyze in ["", "analyze"] {
            db.script(analyze).await.unwrap();
            for (name, statement) in all() {
                let (pages, plan) = pages(&db, statement).await;
                println!("{pages:8} {name} {analyze}");
                assert!(pages <= PAGES, "{name} {analyze}: {pages} pages\n{plan}");
            }
            if analyze.is_empty() {
                tags_ten_thousand(&db).await;
                db.script("vacuum").await.unwrap();
            }
        }
    });
}

/// Writes down the tags of ten thousand photos. PostgreSQL without statistics went through their list for each of them, which took a
/// minute and touched no page.
async fn tags_ten_thousand(db: &Postgres) {
    let me = library::ALICE;
    for sql in [
        format!(
            "insert into tag (id, owner_id, value, created_at, updated_at) values ('tag', '{me}', 'tag', 0, 0)"
        ),
        format!(
            "insert into tag_asset (tag_id, asset_id) select 'tag', a.id from asset a where a.owner_id = '{me}'"
        ),
    ] {
        db.run(Statement::new(sql, Vec::new())).await.unwrap();
    }
    let ids: Vec<String> = (1..=10_000).map(library::asset_id).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (_, plan) = pages(db, tags::set_by_hand(&ids, 1)).await;
    let entries = crate::search::entries(&plan);
    assert!(entries <= 100_000, "{entries}\n{plan}");
}

/// All dates move by an hour and a half, each to a day of its own.
async fn moves_ten_thousand(db: &dyn Database) {
    let ids: Vec<String> = (1..=10_000).map(library::asset_id).collect();
    let assets = changeable(&ids);
    let change = Change {
        time: Some(Time::Moved {
            minutes: 90,
            zone: None,
            rules: None,
        }),
        ..Change::default()
    };
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut batch = vec![remove::hold(&ids)];
    batch.extend(change.statements(&assets, library::ALICE, 1));
    batch.extend(change.statements(&assets, library::BOB, 1));
    assert_eq!(batch.len(), 5, "the days are no statements of their own");
    let results = db.batch(batch).await.unwrap();
    // Nobody else's.
    let changed: Vec<u64> = results.iter().map(edge_platform::Rows::changed).collect();
    assert_eq!(changed[1..], [10_000, 10_000, 0, 0]);
    let sql = "select local_day as day, local_month as month from asset where id = ?1";
    let rows = db.run(stmt!(sql, library::asset_id(365))).await.unwrap();
    let row = rows.first().unwrap();
    let day = (
        row.get::<i64>("day").unwrap(),
        row.get::<i64>("month").unwrap(),
    );
    assert_eq!(day, (19_710_101, 197_101));
    db.batch(remove::trash(library::ALICE, &ids, 2).into())
        .await
        .unwrap();
    db.batch(trash::restore(library::ALICE, &ids, 3))
        .await
        .unwrap();
    let sql = "select count(*) as n from asset where owner_id = ?1 and updated_at = 3";
    let rows = db.run(stmt!(sql, library::ALICE)).await.unwrap();
    assert_eq!(rows.first().unwrap().get::<i64>("n").unwrap(), 10_000);
}

#[test]
fn ten_thousand_ids_are_one_call_on_sqlite() {
    block_on(async {
        let db = Sqlite::in_memory().unwrap();
        db.script(edge_store::schema(Dialect::Sqlite))
            .await
            .unwrap();
        library::fill(&db, 10_000).await;
        moves_ten_thousand(&db).await;
    });
}

#[test]
fn ten_thousand_ids_are_one_call_on_postgres() {
    block_on(async {
        let db = postgres::database(&edge_store::schema(Dialect::Postgres)).await;
        library::fill(&*db, 10_000).await;
        moves_ten_thousand(&*db).await;
    });
}

/// What changes several assets takes them in the order of their ids, first of all.
#[test]
fn batches_hold_their_assets_in_one_order() {
    let facts = edge_store::media::facts::Facts::default();
    let first = [
        remove::trash("me", &["b", "a"], 0).into(),
        remove::mark_deleted("me", &["b", "a"], 0).into(),
        trash::restore("me", &["b", "a"], 0),
        remove::purge(&["b", "a"], 0),
        edge_store::media::facts::store("a", &facts, 0),
    ];
    for batch in first {
        let sql = &batch[0].sql;
        assert!(
            sql.starts_with("select ") && sql.contains(" for_update()"),
            "{sql}"
        );
        assert!(
            sql.contains("order by x.id") || sql.contains("where a.id = ?1"),
            "{sql}"
        );
    }
}
