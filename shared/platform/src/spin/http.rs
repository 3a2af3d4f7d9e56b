//! The HTTP client: outbound requests, limited to the hosts that spin.toml names.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use spin_sdk::wasip3::http::types::ErrorCode;
use url::Url;

use super::fetch;
use crate::{Http, HttpError, ObjectBody};

/// Largest answer that is collected, in bytes.
const LIMIT: usize = 10 * 1024 * 1024;
/// Redirects that are followed.
const REDIRECTS: usize = 5;

/// Outbound HTTP.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpinHttp;

#[async_trait]
impl Http for SpinHttp {
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut request = request;
        for _ in 0..REDIRECTS {
            let answer = fetch::send(request.clone()).await.map_err(explain)?;
            if let Some(next) = redirected(&request, &answer)? {
                request = next;
                continue;
            }
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::from_u16(answer.status).map_err(broken)?;
            *response.headers_mut() = answer.headers;
            let body = ObjectBody::Native(answer.body).collect(LIMIT).await;
            *response.body_mut() = body.map_err(broken)?;
            return Ok(response);
        }
        Err(HttpError::Invalid(format!(
            "more than {REDIRECTS} redirects"
        )))
    }
}

/// The request that a redirect asks for (RFC 9110 section 15.4), if the answer is one.
fn redirected(
    request: &Request<Bytes>,
    answer: &fetch::Answer,
) -> Result<Option<Request<Bytes>>, HttpError> {
    let Some(place) = answer.header(header::LOCATION) else {
        return Ok(None);
    };
    let keeps_method = match answer.status {
        307 | 308 => true,
        301..=303 => request.method() == Method::GET || request.method() == Method::HEAD,
        _ => return Ok(None),
    };
    let base = Url::parse(&request.uri().to_string()).map_err(invalid)?;
    let target = base.join(place).map_err(invalid)?;
    let mut next = request.clone();
    *next.uri_mut() = target.as_str().parse().map_err(invalid)?;
    if target.origin() != base.origin() {
        next.headers_mut().remove(header::AUTHORIZATION);
        next.headers_mut().remove(header::COOKIE);
    }
    if !keeps_method {
        *next.method_mut() = Method::GET;
        *next.body_mut() = Bytes::new();
    }
    Ok(Some(next))
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn broken(error: impl ToString) -> HttpError {
    HttpError::Unreachable(error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn invalid(error: impl ToString) -> HttpError {
    HttpError::Invalid(error.to_string())
}

fn explain(error: ErrorCode) -> HttpError {
    match error {
        ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestDenied => invalid(error),
        other => broken(other),
    }
}
