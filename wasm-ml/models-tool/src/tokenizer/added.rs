//! Tokens that were added to the pieces of a `tokenizer.json`.
use anyhow::{Context as _, Result};
use serde_json::Value;

use super::json::{is, list, number, text};

/// A token that was added to the pieces.
pub struct Added {
    /// Its text.
    pub text: String,
    /// Its number.
    pub id: i32,
    /// Whether it stands for something else than its text.
    pub is_special: bool,
}

/// Those of a `tokenizer.json`. Errors: one has no text or no number.
pub fn added(json: &Value) -> Result<Vec<Added>> {
    let one = |value: &Value| {
        let content = text(value, "content").context("an added token without a text")?;
        let id = number(value, "id").context("an added token without a number")?;
        Ok(Added {
            text: content.to_owned(),
            id: i32::try_from(id)?,
            is_special: is(value, "special", false),
        })
    };
    let all = list(json, "added_tokens").unwrap_or_default();
    all.iter().map(one).collect()
}
