//! The JSON of markers: whole, or page by page while the client reads it.

use std::collections::VecDeque;

use axum::{Json, body::Body, response::IntoResponse};
use bytes::Bytes;
use edge_api::{albums::MapMarker, map::MapMarkerQuery};
use edge_http::{App, Response, json_array::JsonArray};
use edge_platform::DbError;
use edge_store::{
    caller::Caller,
    map::{self, After, Scope},
};
use futures::stream;
use http::header;

/// All markers at once.
pub fn whole(markers: &[MapMarker]) -> Response {
    Json(markers).into_response()
}

/// What is still to be sent.
struct Walk {
    app: App,
    caller: Caller,
    query: MapMarkerQuery,
    scopes: VecDeque<Scope>,
    after: Option<After>,
    array: JsonArray,
}

/// The markers of these scopes, one page in memory at a time.
pub fn streamed(app: App, caller: Caller, query: MapMarkerQuery, scopes: Vec<Scope>) -> Response {
    let walk = Walk {
        app,
        caller,
        query,
        scopes: scopes.into(),
        after: None,
        array: JsonArray::default(),
    };
    let body = stream::try_unfold(walk, |mut walk| async move {
        let chunk = walk.step().await?;
        Ok::<_, DbError>(chunk.map(|chunk| (chunk, walk)))
    });
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, Body::from_stream(body)).into_response()
}

impl Walk {
    /// The next piece of the text; `None` behind the last one.
    async fn step(&mut self) -> Result<Option<Bytes>, DbError> {
        let Some(scope) = self.scopes.front() else {
            return Ok(self.array.end());
        };
        let page = map::page(&self.query, scope, self.after.as_ref());
        let rows = self.app.db().run(self.caller.scoped(page)).await?;
        let markers = map::read(&rows)?;
        self.after = map::next(&rows, &markers)?;
        if self.after.is_none() {
            self.scopes.pop_front();
        }
        let text = self.array.items(&markers);
        let text = text.map_err(|error| DbError::Other(format!("a marker: {error}")))?;
        Ok(Some(text))
    }
}
