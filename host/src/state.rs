//! What belongs to one instance, that is to one request.
use edge_api::server::ServerVersion;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use anyhow::Result;
use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::allowed::Allowed;
use crate::app::Component;
use crate::background::{Background, Patience};
use crate::log;
use crate::outbound::{Hooks, Outbound};
use crate::postgres::Servers;
use crate::realtime::Channel;
use crate::sqlite::Databases;

/// What the manifest grants to one component.
pub struct Grants {
    /// Name of the component.
    pub component: String,
    /// Where it may connect to.
    pub allowed: Allowed,
    /// The SQLite databases it may open.
    pub sqlite: HashSet<String>,
    /// The values of its variables.
    pub variables: BTreeMap<String, String>,
    /// Folders it may read, and where it sees them.
    pub files: Vec<(PathBuf, String)>,
    /// Its environment variables.
    pub environment: Vec<(String, String)>,
}

/// What all components share.
pub struct Shared {
    /// SQLite databases.
    pub sqlite: Databases,
    /// PostgreSQL servers.
    pub postgres: Servers,
    /// Threads for jobs beside those for requests.
    pub threads: Background,
    /// The client for requests to the outside.
    pub outbound: Outbound,
    /// The devices of users.
    pub channel: Arc<Channel>,
    /// The components by name, for service chaining; set once all are loaded.
    pub components: OnceLock<HashMap<String, ProxyHandler<Component>>>,
    /// Set once the host has answered its last request.
    pub stopping: AtomicBool,
}

impl Shared {
    /// For an application whose databases live in the folder `data` and whose components prove themselves by `token`; it says
    /// it is of `version`.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn new(data: PathBuf, token: String, version: ServerVersion) -> Result<Self> {
        Ok(Self {
            sqlite: Databases::new(data),
            postgres: Servers::default(),
            threads: Background::start()?,
            outbound: Outbound::default(),
            channel: Arc::new(Channel::new(token, version)),
            components: OnceLock::new(),
            stopping: AtomicBool::new(false),
        })
    }
}

/// The data of a store.
pub struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    table: ResourceTable,
    /// What this component may do.
    pub grants: Arc<Grants>,
    /// Databases and clients.
    pub shared: Arc<Shared>,
    /// How long it may give way to uploads.
    pub patience: Arc<Patience>,
}

impl State {
    /// For a new instance.
    pub fn new(grants: &Arc<Grants>, shared: Arc<Shared>) -> Self {
        let mut wasi = WasiCtxBuilder::new();
        // Standard output is for the host's own line "ready".
        wasi.stdout(tokio::io::stderr())
            .stderr(tokio::io::stderr())
            .envs(&grants.environment);
        for (folder, place) in &grants.files {
            let opened = wasi.preopened_dir(folder, place, FsPerms::ReadOnly);
            if let Err(error) = opened {
                log::say(&format!(
                    "{}: {}: {error}",
                    grants.component,
                    folder.display()
                ));
            }
        }
        Self {
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            hooks: Hooks::new(grants.clone(), shared.clone()),
            table: ResourceTable::new(),
            grants: grants.clone(),
            shared,
            patience: Arc::default(),
        }
    }

    /// Makes `value` a resource of the guest.
    pub fn push<T: Send + 'static>(&mut self, value: T) -> wasmtime::Result<Resource<T>> {
        Ok(self.table.push(value)?)
    }

    /// The value behind a resource.
    pub fn resource<T: 'static>(&self, resource: &Resource<T>) -> wasmtime::Result<&T> {
        Ok(self.table.get(resource)?)
    }

    /// Takes the value of a resource that the guest drops.
    pub fn delete<T: 'static>(&mut self, resource: Resource<T>) -> wasmtime::Result<T> {
        Ok(self.table.delete(resource)?)
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.hooks,
        }
    }
}

/// Tells the linker that the Spin interfaces are implemented by [`State`] itself.
pub struct Spin;

impl HasData for Spin {
    type Data<'a> = &'a mut State;
}
