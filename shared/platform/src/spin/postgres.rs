//! PostgreSQL through `spin:postgres`. Spin keeps the connections of an address in a pool; an instance
//! holds one while it lives.

use std::{
    collections::HashSet,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::future::{Either, select};
use spin_sdk::pg::wit::postgres as host;

use crate::{
    Database, DbError, Dialect, Rows, Statement, Value,
    database::rolled_back_for_others,
    effect::Effect,
    memo::Memo,
    prepared::{Key, Prepared},
    together,
};

/// How often a batch is run when PostgreSQL breaks a deadlock by rolling it back.
const ATTEMPTS: usize = 3;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(4);

/// Fails within a transaction and does nothing outside of one. A bare `rollback` would do as well, but outside PostgreSQL
/// logs a warning about it.
const OUTSIDE: &str = "do 'begin rollback; end'";

/// Asks a connection which names it knows. They are not tried out: PostgreSQL logs a call that fails, with its values. Also
/// says that a page is as quickly read here or there: what PostgreSQL supposes without (4) is a turning disk's, and makes
/// it read all metadata of a library for one bucket of the timeline.
const OPENING: &str = "select kept.name as name, set_config('random_page_cost', '1.1', false) as setting \
     from (select 1 as one) always left join pg_prepared_statements kept on true";

/// A PostgreSQL database (15 or later).
pub struct SpinPostgres {
    address: String,
    idle: Mutex<Option<Link>>,
    texts: Arc<Texts>,
}

/// What is known of batches, by [`Key`].
type Texts = Memo<Text>;

/// What the texts of a batch say.
struct Text {
    /// What each of its statements does.
    effects: Vec<Effect>,
    /// Made when it is read for the first time.
    joint: OnceLock<Joint>,
}

/// A batch that reads, as it is prepared.
struct Joint {
    whole: Option<Prepared>,
    /// Without what is `rarely` true, where there is any (see [`Dialect`]).
    usual: Option<Usual>,
}

/// PostgreSQL takes as long to begin with a condition over many tables that is not looked at as with the rest.
struct Usual {
    prepared: Prepared,
    /// Places in the batch of the statements that are shorter now. What they are about was found if they have rows.
    shorter: Vec<usize>,
}

impl Text {
    fn of(statements: &[&Statement]) -> Self {
        let effects = statements.iter().map(|statement| statement.effect());
        Self {
            effects: effects.collect(),
            joint: OnceLock::new(),
        }
    }

    fn joint(&self, statements: &[&Statement]) -> &Joint {
        self.joint.get_or_init(|| Joint::of(statements))
    }
}

impl Joint {
    fn of(statements: &[&Statement]) -> Self {
        Self {
            whole: Prepared::of(statements, false),
            usual: Usual::of(statements),
        }
    }
}

impl Usual {
    fn of(statements: &[&Statement]) -> Option<Self> {
        let mut shorter = Vec::new();
        let mut all = Vec::with_capacity(statements.len());
        for (place, statement) in statements.iter().enumerate() {
            let usual = Dialect::usual(&statement.sql);
            all.push(match usual {
                Some(sql) => {
                    shorter.push(place);
                    Statement {
                        sql: sql.into(),
                        ..Statement::clone(statement)
                    }
                }
                None => Statement::clone(statement),
            });
        }
        // They are about one thing, so there is little of it.
        let all: Vec<_> = all.iter().collect();
        let prepared = (!shorter.is_empty()).then(|| Prepared::of(&all, true))??;
        Some(Self { prepared, shorter })
    }
}

/// A statement of a batch, and what it does.
struct Step<'a> {
    statement: &'a Statement,
    effect: Effect,
}

/// A connection of the host's pool.
struct Link {
    connection: host::Connection,
    /// Whether it is known to be in no transaction, and what is prepared. An instance that was killed in the middle of a
    /// transaction leaves it open, and the pool hands the connection on.
    is_known: bool,
    /// Names of the statements that it keeps.
    prepared: HashSet<String>,
    texts: Arc<Texts>,
    /// Whether it was kept from an earlier batch. It may have broken meanwhile.
    kept: bool,
}

