//! What was sent: validated bodies, queries and path parameters (api/auth.md section 11).

use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use bytes::Bytes;
use edge_api::{
    id::IdType,
    input::{self, Input, Limits, Scan, TooMuch},
};
use futures::StreamExt as _;
use http::{HeaderMap, header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;

use crate::{Error, Result, auth::Pending};

/// As much is read of a body before anybody is asked who sends it, bytes; where nobody need say who he is, it is all
/// (docs/decisions/0006-gateway-and-bodies.md).
const UNASKED: usize = 64 * 1024;

/// A JSON body that passed validation. What it may hold is limited ([`Input::LIMITS`]) and counted while it arrives; nothing
/// is built of one that holds more.
pub struct Valid<T>(pub T);

/// A query string that passed validation.
pub struct ValidQuery<T>(pub T);

/// The path parameter `{id}`: a UUID v4.
pub struct Id<T>(pub T);

/// All path parameters, for routes with more than `{id}`.
pub struct Params(Vec<(String, String)>);

impl Params {
    /// The raw text of a parameter; empty when the route has none of that name.
    pub fn text(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// A parameter that must be a UUID v4.
    pub fn id<T: IdType>(&self, name: &str) -> Result<T> {
        Ok(input::from_path(name, self.text(name))?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|error| Error::bad_request(error.to_string()))?;
        Ok(Self(
            params
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        ))
    }
}

impl<T: IdType, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        Params::from_request_parts(parts, state)
            .await?
            .id("id")
            .map(Self)
    }
}

impl<T: Input, S: Send + Sync> FromRequestParts<S> for ValidQuery<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        Ok(Self(input::from_query(
            parts.uri.query().unwrap_or_default(),
        )?))
    }
}

impl<T: Input, S: Send + Sync> FromRequest<S> for Valid<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _state: &S) -> Result<Self> {
        let value = read_json(request, T::LIMITS).await?;
        Ok(Self(input::from_json(&value)?))
    }
}

/// The JSON body of a request; a missing or foreign body counts as `{}`, as with the official server.
async fn read_json(request: Request, limits: Limits) -> Result<Value> {
    let (parts, body) = request.into_parts();
    let empty = || Value::Object(serde_json::Map::new());
    if !is_json(&parts.headers) {
        return Ok(empty());
    }
    let caller = parts.extensions.get::<Pending>().cloned();
    let admit = || async move { caller.unwrap_or_default().admit_large().await };
    let bytes = read_counted(body, announced(&parts.headers), limits, admit).await?;
    if bytes.is_empty() {
        return Ok(empty());
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Error::bad_request(format!("Invalid JSON: {error}")))
}

/// The length that a body is said to have, bytes; 0 where nothing is said.
pub fn announced(headers: &HeaderMap) -> usize {
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    length.unwrap_or(0)
}

/// Reads a JSON body of `announced` bytes or another length, as long as it stays within the limits. Beyond 64 KB only for those
/// whom `admit`, which is asked once, lets; not at all when more than the limit is announced. Errors: why the caller may not, 413
/// and 400.
pub async fn read_counted<F: Future<Output = Result<()>>>(
    body: axum::body::Body,
    announced: usize,
    limits: Limits,
    admit: impl FnOnce() -> F,
) -> Result<Vec<u8>> {
    let mut unasked = Some(admit);
    let mut scan = Scan::new(limits);
    let mut bytes = Vec::new();
    if announced > limits.bytes {
        ask_once(&mut unasked).await?;
        return Err(Error::PayloadTooLarge);
    }
    if announced > UNASKED {
        ask_once(&mut unasked).await?;
    }
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk =
            chunk.map_err(|error| Error::bad_request(format!("request aborted: {error}")))?;
        if bytes.len() + chunk.len() > UNASKED {
            ask_once(&mut unasked).await?;
        }
        scan.feed(&chunk).map_err(|too_much| match too_much {
            TooMuch::Bytes | TooMuch::Values => Error::PayloadTooLarge,
            TooMuch::Depth => Error::bad_request("Invalid JSON: nested too deeply"),
        })?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn ask_once<F: Future<Output = Result<()>>>(
    unasked: &mut Option<impl FnOnce() -> F>,
) -> Result<()> {
    match unasked.take() {
        Some(ask) => ask().await,
        None => Ok(()),
    }
}

/// Reads a body of at most `limit` bytes. Errors: 413 when it is longer, 400 when it breaks off.
pub async fn read_limited(body: axum::body::Body, limit: usize) -> Result<Bytes> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::PayloadTooLarge),
        Err(error) => Err(Error::bad_request(format!("request aborted: {error}"))),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|text| {
        let kind = text
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        kind == "application/json" || kind.ends_with("+json")
    })
}

/// A field of a form as browsers send it (`application/x-www-form-urlencoded`).
pub fn form_value(body: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(body)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
