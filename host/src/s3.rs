//! An S3 endpoint on a folder, for local use, through the crates s3s and s3s-fs. A thin layer mends what differs
//! from S3 where our components would notice.
use std::path::{Path, PathBuf};
use std::{cmp, mem};

use anyhow::{Context as _, Result};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::auth::SimpleAuth;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, EncodingType,
    Error as Refusal, GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput,
    HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput,
    ListPartsOutput, Object, PutObjectInput, PutObjectOutput, Range, UploadPartInput,
    UploadPartOutput,
};
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

use crate::libraries::{Libraries, Library};
use crate::{s3_read, server};

/// Why nothing in folders of libraries is changed.
const READ_ONLY: &str = "files of external libraries are only read";

/// Serves the bucket `bucket`, made if missing, in `folder`, with `libraries`, which have been checked, as prefixes, until `stop`
/// is ready.
///
/// # Errors
/// The folder cannot be made.
pub async fn serve(
    folder: &Path,
    bucket: &str,
    libraries: Libraries,
    (access_key, secret_key): (String, String),
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    std::fs::create_dir_all(folder.join(bucket))
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let files = FileSystem::new(folder).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let mut service = S3ServiceBuilder::new(Bucket {
        files,
        folder: folder.to_path_buf(),
        name: bucket.to_owned(),
        libraries,
    });
    service.set_auth(SimpleAuth::from_single(access_key, secret_key));
    let service = service.build();
    server::accept(listener, stop, |stream, _client| {
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service.clone())
            .with_upgrades()
    })
    .await;
    Ok(())
}

/// s3s-fs, mended, and libraries.
struct Bucket {
    files: FileSystem,
    folder: PathBuf,
    name: String,
    libraries: Libraries,
}

impl Bucket {
    /// Bytes in an object; s3s-fs takes folders for some.
    ///
    /// # Errors
    /// There is none.
    async fn size(&self, bucket: &str, key: &str) -> S3Result<u64> {
        let (folder, bucket, key) = (self.folder.clone(), bucket.to_owned(), key.to_owned());
        blocking(move || Ok(s3_read::open(&folder, &bucket, &key)?.1.len())).await
    }

    /// The library that an object is of, and its path there, to be looked for on another thread.
    fn library(&self, bucket: &str, key: &str) -> Option<(Library, String)> {
        let found = (bucket == self.name).then(|| self.libraries.find(key));
        let (library, within) = found.flatten()?;
        Some((library.clone(), within.to_owned()))
    }

    /// Lets nobody change a file of a library.
    ///
    /// # Errors
    /// It is one.
    fn may_change(&self, bucket: &str, key: &str) -> S3Result<()> {
        match self.library(bucket, key) {
            Some(_) => Err(S3Error::with_message(S3ErrorCode::AccessDenied, READ_ONLY)),
            None => Ok(()),
        }
    }

    /// A page of the objects of the bucket and of libraries, in the order of keys. Tokens are keys, as those of s3s-fs.
    async fn page(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input.clone();
        let prefix = input.prefix.unwrap_or_default();
        let libraries = self.libraries.below(&prefix);
        if libraries.is_empty() || input.bucket != self.name {
            return self.files.list_objects_v2(request).await;
        }
        if input.delimiter.is_some() {
            let message = "no delimiters where libraries are";
            return Err(S3Error::with_message(S3ErrorCode::NotImplemented, message));
        }
        let limit = input.max_keys.unwrap_or(1000).clamp(0, 1000);
        let limit = usize::try_from(limit).map_err(S3Error::internal_error)?;
        let after = cmp::max(input.continuation_token.clone(), input.start_after.clone());
        let mut answer = if libraries.hold(&prefix) {
            S3Response::new(ListObjectsV2Output {
                name: Some(input.bucket),
                prefix: Some(prefix.clone()),
                max_keys: input.max_keys,
                continuation_token: input.continuation_token,
                encoding_type: input.encoding_type,
                start_after: input.start_after,
                ..ListObjectsV2Output::default()
            })
        } else {
            self.files.list_objects_v2(request).await?
        };
        let after = after.unwrap_or_default();
        let found = blocking(move || libraries.list(&prefix, &after, limit + 1)).await?;
        merge(&mut answer.output, found, limit);
        Ok(answer)
    }
}

/// Puts the objects of libraries into a page of the bucket's of at most `limit`. Both are the first ones of all that there are.
fn merge(page: &mut ListObjectsV2Output, found: Vec<Object>, limit: usize) {
    let mut all = page.contents.take().unwrap_or_default();
    all.extend(found);
    all.sort_by(|a, b| a.key.cmp(&b.key));
    let is_truncated = limit > 0 && (page.is_truncated == Some(true) || all.len() > limit);
    all.truncate(limit);
    let last = all.last().and_then(|object| object.key.clone());
    page.key_count = i32::try_from(all.len()).ok();
    page.is_truncated = Some(is_truncated);
    page.next_continuation_token = last.filter(|_| is_truncated);
    page.contents = (!all.is_empty()).then_some(all);
}

