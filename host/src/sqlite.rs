//! `spin:sqlite` on files, through rusqlite: a connection per `open`, kept for the next one when it is dropped.
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio::sync::OwnedMutexGuard;
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::background::{Patience, Transaction};
use crate::bindings::spin::sqlite::sqlite::{
    Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult, Value,
};
use crate::state::{Spin, State};

/// How long a statement waits for another connection's transaction, and before that for its turn.
const BUSY: Duration = Duration::from_secs(5);
/// Prepared statements kept per connection.
const CACHED: usize = 256;

type Outcome<T> = wasmtime::Result<Result<T, Error>>;

/// The databases of the host: files in one folder, named after the database.
#[derive(Default)]
pub struct Databases {
    folder: PathBuf,
    idle: Mutex<HashMap<String, Vec<rusqlite::Connection>>>,
    /// Who writes next, by database. SQLite lets those who wait try again after pauses that grow, and whoever comes anew at that moment is
    /// first: under load some waited in vain for [`BUSY`].
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// The turn of a connection that writes, or is in a transaction.
type Turn = Arc<Mutex<Option<OwnedMutexGuard<()>>>>;

impl Databases {
    /// Databases live in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            idle: Mutex::default(),
            turns: Mutex::default(),
        }
    }

    fn turns(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        lock(&self.turns)
            .entry(name.to_owned())
            .or_default()
            .clone()
    }

    /// The file of a database.
    pub fn file(folder: &Path, name: &str) -> PathBuf {
        folder.join(format!("{name}.db"))
    }

    fn take(&self, name: &str) -> rusqlite::Result<rusqlite::Connection> {
        let idle = lock(&self.idle).get_mut(name).and_then(Vec::pop);
        idle.map_or_else(|| open(&Self::file(&self.folder, name)), Ok)
    }

    /// A connection in the middle of a transaction is closed instead, which rolls back.
    fn put_back(&self, name: String, connection: rusqlite::Connection) {
        if connection.is_autocommit() {
            lock(&self.idle).entry(name).or_default().push(connection);
        }
    }
}

fn open(file: &Path) -> rusqlite::Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open(file)?;
    connection.busy_timeout(BUSY)?;
    // As Spin's own runtime does; foreign_keys is the guest's choice there and here.
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.set_prepared_statement_cache_capacity(CACHED);
    // SQLite (3.54) compiles a kept statement anew after each new value of a parameter, in case another plan were better
    // for it, unless told to keep the plan. That was more than half of what reading a row cost.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// The resource `connection`.
pub struct Connection {
    name: String,
    shared: Arc<crate::state::Shared>,
    /// `None` once it went back to the idle ones.
    open: Arc<Mutex<Option<rusqlite::Connection>>>,
    transaction: Arc<Transaction>,
    turn: Turn,
}

/// What [`Connection::run`] needs of a connection.
struct Parts {
    name: String,
    open: Arc<Mutex<Option<rusqlite::Connection>>>,
    transaction: Arc<Transaction>,
    turn: Turn,
}

impl Connection {
    /// Runs a statement; one that may wait for others, in its turn and on a thread that may block. Readers wait for nobody, and handing
    /// over to another thread would take longer than most of them do.
    async fn run(
        shared: &crate::state::Shared,
        parts: Parts,
        statement: String,
        parameters: Vec<Value>,
    ) -> Outcome<QueryResult> {
        let Parts {
            name,
            open,
            transaction,
            turn,
        } = parts;
        if may_read(&statement) {
            let read = with(&open, |open| {
                let mut prepared = open.prepare_cached(&statement)?;
                let only_reads = prepared.readonly();
                only_reads
                    .then(|| query(&mut prepared, &parameters))
                    .transpose()
            });
            if let Some(outcome) = read.transpose() {
                return Ok(outcome);
            }
        }
        if writes(&statement) && lock(&turn).is_none() {
            let next = shared.sqlite.turns(&name).lock_owned();
            match tokio::time::timeout(BUSY, next).await {
                Ok(taken) => *lock(&turn) = Some(taken),
                Err(_elapsed) => return Ok(Err(Error::Io("the database is busy".to_owned()))),
            }
        }
        let task = shared.threads.blocking(move || {
            let outcome = with(&open, |open| {
                let mut prepared = open.prepare_cached(&statement)?;
                query(&mut prepared, &parameters)
            });
            let is_open = lock(&open).as_ref().is_some_and(|it| !it.is_autocommit());
            transaction.note(is_open);
            if !is_open {
                *lock(&turn) = None;
            }
            outcome
        });
        task.await.map_err(wasmtime::Error::from_anyhow)
    }

