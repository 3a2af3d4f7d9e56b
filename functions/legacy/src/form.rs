//! The form of an upload. The fields before its file are read, and the duration among them is put into today's words; the file passes
//! by; of what is behind it (the CLI sends its file first) only what the device says is read.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use edge_api::legacy::duration;
use edge_http::{Error, Result};
use edge_platform::{ObjectError, SentBody};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderMap, header};

/// How much of a form is read to find its fields, bytes.
const LONGEST: usize = 256 * 1024;
/// After so much more it is looked whether that is enough, bytes.
const STEP: usize = 4 * 1024;
/// How much of its end is looked at, bytes.
const END: usize = 16 * 1024;

/// What a form says of the device.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Said {
    /// The device.
    pub device_id: Option<String>,
    /// What it calls the file.
    pub device_asset_id: Option<String>,
}

/// A form on its way.
pub struct Form {
    said: Said,
    boundary: Option<Vec<u8>>,
    end: Arc<Mutex<Vec<u8>>>,
}

impl Form {
    /// What it says, once it has been sent.
    pub fn said(self) -> Said {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let behind = self.boundary.map(|boundary| behind(&end, &boundary));
        let behind = behind.unwrap_or_default();
        Said {
            device_id: self.said.device_id.or(behind.device_id),
            device_asset_id: self.said.device_asset_id.or(behind.device_asset_id),
        }
    }
}

/// Reads the fields in front of the file, and gives the form as it is sent on: with its duration in milliseconds.
///
/// # Errors
/// 400 when the body breaks off.
pub async fn read(headers: &HeaderMap, body: Body) -> Result<(Form, SentBody)> {
    let mut chunks = body.into_data_stream();
    let mut form = Form {
        said: Said::default(),
        boundary: boundary(headers),
        end: Arc::default(),
    };
    let Some(boundary) = &form.boundary else {
        let body = joined(Bytes::new(), chunks, &form.end);
        return Ok((form, body));
    };
    let mut start = BytesMut::new();
    let mut looked = 0;
    while start.len() < LONGEST {
        // Not after each byte: what there is is gone through anew.
        if start.len() >= looked + STEP {
            looked = start.len();
            if is_enough(&start, boundary) {
                break;
            }
        }
        match chunks.next().await {
            Some(chunk) => {
                let chunk = chunk
                    .map_err(|error| Error::bad_request(format!("request aborted: {error}")))?;
                start.extend_from_slice(&chunk);
            }
            None => break,
        }
    }
    let (said, start) = reworded(&start, boundary);
    form.said = said;
    let body = joined(start, chunks, &form.end);
    Ok((form, body))
}

fn joined(start: Bytes, rest: BodyDataStream, end: &Arc<Mutex<Vec<u8>>>) -> SentBody {
    let end = Arc::clone(end);
    let start = stream::iter((!start.is_empty()).then_some(Ok(start)));
    let rest = rest.map_err(|error| ObjectError::Unavailable(error.to_string()));
    let all = start.chain(rest).inspect_ok(move |chunk: &Bytes| {
        let mut end = end.lock().unwrap_or_else(PoisonError::into_inner);
        end.extend_from_slice(chunk);
        let over = end.len().saturating_sub(END);
        drop(end.drain(..over));
    });
    SentBody::Stream(Box::pin(all))
}

/// What the fields in the end of a form say.
fn behind(end: &[u8], boundary: &[u8]) -> Said {
    let delimiter = [&b"\r\n"[..], boundary].concat();
    let mut said = Said::default();
    let mut rest = end;
    while let Some(at) = find(rest, &delimiter) {
        rest = rest.get(at + delimiter.len()..).unwrap_or_default();
        let Some((before, value, _)) = field(rest, &delimiter) else {
            break;
        };
        let text = String::from_utf8_lossy(value).into_owned();
        match parameter(before, "name").as_deref() {
            Some("deviceId") => said.device_id = Some(text),
            Some("deviceAssetId") => said.device_asset_id = Some(text),
            _ => {}
        }
    }
    said
}

/// What stands between the parts.
fn boundary(headers: &HeaderMap) -> Option<Vec<u8>> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (_, boundary) = kind.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    (!boundary.is_empty()).then(|| format!("--{boundary}").into_bytes())
}

/// Whether the first file has begun, or the form is over.
fn is_enough(start: &[u8], boundary: &[u8]) -> bool {
    let over = [boundary, &b"--"[..]].concat();
    if find(start, &over).is_some() {
        return true;
    }
    let mut rest = start;
    while let Some(at) = find(rest, boundary) {
        rest = rest.get(at + boundary.len()..).unwrap_or_default();
        // Where no head ends behind one boundary, none does behind a later one.
        let Some(end) = find(rest, b"\r\n\r\n") else {
            return false;
        };
        let (head, behind) = rest.split_at(end);
        if parameter(head, "filename").is_some() {
            return true;
        }
        rest = behind;
    }
    false
}

