//! Function `transform`: makes pictures in other sizes (docs/transformations.md). Only `delivery` reaches it: by a service binding on
//! Workers, by service chaining on Spin. It is apart from `media`, whose jobs need the memory of an isolate for themselves.

mod render;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    response::{IntoResponse, Response},
    routing::post,
};
use edge_http::{App, inner};
use edge_platform::siblings::{Sibling, TRANSFORM, TransformOrder, path};
use http::{HeaderMap, StatusCode};

/// Longest order, bytes.
const LONGEST: usize = 16 * 1024;

/// The only route.
pub fn routes() -> Router<App> {
    Router::new()
        .route(&path(TRANSFORM), post(answer))
        .layer(DefaultBodyLimit::max(LONGEST))
}

async fn answer(
    State(app): State<App>,
    headers: HeaderMap,
    Json(order): Json<TransformOrder>,
) -> Response {
    if !inner::is_sibling(&app, &headers).await {
        return StatusCode::FORBIDDEN.into_response();
    }
    match render::carry_out(&app, &order).await {
        Ok(made) => Json(made).into_response(),
        Err(failure) => inner::refused(failure),
    }
}

/// The same without HTTP, for one process.
pub struct Here(pub Arc<App>);

#[async_trait::async_trait]
impl Sibling for Here {
    async fn answer(&self, order: &str) -> Result<String, (String, bool)> {
        let carry_out =
            |order: TransformOrder| async move { render::carry_out(&self.0, &order).await };
        inner::in_process(order, carry_out).await
    }
}

edge_http::reads_originals!();

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[worker::event(fetch)]
async fn fetch(
    request: worker::Request,
    env: worker::Env,
    context: worker::Context,
) -> worker::Result<worker::Response> {
    let answer = edge_http::cloudflare::serve(
        &[],
        routes,
        edge_http::cloudflare::alone,
        request,
        env,
        context,
    )
    .await;
    edge_http::cloudflare::log_growth();
    answer
}

edge_http::spin_service!(|request| edge_http::spin::serve(
    &[],
    routes,
    edge_http::spin::alone,
    request
));
