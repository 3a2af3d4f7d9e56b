//! CLIP's tokens: a text becomes numbers of a vocabulary by byte-pair merges.
use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};

use crate::Error;

/// Merges that CLIP uses of its file: 49,152 tokens less 256 bytes, as often with the end of a word, and 2 marks.
const MERGES: usize = 49_152 - 256 - 2;
/// Most characters of a text that are looked at: every one of them is a token at most times a few, and 77 tokens count.
const MOST_CHARACTERS: usize = 4_000;
/// Most characters of a word; what is behind them is left out. Merging a word takes the square of its length, and no network of CLIP reads
/// as many tokens as longer ones have.
const MOST_OF_WORD: usize = 200;
/// What ends a word in the vocabulary.
const END: &str = "</w>";

/// CLIP's vocabulary.
pub struct Tokenizer {
    /// Rank of a merge by its two halves.
    merges: HashMap<(u32, u32), (u32, u32)>,
    /// Token of each byte, inside a word and at its end.
    bytes: Vec<[u32; 2]>,
    start: i32,
    end: i32,
}

impl Tokenizer {
    /// From the bytes of CLIP's `bpe_simple_vocab_16e6.txt`, uncompressed: a line about the file, then two halves a line, the most
    /// frequent first.
    ///
    /// # Errors
    /// It is no UTF-8, a line has not two halves, or a half is made by no line before.
    pub fn new(vocabulary: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(vocabulary)
            .map_err(|error| Error::Vocabulary(error.to_string()))?;
        let symbols = byte_symbols();
        let mut ids: HashMap<String, u32> = HashMap::new();
        let (plain, ends) = (0_u32.., 256_u32..);
        let mut bytes = vec![[0; 2]; 256];
        for ((symbol, byte), (plain, end)) in symbols.iter().zip(plain.zip(ends)) {
            ids.insert(symbol.to_string(), plain);
            ids.insert(format!("{symbol}{END}"), end);
            if let Some(token) = bytes.get_mut(usize::from(*byte)) {
                *token = [plain, end];
            }
        }
        let mut merges = HashMap::new();
        for (rank, line) in (0_u32..).zip(text.lines().skip(1).take(MERGES)) {
            let broken = || Error::Vocabulary(format!("line {} is no merge", rank + 2));
            let mut halves = line.split_whitespace();
            let (Some(left), Some(right), None) = (halves.next(), halves.next(), halves.next())
            else {
                return Err(broken());
            };
            let pair = (
                *ids.get(left).ok_or_else(broken)?,
                *ids.get(right).ok_or_else(broken)?,
            );
            let id = 512 + rank;
            ids.entry(format!("{left}{right}")).or_insert(id);
            merges.entry(pair).or_insert((rank, id));
        }
        let next = i32::try_from(512 + merges.len()).unwrap_or(i32::MAX - 1);
        Ok(Self {
            merges,
            bytes,
            start: next,
            end: next + 1,
        })
    }

    /// The tokens of `text`: a mark, its words, a mark, then `padding`, `length` in all; what is too long is cut before the last
    /// mark. The text is composed (NFC), its white space collapsed, in small letters.
    pub fn tokens(&self, text: &str, length: usize, padding: i32) -> Vec<i32> {
        let mut tokens = vec![self.start];
        let clean = clean(text);
        for word in words(&clean) {
            if tokens.len() >= length {
                break;
            }
            tokens.extend(
                self.word(word)
                    .into_iter()
                    .map(|token| i32::try_from(token).unwrap_or(0)),
            );
        }
        tokens.truncate(length.saturating_sub(1));
        tokens.push(self.end);
        tokens.resize(length, padding);
        tokens
    }

    /// How many of `ids`, which [`Self::tokens`] made, are the text and its marks.
    pub fn own(&self, ids: &[i32]) -> usize {
        let last = ids.iter().position(|id| *id == self.end);
        last.map_or(ids.len(), |last| last + 1)
    }

    /// One word: its bytes, merged as long as two neighbours have a merge, the most frequent first.
    fn word(&self, word: &str) -> Vec<u32> {
        let end = word.char_indices().nth(MOST_OF_WORD);
        let word = end.and_then(|(end, _)| word.get(..end)).unwrap_or(word);
        let last = word.len().saturating_sub(1);
        let mut tokens: Vec<u32> = word
            .bytes()
            .enumerate()
            .filter_map(|(at, byte)| {
                Some(self.bytes.get(usize::from(byte))?[usize::from(at == last)])
            })
            .collect();
        loop {
            let best = tokens
                .iter()
                .zip(tokens.iter().skip(1))
                .filter_map(|(left, right)| {
                    Some((self.merges.get(&(*left, *right))?, (*left, *right)))
                })
                .min();
            let Some(((_, merged), pair)) = best else {
                return tokens;
            };
            let mut shorter = Vec::with_capacity(tokens.len());
            let mut rest = tokens.as_slice();
            while let Some((left, behind)) = rest.split_first() {
                match behind.split_first() {
                    Some((right, behind)) if (*left, *right) == pair => {
                        shorter.push(*merged);
                        rest = behind;
                    }
                    _ => {
                        shorter.push(*left);
                        rest = behind;
                    }
                }
            }
            tokens = shorter;
        }
    }
}

/// The printable characters that stand for bytes, in the order of the vocabulary: those that are printable first.
fn byte_symbols() -> Vec<(char, u8)> {
    let is_printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let printable = (0..=u8::MAX)
        .filter(is_printable)
        .map(|byte| (char::from(byte), byte));
    let others = (0..=u8::MAX).filter(|byte| !is_printable(byte));
    let others = ('\u{100}'..).zip(others);
    printable.chain(others).collect()
}

fn clean(text: &str) -> String {
    let composed: String = text.chars().take(MOST_CHARACTERS).nfc().collect();
    let words: Vec<&str> = composed.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Number,
    Other,
}

fn class(c: char) -> Class {
    if c.is_whitespace() {
        return Class::Space;
    }
    match c.general_category_group() {
        GeneralCategoryGroup::Letter => Class::Letter,
        GeneralCategoryGroup::Number => Class::Number,
        _ => Class::Other,
    }
}

/// Words as CLIP cuts them: English contractions, runs of letters, single digits, runs of anything else.
fn words(mut text: &str) -> impl Iterator<Item = &str> {
    const ENDINGS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    std::iter::from_fn(move || {
        text = text.trim_start();
        let first = text.chars().next()?;
        let kind = class(first);
        let ending = ENDINGS.iter().find(|ending| text.starts_with(**ending));
        let length = match (ending, kind) {
            (Some(ending), _) => ending.len(),
            (None, Class::Number) => first.len_utf8(),
            (None, _) => text.find(|c| class(c) != kind).unwrap_or(text.len()),
        };
        let (word, rest) = text.split_at(length);
        text = rest;
        Some(word)
    })
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
