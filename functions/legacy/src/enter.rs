//! The way in: addresses below `/v2`, and the addresses of what exists no longer.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::IntoResponse,
    routing::{MethodFilter, any, on},
};
use bytes::Bytes;
use edge_http::{
    App, Error, Response, Result, areas::handed_on, error::Cause, extract::announced, serve,
};
use edge_platform::{ObjectBody, ObjectError, SentBody};
use futures::TryStreamExt as _;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};

use crate::{
    ROUTES, asked,
    call::{Answer, Call, PREFIX, json_of},
    old,
    pages::InOldWords,
    routes, upload,
};

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// The router: everything below `/v2`, and what only clients of that generation ask for.
pub fn entrances() -> Router<App> {
    let all = Router::new()
        .route("/v2", any(enter))
        .route("/v2/{*path}", any(enter));
    ROUTES.iter().fold(all, |all, route| {
        let path = format!("{}{}", route.prefix, route.path);
        let method = route.method.parse().ok();
        let filter = method.and_then(|method: Method| MethodFilter::try_from(method).ok());
        filter.map_or(all.clone(), |filter| all.route(&path, on(filter, enter)))
    })
}

/// Answers one request of a client of that generation.
async fn enter(State(app): State<App>, mut request: Request) -> Response {
    let id = request.headers().get(&CORRELATION_ID).cloned();
    let id = id.or_else(|| HeaderValue::from_str(&app.uuid()).ok());
    if let Some(id) = &id {
        request.headers_mut().insert(CORRELATION_ID, id.clone());
    }
    without_prefix(&mut request);
    let is_removed = ROUTES
        .iter()
        .any(|route| serve::is_of(route, request.method(), request.uri().path()));
    let answered = if is_removed {
        removed(&app, request).await
    } else {
        passed_on(&app, request).await
    };
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    if let Some(Cause(cause)) = response.extensions_mut().remove::<Cause>() {
        // Whoever is asked next would answer in words of today.
        serve::log(&format!("legacy: {cause}"));
    }
    if let Some(id) = id {
        response.headers_mut().insert(CORRELATION_ID, id);
    }
    old::errors::in_old_words(response).await
}

/// Takes the prefix from the path.
fn without_prefix(request: &mut Request) {
    let uri = request.uri().clone();
    let Some(rest) = uri
        .path_and_query()
        .and_then(|path| path.as_str().strip_prefix(PREFIX))
    else {
        return;
    };
    let rest = if rest.starts_with('/') {
        rest.to_owned()
    } else {
        format!("/{rest}")
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = rest.parse().ok();
    if let Ok(shorter) = Uri::from_parts(parts) {
        *request.uri_mut() = shorter;
    }
}

/// What exists no longer is answered here.
async fn removed(app: &App, request: Request) -> Result<Response> {
    let router = serve::router(routes(), app.clone());
    let response = serve::handle(ROUTES, router, &*app.random, request).await;
    if response.extensions().get::<InOldWords>().is_some() {
        return Ok(response);
    }
    let answer = Answer::read(response.map(|body| {
        let chunks = body.into_data_stream();
        ObjectBody::Stream(Box::pin(
            chunks.map_err(|error| ObjectError::Other(error.to_string())),
        ))
    }));
    match answer.await? {
        Answer::Json(parts, value) if parts.status.is_success() => {
            let value = old::value(app, value).await?;
            Ok(Answer::Json(parts, value).into_response())
        }
        other => Ok(other.into_response()),
    }
}

/// What exists still is answered by the function that has it.
async fn passed_on(app: &App, request: Request) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let call = Call::of(&parts);
    if call.steps == ["socket.io"] || !parts.uri.path().starts_with("/api/") {
        return old::outside::answer(app, &parts, call).await;
    }
    if call.method == Method::POST && call.steps == ["assets"] {
        return upload::upload(app, call, body).await;
    }
    let (json, raw) = if call.is_json() {
        let admit = || may_send_much(app, &call);
        let (json, bytes) = json_of(body, announced(&parts.headers), admit).await?;
        (json, SentBody::Whole(bytes))
    } else if has_body(&call) {
        (None, as_sent(body))
    } else {
        (None, SentBody::Whole(Bytes::new()))
    };
    match asked::change(app, call, json).await? {
        asked::Changed::Answered(response) => Ok(response),
        asked::Changed::Ask(call, Some(body)) => {
            let answer = Call::clone(&call).ask(app, &body).await?;
            old::answer(app, &call, answer).await
        }
        asked::Changed::Ask(call, None) => {
            let answer = call.send(app, raw).await?;
            if old::is_unchanged(&call) && answer.status().is_success() {
                return Ok(handed_on(answer));
            }
            old::answer(app, &call, Answer::read(answer).await?).await
        }
    }
}

/// Who sends more than 64 KB is known to the server: by whatever function he is asked, only who is nobody gets 401.
async fn may_send_much(app: &App, call: &Call) -> Result<()> {
    let who = call.aside(Method::GET, "users/me");
    let answer = who.send(app, SentBody::Whole(Bytes::new())).await?;
    if answer.status() == StatusCode::UNAUTHORIZED {
        return Err(Error::unauthorized("Authentication required"));
    }
    Ok(())
}

/// GET and HEAD have none.
fn has_body(call: &Call) -> bool {
    ![Method::GET, Method::HEAD].contains(&call.method)
}

/// The body of a request as it is sent on.
fn as_sent(body: Body) -> SentBody {
    SentBody::Stream(Box::pin(
        body.into_data_stream()
            .map_err(|error| ObjectError::Unavailable(error.to_string())),
    ))
}
