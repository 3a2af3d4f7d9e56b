//! Lists of assets that do not fit the memory of a Worker as a whole: they are put into old words and written page by page.

use axum::body::Body;
use bytes::Bytes;
use edge_http::{App, Error, Response, Result, serve};
use edge_platform::ObjectError;
use futures::{StreamExt as _, TryStreamExt as _, future::ready, stream};
use http::{HeaderValue, header, response::Parts};
use serde_json::Value;

use crate::old;

/// Marks an answer that is in old words already.
#[derive(Debug, Clone, Copy)]
pub struct InOldWords;

/// A list that is read in pages.
pub trait Pages: Send + 'static {
    /// The next page in today's words; an empty one is behind the last.
    fn next(&mut self) -> impl Future<Output = Result<Vec<Value>>> + Send;
}

/// An answer that is a list, and nothing else.
///
/// # Errors
/// Those of the first page.
pub async fn list(app: App, pages: impl Pages) -> Result<Response> {
    let (mut head, ()) = http::Response::new(()).into_parts();
    let json = HeaderValue::from_static("application/json");
    head.headers.insert(header::CONTENT_TYPE, json);
    written(app, head, "[".to_owned(), pages, "]").await
}

/// An answer with this head: `start`, the items of the list in old words, `end`. The first page is read at once, so that what it fails
/// with is the answer; who fails later breaks off.
///
/// # Errors
/// Those of the first page.
pub async fn written(
    app: App,
    mut head: Parts,
    start: String,
    mut pages: impl Pages,
    end: &'static str,
) -> Result<Response> {
    let first = pages.next().await?;
    head.headers.remove(header::CONTENT_LENGTH);
    // It named the words of today.
    head.headers.remove(header::ETAG);
    head.extensions.insert(InOldWords);
    let state = (app, pages, Some(first), "");
    let items = stream::try_unfold(state, |(app, mut pages, known, between)| async move {
        let page = match known {
            Some(page) => page,
            None => pages.next().await?,
        };
        if page.is_empty() {
            return Ok::<_, Error>(None);
        }
        let text = text_of(&app, page, between).await?;
        Ok(Some((Bytes::from(text), (app, pages, None, ","))))
    });
    let items = items.map_err(|error| {
        serve::log(&format!("legacy: a list broke off: {error:?}"));
        ObjectError::Other("a list broke off".to_owned())
    });
    let start = stream::once(ready(Ok(Bytes::from(start))));
    let end = stream::once(ready(Ok(Bytes::from_static(end.as_bytes()))));
    let body = Body::from_stream(start.chain(items).chain(end));
    Ok(Response::from_parts(head, body))
}

/// The items of a page behind what stands between them and those before.
async fn text_of(app: &App, page: Vec<Value>, between: &str) -> Result<String> {
    let page = old::value(app, Value::Array(page)).await?.to_string();
    let items = page
        .strip_prefix('[')
        .and_then(|items| items.strip_suffix(']'));
    Ok(format!("{between}{}", items.unwrap_or_default()))
}
