//! The body of `POST /download/archive`: JSON, or a form of a page that works without JavaScript (functions/shared-links).

use axum::extract::{FromRequest, Request};
use edge_api::{download::DownloadArchive, input};
use edge_http::{Error, Result, Valid, extract::read_limited};
use http::{HeaderMap, header};

/// Longest form that is read, bytes; pages name 60 assets.
const LONGEST: usize = 16 << 10;

/// What goes into an archive.
pub struct Asked(pub DownloadArchive);

impl<S: Send + Sync> FromRequest<S> for Asked {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        if !is_form(request.headers()) {
            let Valid(body) = Valid::<DownloadArchive>::from_request(request, state).await?;
            return Ok(Self(body));
        }
        let bytes = read_limited(request.into_body(), LONGEST).await?;
        // Forms are ASCII; of other bytes no rule is satisfied.
        Ok(Self(input::from_query(&String::from_utf8_lossy(&bytes))?))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|text| text.starts_with("application/x-www-form-urlencoded"))
}
