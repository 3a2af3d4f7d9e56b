//! Errors and their one mapping to HTTP (api/auth.md section 11).

use std::borrow::Cow;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use edge_api::{error::Issue, permission::Permission};
use edge_platform::{DbError, ObjectError};
use http::StatusCode;
use serde_json::json;

/// Result of handlers and of everything they call in this layer.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that is not a success. Three sources: the caller's fault (with the contract's text), the
/// platform being down, and our own mistakes (logged, never shown).
#[derive(Debug)]
pub enum Error {
    /// 400 with a text.
    BadRequest(Cow<'static, str>),
    /// 400 `Validation failed` with the list of issues.
    Validation(Vec<Issue>),
    /// 401 with a text.
    Unauthorized(Cow<'static, str>),
    /// 403 with a text.
    Forbidden(Cow<'static, str>),
    /// 404 with a text: files and unknown routes only, never database objects.
    NotFound(Cow<'static, str>),
    /// 412: the file is not the one that the request is about (RFC 9110 section 13).
    PreconditionFailed,
    /// 413: the body is larger than the limit.
    PayloadTooLarge,
    /// 416: the byte range lies outside an object of this many bytes.
    RangeNotSatisfiable(u64),
    /// 429: too many failed logins from this address; a new try makes sense after so many seconds.
    TooManyLogins(u64),
    /// 429: more requests without an account than an address may send; a new try makes sense after so many seconds.
    TooManyRequests(u64),
    /// 501: listed in docs/api-coverage.md as not built.
    NotImplemented,
    /// 503: database, object store or machine learning service out of reach; the text goes to the log only.
    Unavailable(String),
    /// 500: our mistake; the text goes to the log only.
    Internal(String),
    /// 500 because of another server that an administrator must look after; the text is shown, and holds nothing secret.
    Upstream(String),
}

/// Cause of a 5xx answer, carried to the boundary where it is logged once.
#[derive(Debug, Clone)]
pub struct Cause(pub String);

impl Error {
    /// 400 with a text.
    pub fn bad_request(text: impl Into<Cow<'static, str>>) -> Self {
        Self::BadRequest(text.into())
    }

    /// 401 with a text.
    pub fn unauthorized(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Unauthorized(text.into())
    }

    /// 403 with a text.
    pub fn forbidden(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Forbidden(text.into())
    }

    /// 404 with a text.
    pub fn not_found(text: impl Into<Cow<'static, str>>) -> Self {
        Self::NotFound(text.into())
    }

    /// 400 with the contract's text for missing and foreign ids alike (api/auth.md section 7).
    pub fn no_access(permission: Permission) -> Self {
        Self::bad_request(format!("Not found or no {} access", permission.as_str()))
    }

    /// 500 with a cause for the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) | Self::Validation(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RangeNotSatisfiable(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::TooManyLogins(_) | Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) | Self::Upstream(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::BadRequest(text)
            | Self::Unauthorized(text)
            | Self::Forbidden(text)
            | Self::NotFound(text) => text.clone(),
            Self::Validation(_) => "Validation failed".into(),
            Self::Upstream(text) => text.clone().into(),
            Self::PreconditionFailed => "Precondition Failed".into(),
            Self::PayloadTooLarge => "request entity too large".into(),
            Self::RangeNotSatisfiable(_) => "Range Not Satisfiable".into(),
            Self::TooManyLogins(_) => "Too many failed login attempts, try again later".into(),
            Self::TooManyRequests(_) => "Too many requests, try again later".into(),
            Self::NotImplemented => "This operation is not built yet".into(),
            Self::Unavailable(_) => "Service temporarily unavailable".into(),
            // Replaced by `Failed to <operation>` at the boundary, which knows the route.
            Self::Internal(_) => "Internal server error".into(),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let body = match &self {
            Self::Validation(issues) => json!({ "message": self.message(), "errors": issues }),
            _ => json!({ "message": self.message() }),
        };
        let mut response = (self.status(), Json(body)).into_response();
        match self {
            Self::Unavailable(cause) | Self::Internal(cause) => {
                response.extensions_mut().insert(Cause(cause));
            }
            Self::RangeNotSatisfiable(size) => {
                if let Ok(value) = format!("bytes */{size}").parse() {
                    response
                        .headers_mut()
                        .insert(http::header::CONTENT_RANGE, value);
                }
            }
            Self::TooManyLogins(seconds) | Self::TooManyRequests(seconds) => {
                let headers = response.headers_mut();
                headers.insert(http::header::RETRY_AFTER, seconds.into());
            }
            _ => {}
        }
        response
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Busy(_) => Self::Unavailable(error.to_string()),
            // Our statements insert only beside rows that they have just read: somebody deleted one meanwhile.
            DbError::ForeignKey(_) => Self::bad_request("Not found"),
            DbError::Conflict(_) | DbError::Other(_) => Self::internal(error),
        }
    }
}

impl From<ObjectError> for Error {
    fn from(error: ObjectError) -> Self {
        match error {
            // A bucket that this function is not told of: its objects cannot be read now, like those of one that is away.
            ObjectError::Unavailable(_) | ObjectError::NoBucket(_) => {
                Self::Unavailable(error.to_string())
            }
            ObjectError::Range | ObjectError::ReadOnly(_) | ObjectError::Other(_) => {
                Self::internal(error)
            }
        }
    }
}

impl From<Vec<Issue>> for Error {
    fn from(issues: Vec<Issue>) -> Self {
        Self::Validation(issues)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_status_and_never_shows_a_cause() {
        let table: [(Error, u16); 11] = [
            (Error::bad_request("x"), 400),
            (Error::unauthorized("x"), 401),
            (Error::forbidden("x"), 403),
            (Error::not_found("x"), 404),
            (Error::PreconditionFailed, 412),
            (Error::PayloadTooLarge, 413),
            (Error::TooManyRequests(9), 429),
            (Error::NotImplemented, 501),
            (DbError::Busy("secret".into()).into(), 503),
            (DbError::ForeignKey("secret".into()).into(), 400),
            (DbError::Other("secret".into()).into(), 500),
        ];
        for (error, status) in table {
            assert!(!error.message().contains("secret"));
            assert_eq!(error.into_response().status().as_u16(), status);
        }
    }
}
