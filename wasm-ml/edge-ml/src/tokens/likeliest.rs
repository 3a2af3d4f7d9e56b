//! The pieces that are likeliest together: SentencePiece's unigram, by Viterbi.
use super::of_bytes;
use super::vocabulary::Vocabulary;

/// How much less likely than the least likely piece a character is that is none.
const PENALTY: f64 = 10.0;

/// The best way to a place in the word.
#[derive(Clone, Copy)]
struct Best {
    score: f64,
    start: usize,
    /// `None`: it ends with a character that is no piece.
    id: Option<i32>,
}

/// Appends the tokens of `word` to `ids`. Characters in a row that are no pieces are one `unknown`, or their bytes.
pub fn word(
    vocabulary: &Vocabulary,
    word: &str,
    unknown: Option<i32>,
    bytes: bool,
    ids: &mut Vec<i32>,
) {
    let best = ways(vocabulary, word);
    let mut found = Vec::new();
    let mut end = word.len();
    while end > 0 {
        let Some(Some(step)) = best.get(end) else {
            return;
        };
        found.push((step.start..end, step.id));
        end = step.start;
    }
    let mut strange: Option<std::ops::Range<usize>> = None;
    let tell = |strange: &mut Option<std::ops::Range<usize>>, ids: &mut Vec<i32>| {
        let Some(text) = strange.take().and_then(|range| word.get(range)) else {
            return;
        };
        match bytes.then(|| of_bytes(vocabulary, text)).flatten() {
            Some(bytes) => ids.extend(bytes),
            None => ids.extend(unknown),
        }
    };
    for (range, id) in found.into_iter().rev() {
        if let Some(id) = id {
            tell(&mut strange, ids);
            ids.push(id);
        } else {
            let start = strange.as_ref().map_or(range.start, |before| before.start);
            strange = Some(start..range.end);
        }
    }
    tell(&mut strange, ids);
}

/// The best way to each place.
fn ways(vocabulary: &Vocabulary, word: &str) -> Vec<Option<Best>> {
    let mut best: Vec<Option<Best>> = vec![None; word.len() + 1];
    for (start, first) in word.char_indices() {
        let so_far = match best.get(start) {
            Some(Some(way)) => way.score,
            _ if start == 0 => 0.0,
            _ => continue,
        };
        let rest = word.get(start..).unwrap_or_default();
        let mut has_character = false;
        vocabulary.beginnings(rest.as_bytes(), |length, piece| {
            has_character |= length == first.len_utf8();
            let way = Best {
                score: so_far + f64::from(piece.score),
                start,
                id: Some(piece.id),
            };
            improve(&mut best, start + length, way);
        });
        if !has_character {
            let way = Best {
                score: so_far + vocabulary.lowest() - PENALTY,
                start,
                id: None,
            };
            improve(&mut best, start + first.len_utf8(), way);
        }
    }
    best
}

fn improve(best: &mut [Option<Best>], end: usize, way: Best) {
    if let Some(place) = best.get_mut(end)
        && place.is_none_or(|before| way.score > before.score)
    {
        *place = Some(way);
    }
}
