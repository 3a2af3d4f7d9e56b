//! The markers of an album that has more assets than one page looks at, as its client reads them.

use axum::{body::Body, response::IntoResponse};
use bytes::Bytes;
use edge_api::{albums::MapMarker, id::AlbumId};
use edge_http::{App, Response, json_array::JsonArray};
use edge_platform::DbError;
use edge_store::{albums, caller::Caller, map};
use futures::stream;
use http::header;

/// What is still to be sent.
struct Walk {
    app: App,
    caller: Caller,
    album_id: AlbumId,
    /// The first page, until it is written.
    first: Option<Vec<MapMarker>>,
    /// The last asset that was looked at, where more follow.
    after: Option<String>,
    array: JsonArray,
}

/// The markers of the first page, and of those behind the asset `after` one page in memory at a time.
pub fn streamed(
    app: App,
    caller: Caller,
    album_id: AlbumId,
    first: Vec<MapMarker>,
    after: String,
) -> Response {
    let walk = Walk {
        app,
        caller,
        album_id,
        first: Some(first),
        after: Some(after),
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
        loop {
            let markers = match self.first.take() {
                Some(first) => first,
                None => match self.after.take() {
                    Some(after) => self.page(&after).await?,
                    None => return Ok(self.array.end()),
                },
            };
            if markers.is_empty() {
                continue;
            }
            let text = self.array.items(&markers);
            let text = text.map_err(|error| DbError::Other(format!("a marker: {error}")))?;
            return Ok(Some(text));
        }
    }

    async fn page(&mut self, after: &str) -> Result<Vec<MapMarker>, DbError> {
        let page = albums::map_markers(self.album_id.as_str(), Some(after));
        let rows = self.app.db().run(self.caller.scoped(page)).await?;
        let markers = map::read(&rows)?;
        self.after = albums::markers_end(&rows)?;
        Ok(markers)
    }
}
