//! One file on its way to the object store: hashed as it passes, small ones kept until it is known that they
//! are wanted, large ones stored in parts. What is not wanted leaves nothing behind.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use edge_http::{App, Error, Result, serve};
use edge_platform::MultipartUpload;
use edge_store::objects;
use sha1::{Digest, Sha1};
use sha2::Sha256;

/// Size of the parts of a large file (bytes): DESIGN section 2.
pub const PART: usize = 8 * 1024 * 1024;
/// Files up to this size take the memory they need, larger ones a whole part (bytes).
const SMALL: usize = 1024 * 1024;

/// A file being received.
pub struct Spool {
    app: App,
    key: String,
    content_type: &'static str,
    buffer: Vec<u8>,
    size: u64,
    sha1: Sha1,
    sha256: Option<Sha256>,
    large: Option<Large>,
    /// The multipart upload, from its beginning to its end.
    upload_id: Option<String>,
    is_registered: bool,
    is_stored: bool,
}

/// The parts of a large file.
struct Large {
    upload: Box<dyn MultipartUpload>,
    /// When the pending row was last renewed, epoch ms.
    kept_at: i64,
}

/// Digests of a whole file, base64.
pub struct Digests {
    /// SHA-1, the checksum of the API.
    pub sha1: String,
    /// SHA-256, if it was asked for.
    pub sha256: Option<String>,
}

impl Spool {
    /// An empty file that will be stored under `key`.
    pub fn new(app: &App, key: String, content_type: &'static str, with_sha256: bool) -> Self {
        Self {
            app: app.clone(),
            key,
            content_type,
            buffer: Vec::new(),
            size: 0,
            sha1: Sha1::new(),
            sha256: with_sha256.then(Sha256::new),
            large: None,
            upload_id: None,
            is_registered: false,
            is_stored: false,
        }
    }

    /// Key in the object store.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Bytes received so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether the file is kept in memory, so that nothing is stored or registered yet.
    pub fn is_small(&self) -> bool {
        self.large.is_none()
    }

    /// The pending row was written in the caller's batch.
    pub fn registered(&mut self) {
        self.is_registered = true;
    }

    /// Takes the next bytes. Full parts go to the object store unless `may_store` is false: then the file
    /// is too large for somebody who may not store anything, 401.
    pub async fn write(&mut self, mut bytes: Bytes, may_store: bool) -> Result<()> {
        self.size += bytes.len() as u64;
        self.sha1.update(&bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(&bytes);
        }
        while !bytes.is_empty() {
            let room = PART - self.buffer.len();
            let taken = bytes.split_to(room.min(bytes.len()));
            if self.buffer.len() + taken.len() > SMALL {
                // Large already: in one step, because doubling would leave holes in the wasm memory.
                self.buffer.reserve_exact(room);
            }
            self.buffer.extend_from_slice(&taken);
            if self.buffer.len() == PART {
                if !may_store {
                    return Err(Error::unauthorized("Unauthorized"));
                }
                self.store_part().await?;
            }
        }
        Ok(())
    }

    async fn store_part(&mut self) -> Result<()> {
        let part = Bytes::from(std::mem::take(&mut self.buffer));
        let now = self.app.now();
        let mut large = match self.large.take() {
            Some(large) => large,
            None => self.begin(now).await?,
        };
        if now - large.kept_at > objects::PENDING_LIFETIME / 2 {
            self.app.db().run(objects::keep(&self.key, now)).await?;
            large.kept_at = now;
        }
        let stored = large.upload.part(part).await;
        self.large = Some(large);
        Ok(stored?)
    }

    async fn begin(&mut self, now: i64) -> Result<Large> {
        self.app.db().run(objects::register(&self.key, now)).await?;
        self.is_registered = true;
        let upload = self.app.objects.begin(&self.key, self.content_type).await?;
        self.upload_id = upload.id();
        if let Some(upload_id) = &self.upload_id {
            let statement = objects::set_upload_id(&self.key, upload_id);
            self.app.db().run(statement).await?;
        }
        Ok(Large {
            upload,
            kept_at: now,
        })
    }

    /// The digests of all bytes, which must have been received.
    pub fn digests(&self) -> Digests {
        Digests {
            sha1: STANDARD.encode(self.sha1.clone().finalize()),
            sha256: self
                .sha256
                .clone()
                .map(|sha256| STANDARD.encode(sha256.finalize())),
        }
    }

