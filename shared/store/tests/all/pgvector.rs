//! Searches by meaning where PostgreSQL has pgvector (docs/decisions/0040-pgvector.md). `EDGE_TEST_PGVECTOR` names a server that has it;
//! elsewhere only the first two of these tests find something to look at.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::{input::from_json, search::Filters};
use edge_platform::{Database, DbError, Dialect, stmt};
use edge_store::{
    asset_vectors::pgvector::{self, Nearest},
    caller::Caller,
    search::Search,
};
use edge_testkit::{
    NewUser, TestApp, block_on,
    postgres::{self, PGVECTOR},
};
use edge_vectors::code::{self, Code};
use serde_json::{Value, json};

const MODEL: &str = "m";
/// Numbers of a vector.
const LENGTH: u16 = 64;
/// More than there are.
const ALL: i64 = 10_000;

/// One of ten directions, and something of its own.
fn vector(number: u16) -> Vec<f32> {
    let one = |at: u16| {
        let (shared, own) = (number % 10 * 31 + at, number * 64 + at);
        2.0 * (f32::from(shared) * 12.9).sin() + (f32::from(own) * 7.3).sin()
    };
    (0..LENGTH).map(one).collect()
}

/// Stores the vector of an asset, or another one.
async fn put(app: &TestApp, owner: &NewUser, asset: &str, code: String) {
    let sql = "insert into asset_vector (asset_id, owner_id, model, seq, code) values (?1, ?2, ?3, 1, ?4) \
               on conflict (asset_id) do update set code = excluded.code";
    app.sql(stmt!(sql, asset, &owner.id, MODEL, code)).await;
}

/// A photo that looks so.
async fn photo(app: &TestApp, owner: &NewUser, code: String) -> String {
    let asset = app.asset(owner).insert().await;
    put(app, owner, &asset, code).await;
    asset
}

async fn look(
    app: &TestApp,
    user: &NewUser,
    filters: Value,
    most: i64,
) -> Result<Nearest, DbError> {
    let filters: Filters = from_json(&filters).unwrap();
    let numbers = code::numbers(&vector(3));
    let nearest = Search::new(&filters).nearest(MODEL, &numbers, most, most.min(500));
    let caller = Caller::acting_for(&user.id);
    let rows = app.app.db().run(caller.scoped(nearest)).await?;
    pgvector::read_nearest(&rows, most)
}

async fn nearest(app: &TestApp, user: &NewUser, filters: Value, most: i64) -> Nearest {
    look(app, user, filters, most).await.unwrap()
}

/// Takes over what is behind `after`; gives the last.
async fn fill(app: &TestApp, after: &str) -> Option<String> {
    let rows = app
        .sql(stmt!("select asset_pgvector_fill(?1) as last", after))
        .await;
    rows.first().unwrap().get("last").unwrap()
}

#[test]
fn where_it_is_not_the_script_does_nothing() {
    block_on(async {
        let db = postgres::database(&edge_store::schema(Dialect::Postgres)).await;
        for _ in 0..2 {
            db.script(PGVECTOR).await.unwrap();
        }
        let available = stmt!("select 1 as one from pg_available_extensions where name = 'vector'");
        if !db.run(available).await.unwrap().is_empty() {
            return;
        }
        let last = db
            .run(stmt!("select asset_pgvector_fill('') as last"))
            .await;
        assert_eq!(
            last.unwrap()
                .first()
                .unwrap()
                .get::<Option<String>>("last")
                .unwrap(),
            None
        );
        assert!(!db.has_pgvector().await);
        let changed = stmt!(
            "select 1 as one from pg_trigger where tgrelid = 'asset_vector'::regclass and not tgisinternal"
        );
        assert!(db.run(changed).await.unwrap().is_empty());
    });
}

#[test]
fn who_may_not_make_the_extension_goes_without() {
    block_on(async {
        let db = postgres::beside_pgvector(&edge_store::schema(Dialect::Postgres)).await;
        // The role is of the whole server, and none is left behind.
        let script = format!(
            "begin; create role edge_plain; grant create, usage on schema public to edge_plain; set local role edge_plain; \
             {PGVECTOR} do $$ begin if to_regtype('halfvec') is not null or to_regclass('asset_pgvector') is not null then \
             raise exception 'it was made'; end if; end $$; rollback"
        );
        db.script(script).await.unwrap();
    });
}

