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
            key: &str,
            _range: Option<ByteRange>,
        ) -> Result<Option<Object>, ObjectError> {
            // A number as key is how many pieces there are.
            let count = key.parse().unwrap_or(PIECES);
            let (read, size) = (self.0.clone(), count * PIECE);
            let piece = Bytes::from(vec![0; 1 << 20]);
            let pieces = stream::iter(0..count).map(move |_| {
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

    /// Numbers of an archive, little-endian.
    struct Numbers<'a>(&'a [u8]);

    impl Numbers<'_> {
        fn bytes<const N: usize>(&self, at: usize) -> [u8; N] {
            self.0[at..at + N].try_into().unwrap()
        }

        fn two(&self, at: usize) -> usize {
            u16::from_le_bytes(self.bytes(at)).into()
        }

        fn four(&self, at: usize) -> u32 {
            u32::from_le_bytes(self.bytes(at))
        }

        fn eight(&self, at: usize) -> u64 {
            u64::from_le_bytes(self.bytes(at))
        }
    }

    /// CRC-32, size and offset of each file, of the directory (APPNOTE.TXT 4.3.12) from `at` on.
    fn directory(bytes: &[u8], mut at: usize) -> Vec<(u32, u64, u64)> {
        let numbers = Numbers(bytes);
        let mut files = Vec::new();
        while numbers.four(at) == 0x0201_4b50 {
            let (name, extra) = (numbers.two(at + 28), numbers.two(at + 30));
            // What does not fit stands in the extra field of Zip64, in this order (4.5.3).
            let mut long = at + 46 + name;
            assert_eq!(numbers.two(long), 1, "Zip64 comes first");
            long += 4;
            let mut whole = |short: usize| match numbers.four(at + short) {
                u32::MAX => {
                    long += 8;
                    numbers.eight(long - 8)
                }
                fits => fits.into(),
            };
            let (size, stored, offset) = (whole(24), whole(20), whole(42));
            assert_eq!(size, stored);
            files.push((numbers.four(at + 16), size, offset));
            at += 46 + name + extra + numbers.two(at + 32);
        }
        files
    }

    #[test]
    fn an_archive_of_more_than_four_gigabytes_is_complete_to_its_end() {
        const LONG: u64 = 4_097;
        let entries = [LONG, 1].map(|pieces| Entry {
            name: format!("{pieces}.mov"),
            path: pieces.to_string(),
            local_date_time: 0,
        });
        let mut archive = Box::pin(stream(Arc::new(Large::default()), entries.into()));
        let (mut sent, mut heads, mut last) = (0, Vec::new(), Bytes::new());
        block_on(async {
            while let Some(piece) = archive.next().await {
                let piece = piece.unwrap();
                // Everything that is no piece of an original is small.
                if (piece.len() as u64) < PIECE
                    && let Some(at) = piece.windows(4).position(|four| four == b"PK\x03\x04")
                {
                    heads.push(sent + at as u64);
                }
                sent += piece.len() as u64;
                last = piece;
            }
        });
        let numbers = Numbers(&last);
        let begin = sent - last.len() as u64;
        // The end (4.3.16), before it the place of its Zip64 twin (4.3.15), and that one (4.3.14).
        let end = last.len() - 22;
        assert_eq!(
            (numbers.four(end), numbers.four(end + 16)),
            (0x0605_4b50, u32::MAX)
        );
        assert_eq!(numbers.four(end - 20), 0x0706_4b50);
        let twin = usize::try_from(numbers.eight(end - 12) - begin).unwrap();
        assert_eq!(
            (numbers.four(twin), numbers.eight(twin + 32)),
            (0x0606_4b50, 2)
        );
        let start = numbers.eight(twin + 48);
        assert!(start > (LONG + 1) * PIECE);
        assert_eq!(start + numbers.eight(twin + 40), begin + twin as u64);
        let files = directory(&last, usize::try_from(start - begin).unwrap());
        // CRC-32 of so many zeros.
        assert_eq!(
            files,
            [
                (0xc6a4_8b28, LONG * PIECE, heads[0]),
                (0xa738_ea1c, PIECE, heads[1])
            ]
        );
        assert!(heads[0] == 0 && heads[1] > LONG * PIECE, "{heads:?}");
    }
}
