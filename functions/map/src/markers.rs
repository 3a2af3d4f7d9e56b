//! The JSON of markers: whole, or page by page while the client reads it.

use std::collections::VecDeque;

use axum::{Json, response::IntoResponse};
use edge_api::{albums::MapMarker, map::MapMarkerQuery};
use edge_http::{App, Response, json_array};
use edge_platform::DbError;
use edge_store::{
    caller::Caller,
    map::{self, After, Scope},
};
use futures::stream;

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
}

/// The markers of these scopes, one page in memory at a time.
pub fn streamed(app: App, caller: Caller, query: MapMarkerQuery, scopes: Vec<Scope>) -> Response {
    let walk = Walk {
        app,
        caller,
        query,
        scopes: scopes.into(),
        after: None,
    };
    json_array::streamed(stream::try_unfold(walk, |mut walk| async move {
        let page = walk.page().await?;
        Ok::<_, DbError>(page.map(|page| (page, walk)))
    }))
}

impl Walk {
    /// The next page; `None` behind the last one.
    async fn page(&mut self) -> Result<Option<Vec<MapMarker>>, DbError> {
        let Some(scope) = self.scopes.front() else {
            return Ok(None);
        };
        let page = map::page(&self.query, scope, self.after.as_ref());
        let rows = self.app.db().run(self.caller.scoped(page)).await?;
        let markers = map::read(&rows)?;
        self.after = map::next(&rows, scope)?;
        if self.after.is_none() {
            self.scopes.pop_front();
        }
        Ok(Some(markers))
    }
}
