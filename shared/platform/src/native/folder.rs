//! The object store in a local folder. Writes become visible by a rename, never half-way.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream;

use crate::{
    ByteRange, ByteStream, MultipartUpload, Object, ObjectBody, ObjectError, ObjectMeta,
    ObjectStore, Random,
    os::{OsRandom, millis},
};

/// Unfinished writes live here; a key can never name it because a leading dot is escaped.
const UNFINISHED: &str = ".unfinished";
/// Bytes read at once while streaming.
const CHUNK: usize = 256 * 1024;
/// Smallest part R2 and S3 accept, the last one excepted.
const SMALLEST_PART: usize = 5 * 1024 * 1024;
/// Keys returned by one `list`.
const PAGE: usize = 1000;

/// Objects as files below one folder. The key's `/` are folders; characters that could leave the
/// folder or hide a file are percent-escaped. A key may not be a folder of another key.
/// Calls need a tokio runtime.
#[derive(Debug, Clone)]
pub struct Folder {
    root: Arc<Path>,
}

impl Folder {
    /// Uses `root`, which is created when missing. What earlier processes left unfinished is removed.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, ObjectError> {
        let root = root.into();
        let unfinished = root.join(UNFINISHED);
        match fs::remove_dir_all(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => fs::create_dir_all(&unfinished).map_err(failed)?,
        }
        Ok(Self { root: root.into() })
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(escape(key))
    }

    /// The folder with the parts of an upload. An id that is none of ours is refused.
    fn parts(&self, upload_id: &str) -> Result<PathBuf, ObjectError> {
        let is_ours = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if upload_id.is_empty() || !upload_id.bytes().all(is_ours) {
            return Err(ObjectError::Other("there is no such upload".to_owned()));
        }
        Ok(self.root.join(UNFINISHED).join(upload_id))
    }

    fn unfinished(&self) -> Result<Unfinished, ObjectError> {
        let path = self.root.join(UNFINISHED).join(OsRandom.uuid());
        let file = fs::File::create_new(&path).map_err(failed)?;
        Ok(Unfinished { path, file })
    }
}

