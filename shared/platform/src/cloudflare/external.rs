//! Other buckets of a Worker: bindings, else S3 through the runtime's `fetch`.

use std::{pin::pin, sync::Arc};

use async_trait::async_trait;
use futures::future::{Either, select};
use http::{Request, Response, StatusCode, header};
use worker::{
    AbortController, AbortSignal, Delay, Env, Fetch, Headers, Method, RequestInit, RequestRedirect,
    ResponseBody,
    send::{SendFuture, SendWrapper},
};

use super::{NativeBody, R2, binding};
use crate::{
    HttpError, ObjectBody, ObjectError, Variables,
    external::{Buckets, NamedBuckets, Other, Outward, THINK, is_name},
};

/// The buckets of a Worker: `nas` is its R2 binding `EXTERNAL_BUCKET_NAS` where the variable says so (`r2`), else S3. A binding that the
/// variable does not name is none: nobody knows what the keys in it begin with, and files would be taken for gone.
pub struct BoundBuckets {
    env: SendWrapper<Env>,
    named: NamedBuckets,
}

impl BoundBuckets {
    /// Those of this environment.
    pub fn new(env: &Env, variables: Arc<dyn Variables>) -> Self {
        let clock = Arc::new(super::WorkersClock);
        Self {
            env: SendWrapper::new(env.clone()),
            named: NamedBuckets::new(variables, clock, Arc::new(Fetching)),
        }
    }

    /// The binding of a bucket, if there is one.
    fn bound(&self, name: &str) -> Option<String> {
        if !is_name(name) {
            return None;
        }
        let bound = format!("EXTERNAL_BUCKET_{}", name.replace('-', "_").to_uppercase());
        binding(&self.env.0, &bound).map(|_| bound)
    }

    async fn look(&self, name: &str) -> Result<Option<Other>, ObjectError> {
        let written = self.named.configured(name).await?;
        let written = written.filter(|written| written.is_bound());
        let Some((written, bound)) = written.zip(self.bound(name)) else {
            return self.named.find(name).await;
        };
        Ok(Some(Other {
            prefix: written.prefix(),
            store: Arc::new(R2::new(&self.env.0, &bound)),
        }))
    }
}

#[async_trait]
impl Buckets for BoundBuckets {
    async fn find(&self, name: &str) -> Result<Option<Other>, ObjectError> {
        SendFuture::new(self.look(name)).await
    }
}

/// The runtime's `fetch`, whose answers stay streams.
struct Fetching;

#[async_trait]
impl Outward for Fetching {
    async fn send(&self, request: Request<()>) -> Result<Response<ObjectBody>, HttpError> {
        SendFuture::new(in_time(request)).await
    }
}

async fn in_time(request: Request<()>) -> Result<Response<ObjectBody>, HttpError> {
    let controller = AbortController::default();
    let signal = controller.signal();
    let answer = pin!(send(request, &signal));
    match select(answer, pin!(Delay::from(THINK))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            controller.abort();
            Err(HttpError::TimedOut(THINK))
        }
    }
}

async fn send(
    request: Request<()>,
    signal: &AbortSignal,
) -> Result<Response<ObjectBody>, HttpError> {
    let (parts, ()) = request.into_parts();
    let mut init = RequestInit::new();
    init.with_method(Method::from(parts.method.as_str().to_owned()))
        .with_headers(Headers::from(&parts.headers))
        .with_redirect(RequestRedirect::Manual);
    let request = worker::Request::new_with_init(&parts.uri.to_string(), &init)
        .map_err(|error| HttpError::Invalid(error.to_string()))?;
    let answer = Fetch::Request(request).send_with_signal(signal).await;
    let answer = answer.map_err(|error| HttpError::Unreachable(error.to_string()))?;
    let headers: http::HeaderMap = answer.headers().into();
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let mut response = Response::new(body(&answer, length));
    *response.status_mut() = StatusCode::from_u16(answer.status_code())
        .map_err(|error| HttpError::Unreachable(error.to_string()))?;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The body of an answer. Of one whose length nobody knows the bytes are counted as they come.
fn body(answer: &worker::Response, length: Option<u64>) -> ObjectBody {
    match (answer.body(), length) {
        (ResponseBody::Stream(stream), Some(length)) => {
            ObjectBody::Native(NativeBody::of(stream.clone(), length))
        }
        (ResponseBody::Stream(stream), None) => {
            ObjectBody::Stream(NativeBody::of(stream.clone(), 0).into_stream())
        }
        _ => ObjectBody::Stream(Box::pin(futures::stream::empty())),
    }
}
