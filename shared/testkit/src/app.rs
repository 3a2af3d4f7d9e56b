//! The areas under test with real small adapters: SQLite in memory or PostgreSQL, a temporary folder,
//! a fixed clock, a seeded random source.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use axum::Router;
use edge_api::{enums::JobName, realtime::Delivery};
use edge_http::{App, Route};
use edge_platform::{
    Database, Dialect, FixedVariables, LaterSiblings, Rows, Statement, Wake,
    external::{FixedBuckets, WithExternal},
    native::{Delivered, FixedClock, Folder, HttpClient, SeededRandom, Sqlite, TableQueue},
};
use edge_store::jobs::{self, NewJob};
use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{
    areas::{Filled, SameRouter},
    counting::Counting,
    postgres,
    request::Request,
};

/// When the clock of a fresh [`TestApp`] stands: 2024-06-15T12:00:00.000Z.
const START: i64 = 1_718_452_800_000;

/// One area under test.
pub struct Area {
    table: &'static [Route],
    routes: Router<App>,
}

impl Area {
    /// An area from its two exports: `Area::new(fn_albums::ROUTES, fn_albums::routes())`.
    pub fn new(table: &'static [Route], routes: Router<App>) -> Self {
        Self { table, routes }
    }
}

/// Areas on their ports, ready for requests.
pub struct TestApp {
    /// The ports, for calling the store directly.
    pub app: App,
    /// Moves only when told to.
    pub clock: Arc<FixedClock>,
    /// What the installation was told; empty at first.
    pub variables: Arc<FixedVariables>,
    /// Other buckets, below `external/`; none at first.
    pub external: Arc<FixedBuckets>,
    /// Functions that only other functions call; none at first.
    pub siblings: Arc<LaterSiblings>,
    /// What was woken.
    pub queue: Arc<TableQueue>,
    delivered: Arc<Delivered>,
    pub(crate) router: Router,
    pub(crate) table: Vec<Route>,
    pub(crate) recorded: AtomicBool,
    round_trips: Arc<AtomicUsize>,
    _areas: Filled,
    folder: TempDir,
    sqlite: Option<Sqlite>,
    // Dropping it drops the database.
    postgres: Option<postgres::TestDatabase>,
}

/// Schema and rules of sync, once for all tests of a program.
async fn empty() -> Vec<u8> {
    let db = Sqlite::in_memory().expect("SQLite opens in memory");
    for script in [
        edge_store::schema(Dialect::Sqlite),
        crate::sync_rules::triggers(),
    ] {
        db.script(script).await.expect("the schema loads in SQLite");
    }
    db.image().await.expect("SQLite gives its image")
}

impl TestApp {
    /// On SQLite in memory, which refuses what sync would not notice (`sync_rules`).
    pub async fn sqlite(areas: Vec<Area>) -> Self {
        static EMPTY: OnceCell<Vec<u8>> = OnceCell::const_new();
        Self::on_image(areas, EMPTY.get_or_init(empty).await, 1)
    }

    /// On a copy of a database whose image [`TestApp::image`] took. Its random ids are others than those in there.
    pub fn sqlite_from(areas: Vec<Area>, image: &[u8]) -> Self {
        Self::on_image(areas, image, 2)
    }

    fn on_image(areas: Vec<Area>, image: &[u8], seed: u64) -> Self {
        let db = Sqlite::from_image(image).expect("SQLite takes the image");
        let mut app = Self::start(areas, Arc::new(db.clone()), None, seed);
        app.sqlite = Some(db);
        app
    }

    /// The database of [`TestApp::sqlite`], for [`TestApp::sqlite_from`].
    pub async fn image(&self) -> Vec<u8> {
        let db = self.sqlite.as_ref().expect("a database of SQLite");
        db.image().await.expect("SQLite gives its image")
    }

    /// On a fresh database of PostgreSQL.
    pub async fn postgres(areas: Vec<Area>) -> Self {
        let db = postgres::database(&edge_store::schema(Dialect::Postgres)).await;
        Self::start(areas, db.shared(), Some(db), 1)
    }

    /// On a fresh database of PostgreSQL in which searches use pgvector, if the server has it ([`postgres::with_pgvector`]).
    pub async fn pgvector(areas: Vec<Area>) -> Self {
        let db = postgres::with_pgvector(&edge_store::schema(Dialect::Postgres)).await;
        Self::start(areas, db.shared(), Some(db), 1)
    }

    /// Whether searches use pgvector.
    pub async fn has_pgvector(&self) -> bool {
        postgres::has_pgvector(self.app.db()).await
    }

    /// A connection of its own to the database of [`TestApp::postgres`], for what another process does meanwhile.
    ///
    /// # Panics
    /// On SQLite, or when PostgreSQL does not answer.
    pub async fn connection(&self) -> edge_platform::native::Postgres {
        let database = self.postgres.as_ref().expect("a database of PostgreSQL");
        postgres::connect(database.url()).await
    }

