//! The words by which parts of texts are found (docs/decisions/0017-search.md).
//!
//! A folded text is cut where letters, digits and other characters meet. Runs of letters are words; digits are cut into pieces of four
//! from the left, of which those behind the first begin with `+`; of scripts without blanks each two neighbours are a word. So few words
//! are new to a library: the table `word_part` holds the ends of each, once for an owner, and `asset_word` who has it.

use std::collections::BTreeSet;

use crate::json_texts;

/// The word of an asset that has to be looked at whatever is looked for.
pub const ANY: &str = "*";
/// Letters of the longest word.
const LONGEST: usize = 40;
/// Digits of a piece.
const PIECE: usize = 4;
/// Words of one text; an asset with more has only [`ANY`].
const MOST: usize = 500;
/// Where scripts without blanks begin: CJK and what is behind it.
const WIDE: char = '\u{2e80}';

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letters,
    Digits,
    Wide,
}

fn kind(letter: char) -> Option<Kind> {
    match letter {
        '0'..='9' => Some(Kind::Digits),
        _ if !letter.is_alphanumeric() => None,
        _ if letter >= WIDE => Some(Kind::Wide),
        _ => Some(Kind::Letters),
    }
}

/// Characters of one kind, and whether nothing is before or behind them.
struct Run {
    kind: Kind,
    letters: Vec<char>,
    is_first: bool,
    is_last: bool,
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let (mut before, mut is_first) = (None, true);
    for letter in text.chars() {
        let kind = kind(letter);
        if let Some(kind) = kind {
            match runs.last_mut().filter(|_| before == Some(kind)) {
                Some(run) => run.letters.push(letter),
                None => runs.push(Run {
                    kind,
                    letters: vec![letter],
                    is_first,
                    is_last: false,
                }),
            }
        }
        (before, is_first) = (kind, false);
    }
    if let Some(run) = runs.last_mut() {
        run.is_last = before.is_some();
    }
    runs
}

fn text(letters: &[char]) -> String {
    letters.iter().collect()
}

/// A piece behind the first.
fn behind(letters: &[char]) -> String {
    format!("+{}", text(letters))
}

/// The words of a folded text as a JSON array, for the columns `words`.
pub fn json(folded: &str) -> String {
    let mut words = BTreeSet::new();
    for run in runs(folded) {
        match run.kind {
            Kind::Letters if run.letters.len() > LONGEST => {
                words.insert(ANY.to_owned());
            }
            Kind::Letters => {
                words.insert(text(&run.letters));
            }
            Kind::Digits => {
                let pieces = run.letters.chunks(PIECE).enumerate();
                words.extend(pieces.map(|(at, piece)| match at {
                    0 => text(piece),
                    _ => behind(piece),
                }));
            }
            Kind::Wide => {
                words.extend(run.letters.windows(2).map(text));
                words.extend(run.letters.last().map(ToString::to_string));
            }
        }
    }
    if words.len() > MOST {
        words = BTreeSet::from([ANY.to_owned()]);
    }
    json_texts(&words.into_iter().collect::<Vec<_>>())
}

/// Which words an asset may have whose text contains what is looked for: one of these.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lookups {
    /// Words.
    pub words: Vec<String>,
    /// Beginnings of words.
    pub beginnings: Vec<String>,
    /// Ends of words.
    pub ends: Vec<String>,
    /// Parts of words.
    pub parts: Vec<String>,
}

/// What to look up for a folded part of a text; `None` when it has no letter and no digit.
pub(super) fn lookups(part: &str) -> Option<Lookups> {
    let runs = runs(part).into_iter();
    let (_, mut best) = runs
        .map(|run| of_run(&run))
        .max_by_key(|(score, _)| *score)?;
    best.words.push(ANY.to_owned());
    Some(best)
}