#[test]
fn the_nearest_are_those_that_comparing_all_finds() {
    block_on(async {
        let app = TestApp::pgvector(Vec::new()).await;
        if !app.has_pgvector().await {
            return;
        }
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut expected = Vec::new();
        let wanted = code::numbers(&vector(3));
        for number in 0..300 {
            let numbers = code::numbers(&vector(number));
            let id = photo(&app, &alice, code::of(&vector(number))).await;
            expected.push((Code::new(&wanted).distance(Code::new(&numbers)), id));
        }
        // No direction, and another length: nothing in common, like a right angle.
        for odd in [vec![0.0; 64], vec![0.5; 32]] {
            expected.push((1.0, photo(&app, &alice, code::of(&odd)).await));
        }
        photo(&app, &bob, code::of(&vector(3))).await;
        photo(&app, &alice, "damaged".to_owned()).await;
        expected.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        let expected: Vec<String> = expected.into_iter().map(|(_, id)| id).collect();

        let found = nearest(&app, &alice, json!({}), ALL).await;
        assert_eq!((&found.ids, found.is_all), (&expected, true));
        let found = nearest(&app, &alice, json!({}), 100).await;
        assert_eq!((&found.ids[..], found.is_all), (&expected[..100], false));
        // The filters are looked at among the nearest.
        let (near, far) = (&expected[1], &expected[200]);
        let sql = "update asset set is_favorite = 1, update_id = uuid7() where id in (?1, ?2)";
        app.sql(stmt!(sql, near, far)).await;
        let favorites = json!({ "isFavorite": true });
        let found = nearest(&app, &alice, favorites.clone(), 100).await;
        assert_eq!((found.ids, found.is_all), (vec![near.clone()], false));
        let found = nearest(&app, &alice, favorites, ALL).await;
        assert_eq!(found.ids, [near.clone(), far.clone()]);
        let none = nearest(&app, &alice, json!({ "type": "VIDEO" }), ALL).await;
        assert_eq!((none.ids.len(), none.is_all), (0, true));
    });
}

#[test]
fn what_is_new_is_found_at_once_and_what_is_gone_never() {
    block_on(async {
        let app = TestApp::pgvector(Vec::new()).await;
        if !app.has_pgvector().await {
            return;
        }
        let alice = app.user("alice").await;
        let one = photo(&app, &alice, code::of(&vector(3))).await;
        let other = photo(&app, &alice, code::of(&vector(4))).await;
        let found = async || nearest(&app, &alice, json!({}), ALL).await.ids;
        assert_eq!(found().await, [one.clone(), other.clone()]);
        // They look another way now.
        put(&app, &alice, &one, code::of(&vector(4))).await;
        put(&app, &alice, &other, code::of(&vector(3))).await;
        assert_eq!(found().await, [other.clone(), one.clone()]);
        app.sql(stmt!("update asset set deleted_at = 1, status = 'trashed', update_id = uuid7() where id = ?1", &other))
            .await;
        assert_eq!(found().await, std::slice::from_ref(&one));
        app.sql(stmt!("delete from asset where id = ?1", &one))
            .await;
        assert_eq!(found().await, [] as [&str; 0]);
        let left = stmt!("select count(*) as n from asset_pgvector");
        assert_eq!(app.count(left).await, 1);
    });
}

#[test]
fn without_the_extension_all_goes_on_and_with_it_again_all_is_there() {
    block_on(async {
        let app = TestApp::pgvector(Vec::new()).await;
        if !app.has_pgvector().await {
            return;
        }
        let alice = app.user("alice").await;
        let early = photo(&app, &alice, code::of(&vector(3))).await;
        let broken = |error: &str| {
            stmt!(format!(
                "create or replace function asset_pgvector_numbers(code text) returns halfvec language plpgsql immutable strict \
                 as $$ begin raise {error}; end $$"
            ))
        };
        // What is to be tried again as a whole is.
        app.sql(broken("serialization_failure")).await;
        let change = "update asset_vector set seq = 2";
        assert!(app.connection().await.script(change).await.is_err());
        // Its files are gone, or those of another server, or the table is: looking at pictures goes on.
        let mut late = Vec::new();
        for error in ["undefined_file", "internal_error"] {
            app.sql(broken(error)).await;
            late.push(photo(&app, &alice, code::of(&vector(4))).await);
        }
        app.sql(stmt!("drop table asset_pgvector")).await;
        late.push(photo(&app, &alice, code::of(&vector(4))).await);
        app.sql(stmt!("drop extension vector cascade")).await;
        assert!(!app.has_pgvector().await);
        let later = photo(&app, &alice, code::of(&vector(5))).await;
        // For who has asked before it was dropped.
        let error = look(&app, &alice, json!({}), ALL).await;
        assert!(matches!(error, Err(DbError::Other(_))), "{error:?}");

        app.connection().await.script(PGVECTOR).await.unwrap();
        assert!(!app.has_pgvector().await, "not before all are there");
        let last = fill(&app, "").await.unwrap();
        assert_eq!(fill(&app, &last).await, None);
        assert!(app.has_pgvector().await);
        let found = nearest(&app, &alice, json!({}), ALL).await.ids;
        assert_eq!((&found[0], found.len()), (&early, 5));
        assert!(late.iter().chain([&later]).all(|id| found.contains(id)));
    });
}
