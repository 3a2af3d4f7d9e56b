//! The way in: addresses below `/v2`, and the addresses of what exists no longer.

use axum::{
    Router,
    extract::{Request, State},
    response::IntoResponse,
    routing::{MethodFilter, any, on},
};
use edge_http::{App, Response, Result, error::Cause, serve};
use edge_platform::{ObjectBody, ObjectError};
use futures::TryStreamExt as _;
use http::{HeaderName, HeaderValue, Method, Uri};

use crate::{
    ROUTES,
    call::{Answer, PREFIX},
    old,
    pages::InOldWords,
    pass::passed_on,
    routes,
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
