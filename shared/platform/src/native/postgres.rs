//! PostgreSQL through tokio-postgres: a small pool, batches pipelined inside one transaction.

use std::{
    collections::HashMap,
    fmt::Write as _,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use futures::future::try_join_all;
use tokio::sync::Semaphore;
use tokio_postgres::{Client, Config, NoTls, types::ToSql};

use super::postgres_value::Cell;
use crate::{Database, DbError, Dialect, Rows, Statement, database::rolled_back_for_others};

/// How often a batch is run when PostgreSQL breaks a deadlock by rolling it back.
const ATTEMPTS: usize = 3;
/// Statements sent before the first answer is awaited; `try_join_all` keeps their order up to 30.
const PIPELINE: usize = 30;
/// Prepared statements kept per connection.
const CACHED: usize = 256;

/// A PostgreSQL database (15 or later). Connections are opened on demand, reused, and replaced when
/// lost. Without TLS: meant for the same host or a private network. Calls need a tokio runtime.
pub struct Postgres {
    config: Config,
    idle: Mutex<Vec<Link>>,
    permits: Semaphore,
}

/// One connection with its prepared statements.
struct Link {
    client: Client,
    prepared: HashMap<String, tokio_postgres::Statement>,
}

impl Postgres {
    /// Connects to `url` (`postgres://user:password@host/db` or `host=… dbname=…`) with at most
    /// `connections` connections; one is opened now, so a wrong address shows at once.
    pub async fn connect(url: &str, connections: usize) -> Result<Self, DbError> {
        let config = Config::from_str(url).map_err(|error| explain(&error))?;
        let pool = Self {
            config,
            idle: Mutex::new(Vec::new()),
            permits: Semaphore::new(connections.max(1)),
        };
        let first = pool.open().await?;
        pool.put_back(first);
        Ok(pool)
    }

    /// Runs a script of several statements as it is (no dialect tokens): schema.sql, migrations.
    pub async fn script(&self, sql: impl AsRef<str> + Send) -> Result<(), DbError> {
        let _permit = self.permit().await?;
        let link = self.take().await?;
        link.client
            .batch_execute(sql.as_ref())
            .await
            .map_err(|error| explain(&error))?;
        self.put_back(link);
        Ok(())
    }

    async fn permit(&self) -> Result<tokio::sync::SemaphorePermit<'_>, DbError> {
        self.permits
            .acquire()
            .await
            .map_err(|error| DbError::Busy(error.to_string()))
    }

    async fn take(&self) -> Result<Link, DbError> {
        loop {
            let link = self
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop();
            match link {
                Some(link) if link.client.is_closed() => {}
                Some(link) => return Ok(link),
                None => return self.open().await,
            }
        }
    }

    async fn open(&self) -> Result<Link, DbError> {
        let (client, connection) = self
            .config
            .connect(NoTls)
            .await
            .map_err(|error| unreachable_server(&error))?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "lost a connection to PostgreSQL");
            }
        });
        Ok(Link {
            client,
            prepared: HashMap::new(),
        })
    }

    /// Only links whose transaction has ended come back; the others are dropped, which closes the
    /// connection and makes the server roll back. A cancelled request ends this way.
    fn put_back(&self, link: Link) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(link);
    }

    async fn attempt(&self, batch: &[(String, &Statement)]) -> Result<Vec<Rows>, Failure> {
        let mut link = self.take().await.map_err(Failure::Ours)?;
        let outcome = link.run(batch).await;
        if matches!(outcome, Ok(_) | Err(Failure::RolledBack(_))) {
            self.put_back(link);
        }
        outcome
    }
}

#[async_trait]
impl Database for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        let batch: Vec<_> = statements
            .iter()
            .map(|s| (Dialect::Postgres.render(&s.sql), s))
            .collect();
        let _permit = self.permit().await?;
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(&batch).await {
                Ok(rows) => return Ok(rows),
                Err(failure) => failure,
            };
            match failure {
                Failure::RolledBack(error) if attempt < ATTEMPTS && again(&error) => attempt += 1,
                Failure::RolledBack(error) | Failure::Lost(error) => return Err(explain(&error)),
                Failure::Ours(error) => return Err(error),
            }
        }
    }
}

/// Why a batch did not happen.
enum Failure {
    /// The server refused a statement; the transaction is over and the connection usable.
    RolledBack(tokio_postgres::Error),
    /// The connection is in an unknown state.
    Lost(tokio_postgres::Error),
    /// Not the server's doing.
    Ours(DbError),
}

