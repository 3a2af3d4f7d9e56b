//! A JSON array that is written piece by piece, so that nobody holds all of it.

use axum::{body::Body, response::IntoResponse};
use bytes::Bytes;
use edge_platform::{DbError, Rows, Statement};
use edge_store::caller::Caller;
use futures::{Stream, StreamExt, TryStreamExt, future, stream};
use http::header;
use serde::Serialize;

use crate::{App, Response};

/// An answer of all items of these pages, read as the client takes them: one page is in memory at a time.
pub fn streamed<T: Serialize + Send + 'static>(
    pages: impl Stream<Item = Result<Vec<T>, DbError>> + Send + 'static,
) -> Response {
    let pages = pages.try_filter(|items| future::ready(!items.is_empty()));
    let begun = (Box::pin(pages.fuse()), JsonArray::default());
    let body = stream::try_unfold(begun, |(mut pages, mut array)| async move {
        let text = match pages.try_next().await? {
            None => array.end(),
            Some(items) => {
                let text = array.items(&items);
                Some(text.map_err(|error| DbError::Other(format!("a page: {error}")))?)
            }
        };
        Ok::<_, DbError>(text.map(|text| (text, (pages, array))))
    });
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, Body::from_stream(body)).into_response()
}

/// The same of what `read` makes of the rows that `ask` asks for about each of these groups, in the caller's name.
pub fn of_groups<G: Send + 'static, T: Serialize + Send + 'static>(
    app: App,
    caller: Caller,
    groups: Vec<G>,
    ask: fn(&G) -> Statement,
    read: fn(G, &Rows) -> Result<Vec<T>, DbError>,
) -> Response {
    let walk = (app, caller, groups.into_iter());
    streamed(stream::try_unfold(
        walk,
        move |(app, caller, mut groups)| async move {
            let Some(group) = groups.next() else {
                return Ok(None);
            };
            let rows = app.db().run(caller.scoped(ask(&group))).await?;
            let items = read(group, &rows)?;
            Ok::<_, DbError>(Some((items, (app, caller, groups))))
        },
    ))
}

/// An array in the making.
#[derive(Debug, Default)]
struct JsonArray {
    /// An item was written already, so the next one stands behind a comma.
    has_begun: bool,
    is_over: bool,
}

impl JsonArray {
    /// Further items, as they continue the text.
    ///
    /// # Errors
    /// An item that JSON cannot say.
    fn items<T: Serialize>(&mut self, items: &[T]) -> serde_json::Result<Bytes> {
        let mut text = Vec::new();
        for item in items {
            text.push(if self.has_begun { b',' } else { b'[' });
            self.has_begun = true;
            serde_json::to_writer(&mut text, item)?;
        }
        Ok(text.into())
    }

    /// The end of the text; `None` when it was written before.
    fn end(&mut self) -> Option<Bytes> {
        let end = if self.has_begun { "]" } else { "[]" };
        (!std::mem::replace(&mut self.is_over, true)).then(|| end.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pages: &[&[i64]]) -> String {
        let mut array = JsonArray::default();
        let mut pieces: Vec<Bytes> = pages
            .iter()
            .map(|page| array.items(page).unwrap())
            .collect();
        pieces.extend(array.end());
        pieces.extend(array.end());
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[test]
    fn pages_make_one_array() {
        assert_eq!(text(&[]), "[]");
        assert_eq!(text(&[&[]]), "[]");
        assert_eq!(text(&[&[1, 2], &[], &[3]]), "[1,2,3]");
    }
}
