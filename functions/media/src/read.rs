//! Reading originals into memory.

use edge_http::{App, consumer::Failure};
use edge_media::metadata::video;
use edge_platform::{ByteRange, Object, ObjectError};
use futures::TryStreamExt;

use crate::rules::LARGEST;

/// Index of a film larger than this is not read, bytes: 24 hours of film have less.
const LARGEST_INDEX: u64 = 24 << 20;

/// Boxes in front of the index of a film that are hopped over at most.
const HOPS: usize = 32;

/// A whole object. Errors: it is missing (final), or too large for this isolate (companion).
pub async fn whole(app: &App, key: &str) -> Result<Vec<u8>, Failure> {
    let object = open(app, key).await?;
    let size = object.meta.size;
    if size > LARGEST {
        return Err(Failure::Companion(format!(
            "a file of {size} bytes does not fit the memory of an edge worker"
        )));
    }
    collect(object.body.into_stream(), size).await
}

/// A whole object, or the first `length` bytes of one that is too large for this isolate.
pub async fn whole_or_beginning(app: &App, key: &str, length: u64) -> Result<Vec<u8>, Failure> {
    let object = open(app, key).await?;
    let size = object.meta.size;
    if size > LARGEST {
        drop(object);
        return part(app, key, 0, length).await;
    }
    collect(object.body.into_stream(), size).await
}

async fn open(app: &App, key: &str) -> Result<Object, Failure> {
    let object = app.objects.get(key, None).await?;
    object.ok_or_else(|| missing(key))
}

fn missing(key: &str) -> Failure {
    Failure::Final(format!("{key} is missing"))
}

/// Size of an object. Errors: it is missing (final).
async fn size(app: &App, key: &str) -> Result<u64, Failure> {
    let meta = app.objects.head(key).await?;
    meta.map(|meta| meta.size).ok_or_else(|| missing(key))
}

/// At most `length` bytes of an object from `start` on; empty when it has none there.
pub async fn part(app: &App, key: &str, start: u64, length: u64) -> Result<Vec<u8>, Failure> {
    let last = start.saturating_add(length).saturating_sub(1);
    let range = ByteRange::FromTo {
        first: start,
        last: Some(last),
    };
    match app.objects.get(key, Some(range)).await {
        Ok(Some(object)) => {
            let (_, size) = object.range;
            collect(object.body.into_stream(), size).await
        }
        Ok(None) | Err(ObjectError::Range) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// The index (`moov` box) of an MP4 or MOV file, wherever it is; empty for other files.
pub async fn film_index(app: &App, key: &str) -> Result<Vec<u8>, Failure> {
    let size = size(app, key).await?;
    let mut at = 0;
    for _ in 0..HOPS {
        let header = part(app, key, at, 16).await?;
        let Some(found) = video::top_box(&header, at, size) else {
            break;
        };
        let length = found.end - found.start;
        if found.kind == *b"moov" && length <= LARGEST_INDEX {
            return part(app, key, found.start, length).await;
        }
        at = found.end;
    }
    Ok(Vec::new())
}

/// Collects into memory of exactly the right size: growing by doubling would need it twice.
async fn collect(mut body: edge_platform::ByteStream, size: u64) -> Result<Vec<u8>, Failure> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(size);
    while let Some(chunk) = body.try_next().await? {
        bytes.extend_from_slice(&chunk);
    }
    if bytes.len() != size {
        return Err(Failure::Passing(format!(
            "{} of {size} bytes were read",
            bytes.len()
        )));
    }
    Ok(bytes)
}