    fn parts(&self) -> Parts {
        Parts {
            name: self.name.clone(),
            open: self.open.clone(),
            transaction: self.transaction.clone(),
            turn: self.turn.clone(),
        }
    }

    fn look<T>(&self, at: impl FnOnce(&rusqlite::Connection) -> T) -> wasmtime::Result<T> {
        let open = lock(&self.open);
        let connection = open.as_ref();
        connection
            .map(at)
            .ok_or_else(|| wasmtime::format_err!("the connection was dropped"))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // `None` here would mean that a statement still runs; then the connection ends with it.
        if let Some(connection) = lock(&self.open).take() {
            let name = std::mem::take(&mut self.name);
            self.shared.sqlite.put_back(name, connection);
        }
        *lock(&self.turn) = None;
    }
}

/// Opens `name` if the component may.
async fn connect(
    grants: Arc<crate::state::Grants>,
    shared: Arc<crate::state::Shared>,
    patience: Arc<Patience>,
    name: String,
) -> Outcome<Connection> {
    if !grants.sqlite.contains(&name) {
        return Ok(Err(Error::AccessDenied));
    }
    let (pool, wanted) = (shared.clone(), name.clone());
    let opened = shared.threads.blocking(move || pool.sqlite.take(&wanted));
    let opened = opened.await.map_err(wasmtime::Error::from_anyhow)?;
    Ok(match opened {
        Ok(connection) => Ok(Connection {
            name,
            shared,
            open: Arc::new(Mutex::new(Some(connection))),
            transaction: Arc::new(Transaction::new(patience)),
            turn: Turn::default(),
        }),
        Err(error) => Err(explain(&error)),
    })
}

/// Does `work` with the connection, if it is still open.
fn with<T>(
    open: &Mutex<Option<rusqlite::Connection>>,
    work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
) -> Result<T, Error> {
    match lock(open).as_ref() {
        Some(connection) => work(connection).map_err(|error| explain(&error)),
        None => Err(Error::InvalidConnection),
    }
}

/// Whether a statement may be one that only reads; SQLite tells for sure. The ends of a transaction, which count as reading
/// for it, are not.
fn may_read(statement: &str) -> bool {
    begins(statement, "select") || begins(statement, "with")
}

/// Whether a statement that does not only read may wait for others: what is told to a connection does not.
fn writes(statement: &str) -> bool {
    !begins(statement, "pragma")
}

fn begins(statement: &str, word: &str) -> bool {
    let start = statement.get(..word.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn query(
    prepared: &mut rusqlite::Statement<'_>,
    parameters: &[Value],
) -> rusqlite::Result<QueryResult> {
    let columns: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let mut found = prepared.query(rusqlite::params_from_iter(parameters))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let values = (0..columns.len()).map(|index| row.get_ref(index)?.try_into());
        let values = values.collect::<rusqlite::Result<_>>()?;
        rows.push(RowResult { values });
    }
    Ok(QueryResult { columns, rows })
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
            Self::Null => ValueRef::Null,
        }))
    }
}

impl TryFrom<ValueRef<'_>> for Value {
    type Error = rusqlite::Error;

    fn try_from(value: ValueRef<'_>) -> rusqlite::Result<Self> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(value) => Self::Integer(value),
            ValueRef::Real(value) => Self::Real(value),
            ValueRef::Text(value) => Self::Text(String::from_utf8_lossy(value).into_owned()),
            ValueRef::Blob(value) => Self::Blob(value.to_vec()),
        })
    }
}

fn explain(error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => Error::DatabaseFull,
        _ => Error::Io(error.to_string()),
    }
}

impl Host for State {}