impl Link {
    async fn run(&mut self, batch: &[(String, &Statement)]) -> Result<Vec<Rows>, Failure> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        if self.prepared.len() > CACHED {
            self.prepared.clear();
        }
        let outcome = match batch {
            [(sql, statement)] => self.single(sql, statement).await.map(|rows| vec![rows]),
            _ if batch.iter().all(|(sql, _)| self.prepared.contains_key(sql)) => {
                self.pipelined(batch).await
            }
            _ => self.one_by_one(batch).await,
        };
        let error = match outcome {
            Ok(rows) => return Ok(rows),
            Err(error) => error,
        };
        // In the failed transaction this is its end; outside of one the server only warns.
        match self.client.batch_execute("rollback").await {
            Ok(()) => Err(Failure::RolledBack(error)),
            Err(_) => Err(Failure::Lost(error)),
        }
    }

    /// A single statement is its own transaction.
    async fn single(
        &mut self,
        sql: &str,
        statement: &Statement,
    ) -> Result<Rows, tokio_postgres::Error> {
        let prepared = self.prepare(sql).await?;
        self.execute(&prepared, statement).await
    }

    /// Everything goes out before the first answer comes back: one round trip. A failed statement
    /// makes the server refuse the others and turn `commit` into a rollback.
    async fn pipelined(
        &self,
        batch: &[(String, &Statement)],
    ) -> Result<Vec<Rows>, tokio_postgres::Error> {
        let begin = self.client.batch_execute("begin");
        if batch.len() <= PIPELINE {
            let commit = self.client.batch_execute("commit");
            return Ok(futures::try_join!(begin, self.chunk(batch), commit)?.1);
        }
        begin.await?;
        let mut rows = Vec::with_capacity(batch.len());
        for part in batch.chunks(PIPELINE) {
            rows.extend(self.chunk(part).await?);
        }
        self.client.batch_execute("commit").await?;
        Ok(rows)
    }

    async fn chunk(
        &self,
        part: &[(String, &Statement)],
    ) -> Result<Vec<Rows>, tokio_postgres::Error> {
        let prepared = part
            .iter()
            .filter_map(|(sql, s)| Some((self.prepared.get(sql)?, *s)));
        try_join_all(prepared.map(|(prepared, statement)| self.execute(prepared, statement))).await
    }

    /// For statements not prepared yet: each is prepared after the one before it has run, so a batch
    /// may create the table it then fills.
    async fn one_by_one(
        &mut self,
        batch: &[(String, &Statement)],
    ) -> Result<Vec<Rows>, tokio_postgres::Error> {
        self.client.batch_execute("begin").await?;
        let mut rows = Vec::with_capacity(batch.len());
        for (sql, statement) in batch {
            rows.push(self.single(sql, statement).await?);
        }
        self.client.batch_execute("commit").await?;
        Ok(rows)
    }

    async fn prepare(
        &mut self,
        sql: &str,
    ) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        if let Some(prepared) = self.prepared.get(sql) {
            return Ok(prepared.clone());
        }
        let prepared = self.client.prepare(sql).await?;
        self.prepared.insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }

    async fn execute(
        &self,
        prepared: &tokio_postgres::Statement,
        statement: &Statement,
    ) -> Result<Rows, tokio_postgres::Error> {
        let params = statement
            .params
            .iter()
            .map(|value| value as &(dyn ToSql + Sync));
        let stream = self.client.query_raw(prepared, params).await?;
        futures::pin_mut!(stream);
        let columns: Vec<String> = prepared
            .columns()
            .iter()
            .map(|column| column.name().to_owned())
            .collect();
        let mut values = Vec::new();
        while let Some(row) = futures::TryStreamExt::try_next(&mut stream).await? {
            let cells = (0..columns.len())
                .map(|index| row.try_get::<_, Cell>(index).map(|cell| cell.0))
                .collect::<Result<_, _>>()?;
            values.push(cells);
        }
        // The server counts selected rows here too.
        let changed = if statement.effect().is_read() {
            0
        } else {
            stream.rows_affected().unwrap_or(0)
        };
        Ok(Rows::new(columns, values, changed))
    }
}

fn again(error: &tokio_postgres::Error) -> bool {
    error
        .code()
        .is_some_and(|state| rolled_back_for_others(state.code()))
}

fn unreachable_server(error: &tokio_postgres::Error) -> DbError {
    match error.code() {
        Some(_) => explain(error),
        None => DbError::Busy(describe(error)),
    }
}

fn explain(error: &tokio_postgres::Error) -> DbError {
    let text = describe(error);
    let Some(state) = error.code() else {
        return if error.is_closed() {
            DbError::Busy(text)
        } else {
            DbError::Other(text)
        };
    };
    DbError::of_sqlstate(state.code(), text)
}

/// The server's words without their details: those quote whole rows, which no log may show. tokio-postgres keeps
/// other causes in the source of its error.
fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        return format!("{}: {}", told.severity(), told.message());
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if write!(text, ": {cause}").is_err() {
            break;
        }
        source = cause.source();
    }
    text
}
