//! S3 multipart uploads.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header;
use rusty_s3::actions::{CompleteMultipartUploadResponse, CreateMultipartUpload};

use super::s3_place::{Place, other, success, text};
use crate::{MultipartUpload, ObjectError};

/// An upload in parts that S3 knows by its id.
pub(super) struct Upload {
    place: Arc<Place>,
    key: String,
    id: String,
    etags: Vec<String>,
}

impl Upload {
    /// Begins an upload to `key`.
    pub async fn start(
        place: Arc<Place>,
        key: &str,
        content_type: &str,
    ) -> Result<Self, ObjectError> {
        let credentials = Some(&place.credentials);
        let action = place.bucket.create_multipart_upload(credentials, key);
        let headers = [(header::CONTENT_TYPE, content_type)];
        let answer = place.send(&action, &headers, Bytes::new()).await?;
        let words = text(success(answer).await?).await?;
        let begun = CreateMultipartUpload::parse_response(&words).map_err(other)?;
        Ok(Self {
            id: begun.upload_id().to_owned(),
            key: key.to_owned(),
            etags: Vec::new(),
            place,
        })
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn id(&self) -> Option<String> {
        Some(self.id.clone())
    }

    async fn part(&mut self, bytes: Bytes) -> Result<(), ObjectError> {
        let Self { place, key, id, .. } = &*self;
        let number = u16::try_from(self.etags.len() + 1).map_err(other)?;
        let etag = put_part(place, key, id, number, bytes).await?;
        self.etags.push(etag);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), ObjectError> {
        complete(&self.place, &self.key, &self.id, &self.etags).await
    }

    async fn abort(self: Box<Self>) -> Result<(), ObjectError> {
        abort(&self.place, &self.key, &self.id).await
    }
}

/// Stores a part and gives its entity tag.
pub(super) async fn put_part(
    place: &Place,
    key: &str,
    id: &str,
    number: u16,
    bytes: Bytes,
) -> Result<String, ObjectError> {
    let credentials = Some(&place.credentials);
    let action = place.bucket.upload_part(credentials, key, number, id);
    let answer = success(place.send(&action, &[], bytes).await?).await?;
    let etag = answer.header(header::ETAG).map(str::to_owned);
    etag.ok_or_else(|| other("S3 gave no entity tag for a part"))
}

/// Makes the object of these parts visible.
pub(super) async fn complete(
    place: &Place,
    key: &str,
    id: &str,
    etags: &[String],
) -> Result<(), ObjectError> {
    let credentials = Some(&place.credentials);
    let etags = etags.iter().map(String::as_str);
    let action = place
        .bucket
        .complete_multipart_upload(credentials, key, id, etags);
    let body = action.clone().body();
    let headers = [(header::CONTENT_TYPE, "application/xml")];
    let answer = place.send(&action, &headers, body.into()).await?;
    // S3 sends the head of its answer before it knows whether it will succeed.
    let words = text(success(answer).await?).await?;
    CompleteMultipartUploadResponse::parse(&words)
        .map_err(|error| ObjectError::Unavailable(format!("{error}: {words}")))?;
    Ok(())
}

/// Throws away all parts; an upload that has ended is fine.
pub(super) async fn abort(place: &Place, key: &str, id: &str) -> Result<(), ObjectError> {
    let credentials = Some(&place.credentials);
    let action = place.bucket.abort_multipart_upload(credentials, key, id);
    let answer = place.send(&action, &[], Bytes::new()).await?;
    if answer.status != 404 {
        success(answer).await?;
    }
    Ok(())
}
