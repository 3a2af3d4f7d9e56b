//! Adapters for Fermyon Spin: components with `spin:sqlite` or `spin:postgres`, an S3-compatible object
//! store over outbound HTTP, and wake-ups by service chaining or Redis. Names of variables are those of spin.toml.

mod areas;
mod body;
mod external;
mod fetch;
mod http;
mod postgres;
mod queue;
mod realtime;
mod redis;
mod s3;
mod s3_place;
mod s3_upload;
mod siblings;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Clock, Database, Http, ObjectStore, Queue, Random, Realtime, Siblings, Variables,
    external::{NamedBuckets, WithExternal},
};

pub use self::{
    areas::Components,
    body::NativeBody,
    external::SpinOutward,
    http::SpinHttp,
    postgres::SpinPostgres,
    queue::{Invocation, SpinQueue, TOKEN_HEADER},
    realtime::SpinRealtime,
    s3::S3,
    siblings::SpinSiblings,
    sqlite::SpinSqlite,
};
pub use crate::os::{OsRandom, SystemClock};
pub use spin_sdk;

/// All ports of a component.
pub struct Ports {
    /// SQLite, or PostgreSQL when the variable `postgres_url` is not empty.
    pub db: Arc<dyn Database>,
    /// S3, variables `s3_…`, and the other buckets beside it.
    pub objects: Arc<dyn ObjectStore>,
    /// Wake-ups of the components that work off jobs.
    pub queue: Arc<dyn Queue>,
    /// The devices of users.
    pub realtime: Arc<dyn Realtime>,
    /// Wall clock.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub random: Arc<dyn Random>,
    /// Variables of the component.
    pub variables: Arc<dyn Variables>,
    /// Outbound HTTP.
    pub http: Arc<dyn Http>,
    /// Components that only other components call.
    pub siblings: Arc<dyn Siblings>,
}

impl Ports {
    /// The ports as spin.toml grants them to this component. Only the choice of the database is read
    /// now: most requests need no more, and an instance that has just started keeps its caller waiting.
    pub async fn load(invocation: Invocation) -> Self {
        let address = variable("postgres_url").await;
        let db: Arc<dyn Database> = if address.is_empty() {
            Arc::new(SpinSqlite::default())
        } else {
            Arc::new(SpinPostgres::new(address))
        };
        let variables: Arc<dyn Variables> = Arc::new(SpinVariables);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let others = NamedBuckets::new(variables.clone(), clock.clone(), Arc::new(SpinOutward));
        let own = Arc::new(S3::default());
        Self {
            db,
            objects: Arc::new(WithExternal::new(own, Arc::new(others))),
            queue: Arc::new(SpinQueue(invocation)),
            realtime: Arc::new(SpinRealtime(invocation)),
            clock,
            random: Arc::new(OsRandom),
            variables,
            http: Arc::new(SpinHttp),
            siblings: Arc::new(SpinSiblings),
        }
    }
}

/// The value of a variable, or an empty text when this component has none of this name.
pub async fn variable(name: &str) -> String {
    spin_sdk::variables::get(name).await.unwrap_or_default()
}

/// The variables that spin.toml grants this component.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpinVariables;

#[async_trait]
impl Variables for SpinVariables {
    async fn get(&self, name: &str) -> Option<String> {
        Some(variable(name).await).filter(|value| !value.is_empty())
    }
}