/// What to look up for one run, and how many characters tell it from others.
fn of_run(run: &Run) -> (usize, Lookups) {
    let (whole, length) = (text(&run.letters), run.letters.len());
    let mut lookups = Lookups::default();
    let mut score = length;
    match run.kind {
        // Who has so long a word has `ANY`.
        Kind::Letters if length > LONGEST => {}
        Kind::Letters => {
            let list = match (run.is_first, run.is_last) {
                (false, false) => &mut lookups.words,
                (false, true) => &mut lookups.beginnings,
                (true, false) => &mut lookups.ends,
                (true, true) => &mut lookups.parts,
            };
            list.push(whole);
            score += usize::from(!run.is_first) + usize::from(!run.is_last);
        }
        Kind::Digits if run.is_first => digits(&run.letters, &mut lookups),
        Kind::Digits => {
            let first = run.letters.get(..PIECE).map(text);
            match first {
                Some(piece) => lookups.words.push(piece),
                None if run.is_last => lookups.beginnings.push(whole),
                None => lookups.words.push(whole),
            }
            score = length.min(PIECE) + 1;
        }
        Kind::Wide => match run.letters.get(..2) {
            Some(pair) => lookups.words.push(text(pair)),
            None => lookups.beginnings.push(whole),
        },
    }
    (score, lookups)
}

/// Digits that may begin within a number: the first `at` of them end a piece, and the next piece begins behind these.
fn digits(digits: &[char], lookups: &mut Lookups) {
    let whole = digits.get(..PIECE).unwrap_or(digits);
    let list = if whole.len() == PIECE {
        &mut lookups.words
    } else {
        &mut lookups.beginnings
    };
    list.extend([text(whole), behind(whole)]);
    if digits.len() < PIECE {
        lookups.parts.push(text(digits));
    }
    for at in 1..PIECE.min(digits.len()) {
        let (head, rest) = digits.split_at(at);
        match rest.get(..PIECE) {
            Some(piece) => lookups.words.push(behind(piece)),
            None if rest.len() >= head.len() => lookups.beginnings.push(behind(rest)),
            None => lookups.ends.push(text(head)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        serde_json::from_str(&json(text)).unwrap_or_default()
    }

    #[test]
    fn names_have_few_words() {
        assert_eq!(words("img_1234.heic"), ["1234", "heic", "img"]);
        let pixel = words("pxl_20240101_123456789.jpg");
        assert_eq!(
            pixel,
            ["+0101", "+5678", "+9", "1234", "2024", "jpg", "pxl"]
        );
        assert_eq!(
            words("東京タワー a"),
            ["a", "ー", "京タ", "タワ", "ワー", "東京"]
                .map(str::to_owned)
                .into_iter()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
        );
        assert_eq!(words("_-. "), [""; 0]);
        assert_eq!(words(&"x".repeat(41)), [ANY]);
        let many: Vec<String> = (1000..2000).map(|number| number.to_string()).collect();
        assert_eq!(words(&many.join(" ")), [ANY]);
    }

    /// Whether the index finds a text, as the statement looks it up.
    fn is_found(text: &str, part: &str) -> bool {
        let words = words(text);
        let Some(lookups) = lookups(part) else {
            return true;
        };
        let is_end = |word: &str, end: &str| word.ends_with(end);
        words.iter().any(|word| {
            lookups.words.contains(word)
                || lookups
                    .beginnings
                    .iter()
                    .any(|it| word.starts_with(it.as_str()))
                || lookups.ends.iter().any(|it| is_end(word, it))
                || lookups.parts.iter().any(|it| word.contains(it.as_str()))
        })
    }

    #[test]
    fn every_part_of_a_text_is_found() {
        let long = "q".repeat(50);
        for text in [
            "img_1234.heic",
            "pxl_20240101_123456789.jpg",
            "3fe388e4-2078-44d7-b36c-39d9dee3a657.png",
            "dsc00012 (2) - copy.jpg",
            "東京タワー 2024年1月 night view",
            "привет мир 12345678901234567890",
            long.as_str(),
        ] {
            let letters: Vec<char> = text.chars().collect();
            for start in 0..letters.len() {
                for end in start + 1..=letters.len() {
                    let part: String = letters.get(start..end).unwrap_or_default().iter().collect();
                    assert!(is_found(text, &part), "{part} in {text}");
                }
            }
        }
    }

    #[test]
    fn what_is_looked_up_tells_apart() {
        let one = lookups("img_1234").unwrap_or_default();
        assert_eq!(one.words, ["1234", ANY]);
        assert!(!is_found("img_1235.jpg", "1234"));
        assert!(!is_found("a beach", "peach"));
        assert!(is_found("a beach", "each"));
    }
}
