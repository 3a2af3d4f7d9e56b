//! The object store port: photos, videos and renditions live here, never in the database.

use std::pin::Pin;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{Stream, TryStreamExt};

/// Bytes as they arrive.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, ObjectError>> + Send>>;

/// What can go wrong with objects.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The store is out of reach or overloaded; trying again may work.
    #[error("object store unavailable: {0}")]
    Unavailable(String),
    /// The requested byte range lies outside the object.
    #[error("range not satisfiable")]
    Range,
    /// The key names another bucket that no configuration knows.
    #[error("no external bucket is called {0:?}")]
    NoBucket(String),
    /// The key lies in another bucket: nothing is ever written there.
    #[error("external buckets are only read: {0}")]
    ReadOnly(String),
    /// Anything else.
    #[error("object store error: {0}")]
    Other(String),
}

/// A byte range as HTTP asks for it (RFC 9110 section 14.1.2), before the size is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From `first` to `last`, both inclusive; open at the end when `last` is `None`.
    FromTo {
        /// First byte wanted.
        first: u64,
        /// Last byte wanted, inclusive.
        last: Option<u64>,
    },
    /// The last `length` bytes.
    Suffix {
        /// How many bytes from the end.
        length: u64,
    },
}

impl ByteRange {
    /// `(offset, length)` within an object of `size` bytes, or `None` when the range lies outside it.
    pub fn resolve(self, size: u64) -> Option<(u64, u64)> {
        match self {
            Self::FromTo { first, last } => {
                let last = last.unwrap_or(u64::MAX).min(size.checked_sub(1)?);
                (first <= last).then(|| (first, last - first + 1))
            }
            Self::Suffix { length } => {
                let length = length.min(size);
                (length > 0).then(|| (size - length, length))
            }
        }
    }
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMeta {
    /// Size of the whole object in bytes.
    pub size: u64,
    /// Entity tag without quotes; changes when the content changes.
    pub etag: String,
    /// When it was written, epoch ms.
    pub modified: i64,
}

/// The body of an object on its way to the client.
pub enum ObjectBody {
    /// Chunks that pass through our code.
    Stream(ByteStream),
    /// A stream of the platform's own (Workers: a JavaScript `ReadableStream`) which the entry glue
    /// hands to the response untouched.
    #[cfg(target_arch = "wasm32")]
    Native(crate::NativeBody),
}

impl ObjectBody {
    /// The bytes as a stream, for code that must look at them.
    pub fn into_stream(self) -> ByteStream {
        match self {
            Self::Stream(stream) => stream,
            #[cfg(target_arch = "wasm32")]
            Self::Native(native) => native.into_stream(),
        }
    }

    /// All bytes in memory. Errors: more than `limit` bytes, or the store breaks off.
    pub async fn collect(self, limit: usize) -> Result<Bytes, ObjectError> {
        let too_large = || ObjectError::Other(format!("object larger than {limit} bytes"));
        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        if let Self::Native(native) = self {
            return if usize::try_from(native.length()).is_ok_and(|length| length <= limit) {
                native.into_bytes().await
            } else {
                Err(too_large())
            };
        }
        let mut stream = self.into_stream();
        let mut all = BytesMut::new();
        while let Some(chunk) = stream.try_next().await? {
            all.extend_from_slice(&chunk);
            if all.len() > limit {
                return Err(too_large());
            }
        }
        Ok(all.freeze())
    }
}

/// An object with its (possibly partial) body.
pub struct Object {
    /// Facts about the whole object.
    pub meta: ObjectMeta,
    /// `(offset, length)` of the body within the object; the whole object when no range was asked for.
    pub range: (u64, u64),
    /// The bytes.
    pub body: ObjectBody,
}

/// An upload in parts. Nothing is visible under the key until [`MultipartUpload::finish`].
#[async_trait]
pub trait MultipartUpload: Send {
    /// Name under which [`ObjectStore::abort`] finds the upload when this value is lost with its process;
    /// `None` when the store forgets unfinished uploads by itself.
    fn id(&self) -> Option<String> {
        None
    }

    /// Stores the next part. All parts but the last must have the same size, at least 5 MiB (R2, S3).
    async fn part(&mut self, bytes: Bytes) -> Result<(), ObjectError>;

    /// Makes the object visible.
    async fn finish(self: Box<Self>) -> Result<(), ObjectError>;

    /// Throws away all parts.
    async fn abort(self: Box<Self>) -> Result<(), ObjectError>;
}

/// The object store: R2, a folder, S3.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Reads an object or a range of it; `None` when there is none. Errors: [`ObjectError::Range`].
    async fn get(&self, key: &str, range: Option<ByteRange>)
    -> Result<Option<Object>, ObjectError>;

    /// Facts about an object; `None` when there is none.
    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, ObjectError>;

    /// Writes a small object in one go, replacing what was there.
    async fn put(&self, key: &str, bytes: Bytes, content_type: &str) -> Result<(), ObjectError>;

    /// Starts an upload in parts.
    async fn begin(
        &self,
        key: &str,
        content_type: &str,
    ) -> Result<Box<dyn MultipartUpload>, ObjectError>;

    /// Throws away all parts of an upload that somebody else began; one that has ended is fine.
    async fn abort(&self, _key: &str, _upload_id: &str) -> Result<(), ObjectError> {
        Ok(())
    }

    /// Starts an upload whose parts come with other requests, whoever answers those; gives its id.
    async fn start_parts(&self, key: &str, content_type: &str) -> Result<String, ObjectError> {
        let id = self.begin(key, content_type).await?.id();
        id.ok_or_else(apart)
    }

    /// Stores a part, numbered from 1, of an upload that [`ObjectStore::start_parts`] started; gives its entity tag. Sizes as in
    /// [`MultipartUpload::part`]. The same number again replaces the part.
    async fn put_part(
        &self,
        _key: &str,
        _upload_id: &str,
        _number: u16,
        _bytes: Bytes,
    ) -> Result<String, ObjectError> {
        Err(apart())
    }

    /// Makes the object of such an upload visible; `tags` are those of all its parts, in order.
    async fn join_parts(
        &self,
        _key: &str,
        _upload_id: &str,
        _tags: &[String],
    ) -> Result<(), ObjectError> {
        Err(apart())
    }

    /// Deletes objects; keys without an object are fine.
    async fn delete(&self, keys: &[String]) -> Result<(), ObjectError>;

    /// Keys that start with `prefix`, in order, at most 1000 behind `after`.
    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, ObjectError>;
}

fn apart() -> ObjectError {
    ObjectError::Other("this store takes no parts with other requests".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_object() {
        let open = ByteRange::FromTo {
            first: 2,
            last: None,
        };
        assert_eq!(open.resolve(10), Some((2, 8)));
        assert_eq!(
            ByteRange::FromTo {
                first: 2,
                last: Some(99)
            }
            .resolve(10),
            Some((2, 8))
        );
        assert_eq!(ByteRange::Suffix { length: 4 }.resolve(10), Some((6, 4)));
        assert_eq!(ByteRange::Suffix { length: 40 }.resolve(10), Some((0, 10)));
        assert_eq!(open.resolve(2), None);
        assert_eq!(open.resolve(0), None);
        assert_eq!(ByteRange::Suffix { length: 0 }.resolve(10), None);
    }
}
