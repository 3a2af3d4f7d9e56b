//! A ZIP archive that is written while it is sent: one original after the other, stored as it is, so that memory holds a
//! few pieces of one of them. Sizes and checksums stand behind each file (APPNOTE.TXT 4.3.9), with Zip64 everywhere,
//! because nothing is known before the last byte.

use std::{
    collections::VecDeque,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use edge_platform::{ByteStream, ObjectStore};
use futures::{Stream, TryStreamExt, stream};
use jiff::{Timestamp, tz::TimeZone};
use zip::{
    CompressionMethod, DateTime, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name in the archive.
    pub name: String,
    /// Object key.
    pub path: String,
    /// Wall clock when taken, epoch ms as if it were UTC.
    pub local_date_time: i64,
}

/// What the writer has written and nobody has taken yet.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    fn take(&self) -> Vec<u8> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *held)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Archive {
    objects: Arc<dyn ObjectStore>,
    entries: VecDeque<Entry>,
    /// `None` once the archive is complete.
    writer: Option<ZipWriter<StreamWriter<Output>>>,
    output: Output,
    open: Option<ByteStream>,
}

/// The bytes of an archive. Files whose object is gone are left out. An error breaks the stream off, so that nobody takes
/// what came for the whole; a client that goes away ends the reading of the bucket.
pub fn stream(
    objects: Arc<dyn ObjectStore>,
    entries: Vec<Entry>,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let output = Output::default();
    let archive = Archive {
        objects,
        entries: entries.into(),
        writer: Some(ZipWriter::new_stream(output.clone())),
        output,
        open: None,
    };
    stream::try_unfold(archive, |mut archive| async {
        let piece = archive.next().await?;
        Ok(piece.map(|piece| (piece, archive)))
    })
}

impl Archive {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            let ready = self.output.take();
            if !ready.is_empty() {
                return Ok(Some(ready.into()));
            }
            if self.writer.is_none() {
                return Ok(None);
            }
            self.step().await?;
        }
    }

    /// Writes the next piece of a file, begins the next file, or ends the archive.
    async fn step(&mut self) -> io::Result<()> {
        if let Some(file) = &mut self.open {
            match file.try_next().await.map_err(io::Error::other)? {
                Some(piece) => {
                    if let Some(writer) = &mut self.writer {
                        writer.write_all(&piece)?;
                    }
                }
                None => self.open = None,
            }
            return Ok(());
        }
        let Some(entry) = self.entries.pop_front() else {
            if let Some(writer) = self.writer.take() {
                writer.finish().map_err(io::Error::other)?;
            }
            return Ok(());
        };
        let found = self.objects.get(&entry.path, None).await;
        let Some(object) = found.map_err(io::Error::other)? else {
            return Ok(());
        };
        if let Some(writer) = &mut self.writer {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Stored)
                .large_file(true)
                .last_modified_time(dos_time(entry.local_date_time));
            writer
                .start_file(entry.name, options)
                .map_err(io::Error::other)?;
        }
        self.open = Some(object.body.into_stream());
        Ok(())
    }
}

