//! Serves the components of a spin.toml on wasmtime: what people at home run (`cargo xtask dev`, docs/operations.md), and
//! what tests and benchmarks run. Of Spin's interfaces it offers those that our components use.
#![expect(
    clippy::result_large_err,
    reason = "the errors are those of the WIT texts, and go to the guest at once"
)]

pub mod allowed;
pub mod app;
mod background;
pub mod compile;
pub mod generation;
pub mod home;
pub mod libraries;
pub mod log;
pub mod mail;
pub mod manifest;
pub mod migrate;
pub mod outbound;
pub mod postgres;
mod postgres_value;
pub mod realtime;
pub mod redis;
pub mod routes;
pub mod s3;
mod s3_read;
pub mod server;
pub mod sqlite;
mod state;
pub mod stats;
pub mod subscriber;
mod variables;
pub mod watch;

/// The Spin interfaces, from wit/.
mod bindings {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "edge:host/imports",
        imports: {
            "spin:sqlite/sqlite.[static]connection.open": async | trappable,
            "spin:sqlite/sqlite.[method]connection.execute": async | trappable,
            "spin:sqlite/sqlite.[method]connection.execute-async": store | trappable,
            "spin:sqlite/sqlite.[static]connection.open-async": store | trappable,
            "spin:postgres/postgres.[static]connection.open": async | trappable,
            "spin:postgres/postgres.[method]connection.query": async | trappable,
            "spin:postgres/postgres.[method]connection.execute": async | trappable,
            default: trappable,
        },
        with: {
            "spin:sqlite/sqlite.connection": crate::sqlite::Connection,
            "spin:postgres/postgres.connection": crate::postgres::Connection,
            "spin:postgres/postgres.connection-builder": crate::postgres::Builder,
            "spin:redis/redis.connection": crate::redis::Connection,
        },
    });
}
