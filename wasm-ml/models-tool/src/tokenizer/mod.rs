//! A `tokenizer.json` of Hugging Face's library as the functions read it: a recipe for the manifest and a vocabulary for the bucket. What
//! is not known here is refused by its name, for a text that is read in another way answers nonsense.
mod added;
mod json;
mod marks;
mod model;
mod steps;

use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use edge_ml::tokens::Recipe;
use serde_json::Value;

use json::{list, number, text};

/// Largest `tokenizer.json`: that of 256,000 pieces with their pairs has 34 MB.
const MOST_BYTES: u64 = 128 << 20;
/// Largest file of settings beside it.
const MOST_SETTINGS: u64 = 4 << 20;
/// Tokens of a text unless a file says otherwise.
const USUAL_LENGTH: usize = 77;
/// Most tokens of a text.
const MOST_LENGTH: usize = 512;

/// What stands where nothing is said.
static NOTHING: Value = Value::Null;

/// What a network that reads is given besides.
#[derive(Clone, Debug)]
pub struct Made {
    /// How texts become tokens; `None`: CLIP's own vocabulary, whose pairs `bytes` are.
    pub recipe: Option<Recipe>,
    /// The vocabulary.
    pub bytes: Vec<u8>,
    /// The token that fills what a text leaves free.
    pub padding: i32,
    /// The largest token.
    pub largest: i32,
    /// How many tokens a text has, where the network takes any number.
    pub length: usize,
}

impl Made {
    /// Whether punctuation is dropped.
    pub fn is_canonical(&self) -> bool {
        self.recipe.as_ref().is_some_and(|recipe| recipe.canonical)
    }
}

/// What files beside a `tokenizer.json` say, and what the user does.
#[derive(Debug, Default)]
pub struct Settings {
    /// `tokenizer_config.json`.
    pub tokenizer: Value,
    /// `config.json` of the model.
    pub model: Value,
    /// Whether punctuation is dropped and capitals become small, where the user says so.
    pub canonical: bool,
    /// Tokens of a text, where the user says so.
    pub length: Option<usize>,
}

/// Reads JSON of at most `most` bytes. Errors: it is larger, or no JSON.
pub fn read_json(path: &Path, most: u64) -> Result<Value> {
    let shown = || path.display().to_string();
    let file = fs::File::open(path).with_context(shown)?;
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .with_context(shown)?;
    ensure!(bytes.len() as u64 <= most, "{}: too large", shown());
    serde_json::from_slice(&bytes).with_context(shown)
}

impl Settings {
    /// Those that lie beside the `tokenizer.json` at `path`, and one folder up.
    pub fn beside(path: &Path) -> Result<Self> {
        let read = |path: std::path::PathBuf| {
            if path.is_file() {
                read_json(&path, MOST_SETTINGS)
            } else {
                Ok(Value::Null)
            }
        };
        let above = path.parent().and_then(Path::parent);
        Ok(Self {
            tokenizer: read(path.with_file_name("tokenizer_config.json"))?,
            model: above.map_or(Ok(Value::Null), |above| read(above.join("config.json")))?,
            ..Self::default()
        })
    }

    /// What `config.json` says about texts (open_clip's form, bare or with the model's name around it).
    fn texts(&self) -> &Value {
        let inner = self.model.get("model_cfg").unwrap_or(&self.model);
        inner.get("text_cfg").unwrap_or(&NOTHING)
    }

    /// Whether `config.json` says anything about texts.
    pub fn has_texts(&self) -> bool {
        !self.texts().is_null()
    }

    fn is_canonical(&self) -> bool {
        let told = self.texts().pointer("/tokenizer_kwargs/clean");
        self.canonical || told.and_then(Value::as_str) == Some("canonicalize")
    }
}

/// What the `tokenizer.json` at `path` says.
///
/// # Errors
/// It is none, larger than any real one, contradicts itself, or asks for what is not known here: then by its name.
pub fn read(path: &Path, settings: &Settings) -> Result<Made> {
    let json = read_json(path, MOST_BYTES)?;
    made(&json, settings).with_context(|| path.display().to_string())
}

/// As [`read`], of what has been read.
pub fn made(json: &Value, settings: &Settings) -> Result<Made> {
    let model = json.get("model").context("it is no tokenizer.json")?;
    let added = added::added(json)?;
    if text(model, "end_of_word_suffix") == Some("</w>") {
        let bytes = model::clip_lines(model)?;
        return Ok(Made {
            recipe: None,
            bytes,
            // Behind the last mark CLIP looks at nothing.
            padding: 0,
            largest: model::CLIP_TOKENS - 1,
            length: length(json, settings)?,
        });
    }
    let mut draft = model::read(model, &added)?;
    let mut recipe = Recipe {
        canonical: settings.is_canonical(),
        steps: Vec::new(),
        cuts: Vec::new(),
        method: draft.method.clone(),
        before: Vec::new(),
        after: Vec::new(),
        languages: marks::languages(&added),
    };
    if let Some(normalizer) = json.get("normalizer").filter(|it| !it.is_null()) {
        steps::normalizer(
            normalizer,
            &mut recipe.steps,
            &mut draft.vocabulary.charsmap,
        )?;
    }
    if let Some(cuts) = json.get("pre_tokenizer").filter(|it| !it.is_null()) {
        steps::cuts(cuts, &mut recipe.cuts)?;
    }
    marks::around(json, &draft, &mut recipe)?;
    recipe.check()?;
    let padding = marks::padding(json, settings, &draft)?;
    let marks = recipe.before.iter().chain(&recipe.after);
    let largest = marks.chain([&padding]).chain(recipe.languages.values());
    let largest = largest.copied().fold(draft.largest, i32::max);
    Ok(Made {
        bytes: draft.vocabulary.write()?,
        recipe: Some(recipe),
        padding,
        largest,
        length: length(json, settings)?,
    })
}

/// Tokens of a text: as the user, the model, or the tokenizer says.
fn length(json: &Value, settings: &Settings) -> Result<usize> {
    let told = [
        number(settings.texts(), "context_length"),
        json.get("truncation")
            .and_then(|it| number(it, "max_length")),
        json.pointer("/padding/strategy")
            .and_then(|it| number(it, "Fixed")),
        // Where there is no limit, a number of thirty digits stands for it.
        number(&settings.tokenizer, "model_max_length").filter(|most| *most <= MOST_LENGTH as u64),
    ];
    let told = told.into_iter().flatten().next();
    let told = told.map(usize::try_from).transpose()?;
    let length = settings.length.or(told).unwrap_or(USUAL_LENGTH);
    ensure!(
        (2..=MOST_LENGTH).contains(&length),
        "texts of {length} tokens"
    );
    Ok(length)
}

/// The value of `type`. Errors: there is none.
fn kind(value: &Value) -> Result<&str> {
    text(value, "type").context("a step of no type")
}

/// What stands in a sequence. Errors: it is none, or one in one in one.
fn sequence<'a>(value: &'a Value, name: &str, depth: usize) -> Result<&'a [Value]> {
    if depth > 4 {
        bail!("sequences in sequences");
    }
    list(value, name).with_context(|| format!("a sequence without {name}"))
}

#[cfg(test)]
mod tests;
