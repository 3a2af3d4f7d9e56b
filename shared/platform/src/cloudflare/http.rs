//! Outbound HTTP through the runtime's `fetch`.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use worker::{Fetch, Headers, Method, RequestInit, js_sys::Uint8Array, send::SendFuture};

use crate::{Http, HttpError};

/// The runtime's `fetch`.
#[derive(Debug, Clone, Copy, Default)]
pub struct WorkersHttp;

#[async_trait]
impl Http for WorkersHttp {
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        SendFuture::new(send(request)).await
    }
}

async fn send(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (parts, body) = request.into_parts();
    let mut init = RequestInit::new();
    init.with_method(Method::from(parts.method.as_str().to_owned()))
        .with_headers(Headers::from(&parts.headers));
    if !body.is_empty() {
        init.with_body(Some(Uint8Array::from(&*body).into()));
    }
    let request = worker::Request::new_with_init(&parts.uri.to_string(), &init)
        .map_err(|error| HttpError::Invalid(error.to_string()))?;
    let mut answer = Fetch::Request(request).send().await.map_err(unreachable)?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::from_u16(answer.status_code())
        .map_err(|error| HttpError::Unreachable(error.to_string()))?;
    *response.headers_mut() = answer.headers().into();
    *response.body_mut() = answer.bytes().await.map_err(unreachable)?.into();
    Ok(response)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn unreachable(error: worker::Error) -> HttpError {
    HttpError::Unreachable(error.to_string())
}