impl SpinPostgres {
    /// The database at `address` (`postgres://user:password@host:port/name`); connects when first used.
    pub fn new(address: String) -> Self {
        Self {
            address,
            idle: Mutex::default(),
            texts: Arc::default(),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Option<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take(&self) -> Result<Link, DbError> {
        let idle = self.idle().take();
        if let Some(link) = idle {
            return Ok(link);
        }
        Ok(Link {
            connection: self.open().await?,
            is_known: false,
            prepared: HashSet::new(),
            texts: Arc::clone(&self.texts),
            kept: false,
        })
    }

    fn keep(&self, link: Link) {
        *self.idle() = Some(Link { kept: true, ..link });
    }

    async fn open(&self) -> Result<host::Connection, DbError> {
        let opening = pin!(host::Connection::open_async(self.address.clone()));
        let patience = pin!(spin_sdk::time::sleep(CONNECT));
        match select(opening, patience).await {
            Either::Left((outcome, _)) => outcome.map_err(|error| Failure::of(error).error),
            Either::Right(_) => Err(DbError::Busy("no connection within 4 s".into())),
        }
    }
}

#[async_trait]
impl Database for SpinPostgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    /// A batch that only reads needs no transaction: PostgreSQL's default shows each statement of one
    /// what was committed before that statement, too. Otherwise three round trips and one a statement. What reads,
    /// or has not begun, is tried again when the connection turns out to be broken.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let all: Vec<&Statement> = statements.iter().collect();
        let text = self.texts.of(Key(&all), || Text::of(&all));
        let steps = all.iter().zip(&text.effects);
        let steps: Vec<Step> = steps
            .map(|(statement, effect)| Step {
                statement,
                effect: *effect,
            })
            .collect();
        let reads = steps.iter().all(|step| step.effect.is_read());
        let mut attempt = 1;
        loop {
            let mut link = self.take().await?;
            let failure = match link.run(&text, &steps, reads) {
                Ok(rows) => {
                    self.keep(link);
                    return Ok(rows);
                }
                Err(failure) => failure,
            };
            let was_broken = link.kept && reads && matches!(failure.error, DbError::Busy(_));
            if !(failure.again || was_broken) || attempt == ATTEMPTS {
                return Err(failure.error);
            }
            attempt += 1;
        }
    }
}

impl Link {
    /// Runs a batch; `reads` says that no statement of it writes.
    fn run(&mut self, text: &Text, steps: &[Step], reads: bool) -> Result<Vec<Rows>, Failure> {
        self.begin()?;
        if steps.len() > 1 && steps.iter().all(|step| step.effect == Effect::Reads) {
            self.read_together(text, steps)
        } else if reads {
            // What is behind writers must be: one statement would look at all rows at the same moment.
            steps.iter().map(|step| self.read(step)).collect()
        } else if steps.len() == 1 {
            run_all(&self.connection, steps)
        } else {
            transaction(&self.connection, steps)
        }
    }

    /// Learns about a connection what an earlier instance left on it.
    fn begin(&mut self) -> Result<(), Failure> {
        if self.is_known {
            return Ok(());
        }
        if self.connection.execute(OUTSIDE, &[]).is_err() {
            // Fails as well when the connection is lost.
            let end = self.connection.execute("rollback", &[]);
            end.map_err(Failure::at_first)?;
        }
        let found = self.connection.query(OPENING, &[]);
        let names = rows(found.map_err(Failure::at_first)?, Effect::Reads)?;
        let names = names.iter().map(|row| row.get::<Option<String>>("name"));
        self.prepared = names
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?;
        self.is_known = true;
        Ok(())
    }

    /// Runs a statement that reads, outside of a transaction: prepared if that can be.
    fn read(&mut self, step: &Step) -> Result<Rows, Failure> {
        let statements = [step.statement];
        let text = self.texts.of(Key(&statements), || Text::of(&statements));
        match self.call(text.joint(&statements).whole.as_ref(), &statements)? {
            Some(found) => rows(found, step.effect),
            None => execute(&self.connection, step),
        }
    }

