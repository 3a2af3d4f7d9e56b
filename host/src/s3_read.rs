//! Reading an object in one go on one thread. s3s-fs hands each of its dozen steps to another one, which took more of the
//! processor than all of them.
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Component, Path};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures::stream::{self, Stream};
use s3s::dto::{ETag, GetObjectInput, GetObjectOutput, Range, StreamingBlob, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result};
use serde_json::{Map, Value};

/// Bytes of an object that are read at once: a preview in one go.
const PIECE: usize = 1024 * 1024;

/// Opens an object, and gives what the file system knows of it. Names that objects only begin with are folders, of which S3
/// knows nothing.
///
/// # Errors
/// There is no such object.
pub fn open(folder: &Path, bucket: &str, key: &str) -> S3Result<(File, Metadata)> {
    let within = Path::new(bucket).join(key);
    let mut parts = within.components();
    let is_inside = parts.all(|part| matches!(part, Component::Normal(_)));
    let found = is_inside.then(|| {
        let file = File::open(folder.join(within)).ok()?;
        let about = file.metadata().ok().filter(Metadata::is_file)?;
        Some((file, about))
    });
    found
        .flatten()
        .ok_or_else(|| S3Error::new(S3ErrorCode::NoSuchKey))
}

/// What is asked for of an object; `None` when s3s-fs knows more of it than its type, and has to answer itself.
///
/// # Errors
/// There is no such object, or no such part of it.
pub fn object(folder: &Path, input: &GetObjectInput) -> S3Result<Option<GetObjectOutput>> {
    let (bucket, key) = (input.bucket.as_str(), input.key.as_str());
    let (file, about) = open(folder, bucket, key)?;
    let facts = facts(folder, bucket, key);
    facts
        .map(|facts| part(file, &about, input.range, facts))
        .transpose()
}

/// What is asked for of a file; `facts` are its entity tag and its type.
///
/// # Errors
/// There is no such part of it.
pub fn part(
    mut file: File,
    about: &Metadata,
    range: Option<Range>,
    (e_tag, content_type): (String, Option<String>),
) -> S3Result<GetObjectOutput> {
    let size = about.len();
    let span = match range {
        None => 0..size,
        // s3s looks for a place before the start of the file.
        Some(Range::Suffix { length }) => Range::Suffix {
            length: length.min(size),
        }
        .check(size)?,
        Some(range) => range.check(size)?,
    };
    let length = span.end - span.start;
    let first = piece(&mut file, span.start, length).map_err(S3Error::internal_error)?;
    let content_range = range.map(|_| format!("bytes {}-{}/{size}", span.start, span.end - 1));
    Ok(GetObjectOutput {
        body: Some(StreamingBlob::wrap(pieces(first, file, span.start, length))),
        content_length: i64::try_from(length).ok(),
        content_range,
        content_type,
        e_tag: Some(ETag::Strong(e_tag)),
        last_modified: about.modified().ok().map(Timestamp::from),
        ..GetObjectOutput::default()
    })
}

/// Entity tag and type, which s3s-fs keeps in files beside the bucket. `None` when there is anything else in them.
fn facts(folder: &Path, bucket: &str, key: &str) -> Option<(String, Option<String>)> {
    let encode = |name: &str| BASE64_URL_SAFE_NO_PAD.encode(name);
    let start = format!(".bucket-{}.object-{}", encode(bucket), encode(key));
    let read = |end: &str| -> Option<Map<String, Value>> {
        match fs::read(folder.join(format!("{start}.{end}.json"))) {
            Ok(text) => serde_json::from_slice(&text).ok(),
            Err(error) => (error.kind() == io::ErrorKind::NotFound).then(Map::new),
        }
    };
    let text = |map: &Map<String, Value>, name: &str| Some(map.get(name)?.as_str()?.to_owned());
    let attributes = read("metadata")?;
    let content_type = text(&attributes, "content_type");
    let is_plain = attributes.len() == usize::from(content_type.is_some());
    let e_tag = text(&read("internal")?, "e_tag")?;
    is_plain.then_some((e_tag, content_type))
}

