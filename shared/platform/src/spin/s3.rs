//! An S3-compatible object store over outbound HTTP: path style, signed in the address (SigV4). Bodies of
//! objects stay streams of the host, so delivering one costs no time in wasm.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, header};
use rusty_s3::actions::{DeleteObjectsResponse, ListObjectsV2, ObjectIdentifier};

use super::{
    fetch::Answer,
    s3_place::{Place, other, success, text},
    s3_upload::{self, Upload},
};
use crate::{
    ByteRange, MultipartUpload, Object, ObjectBody, ObjectError, ObjectMeta, ObjectStore,
    os::millis,
};

/// Keys that one delete call takes and one list call gives.
const PAGE: usize = 1000;

/// The bucket that the variables `s3_endpoint`, `s3_region`, `s3_bucket`, `s3_access_key` and
/// `s3_secret_key` name.
#[derive(Default)]
pub struct S3 {
    place: OnceLock<Arc<Place>>,
}

impl S3 {
    async fn place(&self) -> Result<&Arc<Place>, ObjectError> {
        if let Some(place) = self.place.get() {
            return Ok(place);
        }
        let place = Arc::new(Place::load().await?);
        Ok(self.place.get_or_init(|| place))
    }

    /// The answer to a range that no object satisfies: none without an object, an error with one.
    async fn refuse(&self, key: &str) -> Result<Option<Object>, ObjectError> {
        match self.head(key).await? {
            Some(_) => Err(ObjectError::Range),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl ObjectStore for S3 {
    async fn get(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<Option<Object>, ObjectError> {
        let wanted = match range.map(wanted) {
            Some(None) => return self.refuse(key).await,
            Some(Some(wanted)) => vec![(header::RANGE, wanted)],
            None => Vec::new(),
        };
        let headers: Vec<_> = wanted
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str()))
            .collect();
        let place = self.place().await?;
        let action = place.bucket.get_object(Some(&place.credentials), key);
        let answer = place.send(&action, &headers, Bytes::new()).await?;
        match answer.status {
            404 => return Ok(None),
            400 | 416 if range.is_some() => return self.refuse(key).await,
            _ => {}
        }
        let answer = success(answer).await?;
        let length = length(&answer.headers)?;
        let (size, span) = match range {
            None => (length, (0, length)),
            Some(range) => {
                let size = whole_size(&answer)?.unwrap_or(length);
                let span = range.resolve(size).ok_or(ObjectError::Range)?;
                if span.1 != length {
                    return Err(other("S3 gave other bytes than those asked for"));
                }
                (size, span)
            }
        };
        Ok(Some(Object {
            meta: facts(&answer.headers, size),
            range: span,
            body: ObjectBody::Native(answer.body),
        }))
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, ObjectError> {
        let place = self.place().await?;
        let action = place.bucket.head_object(Some(&place.credentials), key);
        let answer = place.send(&action, &[], Bytes::new()).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let answer = success(answer).await?;
        Ok(Some(facts(&answer.headers, length(&answer.headers)?)))
    }

    async fn put(&self, key: &str, bytes: Bytes, content_type: &str) -> Result<(), ObjectError> {
        let place = self.place().await?;
        let action = place.bucket.put_object(Some(&place.credentials), key);
        let headers = [(header::CONTENT_TYPE, content_type)];
        success(place.send(&action, &headers, bytes).await?).await?;
        Ok(())
    }

    async fn begin(
        &self,
        key: &str,
        content_type: &str,
    ) -> Result<Box<dyn MultipartUpload>, ObjectError> {
        let place = Arc::clone(self.place().await?);
        Ok(Box::new(Upload::start(place, key, content_type).await?))
    }

    async fn abort(&self, key: &str, upload_id: &str) -> Result<(), ObjectError> {
        s3_upload::abort(self.place().await?, key, upload_id).await
    }

    async fn put_part(
        &self,
        key: &str,
        upload_id: &str,
        number: u16,
        bytes: Bytes,
    ) -> Result<String, ObjectError> {
        s3_upload::put_part(self.place().await?, key, upload_id, number, bytes).await
    }

    async fn join_parts(
        &self,
        key: &str,
        upload_id: &str,
        tags: &[String],
    ) -> Result<(), ObjectError> {
        s3_upload::complete(self.place().await?, key, upload_id, tags).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ObjectError> {
        let place = self.place().await?;
        for group in keys.chunks(PAGE) {
            let group: Vec<_> = group.iter().cloned().map(ObjectIdentifier::new).collect();
            let mut action = place
                .bucket
                .delete_objects(Some(&place.credentials), group.iter());
            action.set_quiet(true);
            let (body, md5) = action.clone().body_with_md5();
            let md5_header = HeaderName::from_static("content-md5");
            let headers = [
                (md5_header, md5.as_str()),
                (header::CONTENT_TYPE, "application/xml"),
            ];
            let answer = place.send(&action, &headers, body.into()).await?;
            let words = text(success(answer).await?).await?;
            let refused = DeleteObjectsResponse::parse(&words).map_err(other)?.errors;
            if let Some(first) = refused.iter().find(|error| error.code != "NoSuchKey") {
                return Err(ObjectError::Unavailable(format!(
                    "S3 did not delete: {first:?}"
                )));
            }
        }
        Ok(())
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, ObjectError> {
        let place = self.place().await?;
        let mut action = place.bucket.list_objects_v2(Some(&place.credentials));
        action.with_prefix(prefix);
        action.with_max_keys(PAGE);
        if let Some(after) = after {
            action.with_start_after(after);
        }
        let answer = place.send(&action, &[], Bytes::new()).await?;
        let words = text(success(answer).await?).await?;
        let found = ListObjectsV2::parse_response(&words).map_err(other)?;
        Ok(found
            .contents
            .into_iter()
            .map(|object| object.key)
            .collect())
    }
}

/// The range as a header; `None` when no object can satisfy it.
fn wanted(range: ByteRange) -> Option<String> {
    match range {
        ByteRange::FromTo { first, last: None } => Some(format!("bytes={first}-")),
        ByteRange::FromTo {
            first,
            last: Some(last),
        } => (first <= last).then(|| format!("bytes={first}-{last}")),
        ByteRange::Suffix { length } => (length > 0).then(|| format!("bytes=-{length}")),
    }
}

/// `Content-Length`, which S3 always sends.
fn length(headers: &HeaderMap) -> Result<u64, ObjectError> {
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    length.ok_or_else(|| other("S3 sent no Content-Length"))
}

/// The size of the whole object behind `Content-Range: bytes 0-9/100`; `None` without this header.
fn whole_size(answer: &Answer) -> Result<Option<u64>, ObjectError> {
    let Some(range) = answer.header(header::CONTENT_RANGE) else {
        return Ok(None);
    };
    let size = range
        .rsplit_once('/')
        .and_then(|(_, size)| size.parse().ok());
    let size = size.ok_or_else(|| other(format!("S3 sent Content-Range {range}")))?;
    Ok(Some(size))
}

fn facts(headers: &HeaderMap, size: u64) -> ObjectMeta {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let modified =
        text(header::LAST_MODIFIED).and_then(|date| httpdate::parse_http_date(date).ok());
    let etag = text(header::ETAG).unwrap_or_default();
    ObjectMeta {
        size,
        etag: etag.trim_start_matches("W/").trim_matches('"').to_owned(),
        modified: modified.map_or(0, millis),
    }
}
