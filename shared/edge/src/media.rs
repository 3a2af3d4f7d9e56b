//! Objects as HTTP answers: ranges, validators, cache headers (api/assets.md sections 4 to 6; RFC 9110).

use axum::{body::Body, response::IntoResponse};
use edge_platform::{ByteRange, Object, ObjectBody, ObjectError, ObjectMeta};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::percent_encode_byte;

use crate::{
    App, Error, Response, Result,
    conditions::{self, Verdict},
};

/// Cache rule of renditions and originals (api/assets.md section 4).
pub const CACHE_PRIVATE: &str =
    "private, max-age=86400, no-transform, stale-while-revalidate=2592000, stale-if-error=2592000";

/// How an object is to be served.
pub struct Delivery<'a> {
    /// Key in the object store.
    pub key: &'a str,
    /// `Content-Type`.
    pub content_type: &'a str,
    /// Name in `Content-Disposition: inline`, if one is to be sent.
    pub file_name: Option<String>,
    /// `Cache-Control`, if one is to be sent.
    pub cache: Option<&'static str>,
    /// Text of the 404 when the object is missing.
    pub missing: &'static str,
}

/// Serves an object, whole or in part, 304 when the client has it, or 412. HEAD answers carry the same headers.
pub async fn deliver(app: &App, headers: &HeaderMap, what: Delivery<'_>) -> Result<Response> {
    let mut range = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(parse_range);
    let missing = || Error::not_found(what.missing);
    if conditions::any(headers) {
        let meta = app.objects.head(what.key).await?.ok_or_else(missing)?;
        match conditions::judge(headers, &meta) {
            Verdict::Send => {}
            Verdict::SendWhole => range = None,
            Verdict::Failed => return Err(Error::PreconditionFailed),
            Verdict::NotModified => {
                let mut response = StatusCode::NOT_MODIFIED.into_response();
                describe(response.headers_mut(), &what, &meta);
                return Ok(response);
            }
        }
    }
    let object = match app.objects.get(what.key, range).await {
        Err(ObjectError::Range) => {
            let size = app
                .objects
                .head(what.key)
                .await?
                .map_or(0, |meta| meta.size);
            return Err(Error::RangeNotSatisfiable(size));
        }
        other => other?.ok_or_else(missing)?,
    };
    Ok(body(object, range.is_some(), &what))
}

/// An answer with this body and nothing said about it yet.
pub(crate) fn of_body(body: ObjectBody) -> Response {
    match body {
        ObjectBody::Stream(stream) => Body::from_stream(stream).into_response(),
        #[cfg(target_arch = "wasm32")]
        ObjectBody::Native(native) => {
            // Of an empty body axum says that its length is 0; of this one nobody knows it.
            let unknown = futures::stream::empty::<
                std::result::Result<bytes::Bytes, std::convert::Infallible>,
            >();
            let mut response = Body::from_stream(unknown).into_response();
            response.extensions_mut().insert(crate::Native::new(native));
            response
        }
    }
}

fn body(object: Object, partial: bool, what: &Delivery<'_>) -> Response {
    let Object {
        meta,
        range: (offset, length),
        body,
    } = object;
    let mut response = of_body(body);
    let headers = response.headers_mut();
    describe(headers, what, &meta);
    headers.insert(header::CONTENT_LENGTH, length.into());
    if partial {
        let last = (offset + length).saturating_sub(1);
        put(
            headers,
            header::CONTENT_RANGE,
            &format!("bytes {offset}-{last}/{}", meta.size),
        );
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

/// What a document that somebody uploaded may do when it is opened by itself: be drawn. `sandbox` takes scripts and our origin from it.
const DRAWN_ONLY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// Whether a browser may read it as a document, which can have scripts: SVG, whatever its type is called, and other XML.
fn is_document(content_type: &str) -> bool {
    content_type.starts_with("image/svg") || content_type.ends_with("xml")
}

fn describe(headers: &mut HeaderMap, what: &Delivery<'_>, meta: &ObjectMeta) {
    put(headers, header::CONTENT_TYPE, what.content_type);
    // A browser that guesses from the bytes could take a file of a guest for a page of ours.
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if is_document(what.content_type) {
        put(headers, header::CONTENT_SECURITY_POLICY, DRAWN_ONLY);
    }
    put(headers, header::ETAG, &format!("\"{}\"", meta.etag));
    put(headers, header::ACCEPT_RANGES, "bytes");
    put(
        headers,
        header::LAST_MODIFIED,
        &conditions::http_date(meta.modified),
    );
    if let Some(cache) = what.cache {
        put(headers, header::CACHE_CONTROL, cache);
    }
    if let Some(name) = &what.file_name {
        put(
            headers,
            header::CONTENT_DISPOSITION,
            &format!("inline; filename*=UTF-8''{}", encode(name)),
        );
    }
}

/// The value of `content-disposition` for a file that is saved under a name (RFC 6266, RFC 8187).
pub fn attachment(name: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{}", encode(name))).ok()
}

fn put(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// A `Range` header with exactly one byte range; anything else is ignored, as RFC 9110 allows.
fn parse_range(text: &str) -> Option<ByteRange> {
    let spec = text.trim().strip_prefix("bytes=")?;
    let (first, last) = spec.split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", length) => Some(ByteRange::Suffix {
            length: length.parse().ok()?,
        }),
        (first, "") => Some(ByteRange::FromTo {
            first: first.parse().ok()?,
            last: None,
        }),
        (first, last) => {
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last).then_some(ByteRange::FromTo {
                first,
                last: Some(last),
            })
        }
    }
}

/// Percent-encodes a file name for `filename*` (RFC 8187 section 3.2.1).
fn encode(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte);
    let mut out = String::with_capacity(3 * name.len());
    for byte in name.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(percent_encode_byte(byte));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood_and_the_rest_ignored() {
        assert_eq!(
            parse_range("bytes=0-1"),
            Some(ByteRange::FromTo {
                first: 0,
                last: Some(1)
            })
        );
        assert_eq!(
            parse_range("bytes=5-"),
            Some(ByteRange::FromTo {
                first: 5,
                last: None
            })
        );
        assert_eq!(
            parse_range("bytes=-3"),
            Some(ByteRange::Suffix { length: 3 })
        );
        assert_eq!(parse_range("bytes=3-1"), None);
        assert_eq!(parse_range("bytes=0-1,4-5"), None);
        assert_eq!(parse_range("lines=0-1"), None);
    }

    #[test]
    fn what_can_have_scripts_is_known_by_its_type() {
        for content_type in ["image/svg", "image/svg+xml", "application/xml"] {
            assert!(is_document(content_type), "{content_type}");
        }
        for content_type in ["image/jpeg", "video/mp4", "application/octet-stream"] {
            assert!(!is_document(content_type), "{content_type}");
        }
    }

    #[test]
    fn file_names_cannot_break_out_of_the_header() {
        assert_eq!(encode("a\r\nb\".jpg"), "a%0D%0Ab%22.jpg");
        assert_eq!(encode("é.jpg"), "%C3%A9.jpg");
        let kept = "AZaz09!#$&+-.^_`|~";
        assert_eq!(encode(kept), kept);
        assert_eq!(encode("% '()*"), "%25%20%27%28%29%2A");
    }
}