/// At most [`PIECE`] of the `left` bytes of a file from `at` on.
fn piece(file: &mut File, at: u64, left: u64) -> io::Result<Bytes> {
    let length = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
    // Not filled with zeros first: that took 4 % of all the time of a preview (`perf`).
    let mut piece = Vec::with_capacity(length);
    file.seek(SeekFrom::Start(at))?;
    if file.take(length as u64).read_to_end(&mut piece)? < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(piece.into())
}

/// `length` bytes of a file from `start` on, of which the `first` have been read.
fn pieces(
    first: Bytes,
    file: File,
    start: u64,
    length: u64,
) -> impl Stream<Item = io::Result<Bytes>> {
    let state = (Some(first), file, start, length);
    stream::try_unfold(state, |(read, mut file, at, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let (file, bytes) = match read {
            Some(bytes) => (file, bytes),
            None => {
                tokio::task::spawn_blocking(move || {
                    let bytes = piece(&mut file, at, left)?;
                    io::Result::Ok((file, bytes))
                })
                .await??
            }
        };
        let length = bytes.len() as u64;
        Ok(Some((bytes, (None, file, at + length, left - length))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::TryStreamExt as _;
    use s3s::dto::{CreateBucketInput, PutObjectInput};
    use s3s::{S3, S3Request};
    use s3s_fs::FileSystem;

    fn request<T>(input: T) -> S3Request<T> {
        S3Request {
            input,
            method: http::Method::GET,
            uri: http::Uri::from_static("/"),
            headers: http::HeaderMap::new(),
            extensions: http::Extensions::new(),
            credentials: None,
            region: None,
            service: None,
            trailing_headers: None,
        }
    }

    fn get(range: Option<&str>) -> GetObjectInput {
        GetObjectInput {
            bucket: "bucket".into(),
            key: "a/b.jpg".into(),
            range: range.map(|range| Range::parse(range).unwrap()),
            ..GetObjectInput::default()
        }
    }

    async fn put(files: &FileSystem, bytes: Vec<u8>, owner: Option<&str>) {
        let bytes = stream::iter([io::Result::Ok(Bytes::from(bytes))]);
        let input = PutObjectInput {
            bucket: "bucket".into(),
            key: "a/b.jpg".into(),
            content_type: Some("image/jpeg".into()),
            metadata: owner.map(|owner| [("owner".to_owned(), owner.to_owned())].into()),
            body: Some(StreamingBlob::wrap(bytes)),
            ..PutObjectInput::default()
        };
        files.put_object(request(input)).await.unwrap();
    }

    async fn body(output: &mut GetObjectOutput) -> Vec<u8> {
        let pieces = output
            .body
            .take()
            .unwrap()
            .map_err(|error| error.to_string());
        let pieces: Vec<Bytes> = pieces.try_collect().await.unwrap();
        pieces.concat()
    }

    #[tokio::test]
    async fn it_answers_as_s3s_fs_does() {
        let folder = tempfile::tempdir().unwrap();
        let files = FileSystem::new(folder.path()).unwrap();
        let bucket = CreateBucketInput {
            bucket: "bucket".into(),
            ..CreateBucketInput::default()
        };
        files.create_bucket(request(bucket)).await.unwrap();
        let bytes = (0..=250).cycle().take(PIECE + 1000).collect();
        put(&files, bytes, None).await;
        for range in [
            None,
            Some("bytes=5-9"),
            Some("bytes=1048570-"),
            Some("bytes=-1200"),
        ] {
            let mut own = object(folder.path(), &get(range)).unwrap().unwrap();
            let mut other = files.get_object(request(get(range))).await.unwrap().output;
            assert_eq!(body(&mut own).await, body(&mut other).await, "{range:?}");
            // Checksums are for those who ask for them, which s3s-fs does not regard.
            let other = GetObjectOutput {
                checksum_crc64nvme: None,
                ..other
            };
            assert_eq!(format!("{own:?}"), format!("{other:?}"), "{range:?}");
        }
        assert!(object(folder.path(), &get(Some("bytes=9999999-"))).is_err());
        let folder_of_it = GetObjectInput {
            key: "a".into(),
            ..get(None)
        };
        assert!(object(folder.path(), &folder_of_it).is_err());

        put(&files, vec![1], Some("alice")).await;
        assert!(object(folder.path(), &get(None)).unwrap().is_none());
    }
}
