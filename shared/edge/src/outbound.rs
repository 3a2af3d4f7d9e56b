//! Requests to other servers: redirects within a server only, and public documents kept for some minutes.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use edge_platform::{HttpError, Limits};
use http::{Method, Request, Response, StatusCode, Uri, header};

use crate::App;

/// Redirects that are followed.
const REDIRECTS: usize = 3;
/// How long a document is kept (ms).
const KEEP: i64 = 10 * 60 * 1000;
/// Documents that are kept; an installation has two of its identity provider.
const MOST: usize = 8;

/// Documents that are fetched before their time within [`PERIOD`]: strangers' tokens ask for that, too (`POST /oauth/backchannel-logout`).
const EARLY: usize = 10;
/// ms.
const PERIOD: i64 = 60 * 1000;

/// Public documents of other servers that this isolate fetched: address, when (epoch ms), bytes.
#[derive(Default)]
pub struct Documents {
    kept: Mutex<Vec<(String, i64, Bytes)>>,
    /// When documents were last fetched before their time (epoch ms).
    early: Mutex<Vec<i64>>,
}

impl App {
    /// Sends a request to another server. A GET is sent on to another address of the same server when that says so; a redirect
    /// to any other server is an answer. The time of `limits` is that of all of them together.
    pub async fn fetch(
        &self,
        mut request: Request<Bytes>,
        mut limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        let timeout = i64::try_from(limits.timeout.as_millis()).unwrap_or(i64::MAX);
        let end = self.now().saturating_add(timeout);
        for _ in 0..REDIRECTS {
            let answer = self.http.fetch(request.clone(), limits).await?;
            match redirected(&request, &answer) {
                Some(next) => *request.uri_mut() = next,
                None => return Ok(answer),
            }
            let left = end.saturating_sub(self.now()).max(1);
            limits.timeout = Duration::from_millis(left.unsigned_abs());
        }
        self.http.fetch(request, limits).await
    }

    /// A public document, of which one that was fetched within ten minutes will do unless it must be `fresh`, which ten a minute are.
    ///
    /// # Errors
    /// No answer, or another one than 200.
    pub async fn document(
        &self,
        address: &str,
        limits: Limits,
        fresh: bool,
    ) -> Result<Bytes, HttpError> {
        let now = self.now();
        let fresh = fresh && self.documents.may_be_early(now);
        if !fresh && let Some(kept) = self.documents.get(address, now) {
            return Ok(kept);
        }
        let request = Request::get(address)
            .header(header::ACCEPT, "application/json")
            .body(Bytes::new())
            .map_err(|error| HttpError::Invalid(error.to_string()))?;
        let answer = self.fetch(request, limits).await?;
        if answer.status() != StatusCode::OK {
            let status = answer.status().as_u16();
            return Err(HttpError::Unreachable(format!("status {status}")));
        }
        let bytes = answer.into_body();
        self.documents.put(address, now, bytes.clone());
        Ok(bytes)
    }
}

impl Documents {
    fn get(&self, address: &str, now: i64) -> Option<Bytes> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept
            .iter()
            .find(|(of, at, _)| of == address && (0..KEEP).contains(&(now - at)));
        found.map(|(_, _, bytes)| bytes.clone())
    }

    /// Whether one more document may be fetched before its time.
    fn may_be_early(&self, now: i64) -> bool {
        let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
        early.retain(|at| (0..PERIOD).contains(&(now - at)));
        let may = early.len() < EARLY;
        if may {
            early.push(now);
        }
        may
    }

    fn put(&self, address: &str, now: i64, bytes: Bytes) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(of, _, _)| of != address);
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push((address.to_owned(), now, bytes));
    }
}

/// Where a GET is to be sent on to, if that is the same server.
fn redirected(request: &Request<Bytes>, answer: &Response<Bytes>) -> Option<Uri> {
    if request.method() != Method::GET
        || !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308)
    {
        return None;
    }
    let place = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    let here = request.uri();
    if place.starts_with('/') && !place.starts_with("//") {
        let mut parts = here.clone().into_parts();
        parts.path_and_query = place.parse().ok();
        return Uri::from_parts(parts).ok();
    }
    let next: Uri = place.parse().ok()?;
    (next.scheme() == here.scheme() && next.authority() == here.authority()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(method: Method, status: u16, location: &str) -> Option<String> {
        let request = Request::builder().method(method).uri("https://id.test/a?b");
        let answer = Response::builder()
            .status(status)
            .header("location", location);
        let (request, answer) = (request.body(Bytes::new()), answer.body(Bytes::new()));
        redirected(&request.unwrap(), &answer.unwrap()).map(|uri| uri.to_string())
    }

    #[test]
    fn a_redirect_stays_on_its_server() {
        assert_eq!(
            next(Method::GET, 302, "/c?d").as_deref(),
            Some("https://id.test/c?d")
        );
        assert_eq!(
            next(Method::GET, 308, "https://id.test/c").as_deref(),
            Some("https://id.test/c")
        );
        for other in [
            "https://evil.test/c",
            "http://id.test/c",
            "https://id.test:8443/",
            "//evil.test/c",
            "c",
            "",
        ] {
            assert_eq!(next(Method::GET, 302, other), None, "{other}");
        }
        assert_eq!(next(Method::POST, 307, "/c"), None);
        assert_eq!(next(Method::GET, 200, "/c"), None);
    }

    #[test]
    fn strangers_cannot_have_documents_fetched_without_end() {
        let kept = Documents::default();
        assert!((0..EARLY).all(|_| kept.may_be_early(0)));
        assert!(!kept.may_be_early(PERIOD - 1));
        assert!(kept.may_be_early(PERIOD));
    }

    #[test]
    fn documents_are_kept_for_ten_minutes() {
        let kept = Documents::default();
        kept.put("a", 0, Bytes::from_static(b"1"));
        assert_eq!(kept.get("a", KEEP - 1).as_deref(), Some(b"1".as_slice()));
        assert_eq!(kept.get("a", KEEP), None);
        for number in 0..MOST {
            kept.put(&number.to_string(), 0, Bytes::new());
        }
        assert_eq!(kept.get("a", 0), None);
        assert!(kept.get("0", 0).is_some());
    }
}
