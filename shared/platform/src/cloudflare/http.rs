//! Outbound HTTP through the runtime's `fetch`.

use std::pin::pin;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{
    StreamExt as _,
    future::{Either, select},
};
use http::{Request, Response, StatusCode};
use worker::{
    AbortController, AbortSignal, Delay, Fetch, Headers, Method, RequestInit, RequestRedirect,
    js_sys::Uint8Array, send::SendFuture,
};

use crate::{Http, HttpError, Limits};

/// The runtime's `fetch`.
#[derive(Debug, Clone, Copy, Default)]
pub struct WorkersHttp;

#[async_trait]
impl Http for WorkersHttp {
    async fn fetch(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        SendFuture::new(in_time(request, limits)).await
    }
}

async fn in_time(request: Request<Bytes>, limits: Limits) -> Result<Response<Bytes>, HttpError> {
    let controller = AbortController::default();
    let signal = controller.signal();
    let answer = pin!(send(request, limits.bytes, &signal));
    match select(answer, pin!(Delay::from(limits.timeout))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            controller.abort();
            Err(HttpError::TimedOut(limits.timeout))
        }
    }
}

async fn send(
    request: Request<Bytes>,
    most: usize,
    signal: &AbortSignal,
) -> Result<Response<Bytes>, HttpError> {
    let (parts, body) = request.into_parts();
    let mut init = RequestInit::new();
    init.with_method(Method::from(parts.method.as_str().to_owned()))
        .with_headers(Headers::from(&parts.headers))
        .with_redirect(RequestRedirect::Manual);
    if !body.is_empty() {
        init.with_body(Some(Uint8Array::from(&*body).into()));
    }
    let request = worker::Request::new_with_init(&parts.uri.to_string(), &init)
        .map_err(|error| HttpError::Invalid(error.to_string()))?;
    let answer = Fetch::Request(request).send_with_signal(signal).await;
    let mut answer = answer.map_err(unreachable)?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::from_u16(answer.status_code())
        .map_err(|error| HttpError::Unreachable(error.to_string()))?;
    *response.headers_mut() = answer.headers().into();
    *response.body_mut() = collect(&mut answer, most).await?;
    Ok(response)
}

/// The body, if it is no longer than `most` bytes.
async fn collect(answer: &mut worker::Response, most: usize) -> Result<Bytes, HttpError> {
    let worker::ResponseBody::Stream(_) = answer.body() else {
        return Ok(answer.bytes().await.map_err(unreachable)?.into());
    };
    let mut bytes = BytesMut::new();
    let mut chunks = answer.stream().map_err(unreachable)?;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(unreachable)?;
        if bytes.len() + chunk.len() > most {
            return Err(HttpError::TooLarge(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn unreachable(error: worker::Error) -> HttpError {
    HttpError::Unreachable(error.to_string())
}
