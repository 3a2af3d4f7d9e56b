//! Adapters for ordinary processes: tests and the companion.

mod clock;
mod folder;
mod http;
mod postgres;
mod postgres_value;
mod queue;
mod random;
mod realtime;
mod sqlite;

pub use crate::os::{OsRandom, SystemClock};
pub use clock::FixedClock;
pub use folder::Folder;
pub use http::HttpClient;
pub use postgres::Postgres;
pub use queue::TableQueue;
pub use random::SeededRandom;
pub use realtime::Delivered;
pub use sqlite::Sqlite;
