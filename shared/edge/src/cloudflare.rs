//! Entry glue of Cloudflare Workers, once for all areas.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, body::Body, response::IntoResponse};
use edge_platform::{
    Areas, Consumer, DbError,
    cloudflare::{BoundAreas, Ports, request},
};
use futures::TryStreamExt;
use http_body::Body as _;
use http_body_util::BodyExt;
use worker::{
    Context, Delay, Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, Response,
    ResponseBuilder, Result,
};

use crate::{
    App, Error, Native, Route,
    consumer::{turns_of, work_off},
    rest::{PATIENCE, Rest, take_in},
    serve,
};

/// Bodies up to this size are handed over in one piece, which costs far less than a stream (bytes).
const WHOLE_BODY: u64 = 1024 * 1024;

/// What an isolate keeps between requests: bindings and router. No user data lives here.
static ISOLATE: OnceLock<(App, Router)> = OnceLock::new();

pub use edge_platform::cloudflare::reach_other_buckets;

/// The ports as this Worker's bindings offer them.
pub fn app(env: &Env) -> App {
    let ports = Ports::new(env);
    let trusted = env.var("TRUSTED_PROXIES").map(|found| found.to_string());
    App::new(
        ports.db,
        ports.objects,
        ports.queue,
        ports.clock,
        ports.random,
    )
    .with_realtime(ports.realtime)
    .with_variables(ports.variables)
    .with_http(ports.http)
    .with_siblings(ports.siblings)
    .trusting(&trusted.unwrap_or_default())
}

/// No way to the functions that answer clients: so their code is in none but the one that asks them.
pub fn alone(_: &Env) -> Option<Arc<dyn Areas>> {
    None
}

/// The functions that answer clients, by service bindings.
pub fn among(env: &Env) -> Option<Arc<dyn Areas>> {
    Some(Arc::new(BoundAreas::new(env)))
}

/// Answers one request of an area, which is [`alone`] or [`among`] others.
pub async fn serve(
    table: &'static [Route],
    routes: fn() -> Router<App>,
    areas: fn(&Env) -> Option<Arc<dyn Areas>>,
    request: worker::Request,
    env: Env,
    _context: Context,
) -> Result<Response> {
    let (app, router) = ISOLATE.get_or_init(|| {
        let app = app(&env).with_areas(areas(&env));
        let router = serve::router(routes(), app.clone());
        (app, router)
    });
    let converted = request::convert(&request, |body| {
        body.map_or_else(Body::empty, Body::from_stream)
    });
    let (request, rest) = match converted {
        Ok(request) => {
            let (parts, body) = request.into_parts();
            let (body, rest) = Rest::of(body);
            (http::Request::from_parts(parts, body), rest)
        }
        // E.g. control characters in a header, which JavaScript's Headers let pass.
        Err(error) => {
            serve::log(&format!("malformed request: {error}"));
            return into_js(Error::bad_request("Bad Request").into_response(), true).await;
        }
    };
    let has_body = request.method() != http::Method::HEAD;
    let response = serve::handle(table, router.clone(), &*app.random, request).await;
    take_in(rest, &response, Delay::from(PATIENCE)).await;
    into_js(response, has_body).await
}

/// The app of a Worker that works off jobs, made once per isolate so that it keeps its settings.
pub fn consumer_app(env: &Env) -> &'static App {
    static APP: OnceLock<App> = OnceLock::new();
    APP.get_or_init(|| app(env))
}

/// Seconds until a message whose job's fate could not be stored is delivered again.
const REDELIVERY: u32 = 10;

/// Turns that one message gives (docs/jobs.md, "Limits of an invocation"): eight pictures take seconds, not minutes.
const TURNS: usize = 8;

/// Works for each message of a batch, one after the other: a second one would have to share the isolate's memory. A
/// message only says that there is work, whichever job it names. It is acknowledged as soon as the jobs' fates
/// are stored; only when the database does not answer it is delivered again.
pub async fn consume(
    batch: MessageBatch<String>,
    app: &App,
    consumer: Consumer,
    run: impl AsyncFn(&App) -> std::result::Result<Option<String>, DbError>,
) {
    for message in batch.raw_iter() {
        let outcome = work_off(app, consumer, turns_of(consumer, TURNS), &run).await;
        log_growth();
        match outcome {
            Ok(()) => message.ack(),
            Err(error) => {
                serve::log(&format!("job message: {error}"));
                let later = QueueRetryOptionsBuilder::new().with_delay_seconds(REDELIVERY);
                message.retry_with_options(&later.build());
            }
        }
    }
}

/// Size of the wasm memory when it was last logged (bytes). It never shrinks, so this is the high-water mark.
static LOGGED_MEMORY: AtomicUsize = AtomicUsize::new(0);

/// Logs the size of the wasm memory if it has grown: an isolate has 128 MB in all.
pub fn log_growth() {
    const PAGE: usize = 64 * 1024;
    let size = core::arch::wasm32::memory_size::<0>() * PAGE;
    if LOGGED_MEMORY.fetch_max(size, Ordering::Relaxed) < size {
        serve::log(&format!("wasm memory {size} bytes"));
    }
}

/// Turns an answer into the platform's response by the cheapest way its body allows.
async fn into_js(mut response: crate::Response, has_body: bool) -> Result<Response> {
    if let Some(socket) = response.extensions_mut().remove::<worker::WebSocket>() {
        return Response::from_websocket(socket);
    }
    let native = response
        .extensions_mut()
        .remove::<Native>()
        .and_then(|native| native.take());
    let (parts, body) = response.into_parts();
    let builder = ResponseBuilder::new()
        .with_status(parts.status.as_u16())
        .with_headers(worker::Headers::from(&parts.headers));
    if !has_body {
        return Ok(builder.empty());
    }
    if let Some(native) = native {
        return Ok(builder.stream(native.into_inner()));
    }
    match body.size_hint().exact() {
        Some(0) => Ok(builder.empty()),
        Some(size) if size <= WHOLE_BODY => {
            let bytes = body
                .collect()
                .await
                .map_err(|error| worker::Error::RustError(error.to_string()))?;
            Ok(builder.fixed(bytes.to_bytes().into()))
        }
        _ => {
            let chunks = body
                .into_data_stream()
                .map_ok(|bytes| bytes.to_vec())
                .map_err(|error| worker::Error::RustError(error.to_string()));
            builder.from_stream(chunks)
        }
    }
}
