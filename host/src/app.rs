//! An application: its components, ready to be instantiated for each request.
use edge_api::server::{self, ServerVersion};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::Linker;
use wasmtime::{Engine, Store, StoreContextMut, UpdateDeadline};
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ProxyHandler, ShouldAccept, WorkerExpiration, WorkerState,
    WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::allowed::Allowed;
use crate::background::Arrival;
use crate::compile::{self, MAX_INSTANCES};
use crate::manifest::{Manifest, render};
use crate::realtime::Channel;
use crate::routes::Routes;
use crate::state::{Grants, Shared, Spin, State};
use crate::stats::{Instantiations, Summary};
use crate::{bindings, log};

/// How long a guest may take to its response; real uploads are long.
const TO_RESPONSE: Duration = Duration::from_hours(1);
/// How long it may go on after its response: the body, and work that nobody waits for.
const AFTER_RESPONSE: Duration = Duration::from_mins(30);
/// Requests from outside at a time; others wait. The rest of the instances is for calls between components.
const AT_A_TIME: usize = MAX_INSTANCES as usize / 2;

/// How instances are used again; the defaults are Spin's for components of WASI 0.3.
#[derive(Debug, Clone, Copy)]
pub struct Reuse {
    /// Requests that one instance answers in its life.
    pub total: usize,
    /// Of these, at the same time.
    pub at_once: usize,
    /// How long an instance without a request stays.
    pub idle: Duration,
}

impl Default for Reuse {
    fn default() -> Self {
        Self {
            total: 128,
            at_once: 16,
            idle: Duration::from_secs(1),
        }
    }
}

/// A loaded application.
pub struct App {
    routes: Routes,
    shared: Arc<Shared>,
    permits: Arc<Semaphore>,
    loaded_in: Duration,
}

impl App {
    /// Loads all components of `manifest`. Databases live in the folder `data`; `variables` are those of the application;
    /// `reuse` says how long instances live.
    ///
    /// # Errors
    /// What is wrong in the manifest or with a component.
    pub fn load(
        manifest: &Manifest,
        data: PathBuf,
        variables: &BTreeMap<String, String>,
        reuse: Reuse,
    ) -> Result<Self> {
        let start = Instant::now();
        let engine = compile::engine()?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
        bindings::Imports::add_to_linker::<State, Spin>(&mut linker, |state| state)?;
        let files = manifest.components.values();
        let files = files.map(|described| manifest.folder.join(&described.source));
        let loaded = compile::load_all(&engine, &files.collect::<Vec<_>>(), &data)?;
        let token = variables.get("internal_token").cloned();
        let version = variables.get(server::VARIABLE).map(String::as_str);
        let version = ServerVersion::configured(version);
        let shared = Arc::new(Shared::new(data, token.unwrap_or_default(), version)?);
        let mut components = HashMap::new();
        for ((name, described), wasm) in manifest.components.iter().zip(loaded) {
            let in_component = || format!("component {name:?}");
            let mut grants = grants(name, described, variables).with_context(in_component)?;
            let mounts = described.files.iter();
            let mounts =
                mounts.map(|it| (manifest.folder.join(&it.source), it.destination.clone()));
            grants.files = mounts.collect();
            let pre = linker.instantiate_pre(&wasm).and_then(ServicePre::new);
            let component = Component {
                engine: engine.clone(),
                pre: pre
                    .map_err(anyhow::Error::from)
                    .with_context(in_component)?,
                grants: Arc::new(grants),
                shared: Arc::downgrade(&shared),
                instantiations: Arc::default(),
                reuse,
            };
            components.insert(name.clone(), ProxyHandler::new(component));
        }
        drop(shared.components.set(components));
        Ok(Self {
            routes: Routes::new(manifest.triggers())?,
            shared,
            permits: Arc::new(Semaphore::new(AT_A_TIME)),
            loaded_in: start.elapsed(),
        })
    }

    /// The handler for a path, if a route leads to one.
    pub fn find(&self, path: &str) -> Option<&ProxyHandler<Component>> {
        let name = self.routes.find(path)?;
        self.shared.components.get()?.get(name)
    }

    /// A component by its name, for a trigger that is not HTTP.
    pub fn component(&self, name: &str) -> Option<&Component> {
        Some(self.shared.components.get()?.get(name)?.state())
    }

    /// The devices of users.
    pub fn channel(&self) -> &Arc<Channel> {
        &self.shared.channel
    }

    /// Waits until another request from outside may run.
    pub async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.permits.clone().acquire_owned().await.ok()
    }

    /// Runs what nobody waits for, on threads of low priority.
    ///
    /// # Errors
    /// It panicked, or the host stops.
    pub async fn behind<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T> {
        self.shared.threads.behind(work).await
    }

    /// An upload arrives, until what this gives is dropped: jobs make room for it.
    pub fn arrival(&self) -> Arrival {
        self.shared.threads.arrival()
    }

    /// Says that the process ends, and that instances end with it.
    pub fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
    }

    /// How long loading took.
    pub fn loaded_in(&self) -> Duration {
        self.loaded_in
    }

    /// How many instances of each component there were and how long they took to make.
    pub fn instantiations(&self) -> BTreeMap<&str, Summary> {
        let components = self.shared.components.get().into_iter().flatten();
        components
            .map(|(name, handler)| (name.as_str(), handler.state().instantiations.summary()))
            .collect()
    }
}

