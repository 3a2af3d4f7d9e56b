//! `spin:postgres` through tokio-postgres: one pool of connections for each address, as in Spin.
use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tokio_postgres::config::Host as Address;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::background::{Patience, Transaction};
use crate::bindings::spin::postgres::postgres::{
    Column, DbError, DbValue, Error, Host, HostConnection, HostConnectionBuilder,
    HostConnectionBuilderWithStore, HostConnectionWithStore, ParameterValue, QueryError, RowSet,
};
use crate::postgres_value::{Parameter, column, parameter, value};
use crate::state::{Grants, Shared, Spin, State};

/// Connections to one address; two hosts on a server with Debian's default of 100 must fit.
const POOL: usize = 40;
/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);
const DEFAULT_PORT: u16 = 5432;

type Outcome<T> = wasmtime::Result<Result<T, Error>>;

/// The servers that guests have connected to, by address.
#[derive(Default)]
pub struct Servers(Mutex<HashMap<String, Pool>>);

impl Servers {
    fn pool(&self, address: &str, config: &Config) -> Result<Pool, Error> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(address) {
            return Ok(pool.clone());
        }
        let recycle = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let mut config = config.clone();
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        let manager = Manager::from_config(config, NoTls, recycle);
        let pool = Pool::builder(manager).max_size(POOL).build();
        let pool = pool.map_err(|error| Error::Other(error.to_string()))?;
        pools.insert(address.to_owned(), pool.clone());
        Ok(pool)
    }
}

/// The resource `connection-builder`, which the host does not offer: it is for TLS.
pub struct Builder;

/// The resource `connection`.
pub struct Connection(Arc<Link>);

/// A connection out of a pool.
struct Link {
    /// `None` only while it is dropped.
    client: Option<Object>,
    transaction: Transaction,
}

impl Link {
    fn client(&self) -> Result<&Object, Error> {
        self.client
            .as_ref()
            .ok_or_else(|| Error::ConnectionFailed("the connection is closed".to_owned()))
    }

    /// Remembers whether a transaction is open after `statement`.
    fn note(&self, statement: &str) {
        let mut words = statement.split_ascii_whitespace();
        let mut word = || words.next().unwrap_or_default().trim_end_matches(';');
        let (first, second) = (word().to_ascii_lowercase(), word());
        match first.as_str() {
            "begin" | "start" => self.transaction.note(true),
            "rollback" if second.eq_ignore_ascii_case("to") => {}
            "commit" | "end" | "rollback" | "abort" => self.transaction.note(false),
            _ => {}
        }
    }

    /// Like Spin's, this prepares each time.
    async fn query(
        &self,
        statement: &str,
        parameters: Vec<ParameterValue>,
    ) -> Result<RowSet, Error> {
        self.note(statement);
        let parameters: Vec<_> = parameters
            .into_iter()
            .map(parameter)
            .collect::<Result<_, _>>()?;
        let parameters = references(&parameters);
        let found = self.client()?.query(statement, &parameters).await;
        let found = found.map_err(|error| explain(&error))?;
        let rows = found.iter().map(|row| {
            let cells = (0..row.len()).map(|index| value(row, index));
            cells.collect::<Result<Vec<_>, _>>()
        });
        // Columns come with rows only, as in Spin.
        let columns = found.first().map_or(&[][..], tokio_postgres::Row::columns);
        Ok(RowSet {
            columns: columns.iter().map(column).collect(),
            rows: rows.collect::<Result<_, _>>()?,
        })
    }

    async fn execute(
        &self,
        statement: &str,
        parameters: Vec<ParameterValue>,
    ) -> Result<u64, Error> {
        self.note(statement);
        let parameters: Vec<_> = parameters
            .into_iter()
            .map(parameter)
            .collect::<Result<_, _>>()?;
        let parameters = references(&parameters);
        let changed = self.client()?.execute(statement, &parameters).await;
        changed.map_err(|error| explain(&error))
    }
}

impl Drop for Link {
    /// A connection in the middle of a transaction leaves the pool and is closed, which rolls back.
    fn drop(&mut self) {
        if let (true, Some(client)) = (self.transaction.is_open(), self.client.take()) {
            drop(Object::take(client));
        }
    }
}

/// Takes a connection to `address` if the component may have one.
async fn connect(
    grants: Arc<Grants>,
    shared: Arc<Shared>,
    patience: Arc<Patience>,
    address: String,
) -> Result<Connection, Error> {
    let config =
        Config::from_str(&address).map_err(|error| Error::ConnectionFailed(error.to_string()))?;
    if !permits(&grants, &config) {
        let words = "the address is not in allowed_outbound_hosts";
        return Err(Error::ConnectionFailed(words.to_owned()));
    }
    let pool = shared.postgres.pool(&address, &config)?;
    // A new connection lives on the threads where it is made, and others use it later.
    let client = shared.threads.in_front(async move { pool.get().await });
    let client = client
        .await
        .map_err(|error| Error::ConnectionFailed(error.to_string()))?
        .map_err(|error| Error::ConnectionFailed(describe(&error)))?;
    Ok(Connection(Arc::new(Link {
        client: Some(client),
        transaction: Transaction::new(patience),
    })))
}

