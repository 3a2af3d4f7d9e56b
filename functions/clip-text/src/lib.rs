//! Function `clip-text`: turns texts into vectors of the space in which pictures are (docs/smart-search.md). Only other functions reach
//! it: by a service binding on Workers, by service chaining on Spin.

mod model;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    response::{IntoResponse, Response},
    routing::post,
};
use edge_http::{App, consumer::Failure, secret};
use edge_platform::{
    TextError, TextQuery, TextVector, Texts,
    texts::{TEXT_PATH, TEXT_TOKEN},
};
use http::{HeaderMap, StatusCode};

/// Longest request, bytes: texts of searches have 1,000 characters.
const LONGEST: usize = 16 * 1024;

/// The only route.
pub fn routes() -> Router<App> {
    Router::new()
        .route(TEXT_PATH, post(answer))
        .layer(DefaultBodyLimit::max(LONGEST))
}

async fn answer(
    State(app): State<App>,
    headers: HeaderMap,
    Json(query): Json<TextQuery>,
) -> Response {
    if !may_ask(&app, &headers).await {
        return StatusCode::FORBIDDEN.into_response();
    }
    match model::vector(&app, &query).await {
        Ok(vector) => Json(TextVector { vector }).into_response(),
        Err(Failure::Passing(reason)) => (StatusCode::SERVICE_UNAVAILABLE, reason).into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, reason(error)).into_response(),
    }
}

/// Whoever sends the token, where the installation has one.
async fn may_ask(app: &App, headers: &HeaderMap) -> bool {
    let token = app.variables.get("internal_token").await;
    let given = headers.get(TEXT_TOKEN).and_then(|it| it.to_str().ok());
    // Digests, so that the time of the comparison tells nothing.
    let digest = |text: Option<&str>| secret::digest(text.unwrap_or_default());
    digest(given) == digest(token.as_deref())
}

fn reason(failure: Failure) -> String {
    match failure {
        Failure::Passing(reason) | Failure::Final(reason) | Failure::Companion(reason) => reason,
    }
}

/// The same without HTTP, for one process.
pub struct Here(pub Arc<App>);

#[async_trait::async_trait]
impl Texts for Here {
    async fn vector(&self, query: &TextQuery) -> Result<Vec<f32>, TextError> {
        let vector = model::vector(&self.0, query).await;
        vector.map_err(|failure| TextError(reason(failure)))
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[worker::event(fetch)]
async fn fetch(
    request: worker::Request,
    env: worker::Env,
    context: worker::Context,
) -> worker::Result<worker::Response> {
    edge_http::cloudflare::serve(&[], routes, request, env, context).await
}

edge_http::spin_service!(|request| edge_http::spin::serve(&[], routes, request));
