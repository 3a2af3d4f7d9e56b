//! PostgreSQL for tests: each test gets its own fresh database, copied from a template.
//!
//! `EDGE_TEST_POSTGRES` (a URL of a throw-away server whose user may create databases) is used when
//! set, as `cargo xtask test` does. Otherwise the installed PostgreSQL 15 or later is started for
//! this process, without root and without a port (Unix socket), and removed when the process ends.
//!
//! `EDGE_TEST_PGVECTOR` is the same of a server that has the extension pgvector and whose user is a superuser.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io::{BufRead, BufReader},
    ops::Deref,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use edge_platform::{Database, native::Postgres, stmt};
use edge_store::asset_vectors::pgvector as kept;

/// Keeps the engine from vacuuming and analysing the tables of a test that counts pages, whenever it would get round to it.
pub const NO_AUTOVACUUM: &str = "do $$ declare t text; begin for t in select tablename from pg_tables where schemaname = 'public' loop \
     execute format('alter table %I set (autovacuum_enabled = off)', t); end loop; end $$";

/// What PostgreSQL is given at each start, behind the migrations: with it searches use pgvector where that is.
pub const PGVECTOR: &str = include_str!("../../../migrations/postgres/pgvector.sql");

/// A database of one test; dropped with this value.
pub struct TestDatabase {
    db: Option<Arc<Postgres>>,
    server: String,
    url: String,
    name: String,
}

impl TestDatabase {
    /// The adapter, to be shared with the code under test.
    pub fn shared(&self) -> Arc<Postgres> {
        let Some(db) = &self.db else {
            unreachable!("only drop takes it")
        };
        Arc::clone(db)
    }

    /// Where further connections can be opened.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether searches use pgvector here.
    pub async fn has_pgvector(&self) -> bool {
        has_pgvector(&**self).await
    }
}

impl Deref for TestDatabase {
    type Target = Postgres;

    fn deref(&self) -> &Postgres {
        let Some(db) = &self.db else {
            unreachable!("only drop takes it")
        };
        db
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        drop(self.db.take());
        let sql = format!("drop database if exists {} with (force)", self.name);
        let server = std::mem::take(&mut self.server);
        // A test may end in any kind of runtime, so the clean-up brings its own.
        let cleaned = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                if let Ok(db) = Postgres::connect(&server, 1).await {
                    drop(db.script(sql).await);
                }
            });
        });
        drop(cleaned.join());
    }
}

/// A fresh database with `schema` applied (any script; may be empty). The first call for a schema
/// makes a template; the others copy it, which takes some tens of milliseconds.
///
/// # Panics
/// When there is no PostgreSQL or the schema does not load: such a test must fail, not be skipped.
pub async fn database(schema: &str) -> TestDatabase {
    on(server(), schema).await
}

/// A fresh database on the server that has pgvector, with `schema` and nothing of pgvector yet. Without `EDGE_TEST_PGVECTOR` it is on
/// the server of all others, which may have no such extension.
///
/// # Panics
/// As [`database`].
pub async fn beside_pgvector(schema: &str) -> TestDatabase {
    let server = given("EDGE_TEST_PGVECTOR").unwrap_or_else(server);
    on(server, schema).await
}

/// The same in which searches use pgvector, if the extension is there.
///
/// # Panics
/// As [`database`], and when `EDGE_TEST_PGVECTOR` is set and they do not.
pub async fn with_pgvector(schema: &str) -> TestDatabase {
    let fill = "select asset_pgvector_fill('')";
    let db = beside_pgvector(&format!("{schema}\n{PGVECTOR}\n{fill}")).await;
    assert!(
        db.has_pgvector().await || given("EDGE_TEST_PGVECTOR").is_none(),
        "there is no pgvector where EDGE_TEST_PGVECTOR promises it"
    );
    db
}

/// Whether searches use pgvector in this database.
///
/// # Panics
/// When it does not answer.
pub async fn has_pgvector(db: &dyn Database) -> bool {
    let Some(state) = kept::state(db.dialect()) else {
        return false;
    };
    let rows = db.run(state).await;
    let state = rows.and_then(|rows| kept::read_state(Some(&rows)));
    state.unwrap_or_else(|error| panic!("the database does not answer: {error}"))
}

async fn on(server: String, schema: &str) -> TestDatabase {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let admin = connect(&server).await;
    let template = template(&server, &admin, schema).await;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("edge_test_{}_{number}", std::process::id());
    script(
        &admin,
        &format!("drop database if exists {name} with (force)"),
    )
    .await;
    script(
        &admin,
        &format!("create database {name} template {template}"),
    )
    .await;
    let url = with_database(&server, &name);
    let db = Postgres::connect(&url, 8).await;
    let db = db.unwrap_or_else(|error| panic!("cannot open the test database: {error}"));
    TestDatabase {
        db: Some(Arc::new(db)),
        server,
        url,
        name,
    }
}

/// A further connection to a database.
///
/// # Panics
/// When the server does not answer.
pub async fn connect(url: &str) -> Postgres {
    let db = Postgres::connect(url, 1).await;
    db.unwrap_or_else(|error| panic!("PostgreSQL at {} does not answer: {error}", hide(url)))
}

/// The address without a password, for messages.
fn hide(url: &str) -> &str {
    url.rsplit_once('@').map_or(url, |(_, place)| place)
}

