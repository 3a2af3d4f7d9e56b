//! What happens to a text before its words become tokens: normalizers and pre-tokenizers.
use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edge_ml::tokens::{Charsmap, Cut, Prefix, Side, Step};
use serde_json::Value;

use super::json::{is, text};
use super::{kind, sequence};

/// Largest table of characters: SentencePiece's for NFKC has 240 KB.
const MOST_TABLE: usize = 2 << 20;

/// The steps of a normalizer. Errors: one is not known here.
pub fn normalizer(value: &Value, steps: &mut Vec<Step>, charsmap: &mut Vec<u8>) -> Result<()> {
    add(value, steps, charsmap, 0)
}

fn add(value: &Value, steps: &mut Vec<Step>, charsmap: &mut Vec<u8>, depth: usize) -> Result<()> {
    let step = match kind(value)? {
        "Sequence" => {
            for inner in sequence(value, "normalizers", depth)? {
                add(inner, steps, charsmap, depth + 1)?;
            }
            return Ok(());
        }
        "NFC" => Step::Nfc,
        "NFD" => Step::Nfd,
        "NFKC" => Step::Nfkc,
        "NFKD" => Step::Nfkd,
        "Lowercase" => Step::Lowercase,
        "StripAccents" => Step::StripAccents,
        "Nmt" => Step::Nmt,
        "Precompiled" => {
            let table = text(value, "precompiled_charsmap").unwrap_or_default();
            if table.is_empty() {
                return Ok(());
            }
            ensure!(charsmap.is_empty(), "two tables of characters");
            *charsmap = STANDARD.decode(table).context("a table of characters")?;
            ensure!(
                charsmap.len() <= MOST_TABLE && Charsmap::new(charsmap).is_some(),
                "the table of characters is none"
            );
            Step::Table
        }
        "Strip" => Step::Strip {
            left: is(value, "strip_left", true),
            right: is(value, "strip_right", true),
        },
        "Replace" => replace(value)?,
        "Prepend" => Step::Prepend(text(value, "prepend").context("nothing to prepend")?.into()),
        "BertNormalizer" => {
            let lowercase = is(value, "lowercase", true);
            Step::Bert {
                clean: is(value, "clean_text", true),
                chinese: is(value, "handle_chinese_chars", true),
                // Where nothing is said, they go with the capitals.
                accents: is(value, "strip_accents", lowercase),
                lowercase,
            }
        }
        other => bail!("normalizers of the type {other} are not known here"),
    };
    steps.push(step);
    Ok(())
}

/// Of patterns only those that real tokenizers have.
fn replace(value: &Value) -> Result<Step> {
    let to = text(value, "content").unwrap_or_default().to_owned();
    let pattern = value.get("pattern").context("nothing to replace")?;
    if let Some(from) = text(pattern, "String") {
        let from = from.to_owned();
        return Ok(Step::Replace { from, to });
    }
    let (least, any) = match text(pattern, "Regex") {
        Some(" {2,}") => (2, false),
        Some(" +") => (1, false),
        Some(r"\s+") => (1, true),
        other => bail!("replacing {} is not known here", other.unwrap_or("nothing")),
    };
    Ok(Step::Spaces { least, any, to })
}

/// The cuts of a pre-tokenizer. Errors: one is not known here.
pub fn cuts(value: &Value, cuts: &mut Vec<Cut>) -> Result<()> {
    add_cut(value, cuts, 0)
}

fn add_cut(value: &Value, cuts: &mut Vec<Cut>, depth: usize) -> Result<()> {
    let cut = match kind(value)? {
        "Sequence" => {
            for inner in sequence(value, "pretokenizers", depth)? {
                add_cut(inner, cuts, depth + 1)?;
            }
            return Ok(());
        }
        "WhitespaceSplit" => Cut::Spaces,
        "BertPreTokenizer" => Cut::Bert,
        "Metaspace" => mark(value)?,
        "Split" => {
            ensure!(!is(value, "invert", false), "a cut around a text");
            let found = value.get("pattern").and_then(|it| text(it, "String"));
            let found = found.context("cuts at patterns are not known here")?;
            let side = match text(value, "behavior") {
                Some("Removed") => Side::Removed,
                Some("Isolated") => Side::Isolated,
                Some("MergedWithPrevious") => Side::Previous,
                Some("MergedWithNext") => Side::Next,
                other => bail!(
                    "cuts of the kind {} are not known here",
                    other.unwrap_or("?")
                ),
            };
            Cut::At {
                text: found.to_owned(),
                side,
            }
        }
        other => bail!("pre-tokenizers of the type {other} are not known here"),
    };
    cuts.push(cut);
    Ok(())
}

fn mark(value: &Value) -> Result<Cut> {
    let mut characters = text(value, "replacement").unwrap_or("\u{2581}").chars();
    let (Some(mark), None) = (characters.next(), characters.next()) else {
        bail!("the mark of words is one character")
    };
    let prefix = match text(value, "prepend_scheme") {
        Some("always") => Prefix::Always,
        Some("first") => Prefix::First,
        // Older files.
        None if is(value, "add_prefix_space", true) => Prefix::Always,
        Some("never") | None => Prefix::Never,
        Some(other) => bail!("marks of words of the scheme {other} are not known here"),
    };
    Ok(Cut::Mark {
        mark,
        prefix,
        split: is(value, "split", true),
    })
}
