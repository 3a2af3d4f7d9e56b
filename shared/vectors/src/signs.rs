//! Vectors by the signs of their numbers: the more of them differ, the larger is the angle. That finds the ones that are worth
//! comparing exactly.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::Damaged;

/// Bits of a word.
const WORD: usize = 64;

/// The signs of one vector, as many words as its numbers need.
pub fn of(numbers: &[i8]) -> Vec<u64> {
    let word = |numbers: &[i8]| {
        let bits = numbers.iter().enumerate();
        bits.fold(0, |word, (at, number)| {
            word | (u64::from(*number > 0) << at)
        })
    };
    numbers.chunks(WORD).map(word).collect()
}

/// The text of signs.
pub fn write(words: &[u64]) -> String {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

/// The signs of a text. Errors: it is no base64.
pub fn read(text: &str) -> Result<Vec<u64>, Damaged> {
    let bytes = STANDARD.decode(text);
    let bytes = bytes.map_err(|error| Damaged(error.to_string()))?;
    let (words, _) = bytes.as_chunks::<8>();
    Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
}

/// The vectors whose signs are most like those of one.
#[derive(Debug, Clone)]
pub struct Ranking {
    wanted: Vec<u64>,
    most: usize,
    /// Most signs that may differ.
    limit: u32,
    found: Vec<(u32, String)>,
    looked: usize,
}

impl Ranking {
    /// Of vectors like these numbers, `most` at most.
    pub fn new(wanted: &[i8], most: usize) -> Self {
        Self {
            wanted: of(wanted),
            most: most.max(1),
            limit: u32::MAX,
            found: Vec::new(),
            looked: 0,
        }
    }

    /// Looks at vectors: their ids, and their signs one behind the other. Vectors of another length are not compared.
    pub fn look<T: AsRef<str>>(&mut self, ids: &[T], signs: &[u64]) {
        let words = self.wanted.len();
        if words == 0 || signs.len() != ids.len() * words {
            return;
        }
        self.looked += ids.len();
        for (id, signs) in ids.iter().zip(signs.chunks_exact(words)) {
            let pairs = self.wanted.iter().zip(signs);
            let distance = pairs.map(|(a, b)| (a ^ b).count_ones()).sum();
            if distance <= self.limit {
                self.found.push((distance, id.as_ref().to_owned()));
            }
        }
        if self.found.len() >= 2 * self.most {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.found.len() <= self.most {
            return;
        }
        let (_, last, _) = self.found.select_nth_unstable(self.most - 1);
        self.limit = last.0;
        self.found.truncate(self.most);
    }

    /// Whether all vectors that were looked at are in it.
    pub fn has_all(&self) -> bool {
        self.looked <= self.most
    }

    /// Their ids, the most alike first, of equal ones in the order of the ids.
    pub fn ranked(mut self) -> Vec<String> {
        self.cut();
        self.found.sort_unstable();
        self.found.into_iter().map(|(_, id)| id).collect()
    }
}

#[cfg(test)]
#[path = "signs_tests.rs"]
mod tests;
