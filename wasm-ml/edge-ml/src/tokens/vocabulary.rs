//! Pieces of words as one file, which is read as it is: 250,000 pieces in maps would take what an isolate has. Behind a mark and four
//! lengths: ids, scores and ends of all pieces in the order of their texts, the texts, pairs in the order of their halves, and
//! SentencePiece's table of characters. Numbers have 32 bits, little endian.
use std::collections::BTreeMap;
use std::ops::Range;

use crate::Error;

/// What the file begins with.
const MAGIC: &[u8; 8] = b"EDGETOK1";
const HEADER: usize = 24;
/// Most bytes of a file: 600,000 pieces with a million pairs have 30 MB.
pub const MOST_BYTES: u64 = 40 << 20;
/// Most bytes of a piece.
pub const MOST_PIECE: usize = 512;
/// Bytes of a pair: its halves, its rank, what it becomes.
const PAIR: usize = 16;

/// A vocabulary to be written.
#[derive(Default)]
pub struct Draft {
    /// Pieces with their tokens and scores.
    pub pieces: BTreeMap<Vec<u8>, (i32, f32)>,
    /// Pairs of tokens, with their rank and the token that they become.
    pub pairs: BTreeMap<(i32, i32), (i32, i32)>,
    /// SentencePiece's table of characters; empty without one.
    pub charsmap: Vec<u8>,
}

impl Draft {
    /// The bytes of the file. Errors: it is longer than [`MOST_BYTES`], or holds what [`Vocabulary::read`] refuses.
    pub fn write(&self) -> Result<Vec<u8>, Error> {
        let mut ends = Vec::with_capacity(self.pieces.len());
        let mut texts = Vec::new();
        for text in self.pieces.keys() {
            texts.extend_from_slice(text);
            ends.push(length(texts.len())?);
        }
        let mut bytes = MAGIC.to_vec();
        for count in [
            self.pieces.len(),
            texts.len(),
            self.pairs.len(),
            self.charsmap.len(),
        ] {
            bytes.extend(length(count)?.to_le_bytes());
        }
        let pieces = self.pieces.values();
        bytes.extend(pieces.clone().flat_map(|(id, _)| id.to_le_bytes()));
        bytes.extend(pieces.flat_map(|(_, score)| score.to_le_bytes()));
        bytes.extend(ends.iter().flat_map(|end| end.to_le_bytes()));
        bytes.append(&mut texts);
        for ((left, right), (rank, id)) in &self.pairs {
            bytes.extend([left, right, rank, id].map(|it| it.to_le_bytes()).concat());
        }
        bytes.extend_from_slice(&self.charsmap);
        Vocabulary::read(bytes.clone())?;
        Ok(bytes)
    }
}

fn length(of: usize) -> Result<u32, Error> {
    u32::try_from(of).map_err(|error| Error::Vocabulary(error.to_string()))
}

/// A vocabulary, as its file is.
pub struct Vocabulary {
    bytes: Vec<u8>,
    count: usize,
    texts: Range<usize>,
    pairs: usize,
    charsmap: usize,
    longest: usize,
    lowest: f64,
}

/// A piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Its token.
    pub id: i32,
    /// The logarithm of how likely it is.
    pub score: f32,
}

/// What two tokens become, the least rank first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Merge {
    /// How early.
    pub rank: i32,
    /// The token.
    pub id: i32,
}

impl Vocabulary {
    /// From the bytes of the file.
    ///
    /// # Errors
    /// They are none, cut off or longer than said; pieces are empty, too long, twice or out of order; a token is negative, or a score
    /// no number.
    pub fn read(bytes: Vec<u8>) -> Result<Self, Error> {
        if bytes.len() as u64 > MOST_BYTES || bytes.get(..MAGIC.len()) != Some(&MAGIC[..]) {
            return refuse("no vocabulary, or one over the limit");
        }
        let lengths = [8, 12, 16, 20].map(|at| u64::from(word(&bytes, at).unwrap_or(0)));
        let [count, texts, pairs, charsmap] = lengths;
        let wanted = HEADER as u64 + 12 * count + texts + PAIR as u64 * pairs + charsmap;
        if wanted != bytes.len() as u64 {
            return refuse("its lengths do not add up");
        }
        // Not longer than the file, so that they fit.
        let [count, texts, pairs, _] = lengths.map(|it| usize::try_from(it).unwrap_or(0));
        let start = HEADER + 12 * count;
        let mut read = Self {
            bytes,
            count,
            texts: start..start + texts,
            pairs,
            charsmap: start + texts + PAIR * pairs,
            longest: 0,
            lowest: 0.0,
        };
        read.check()?;
        Ok(read)
    }