/// What the fields say, and the same bytes with another duration.
fn reworded(start: &[u8], boundary: &[u8]) -> (Said, Bytes) {
    let mut said = Said::default();
    let mut out = Vec::with_capacity(start.len());
    let delimiter = [&b"\r\n"[..], boundary].concat();
    let mut rest = start;
    while let Some((before, value, behind)) = field(rest, &delimiter) {
        let head = find(before, boundary)
            .and_then(|at| before.get(at..))
            .unwrap_or_default();
        let text = String::from_utf8_lossy(value).into_owned();
        out.extend_from_slice(before);
        match parameter(head, "name").as_deref() {
            _ if parameter(head, "filename").is_some() => {
                // A file: from here on nothing is read.
                out.extend_from_slice(value);
                rest = behind;
                break;
            }
            Some("duration") => match duration::millis(&text) {
                Some(millis) => out.extend_from_slice(millis.to_string().as_bytes()),
                None => out.extend_from_slice(value),
            },
            name => {
                match name {
                    Some("deviceId") => said.device_id = Some(text),
                    Some("deviceAssetId") => said.device_asset_id = Some(text),
                    _ => {}
                }
                out.extend_from_slice(value);
            }
        }
        rest = behind;
    }
    out.extend_from_slice(rest);
    (said, out.into())
}

/// The first part of `rest`: everything to its value, the value, and what is behind. `None` when it does not end in `rest`.
fn field<'a>(rest: &'a [u8], delimiter: &[u8]) -> Option<(&'a [u8], &'a [u8], &'a [u8])> {
    let start = find(rest, b"\r\n\r\n")? + 4;
    let length = find(rest.get(start..)?, delimiter)?;
    Some((
        rest.get(..start)?,
        rest.get(start..start + length)?,
        rest.get(start + length..)?,
    ))
}

/// A parameter of `content-disposition` in the head of a part.
fn parameter(head: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let line = head.split("\r\n").find(|line| {
        line.to_ascii_lowercase()
            .starts_with("content-disposition:")
    })?;
    line.split(';').skip(1).find_map(|word| {
        let (key, value) = word.trim().split_once('=')?;
        let key = key.trim_end_matches('*');
        key.eq_ignore_ascii_case(name)
            .then(|| value.trim_matches('"').to_owned())
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, value: &str) -> String {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    }

    const FILE: &str = "--b\r\ncontent-disposition: form-data; name=\"assetData\"; filename=\"a.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\nduration\r\n--b--\r\n";

    #[test]
    fn fields_are_read_and_the_duration_is_changed() {
        let form = [
            part("deviceAssetId", "a-1"),
            part("deviceId", "CLI"),
            part("duration", "0:00:12.500000"),
            FILE.to_owned(),
        ]
        .concat();
        let (said, sent) = reworded(form.as_bytes(), b"--b");
        let expected = Said {
            device_id: Some("CLI".into()),
            device_asset_id: Some("a-1".into()),
        };
        assert_eq!(said, expected);
        let wanted = form.replace("0:00:12.500000", "12500");
        assert_eq!(sent, wanted.as_bytes());
    }

    #[test]
    fn whatever_is_cut_off_stays() {
        let form = [
            part("duration", "0:00:01.0"),
            part("duration", "12"),
            FILE.to_owned(),
        ]
        .concat();
        for end in 0..form.len() {
            let (_, sent) = reworded(&form.as_bytes()[..end], b"--b");
            let text = String::from_utf8(sent.to_vec()).unwrap();
            assert_eq!(
                text.replace("\r\n\r\n1000\r\n--b", "\r\n\r\n0:00:01.0\r\n--b"),
                form[..end]
            );
        }
        assert!(!is_enough(part("a", "b").as_bytes(), b"--b"));
        assert!(is_enough(
            [part("a", "b"), FILE.to_owned()].concat().as_bytes(),
            b"--b"
        ));
        assert!(is_enough(b"--b--", b"--b"));
    }

    #[test]
    fn what_is_behind_the_file_is_read() {
        let file = FILE.replace("--b--\r\n", "");
        let form = [
            file,
            part("deviceAssetId", "a-1"),
            part("deviceId", "CLI"),
            "--b--\r\n".to_owned(),
        ]
        .concat();
        let expected = Said {
            device_id: Some("CLI".into()),
            device_asset_id: Some("a-1".into()),
        };
        assert_eq!(behind(form.as_bytes(), b"--b"), expected);
        let cut = &form.as_bytes()[form.len() - 60..];
        assert_eq!(behind(cut, b"--b").device_asset_id, None);
        assert_eq!(behind(b"--b--", b"--b"), Said::default());
    }

    #[test]
    fn the_boundary_stands_in_the_content_type() {
        let of = |kind: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            boundary(&headers)
        };
        assert_eq!(of("multipart/form-data; boundary=\"x\"").unwrap(), b"--x");
        assert_eq!(of("multipart/form-data; boundary=x; a=b").unwrap(), b"--x");
        assert_eq!(of("multipart/form-data"), None);
    }
}