/// The time of a file as ZIP has it: 1980 to 2107, in steps of two seconds; what lies outside becomes the beginning.
fn dos_time(local_date_time: i64) -> DateTime {
    let clock = Timestamp::from_millisecond(local_date_time)
        .map(|instant| instant.to_zoned(TimeZone::UTC).datetime());
    let parts = clock.ok().and_then(|clock| {
        let small = |number: i8| u8::try_from(number).ok();
        let year = u16::try_from(clock.year()).ok()?;
        let (month, day) = (small(clock.month())?, small(clock.day())?);
        let (hour, minute, second) = (
            small(clock.hour())?,
            small(clock.minute())?,
            small(clock.second())?,
        );
        DateTime::from_date_and_time(year, month, day, hour, minute, second).ok()
    });
    parts.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use async_trait::async_trait;
    use edge_platform::{ByteRange, MultipartUpload, Object, ObjectBody, ObjectError, ObjectMeta};
    use edge_testkit::block_on;
    use futures::StreamExt as _;

    use super::*;

    const PIECE: u64 = 1 << 20;
    /// Pieces of each original: 8 GB.
    const PIECES: u64 = 8 << 10;

    /// A bucket of large originals, none of which is anywhere: how many pieces of them were read.
    #[derive(Default)]
    struct Large(Arc<AtomicU64>);

    #[async_trait]
    impl ObjectStore for Large {
        async fn get(
            &self,
            _key: &str,
            _range: Option<ByteRange>,
        ) -> Result<Option<Object>, ObjectError> {
            let (read, size) = (self.0.clone(), PIECES * PIECE);
            let piece = Bytes::from(vec![0; 1 << 20]);
            let pieces = stream::iter(0..PIECES).map(move |_| {
                read.fetch_add(1, Ordering::Relaxed);
                Ok::<_, ObjectError>(piece.clone())
            });
            Ok(Some(Object {
                meta: ObjectMeta {
                    size,
                    etag: "x".to_owned(),
                    modified: 0,
                },
                range: (0, size),
                body: ObjectBody::Stream(Box::pin(pieces)),
            }))
        }

        async fn head(&self, _key: &str) -> Result<Option<ObjectMeta>, ObjectError> {
            Ok(None)
        }

        async fn put(&self, _: &str, _: Bytes, _: &str) -> Result<(), ObjectError> {
            Ok(())
        }

        async fn begin(
            &self,
            _key: &str,
            _content_type: &str,
        ) -> Result<Box<dyn MultipartUpload>, ObjectError> {
            Err(ObjectError::Other("nothing is written".to_owned()))
        }

        async fn delete(&self, _keys: &[String]) -> Result<(), ObjectError> {
            Ok(())
        }

        async fn list(&self, _: &str, _: Option<&str>) -> Result<Vec<String>, ObjectError> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn an_archive_holds_a_piece_at_a_time_and_a_client_that_goes_away_ends_it() {
        let entries = ["a.mov", "b.mov"].map(|name| Entry {
            name: name.to_owned(),
            path: name.to_owned(),
            local_date_time: 0,
        });
        let read = Arc::new(AtomicU64::new(0));
        let archive = stream(Arc::new(Large(read.clone())), entries.into());
        block_on(async move {
            let mut archive = Box::pin(archive);
            let mut sent = 0;
            for _ in 0..65 {
                let piece = archive.next().await.unwrap().unwrap();
                assert!(piece.len() as u64 <= PIECE + 1024, "{}", piece.len());
                sent += piece.len() as u64;
                // Nothing is read ahead of what was sent: memory is the same for an archive of any size.
                assert!(read.load(Ordering::Relaxed) * PIECE <= sent + PIECE);
            }
            let before = read.load(Ordering::Relaxed);
            assert!((60..=65).contains(&before), "{before}");
            drop(archive);
            assert_eq!(read.load(Ordering::Relaxed), before, "nobody reads on");
            assert_eq!(Arc::strong_count(&read), 1, "the original is let go");
        });
    }

    #[test]
    fn sizes_have_eight_bytes_before_anybody_knows_them() {
        let entries = vec![Entry {
            name: "a".to_owned(),
            path: "a".to_owned(),
            local_date_time: 0,
        }];
        let mut archive = Box::pin(stream(Arc::new(Large::default()), entries));
        let head = block_on(archive.next()).unwrap().unwrap();
        let number = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        // APPNOTE.TXT 4.3.7: version 4.5 has Zip64, method 0 is stored, bit 3 puts the sizes behind the file.
        assert_eq!((number(4), number(8), number(6) & 8), (45, 0, 8));
        // The extra field of Zip64 (4.5.3) is there.
        let extra = 30 + usize::from(number(26));
        assert_eq!(number(extra), 1);
    }
}
