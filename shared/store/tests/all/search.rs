//! What a search and the other hot reads (`hot_reads.rs`, `hot_lists.rs`) cost in a library of 200,000 assets: about what the page costs, whatever is
//! looked for. In the same library the statements of `scale.rs`, which also write: they cost what they did in a small one.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::{
    input::from_json,
    search::{Filters, MetadataFilters, MetadataSearch, Structured},
};
use edge_platform::{
    Database, Dialect, Statement,
    native::{Postgres, Sqlite},
};
use edge_store::{
    caller::{self, Credential},
    search::{Order, Page, Search, Shown},
};
use edge_testkit::{block_on, library, postgres};
use serde_json::{Value, json};

use crate::{hot_lists, hot_reads, scale, scale_requests, search_few};

/// Alice's assets.
const ASSETS: i64 = 200_000;
/// Steps of SQLite's virtual machine that a page of 100 may take. A walk through all assets takes ten times as many.
const STEPS: i64 = 600_000;
/// Pages of PostgreSQL that one statement may touch. A walk through all assets and their exif touches ten times as many.
const PAGES: i64 = 25_000;
/// Entries of an index or rows of a table that one scan of a statement may read on PostgreSQL. A walk through the index of all
/// assets touches few pages, but reads four times as many entries.
const ENTRIES: i64 = 50_000;
/// What may be read by one about ten assets, or of a page of 20 rows.
const FEW_ENTRIES: i64 = 5_000;
/// These still walk on PostgreSQL, within the bound of their pages, because looking up would cost more:
/// - one of two albums: their contents are read once into a table of its own. Where few are in them, each asset would be looked up in vain,
///   and the list of albums read for each, which took half a minute for a thousand albums.
/// - downloads: a page is 20,000 parts with the size and the motion part of each, some 160,000 pages of indexes and tables to look up; all of
///   the tables are fewer until there are millions of photos. An album in the order of time is all sorted anyway: no index has the time of
///   the file.
/// - markers: it sorts all there are rather than to look up a page of them, and reads the table of positions from wherever another read of it is,
///   until it has ten thousand. Told to walk along the owner's index (`looked_up` with an order) it sorted all of the owner's instead: twice the pages.
const STILL_WALK: [&str; 8] = [
    "structured: any album",
    "markers of the map",
    "markers of others than favorites",
    "markers of the archive, too",
    "a page of markers",
    "the next page of markers",
    "a download of an album",
    "a download of all",
];
/// Nodes of a plan that read tables, indexes and lists.
const SCANS: [&str; 6] = [
    " Scan using ",
    " Scan Backward using ",
    " Seq Scan on ",
    " Bitmap Index Scan on ",
    " Bitmap Heap Scan on ",
    " Function Scan on ",
];
/// Steps that a statement about ten assets, or of a page of 20 rows, may take: a walk through the narrowest index takes ten times as many.
const FEW_STEPS: i64 = 60_000;
/// Pages that it may touch: the narrowest index of all assets has more.
const FEW_PAGES: i64 = 700;

pub fn filters(body: &Value) -> (Filters, MetadataFilters) {
    (from_json(body).unwrap(), from_json(body).unwrap())
}

/// The statements of one search.
pub fn page(body: &Value, number: i64) -> Statement {
    let (filters, metadata) = filters(body);
    let search = Search::new(&filters).with(&filters, &metadata, None);
    let page = Page::new(number, 100);
    let mut statements = search.page(&page, Order::default(), Shown::default());
    statements.remove(0)
}

/// The first page of a structured search.
pub fn structured(filter: &Value, field: &str) -> Statement {
    let body = json!({ "filter": filter, "orderBy": { "field": field } });
    let read: MetadataSearch = from_json(&body).unwrap();
    let Structured { filter, order, .. } = read.structured.unwrap();
    let page = Page::new(1, 100);
    let search = Search::structured(&filter, str::to_owned);
    let mut statements = search.page(&page, order, Shown::default());
    statements.remove(0)
}

