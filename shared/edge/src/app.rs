//! What a handler gets from its platform.

use std::sync::Arc;

use edge_api::server::{self, ServerVersion};
use edge_platform::{
    Areas, Clock, Database, FixedVariables, Http, NoSiblings, ObjectStore, Offline, Queue, Random,
    Realtime, Rows, Siblings, Silent, Statement, Variables, Wake,
};
use edge_store::caller::Caller;

use crate::{
    Result, client::Trust, ml::Installed, outbound::Documents, service::Checked,
    settings::SettingsCache, vectors::Kept,
};

/// Most wake-ups sent at once: Cloudflare takes a hundred messages in a call.
const WAKES: usize = 100;

/// The ports, shared by all requests of an isolate or process.
#[derive(Clone)]
pub struct App {
    /// D1, SQLite or PostgreSQL.
    pub db: Arc<dyn Database>,
    /// R2, S3 or a folder.
    pub objects: Arc<dyn ObjectStore>,
    /// Wake-ups for jobs.
    pub queue: Arc<dyn Queue>,
    /// The devices of users.
    pub realtime: Arc<dyn Realtime>,
    /// Wall clock.
    pub clock: Arc<dyn Clock>,
    /// Ids and tokens.
    pub random: Arc<dyn Random>,
    /// What whoever runs the installation told it.
    pub variables: Arc<dyn Variables>,
    /// Who is believed about the addresses of clients.
    pub trust: Arc<Trust>,
    /// The way out; ask [`App::fetch`] and [`App::document`].
    pub(crate) http: Arc<dyn Http>,
    /// Public documents of other servers as last fetched; ask [`App::document`].
    pub(crate) documents: Arc<Documents>,
    /// The configuration as last read; ask [`App::settings`].
    pub(crate) settings: Arc<SettingsCache>,
    /// Which models were there when it was last looked; ask [`App::has_model`].
    pub(crate) models: Arc<Installed>,
    /// Which addresses of machine learning services answered; ask [`App::is_service_up`].
    pub(crate) services: Arc<Checked>,
    /// Functions that only other functions call.
    pub siblings: Arc<dyn Siblings>,
    /// The functions that answer clients, for the one that answers in their name; ask [`App::area`].
    pub(crate) areas: Option<Arc<dyn Areas>>,
    /// What was read for searches by meaning; ask [`App::alike`] and [`App::text_code`].
    pub(crate) vectors: Arc<Kept>,
}

impl App {
    /// An app on these ports, without variables.
    pub fn new(
        db: Arc<dyn Database>,
        objects: Arc<dyn ObjectStore>,
        queue: Arc<dyn Queue>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            db,
            objects,
            queue,
            clock,
            random,
            realtime: Arc::new(Silent),
            variables: Arc::new(FixedVariables::default()),
            trust: Arc::default(),
            http: Arc::new(Offline),
            documents: Arc::default(),
            settings: Arc::default(),
            models: Arc::default(),
            services: Arc::default(),
            siblings: Arc::new(NoSiblings),
            areas: None,
            vectors: Arc::default(),
        }
    }

    /// The same app with a channel to the devices of users.
    #[must_use]
    pub fn with_realtime(mut self, realtime: Arc<dyn Realtime>) -> Self {
        self.realtime = realtime;
        self
    }

    /// The version that the server says it is (`EDGE_API_VERSION`, docs/operations.md).
    pub async fn version(&self) -> ServerVersion {
        ServerVersion::configured(self.variables.get(server::VARIABLE).await.as_deref())
    }

    /// The same app with the variables of its installation.
    #[must_use]
    pub fn with_variables(mut self, variables: Arc<dyn Variables>) -> Self {
        self.variables = variables;
        self
    }

    /// The same app with functions that it may ask.
    #[must_use]
    pub fn with_siblings(mut self, siblings: Arc<dyn Siblings>) -> Self {
        self.siblings = siblings;
        self
    }

    /// The same app with a way to the functions that answer clients, or none.
    #[must_use]
    pub fn with_areas(mut self, areas: Option<Arc<dyn Areas>>) -> Self {
        self.areas = areas;
        self
    }

    /// The same app with a way out to other servers.
    #[must_use]
    pub fn with_http(mut self, http: Arc<dyn Http>) -> Self {
        self.http = http;
        self
    }

    /// Believes whom the variable `TRUSTED_PROXIES` names; nobody, and a line in the log, when it cannot be read.
    pub fn trusting(mut self, variable: &str) -> Self {
        self.trust = Arc::new(Trust::parse(variable).unwrap_or_else(|| {
            crate::serve::log("TRUSTED_PROXIES is no list of addresses: no proxy is trusted");
            Trust::Nobody
        }));
        self
    }

    /// The database port.
    pub fn db(&self) -> &dyn Database {
        &*self.db
    }

    /// Now, epoch milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Comes back after so many milliseconds, without work meanwhile.
    pub async fn pause(&self, millis: u64) {
        self.clock
            .pause(std::time::Duration::from_millis(millis))
            .await;
    }

    /// A fresh id.
    pub fn uuid(&self) -> String {
        self.random.uuid()
    }

    /// Runs statements that name the row `caller` as this caller, in one batch.
    pub async fn run_as(&self, caller: &Caller, statements: Vec<Statement>) -> Result<Vec<Rows>> {
        let scoped = statements
            .into_iter()
            .map(|statement| caller.scoped(statement));
        Ok(self.db().batch(scoped.collect()).await?)
    }

    /// Sends wake-ups for jobs that are already stored. Never fails: what is not woken now, the
    /// scheduler's sweeper wakes later (DESIGN section 3).
    ///
    /// Whoever is woken goes on with what is due, so of many jobs stored at once a few wake as many workers as there are.
    pub async fn wake(&self, mut wakes: Vec<Wake>) {
        if wakes.is_empty() {
            return;
        }
        wakes.truncate(WAKES);
        if let Err(error) = self.queue.wake(wakes).await {
            crate::serve::log(&error.to_string());
        }
    }
}
