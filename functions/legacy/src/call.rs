//! A request on its way to the function that answers it.

use axum::body::Body;
use bytes::Bytes;
use edge_api::input::Limits;
use edge_http::{App, Error, Response, Result, areas::handed_on, extract::read_counted};
use edge_platform::{ObjectBody, SentBody};
use futures::{TryStreamExt as _, stream};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use serde_json::Value;

use crate::area;

/// Longest JSON answer that is put into old words as a whole, bytes: a month of the timeline, the assets of a link. As values it takes four
/// to seven times as much, and a Worker has 128 MB; what may be longer is written page by page (`pages`) or handed on unread.
const LONGEST_ANSWER: usize = 12 * 1024 * 1024;

/// What a request says beside its body.
#[derive(Debug, Clone)]
pub struct Call {
    /// GET and so on.
    pub method: Method,
    /// Steps of the path behind `/api/`.
    pub steps: Vec<String>,
    /// Names and values of the query.
    pub query: Vec<(String, String)>,
    /// As they came, without what only belongs to the body.
    pub headers: HeaderMap,
    /// What stands before the steps: `/api/`, or `/` outside the API.
    folder: &'static str,
    /// Scheme and authority.
    origin: Uri,
}

impl Call {
    /// The request of these parts, whose path may begin with `/v2`.
    pub fn of(parts: &Parts) -> Self {
        let path = parts.uri.path();
        let path = path.strip_prefix(PREFIX).unwrap_or(path);
        let below = path.strip_prefix("/api/").unwrap_or(path);
        let mut headers = parts.headers.clone();
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::TRANSFER_ENCODING);
        // Answers are read here: as they are, not packed.
        headers.remove(header::ACCEPT_ENCODING);
        let query = parts.uri.query().unwrap_or_default();
        Self {
            method: parts.method.clone(),
            steps: below
                .trim_end_matches('/')
                .split('/')
                .map(str::to_owned)
                .collect(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers,
            folder: "/api/",
            origin: parts.uri.clone(),
        }
    }

    /// The same request at another place.
    #[must_use]
    pub fn at(mut self, method: Method, path: &str) -> Self {
        self.method = method;
        self.steps = path.split('/').map(str::to_owned).collect();
        self
    }

    /// A request of the same client for a file outside the API.
    pub fn outside(&self, method: Method, path: &str) -> Self {
        Self {
            folder: "/",
            ..self.aside(method, path)
        }
    }

    /// Another request of the same caller; of the query only how a shared link is named stays.
    pub fn aside(&self, method: Method, path: &str) -> Self {
        let mut query = self.query.clone();
        query.retain(|(name, _)| ["key", "slug", "sessionKey", "apiKey"].contains(&name.as_str()));
        let mut headers = self.headers.clone();
        headers.remove(header::CONTENT_TYPE);
        headers.remove(header::IF_NONE_MATCH);
        Self {
            method,
            steps: path.split('/').map(str::to_owned).collect(),
            query,
            headers,
            folder: "/api/",
            origin: self.origin.clone(),
        }
    }

    /// The steps of the path as texts, to be matched.
    pub fn path(&self) -> Vec<&str> {
        self.steps.iter().map(String::as_str).collect()
    }

    /// The value of a query parameter.
    pub fn asked(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The same call without this query parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.query.retain(|(key, _)| key != name);
        self
    }

    /// The same call with one query parameter more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Whether it comes through a shared link.
    pub fn has_link(&self) -> bool {
        let names = ["key", "slug"].map(|name| self.asked(name).is_some());
        let headers = ["x-immich-share-key", "x-immich-share-slug"]
            .map(|name| self.headers.contains_key(name));
        names.into_iter().chain(headers).any(|is_there| is_there)
    }

    /// Whether the body is JSON.
    pub fn is_json(&self) -> bool {
        is_json(&self.headers)
    }

    fn request(&self, body: SentBody) -> Result<http::Request<SentBody>> {
        let mut path = format!("{}{}", self.folder, self.steps.join("/"));
        if !self.query.is_empty() {
            let pairs = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&self.query)
                .finish();
            path = format!("{path}?{pairs}");
        }
        let mut parts = self.origin.clone().into_parts();
        parts.path_and_query = Some(path.parse().map_err(Error::internal)?);
        let uri = Uri::from_parts(parts).map_err(Error::internal)?;
        let mut request = http::Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    /// Sends it. Whatever the other function says is an answer.
    pub async fn send(&self, app: &App, body: SentBody) -> Result<http::Response<ObjectBody>> {
        let area = area::of(&self.steps);
        app.area(area, self.request(body)?).await
    }

