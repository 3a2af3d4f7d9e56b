//! Adapters for ordinary processes: tests and the companion.

mod clock;
mod folder;
mod http;
mod postgres;
mod postgres_value;
mod queue;
mod random;
mod sqlite;

pub use clock::{FixedClock, SystemClock};
pub use folder::Folder;
pub use http::HttpClient;
pub use postgres::Postgres;
pub use queue::TableQueue;
pub use random::{OsRandom, SeededRandom};
pub use sqlite::Sqlite;
