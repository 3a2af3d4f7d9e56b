//! The HTTP client: ureq on the blocking pool.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

use crate::{Http, HttpError, Limits};

/// An HTTP client with connection reuse and TLS (Mozilla's roots).
#[derive(Debug, Clone)]
pub struct HttpClient(ureq::Agent);

impl HttpClient {
    /// A client with its own connection pool.
    pub fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
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
    async fn fetch(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        let agent = self.0.clone();
        tokio::task::spawn_blocking(move || send(&agent, request, limits))
            .await
            .map_err(|error| HttpError::Unreachable(error.to_string()))?
    }
}

fn send(
    agent: &ureq::Agent,
    request: Request<Bytes>,
    limits: Limits,
) -> Result<Response<Bytes>, HttpError> {
    let (parts, body) = request.into_parts();
    let request = agent
        .configure_request(Request::from_parts(parts, body.to_vec()))
        .timeout_global(Some(limits.timeout))
        .build();
    let explain = |error| explain(error, limits);
    let answer = agent.run(request).map_err(explain)?;
    let (parts, body) = answer.into_parts();
    // The limit of the library counts one byte that is not there.
    let most = limits.bytes as u64 + 1;
    let bytes = body
        .into_with_config()
        .limit(most)
        .read_to_vec()
        .map_err(explain)?;
    if bytes.len() > limits.bytes {
        return Err(HttpError::TooLarge(limits.bytes));
    }
    Ok(Response::from_parts(parts, bytes.into()))
}

fn explain(error: ureq::Error, limits: Limits) -> HttpError {
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => HttpError::Invalid(error.to_string()),
        ureq::Error::Timeout(_) => HttpError::TimedOut(limits.timeout),
        ureq::Error::BodyExceedsLimit(_) => HttpError::TooLarge(limits.bytes),
        other => HttpError::Unreachable(other.to_string()),
    }
}
