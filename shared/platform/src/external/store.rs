//! The object store with its other buckets beside it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;

use super::keys::{FOLDER, split};
use crate::{ByteRange, MultipartUpload, Object, ObjectError, ObjectMeta, ObjectStore};

/// A bucket that is only read.
#[derive(Clone)]
pub struct Other {
    /// What is asked; nothing is ever written to it.
    pub store: Arc<dyn ObjectStore>,
    /// What its keys begin with before those that we name; empty, or ends with a slash.
    pub prefix: String,
}

/// Finds other buckets.
#[async_trait]
pub trait Buckets: Send + Sync {
    /// The bucket of this name; `None`: no bucket is called so. Errors: the configuration cannot be read.
    async fn find(&self, name: &str) -> Result<Option<Other>, ObjectError>;
}

/// No other buckets: for functions that read no originals.
pub struct NoBuckets;

#[async_trait]
impl Buckets for NoBuckets {
    async fn find(&self, _name: &str) -> Result<Option<Other>, ObjectError> {
        Ok(None)
    }
}

/// Buckets in memory, for tests.
#[derive(Default)]
pub struct FixedBuckets(Mutex<BTreeMap<String, Other>>);

impl FixedBuckets {
    /// Names a bucket, or another one so.
    pub fn set(&self, name: &str, bucket: Other) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(name.to_owned(), bucket);
    }
}

#[async_trait]
impl Buckets for FixedBuckets {
    async fn find(&self, name: &str) -> Result<Option<Other>, ObjectError> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(all.get(name).cloned())
    }
}

/// The server's own bucket, and others by the beginning of their keys.
pub struct WithExternal {
    own: Arc<dyn ObjectStore>,
    others: Arc<dyn Buckets>,
}

/// A bucket, its name, and the key that is meant in it.
struct Inside<'k> {
    bucket: Other,
    name: &'k str,
    key: String,
}

impl Inside<'_> {
    /// Whether it is the bucket itself, which is no object: asked for, S3 would answer with a list.
    fn is_bucket(&self) -> bool {
        self.key == self.bucket.prefix
    }

    /// What went wrong, with the name of the bucket. Whatever it is, the server's own bucket and its objects have no part in it: it is a bucket
    /// that cannot be read at present.
    fn explain(&self, error: ObjectError) -> ObjectError {
        match error {
            ObjectError::Range => ObjectError::Range,
            ObjectError::Unavailable(text) | ObjectError::Other(text) => {
                ObjectError::Unavailable(format!("external bucket {}: {text}", self.name))
            }
            ObjectError::NoBucket(_) | ObjectError::ReadOnly(_) => error,
        }
    }
}

impl WithExternal {
    /// Reads what lies in `others` from there; all else is in `own`.
    pub fn new(own: Arc<dyn ObjectStore>, others: Arc<dyn Buckets>) -> Self {
        Self { own, others }
    }

    /// The other bucket that a key names; `None`: it is our own.
    async fn other<'k>(&self, key: &'k str) -> Result<Option<Inside<'k>>, ObjectError> {
        let Some((name, key)) = split(key) else {
            return Ok(None);
        };
        let bucket = self.others.find(name).await?;
        let bucket = bucket.ok_or_else(|| ObjectError::NoBucket(name.to_owned()))?;
        let key = format!("{}{key}", bucket.prefix);
        Ok(Some(Inside { bucket, name, key }))
    }
}

/// Refuses keys of other buckets.
fn writable(key: &str) -> Result<(), ObjectError> {
    match split(key) {
        Some(_) => Err(ObjectError::ReadOnly(key.to_owned())),
        None => Ok(()),
    }
}

#[async_trait]
impl ObjectStore for WithExternal {
    async fn get(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<Option<Object>, ObjectError> {
        match self.other(key).await? {
            None => self.own.get(key, range).await,
            Some(inside) if inside.is_bucket() => Ok(None),
            Some(inside) => {
                let found = inside.bucket.store.get(&inside.key, range).await;
                found.map_err(|error| inside.explain(error))
            }
        }
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, ObjectError> {
        match self.other(key).await? {
            None => self.own.head(key).await,
            Some(inside) if inside.is_bucket() => Ok(None),
            Some(inside) => {
                let found = inside.bucket.store.head(&inside.key).await;
                found.map_err(|error| inside.explain(error))
            }
        }
    }

    async fn put(&self, key: &str, bytes: Bytes, content_type: &str) -> Result<(), ObjectError> {
        writable(key)?;
        self.own.put(key, bytes, content_type).await
    }

    async fn begin(
        &self,
        key: &str,
        content_type: &str,
    ) -> Result<Box<dyn MultipartUpload>, ObjectError> {
        writable(key)?;
        self.own.begin(key, content_type).await
    }

    async fn abort(&self, key: &str, upload_id: &str) -> Result<(), ObjectError> {
        writable(key)?;
        self.own.abort(key, upload_id).await
    }

    async fn start_parts(&self, key: &str, content_type: &str) -> Result<String, ObjectError> {
        writable(key)?;
        self.own.start_parts(key, content_type).await
    }

    async fn put_part(
        &self,
        key: &str,
        upload_id: &str,
        number: u16,
        bytes: Bytes,
    ) -> Result<String, ObjectError> {
        writable(key)?;
        self.own.put_part(key, upload_id, number, bytes).await
    }

    async fn join_parts(
        &self,
        key: &str,
        upload_id: &str,
        tags: &[String],
    ) -> Result<(), ObjectError> {
        writable(key)?;
        self.own.join_parts(key, upload_id, tags).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ObjectError> {
        keys.iter().try_for_each(|key| writable(key))?;
        self.own.delete(keys).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, ObjectError> {
        let Some(inside) = self.other(prefix).await? else {
            return self.own.list(prefix, after).await;
        };
        let (bucket, name) = (&inside.bucket, inside.name);
        let after = after
            .and_then(split)
            .map(|(_, rest)| format!("{}{rest}", bucket.prefix));
        let found = bucket.store.list(&inside.key, after.as_deref()).await;
        let found = found.map_err(|error| inside.explain(error))?;
        let keys = found
            .iter()
            .filter_map(|key| key.strip_prefix(bucket.prefix.as_str()));
        Ok(keys.map(|key| format!("{FOLDER}/{name}/{key}")).collect())
    }
}