    /// Runs a batch that reads as one statement if that can be, which spares round trips.
    fn read_together(&mut self, text: &Text, steps: &[Step]) -> Result<Vec<Rows>, Failure> {
        let statements: Vec<_> = steps.iter().map(|step| step.statement).collect();
        let joint = text.joint(&statements);
        if let Some(Usual { prepared, shorter }) = &joint.usual
            && let Some(found) = self.call(Some(prepared), &statements)?
        {
            let results = apart(found, steps.len())?;
            let mut rows = shorter.iter().map(|place| results.get(*place));
            if rows.all(|rows| rows.is_some_and(|rows| !rows.is_empty())) {
                return Ok(results);
            }
        }
        match self.call(joint.whole.as_ref(), &statements)? {
            Some(found) => apart(found, steps.len()),
            None => run_all(&self.connection, steps),
        }
    }

    /// Runs what is `prepared` with the values of `statements`. `None`: that cannot be, or PostgreSQL refused; with
    /// parameters, what is wrong shows.
    fn call(
        &mut self,
        prepared: Option<&Prepared>,
        statements: &[&Statement],
    ) -> Result<Option<host::RowSet>, Failure> {
        let Some((prepared, call)) = prepared.and_then(|it| Some((it, it.call(statements)?)))
        else {
            return Ok(None);
        };
        if !self.prepared.contains(&prepared.name) {
            let known = self.connection.execute(&prepared.preparation(), &[]);
            if let Err(error) = known {
                return refused(error);
            }
            self.prepared.insert(prepared.name.clone());
        }
        let found = self.connection.query(&call, &[]);
        found.map(Some).or_else(|error| {
            self.prepared.remove(&prepared.name);
            // It may be gone already, like all of them behind a pooler that shares connections.
            drop(self.connection.execute(&prepared.removal(), &[]));
            refused(error)
        })
    }
}

/// The results of a batch of `count` statements that ran as one.
fn apart(found: host::RowSet, count: usize) -> Result<Vec<Rows>, Failure> {
    let (columns, values) = cells(found)?;
    Ok(together::split(columns, values, count)?)
}

/// Nothing when it was PostgreSQL that refused, else the failure.
fn refused(error: host::Error) -> Result<Option<host::RowSet>, Failure> {
    match error {
        host::Error::QueryFailed(host::QueryError::DbError(_)) => Ok(None),
        lost => Err(Failure::of(lost)),
    }
}

/// Why a batch did not happen.
struct Failure {
    error: DbError,
    /// Whether it may pass when it is run again.
    again: bool,
}

impl Failure {
    fn of(error: host::Error) -> Self {
        let (error, again) = match error {
            host::Error::ConnectionFailed(text) => (DbError::Busy(text), false),
            // Not `as_text`: it may quote whole rows, which no log may show.
            host::Error::QueryFailed(host::QueryError::DbError(error)) => (
                DbError::of_sqlstate(
                    &error.code,
                    format!("{}: {}", error.severity, error.message),
                ),
                rolled_back_for_others(&error.code),
            ),
            host::Error::QueryFailed(host::QueryError::Text(text)) if is_lost(&text) => {
                (DbError::Busy(text), false)
            }
            host::Error::QueryFailed(host::QueryError::Text(text))
            | host::Error::BadParameter(text)
            | host::Error::ValueConversionFailed(text)
            | host::Error::Other(text) => (DbError::Other(text), false),
        };
        Self { error, again }
    }

    /// Of the first call on a connection: when that is lost, nothing has happened yet.
    fn at_first(error: host::Error) -> Self {
        let failure = Self::of(error);
        Self {
            again: failure.again || matches!(failure.error, DbError::Busy(_)),
            ..failure
        }
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self {
            error,
            again: false,
        }
    }
}

/// Whether the words of the host's client tell of a connection that broke.
fn is_lost(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["closed", "communicating", "kind: io", "connection"]
        .iter()
        .any(|part| text.contains(part))
}

