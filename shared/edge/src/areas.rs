//! Requests to the functions that answer clients, and their answers handed on (docs/generations.md).

use axum::body::Body;
use edge_platform::{HttpError, ObjectBody, SentBody};
use http::StatusCode;

use crate::{App, Error, Response, Result, media::of_body};

impl App {
    /// The answer of another function, whatever its status is.
    ///
    /// # Errors
    /// 503 when it cannot be reached.
    pub async fn area(
        &self,
        area: &str,
        request: http::Request<SentBody>,
    ) -> Result<http::Response<ObjectBody>> {
        let areas = self.areas.as_ref();
        let areas = areas.ok_or_else(|| Error::internal("this function was given no others"))?;
        let answer = areas.call(area, request).await;
        answer.map_err(|error| match error {
            HttpError::Invalid(_) => Error::internal(error),
            _ => Error::Unavailable(error.to_string()),
        })
    }
}

/// Hands an answer on as it is; its bytes do not pass through our memory where the platform can do that.
pub fn handed_on(answer: http::Response<ObjectBody>) -> Response {
    let (parts, body) = answer.into_parts();
    // Workers refuse a body for these, even an empty stream.
    let has_none = [
        StatusCode::NO_CONTENT,
        StatusCode::RESET_CONTENT,
        StatusCode::NOT_MODIFIED,
    ];
    let mut response = if has_none.contains(&parts.status) {
        Response::new(Body::empty())
    } else {
        of_body(body)
    };
    *response.status_mut() = parts.status;
    *response.headers_mut() = parts.headers;
    response
}
