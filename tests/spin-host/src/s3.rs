//! An S3 endpoint on a folder, for local use, through the crates s3s and s3s-fs. A thin layer mends what differs
//! from S3 where our components would notice.
use std::io::SeekFrom;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, Result};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, ETag,
    GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput,
    HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput, ListPartsOutput,
    PutObjectInput, PutObjectOutput, StreamingBlob, UploadPartInput, UploadPartOutput,
};
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio::net::TcpListener;
use tokio_util::io::ReaderStream;

use crate::server;

/// Bytes read at once from a file.
const CHUNK: usize = 64 * 1024;

/// Serves the bucket `bucket`, made if missing, in `folder`, until `stop` is ready.
///
/// # Errors
/// The folder cannot be made.
pub async fn serve(
    folder: &Path,
    bucket: &str,
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
    });
    service.set_auth(SimpleAuth::from_single(access_key, secret_key));
    let service = service.build();
    server::accept(listener, stop, |stream, _client| {
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service.clone())
    })
    .await;
    Ok(())
}

/// s3s-fs, mended.
struct Bucket {
    files: FileSystem,
    folder: PathBuf,
}

impl Bucket {
    /// Opens the file of an object.
    async fn open(&self, bucket: &str, key: &str) -> S3Result<(File, std::fs::Metadata)> {
        let missing = || S3Error::new(S3ErrorCode::NoSuchKey);
        let within = Path::new(bucket).join(key);
        let mut parts = within.components();
        if !parts.all(|part| matches!(part, Component::Normal(_))) {
            return Err(missing());
        }
        let open = async {
            let file = File::open(self.folder.join(within)).await?;
            let metadata = file.metadata().await?;
            std::io::Result::Ok((file, metadata))
        };
        match open.await {
            Ok((file, metadata)) if metadata.is_file() => Ok((file, metadata)),
            _ => Err(missing()),
        }
    }
}

/// Changes when the content does, without reading it; s3s-fs hashes the whole file each time.
fn tag(metadata: &std::fs::Metadata) -> ETag {
    let modified = metadata.modified().ok();
    let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let nanoseconds = since.unwrap_or_default().as_nanos();
    ETag::Strong(format!("{nanoseconds:x}-{:x}", metadata.len()))
}

#[async_trait::async_trait]
impl S3 for Bucket {
    /// Streams with larger reads and without the hash.
    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let range = request.input.range;
        let (mut file, metadata) = self.open(&request.input.bucket, &request.input.key).await?;
        let head = HeadObjectInput::builder()
            .bucket(request.input.bucket.clone())
            .key(request.input.key.clone())
            .build();
        let head = head.map_err(S3Error::internal_error)?;
        let head = self.files.head_object(request.map_input(|_| head)).await?;
        let size = metadata.len();
        let wanted = range.map_or(Ok(0..size), |range| range.check(size))?;
        file.seek(SeekFrom::Start(wanted.start))
            .await
            .map_err(S3Error::internal_error)?;
        let length = wanted.end - wanted.start;
        let body = ReaderStream::with_capacity(file.take(length), CHUNK);
        let content_range = range.map(|_| {
            format!(
                "bytes {}-{}/{size}",
                wanted.start,
                wanted.end.saturating_sub(1)
            )
        });
        Ok(S3Response::new(GetObjectOutput {
            body: Some(StreamingBlob::wrap(body)),
            content_length: i64::try_from(length).ok(),
            content_range,
            content_type: head.output.content_type,
            e_tag: Some(tag(&metadata)),
            last_modified: head.output.last_modified,
            metadata: head.output.metadata,
            ..GetObjectOutput::default()
        }))
    }

    /// With the ETag that s3s-fs leaves out.
    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let (_, metadata) = self.open(&request.input.bucket, &request.input.key).await?;
        let mut head = self.files.head_object(request).await?;
        head.output.e_tag = Some(tag(&metadata));
        Ok(head)
    }

    /// S3 knows no missing key here.
    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        match self.files.delete_object(request).await {
            Err(error) if *error.code() == S3ErrorCode::NoSuchKey => {
                Ok(S3Response::new(DeleteObjectOutput::default()))
            }
            other => other,
        }
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        self.files.delete_objects(request).await
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.files.head_bucket(request).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.files.list_objects_v2(request).await
    }

    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        self.files.put_object(request).await
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.files.create_multipart_upload(request).await
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        self.files.upload_part(request).await
    }

    async fn list_parts(
        &self,
        request: S3Request<ListPartsInput>,
    ) -> S3Result<S3Response<ListPartsOutput>> {
        self.files.list_parts(request).await
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.files.complete_multipart_upload(request).await
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.files.abort_multipart_upload(request).await
    }
}
