//! What a bucket answers, as far as reading needs it.

use std::time::UNIX_EPOCH;

use http::{HeaderMap, HeaderName, Response, header};

use super::words;
use crate::{ByteRange, Object, ObjectBody, ObjectError, ObjectMeta};

/// Longest error.
const ERROR: usize = 64 * 1024;

/// A bucket that cannot be read now.
pub(super) fn other(text: impl Into<String>) -> ObjectError {
    ObjectError::Unavailable(text.into())
}

/// The code of an error. Its other words may name keys.
async fn code(answer: Response<ObjectBody>) -> Option<String> {
    let bytes = answer.into_body().collect(ERROR).await.ok()?;
    let text = String::from_utf8_lossy(&bytes);
    words::code(&text).map(str::to_owned)
}

/// That a bucket did not answer with what it was asked for.
pub(super) async fn refused(answer: Response<ObjectBody>) -> ObjectError {
    let status = answer.status();
    if status.is_redirection() {
        return other(format!("answered {status}, and redirects are not followed"));
    }
    let code = code(answer).await.unwrap_or_default();
    other(format!("answered {status} {code}").trim_end().to_owned())
}

/// Whether a 404 is about the object. Errors: it is about the bucket, or nobody knows what about.
pub(super) async fn missing(answer: Response<ObjectBody>) -> Result<(), ObjectError> {
    match code(answer).await.as_deref() {
        Some("NoSuchKey") => Ok(()),
        code => Err(other(format!(
            "answered 404 {}",
            code.unwrap_or("without a reason")
        ))),
    }
}

/// The object of an answer with its bytes.
pub(super) fn object(
    answer: Response<ObjectBody>,
    range: Option<ByteRange>,
) -> Result<Object, ObjectError> {
    let headers = answer.headers();
    let is_packed = headers.get(header::CONTENT_ENCODING).is_some_and(|coding| {
        !coding.is_empty() && coding != "identity" && coding != "aws-chunked"
    });
    if is_packed {
        return Err(ObjectError::Other("the object is stored packed".to_owned()));
    }
    let length = length(headers)?;
    let (size, span) = match range {
        None => (length, (0, length)),
        Some(range) => {
            let is_part = headers.contains_key(header::CONTENT_RANGE);
            let size = if is_part {
                whole_size(headers)?
            } else {
                length
            };
            (size, range.resolve(size).ok_or(ObjectError::Range)?)
        }
    };
    if span.1 != length {
        return Err(other("gave other bytes than those asked for"));
    }
    Ok(Object {
        meta: facts(headers, size),
        range: span,
        body: answer.into_body(),
    })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// `Content-Length`, which S3 always sends.
pub(super) fn length(headers: &HeaderMap) -> Result<u64, ObjectError> {
    let length = text(headers, header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    length.ok_or_else(|| other("sent no Content-Length"))
}

/// The size of the whole object behind `Content-Range: bytes 0-9/100`.
pub(super) fn whole_size(headers: &HeaderMap) -> Result<u64, ObjectError> {
    let range = text(headers, header::CONTENT_RANGE).and_then(|text| text.rsplit_once('/'));
    let size = range.and_then(|(_, size)| size.parse().ok());
    size.ok_or_else(|| other("sent no size in Content-Range"))
}

/// What the headers say of an object of this size.
pub(super) fn facts(headers: &HeaderMap, size: u64) -> ObjectMeta {
    let modified = text(headers, header::LAST_MODIFIED)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .and_then(|date| date.duration_since(UNIX_EPOCH).ok());
    let etag = text(headers, header::ETAG).unwrap_or_default();
    ObjectMeta {
        size,
        etag: etag.trim_start_matches("W/").trim_matches('"').to_owned(),
        modified: modified.map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or_default()
        }),
    }
}