/// What the flat filters find by an index, the structured filter does, too, and so do all branches of an `or` that have one each.
fn structured_pages() -> Vec<(&'static str, Statement)> {
    let page = |(name, filter): (&'static str, Value)| (name, structured(&filter, "fileCreatedAt"));
    let by_size = structured(&json!({}), "fileSizeInBytes");
    let pages = structured_filters().into_iter().map(page);
    pages
        .chain([("structured: all by size", by_size)])
        .collect()
}

fn structured_filters() -> Vec<(&'static str, Value)> {
    vec![
        ("structured: all", json!({})),
        (
            "structured: a timeline",
            json!({ "visibility": { "eq": "timeline" }, "trashedAt": { "eq": null } }),
        ),
        (
            "structured: favorites",
            json!({ "isFavorite": { "eq": true } }),
        ),
        (
            "structured: archive and hidden",
            json!({ "visibility": { "in": ["archive", "hidden"] } }),
        ),
        ("structured: trash", json!({ "trashedAt": { "ne": null } })),
        (
            "structured: cities",
            json!({ "city": { "in": ["City", "Atlantis"] } }),
        ),
        (
            "structured: a city that nobody was in",
            json!({ "city": { "eq": "Atlantis" } }),
        ),
        (
            "structured: any person",
            json!({ "personIds": { "any": [library::CAROL] } }),
        ),
        (
            "structured: any album",
            json!({ "albumIds": { "any": [library::SMALL_ALBUM, library::LARGE_ALBUM] } }),
        ),
        (
            "structured: what no name ends with",
            json!({ "originalFileName": { "endsWith": "zebra" } }),
        ),
        (
            "structured: one or the other",
            json!({ "or": [{ "city": { "eq": "Atlantis" } }, { "tagIds": { "all": [library::CAROL] }, "rating": { "eq": null } }] }),
        ),
        (
            "structured: one by its id",
            json!({ "id": { "eq": library::asset_id(7) } }),
        ),
    ]
}

/// The page behind 400 pages of 250: about the middle of the library.
fn far() -> i64 {
    let middle = 1_388_534_400_000 + 60 * 2_629_800_000;
    Page::new(2, 1_000).next(&[0, middle]).unwrap()
}

fn first_pages() -> Vec<(&'static str, Value)> {
    vec![
        ("all", json!({})),
        ("timeline", json!({ "visibility": "timeline" })),
        ("archive", json!({ "visibility": "archive" })),
        ("favorites", json!({ "isFavorite": true })),
        (
            "trash",
            json!({ "trashedAfter": "2000-01-01T00:00:00.000Z" }),
        ),
        ("videos", json!({ "type": "VIDEO" })),
        ("a common city", json!({ "city": "City" })),
        ("a city that nobody was in", json!({ "city": "Atlantis" })),
        (
            "a country and a state",
            json!({ "country": "Country", "state": "State" }),
        ),
        ("a camera that nobody has", json!({ "make": "Camera" })),
        ("a person", json!({ "personIds": [library::CAROL] })),
        ("a tag", json!({ "tagIds": [library::CAROL] })),
        (
            "a small album",
            json!({ "albumIds": [library::SMALL_ALBUM] }),
        ),
        (
            "a large album",
            json!({ "albumIds": [library::LARGE_ALBUM] }),
        ),
        (
            "a common part of names",
            json!({ "originalFileName": "IMG" }),
        ),
        ("digits of few names", json!({ "originalFileName": "1234" })),
        (
            "what no name has",
            json!({ "originalFileName": "zebra", "visibility": "timeline" }),
        ),
        ("what no description has", json!({ "description": "zebra" })),
        ("text in every second picture", json!({ "ocr": "stop" })),
        ("text in few pictures", json!({ "ocr": "quay north" })),
        ("text in no picture", json!({ "ocr": "zebra" })),
        ("an id", json!({ "id": library::asset_id(7) })),
        (
            "a year",
            json!({ "takenAfter": "2016-01-01T00:00:00.000Z", "takenBefore": "2016-12-31T00:00:00.000Z" }),
        ),
    ]
}

fn all() -> Vec<(&'static str, Statement)> {
    let mut all = vec![
        ("page 400", page(&json!({}), far())),
        (
            "page 400 of the timeline",
            page(&json!({ "visibility": "timeline" }), far()),
        ),
        (
            "page 400 of a city",
            page(&json!({ "city": "City" }), far()),
        ),
    ];
    for (name, body) in first_pages() {
        all.push((name, page(&body, 1)));
    }
    all.extend(structured_pages());
    all.extend(search_few::all());
    for (name, body) in [
        ("random", json!({})),
        ("random of a city", json!({ "city": "City" })),
    ] {
        let (filters, _) = filters(&body);
        let random = Search::new(&filters).random(100, 0x1234_5678_9abc_def0, Shown::default());
        all.push((name, random.into_iter().next().unwrap()));
    }
    all
}

/// Name, statement, and how much it may cost.
async fn everything(db: &dyn Database) -> Vec<(&'static str, Statement, i64)> {
    let searches = all().into_iter();
    let searches = searches.map(|(name, statement)| (name, by_alice(statement), 1));
    let others = hot_reads::all(db).await.into_iter();
    let others = others.chain(hot_lists::all());
    let others = others.map(|read| (read.name, read.statement, read.times));
    searches.chain(others).collect()
}

pub fn by_alice(statement: Statement) -> Statement {
    let credential = Credential::Session(library::DIGEST.to_owned());
    caller::scoped(&credential, 0, statement)
}

/// The assets of an account from one number to another, whose ids are those of its `place` among the accounts.
fn assets(dialect: Dialect, (place, owner): (i64, &str), first: i64, last: i64) -> String {
    let id = match dialect {
        Dialect::Sqlite => {
            format!(
                "printf('%08x-000{place}-4000-8000-%012x', cast(i as bigint) * 2654435761 % 4294967296, i)"
            )
        }
        Dialect::Postgres => format!(
            "lpad(to_hex(cast(i as bigint) * 2654435761 % 4294967296), 8, '0') || '-000{place}-4000-8000-' || lpad(to_hex(i), 12, '0')"
        ),
    };
    let at = "cast(1388534400000 as bigint) + cast(i % 120 as bigint) * 2629800000 + cast(i / 120 as bigint) * 60000";
    let month = "(2014 + i % 120 / 12) * 100 + 1 + i % 12";
    format!(
        "insert into asset (id, owner_id, type, status, visibility, checksum, original_path, original_file_name, file_name_folded, \
             is_favorite, file_created_at, file_modified_at, local_date_time, local_day, local_month, created_at, created_month, \
             updated_at, deleted_at, city, country, file_size_in_byte, update_id) \
             with recursive n(i) as (select {first} union all select i + 1 from n where i < {last}) \
             select {id}, '{owner}', case when i % 10 = 0 then 'VIDEO' else 'IMAGE' end, case when i % 19 = 0 then 'trashed' else 'active' end, \
             case when i % 31 = 1 then 'archive' when i % 53 = 2 then 'locked' when i % 59 = 5 then 'hidden' else 'timeline' end, \
             cast(i as text), 'upload/' || cast(i as text), 'IMG.jpg', 'img.jpg', case when i % 49 = 3 then 1 else 0 end, {at}, {at}, {at}, \
             ({month}) * 100 + 1, {month}, cast(1700000000000 as bigint) + i, 202311, 1, \
             case when i % 19 = 0 then cast(1700000000000 as bigint) end, case when i % 3 = 0 then 'City' end, \
             case when i % 3 = 0 then 'Country' end, 1000 + i, '00' || cast(i as text) from n"
    )
}

/// A library without triggers, which would take minutes: what they keep is written at once. Bob, whose assets Alice sees, has a tenth.
async fn fill(db: &dyn Database) {
    library::fill(db, 100).await;
    let (alice, album) = (library::ALICE, library::LARGE_ALBUM);
    for sql in [
        assets(db.dialect(), (1, alice), 101, ASSETS),
        assets(db.dialect(), (2, library::BOB), 11, ASSETS / 10),
        "insert into asset_exif (asset_id, owner_id, file_size_in_byte, city, country, latitude, longitude, updated_at, update_id) \
         select a.id, a.owner_id, a.file_size_in_byte, a.city, a.country, \
         case when a.city is not null then a.file_size_in_byte % 170 - 85.5 end, \
         case when a.city is not null then a.file_size_in_byte % 350 - 175.5 end, 0, a.update_id from asset a \
         where not exists (select 1 from asset_exif e where e.asset_id = a.id)"
            .to_owned(),
        format!(
            "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id, owner_id, visibility, local_month, taken_at, \
             changed_at, is_stacked, is_shown) select '{album}', a.id, 0, 0, a.update_id, a.owner_id, a.visibility, a.local_month, \
             a.local_date_time, a.updated_at, 0, case when a.deleted_at is null and a.visibility in ('timeline', 'archive') then 1 \
             else 0 end from asset a where a.file_size_in_byte % 4 = 0 \
             and a.owner_id = '{alice}' on conflict do nothing"
        ),
        "insert into asset_word (owner_id, word, source, asset_id) select a.owner_id, 'img', 'name', a.id from asset a \
         union all select a.owner_id, substr(cast(10000 + coalesce(a.file_size_in_byte, 0) % 10000 as text), 2), 'name', a.id from asset a \
         on conflict do nothing"
            .replace("on conflict", "where true on conflict"),
        "insert into ocr_search (asset_id, owner_id, text) select a.id, a.owner_id, \
         case when a.file_size_in_byte % 5000 = 0 then 'north quay' else 'stop' end from asset a where a.file_size_in_byte % 2 = 0"
            .to_owned(),
        "insert into asset_word (owner_id, word, source, asset_id) select o.owner_id, w.value, 'ocr', o.asset_id from ocr_search o \
         cross join json_rows('[\"north\", \"quay\", \"stop\"]') w where replace(o.text, w.value, '') <> o.text"
            .to_owned(),
        format!(
            "insert into word_part (owner_id, part, word) select '{alice}', v.value, v.value \
             from json_rows('[\"north\", \"quay\", \"stop\"]') v"
        ),
    ] {
        let result = db.run(Statement::new(sql.clone(), Vec::new())).await;
        result.unwrap_or_else(|error| panic!("{error} in {sql}"));
    }
    hot_reads::fill(db).await;
    hot_lists::fill(db).await;
    search_few::fill(db).await;
}

#[test]
fn no_hot_read_walks_through_all_assets_on_sqlite() {
    block_on(async {
        let db = Sqlite::in_memory().unwrap();
        let schema = edge_store::schema(Dialect::Sqlite);
        db.script(schema).await.unwrap();
        let triggers = "select name, sql from sqlite_master where type = 'trigger'";
        let triggers = db.run(Statement::new(triggers, Vec::new())).await.unwrap();
        for trigger in triggers.iter() {
            let name: String = trigger.get("name").unwrap();
            db.script(format!("drop trigger {name}")).await.unwrap();
        }
        fill(&db).await;
        search_few::check(&db).await;
        let mut dear = Vec::new();
        for (name, statement, times) in everything(&db).await {
            let steps = db.steps(statement).await.unwrap();
            println!("{steps:9} {name}");
            if steps > STEPS * times {
                dear.push((name, steps));
            }
        }
        for trigger in triggers.iter() {
            let sql: String = trigger.get("sql").unwrap();
            db.script(sql).await.unwrap();
        }
        for (name, statement) in scale::all().into_iter().chain(scale_requests::all()) {
            let steps = db.steps(by_alice(statement)).await.unwrap();
            println!("{steps:9} {name}");
            if steps > FEW_STEPS {
                dear.push((name, steps));
            }
        }
        assert!(dear.is_empty(), "{dear:?}");
    });
}

/// How many pages a statement touches, by its plan.
async fn pages(db: &Postgres, mut statement: Statement) -> (i64, String) {
    let explain = "explain (analyze, buffers, costs off, timing off)";
    statement.sql = format!("{explain} {}", statement.sql).into();
    let rows = db.run(statement).await.unwrap();
    let lines: Vec<String> = rows
        .iter()
        .map(|row| row.get("QUERY PLAN").unwrap())
        .collect();
    let first = lines.iter().find(|line| line.contains("Buffers: shared"));
    let number = |name: &str| {
        let (_, rest) = first?.split_once(name)?;
        rest.split_whitespace().next()?.parse::<i64>().ok()
    };
    let touched = number("hit=").unwrap_or(0) + number("read=").unwrap_or(0);
    (touched, lines.join("\n"))
}

/// The most that one scan of a plan read: what it gave on and what it left out, each time it ran.
pub fn entries(plan: &str) -> i64 {
    let number = |line: &str, name: &str| {
        let (_, rest) = line.split_once(name)?;
        let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
        digits.parse::<i64>().ok()
    };
    let (mut most, mut read, mut times) = (0, 0, 0);
    for line in plan.lines() {
        if line.contains("(actual ") || line.contains("(never executed)") {
            let is_scan = SCANS.iter().any(|scan| line.contains(scan));
            let loops = number(line, "loops=").filter(|_| is_scan);
            times = loops.unwrap_or(0);
            read = number(line, "rows=").unwrap_or(0) * times;
        } else {
            read += number(line, "Rows Removed by Filter: ").unwrap_or(0) * times;
        }
        most = most.max(read);
    }
    most
}

#[test]
fn what_a_scan_read_is_what_it_gave_and_left_out_each_time() {
    let plan = "Limit (actual rows=3.00 loops=1)\n  ->  Nested Loop (actual rows=90000 loops=1)\n        \
         Rows Removed by Filter: 90000\n        ->  Index Only Scan using i on asset a (actual rows=10.00 loops=7)\n              \
         Rows Removed by Filter: 5\n        ->  CTE Scan on drive (actual rows=9999 loops=1)\n              \
         Rows Removed by Filter: 9999\n        ->  Seq Scan on asset b (never executed)";
    // A node that is no scan reads what scans gave it.
    assert_eq!(entries(plan), 105);
    assert_eq!(entries("Result (actual rows=1 loops=1)"), 0);
    let list = "->  Function Scan on unnest v (actual rows=5000 loops=10000)";
    assert_eq!(entries(list), 50_000_000);
}

#[test]
fn no_hot_read_walks_through_all_assets_on_postgres() {
    block_on(async {
        let db = postgres::database(&edge_store::schema(Dialect::Postgres)).await;
        let triggers = |turn: &str| {
            format!(
                "do $$ declare t text; begin for t in select tablename from pg_tables where schemaname = 'public' loop \
                 execute format('alter table %I {turn} trigger user', t); end loop; end $$"
            )
        };
        db.script(triggers("disable")).await.unwrap();
        // Nor does the engine get round to it in the middle of this.
        db.script(postgres::NO_AUTOVACUUM).await.unwrap();
        fill(&*db).await;
        // As it is after a while: whether the engine got round to it meanwhile decides about thousands of pages.
        db.script("vacuum analyze").await.unwrap();
        search_few::check(&*db).await;
        let mut dear = Vec::new();
        for (name, statement, times) in everything(&*db).await {
            let (pages, plan) = pages(&db, statement).await;
            let entries = entries(&plan);
            println!("{pages:9} {entries:9} {name}");
            let is_walk = entries > ENTRIES && !STILL_WALK.contains(&name);
            if pages > PAGES * times || is_walk {
                dear.push((name, pages, plan));
            }
        }
        db.script(triggers("enable")).await.unwrap();
        let small = scale::all().into_iter().map(|(name, it)| (name, it, 1));
        // A row of an asset is written with all its indexes.
        let requests = scale_requests::all().into_iter();
        let requests = requests.map(|(name, it)| (name, it, 2));
        for (name, statement, times) in small.chain(requests) {
            let (pages, plan) = pages(&db, by_alice(statement)).await;
            let entries = entries(&plan);
            println!("{pages:9} {entries:9} {name}");
            if pages > FEW_PAGES * times || entries > FEW_ENTRIES {
                dear.push((name, pages, plan));
            }
        }
        for (name, pages, plan) in &dear {
            println!("{name}: {pages}\n{plan}");
        }
        assert!(dear.is_empty());
    });
}