impl HostConnection for State {
    async fn open(&mut self, database: String) -> Outcome<Resource<Connection>> {
        let (grants, shared) = (self.grants.clone(), self.shared.clone());
        match connect(grants, shared, self.patience.clone(), database).await? {
            Ok(connection) => Ok(Ok(self.push(connection)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Outcome<QueryResult> {
        let parts = self.resource(&connection)?.parts();
        Connection::run(&self.shared, parts, statement, parameters).await
    }

    fn last_insert_rowid(&mut self, connection: Resource<Connection>) -> wasmtime::Result<i64> {
        let connection = self.resource(&connection)?;
        connection.look(rusqlite::Connection::last_insert_rowid)
    }

    fn changes(&mut self, connection: Resource<Connection>) -> wasmtime::Result<u64> {
        self.resource(&connection)?
            .look(rusqlite::Connection::changes)
    }

    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.delete(connection).map(drop)
    }
}

type Streamed = (
    Vec<String>,
    StreamReader<RowResult>,
    FutureReader<Result<(), Error>>,
);

impl HostConnectionWithStore<State> for Spin {
    async fn open_async(
        accessor: &Accessor<State, Self>,
        database: String,
    ) -> Outcome<Resource<Connection>> {
        let (grants, shared, patience) = accessor.with(|mut access| {
            let state = access.get();
            let patience = state.patience.clone();
            (state.grants.clone(), state.shared.clone(), patience)
        });
        match connect(grants, shared, patience, database).await? {
            Ok(connection) => Ok(Ok(
                accessor.with(|mut access| access.get().push(connection))?
            )),
            Err(error) => Ok(Err(error)),
        }
    }

    /// All rows are read before the stream starts; Spin differs in that only.
    async fn execute_async(
        accessor: &Accessor<State, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Outcome<Streamed> {
        let (shared, parts) = accessor.with(|mut access| {
            let state = access.get();
            let parts = state.resource(&connection)?.parts();
            wasmtime::error::Ok((state.shared.clone(), parts))
        })?;
        let result = Connection::run(&shared, parts, statement, parameters);
        let QueryResult { columns, rows } = match result.await? {
            Ok(result) => result,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, rows)?;
            let end = FutureReader::new(&mut access, async { wasmtime::error::Ok(Ok(())) })?;
            Ok(Ok((columns, rows, end)))
        })
    }

    async fn last_insert_rowid_async(
        accessor: &Accessor<State, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        accessor.with(|mut access| access.get().last_insert_rowid(connection))
    }

    async fn changes_async(
        accessor: &Accessor<State, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<u64> {
        accessor.with(|mut access| HostConnection::changes(access.get(), connection))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Shared;

    fn shared(folder: &Path) -> Arc<Shared> {
        let version = edge_api::server::ServerVersion {
            major: 3,
            minor: 1,
            patch: 0,
            prerelease: None,
        };
        Arc::new(Shared::new(folder.to_owned(), String::new(), version).unwrap())
    }

    fn connection(shared: &Arc<Shared>) -> Connection {
        Connection {
            name: "default".to_owned(),
            shared: shared.clone(),
            open: Arc::new(Mutex::new(Some(shared.sqlite.take("default").unwrap()))),
            transaction: Arc::new(Transaction::new(Arc::default())),
            turn: Turn::default(),
        }
    }

    async fn run(connection: &Connection, statement: &str) -> QueryResult {
        let (shared, parts) = (connection.shared.clone(), connection.parts());
        let outcome = Connection::run(&shared, parts, statement.to_owned(), Vec::new()).await;
        outcome.unwrap().unwrap()
    }

    async fn write(connection: &Connection, name: &str) {
        run(connection, "begin immediate").await;
        run(connection, &format!("insert into t values ('{name}')")).await;
        run(connection, "commit").await;
    }

    #[tokio::test]
    async fn writers_come_in_the_order_in_which_they_asked() {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared(folder.path());
        let [first, second, third, fourth] = [(); 4].map(|()| connection(&shared));
        run(&first, "create table t (name text)").await;
        run(&first, "begin immediate").await;
        let ending = async {
            run(&first, "insert into t values ('first')").await;
            run(&first, "commit").await;
            // It is behind those who wait already.
            write(&first, "last").await;
        };
        tokio::join!(
            write(&second, "second"),
            write(&third, "third"),
            ending,
            write(&fourth, "fourth"),
        );
        let found = run(&first, "select name from t order by rowid").await.rows;
        let names = found.iter().map(|row| match row.values.first() {
            Some(Value::Text(name)) => name.as_str(),
            _ => "",
        });
        let names: Vec<&str> = names.collect();
        assert_eq!(names, ["first", "second", "third", "fourth", "last"]);
    }

    #[tokio::test]
    async fn whoever_goes_away_in_a_transaction_leaves_the_turn_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared(folder.path());
        let [first, second] = [(); 2].map(|()| connection(&shared));
        run(&first, "create table t (name text)").await;
        run(&first, "begin immediate").await;
        run(&first, "insert into t values ('first')").await;
        drop(first);
        write(&second, "second").await;
        let found = run(&second, "select name from t").await.rows;
        assert_eq!(found.len(), 1);
    }
}
