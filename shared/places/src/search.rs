//! Which places a text means (api/geodata.md section 3).
//!
//! Places are found by the first three letters of a word of the text, then compared by trigrams.

use std::{collections::BTreeSet, ops::Range};

use edge_api::trigrams::{self, Trigram, words};

use crate::{
    BUCKETS, WORDS,
    bytes::{Reader, ends},
};

/// Most places of an answer.
const MOST: usize = 20;
/// Most words that places are looked up by.
const MOST_WORDS: usize = 4;
/// Longest text that is compared, characters.
const LONGEST: usize = 100;
/// Most bytes of one answer's lists.
const MOST_BYTES: u64 = 8 << 20;
/// A text this similar matches.
const SIMILAR: f64 = 0.5;
/// What a missing text counts.
const MISSING: f64 = 0.1;

/// A place that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Name.
    pub name: String,
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// Province.
    pub admin1: Option<String>,
    /// County.
    pub admin2: Option<String>,
}

/// The list that a word is in.
pub(crate) fn bucket(word: &str) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    for letter in word.chars().take(3) {
        hash = (hash ^ u32::from(letter)).wrapping_mul(0x0100_0193);
    }
    hash % BUCKETS
}

/// How similar a text's most similar run of whole words is: shared trigrams by all, 0 to 1.
fn similarity(query: &BTreeSet<Trigram>, text: &str) -> f64 {
    let words = words(text);
    let mut best: f64 = 0.0;
    for start in 0..words.len() {
        let mut run = BTreeSet::new();
        for word in words.iter().skip(start) {
            trigrams::add(word, &mut run);
            let common = run.intersection(query).count();
            let all = run.len() + query.len() - common;
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let similarity = common as f64 / all as f64;
            best = best.max(similarity);
            if run.len() > 2 * query.len() + 4 {
                break;
            }
        }
    }
    best
}

enum Step {
    List(Range<u64>),
    Words(Range<u64>),
}

/// A search under way, used as a [`crate::Lookup`] is.
pub struct Search {
    query: BTreeSet<Trigram>,
    steps: Vec<Step>,
    bytes: u64,
    found: Vec<(f64, Found)>,
}

impl Search {
    /// For a text as somebody typed it.
    pub fn new(text: &str) -> Self {
        let text: String = text.chars().take(LONGEST).collect();
        let words = words(&text);
        let mut query = BTreeSet::new();
        for word in &words {
            trigrams::add(word, &mut query);
        }
        let buckets: BTreeSet<u32> = words
            .iter()
            .take(MOST_WORDS)
            .map(|word| bucket(word))
            .collect();
        let list = |bucket: u32| {
            let first = WORDS + 4 * u64::from(bucket);
            Step::List(first..first + 8)
        };
        Self {
            query,
            steps: buckets.into_iter().map(list).collect(),
            bytes: 0,
            found: Vec::new(),
        }
    }

    /// The bytes of the object that are needed next; `None`: the answer is there.
    pub fn wanted(&self) -> Option<Range<u64>> {
        self.steps.last().map(|step| match step {
            Step::List(range) | Step::Words(range) => range.clone(),
        })
    }

    /// Takes the bytes that were wanted; what cannot be read counts as nothing.
    pub fn give(&mut self, bytes: &[u8]) {
        match self.steps.pop() {
            Some(Step::List(_)) => {
                if let Some((start, end)) = ends(bytes).filter(|(start, end)| start < end) {
                    self.bytes += end - start;
                    if self.bytes <= MOST_BYTES {
                        self.steps.push(Step::Words(start..end));
                    }
                }
            }
            Some(Step::Words(_)) => {
                self.compare(bytes);
            }
            None => {}
        }
    }

    /// At most twenty places, the best first.
    pub fn answer(mut self) -> Vec<Found> {
        self.found.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut answer: Vec<Found> = Vec::new();
        for (_, found) in self.found {
            if answer.len() == MOST {
                break;
            }
            // A place can be in the lists of several words.
            if !answer.contains(&found) {
                answer.push(found);
            }
        }
        answer
    }

    /// Compares the places of one list.
    fn compare(&mut self, bytes: &[u8]) -> Option<()> {
        let mut reader = Reader(bytes);
        let mut regions = Vec::new();
        for _ in 0..reader.u16()? {
            let (admin1, admin2) = (reader.text()?, reader.text()?);
            let score = |text: &str| (!text.is_empty()).then(|| similarity(&self.query, text));
            regions.push((admin1, admin2, score(admin1), score(admin2)));
        }
        for _ in 0..reader.u32()? {
            let (latitude, longitude) = (reader.degrees()?, reader.degrees()?);
            let region = reader.u16()?;
            let has_others = reader.u8()? == 1;
            let (name, others) = (reader.text()?, reader.long_text()?);
            let (admin1, admin2, first, second) = regions.get(usize::from(region))?;
            let by_name = similarity(&self.query, name);
            let by_others = has_others.then(|| by_name.max(similarity(&self.query, others)));
            let scores = [Some(by_name), *first, *second, by_others];
            if !scores.iter().flatten().any(|score| *score >= SIMILAR) {
                continue;
            }
            let sum = scores
                .iter()
                .map(|score| score.map_or(MISSING, |score| 1.0 - score))
                .sum();
            let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let found = Found {
                name: name.to_owned(),
                latitude,
                longitude,
                admin1: text(admin1),
                admin2: text(admin2),
            };
            self.found.push((sum, found));
        }
        Some(())
    }
}