/// Runs `work`, which waits for the disk, on a thread that may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> S3Result<T> + Send + 'static,
) -> S3Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(S3Error::internal_error)?
}

/// What `encoding-type=url` leaves as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'/')
    .remove(b'_')
    .remove(b'~');

fn encode(text: &mut Option<String>) {
    if let Some(text) = text {
        *text = utf8_percent_encode(text, KEPT).to_string();
    }
}

/// s3s-fs denies access to an upload that has ended or never was; who may do what has been checked before.
fn upload<T>(result: S3Result<T>) -> S3Result<T> {
    match result {
        Err(error) if *error.code() == S3ErrorCode::AccessDenied => {
            Err(S3Error::new(S3ErrorCode::NoSuchUpload))
        }
        other => other,
    }
}

#[async_trait::async_trait]
impl S3 for Bucket {
    /// With the names encoded, if so asked; s3s-fs only says that they were.
    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let mut answer = self.page(request).await?;
        let list = &mut answer.output;
        let encoding = list.encoding_type.as_ref().map(EncodingType::as_str);
        if encoding == Some(EncodingType::URL) {
            for object in list.contents.iter_mut().flatten() {
                encode(&mut object.key);
            }
            for prefix in list.common_prefixes.iter_mut().flatten() {
                encode(&mut prefix.prefix);
            }
            encode(&mut list.prefix);
            encode(&mut list.start_after);
            encode(&mut list.delimiter);
        }
        Ok(answer)
    }

    async fn get_object(
        &self,
        mut request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = &request.input;
        if let Some((library, within)) = self.library(&input.bucket, &input.key) {
            // Disks of others may be slow, or on another machine.
            let range = input.range;
            let output = blocking(move || library.get(&within, range)).await?;
            return Ok(S3Response::new(output));
        }
        // On this thread, though it may wait for the disk: to hand it to another one and back takes longer than reading what
        // the system has in memory, and there are others to go on meanwhile.
        if let Some(output) = s3_read::object(&self.folder, &request.input)? {
            return Ok(S3Response::new(output));
        }
        let input = &mut request.input;
        let size = self.size(&input.bucket, &input.key).await?;
        // s3s-fs looks for a place before the start of the file.
        if let Some(Range::Suffix { length }) = &mut input.range {
            *length = size.min(*length);
        }
        self.files.get_object(request).await
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = &request.input;
        if let Some((library, within)) = self.library(&input.bucket, &input.key) {
            let output = blocking(move || library.head(&within)).await?;
            return Ok(S3Response::new(output));
        }
        self.size(&input.bucket, &input.key).await?;
        self.files.head_object(request).await
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = &request.input;
        self.may_change(&input.bucket, &input.key)?;
        if self.size(&input.bucket, &input.key).await.is_err() {
            return Ok(S3Response::new(DeleteObjectOutput::default()));
        }
        self.files.delete_object(request).await
    }

    async fn delete_objects(
        &self,
        mut request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let input = &mut request.input;
        let mut refused = Vec::new();
        for object in mem::take(&mut input.delete.objects) {
            if self.may_change(&input.bucket, &object.key).is_ok() {
                input.delete.objects.push(object);
            } else {
                refused.push(Refusal {
                    code: Some(S3ErrorCode::AccessDenied.as_str().to_owned()),
                    key: Some(object.key),
                    message: Some(READ_ONLY.to_owned()),
                    version_id: None,
                });
            }
        }
        let mut answer = self.files.delete_objects(request).await?;
        if !refused.is_empty() {
            answer.output.errors = Some(refused);
        }
        Ok(answer)
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.files.head_bucket(request).await
    }

    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        self.may_change(&request.input.bucket, &request.input.key)?;
        self.files.put_object(request).await
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.may_change(&request.input.bucket, &request.input.key)?;
        self.files.create_multipart_upload(request).await
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        self.may_change(&request.input.bucket, &request.input.key)?;
        upload(self.files.upload_part(request).await)
    }

    async fn list_parts(
        &self,
        request: S3Request<ListPartsInput>,
    ) -> S3Result<S3Response<ListPartsOutput>> {
        upload(self.files.list_parts(request).await)
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.may_change(&request.input.bucket, &request.input.key)?;
        upload(self.files.complete_multipart_upload(request).await)
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        upload(self.files.abort_multipart_upload(request).await)
    }
}

#[cfg(test)]
mod tests;
