//! SQLite through rusqlite: one connection, used on tokio's blocking threads.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use rusqlite::{
    Connection, StatementStatus, TransactionBehavior,
    config::DbConfig,
    ffi,
    limits::Limit,
    params_from_iter,
    types::{ToSql, ToSqlOutput, ValueRef},
};

use crate::{Database, DbError, Dialect, Rows, Statement, Value, dialect::SQLITE_TICK};

/// What D1 allows a statement: whatever runs here runs there, too. The documented ones are on D1's page of limits; the
/// others are workerd's, whose local D1 refuses what is over them.
const D1_LIMITS: [(Limit, i32); 7] = [
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
];

/// A SQLite database in memory or in a file. Calls need a tokio runtime.
#[derive(Clone)]
pub struct Sqlite {
    connection: Arc<Mutex<Connection>>,
}

impl Sqlite {
    /// An empty database that lives as long as this value and its clones.
    pub fn in_memory() -> Result<Self, DbError> {
        Self::set_up(Connection::open_in_memory().map_err(explain)?)
    }

    /// A database in memory that begins as a copy of another: what [`Self::image`] gave. For tests, which would else each run the whole
    /// schema.
    pub fn from_image(image: &[u8]) -> Result<Self, DbError> {
        let mut connection = Connection::open_in_memory().map_err(explain)?;
        connection
            .deserialize_read_exact("main", image, image.len(), false)
            .map_err(explain)?;
        Self::set_up(connection)
    }

    /// The whole database as the bytes of a file.
    pub async fn image(&self) -> Result<Vec<u8>, DbError> {
        self.blocking(|connection| Ok(connection.serialize("main").map_err(explain)?.to_vec()))
            .await
    }

    /// Opens or creates a database file, in WAL mode so readers of other processes go on.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DbError> {
        let connection = Connection::open(path).map_err(explain)?;
        connection
            .pragma_update(None, "journal_mode", "wal")
            .map_err(explain)?;
        connection
            .pragma_update(None, "synchronous", "normal")
            .map_err(explain)?;
        Self::set_up(connection)
    }

    fn set_up(connection: Connection) -> Result<Self, DbError> {
        connection
            .pragma_update(None, "foreign_keys", true)
            .map_err(explain)?;
        connection
            .busy_timeout(Duration::from_secs(5))
            .map_err(explain)?;
        connection.set_prepared_statement_cache_capacity(256);
        // Without it SQLite (3.54) compiles a kept statement anew after each new value of a parameter.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
            .map_err(explain)?;
        for (limit, most) in D1_LIMITS {
            connection.set_limit(limit, most).map_err(explain)?;
        }
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Runs a script of several statements as it is (no dialect tokens): schema.sql, migrations.
    pub async fn script(&self, sql: impl Into<String>) -> Result<(), DbError> {
        let sql = sql.into();
        self.blocking(move |connection| connection.execute_batch(&sql).map_err(explain))
            .await
    }

    /// Runs one statement and tells how many steps SQLite's virtual machine took for it: what it costs, whatever the machine. For
    /// tests. What triggers and foreign keys do is counted along.
    pub async fn steps(&self, statement: Statement) -> Result<i64, DbError> {
        self.blocking(move |connection| {
            let sql = Dialect::Sqlite.render(&statement.sql);
            let mut prepared = connection.prepare(&sql).map_err(explain)?;
            let mut rows = prepared
                .query(params_from_iter(&statement.params))
                .map_err(explain)?;
            while rows.next().map_err(explain)?.is_some() {}
            drop(rows);
            Ok(prepared.get_status(StatementStatus::VmStep).into())
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let connection = Arc::clone(&self.connection);
        tokio::task::spawn_blocking(move || {
            work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner))
        })
        .await
        .map_err(|error| DbError::Other(error.to_string()))?
    }
}

#[async_trait]
impl Database for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        self.blocking(move |connection| {
            let makes_ids = statements.iter().any(Statement::makes_update_ids);
            if let ([only], false) = (statements.as_slice(), makes_ids) {
                return Ok(vec![execute(connection, only)?]);
            }
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(explain)?;
            if makes_ids {
                execute(&transaction, &Statement::new(SQLITE_TICK, Vec::new()))?;
            }
            let rows = statements
                .iter()
                .map(|statement| execute(&transaction, statement))
                .collect::<Result<_, _>>()?;
            transaction.commit().map_err(explain)?;
            Ok(rows)
        })
        .await
    }
}

fn execute(connection: &Connection, statement: &Statement) -> Result<Rows, DbError> {
    let sql = Dialect::Sqlite.render(&statement.sql);
    let mut prepared = connection.prepare_cached(&sql).map_err(explain)?;
    let columns: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let mut values = Vec::new();
    let mut rows = prepared
        .query(params_from_iter(&statement.params))
        .map_err(explain)?;
    while let Some(row) = rows.next().map_err(explain)? {
        let cells = (0..columns.len())
            .map(|index| row.get_ref(index).map_err(explain).and_then(read))
            .collect::<Result<_, _>>()?;
        values.push(cells);
    }
    drop(rows);
    let changed = if prepared.readonly() {
        0
    } else {
        connection.changes()
    };
    Ok(Rows::new(columns, values, changed))
}

fn read(cell: ValueRef<'_>) -> Result<Value, DbError> {
    Ok(match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(
            std::str::from_utf8(text)
                .map_err(|e| DbError::Other(e.to_string()))?
                .to_owned(),
        ),
        ValueRef::Blob(_) => return Err(DbError::Other("blobs are objects, not columns".into())),
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn explain(error: rusqlite::Error) -> DbError {
    let text = error.to_string();
    let Some(cause) = error.sqlite_error() else {
        return DbError::Other(text);
    };
    match cause.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => DbError::Conflict(text),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => DbError::ForeignKey(text),
        // `on delete restrict` is reported as a trigger's error.
        ffi::SQLITE_CONSTRAINT_TRIGGER if text.contains("FOREIGN KEY") => DbError::ForeignKey(text),
        _ if matches!(
            cause.code,
            rusqlite::ErrorCode::DatabaseBusy
                | rusqlite::ErrorCode::DatabaseLocked
                | rusqlite::ErrorCode::ReadOnly
        ) =>
        {
            DbError::Busy(text)
        }
        _ => DbError::Other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_d1_refuses_is_refused_here() {
        let db = Sqlite::in_memory().unwrap();
        let terms = |count| vec!["select 1"; count].join(" union all ");
        db.run(Statement::new(terms(5), Vec::new())).await.unwrap();
        let error = db
            .run(Statement::new(terms(6), Vec::new()))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("too many terms"), "{error}");
        // Rows of values are no terms.
        let rows = vec!["('a')"; 200].join(",");
        let named = format!("select count(*) as n from (values {rows}) v");
        db.run(Statement::new(named, Vec::new())).await.unwrap();
    }
}