fn grants(
    name: &str,
    described: &crate::manifest::Component,
    variables: &BTreeMap<String, String>,
) -> Result<Grants> {
    let hosts = described.allowed_outbound_hosts.iter();
    let hosts: Vec<String> = hosts
        .map(|host| render(host, variables))
        .collect::<Result<_>>()?;
    let own = described.variables.iter();
    let own = own.map(|(key, template)| Ok((key.clone(), render(template, variables)?)));
    Ok(Grants {
        component: name.to_owned(),
        allowed: Allowed::new(&hosts)?,
        sqlite: described.sqlite_databases.iter().cloned().collect(),
        variables: own.collect::<Result<_>>()?,
        files: Vec::new(),
        environment: described.environment.clone().into_iter().collect(),
    })
}

/// One component: makes instances when requests find none that has room for them, as Spin does.
pub struct Component {
    engine: Engine,
    pre: ServicePre<State>,
    grants: Arc<Grants>,
    shared: Weak<Shared>,
    instantiations: Arc<Instantiations>,
    reuse: Reuse,
}

impl Component {
    /// Its name in the manifest.
    pub fn name(&self) -> &str {
        &self.grants.component
    }

    /// A new instance, of which nothing is known but that it is one.
    ///
    /// # Errors
    /// There is no room for it, or the host stops.
    pub async fn instance(
        &self,
    ) -> wasmtime::Result<(Store<State>, wasmtime::component::Instance)> {
        let start = Instant::now();
        let mut store = self.store()?;
        let instance = self.pre.instance_pre().instantiate_async(&mut store);
        let instance = instance.await?;
        self.instantiations.add(start.elapsed());
        Ok((store, instance))
    }

    /// A store for a new instance.
    fn store(&self) -> wasmtime::Result<Store<State>> {
        let shared = self.shared.upgrade();
        let shared = shared.ok_or_else(|| wasmtime::format_err!("the host stops"))?;
        let mut store = Store::new(&self.engine, State::new(&self.grants, shared));
        store.set_epoch_deadline(1);
        let arrivals = store.data().shared.threads.arrivals().clone();
        let patience = store.data().patience.clone();
        store.epoch_deadline_callback(move |_| {
            Ok(if arrivals.come_first() && patience.is_left() {
                let room = arrivals.clone().room(patience.clone());
                UpdateDeadline::YieldCustom(1, Box::pin(room))
            } else {
                UpdateDeadline::Yield(1)
            })
        });
        Ok(store)
    }
}

impl HandlerState for Component {
    type StoreData = State;
    type WorkerExpiration = Limits;
    type WorkerState = Life;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Limits, Life>> {
        let start = Instant::now();
        let mut store = self.store()?;
        let proxy = self.pre.instantiate_async(&mut store).await?;
        self.instantiations.add(start.elapsed());
        let held = Held::default();
        Ok(Instance {
            store,
            proxy: Proxy::P3(proxy),
            view: State::http,
            expiration: Limits {
                idle: self.reuse.idle,
                timer: None,
                held: held.clone(),
            },
            state: Life {
                reuse: self.reuse,
                held,
                instantiations: self.instantiations.clone(),
            },
        })
    }
}

/// What comes along with a request: the permit of one from outside.
pub type Permit = Option<OwnedSemaphorePermit>;

/// The permits of requests whose instance still works for them.
type Held = Arc<Mutex<Vec<Permit>>>;

fn lock(held: &Held) -> MutexGuard<'_, Vec<Permit>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends guests that take too long or have nothing to do.
pub struct Limits {
    idle: Duration,
    timer: Option<Pin<Box<tokio::time::Sleep>>>,
    held: Held,
}

impl WorkerExpiration for Limits {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        state: WorkerStatus,
        start: Instant,
    ) -> Poll<()> {
        let limit = match state {
            WorkerStatus::Requests => TO_RESPONSE,
            WorkerStatus::PostReturn => AFTER_RESPONSE,
            WorkerStatus::Idle => {
                lock(&self.held).clear();
                self.idle
            }
        };
        let end = tokio::time::Instant::from_std(start + limit);
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        if timer.deadline() != end {
            timer.as_mut().reset(end);
        }
        timer.as_mut().poll(cx)
    }
}

/// How many requests an instance takes.
pub struct Life {
    reuse: Reuse,
    held: Held,
    instantiations: Arc<Instantiations>,
}

impl WorkerState for Life {
    type StoreData = State;
    type RequestData = Permit;

    fn should_accept_request(&self, now: usize, total: usize) -> ShouldAccept {
        if total >= self.reuse.total {
            ShouldAccept::Never
        } else if now >= self.reuse.at_once {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _store: StoreContextMut<'_, State>,
        permit: Self::RequestData,
        _task: wasmtime::component::GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        lock(&self.held).push(permit);
        self.instantiations.asked();
        // [`Limits`] alone decides.
        Box::pin(std::future::pending())
    }

    fn drop(&self, store: Store<State>, result: wasmtime::Result<()>) {
        let State { grants, shared, .. } = store.data();
        // "worker panicked" is also what the library says of an instance that ends with the host.
        let stopping = shared.stopping.load(Ordering::Relaxed);
        if let Err(error) = result
            && !stopping
        {
            log::say(&format!("{}: {error:?}", grants.component));
        }
    }
}