#[async_trait]
impl ObjectStore for Folder {
    async fn get(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<Option<Object>, ObjectError> {
        let path = self.path(key);
        blocking(move || {
            let Some((mut file, meta)) = found(open(&path))? else {
                return Ok(None);
            };
            let span = match range {
                Some(range) => range.resolve(meta.size).ok_or(ObjectError::Range)?,
                None => (0, meta.size),
            };
            file.seek(SeekFrom::Start(span.0)).map_err(failed)?;
            Ok(Some(Object {
                meta,
                range: span,
                body: ObjectBody::Stream(chunks(file, span.1)),
            }))
        })
        .await
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, ObjectError> {
        let path = self.path(key);
        blocking(move || Ok(found(open(&path))?.map(|(_, meta)| meta))).await
    }

    async fn put(&self, key: &str, bytes: Bytes, _: &str) -> Result<(), ObjectError> {
        let (folder, path) = (self.clone(), self.path(key));
        blocking(move || {
            let mut unfinished = folder.unfinished()?;
            unfinished.file.write_all(&bytes).map_err(failed)?;
            unfinished.publish(&path)
        })
        .await
    }

    async fn begin(&self, key: &str, _: &str) -> Result<Box<dyn MultipartUpload>, ObjectError> {
        let (folder, path) = (self.clone(), self.path(key));
        blocking(move || {
            let unfinished = folder.unfinished()?;
            Ok(Box::new(Upload {
                unfinished: Some(unfinished),
                path,
                part_size: None,
                last: false,
            }) as Box<dyn MultipartUpload>)
        })
        .await
    }

    async fn start_parts(&self, _key: &str, _: &str) -> Result<String, ObjectError> {
        let id = OsRandom.uuid();
        let folder = self.parts(&id)?;
        blocking(move || fs::create_dir(folder).map_err(failed)).await?;
        Ok(id)
    }

    async fn put_part(
        &self,
        _key: &str,
        upload_id: &str,
        number: u16,
        bytes: Bytes,
    ) -> Result<String, ObjectError> {
        let tag = format!("{number}-{}", bytes.len());
        let path = self.parts(upload_id)?.join(&tag);
        blocking(move || fs::write(path, bytes).map_err(failed)).await?;
        Ok(tag)
    }

    async fn join_parts(
        &self,
        key: &str,
        upload_id: &str,
        tags: &[String],
    ) -> Result<(), ObjectError> {
        let (store, parts, path) = (self.clone(), self.parts(upload_id)?, self.path(key));
        let tags = tags.to_vec();
        blocking(move || {
            let mut unfinished = store.unfinished()?;
            let size = |tag: &str| tag.rsplit('-').next().and_then(|size| size.parse().ok());
            let first: Option<usize> = tags.first().and_then(|tag| size(tag));
            let (last, before) = tags.split_last().ok_or_else(broken)?;
            if before.iter().any(|tag| size(tag) != first) || size(last) > first {
                return Err(unequal());
            }
            for (number, tag) in (1..).zip(&tags) {
                let is_next = tag.split('-').next() == Some(&format!("{number}"));
                let part = is_next.then(|| parts.join(escape(tag)));
                let mut part = fs::File::open(part.ok_or_else(broken)?).map_err(failed)?;
                io::copy(&mut part, &mut unfinished.file).map_err(failed)?;
            }
            unfinished.publish(&path)?;
            fs::remove_dir_all(parts).map_err(failed)
        })
        .await
    }

    async fn abort(&self, _key: &str, upload_id: &str) -> Result<(), ObjectError> {
        let parts = self.parts(upload_id)?;
        blocking(move || found(fs::remove_dir_all(parts)).map(drop)).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ObjectError> {
        let (root, paths) = (
            Arc::clone(&self.root),
            keys.iter().map(|key| self.path(key)),
        );
        let paths: Vec<_> = paths.collect();
        blocking(move || {
            for path in paths {
                found(fs::remove_file(&path))?;
                remove_empty_parents(&root, &path);
            }
            Ok(())
        })
        .await
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, ObjectError> {
        let (root, prefix) = (Arc::clone(&self.root), prefix.to_owned());
        let after = after.map(str::to_owned);
        blocking(move || {
            let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
            let mut keys = Vec::new();
            walk(&root.join(escape(folder)), folder, &mut keys)?;
            keys.retain(|key| {
                key.starts_with(&prefix) && after.as_ref().is_none_or(|after| key > after)
            });
            keys.sort_unstable();
            keys.truncate(PAGE);
            Ok(keys)
        })
        .await
    }
}

/// A file no key names yet; removed when dropped unpublished.
struct Unfinished {
    path: PathBuf,
    file: fs::File,
}

impl Unfinished {
    fn publish(self, target: &Path) -> Result<(), ObjectError> {
        self.file.sync_data().map_err(failed)?;
        let parent = target.parent().unwrap_or(target);
        // A concurrent delete may remove the folder between the two steps.
        for _ in 0..10 {
            fs::create_dir_all(parent).map_err(failed)?;
            match fs::rename(&self.path, target) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => return result.map_err(failed),
            }
        }
        Err(ObjectError::Unavailable(
            "the folder vanishes again and again".into(),
        ))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After publishing there is nothing to remove; a leftover is removed by the next `open`.
        drop(fs::remove_file(&self.path));
    }
}

/// Parts appended to one unfinished file, with the size rules of R2 so tests see them broken.
struct Upload {
    unfinished: Option<Unfinished>,
    path: PathBuf,
    part_size: Option<usize>,
    last: bool,
}

#[async_trait]
impl MultipartUpload for Upload {
    async fn part(&mut self, bytes: Bytes) -> Result<(), ObjectError> {
        let size = *self.part_size.get_or_insert(bytes.len());
        if self.last || bytes.len() > size {
            return Err(unequal());
        }
        self.last = bytes.len() < size || size < SMALLEST_PART;
        let mut unfinished = self.unfinished.take().ok_or_else(broken)?;
        let written = blocking(move || {
            unfinished.file.write_all(&bytes).map_err(failed)?;
            Ok(unfinished)
        });
        self.unfinished = Some(written.await?);
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), ObjectError> {
        let unfinished = self.unfinished.take().ok_or_else(broken)?;
        blocking(move || unfinished.publish(&self.path)).await
    }

    async fn abort(self: Box<Self>) -> Result<(), ObjectError> {
        Ok(())
    }
}

fn unequal() -> ObjectError {
    ObjectError::Other("all parts but the last must have one size".into())
}

fn broken() -> ObjectError {
    ObjectError::Other("an earlier part failed".into())
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn failed(error: io::Error) -> ObjectError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::ResourceBusy => {
            ObjectError::Unavailable(error.to_string())
        }
        _ => ObjectError::Other(error.to_string()),
    }
}

fn found<T>(result: io::Result<T>) -> Result<Option<T>, ObjectError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory => Ok(None),
            _ => Err(failed(error)),
        },
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ObjectError> + Send + 'static,
) -> Result<T, ObjectError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ObjectError::Other(error.to_string()))?
}

