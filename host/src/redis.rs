//! `spin:redis` through the crate redis, as in Spin: a connection for each `open`. Our components only publish, by
//! `execute`; what they do not use is an error.
use redis::Value;
use redis::aio::MultiplexedConnection;
use wasmtime::component::{Accessor, Resource};

use crate::bindings::spin::redis::redis::{
    Error, Host, HostConnection, HostConnectionWithStore, Payload, RedisParameter, RedisResult,
};
use crate::state::{Grants, Spin, State};

type Outcome<T> = wasmtime::Result<Result<T, Error>>;

/// The resource `connection`.
pub struct Connection(MultiplexedConnection);

/// Whether the component may connect to the server at `address`.
fn permits(grants: &Grants, address: &str) -> bool {
    let Ok(client) = redis::Client::open(address) else {
        return false;
    };
    match &client.get_connection_info().addr {
        redis::ConnectionAddr::Tcp(host, port) => {
            grants.allowed.permits("redis", host, Some(*port))
        }
        _ => false,
    }
}

async fn connect(address: &str) -> Result<Connection, Error> {
    let client = redis::Client::open(address).map_err(|error| other(&error))?;
    let connection = client.get_multiplexed_async_connection().await;
    connection.map(Connection).map_err(|error| other(&error))
}

fn other(error: &redis::RedisError) -> Error {
    Error::Other(error.to_string())
}

/// What Spin makes of an answer; arrays become the list of their items.
fn results(value: Value) -> Result<Vec<RedisResult>, Error> {
    Ok(match value {
        Value::Nil => vec![RedisResult::Nil],
        Value::Int(number) => vec![RedisResult::Int64(number)],
        Value::BulkString(bytes) => vec![RedisResult::Binary(bytes)],
        Value::SimpleString(text) => vec![RedisResult::Status(text)],
        Value::Okay => vec![RedisResult::Status("OK".to_owned())],
        Value::Array(values) => {
            let items = values.into_iter().map(results);
            items.collect::<Result<Vec<_>, _>>()?.concat()
        }
        value => return Err(Error::Other(format!("{value:?} is not for guests"))),
    })
}

impl Host for State {}

impl HostConnection for State {
    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.delete(connection).map(drop)
    }
}

/// What the interface has and our components do not use.
fn unused<T>(name: &str) -> Result<T, Error> {
    let words = format!("this host has no {name}: use execute");
    Err(Error::Other(words))
}

impl HostConnectionWithStore<State> for Spin {
    async fn open(
        accessor: &Accessor<State, Self>,
        address: String,
    ) -> Outcome<Resource<Connection>> {
        let grants = accessor.with(|mut access| access.get().grants.clone());
        if !permits(&grants, &address) {
            return Ok(Err(Error::InvalidAddress));
        }
        match connect(&address).await {
            Ok(connection) => Ok(Ok(
                accessor.with(|mut access| access.get().push(connection))?
            )),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn execute(
        accessor: &Accessor<State, Self>,
        connection: Resource<Connection>,
        command: String,
        arguments: Vec<RedisParameter>,
    ) -> Outcome<Vec<RedisResult>> {
        let mut connection = accessor.with(|mut access| {
            let state = access.get();
            wasmtime::error::Ok(state.resource(&connection)?.0.clone())
        })?;
        let mut command = redis::cmd(&command);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => command.arg(number),
                RedisParameter::Binary(bytes) => command.arg(bytes),
            };
        }
        let answer = command.query_async::<Value>(&mut connection).await;
        Ok(answer.map_err(|error| other(&error)).and_then(results))
    }

    async fn publish(
        _accessor: &Accessor<State, Self>,
        _connection: Resource<Connection>,
        _channel: String,
        _payload: Payload,
    ) -> Outcome<()> {
        Ok(unused("publish"))
    }

    async fn get(
        _accessor: &Accessor<State, Self>,
        _connection: Resource<Connection>,
        _key: String,
    ) -> Outcome<Option<Payload>> {
        Ok(unused("get"))
    }

    async fn set(
        _accessor: &Accessor<State, Self>,
        _connection: Resource<Connection>,
        _key: String,
        _value: Payload,
    ) -> Outcome<()> {
        Ok(unused("set"))
    }

    async fn incr(
        _accessor: &Accessor<State, Self>,
        _connection: Resource<Connection>,
        _key: String,
    ) -> Outcome<i64> {
        Ok(unused("incr"))
    }

    async fn del(
        _accessor: &Accessor<State, Self>,
        _connection: Resource<Connection>,
        _keys: Vec<String>,
    ) -> Outcome<u32> {
        Ok(unused("del"))
    }

    async fn sadd(
        _accessor: &Accessor<State, Self>,
        _connection: Resource<Connection>,
        _key: String,
        _values: Vec<String>,
    ) -> Outcome<u32> {
        Ok(unused("sadd"))
    }

    async fn smembers(
        _accessor: &Accessor<State, Self>,
        _connection: Resource<Connection>,
        _key: String,
    ) -> Outcome<Vec<String>> {
        Ok(unused("smembers"))
    }

    async fn srem(
        _accessor: &Accessor<State, Self>,
        _connection: Resource<Connection>,
        _key: String,
        _values: Vec<String>,
    ) -> Outcome<u32> {
        Ok(unused("srem"))
    }
}