async fn script(db: &Postgres, sql: &str) {
    if let Err(error) = db.script(sql).await {
        panic!("PostgreSQL refused a script of the test kit: {error}");
    }
}

/// Name of the template that holds `schema`, made when missing.
async fn template(server: &str, admin: &Postgres, schema: &str) -> String {
    let mut hasher = DefaultHasher::new();
    schema.hash(&mut hasher);
    let name = format!("edge_template_{:016x}", hasher.finish());
    // Test processes run side by side; the lock is held by this connection until it is released.
    script(admin, "select pg_advisory_lock(20250101)").await;
    let found = admin
        .run(stmt!(
            "select 1 as one from pg_database where datname = ?1",
            &name
        ))
        .await;
    if found.is_ok_and(|rows| rows.is_empty()) {
        let draft = format!("{name}_draft");
        script(
            admin,
            &format!("drop database if exists {draft} with (force)"),
        )
        .await;
        script(
            admin,
            &format!("create database {draft} template template0 encoding 'UTF8'"),
        )
        .await;
        let db = connect(&with_database(server, &draft)).await;
        let applied = db.script(schema).await;
        drop(db);
        if let Err(error) = applied {
            script(admin, "select pg_advisory_unlock(20250101)").await;
            panic!("the schema does not load in PostgreSQL: {error}");
        }
        let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname =";
        script(admin, &format!("{end} '{draft}'")).await;
        script(admin, &format!("alter database {draft} rename to {name}")).await;
    }
    script(admin, "select pg_advisory_unlock(20250101)").await;
    name
}

/// URL of the server's maintenance database.
fn server() -> String {
    static SERVER: OnceLock<String> = OnceLock::new();
    let given = || given("EDGE_TEST_POSTGRES").unwrap_or_else(start);
    SERVER.get_or_init(given).clone()
}

/// The value of a variable that is set.
fn given(variable: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests run in a process that has an environment"
    )]
    std::env::var(variable).ok().filter(|url| !url.is_empty())
}

/// The server's URL with another database name.
fn with_database(server: &str, name: &str) -> String {
    let url = server;
    if !url.contains("://") {
        return format!("{url} dbname={name}");
    }
    let (address, query) = url
        .split_once('?')
        .map_or((url, None), |(a, q)| (a, Some(q)));
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address
        .get(start..)
        .and_then(|rest| rest.find('/'))
        .map_or(address.len(), |at| start + at);
    let base = address.get(..end).unwrap_or(address);
    query.map_or_else(
        || format!("{base}/{name}"),
        |query| format!("{base}/{name}?{query}"),
    )
}

/// The server lives as long as its standard input: when this process ends, however it ends, the pipe
/// closes, and the shell stops the server and removes its files.
const RUN: &str = r#"
set -eu
# In memory where it has 4 GB: each test makes a database of some hundred files.
base=/tmp
room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
if [ "${room:-0}" -gt 4000000 ] && [ -w /dev/shm ]; then base=/dev/shm; fi
dir=$(mktemp -d "$base/edge-postgres-XXXXXX")
trap 'rm -rf "$dir"' EXIT
"$1/initdb" --no-sync --auth=trust --encoding=UTF8 --locale=C.UTF-8 --username=edge -D "$dir/data" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
"$1/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c max_connections=200 >>"$dir/log" 2>&1 </dev/null &
server=$!
tries=0
until "$1/pg_isready" -q -h "$dir" -d postgres; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || ! kill -0 "$server"; then cat "$dir/log" >&2; exit 1; fi
    sleep 0.1
done
echo "$dir"
cat >/dev/null
kill -INT "$server"
wait "$server" || true
"#;

fn start() -> String {
    static RUNNING: OnceLock<Child> = OnceLock::new();
    let Some(programs) = programs() else {
        panic!(
            "no PostgreSQL for the tests: install it (Debian: apt-get install postgresql-15) \
             or set EDGE_TEST_POSTGRES to the URL of a throw-away server"
        );
    };
    let mut command = shell();
    command
        .args(["-c", RUN, "edge-postgres"])
        .arg(&programs)
        .current_dir("/");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start PostgreSQL: {error}"));
    let mut folder = String::new();
    if let Some(output) = child.stdout.take() {
        drop(BufReader::new(output).read_line(&mut folder));
    }
    let folder = folder.trim();
    assert!(
        !folder.is_empty(),
        "PostgreSQL of {} did not start",
        programs.display()
    );
    // Kept for the life of the process: dropping the child would close its standard input.
    RUNNING.get_or_init(|| child);
    format!("host={folder} user=edge dbname=postgres")
}

/// A shell that is not root, which PostgreSQL refuses: root becomes user `postgres`.
fn shell() -> Command {
    let user = Command::new("id").arg("-u").output();
    if user.is_ok_and(|output| output.stdout.trim_ascii() == b"0") {
        let mut command = Command::new("setpriv");
        command.args([
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            "sh",
        ]);
        return command;
    }
    Command::new("sh")
}

/// Folder of the newest installed PostgreSQL's programs: Debian's place, else the search path.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| *version >= 15)
        .max();
    if let Some(version) = newest {
        return Some(format!("/usr/lib/postgresql/{version}/bin").into());
    }
    let found = Command::new("sh")
        .args(["-c", "command -v initdb"])
        .output()
        .ok()?;
    let path = PathBuf::from(String::from_utf8(found.stdout).ok()?.trim());
    path.parent()
        .filter(|parent| parent.is_absolute())
        .map(PathBuf::from)
}
