//! Characters, merged pair by pair, the most frequent first: BPE as SentencePiece and Hugging Face's library have it.
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use super::of_bytes;
use super::vocabulary::{Merge, Vocabulary};

/// What a vocabulary of pairs says besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairs {
    /// The token of a character that is no piece; without one it is left out.
    pub unknown: Option<i32>,
    /// Whether its bytes stand for it, where the vocabulary has them.
    pub bytes: bool,
    /// Whether several in a row are one.
    pub fuse: bool,
    /// Whether a word that is a piece stays whole, whatever its pairs.
    pub whole: bool,
}

/// A token and its neighbours.
#[derive(Clone, Copy)]
struct Symbol {
    id: i32,
    before: Option<usize>,
    next: Option<usize>,
    is_gone: bool,
}

/// A pair that waits: the earliest rank first, of one rank the leftmost.
type Waiting = BinaryHeap<Reverse<(Merge, usize, usize)>>;

/// Appends the tokens of `word` to `ids`.
pub fn word(vocabulary: &Vocabulary, word: &str, pairs: &Pairs, ids: &mut Vec<i32>) {
    if pairs.whole
        && let Some(piece) = vocabulary.find(word.as_bytes())
    {
        ids.push(piece.id);
        return;
    }
    let first = characters(vocabulary, word, pairs);
    let last = first.len().saturating_sub(1);
    let symbol = |(at, id): (usize, i32)| Symbol {
        id,
        before: at.checked_sub(1),
        next: (at < last).then_some(at + 1),
        is_gone: false,
    };
    let mut symbols: Vec<Symbol> = first.into_iter().enumerate().map(symbol).collect();
    let mut waiting = Waiting::new();
    for left in 0..last {
        wait(vocabulary, &symbols, left, left + 1, &mut waiting);
    }
    while let Some(Reverse((merge, left, right))) = waiting.pop() {
        let neighbours = symbols.get(left).copied().zip(symbols.get(right).copied());
        let Some((at_left, at_right)) = neighbours else {
            continue;
        };
        // One of them may have been merged meanwhile.
        let is_fresh = !at_left.is_gone
            && !at_right.is_gone
            && at_left.next == Some(right)
            && vocabulary.merge(at_left.id, at_right.id) == Some(merge);
        if !is_fresh {
            continue;
        }
        if let Some(symbol) = symbols.get_mut(left) {
            (symbol.id, symbol.next) = (merge.id, at_right.next);
        }
        if let Some(symbol) = symbols.get_mut(right) {
            symbol.is_gone = true;
        }
        if let Some(before) = at_left.before {
            wait(vocabulary, &symbols, before, left, &mut waiting);
        }
        if let Some(next) = at_right.next {
            if let Some(symbol) = symbols.get_mut(next) {
                symbol.before = Some(left);
            }
            wait(vocabulary, &symbols, left, next, &mut waiting);
        }
    }
    let left = symbols.iter().filter(|symbol| !symbol.is_gone);
    ids.extend(left.map(|symbol| symbol.id));
}

fn wait(
    vocabulary: &Vocabulary,
    symbols: &[Symbol],
    left: usize,
    right: usize,
    waiting: &mut Waiting,
) {
    let pair = symbols.get(left).zip(symbols.get(right));
    let merge = pair.and_then(|(left, right)| vocabulary.merge(left.id, right.id));
    waiting.extend(merge.map(|merge| Reverse((merge, left, right))));
}

/// The tokens of the characters.
fn characters(vocabulary: &Vocabulary, word: &str, pairs: &Pairs) -> Vec<i32> {
    let mut ids = Vec::new();
    let mut was_unknown = false;
    let mut buffer = [0; 4];
    for character in word.chars() {
        let text: &str = character.encode_utf8(&mut buffer);
        if let Some(piece) = vocabulary.find(text.as_bytes()) {
            ids.push(piece.id);
            was_unknown = false;
            continue;
        }
        let bytes = pairs.bytes.then(|| of_bytes(vocabulary, text)).flatten();
        if let Some(bytes) = bytes {
            ids.extend(bytes);
            was_unknown = false;
        } else if !(was_unknown && pairs.fuse) {
            ids.extend(pairs.unknown);
            was_unknown = true;
        }
    }
    ids
}
