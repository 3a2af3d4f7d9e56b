//! The way to other buckets: outbound HTTP, to the hosts that spin.toml names.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use spin_sdk::wasip3::http::types::ErrorCode;

use super::fetch;
use crate::{HttpError, ObjectBody, external::Outward};

/// Outbound HTTP, whose answers stay streams of the host.
pub struct SpinOutward;

#[async_trait]
impl Outward for SpinOutward {
    async fn send(&self, request: Request<()>) -> Result<Response<ObjectBody>, HttpError> {
        let answer = fetch::send(request.map(|()| Bytes::new())).await;
        let answer = answer.map_err(|error| match error {
            ErrorCode::HttpRequestDenied => {
                HttpError::Invalid("external_host does not allow this host".to_owned())
            }
            error => HttpError::Unreachable(error.to_string()),
        })?;
        let mut response = Response::new(ObjectBody::Native(answer.body));
        *response.status_mut() = StatusCode::from_u16(answer.status)
            .map_err(|error| HttpError::Unreachable(error.to_string()))?;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}
