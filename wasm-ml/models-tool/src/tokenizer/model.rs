//! The part of a `tokenizer.json` that holds the pieces.
use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result, bail, ensure};
use edge_ml::tokens::vocabulary::{Draft, MOST_PIECE};
use edge_ml::tokens::{Method, Pairs};
use serde_json::Value;

use super::added::Added;
use super::json::{is, list, number, text};
use super::kind;

/// Tokens of CLIP's own vocabulary.
pub const CLIP_TOKENS: i32 = 49_408;
/// Pairs of CLIP's own vocabulary.
const CLIP_PAIRS: usize = 48_894;
/// Most pieces: LaBSE has 501,153.
const MOST_PIECES: usize = 700_000;
/// Most pairs: Gemma has 580,604.
const MOST_PAIRS: usize = 1_500_000;

/// A vocabulary and how words become its tokens.
pub struct Read {
    /// Pieces and pairs.
    pub vocabulary: Draft,
    /// How.
    pub method: Method,
    /// Tokens by their texts, marks included.
    pub ids: HashMap<String, i32>,
    /// The largest token.
    pub largest: i32,
}

/// Reads it. Errors: pieces that are no pieces, of no number or twice; too many; a kind of model that is not known here.
pub fn read(model: &Value, added: &[Added]) -> Result<Read> {
    let mut read = Read {
        vocabulary: Draft::default(),
        method: Method::Likeliest {
            unknown: None,
            bytes: false,
        },
        ids: HashMap::new(),
        largest: 0,
    };
    match kind(model)? {
        "Unigram" => unigram(model, added, &mut read)?,
        "WordPiece" => word_piece(model, added, &mut read)?,
        "BPE" => pairs(model, added, &mut read)?,
        other => bail!("models of the type {other} are not known here"),
    }
    for mark in added {
        read.ids.entry(mark.text.clone()).or_insert(mark.id);
        read.largest = read.largest.max(mark.id);
    }
    Ok(read)
}

impl Read {
    /// Errors: it stands there already, or is longer than a piece may be.
    fn piece(
        &mut self,
        piece: &str,
        id: i32,
        score: f32,
        added: &HashMap<&str, &Added>,
    ) -> Result<()> {
        ensure!(
            piece.len() <= MOST_PIECE,
            "a piece of {} bytes",
            piece.len()
        );
        ensure!(
            self.ids.len() < MOST_PIECES,
            "more than {MOST_PIECES} pieces"
        );
        ensure!(score.is_finite(), "{piece:?} has a score that is no number");
        let is_mark = added.get(piece).is_some_and(|it| it.is_special);
        let before = self.ids.insert(piece.to_owned(), id);
        ensure!(
            before.is_none() || is_mark,
            "the piece {piece:?} stands there twice"
        );
        self.largest = self.largest.max(id);
        // Marks are no part of texts: who writes one gets its letters.
        if !piece.is_empty() && (!is_mark || is_byte(piece)) {
            let key = piece.as_bytes().to_vec();
            self.vocabulary.pieces.insert(key, (id, score));
        }
        Ok(())
    }

    fn id(&self, piece: &str) -> Result<i32> {
        let id = self.ids.get(piece).copied();
        id.with_context(|| format!("{piece:?} is no piece"))
    }
}

/// Whether a piece stands for a byte.
fn is_byte(piece: &str) -> bool {
    piece.len() == 6 && piece.starts_with("<0x") && piece.ends_with('>')
}

fn by_text(added: &[Added]) -> HashMap<&str, &Added> {
    added.iter().map(|it| (it.text.as_str(), it)).collect()
}

fn id_of(value: &Value) -> Result<i32> {
    let id = value.as_u64().and_then(|id| i32::try_from(id).ok());
    id.with_context(|| format!("{value} is no token"))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "scores are singles, written with more digits"
)]
fn single(score: f64) -> f32 {
    score as f32
}

