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
use edge_http::{App, inner};
use edge_platform::{
    TextQuery, TextVector,
    siblings::{CLIP_TEXT, Sibling, path},
};
use http::{HeaderMap, StatusCode};

/// Longest request, bytes: texts of searches have 1,000 characters.
const LONGEST: usize = 16 * 1024;

/// The only route.
pub fn routes() -> Router<App> {
    Router::new()
        .route(&path(CLIP_TEXT), post(answer))
        .layer(DefaultBodyLimit::max(LONGEST))
}

async fn answer(
    State(app): State<App>,
    headers: HeaderMap,
    Json(query): Json<TextQuery>,
) -> Response {
    if !inner::is_sibling(&app, &headers).await {
        return StatusCode::FORBIDDEN.into_response();
    }
    match model::vector(&app, &query).await {
        Ok(vector) => Json(TextVector { vector }).into_response(),
        Err(failure) => inner::refused(failure),
    }
}

/// The same without HTTP, for one process.
pub struct Here(pub Arc<App>);

#[async_trait::async_trait]
impl Sibling for Here {
    async fn answer(&self, order: &str) -> Result<String, (String, bool)> {
        let carry_out = |query: TextQuery| async move {
            let vector = model::vector(&self.0, &query).await?;
            Ok(TextVector { vector })
        };
        inner::in_process(order, carry_out).await
    }
}

edge_http::entry_points! { &[], alone, routes }
