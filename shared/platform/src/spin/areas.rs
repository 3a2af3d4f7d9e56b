//! The other components of this application, by service chaining.

use async_trait::async_trait;
use http::{Request, Response, StatusCode, Uri, header, uri::Authority};

use super::fetch;
use crate::{Areas, HttpError, ObjectBody, SentBody};

/// Calls `http://<area>.spin.internal`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Components;

#[async_trait]
impl Areas for Components {
    async fn call(
        &self,
        area: &str,
        request: Request<SentBody>,
    ) -> Result<Response<ObjectBody>, HttpError> {
        let (mut parts, body) = request.into_parts();
        let invalid = |error: http::Error| HttpError::Invalid(error.to_string());
        let authority: Authority = format!("{area}.spin.internal")
            .parse()
            .map_err(|error: http::uri::InvalidUri| invalid(error.into()))?;
        let path = parts.uri.path_and_query().cloned();
        let mut uri = Uri::builder().scheme("http").authority(authority);
        if let Some(path) = path {
            uri = uri.path_and_query(path);
        }
        parts.uri = uri.build().map_err(invalid)?;
        parts.headers.remove(header::HOST);
        let answer = fetch::send_any(Request::from_parts(parts, body))
            .await
            .map_err(|error| HttpError::Unreachable(format!("{area}: {error}")))?;
        let mut response = Response::new(ObjectBody::Native(answer.body));
        *response.status_mut() = StatusCode::from_u16(answer.status)
            .map_err(|error| HttpError::Unreachable(error.to_string()))?;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}
