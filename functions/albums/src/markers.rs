//! The markers of an album that has more assets than one page looks at, as its client reads them.

use edge_api::{albums::MapMarker, id::AlbumId};
use edge_http::{App, Response, json_array};
use edge_platform::DbError;
use edge_store::{albums, caller::Caller, map};
use futures::stream;

/// What is still to be sent.
struct Walk {
    app: App,
    caller: Caller,
    album_id: AlbumId,
    /// The first page, until it is written.
    first: Option<Vec<MapMarker>>,
    /// The last asset that was looked at, where more follow.
    after: Option<String>,
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
    };
    json_array::streamed(stream::try_unfold(walk, |mut walk| async move {
        let page = walk.page().await?;
        Ok::<_, DbError>(page.map(|page| (page, walk)))
    }))
}

impl Walk {
    /// The next page; `None` behind the last one.
    async fn page(&mut self) -> Result<Option<Vec<MapMarker>>, DbError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let Some(after) = self.after.take() else {
            return Ok(None);
        };
        let page = albums::map_markers(self.album_id.as_str(), Some(&after));
        let rows = self.app.db().run(self.caller.scoped(page)).await?;
        self.after = albums::markers_end(&rows)?;
        Ok(Some(map::read(&rows)?))
    }
}
