//! R2: bodies stay JavaScript streams, so delivering an object costs no time in wasm.

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use wasm_bindgen::JsCast;
use worker::{
    Bucket, Data, Env, HttpMetadata, Range, ResponseBody,
    send::{SendFuture, SendWrapper},
    web_sys::ReadableStream,
};

use super::{
    binding,
    multipart::{self, RawBucket, Upload},
    r2_error::classify,
    unbound,
};
use crate::{
    ByteRange, ByteStream, MultipartUpload, Object, ObjectBody, ObjectError, ObjectMeta,
    ObjectStore,
};

/// Keys one delete call takes.
const DELETE: usize = 1000;
/// Keys one list call gives.
const LIST: u32 = 1000;
/// Offsets beyond this are no JavaScript integers; no object is that large.
const LARGEST: u64 = (1 << 53) - 1;

/// The body of an object as a JavaScript stream, and its length.
pub struct NativeBody {
    stream: SendWrapper<ReadableStream>,
    length: u64,
}

impl NativeBody {
    /// A stream that gives `length` bytes; 0 when nobody knows how many.
    pub(super) fn of(stream: ReadableStream, length: u64) -> Self {
        let stream = SendWrapper::new(stream);
        Self { stream, length }
    }

    /// The stream itself, to be handed to a response.
    pub fn into_inner(self) -> ReadableStream {
        self.stream.0
    }

    /// Number of bytes the stream gives.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes as a stream in wasm, for code that must look at them.
    pub fn into_stream(self) -> ByteStream {
        let body = worker::Body::new(self.stream.0);
        Box::pin(body.map_err(|error| ObjectError::Unavailable(error.to_string())))
    }

    /// All bytes, copied in one go.
    pub async fn into_bytes(self) -> Result<Bytes, ObjectError> {
        SendFuture::new(async move {
            let response = worker::Response::from_body(ResponseBody::Stream(self.stream.0));
            let bytes = response.map_err(explain)?.bytes().await.map_err(explain)?;
            Ok(bytes.into())
        })
        .await
    }
}

/// An R2 bucket.
pub struct R2 {
    bucket: Option<SendWrapper<Bucket>>,
    /// The same for what the `worker` crate does wastefully.
    raw: Option<SendWrapper<RawBucket>>,
    name: String,
}

impl R2 {
    /// The bucket bound as `name`; when there is none, every call says so.
    pub fn new(env: &Env, name: &str) -> Self {
        Self {
            bucket: env.bucket(name).ok().map(SendWrapper::new),
            raw: binding(env, name).map(|found| SendWrapper::new(found.unchecked_into())),
            name: name.to_owned(),
        }
    }

    fn bucket(&self) -> Result<&Bucket, ObjectError> {
        let bucket = self.bucket.as_ref().map(|bucket| &bucket.0);
        bucket.ok_or_else(|| ObjectError::Other(unbound(&self.name)))
    }

