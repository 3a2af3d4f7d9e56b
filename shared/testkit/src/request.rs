//! Requests as a client sends them, and what came back.

use std::sync::atomic::Ordering;

use axum::body::{Body, HttpBody as _};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use http_body_util::BodyExt;
use serde_json::Value;

use crate::{TestApp, builders::NewUser, record};

/// A request being put together.
pub struct Request<'a> {
    app: &'a TestApp,
    request: http::Request<Body>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(app: &'a TestApp, method: Method, path: &str) -> Self {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty());
        Self {
            app,
            request: request.expect("a request"),
        }
    }

    /// Sends the session token of a user.
    pub fn user(self, user: &NewUser) -> Self {
        self.header("authorization", &format!("Bearer {}", user.token))
    }

    /// Sends an API key.
    pub fn key(self, secret: &str) -> Self {
        self.header("x-api-key", secret)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header name");
        self.request
            .headers_mut()
            .append(name, HeaderValue::from_str(value).expect("a header value"));
        self
    }

    /// Sends a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Sends any body.
    pub fn body(mut self, content_type: &str, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self.header("content-type", content_type)
    }

    /// Sends it; it may take two round trips to the database, as whatever is no hot read, and one more before a body of more than 64 KB
    /// is read: by then it is known who sends it (docs/security.md).
    pub async fn send_in_two(self) -> Reply {
        let is_long = self.request.body().size_hint().lower() > 64 * 1024;
        let app = self.app;
        let what = format!("{} {}", self.request.method(), self.request.uri());
        app.take_round_trips();
        let reply = self.send().await;
        let trips = app.take_round_trips();
        assert!(
            trips <= 2 + usize::from(is_long),
            "{what}: {trips} round trips"
        );
        reply
    }

    /// Sends it and reads the whole answer.
    pub async fn send(self) -> Reply {
        let TestApp {
            app,
            router,
            table,
            recorded,
            ..
        } = self.app;
        let (parts, body) = self.request.into_parts();
        let (request, sent) = record::tap(&parts, body).await;
        let request = http::Request::from_parts(parts.clone(), request);
        let response = edge_http::serve::handle(table, router.clone(), &*app.random, request).await;
        let (answer, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        let status = answer.status.as_u16();
        if recorded.load(Ordering::Relaxed) {
            record::exchange(&parts, &sent, status, &answer.headers, &body);
        }
        Reply {
            status,
            headers: answer.headers,
            body,
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Reply {
    /// Fails the test, showing the body, unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    /// How many items of a bulk answer say that they were done.
    #[track_caller]
    pub fn successes(&self) -> usize {
        let items = self.json();
        let items = items.as_array().expect("a list").iter();
        items.filter(|item| item["success"] == true).count()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let content_type = self.header(header::CONTENT_TYPE.as_str());
        assert!(
            content_type.contains("json"),
            "content type {content_type:?}"
        );
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// `message` of an error body.
    #[track_caller]
    pub fn message(&self) -> String {
        self.json()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// `path: message` of each issue of a validation error, joined by `; `.
    #[track_caller]
    pub fn issues(&self) -> String {
        let body = self.json();
        assert_eq!(body["message"], "Validation failed", "{body}");
        let issues = body["errors"].as_array().cloned().unwrap_or_default();
        let text = |issue: &Value| {
            let path: Vec<String> = issue["path"]
                .as_array()
                .into_iter()
                .flatten()
                .map(step)
                .collect();
            format!(
                "{}: {}",
                path.join("."),
                issue["message"].as_str().unwrap_or_default()
            )
        };
        issues.iter().map(text).collect::<Vec<_>>().join("; ")
    }

    /// A header's text, empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

fn step(step: &Value) -> String {
    step.as_str()
        .map_or_else(|| step.to_string(), str::to_owned)
}