    fn check(&mut self) -> Result<(), Error> {
        let (mut longest, mut lowest) = (0, f64::INFINITY);
        let mut last: &[u8] = &[];
        for place in 0..self.count {
            let text = self.text(place);
            let piece = self.piece(place);
            if text <= last || text.len() > MOST_PIECE {
                return refuse(format!("piece {place} is empty, too long or out of order"));
            }
            let Some(piece) = piece.filter(|it| it.id >= 0 && it.score.is_finite()) else {
                return refuse(format!("piece {place} has no token or no score"));
            };
            longest = longest.max(text.len());
            lowest = f64::min(lowest, piece.score.into());
            last = text;
        }
        for place in 0..self.pairs {
            let (_, merge) = self.pair(place);
            if merge.id < 0 || (place > 0 && self.pair(place - 1).0 >= self.pair(place).0) {
                return refuse(format!("pair {place} is out of order"));
            }
        }
        (self.longest, self.lowest) = (longest, if lowest.is_finite() { lowest } else { 0.0 });
        Ok(())
    }

    /// The lowest score of all pieces.
    pub fn lowest(&self) -> f64 {
        self.lowest
    }

    /// SentencePiece's table of characters; empty without one.
    pub fn charsmap(&self) -> &[u8] {
        self.bytes.get(self.charsmap..).unwrap_or_default()
    }

    fn text(&self, place: usize) -> &[u8] {
        let ends = HEADER + 8 * self.count;
        let end = |place: usize| word(&self.bytes, ends + 4 * place).map_or(0, |end| end as usize);
        let start = place.checked_sub(1).map_or(0, end);
        let texts = self.bytes.get(self.texts.clone()).unwrap_or_default();
        texts.get(start..end(place)).unwrap_or_default()
    }

    fn piece(&self, place: usize) -> Option<Piece> {
        let id = word(&self.bytes, HEADER + 4 * place)?;
        let score = word(&self.bytes, HEADER + 4 * (self.count + place))?;
        Some(Piece {
            id: id.cast_signed(),
            score: f32::from_bits(score),
        })
    }

    /// The first of `range` for which `is_before` does not hold: it holds for those before only.
    fn first(mut range: Range<usize>, is_before: impl Fn(usize) -> bool) -> usize {
        while range.start < range.end {
            let middle = range.start + (range.end - range.start) / 2;
            if is_before(middle) {
                range.start = middle + 1;
            } else {
                range.end = middle;
            }
        }
        range.start
    }

    /// The piece that is `text`.
    pub fn find(&self, text: &[u8]) -> Option<Piece> {
        let place = Self::first(0..self.count, |place| self.text(place) < text);
        let is_it = place < self.count && self.text(place) == text;
        is_it.then(|| self.piece(place)).flatten()
    }

    /// Every piece that `text` begins with, the shortest first, with its length in bytes.
    pub fn beginnings(&self, text: &[u8], mut each: impl FnMut(usize, Piece)) {
        let mut range = 0..self.count;
        for (at, byte) in text.iter().enumerate().take(self.longest) {
            // Those that end here come before all that go on.
            let start = Self::first(range.clone(), |place| self.text(place).get(at) < Some(byte));
            let end = Self::first(start..range.end, |place| {
                self.text(place).get(at) <= Some(byte)
            });
            if start == end {
                return;
            }
            range = start..end;
            if self.text(start).len() == at + 1
                && let Some(piece) = self.piece(start)
            {
                each(at + 1, piece);
            }
        }
    }

    fn pair(&self, place: usize) -> ((i32, i32), Merge) {
        let at = self.texts.end + PAIR * place;
        let number = |nth: usize| word(&self.bytes, at + 4 * nth).map_or(-1, u32::cast_signed);
        let (rank, id) = (number(2), number(3));
        ((number(0), number(1)), Merge { rank, id })
    }

    /// What two tokens become.
    pub fn merge(&self, left: i32, right: i32) -> Option<Merge> {
        let place = Self::first(0..self.pairs, |place| self.pair(place).0 < (left, right));
        let (halves, merge) = self.pair(place);
        (place < self.pairs && halves == (left, right)).then_some(merge)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}

fn refuse<T>(why: impl Into<String>) -> Result<T, Error> {
    Err(Error::Vocabulary(why.into()))
}
