//! Ports to the platform (database, objects, queues, clock, random, variables, HTTP) and their adapters.
//!
//! A port is a small `Send + Sync` trait; everything above this layer sees only `Arc<dyn Port>`.
//! Adapters are chosen by target, never by a cargo feature: `wasm32-unknown-unknown` is Cloudflare
//! Workers (`cloudflare`), `wasi` is Spin, the rest is native (`native`).

pub mod areas;
pub mod clock;
pub mod database;
pub mod dialect;
pub mod external;
pub mod http;
pub mod objects;
pub mod queue;
pub mod random;
pub mod realtime;
pub mod siblings;
pub mod value;
pub mod variables;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub mod cloudflare;
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod effect;
#[cfg(any(test, target_arch = "wasm32"))]
mod json_rows;
#[cfg(any(test, target_os = "wasi"))]
mod memo;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod os;
#[cfg(any(test, target_os = "wasi"))]
mod prepared;
#[cfg(target_os = "wasi")]
pub mod spin;
#[cfg(any(test, target_os = "wasi"))]
mod together;

pub use crate::http::{Http, HttpError, Limits, Offline};
pub use areas::{Areas, SentBody};
pub use clock::Clock;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub use cloudflare::NativeBody;
pub use database::{Database, DbError, Row, Rows, Statement};
pub use dialect::Dialect;
pub use objects::{
    ByteRange, ByteStream, MultipartUpload, Object, ObjectBody, ObjectError, ObjectMeta,
    ObjectStore,
};
pub use queue::{Consumer, Queue, QueueError, Wake};
pub use random::Random;
pub use realtime::{Realtime, RealtimeError, Silent};
pub use siblings::{LaterSiblings, NoSiblings, SiblingError, Siblings, TextQuery, TextVector};
#[cfg(target_os = "wasi")]
pub use spin::NativeBody;
pub use value::{FromValue, Value};
pub use variables::{FixedVariables, Variables};