    fn start(
        areas: Vec<Area>,
        db: Arc<dyn Database>,
        postgres: Option<postgres::TestDatabase>,
        seed: u64,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (clock, queue) = (
            Arc::new(FixedClock::new(START)),
            Arc::new(TableQueue::new()),
        );
        let variables = Arc::new(FixedVariables::default());
        let siblings = Arc::new(LaterSiblings::default());
        let delivered = Arc::new(Delivered::default());
        let together = Arc::new(SameRouter::new());
        let round_trips = Arc::new(AtomicUsize::new(0));
        let external = Arc::new(FixedBuckets::default());
        let own = Folder::open(folder.path()).expect("the folder opens");
        let app = App::new(
            Arc::new(Counting::new(db, round_trips.clone())),
            Arc::new(WithExternal::new(Arc::new(own), external.clone())),
            queue.clone(),
            clock.clone(),
            Arc::new(SeededRandom::new(seed)),
        )
        .with_realtime(delivered.clone())
        .with_variables(variables.clone())
        .with_http(Arc::new(HttpClient::new()))
        .with_siblings(siblings.clone())
        .with_areas(Some(together.clone()));
        let table: Vec<Route> = areas
            .iter()
            .flat_map(|area| area.table.iter().copied())
            .collect();
        let routes = areas
            .into_iter()
            .fold(Router::new(), |all, area| all.merge(area.routes));
        let router = edge_http::serve::router(routes, app.clone());
        let together = together.fill(table.clone(), router.clone());
        Self {
            app,
            clock,
            variables,
            external,
            siblings,
            queue,
            delivered,
            router,
            table,
            recorded: AtomicBool::new(true),
            round_trips,
            _areas: together,
            folder,
            sqlite: None,
            postgres,
        }
    }

    /// A GET request.
    pub fn get(&self, path: &str) -> Request<'_> {
        self.request(Method::GET, path)
    }

    /// A POST request.
    pub fn post(&self, path: &str) -> Request<'_> {
        self.request(Method::POST, path)
    }

    /// A PUT request.
    pub fn put(&self, path: &str) -> Request<'_> {
        self.request(Method::PUT, path)
    }

    /// A PATCH request.
    pub fn patch(&self, path: &str) -> Request<'_> {
        self.request(Method::PATCH, path)
    }

    /// A DELETE request.
    pub fn delete(&self, path: &str) -> Request<'_> {
        self.request(Method::DELETE, path)
    }

    /// Any request.
    pub fn request(&self, method: Method, path: &str) -> Request<'_> {
        Request::new(self, method, path)
    }

    /// Leaves what follows out of the answers that `cargo xtask contract` judges: for tests that break the server.
    pub fn stop_recording(&self) {
        self.recorded.store(false, Ordering::Relaxed);
    }

    /// Database round trips since the last call.
    pub fn take_round_trips(&self) -> usize {
        self.round_trips.swap(0, Ordering::Relaxed)
    }

    /// From now on nothing can be sent to devices.
    pub fn stop_deliveries(&self) {
        self.delivered.break_down();
    }

    /// What was sent to devices since the last call.
    pub fn take_deliveries(&self) -> Vec<Delivery> {
        self.delivered.drain()
    }

    /// The same as user and event, `[name, payload]`; each is for all of the user's devices and ends none.
    pub fn take_events(&self) -> Vec<(String, Value)> {
        let told = self.take_deliveries().into_iter();
        told.map(|told| {
            assert_eq!((&told.room, told.ends), (&None, false));
            let frame = told.frame.expect("an event has a frame");
            let event = frame.strip_prefix("42").expect("an event is a message");
            (
                told.user,
                serde_json::from_str(event).expect("an event is JSON"),
            )
        })
        .collect()
    }

    /// Wake-ups sent since the last call.
    pub fn take_wakes(&self) -> Vec<Wake> {
        self.queue.drain()
    }

    /// Stores these statements as the results of a job, as a worker would that reads metadata.
    pub async fn finish_job(&self, results: Vec<Statement>) {
        let (db, now) = (self.app.db(), self.app.now());
        let kind = JobName::AssetExtractMetadata;
        let job = NewJob::new(self.app.uuid(), kind, json!({}), now);
        self.sql(jobs::insert(&job, now)).await;
        let claimed = jobs::claim(db, &job.id, "lease", now).await;
        let claimed = claimed
            .expect("the job is claimed")
            .expect("the job is there");
        let finished = jobs::finish(db, &claimed, results, &[], now).await;
        assert!(
            finished.expect("the results are stored"),
            "the job was held"
        );
    }

    /// Runs one statement for the test itself, which may write what no handler may (`sync_rules`).
    pub async fn sql(&self, statement: Statement) -> Rows {
        let is_read = statement.sql.starts_with("select") || statement.sql.starts_with("explain");
        let batch = match self.app.db().dialect() {
            Dialect::Sqlite if !is_read => crate::sync_rules::excepted(statement),
            _ => vec![statement],
        };
        let own = batch.len() / 2;
        match self.app.db().batch(batch).await {
            Ok(mut results) => results.swap_remove(own),
            Err(error) => panic!("{error}"),
        }
    }

    /// The one number a statement selects as `n`.
    pub async fn count(&self, statement: Statement) -> i64 {
        let rows = self.sql(statement).await;
        rows.first()
            .map_or(0, |row| row.get("n").expect("a column n"))
    }

    /// All keys in the object store, sorted.
    pub async fn object_keys(&self) -> Vec<String> {
        self.app
            .objects
            .list("", None)
            .await
            .expect("the folder lists")
    }

    /// Where the object store keeps its files.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}
