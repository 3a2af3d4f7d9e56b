//! What a `tokenizer.json` says, as far as it is known here; a part of the manifest.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::pairs::Pairs;
use crate::Error;

/// Most steps, cuts or marks.
const MOST: usize = 32;

/// What becomes of a text at which is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// It goes.
    Removed,
    /// It is a word.
    Isolated,
    /// It ends the word before.
    Previous,
    /// It begins the word behind.
    Next,
}
/// Most characters of a text in a step.
const MOST_TEXT: usize = 32;
/// Most characters of a word that the longest pieces are looked for in.
const MOST_WORD: usize = 1_000;
/// Most languages.
const MOST_LANGUAGES: usize = 1_000;

/// How a text becomes tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Whether punctuation (of ASCII) is dropped and capitals become small before all else; white space is collapsed either way.
    #[serde(default)]
    pub canonical: bool,
    /// What happens to the text, one after the other.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// How it is cut into words.
    #[serde(default)]
    pub cuts: Vec<Cut>,
    /// How a word becomes tokens.
    pub method: Method,
    /// Tokens before those of the text.
    #[serde(default)]
    pub before: Vec<i32>,
    /// Tokens behind them.
    #[serde(default)]
    pub after: Vec<i32>,
    /// Tokens that name the language of the text, by FLORES codes (`deu_Latn`); the one among the marks gives way to the language that
    /// is asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: BTreeMap<String, i32>,
}

/// A change of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Unicode's composed form.
    Nfc,
    /// Unicode's decomposed form.
    Nfd,
    /// Unicode's composed form of compatible characters.
    Nfkc,
    /// Unicode's decomposed form of compatible characters.
    Nfkd,
    /// Capitals become small, character by character.
    Lowercase,
    /// Combining marks go.
    StripAccents,
    /// Control characters go, odd spaces become spaces (the rules of NMT).
    Nmt,
    /// The table of characters that the vocabulary brings (SentencePiece's).
    Table,
    /// White space at the ends goes.
    Strip {
        /// Before the text.
        left: bool,
        /// Behind it.
        right: bool,
    },
    /// One text takes the place of another.
    Replace {
        /// What goes.
        from: String,
        /// What comes.
        to: String,
    },
    /// A text takes the place of spaces in a row.
    Spaces {
        /// From how many on.
        least: usize,
        /// Any white space instead of spaces only.
        any: bool,
        /// What comes.
        to: String,
    },
    /// A text comes before all that is not empty.
    Prepend(String),
    /// What BERT does.
    Bert {
        /// Control characters go, white space becomes spaces.
        clean: bool,
        /// Spaces around Chinese characters.
        chinese: bool,
        /// Accents go.
        accents: bool,
        /// Capitals become small.
        lowercase: bool,
    },
}

/// A way to cut a text into words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// At white space, which goes.
    Spaces,
    /// At white space, which goes, and around punctuation, which stays (BERT).
    Bert,
    /// A mark takes the place of spaces and comes before words (SentencePiece).
    Mark {
        /// The mark, `▁`.
        mark: char,
        /// Where one comes in that no space asks for.
        prefix: Prefix,
        /// Whether a word begins with each mark.
        split: bool,
    },
    /// At a text.
    At {
        /// The text.
        text: String,
        /// What becomes of it.
        side: Side,
    },
}

/// Where a mark comes in that no space asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prefix {
    /// Before every word.
    Always,
    /// Before the first.
    First,
    /// Nowhere.
    Never,
}

/// How a word becomes tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The pieces that are likeliest together (SentencePiece's unigram).
    Likeliest {
        /// The token of what no piece is.
        unknown: Option<i32>,
        /// Whether bytes stand for it, where the vocabulary has them.
        bytes: bool,
    },
    /// The longest piece first (WordPiece).
    Longest {
        /// The token of a word that is not made of pieces.
        unknown: i32,
        /// What pieces inside a word begin with.
        inside: String,
        /// Most characters of a word.
        most: usize,
    },
    /// Characters, merged pair by pair (BPE).
    Pairs(Pairs),
}

impl Recipe {
    /// Errors: it is longer than any real one.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |what: &str| Err(Error::Vocabulary(format!("{what} beyond the limit")));
        if self.steps.len() > MOST || self.cuts.len() > MOST {
            return refuse("steps");
        }
        if self.before.len() + self.after.len() > MOST || self.languages.len() > MOST_LANGUAGES {
            return refuse("marks");
        }
        let of_step = |step: &Step| match step {
            Step::Replace { from, to } => from.is_empty() || is_long(from) || is_long(to),
            Step::Spaces { least, to, .. } => *least == 0 || is_long(to),
            Step::Prepend(text) => is_long(text),
            _ => false,
        };
        let of_cut = |cut: &Cut| match cut {
            Cut::At { text, .. } => text.is_empty() || is_long(text),
            _ => false,
        };
        if self.steps.iter().any(of_step) || self.cuts.iter().any(of_cut) {
            return refuse("a text");
        }
        match &self.method {
            Method::Longest { inside, most, .. } if is_long(inside) || *most > MOST_WORD => {
                refuse("words")
            }
            _ => Ok(()),
        }
    }

    /// Whether a mark names a language.
    pub(super) fn is_language(&self, mark: i32) -> bool {
        self.languages.values().any(|token| *token == mark)
    }
}

fn is_long(text: &str) -> bool {
    text.chars().nth(MOST_TEXT).is_some()
}
