//! SQLite, the database `default` that Spin brings along.
//!
//! The synchronous calls of `spin:sqlite` are used, and not by the way: an instance may serve several
//! requests at once, and no other may run between our `begin` and `commit`, or it would wait for our
//! lock while we wait for our turn. They also give all rows of a result in one call.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use spin_sdk::sqlite::wit::sqlite as host;

use crate::{
    Database, DbError, Dialect, Rows, Statement, Value, dialect::SQLITE_TICK, effect::Effect,
    memo::Memo,
};

/// Name of the database in spin.toml.
const NAME: &str = "default";

/// What each connection is told once. In WAL mode, `normal` waits for the disk at checkpoints only: a
/// power cut may lose the last commits, never the database. The last one says that all was told.
const SET_UP: [&str; 2] = ["pragma synchronous = normal", "pragma foreign_keys = on"];

/// The SQLite database of this application; opened when first used.
#[derive(Default)]
pub struct SpinSqlite {
    connection: OnceLock<host::Connection>,
    texts: Memo<Text>,
}

/// A statement's text.
struct Text {
    /// Whether it makes update ids.
    makes_ids: bool,
    /// What running it does.
    effect: Effect,
    /// In the words of SQLite.
    sql: String,
}

/// A statement of a batch.
struct Step<'a> {
    text: Arc<Text>,
    params: &'a [Value],
}

impl SpinSqlite {
    fn step<'a>(&self, statement: &'a Statement) -> Step<'a> {
        let text = self.texts.of(&statement.sql, || Text {
            makes_ids: statement.makes_update_ids(),
            effect: statement.effect(),
            sql: Dialect::Sqlite.render(&statement.sql),
        });
        Step {
            text,
            params: &statement.params,
        }
    }

    fn connection(&self) -> Result<&host::Connection, DbError> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection);
        }
        let connection = host::Connection::open(NAME).map_err(explain)?;
        // An earlier instance may have told it: the host keeps connections. Telling it again would have SQLite compile anew
        // all statements that it keeps.
        let told = connection.execute("pragma foreign_keys", &[]);
        let told = told.map_err(explain)?.rows;
        let is_told = matches!(
            told.first().and_then(|row| row.values.first()),
            Some(host::Value::Integer(1))
        );
        for pragma in SET_UP.iter().filter(|_| !is_told) {
            connection.execute(pragma, &[]).map_err(explain)?;
        }
        Ok(self.connection.get_or_init(|| connection))
    }
}

#[async_trait]
impl Database for SpinSqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let steps: Vec<Step> = statements.iter().map(|it| self.step(it)).collect();
        let makes_ids = steps.iter().any(|step| step.text.makes_ids);
        let waits_for_nobody = steps.iter().all(|step| step.text.effect == Effect::Reads);
        // As with PostgreSQL, whose adapter says why: two calls of the host less for every read.
        if !makes_ids && (waits_for_nobody || steps.len() == 1) {
            run_all(self.connection()?, &steps)
        } else {
            let first = makes_ids.then_some(SQLITE_TICK);
            transaction(self.connection()?, &steps, first)
        }
    }
}

fn run_all(connection: &host::Connection, steps: &[Step]) -> Result<Vec<Rows>, DbError> {
    steps.iter().map(|step| execute(connection, step)).collect()
}

/// Runs them together, behind `first` if there is one, whose result is nobody's.
fn transaction(
    connection: &host::Connection,
    steps: &[Step],
    first: Option<&str>,
) -> Result<Vec<Rows>, DbError> {
    // Writers take the lock before they read, so that they never have to give up.
    connection
        .execute("begin immediate", &[])
        .map_err(explain)?;
    let begun = first.map_or(Ok(()), |sql| {
        connection.execute(sql, &[]).map(drop).map_err(explain)
    });
    let outcome = begun.and_then(|()| run_all(connection, steps));
    let outcome = outcome.and_then(|rows| {
        connection.execute("commit", &[]).map_err(explain)?;
        Ok(rows)
    });
    if outcome.is_err() {
        // Fails when SQLite has rolled back by itself, which is as good.
        drop(connection.execute("rollback", &[]));
    }
    outcome
}

fn execute(connection: &host::Connection, step: &Step) -> Result<Rows, DbError> {
    let Text { effect, sql, .. } = &*step.text;
    let params: Vec<host::Value> = step.params.iter().map(to_host).collect();
    let found = connection.execute(sql, &params).map_err(explain)?;
    let values = found
        .rows
        .into_iter()
        .map(|row| row.values.into_iter().map(from_host).collect())
        .collect::<Result<Vec<_>, _>>()?;
    // What `returning` gives back was changed; only where nothing came back the host is asked.
    let changed = match (effect.is_read(), values.len()) {
        (true, _) => 0,
        (false, 0) => connection.changes(),
        (false, count) => count as u64,
    };
    Ok(Rows::new(found.columns, values, changed))
}

fn to_host(value: &Value) -> host::Value {
    match value {
        Value::Null => host::Value::Null,
        Value::Int(number) => host::Value::Integer(*number),
        Value::Real(number) => host::Value::Real(*number),
        Value::Text(text) => host::Value::Text(text.clone()),
    }
}

fn from_host(value: host::Value) -> Result<Value, DbError> {
    Ok(match value {
        host::Value::Null => Value::Null,
        host::Value::Integer(number) => Value::Int(number),
        host::Value::Real(number) => Value::Real(number),
        host::Value::Text(text) => Value::Text(text),
        host::Value::Blob(_) => {
            return Err(DbError::Other("blobs are objects, not columns".into()));
        }
    })
}

fn explain(error: host::Error) -> DbError {
    match error {
        host::Error::Io(text) => DbError::of_sqlite(&text).unwrap_or(DbError::Other(text)),
        host::Error::DatabaseFull => DbError::Busy("the database is full".into()),
        host::Error::NoSuchDatabase | host::Error::AccessDenied => DbError::Other(format!(
            "this component has no database {NAME}; add it to its sqlite_databases in spin.toml"
        )),
        host::Error::InvalidConnection => DbError::Busy("the connection was lost".into()),
    }
}
