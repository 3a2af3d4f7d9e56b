//! The database port: batches of statements, atomic on every adapter.

use std::{borrow::Cow, sync::Arc};

use async_trait::async_trait;

use crate::{Dialect, FromValue, Value};

/// What can go wrong between a statement and its rows.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique or primary key was violated.
    #[error("unique constraint violated: {0}")]
    Conflict(String),
    /// A foreign key was violated: the row pointed to does not exist.
    #[error("foreign key violated: {0}")]
    ForeignKey(String),
    /// The database is locked, overloaded, read-only or out of reach; trying again may work.
    #[error("database unavailable: {0}")]
    Busy(String),
    /// Anything else: our mistake.
    #[error("database error: {0}")]
    Other(String),
}

impl DbError {
    /// What SQLite's words mean, for adapters that get nothing but words (D1, Spin); `None` when they
    /// say nothing that callers tell apart.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn of_sqlite(text: &str) -> Option<Self> {
        let has = |part| text.contains(part);
        if has("UNIQUE constraint failed") {
            Some(Self::Conflict(text.to_owned()))
        } else if has("FOREIGN KEY constraint failed") {
            Some(Self::ForeignKey(text.to_owned()))
        } else if has("SQLITE_BUSY") || has("is locked") || has("readonly database") {
            Some(Self::Busy(text.to_owned()))
        } else {
            None
        }
    }

    /// What PostgreSQL's error code means (its documentation, appendix A).
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub(crate) fn of_sqlstate(code: &str, text: String) -> Self {
        match (code, code.get(..2)) {
            ("23505", _) => Self::Conflict(text),
            ("23503" | "23001", _) => Self::ForeignKey(text),
            ("25006" | "55P03" | "57P01" | "57P02" | "57P03", _)
            | (_, Some("08" | "40" | "53")) => Self::Busy(text),
            _ => Self::Other(text),
        }
    }
}

/// Whether PostgreSQL rolled a transaction back only because of others, so that the same batch may
/// pass when it is run again: a deadlock, a serialization failure.
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
pub(crate) fn rolled_back_for_others(sqlstate: &str) -> bool {
    matches!(sqlstate, "40P01" | "40001")
}

/// One SQL statement with its parameters.
///
/// The text is the common subset described in [`Dialect`]: `?1`-style parameters and a few tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// SQL text before the dialect is applied.
    pub sql: Cow<'static, str>,
    /// Values of `?1`, `?2`, …; at most 100 (D1's limit).
    pub params: Vec<Value>,
    /// See [`Statement::single`].
    pub is_single: bool,
    /// See [`Statement::over`].
    pub common: Option<Common>,
}

/// What of a [`Statement`] is the table that it is written over ([`Statement::over`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Common {
    /// Name of the table.
    pub table: &'static str,
    /// Bytes at the beginning of the text.
    pub text: usize,
    /// Values at the end of the parameters.
    pub params: usize,
}

impl Statement {
    /// A statement from its text and parameters.
    pub fn new(sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        Self {
            sql: sql.into(),
            params,
            is_single: false,
            common: None,
        }
    }

    /// Puts a common table in front of this statement, which may name it: `with table as (select)`. `params` follow those that
    /// there are, and `select` has their places. Other statements of a batch may be over a table of the same name
    /// and with the same values: then the rows of all these tables must be the same, and the first one must have
    /// the columns of all. PostgreSQL may be asked for it only once (docs/decisions/0010-prepared-on-spin.md).
    pub fn over(self, table: &'static str, select: &str, params: Vec<Value>) -> Self {
        let text = format!("with {table} as ({select}) ");
        let common = Common {
            table,
            text: text.len(),
            params: params.len(),
        };
        let mut all = self.params;
        all.extend(params);
        Self {
            sql: (text + &self.sql).into(),
            params: all,
            common: Some(common),
            ..self
        }
    }

    /// Whether it makes update ids: then its batch moves their clock on first, where the database does not do so by itself.
    pub(crate) fn makes_update_ids(&self) -> bool {
        self.sql.contains("uuid7()")
    }

    /// Says that it gives at most one row, whatever the tables hold: found by a key, or counted together. A batch for
    /// PostgreSQL may put its columns beside the rows of another statement (docs/decisions/0010-prepared-on-spin.md).
    pub fn single(self) -> Self {
        Self {
            is_single: true,
            ..self
        }
    }
}

/// Builds a [`Statement`]: `stmt!("select name from users where id = ?1", id)`.
#[macro_export]
macro_rules! stmt {
    ($sql:expr $(, $param:expr)* $(,)?) => {
        $crate::Statement::new($sql, vec![$($crate::Value::from($param)),*])
    };
}

/// The rows of one statement, and how many rows it changed.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    columns: Arc<[String]>,
    values: Vec<Vec<Value>>,
    changed: u64,
}

impl Rows {
    /// Rows as an adapter read them; every inner vector is one row, as long as `columns`.
    pub fn new(columns: Vec<String>, values: Vec<Vec<Value>>, changed: u64) -> Self {
        Self {
            columns: columns.into(),
            values,
            changed,
        }
    }

    /// Rows inserted, updated or deleted by the statement. D1 also counts the rows that foreign keys and triggers
    /// delete or change with them, so beside those (assets!) only zero or not means the same everywhere;
    /// `returning` counts exactly.
    pub fn changed(&self) -> u64 {
        self.changed
    }

    /// Names of the columns; empty in an answer without rows on some adapters.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Number of rows returned.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True when no row was returned.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The first row, if any.
    pub fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.values.iter().map(|values| Row {
            columns: &self.columns,
            values,
        })
    }
}

/// One row, read by column name.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [String],
    values: &'a [Value],
}

impl<'a> Row<'a> {
    /// All values, in the order of the statement's columns.
    pub fn values(&self) -> &'a [Value] {
        self.values
    }

    /// The value of `column` as `T`. Errors: unknown column, wrong type (both our mistake).
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, DbError> {
        T::from_value(self.value(column)?).map_err(|error| of_column(column, &error))
    }

    /// The text in `column`, without a copy of it. Errors: as those of [`Self::get`].
    pub fn text(&self, column: &str) -> Result<&'a str, DbError> {
        let text = self.value(column)?.as_text();
        text.map_err(|error| of_column(column, &error))
    }

    fn value(&self, column: &str) -> Result<&'a Value, DbError> {
        let found = self.columns.iter().position(|name| name == column);
        found
            .and_then(|index| self.values.get(index))
            .ok_or_else(|| DbError::Other(format!("no column {column} in the result")))
    }
}

fn of_column(column: &str, error: &DbError) -> DbError {
    DbError::Other(format!("column {column}: {error}"))
}

/// The database. There are no interactive transactions (D1 has none): what must be atomic is one batch.
#[async_trait]
pub trait Database: Send + Sync {
    /// How this database spells what the SQL texts leave open.
    fn dialect(&self) -> Dialect;

    /// Runs all statements in order in one transaction and one round trip: all happen or none.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError>;

    /// Runs one statement.
    async fn run(&self, statement: Statement) -> Result<Rows, DbError> {
        Ok(self.batch(vec![statement]).await?.pop().unwrap_or_default())
    }
}
