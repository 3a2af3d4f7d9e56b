//! Reading originals into memory.

use bytes::Bytes;
use edge_http::{App, consumer::Failure};
use edge_media::metadata::video;
use edge_platform::{ByteRange, Object, ObjectError};
use futures::TryStreamExt;

use crate::rules::LARGEST;

/// Index of a film larger than this is not read, bytes: 24 hours of film have less.
const LARGEST_INDEX: u64 = 24 << 20;

/// Largest block beside the index that is read, bytes.
const LARGEST_BLOCK: u64 = 1 << 20;

/// Of larger sidecars nothing is read, and none is written, bytes.
pub const SIDECAR: u64 = 4 << 20;

/// A film up to this size is read at once, bytes: hopping takes longer.
const SMALL_FILM: u64 = 4 << 20;

/// Most reads for one film: on the free plan a Worker has 50 for each invocation.
const READS: u32 = 40;

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

/// What was read of an original.
pub struct Original {
    /// Its bytes, or some of them.
    pub bytes: Bytes,
    /// How many it has.
    pub size: u64,
}

impl Original {
    /// All of it was read.
    pub fn is_whole(&self) -> bool {
        usize::try_from(self.size).is_ok_and(|size| size == self.bytes.len())
    }
}

/// A whole object, or the first `length` bytes of one that is too large for this isolate.
pub async fn whole_or_beginning(app: &App, key: &str, length: u64) -> Result<Original, Failure> {
    let object = open(app, key).await?;
    let size = object.meta.size;
    let bytes = if size > LARGEST {
        drop(object);
        part(app, key, 0, length).await?
    } else {
        collect(object.body.into_stream(), size).await?
    };
    let bytes = bytes.into();
    Ok(Original { bytes, size })
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

/// The boxes of an MP4 or MOV file that hold its metadata, one after the other: the index (`moov`),
/// wherever it is, XMP beside it, and the announcements of fragments. A small film is read whole; other
/// files give nothing.
pub async fn film_index(app: &App, key: &str) -> Result<Original, Failure> {
    let size = size(app, key).await?;
    if size <= SMALL_FILM {
        let bytes = whole(app, key).await?.into();
        return Ok(Original { bytes, size });
    }
    let (mut index, mut fragments) = (Vec::new(), Vec::new());
    let (mut at, mut reads) = (0, 0);
    while at < size && reads < READS {
        let header = part(app, key, at, 16).await?;
        reads += 1;
        let Some(found) = video::top_box(&header, at, size) else {
            break;
        };
        let length = found.end - found.start;
        let place = match &found.kind {
            b"moov" if length <= LARGEST_INDEX => Some(&mut index),
            b"uuid" | b"sidx" if length <= LARGEST_BLOCK => Some(&mut index),
            b"moof" if length <= LARGEST_BLOCK => Some(&mut fragments),
            _ => None,
        };
        if let Some(place) = place {
            place.extend(part(app, key, found.start, length).await?);
            reads += 1;
        }
        at = found.end;
    }
    // the sum of some of the fragments would be wrong
    if at >= size {
        index.append(&mut fragments);
    }
    let bytes = index.into();
    Ok(Original { bytes, size })
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