fn references(parameters: &[Parameter]) -> Vec<&(dyn ToSql + Sync)> {
    let parameters = parameters.iter();
    parameters.map(|value| &**value as _).collect()
}

fn permits(grants: &Grants, config: &Config) -> bool {
    let hosts = config.get_hosts();
    let ports = config.get_ports();
    !hosts.is_empty() && hosts.iter().enumerate().all(|(index, host)| {
        let port = ports.get(index).or(ports.first()).copied();
        let port = port.unwrap_or(DEFAULT_PORT);
        matches!(host, Address::Tcp(name) if grants.allowed.permits("postgres", name, Some(port)))
    })
}

fn explain(error: &tokio_postgres::Error) -> Error {
    let text = describe(error);
    let Some(of_server) = error.as_db_error() else {
        return if error.is_closed() {
            Error::ConnectionFailed(text)
        } else {
            Error::QueryFailed(QueryError::Text(text))
        };
    };
    let constraint = of_server.constraint();
    let extras = constraint.map(|name| ("constraint".to_owned(), name.to_owned()));
    Error::QueryFailed(QueryError::DbError(DbError {
        as_text: text,
        severity: of_server.severity().to_owned(),
        code: of_server.code().code().to_owned(),
        message: of_server.message().to_owned(),
        detail: of_server.detail().map(str::to_owned),
        extras: extras.into_iter().collect(),
    }))
}

/// An error with its causes, in which tokio-postgres keeps the server's words.
fn describe(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

impl Host for State {}

impl State {
    fn link(&self, connection: &Resource<Connection>) -> wasmtime::Result<Arc<Link>> {
        Ok(self.resource(connection)?.0.clone())
    }
}

impl HostConnection for State {
    async fn open(&mut self, address: String) -> Outcome<Resource<Connection>> {
        let (grants, shared) = (self.grants.clone(), self.shared.clone());
        match connect(grants, shared, self.patience.clone(), address).await {
            Ok(connection) => Ok(Ok(self.push(connection)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Outcome<RowSet> {
        let link = self.link(&connection)?;
        Ok(link.query(&statement, parameters).await)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Outcome<u64> {
        let link = self.link(&connection)?;
        Ok(link.execute(&statement, parameters).await)
    }

    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.delete(connection).map(drop)
    }
}

type Streamed = (
    Vec<Column>,
    StreamReader<Vec<DbValue>>,
    FutureReader<Result<(), Error>>,
);

impl HostConnectionWithStore<State> for Spin {
    async fn open_async(
        accessor: &Accessor<State, Self>,
        address: String,
    ) -> Outcome<Resource<Connection>> {
        let (grants, shared, patience) = accessor.with(|mut access| {
            let state = access.get();
            let patience = state.patience.clone();
            (state.grants.clone(), state.shared.clone(), patience)
        });
        match connect(grants, shared, patience, address).await {
            Ok(connection) => Ok(Ok(
                accessor.with(|mut access| access.get().push(connection))?
            )),
            Err(error) => Ok(Err(error)),
        }
    }

    /// All rows are read before the stream starts.
    async fn query_async(
        accessor: &Accessor<State, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Outcome<Streamed> {
        let link = accessor.with(|mut access| access.get().link(&connection))?;
        let RowSet { columns, rows } = match link.query(&statement, parameters).await {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, rows)?;
            let end = FutureReader::new(&mut access, async { wasmtime::error::Ok(Ok(())) })?;
            Ok(Ok((columns, rows, end)))
        })
    }

    async fn execute_async(
        accessor: &Accessor<State, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Outcome<u64> {
        let link = accessor.with(|mut access| access.get().link(&connection))?;
        Ok(link.execute(&statement, parameters).await)
    }
}

fn no_builder() -> Error {
    Error::Other("this host has no connection-builder: use connection.open".to_owned())
}

impl HostConnectionBuilder for State {
    fn new(&mut self, _address: String) -> wasmtime::Result<Resource<Builder>> {
        self.push(Builder)
    }

    fn set_ca_root(&mut self, _builder: Resource<Builder>, _pem: String) -> Outcome<()> {
        Ok(Err(no_builder()))
    }

    fn build(&mut self, _builder: Resource<Builder>) -> Outcome<Resource<Connection>> {
        Ok(Err(no_builder()))
    }

    fn drop(&mut self, builder: Resource<Builder>) -> wasmtime::Result<()> {
        self.delete(builder).map(drop)
    }
}

impl HostConnectionBuilderWithStore<State> for Spin {
    async fn build_async(
        _accessor: &Accessor<State, Self>,
        _builder: Resource<Builder>,
    ) -> Outcome<Resource<Connection>> {
        Ok(Err(no_builder()))
    }
}