    async fn read(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<Option<Object>, ObjectError> {
        let mut request = self.bucket()?.get(key);
        if let Some(range) = range {
            let Some(range) = wanted(range) else {
                return self.refuse(key).await;
            };
            request = request.range(range);
        }
        let found = match (request.execute().await, range) {
            // R2's error 10039 says that the range lies outside, Miniflare's only that something is
            // wrong. So the size decides.
            (Err(error), Some(range)) => match self.head(key).await? {
                None => None,
                Some(meta) if range.resolve(meta.size).is_none() => return Err(ObjectError::Range),
                Some(_) => return Err(explain(error)),
            },
            (found, _) => found.map_err(explain)?,
        };
        let Some(object) = found else { return Ok(None) };
        let meta = facts(&object);
        let Some(body) = object.body() else {
            return Err(ObjectError::Other(
                "R2 gave an object without a body".into(),
            ));
        };
        let ResponseBody::Stream(stream) = body.response_body().map_err(explain)? else {
            return Err(ObjectError::Other(
                "R2 gave a body that is no stream".into(),
            ));
        };
        let span = match range {
            Some(range) => range.resolve(meta.size).ok_or(ObjectError::Range)?,
            None => (0, meta.size),
        };
        let body = NativeBody {
            stream: SendWrapper::new(stream),
            length: span.1,
        };
        Ok(Some(Object {
            meta,
            range: span,
            body: ObjectBody::Native(body),
        }))
    }

    /// The answer to a range that no object satisfies: none without an object, an error with one.
    async fn refuse(&self, key: &str) -> Result<Option<Object>, ObjectError> {
        match self.head(key).await? {
            Some(_) => Err(ObjectError::Range),
            None => Ok(None),
        }
    }

    async fn write(&self, key: &str, bytes: Bytes, kind: &str) -> Result<(), ObjectError> {
        let put = self.bucket()?.put(key, Data::Bytes(bytes.into()));
        put.http_metadata(content_type(kind))
            .execute()
            .await
            .map_err(explain)?;
        Ok(())
    }

    async fn remove(&self, keys: &[String]) -> Result<(), ObjectError> {
        for group in keys.chunks(DELETE) {
            let group = group.iter().map(String::as_str).collect();
            self.bucket()?
                .delete_multiple(group)
                .await
                .map_err(explain)?;
        }
        Ok(())
    }

    async fn keys(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, ObjectError> {
        let mut list = self.bucket()?.list().prefix(prefix).limit(LIST);
        if let Some(after) = after {
            list = list.start_after(after);
        }
        let found = list.execute().await.map_err(explain)?;
        Ok(found.objects().iter().map(worker::Object::key).collect())
    }
}

#[async_trait]
impl ObjectStore for R2 {
    async fn get(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<Option<Object>, ObjectError> {
        SendFuture::new(self.read(key, range)).await
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, ObjectError> {
        SendFuture::new(async {
            let found = self.bucket()?.head(key).await.map_err(explain)?;
            Ok(found.as_ref().map(facts))
        })
        .await
    }

    async fn put(&self, key: &str, bytes: Bytes, content_type: &str) -> Result<(), ObjectError> {
        SendFuture::new(self.write(key, bytes, content_type)).await
    }

    async fn begin(
        &self,
        key: &str,
        content_type: &str,
    ) -> Result<Box<dyn MultipartUpload>, ObjectError> {
        let bucket = self.raw.as_ref();
        let bucket = bucket.ok_or_else(|| ObjectError::Other(unbound(&self.name)))?;
        let upload = SendFuture::new(Upload::start(bucket, key, content_type)).await?;
        Ok(Box::new(upload))
    }

    async fn abort(&self, key: &str, upload_id: &str) -> Result<(), ObjectError> {
        let bucket = self.raw.as_ref();
        let bucket = bucket.ok_or_else(|| ObjectError::Other(unbound(&self.name)))?;
        SendFuture::new(multipart::abort(bucket, key, upload_id)).await
    }

    async fn put_part(
        &self,
        key: &str,
        upload_id: &str,
        number: u16,
        bytes: Bytes,
    ) -> Result<String, ObjectError> {
        let bucket = self.raw.as_ref();
        let bucket = bucket.ok_or_else(|| ObjectError::Other(unbound(&self.name)))?;
        SendFuture::new(multipart::put_part(bucket, key, upload_id, number, &bytes)).await
    }

    async fn join_parts(
        &self,
        key: &str,
        upload_id: &str,
        tags: &[String],
    ) -> Result<(), ObjectError> {
        let bucket = self.raw.as_ref();
        let bucket = bucket.ok_or_else(|| ObjectError::Other(unbound(&self.name)))?;
        SendFuture::new(multipart::join_parts(bucket, key, upload_id, tags)).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ObjectError> {
        SendFuture::new(self.remove(keys)).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, ObjectError> {
        SendFuture::new(self.keys(prefix, after)).await
    }
}

fn facts(object: &worker::Object) -> ObjectMeta {
    ObjectMeta {
        size: object.size(),
        etag: object.etag(),
        modified: i64::try_from(object.uploaded().as_millis()).unwrap_or_default(),
    }
}

fn content_type(kind: &str) -> HttpMetadata {
    HttpMetadata {
        content_type: Some(kind.to_owned()),
        ..HttpMetadata::default()
    }
}

/// The range as R2 takes it; `None` when no object can satisfy it.
fn wanted(range: ByteRange) -> Option<Range> {
    match range {
        ByteRange::FromTo { first, .. } if first > LARGEST => None,
        ByteRange::FromTo { first, last: None } => Some(Range::OffsetToEnd { offset: first }),
        ByteRange::FromTo {
            first,
            last: Some(last),
        } => {
            let length = last
                .checked_sub(first)?
                .saturating_add(1)
                .min(LARGEST - first);
            (length > 0).then_some(Range::OffsetWithLength {
                offset: first,
                length,
            })
        }
        ByteRange::Suffix { length: 0 } => None,
        ByteRange::Suffix { length } => Some(Range::Suffix {
            suffix: length.min(LARGEST),
        }),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn explain(error: worker::Error) -> ObjectError {
    classify(error.to_string())
}
