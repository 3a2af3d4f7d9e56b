//! R2 multipart uploads. All parts go through one JavaScript buffer: the `worker` crate would make a new one
//! for each, and an upload of 90 MB would leave 90 MB of garbage behind.

use async_trait::async_trait;
use bytes::Bytes;
use wasm_bindgen::prelude::*;
use worker::{
    js_sys::{Array, Object, Reflect, Uint8Array},
    send::{SendFuture, SendWrapper},
};

use super::{message, r2_error::classify};
use crate::{MultipartUpload, ObjectError};

#[wasm_bindgen]
extern "C" {
    /// An R2 bucket.
    pub type RawBucket;

    #[wasm_bindgen(method, catch, js_name = createMultipartUpload)]
    async fn create_multipart_upload(
        this: &RawBucket,
        key: &str,
        options: &JsValue,
    ) -> Result<JsValue, JsValue>;

    /// Finds an upload again. Asks nobody: that there is none comes out when it is used.
    #[wasm_bindgen(method, catch, js_name = resumeMultipartUpload)]
    fn resume_multipart_upload(
        this: &RawBucket,
        key: &str,
        upload_id: &str,
    ) -> Result<RawUpload, JsValue>;

    type RawUpload;

    #[wasm_bindgen(method, getter, js_name = uploadId)]
    fn upload_id(this: &RawUpload) -> String;

    #[wasm_bindgen(method, catch, js_name = uploadPart)]
    async fn upload_part(
        this: &RawUpload,
        number: u32,
        bytes: &Uint8Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn complete(this: &RawUpload, parts: &Array) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn abort(this: &RawUpload) -> Result<JsValue, JsValue>;
}

/// A multipart upload under way.
pub struct Upload(SendWrapper<State>);

struct State {
    upload: RawUpload,
    /// What R2 said about each part, in order.
    parts: Array,
    /// The buffer that every part is copied to.
    buffer: Uint8Array,
}

impl Upload {
    /// Starts an upload to `key`.
    pub async fn start(
        bucket: &RawBucket,
        key: &str,
        content_type: &str,
    ) -> Result<Self, ObjectError> {
        let upload = bucket
            .create_multipart_upload(key, &options(content_type).map_err(explain)?)
            .await
            .map_err(explain)?;
        Ok(Self(SendWrapper::new(State {
            upload: upload.unchecked_into(),
            parts: Array::new(),
            buffer: Uint8Array::new_with_length(0),
        })))
    }
}

/// Throws away the parts of an upload that another isolate began. One that has ended is fine.
pub async fn abort(bucket: &RawBucket, key: &str, upload_id: &str) -> Result<(), ObjectError> {
    let upload = bucket.resume_multipart_upload(key, upload_id);
    gone(upload.map_err(explain)?.abort().await)
}

/// Stores a part of an upload that another isolate began, and gives its entity tag.
pub async fn put_part(
    bucket: &RawBucket,
    key: &str,
    upload_id: &str,
    number: u16,
    bytes: &[u8],
) -> Result<String, ObjectError> {
    let upload = bucket.resume_multipart_upload(key, upload_id);
    let upload = upload.map_err(explain)?;
    let bytes = Uint8Array::from(bytes);
    let part = upload.upload_part(number.into(), &bytes).await;
    let part = part.map_err(explain)?;
    let etag = Reflect::get(&part, &"etag".into()).map_err(explain)?;
    etag.as_string()
        .ok_or_else(|| ObjectError::Other("R2 gave no entity tag for a part".to_owned()))
}

/// Makes the object of an upload visible that another isolate began.
pub async fn join_parts(
    bucket: &RawBucket,
    key: &str,
    upload_id: &str,
    tags: &[String],
) -> Result<(), ObjectError> {
    let parts = Array::new();
    for (number, etag) in (1_u32..).zip(tags) {
        let part = Object::new();
        Reflect::set(&part, &"partNumber".into(), &number.into()).map_err(explain)?;
        Reflect::set(&part, &"etag".into(), &etag.into()).map_err(explain)?;
        parts.push(&part);
    }
    let upload = bucket.resume_multipart_upload(key, upload_id);
    upload
        .map_err(explain)?
        .complete(&parts)
        .await
        .map_err(explain)?;
    Ok(())
}

/// R2's error 10024: there is no such upload (any more).
fn gone(aborted: Result<JsValue, JsValue>) -> Result<(), ObjectError> {
    match aborted {
        Err(thrown) if !message(&thrown).contains("10024") => Err(explain(thrown)),
        _ => Ok(()),
    }
}

impl State {
    async fn send(&mut self, bytes: &[u8]) -> Result<(), ObjectError> {
        let length = u32::try_from(bytes.len())
            .map_err(|error| ObjectError::Other(format!("too large a part: {error}")))?;
        if self.buffer.length() < length {
            self.buffer = Uint8Array::new_with_length(length);
        }
        let view = self.buffer.subarray(0, length);
        view.copy_from(bytes);
        // R2 has taken the bytes when the promise resolves, so the buffer is free again.
        let part = self
            .upload
            .upload_part(self.parts.length() + 1, &view)
            .await;
        self.parts.push(&part.map_err(explain)?);
        Ok(())
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn id(&self) -> Option<String> {
        Some(self.0.upload.upload_id())
    }

    async fn part(&mut self, bytes: Bytes) -> Result<(), ObjectError> {
        SendFuture::new(self.0.send(&bytes)).await
    }

    async fn finish(self: Box<Self>) -> Result<(), ObjectError> {
        SendFuture::new(async move {
            let State { upload, parts, .. } = self.0.0;
            upload.complete(&parts).await.map_err(explain)?;
            Ok(())
        })
        .await
    }

    async fn abort(self: Box<Self>) -> Result<(), ObjectError> {
        SendFuture::new(async move { gone(self.0.upload.abort().await) }).await
    }
}

fn options(content_type: &str) -> Result<JsValue, JsValue> {
    let (options, metadata) = (Object::new(), Object::new());
    Reflect::set(&metadata, &"contentType".into(), &content_type.into())?;
    Reflect::set(&options, &"httpMetadata".into(), &metadata)?;
    Ok(options.into())
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn explain(thrown: JsValue) -> ObjectError {
    classify(message(&thrown))
}
