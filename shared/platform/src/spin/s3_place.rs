//! Where the bucket is, who may use it, and how S3 is asked.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, Method, Request};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use spin_sdk::wasip3::http::types::ErrorCode;
use url::Url;

use super::{
    fetch::{self, Answer},
    variable,
};
use crate::{ObjectBody, ObjectError};

/// How long a signed address is valid: as long as a large part may take to be sent.
const VALID: Duration = Duration::from_secs(15 * 60);
/// Largest answer other than an object's bytes: 1000 keys of at most 1024 bytes in XML, escaped.
const LIMIT: usize = 8 * 1024 * 1024;

/// A bucket and who may use it.
pub(super) struct Place {
    pub bucket: Bucket,
    pub credentials: Credentials,
}

impl Place {
    pub async fn load() -> Result<Self, ObjectError> {
        let (endpoint, region, bucket, key, secret) = futures::join!(
            variable("s3_endpoint"),
            variable("s3_region"),
            variable("s3_bucket"),
            variable("s3_access_key"),
            variable("s3_secret_key"),
        );
        let wrong = |error: String| {
            ObjectError::Other(format!(
                "variables s3_… of this component (spin.toml): {error}"
            ))
        };
        let endpoint = Url::parse(&endpoint).map_err(|error| wrong(error.to_string()))?;
        let bucket = Bucket::new(endpoint, UrlStyle::Path, bucket, region);
        Ok(Self {
            bucket: bucket.map_err(|error| wrong(error.to_string()))?,
            credentials: Credentials::new(key, secret),
        })
    }

    /// Signs an action and sends it with these headers and bytes.
    pub async fn send<'a, A: S3Action<'a>>(
        &self,
        action: &A,
        headers: &[(HeaderName, &str)],
        body: Bytes,
    ) -> Result<Answer, ObjectError> {
        let method = Method::from_bytes(A::METHOD.to_str().as_bytes()).map_err(other)?;
        let mut request = Request::builder()
            .method(method)
            .uri(action.sign(VALID).as_str());
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let answer = fetch::send(request.body(body).map_err(other)?).await;
        answer.map_err(|error| match error {
            ErrorCode::HttpRequestDenied => other("s3_endpoint is not an allowed outbound host"),
            error => ObjectError::Unavailable(error.to_string()),
        })
    }
}

/// An answer with status 2xx, or the error that it is.
pub(super) async fn success(answer: Answer) -> Result<Answer, ObjectError> {
    let status = answer.status;
    if (200..300).contains(&status) {
        return Ok(answer);
    }
    let words = text(answer).await.unwrap_or_default();
    let words: String = words.chars().take(500).collect();
    let words = format!("S3 answered {status}: {words}");
    Err(if status >= 500 || status == 429 {
        ObjectError::Unavailable(words)
    } else {
        ObjectError::Other(words)
    })
}

/// The body of an answer as text.
pub(super) async fn text(answer: Answer) -> Result<String, ObjectError> {
    let bytes = ObjectBody::Native(answer.body).collect(LIMIT).await?;
    String::from_utf8(bytes.into()).map_err(other)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
pub(super) fn other(error: impl ToString) -> ObjectError {
    ObjectError::Other(error.to_string())
}