fn unigram(model: &Value, added: &[Added], read: &mut Read) -> Result<()> {
    let pieces = list(model, "vocab").context("a Unigram without a list of pieces")?;
    let added = by_text(added);
    for (id, piece) in (0_i32..).zip(pieces) {
        let entry = piece.as_array().map(Vec::as_slice);
        let Some([Value::String(text), score]) = entry else {
            bail!("piece {id} is no text with a score")
        };
        let score = score.as_f64();
        let score = score.with_context(|| format!("{text:?} has a score that is no number"))?;
        read.piece(text, id, single(score), &added)?;
    }
    let unknown = model.get("unk_id").filter(|it| !it.is_null());
    let unknown = unknown.map(id_of).transpose()?;
    ensure!(
        unknown.is_none_or(|id| id <= read.largest),
        "the unknown token is no piece"
    );
    read.method = Method::Likeliest {
        unknown,
        bytes: is(model, "byte_fallback", false),
    };
    Ok(())
}

/// Pieces by their texts. Errors: a token is given twice.
fn by_number(model: &Value, added: &[Added], read: &mut Read) -> Result<()> {
    let pieces = model.get("vocab").and_then(Value::as_object);
    let pieces = pieces.context("a vocabulary without pieces")?;
    let added = by_text(added);
    let mut seen = std::collections::HashSet::new();
    for (piece, id) in pieces {
        let id = id_of(id)?;
        ensure!(seen.insert(id), "the token {id} stands there twice");
        read.piece(piece, id, 0.0, &added)?;
    }
    Ok(())
}

fn word_piece(model: &Value, added: &[Added], read: &mut Read) -> Result<()> {
    by_number(model, added, read)?;
    let most = number(model, "max_input_chars_per_word").unwrap_or(100);
    read.method = Method::Longest {
        unknown: read.id(text(model, "unk_token").unwrap_or("[UNK]"))?,
        inside: text(model, "continuing_subword_prefix")
            .unwrap_or("##")
            .to_owned(),
        most: usize::try_from(most)?,
    };
    Ok(())
}

fn pairs(model: &Value, added: &[Added], read: &mut Read) -> Result<()> {
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
        let told = text(model, name).unwrap_or_default();
        ensure!(told.is_empty(), "{name} {told:?} is not known here");
    }
    let dropout = model.get("dropout").and_then(Value::as_f64).unwrap_or(0.0);
    ensure!(dropout <= 0.0, "dropout leaves tokens to chance");
    by_number(model, added, read)?;
    let merges = list(model, "merges").context("BPE without merges")?;
    ensure!(merges.len() <= MOST_PAIRS, "more than {MOST_PAIRS} merges");
    let mut pairs = BTreeMap::new();
    for (rank, merge) in (0_i32..).zip(merges) {
        let (left, right) = halves(merge).with_context(|| format!("{merge} is no merge"))?;
        let key = (read.id(left)?, read.id(right)?);
        // What is longer than its halves cannot come back to them: no circle.
        let id = read.id(&[left, right].concat())?;
        pairs.entry(key).or_insert((rank, id));
    }
    read.vocabulary.pairs = pairs;
    let unknown = text(model, "unk_token");
    let unknown = unknown.map(|unknown| read.id(unknown)).transpose()?;
    read.method = Method::Pairs(Pairs {
        unknown,
        bytes: is(model, "byte_fallback", false),
        fuse: is(model, "fuse_unk", false),
        whole: is(model, "ignore_merges", false),
    });
    Ok(())
}

/// The halves of a merge: two texts, or one with a space between.
fn halves(merge: &Value) -> Option<(&str, &str)> {
    match merge {
        Value::String(both) => both
            .split_once(' ')
            .filter(|(left, right)| !left.is_empty() && !right.is_empty()),
        Value::Array(both) => match both.as_slice() {
            [Value::String(left), Value::String(right)]
                if !left.is_empty() && !right.is_empty() =>
            {
                Some((left, right))
            }
            _ => None,
        },
        _ => None,
    }
}

/// CLIP's pairs as its own file has them: a line about the file, then two halves a line. Errors: they are others.
pub fn clip_lines(model: &Value) -> Result<Vec<u8>> {
    let merges = list(model, "merges").context("BPE without merges")?;
    ensure!(
        merges.len() == CLIP_PAIRS,
        "{} merges of words that end with </w>: only CLIP's own vocabulary of {CLIP_PAIRS} is known here",
        merges.len()
    );
    let mut lines = String::from("#version: of tokenizer.json\n");
    for merge in merges {
        let (left, right) = halves(merge).with_context(|| format!("{merge} is no merge"))?;
        lines.push_str(left);
        lines.push(' ');
        lines.push_str(right);
        lines.push('\n');
    }
    Ok(lines.into_bytes())
}
