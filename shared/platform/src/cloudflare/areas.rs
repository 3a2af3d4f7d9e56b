//! The Workers that answer clients, by service bindings: `AREA_SHARED_LINKS` for `shared-links`.

use async_trait::async_trait;
use http::{Response, StatusCode, header};
use worker::{
    Env, Headers, Method, RequestInit, ResponseBody,
    js_sys::Uint8Array,
    send::{SendFuture, SendWrapper},
};

use super::NativeBody;
use crate::{Areas, HttpError, ObjectBody, SentBody};

/// The Workers that this one has bindings to.
pub struct BoundAreas(SendWrapper<Env>);

/// `AREA_` sets them apart from queues, of which some are called like functions.
fn binding(area: &str) -> String {
    format!("AREA_{}", area.replace('-', "_").to_uppercase())
}

impl BoundAreas {
    /// Those of this environment.
    pub fn new(env: &Env) -> Self {
        Self(SendWrapper::new(env.clone()))
    }

    async fn send(
        &self,
        area: &str,
        request: http::Request<SentBody>,
    ) -> Result<Response<ObjectBody>, worker::Error> {
        let service = self.0.service(&binding(area))?;
        let (parts, body) = request.into_parts();
        let mut init = RequestInit::new();
        init.with_method(Method::from(parts.method.as_str().to_owned()))
            .with_headers(Headers::from(&parts.headers))
            .with_redirect(worker::RequestRedirect::Manual);
        match body {
            SentBody::Whole(bytes) if bytes.is_empty() => {}
            SentBody::Whole(bytes) => {
                init.with_body(Some(Uint8Array::from(&*bytes).into()));
            }
            SentBody::Stream(stream) => {
                let stream = worker::Body::from_stream(stream)?.into_inner();
                init.with_body(stream.map(Into::into));
            }
        }
        let request = worker::Request::new_with_init(&parts.uri.to_string(), &init)?;
        let answer = worker::Response::try_from(service.fetch_request(request).await?)?;
        answered(&answer)
    }
}

fn answered(answer: &worker::Response) -> Result<Response<ObjectBody>, worker::Error> {
    let headers: http::HeaderMap = answer.headers().into();
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let status = StatusCode::from_u16(answer.status_code())
        .map_err(|error| worker::Error::RustError(error.to_string()))?;
    let body = match answer.body() {
        ResponseBody::Stream(stream) => {
            ObjectBody::Native(NativeBody::of(stream.clone(), length.unwrap_or_default()))
        }
        _ => ObjectBody::Stream(Box::pin(futures::stream::empty())),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

#[async_trait]
impl Areas for BoundAreas {
    async fn call(
        &self,
        area: &str,
        request: http::Request<SentBody>,
    ) -> Result<Response<ObjectBody>, HttpError> {
        SendFuture::new(self.send(area, request))
            .await
            .map_err(|error| HttpError::Unreachable(format!("{area}: {error}")))
    }
}
