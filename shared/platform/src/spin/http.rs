//! The HTTP client: outbound requests, limited to the hosts that spin.toml names.

use std::pin::pin;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{
    StreamExt as _,
    future::{Either, select},
};
use http::{Request, Response, StatusCode};
use spin_sdk::wasip3::http::types::ErrorCode;

use super::fetch;
use crate::{Http, HttpError, Limits, ObjectBody};

/// Outbound HTTP.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpinHttp;

#[async_trait]
impl Http for SpinHttp {
    async fn fetch(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        let answer = pin!(send(request, limits));
        match select(answer, pin!(spin_sdk::time::sleep(limits.timeout))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(HttpError::TimedOut(limits.timeout)),
        }
    }
}

async fn send(request: Request<Bytes>, limits: Limits) -> Result<Response<Bytes>, HttpError> {
    let answer = fetch::send_within(request, limits.timeout).await;
    let answer = answer.map_err(|error| explain(error, limits))?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(broken)?;
    *response.headers_mut() = answer.headers;
    let mut bytes = BytesMut::new();
    let mut chunks = ObjectBody::Native(answer.body).into_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(broken)?;
        if bytes.len() + chunk.len() > limits.bytes {
            return Err(HttpError::TooLarge(limits.bytes));
        }
        bytes.extend_from_slice(&chunk);
    }
    *response.body_mut() = bytes.freeze();
    Ok(response)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn broken(error: impl ToString) -> HttpError {
    HttpError::Unreachable(error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn invalid(error: impl ToString) -> HttpError {
    HttpError::Invalid(error.to_string())
}

fn explain(error: ErrorCode, limits: Limits) -> HttpError {
    match error {
        // The host's clock was quicker than ours.
        ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => {
            HttpError::TimedOut(limits.timeout)
        }
        ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestDenied => invalid(error),
        other => broken(other),
    }
}
