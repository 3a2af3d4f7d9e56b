//! Runs the conformance suite against the Cloudflare adapters, inside workerd.
//!
//! `GET /database`, `/objects`, `/queue`, `/http?url=` and `/patience?url=` answer the outcomes as JSON; `/received` the
//! job ids that came back through the queues; `/repeat/<what>/<times>` does one operation many times,
//! for measuring it from outside (the clock of a Worker stands still).
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

mod repeat;

use std::sync::Mutex;

use edge_conformance::Outcome;
use edge_platform::cloudflare::Ports;
use worker::{Context, Env, Error, MessageBatch, Request, Response, Result, Url, event};

/// Job ids that the queues delivered to this isolate.
static RECEIVED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Answers one request of the test.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let ports = Ports::new(&env);
    let url = request.url()?;
    let path: Vec<_> = url.path().split('/').skip(1).collect();
    match path.as_slice() {
        ["database"] => answer(&edge_conformance::database(&*ports.db).await),
        ["objects"] => answer(&edge_conformance::objects(&*ports.objects).await),
        ["queue"] => answer(&edge_conformance::queue(&*ports.queue).await),
        ["http"] => answer(&edge_conformance::http(&*ports.http, &server(&url)).await),
        ["patience"] => answer(&edge_conformance::patience(&*ports.http, &server(&url)).await),
        ["system"] => answer(&edge_conformance::system(&*ports.clock, &*ports.random)),
        ["unbound"] => answer(&edge_conformance::unbound(&*ports.db, &*ports.objects).await),
        ["received"] => Response::from_json(&*received()?),
        ["repeat", what, times] => repeat::repeat(&ports, what, times).await,
        _ => Response::error("no such check", 404),
    }
}

/// The server that is asked.
fn server(url: &Url) -> String {
    let server = url.query_pairs().find(|(name, _)| name == "url");
    server
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Notes the job ids of a batch of wake-ups.
#[event(queue)]
async fn queue(batch: MessageBatch<String>, _env: Env, _context: Context) -> Result<()> {
    let ids = batch
        .iter()
        .map(|message| message.map(worker::Message::into_body));
    let ids: Vec<String> = ids.collect::<Result<_>>()?;
    received()?.extend(ids);
    Ok(())
}

fn received() -> Result<std::sync::MutexGuard<'static, Vec<String>>> {
    RECEIVED
        .lock()
        .map_err(|error| Error::RustError(error.to_string()))
}

fn answer(outcomes: &[Outcome]) -> Result<Response> {
    Response::from_json(&outcomes)
}
