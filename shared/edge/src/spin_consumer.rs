//! Entry glue of the Spin components that work off jobs (docs/jobs.md, "Spin").

use axum::{
    body::{Body, to_bytes},
    response::IntoResponse,
};
use edge_platform::{
    Consumer, DbError,
    spin::{
        Invocation, TOKEN_HEADER,
        spin_sdk::wasip3::{
            http::types::{ErrorCode, Request as HostRequest, Response as HostResponse},
            spawn,
            wit_bindgen::{backpressure_dec, backpressure_inc},
        },
        variable,
    },
};
use edge_store::jobs;
use http::{HeaderMap, Method, Request, StatusCode};

use crate::{
    App, Error, Response, Result,
    consumer::{turns_of, work_off},
    error::Cause,
    secret,
    serve::{self, log},
    spin,
    spin_subscriber::Error as MessageError,
};

/// Jobs of one consumer that HTTP wake-ups let run at the same time. A picture takes up to 128 MB.
const WORKERS: i64 = 4;
/// Turns of one worker; then another instance goes on, for hosts end one that goes on for long after its answer (edge-host: half
/// an hour).
const TURNS: usize = 200;
/// Largest list of job ids, in bytes: the sweeper sends a thousand.
const LIST: usize = 256 * 1024;

/// Answers one request of a component that works off jobs: `POST /internal/wake` with a JSON array of
/// job ids, which other components call, and `POST /internal/tick`, which something outside calls each
/// minute, or with a JSON array of folders of the bucket when files have changed there, where there is a `tick`.
///
/// # Errors
/// Only what the host cannot turn into an answer.
pub async fn serve(
    request: HostRequest,
    consumer: Consumer,
    run: impl AsyncFn(&App) -> std::result::Result<Option<String>, DbError> + 'static,
    tick: impl AsyncFn(&App, Vec<String>) -> Option<std::result::Result<(), DbError>>,
) -> std::result::Result<HostResponse, ErrorCode> {
    let app = spin::app(Invocation::Request).await;
    let response = match spin::from_host(request) {
        Ok(request) => answer(app, request, consumer, run, tick).await,
        Err(error) => Err(Error::bad_request(error.to_string())),
    };
    let mut response = response.unwrap_or_else(IntoResponse::into_response);
    if let Some(Cause(cause)) = response.extensions_mut().remove::<Cause>() {
        log(&format!("{consumer:?}: {cause}"));
    }
    spin::to_host(response)
}

async fn answer(
    app: &'static App,
    request: Request<Body>,
    consumer: Consumer,
    run: impl AsyncFn(&App) -> std::result::Result<Option<String>, DbError> + 'static,
    tick: impl AsyncFn(&App, Vec<String>) -> Option<std::result::Result<(), DbError>>,
) -> Result<Response> {
    let (head, body) = request.into_parts();
    let unknown = || Error::not_found(format!("Cannot {} {}", head.method, head.uri.path()));
    if head.method != Method::POST {
        return Err(unknown());
    }
    let token = variable("internal_token").await;
    match head.uri.path() {
        // No route leads here from outside (spin.toml), so it works without a token, too.
        "/internal/wake" => {
            admit(&head.headers, &token)?;
            let list = to_bytes(body, LIST).await;
            let list = list.map_err(|error| Error::bad_request(error.to_string()))?;
            let _ids: Vec<String> = serde_json::from_slice(&list)
                .map_err(|error| Error::bad_request(error.to_string()))?;
            // The caller waits for the answer, not for the work. While that lasts, the host gives other
            // requests to other instances: here they would wait for a picture, and share its memory.
            backpressure_inc();
            spawn(async move {
                if let Err(error) = work_if_few(app, consumer, run).await {
                    log(&format!("jobs: {error}"));
                }
                backpressure_dec();
            });
            Ok(StatusCode::ACCEPTED.into_response())
        }
        "/internal/tick" if !token.is_empty() => {
            admit(&head.headers, &token)?;
            let folders = changed(body).await?;
            tick(app, folders).await.ok_or_else(unknown)??;
            Ok(serve::no_content())
        }
        _ => Err(unknown()),
    }
}

/// The folders of the bucket in which files have changed: a JSON array; none in a tick.
async fn changed(body: Body) -> Result<Vec<String>> {
    let list = to_bytes(body, LIST).await;
    let list = list.map_err(|error| Error::bad_request(error.to_string()))?;
    if list.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&list).map_err(|error| Error::bad_request(error.to_string()))
}

fn admit(headers: &HeaderMap, token: &str) -> Result<()> {
    let given = headers.get(TOKEN_HEADER);
    let given = given.and_then(|given| given.to_str().ok());
    // Digests, so that the time of the comparison tells nothing.
    if secret::digest(given.unwrap_or_default()) == secret::digest(token) {
        Ok(())
    } else {
        Err(Error::forbidden("Forbidden"))
    }
}

/// Takes a message of the Redis trigger: a JSON array of job ids. Every host gets it, and works in the
/// message's own invocation, for Spin hands a host one message after the other: as many jobs run at the
/// same time as there are hosts.
///
/// # Errors
/// The message is no list of ids, or the database did not answer; the trigger only logs it.
pub async fn receive(
    message: Vec<u8>,
    consumer: Consumer,
    run: impl AsyncFn(&App) -> std::result::Result<Option<String>, DbError>,
) -> std::result::Result<(), MessageError> {
    let failed = |error: String| {
        log(&format!("{consumer:?}: {error}"));
        MessageError::Other(error)
    };
    if message.len() > LIST {
        return Err(failed("the message is too large".to_owned()));
    }
    let _ids: Vec<String> =
        serde_json::from_slice(&message).map_err(|error| failed(error.to_string()))?;
    let app = spin::app(Invocation::Message).await;
    let done = work_off(app, consumer, turns_of(consumer, TURNS), run).await;
    done.map_err(|error| failed(error.to_string()))
}

/// Works unless enough workers are at it: they find these jobs when they are done with theirs. So a
/// thousand uploads do not become a thousand workers at once.
async fn work_if_few(
    app: &App,
    consumer: Consumer,
    run: impl AsyncFn(&App) -> std::result::Result<Option<String>, DbError>,
) -> std::result::Result<(), DbError> {
    if !jobs::has_room(app.db(), consumer, WORKERS, app.now()).await? {
        return Ok(());
    }
    work_off(app, consumer, turns_of(consumer, TURNS), run).await
}
