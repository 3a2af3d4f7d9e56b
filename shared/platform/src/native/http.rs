//! The HTTP client: ureq on the blocking pool.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

use crate::{Http, HttpError};

/// An HTTP client with connection reuse, TLS (Mozilla's roots) and a limit of 30 seconds a request.
#[derive(Debug, Clone)]
pub struct HttpClient(ureq::Agent);

impl HttpClient {
    /// A client with its own connection pool.
    pub fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            .http_status_as_error(false)
            .build();
        Self(config.new_agent())
    }
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Http for HttpClient {
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let agent = self.0.clone();
        tokio::task::spawn_blocking(move || send(&agent, request))
            .await
            .map_err(|error| HttpError::Unreachable(error.to_string()))?
    }
}

fn send(agent: &ureq::Agent, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (parts, body) = request.into_parts();
    let answer = agent
        .run(Request::from_parts(parts, body.to_vec()))
        .map_err(explain)?;
    let (parts, mut body) = answer.into_parts();
    let bytes = body.read_to_vec().map_err(explain)?;
    Ok(Response::from_parts(parts, bytes.into()))
}

fn explain(error: ureq::Error) -> HttpError {
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => HttpError::Invalid(error.to_string()),
        other => HttpError::Unreachable(other.to_string()),
    }
}
