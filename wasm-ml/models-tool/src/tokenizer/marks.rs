//! Tokens around those of a text: beginnings, ends, languages, filling.
use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use edge_ml::tokens::Recipe;
use serde_json::Value;

use super::added::Added;
use super::json::{list, number, text};
use super::model::Read;
use super::{Settings, kind, sequence};

/// Languages from which on a vocabulary is one that wants to know them.
const SOME_LANGUAGES: usize = 2;
/// The language of texts of which none is known.
const USUAL_LANGUAGE: &str = "eng_Latn";

/// The tokens of languages, by FLORES's codes: three letters, `_`, and a script.
pub fn languages(added: &[Added]) -> BTreeMap<String, i32> {
    let codes = added.iter().filter(|it| is_code(&it.text));
    let codes: BTreeMap<String, i32> = codes.map(|it| (it.text.clone(), it.id)).collect();
    if codes.len() < SOME_LANGUAGES {
        return BTreeMap::new();
    }
    codes
}

fn is_code(text: &str) -> bool {
    let Some((language, script)) = text.split_once('_') else {
        return false;
    };
    let is_small = |text: &str| text.chars().all(|c| c.is_ascii_lowercase());
    let mut letters = script.chars();
    language.len() == 3
        && is_small(language)
        && script.len() == 4
        && letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && is_small(letters.as_str())
}

/// The marks before and behind a text. Errors: they are no tokens, or made in a way that is not known here.
pub fn around(json: &Value, read: &Read, recipe: &mut Recipe) -> Result<()> {
    if let Some(processor) = json.get("post_processor").filter(|it| !it.is_null()) {
        one(processor, read, recipe, 0)?;
    }
    let mut marks = recipe.before.iter().chain(&recipe.after);
    let has_language = marks.any(|mark| recipe.languages.values().any(|token| token == mark));
    if !recipe.languages.is_empty() && !has_language {
        let usual = recipe.languages.get(USUAL_LANGUAGE);
        let usual = usual.or_else(|| recipe.languages.values().next());
        let usual = usual.copied().context("no language")?;
        recipe.before.insert(0, usual);
    }
    Ok(())
}

fn one(processor: &Value, read: &Read, recipe: &mut Recipe, depth: usize) -> Result<()> {
    match kind(processor)? {
        "Sequence" => {
            for inner in sequence(processor, "processors", depth)? {
                one(inner, read, recipe, depth + 1)?;
            }
        }
        // It moves offsets only.
        "ByteLevel" => {}
        "TemplateProcessing" => template(processor, read, recipe)?,
        "BertProcessing" | "RobertaProcessing" => {
            recipe.before.push(pair(processor, "cls", read)?);
            recipe.after.push(pair(processor, "sep", read)?);
        }
        other => bail!("post-processors of the type {other} are not known here"),
    }
    Ok(())
}

/// A mark that is given as its text and number. Errors: there is none, or the vocabulary has another.
fn pair(processor: &Value, name: &str, read: &Read) -> Result<i32> {
    let pair = list(processor, name);
    let Some([Value::String(mark), id]) = pair else {
        bail!("{name} is no mark")
    };
    let id = id.as_u64().map(i32::try_from).transpose()?;
    known(read, mark, id)
}

fn known(read: &Read, mark: &str, id: Option<i32>) -> Result<i32> {
    let own = read.ids.get(mark).copied();
    let id = id
        .or(own)
        .with_context(|| format!("{mark:?} is no token"))?;
    ensure!(
        own.is_none_or(|own| own == id),
        "{mark:?} is the token {id} and another"
    );
    Ok(id)
}

fn template(processor: &Value, read: &Read, recipe: &mut Recipe) -> Result<()> {
    let single = list(processor, "single").context("a template without its form")?;
    let mut has_text = false;
    for piece in single {
        if let Some(inner) = piece.get("Sequence") {
            ensure!(
                text(inner, "id") == Some("A") && !has_text,
                "a template of more than one text"
            );
            has_text = true;
            continue;
        }
        let mark = piece
            .get("SpecialToken")
            .and_then(|inner| text(inner, "id"));
        let mark = mark.context("a template of neither texts nor marks")?;
        let special = processor
            .get("special_tokens")
            .and_then(|special| special.get(mark));
        let ids = special.and_then(|special| list(special, "ids"));
        let marks = if has_text {
            &mut recipe.after
        } else {
            &mut recipe.before
        };
        match ids {
            Some(ids) => {
                for id in ids {
                    let id = id.as_u64().context("a mark that is no number")?;
                    marks.push(i32::try_from(id)?);
                }
            }
            None => marks.push(known(read, mark, None)?),
        }
    }
    ensure!(has_text, "a template without the text");
    Ok(())
}

/// The token that fills what a text leaves free. Errors: nothing says which, or it is none.
pub fn padding(json: &Value, settings: &Settings, read: &Read) -> Result<i32> {
    let told = settings.tokenizer.get("pad_token");
    let told = told.and_then(|it| it.as_str().or_else(|| text(it, "content")));
    if let Some(mark) = told {
        return known(read, mark, None);
    }
    let told = json.get("padding").and_then(|it| number(it, "pad_id"));
    if let Some(id) = told {
        return Ok(i32::try_from(id)?);
    }
    let usual = ["<pad>", "[PAD]"]
        .iter()
        .find_map(|mark| read.ids.get(*mark));
    usual
        .copied()
        .context("nothing says which token fills what is free: pad_token in tokenizer_config.json")
}