fn open(path: &Path) -> io::Result<(fs::File, ObjectMeta)> {
    let file = fs::File::open(path)?;
    let facts = file.metadata()?;
    if facts.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // Each write makes a new file, so the inode tells two writes of one clock tick apart.
    let etag = format!(
        "{:x}-{:x}-{:x}{:08x}",
        facts.len(),
        facts.ino(),
        facts.mtime(),
        facts.mtime_nsec()
    );
    let meta = ObjectMeta {
        size: facts.len(),
        etag,
        modified: millis(facts.modified()?),
    };
    Ok((file, meta))
}

fn chunks(file: fs::File, length: u64) -> ByteStream {
    Box::pin(stream::try_unfold(
        (file, length),
        |(mut file, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            blocking(move || {
                let mut chunk = vec![0; CHUNK.min(usize::try_from(left).unwrap_or(CHUNK))];
                file.read_exact(&mut chunk).map_err(failed)?;
                let left = left - chunk.len() as u64;
                Ok(Some((Bytes::from(chunk), (file, left))))
            })
            .await
        },
    ))
}

fn remove_empty_parents(root: &Path, path: &Path) {
    let inside = |parent: &&Path| *parent != root && parent.starts_with(root);
    for parent in path.ancestors().skip(1).take_while(inside) {
        // A folder that is not empty stays, and so do those above it.
        if fs::remove_dir(parent).is_err() {
            break;
        }
    }
}

fn walk(folder: &Path, key: &str, keys: &mut Vec<String>) -> Result<(), ObjectError> {
    let Some(entries) = found(fs::read_dir(folder))? else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let name = unescape(name);
        let inner = if key.is_empty() {
            name
        } else {
            format!("{key}/{name}")
        };
        if entry.file_type().map_err(failed)?.is_dir() {
            walk(&entry.path(), &inner, keys)?;
        } else {
            keys.push(inner);
        }
    }
    Ok(())
}

/// The key as a relative path: no `..`, no absolute path, no hidden file, no control character.
fn escape(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for (index, segment) in key.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        if segment.is_empty() && !key.is_empty() {
            out.push_str("%00");
        }
        for (at, c) in segment.char_indices() {
            let plain = !(c.is_control() || c == '%' || c == '\\' || (c == '.' && at == 0));
            if plain {
                out.push(c);
            } else {
                let mut buffer = [0; 4];
                let bytes = c.encode_utf8(&mut buffer).bytes();
                out.extend(bytes.map(|byte| format!("%{byte:02X}")));
            }
        }
    }
    out
}

/// Undoes [`escape`] for one segment.
fn unescape(segment: &str) -> String {
    if segment == "%00" {
        return String::new();
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment;
    while let Some((before, behind)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let code = behind
            .get(..2)
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(code.unwrap_or(b'%'));
        rest = if code.is_some() {
            behind.get(2..).unwrap_or_default()
        } else {
            behind
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leaves_the_folder_and_every_key_comes_back() {
        for key in [
            "../../etc/passwd",
            "/etc/passwd",
            "a//b",
            ".unfinished/x",
            "a\\..\\b",
            "ü/%2E",
            "a\0b",
        ] {
            let path = escape(key);
            let harmless = Path::new(&path)
                .components()
                .all(|part| matches!(part, std::path::Component::Normal(_)));
            assert!(harmless && !path.starts_with('.'), "{key} became {path}");
            let back: Vec<_> = path.split('/').map(unescape).collect();
            assert_eq!(back.join("/"), key);
        }
    }
}