    /// Stores the object; its key must be registered.
    pub async fn commit(&mut self) -> Result<()> {
        let rest = Bytes::from(std::mem::take(&mut self.buffer));
        // From here on the object may exist, whatever the store answers.
        self.is_stored = true;
        match self.large.take() {
            None => {
                self.app
                    .objects
                    .put(&self.key, rest, self.content_type)
                    .await?;
            }
            Some(mut large) => {
                if !rest.is_empty() {
                    large.upload.part(rest).await?;
                }
                large.upload.finish().await?;
                self.upload_id = None;
            }
        }
        Ok(())
    }

    /// Leaves nothing behind. What cannot be removed now stays registered, so the scheduler removes it later.
    pub async fn discard(self) {
        if let Err(error) = self.try_discard().await {
            serve::log(&format!("an upload is left to the sweeper: {error:?}"));
        }
    }

    async fn try_discard(mut self) -> Result<()> {
        if let Some(large) = self.large.take() {
            large.upload.abort().await?;
        } else if let Some(upload_id) = &self.upload_id {
            // It broke off before its first part or while it was being finished.
            self.app.objects.abort(&self.key, upload_id).await?;
        }
        if self.is_stored {
            self.app
                .objects
                .delete(std::slice::from_ref(&self.key))
                .await?;
        }
        if self.is_registered {
            self.app.db().run(objects::settle(&[&self.key])).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        result::Result,
        sync::{Arc, Mutex},
    };

    use async_trait::async_trait;
    use edge_platform::{ByteRange, Object, ObjectError, ObjectMeta, ObjectStore, stmt};
    use edge_testkit::TestApp;

    use super::*;

    /// Takes the parts of uploads and fails at the end; knows the ids of those that were thrown away.
    #[derive(Clone, Default)]
    struct Unsteady(Arc<Mutex<Vec<String>>>);

    fn down() -> ObjectError {
        ObjectError::Unavailable("down".into())
    }

    #[async_trait]
    impl ObjectStore for Unsteady {
        async fn get(&self, _: &str, _: Option<ByteRange>) -> Result<Option<Object>, ObjectError> {
            Err(down())
        }

        async fn head(&self, _: &str) -> Result<Option<ObjectMeta>, ObjectError> {
            Err(down())
        }

        async fn put(&self, _: &str, _: Bytes, _: &str) -> Result<(), ObjectError> {
            Err(down())
        }

        async fn begin(&self, _: &str, _: &str) -> Result<Box<dyn MultipartUpload>, ObjectError> {
            Ok(Box::new(self.clone()))
        }

        async fn abort(&self, _: &str, upload_id: &str) -> Result<(), ObjectError> {
            self.0.lock().unwrap().push(upload_id.to_owned());
            Ok(())
        }

        async fn delete(&self, _: &[String]) -> Result<(), ObjectError> {
            Ok(())
        }

        async fn list(&self, _: &str, _: Option<&str>) -> Result<Vec<String>, ObjectError> {
            Err(down())
        }
    }

    #[async_trait]
    impl MultipartUpload for Unsteady {
        fn id(&self) -> Option<String> {
            Some("the upload".into())
        }

        async fn part(&mut self, _: Bytes) -> Result<(), ObjectError> {
            Ok(())
        }

        async fn finish(self: Box<Self>) -> Result<(), ObjectError> {
            Err(down())
        }

        async fn abort(self: Box<Self>) -> Result<(), ObjectError> {
            ObjectStore::abort(&*self, "", "the upload").await
        }
    }

    #[test]
    fn an_upload_that_cannot_be_finished_is_thrown_away() {
        edge_testkit::block_on(async {
            let test = TestApp::sqlite(Vec::new()).await;
            let store = Unsteady::default();
            let mut app = test.app.clone();
            app.objects = Arc::new(store.clone());
            let mut spool = Spool::new(&app, "upload/a".into(), "image/jpeg", false);
            spool.write(vec![1; PART + 1].into(), true).await.unwrap();
            assert!(spool.commit().await.is_err());
            spool.discard().await;
            assert_eq!(*store.0.lock().unwrap(), ["the upload"]);
            let pending = stmt!("select cast(count(*) as bigint) as n from pending_object");
            assert_eq!(test.count(pending).await, 0);
        });
    }
}
