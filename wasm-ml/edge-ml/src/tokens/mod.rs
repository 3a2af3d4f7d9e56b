//! Tokens of texts by the vocabulary that a model brings: SentencePiece's (the likeliest pieces, or pairs by rank) and WordPiece's (the
//! longest pieces). What a `tokenizer.json` of Hugging Face's library says is a [`Recipe`] of the manifest and a [`vocabulary`] beside
//! it (wasm-ml/models-tool/src/tokenizer makes them); CLIP's own vocabulary is read by [`crate::text`].
mod charsmap;
mod cuts;
mod languages;
mod likeliest;
mod longest;
mod pairs;
mod recipe;
mod steps;
pub mod vocabulary;

pub use charsmap::Charsmap;
pub use pairs::Pairs;
pub use recipe::{Cut, Method, Prefix, Recipe, Side, Step};

use crate::Error;
use crate::text::Tokenizer;
use vocabulary::Vocabulary;

/// Most characters of a text that are looked at, before and after each step.
const MOST_CHARACTERS: usize = 4_000;

/// What makes tokens of a text.
pub enum Reader {
    /// CLIP's own vocabulary.
    Clip(Tokenizer),
    /// The vocabulary of a `tokenizer.json`.
    Pieces(Box<Pieces>),
}

/// The tokens of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// As many as were asked for, filled at the end.
    pub ids: Vec<i32>,
    /// How many of them are the text and its marks, not filling.
    pub own: usize,
}

impl Reader {
    /// The reader of `bytes`, a vocabulary as the recipe wants it; `None`: CLIP's own. Errors: they are no such vocabulary.
    pub fn new(recipe: Option<&Recipe>, bytes: Vec<u8>) -> Result<Self, Error> {
        Ok(match recipe {
            None => Self::Clip(Tokenizer::new(&bytes)?),
            Some(recipe) => Self::Pieces(Box::new(Pieces::new(recipe, bytes)?)),
        })
    }

    /// `length` tokens of `text`, which is in `language` (as clients name them: `de`, `pt-BR`; only some models care), with `padding`
    /// behind them.
    pub fn tokens(
        &self,
        text: &str,
        language: Option<&str>,
        length: usize,
        padding: i32,
    ) -> Tokens {
        match self {
            Self::Clip(tokenizer) => {
                let ids = tokenizer.tokens(text, length, padding);
                let own = tokenizer.own(&ids);
                Tokens { ids, own }
            }
            Self::Pieces(pieces) => pieces.tokens(text, language, length, padding),
        }
    }
}

/// A recipe and its vocabulary.
pub struct Pieces {
    recipe: Recipe,
    vocabulary: Vocabulary,
}

impl Pieces {
    /// From the bytes of a [`vocabulary`]. Errors: they are none, or the recipe exceeds a limit.
    pub fn new(recipe: &Recipe, bytes: Vec<u8>) -> Result<Self, Error> {
        recipe.check()?;
        Ok(Self {
            recipe: recipe.clone(),
            vocabulary: Vocabulary::read(bytes)?,
        })
    }

    fn tokens(&self, text: &str, language: Option<&str>, length: usize, padding: i32) -> Tokens {
        let recipe = &self.recipe;
        let marks = recipe.before.len() + recipe.after.len();
        let most = length.saturating_sub(marks);
        let text = steps::clean(text, recipe.canonical);
        let text = steps::all(&recipe.steps, text, self.vocabulary.charsmap());
        let mut own = Vec::new();
        for word in cuts::all(&recipe.cuts, text) {
            if own.len() >= most {
                break;
            }
            self.word(&word, &mut own);
        }
        own.truncate(most);
        let language = languages::token(&recipe.languages, language);
        let mark = |mark: &i32| match language {
            Some(token) if recipe.is_language(*mark) => token,
            _ => *mark,
        };
        let mut ids: Vec<i32> = recipe.before.iter().map(mark).collect();
        ids.append(&mut own);
        ids.extend(recipe.after.iter().map(mark));
        ids.truncate(length);
        let own = ids.len();
        ids.resize(length, padding);
        Tokens { ids, own }
    }

    /// The tokens of one word, behind those in `ids`.
    fn word(&self, word: &str, ids: &mut Vec<i32>) {
        match &self.recipe.method {
            Method::Likeliest { unknown, bytes } => {
                likeliest::word(&self.vocabulary, word, *unknown, *bytes, ids);
            }
            Method::Longest {
                unknown,
                inside,
                most,
            } => longest::word(&self.vocabulary, word, *unknown, inside, *most, ids),
            Method::Pairs(pairs) => pairs::word(&self.vocabulary, word, pairs, ids),
        }
    }
}

/// The tokens of the bytes of `text`, where the vocabulary has them all (`<0x00>` to `<0xFF>`).
fn of_bytes(vocabulary: &Vocabulary, text: &str) -> Option<Vec<i32>> {
    let token = |byte: u8| vocabulary.find(format!("<0x{byte:02X}>").as_bytes());
    text.bytes().map(|byte| Some(token(byte)?.id)).collect()
}

#[cfg(test)]
mod tests;
