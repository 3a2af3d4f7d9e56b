//! Looking for a part of a text, whatever its case and accents.

use super::{lead::Lead, words};
use crate::{json_texts, params::Params};

/// A text in which something is looked for, whatever case and accents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// Name of the original.
    FileName,
    /// Description.
    Description,
    /// Where the original is stored.
    Path,
}

/// Whether the text of `asset a` or `asset_exif e` contains `part`, which is folded ([`crate::fold`]). Not by `like`: D1 takes no
/// pattern of more than 50 bytes.
pub(super) fn sql(text: Text, part: &str, params: &mut Params) -> String {
    let place = params.bind(part);
    let column = folded(text);
    format!("replace({column}, {place}, '') <> {column}")
}

/// Whether the text begins with `part`, which is folded.
pub(super) fn begins(text: Text, part: &str, params: &mut Params) -> String {
    let (place, column) = (params.bind(part), folded(text));
    format!("substr({column}, 1, {}) = {place}", part.chars().count())
}

/// Whether the text ends with `part`, which is folded. Of a shorter text less is left, whatever the engine counts from.
pub(super) fn ends(text: Text, part: &str, params: &mut Params) -> String {
    let (place, column) = (params.bind(part), folded(text));
    let before = part.chars().count().saturating_sub(1);
    format!("substr({column}, length({column}) - {before}) = {place}")
}

fn folded(text: Text) -> &'static str {
    match text {
        Text::FileName => "a.file_name_folded",
        Text::Description => "e.description_folded",
        // Keys of uploads have no accents.
        Text::Path => "coalesce(a.path_folded, lower(a.original_path))",
    }
}

/// With it behind, a text is behind everything that begins like it; and so it is only behind itself, of those that are words.
const BEGINS: &str = "\u{10ffff}";
const IS: &str = "\u{1}";

/// A select of `id` of the assets of the owners whose text may contain `part`, by its words; `None` when it has none, or the text no
/// words.
pub(super) fn candidates(
    text: Text,
    part: &str,
    lead: Lead,
    params: &mut Params,
) -> Option<String> {
    match text {
        Text::FileName => with_word("name", part, lead, params),
        Text::Description => with_word("text", part, lead, params),
        Text::Path => None,
    }
}

/// The same of the text in pictures that may contain all of these words: by the longest that is one.
pub(super) fn shows(texts: &[String], lead: Lead, params: &mut Params) -> Option<String> {
    with_word("ocr", longest(texts)?, lead, params)
}

/// The longest text that has words.
pub(super) fn longest(texts: &[String]) -> Option<&str> {
    let known = texts.iter().filter(|text| words::lookups(text).is_some());
    let longest = known.max_by_key(|text| text.chars().count());
    longest.map(String::as_str)
}

fn with_word(source: &str, part: &str, lead: Lead, params: &mut Params) -> Option<String> {
    // PostgreSQL went through all words there are instead of looking up each.
    let (lookups, owners) = (words::lookups(part)?, lead.owners());
    let mut selects = Vec::new();
    let of_word = "w.owner_id = m.id and w.word >= v.value and w.word < b.value";
    let of_part = "p.owner_id = m.id and p.part >= v.value and p.part < b.value";
    let of_its = "w.owner_id = m.id and w.word = p.word";
    for (exactly, beginning, from) in [
        (
            lookups.words,
            lookups.beginnings,
            format!("looked_up(asset_word w, {of_word}) where {of_word}"),
        ),
        (
            lookups.ends,
            lookups.parts,
            format!(
                "looked_up(word_part p, {of_part}) cross join looked_up(asset_word w, {of_its}) where {of_part} and {of_its}"
            ),
        ),
    ] {
        if exactly.is_empty() && beginning.is_empty() {
            continue;
        }
        let ends = exactly.iter().map(|it| format!("{it}{IS}"));
        let ends = ends.chain(beginning.iter().map(|it| format!("{it}{BEGINS}")));
        let ends = params.bind(json_texts(&ends.collect::<Vec<_>>()));
        let starts = params.bind(json_texts(&[exactly, beginning].concat()));
        selects.push(format!(
            "select w.asset_id as id from {owners}json_rows({starts}) v cross join json_rows({ends}) b \
             cross join {from} and b.position = v.position and w.source = '{source}'"
        ));
    }
    Some(format!(
        "select u.id from ({}) u",
        selects.join(" union all ")
    ))
}
