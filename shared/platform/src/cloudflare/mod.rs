//! Adapters for Cloudflare Workers. Everything that JavaScript makes `!Send` is wrapped here and
//! nowhere else: an isolate has one thread, so the wrapping is sound.

mod areas;
mod d1;
mod d1_json;
mod external;
mod http;
mod multipart;
mod queues;
mod r2;
mod r2_error;
mod realtime;
pub mod request;
mod siblings;
mod system;
mod variables;

use std::sync::{Arc, OnceLock};

use worker::{Env, js_sys, wasm_bindgen::JsValue};

use crate::{
    Clock, Database, Http, ObjectStore, Queue, Random, Realtime, Siblings, Variables,
    external::{Buckets, NoBuckets, WithExternal},
};

pub use areas::BoundAreas;
pub use d1::D1;
pub use external::BoundBuckets;
pub use http::WorkersHttp;
pub use queues::Queues;
pub use r2::{NativeBody, R2};
pub use realtime::{CHANNELS, Channels, DELIVER};
pub use siblings::BoundSiblings;
pub use system::{WorkersClock, WorkersRandom};
pub use variables::WorkersVariables;

/// Name of the D1 binding.
pub const DB: &str = "DB";
/// Name of the R2 binding.
pub const BUCKET: &str = "BUCKET";
/// Name of the queue that wakes the media function.
pub const JOBS: &str = "JOBS";
/// Name of the queue that wakes the scheduler.
pub const TASKS: &str = "TASKS";
/// Queue of the jobs that go through the bucket.
pub const STORAGE: &str = "STORAGE";
/// Queue of the jobs about faces.
pub const FACES: &str = "FACES";
/// Queue of the jobs of CLIP.
pub const CLIP: &str = "CLIP";
/// Binding of the queue for text in pictures.
pub const OCR: &str = "OCR";

/// All ports of a Worker.
pub struct Ports {
    /// D1, binding [`DB`].
    pub db: Arc<dyn Database>,
    /// R2, binding [`BUCKET`], and the other buckets beside it.
    pub objects: Arc<dyn ObjectStore>,
    /// Queues, bindings [`JOBS`], [`TASKS`], [`STORAGE`], [`FACES`], [`OCR`] and [`CLIP`].
    pub queue: Arc<dyn Queue>,
    /// Wall clock.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub random: Arc<dyn Random>,
    /// `[vars]` of wrangler.toml, and secrets.
    pub variables: Arc<dyn Variables>,
    /// Durable Objects, binding [`CHANNELS`].
    pub realtime: Arc<dyn Realtime>,
    /// Outbound HTTP.
    pub http: Arc<dyn Http>,
    /// Workers that only other Workers call.
    pub siblings: Arc<dyn Siblings>,
}

/// Makes the other buckets of a Worker.
type Others = fn(&Env, Arc<dyn Variables>) -> Arc<dyn Buckets>;

/// Set by Workers that read originals: what speaks S3 is in the code of no other (docs/decisions/0007-sizes.md).
static OTHERS: OnceLock<Others> = OnceLock::new();

/// Lets the ports of this Worker reach other buckets; called when its module starts.
pub fn reach_other_buckets() {
    OTHERS.get_or_init(|| bound_buckets);
}

fn bound_buckets(env: &Env, variables: Arc<dyn Variables>) -> Arc<dyn Buckets> {
    Arc::new(BoundBuckets::new(env, variables))
}

impl Ports {
    /// The ports as this Worker's bindings offer them. An area binds only what it needs, so a missing
    /// binding is no error here; using it is one that names the binding.
    pub fn new(env: &Env) -> Self {
        let variables: Arc<dyn Variables> = Arc::new(WorkersVariables::new(env));
        let others = match OTHERS.get() {
            Some(others) => others(env, variables.clone()),
            None => Arc::new(NoBuckets),
        };
        Self {
            db: Arc::new(D1::new(env, DB)),
            objects: Arc::new(WithExternal::new(Arc::new(R2::new(env, BUCKET)), others)),
            queue: Arc::new(Queues::new(env)),
            clock: Arc::new(WorkersClock),
            random: Arc::new(WorkersRandom),
            variables,
            realtime: Arc::new(Channels::new(env)),
            http: Arc::new(WorkersHttp),
            siblings: Arc::new(BoundSiblings::new(env)),
        }
    }
}

/// The ports as this Worker's bindings offer them.
pub fn app_ports(env: &Env) -> Ports {
    Ports::new(env)
}

/// A binding, or `None` when the Worker has none of this name.
fn binding(env: &Env, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(env, &name.into())
        .ok()
        .filter(|found| !found.is_undefined())
}

/// What using a missing binding says.
fn unbound(name: &str) -> String {
    format!("this Worker has no binding {name}; add it to its wrangler.toml")
}

/// The message of a thrown JavaScript value.
fn message(thrown: &JsValue) -> String {
    use worker::wasm_bindgen::JsCast;
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => error.message().into(),
        None => format!("{thrown:?}"),
    }
}