    /// Sends it with a JSON body, or none for `null`.
    pub async fn ask(mut self, app: &App, body: &Value) -> Result<Answer> {
        let mut bytes = Bytes::new();
        if !body.is_null() {
            let json = HeaderValue::from_static("application/json");
            self.headers.insert(header::CONTENT_TYPE, json);
            bytes = body.to_string().into();
        }
        Answer::read(self.send(app, SentBody::Whole(bytes)).await?).await
    }
}

/// What addresses of this generation may begin with (docs/generations.md).
pub const PREFIX: &str = "/v2";

/// The answer of another function.
pub enum Answer {
    /// JSON, read; everything else of it as it came.
    Json(Box<http::response::Parts>, Value),
    /// Anything else, untouched.
    Other(Box<http::Response<ObjectBody>>),
}

impl Answer {
    /// Reads an answer if it is JSON.
    ///
    /// # Errors
    /// 400 for one that is too long to be put into other words.
    pub async fn read(answer: http::Response<ObjectBody>) -> Result<Self> {
        if !is_json(answer.headers()) {
            return Ok(Self::Other(Box::new(answer)));
        }
        let (parts, body) = answer.into_parts();
        let mut bytes = Vec::new();
        let mut chunks = body.into_stream();
        while let Some(chunk) = chunks.try_next().await? {
            if bytes.len() + chunk.len() > LONGEST_ANSWER {
                return Err(Error::bad_request(format!(
                    "The answer is longer than {} MB, which is too much for clients of this version",
                    LONGEST_ANSWER >> 20
                )));
            }
            bytes.extend_from_slice(&chunk);
        }
        if bytes.is_empty() {
            // The answer to HEAD, or that nothing has changed.
            let nothing = ObjectBody::Stream(Box::pin(stream::empty()));
            return Ok(Self::Other(Box::new(http::Response::from_parts(
                parts, nothing,
            ))));
        }
        let value = serde_json::from_slice(&bytes).map_err(Error::internal)?;
        Ok(Self::Json(Box::new(parts), value))
    }

    /// The value of a success; any other answer is to be handed on.
    pub fn success(self) -> std::result::Result<Value, Self> {
        match self {
            Self::Json(parts, value) if parts.status.is_success() => Ok(value),
            other => Err(other),
        }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Json(parts, _) => parts.status,
            Self::Other(answer) => answer.status(),
        }
    }

    /// As an answer to the client.
    pub fn into_response(self) -> Response {
        match self {
            Self::Json(mut parts, value) => {
                parts.headers.remove(header::CONTENT_LENGTH);
                // It named the words of today.
                parts.headers.remove(header::ETAG);
                http::Response::from_parts(*parts, Body::from(value.to_string()))
            }
            Self::Other(answer) => handed_on(*answer),
        }
    }
}

/// The JSON body of a request of `announced` bytes; `None` when it is none, with its bytes. Much of it is read only for those whom
/// `admit` lets.
///
/// # Errors
/// 413 and 400 as everywhere.
pub async fn json_of<F: Future<Output = Result<()>>>(
    body: Body,
    announced: usize,
    admit: impl FnOnce() -> F,
) -> Result<(Option<Value>, Bytes)> {
    let bytes = read_counted(body, announced, Limits::BULK, admit).await?;
    Ok((serde_json::from_slice(&bytes).ok(), bytes.into()))
}

/// Whether the body is JSON, and not lines of JSON (`application/jsonlines+json`).
pub fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_platform::ObjectError;

    #[test]
    fn an_answer_that_is_too_long_is_refused() {
        let of = |megabytes: usize| {
            let chunk = Bytes::from(vec![b' '; 1 << 20]);
            let chunks = (0..megabytes).map(move |_| Ok::<_, ObjectError>(chunk.clone()));
            let chunks = chunks.chain([Ok(Bytes::from_static(b"[]"))]);
            let body = ObjectBody::Stream(Box::pin(stream::iter(chunks)));
            let mut answer = http::Response::new(body);
            let json = HeaderValue::from_static("application/json");
            answer.headers_mut().insert(header::CONTENT_TYPE, json);
            edge_testkit::block_on(Answer::read(answer))
        };
        assert!(matches!(of(11), Ok(Answer::Json(..))));
        assert!(matches!(of(12), Err(Error::BadRequest(_))));
    }
}