fn transaction(connection: &host::Connection, steps: &[Step]) -> Result<Vec<Rows>, Failure> {
    connection
        .execute("begin", &[])
        .map_err(Failure::at_first)?;
    let outcome = run_all(connection, steps).and_then(|rows| {
        connection.execute("commit", &[]).map_err(Failure::of)?;
        Ok(rows)
    });
    if outcome.is_err() {
        // Fails when the connection is gone, and the server has rolled back then.
        drop(connection.execute("rollback", &[]));
    }
    outcome
}

fn run_all(connection: &host::Connection, steps: &[Step]) -> Result<Vec<Rows>, Failure> {
    steps.iter().map(|step| execute(connection, step)).collect()
}

fn execute(connection: &host::Connection, step: &Step) -> Result<Rows, Failure> {
    let Step { statement, effect } = step;
    let sql = Dialect::typed_postgres(&statement.sql, &statement.params, 0);
    let params: Vec<_> = statement.params.iter().map(to_host).collect();
    if !effect.is_read() && !gives_rows(&statement.sql) {
        let changed = connection.execute(&sql, &params).map_err(Failure::of)?;
        return Ok(Rows::new(Vec::new(), Vec::new(), changed));
    }
    let found = connection.query(&sql, &params).map_err(Failure::of)?;
    rows(found, *effect)
}

fn rows(found: host::RowSet, effect: Effect) -> Result<Rows, Failure> {
    let (columns, values) = cells(found)?;
    let changed = if effect.is_read() {
        0
    } else {
        values.len() as u64
    };
    Ok(Rows::new(columns, values, changed))
}

/// Names of columns, and values row by row.
fn cells(found: host::RowSet) -> Result<(Vec<String>, Vec<Vec<Value>>), DbError> {
    let columns = found.columns.into_iter().map(|column| column.name);
    let values = found
        .rows
        .into_iter()
        .map(|row| row.into_iter().map(from_host).collect());
    Ok((columns.collect(), values.collect::<Result<_, _>>()?))
}

/// Whether a write gives rows back.
fn gives_rows(sql: &str) -> bool {
    sql.to_ascii_lowercase().contains("returning")
}

fn to_host(value: &Value) -> host::ParameterValue {
    match value {
        Value::Null => host::ParameterValue::DbNull,
        Value::Int(number) => host::ParameterValue::Int64(*number),
        Value::Real(number) => host::ParameterValue::Floating64(*number),
        Value::Text(text) => host::ParameterValue::Str(text.clone()),
    }
}

fn from_host(value: host::DbValue) -> Result<Value, DbError> {
    Ok(match value {
        host::DbValue::DbNull => Value::Null,
        host::DbValue::Boolean(flag) => Value::Int(flag.into()),
        host::DbValue::Int8(number) => Value::Int(number.into()),
        host::DbValue::Int16(number) => Value::Int(number.into()),
        host::DbValue::Int32(number) => Value::Int(number.into()),
        host::DbValue::Int64(number) => Value::Int(number),
        host::DbValue::Floating32(number) => Value::Real(number.into()),
        host::DbValue::Floating64(number) => Value::Real(number),
        host::DbValue::Str(text) => Value::Text(text),
        // `sum()` of a bigint column: whole numbers become integers, others reals.
        host::DbValue::Decimal(digits) => decimal(&digits)?,
        // Its value may be a secret, and this text goes to the log.
        _ => return Err(DbError::Other("a value of a type not in our schema".into())),
    })
}

fn decimal(digits: &str) -> Result<Value, DbError> {
    let whole = digits.split_once('.').map_or(digits, |(whole, fraction)| {
        if fraction.bytes().all(|digit| digit == b'0') {
            whole
        } else {
            digits
        }
    });
    if let Ok(number) = whole.parse() {
        return Ok(Value::Int(number));
    }
    let real = digits.parse().map(Value::Real);
    real.map_err(|error| DbError::Other(format!("{digits}: {error}")))
}
