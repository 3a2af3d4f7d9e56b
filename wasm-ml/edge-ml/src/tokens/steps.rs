//! What happens to a text before it is cut: the normalisers of a `tokenizer.json`.
use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

use super::MOST_CHARACTERS;
use super::charsmap::Charsmap;
use super::recipe::Step;

/// White space collapsed; with `canonical` without ASCII's punctuation (`_` becomes a space) and in small letters, as networks were
/// taught that know no punctuation.
pub fn clean(text: &str, canonical: bool) -> String {
    let mut text: String = text.chars().take(MOST_CHARACTERS).collect();
    if canonical {
        text = text.replace('_', " ");
        text.retain(|c| !c.is_ascii_punctuation());
        text = text.to_lowercase();
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// All steps, one after the other. `charsmap` is the table of the vocabulary.
pub fn all(steps: &[Step], mut text: String, charsmap: &[u8]) -> String {
    for step in steps {
        text = limited(one(step, text, charsmap));
    }
    text
}

/// Compatible characters and replacements may be many for one.
fn limited(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) {
        text.truncate(end);
    }
    text
}

fn one(step: &Step, text: String, charsmap: &[u8]) -> String {
    match step {
        Step::Nfc => text.nfc().collect(),
        Step::Nfd => text.nfd().collect(),
        Step::Nfkc => text.nfkc().collect(),
        Step::Nfkd => text.nfkd().collect(),
        Step::Lowercase => lowercase(&text),
        Step::StripAccents => {
            let is_mark = |c: &char| c.general_category_group() == GeneralCategoryGroup::Mark;
            text.chars().filter(|c| !is_mark(c)).collect()
        }
        Step::Nmt => text.chars().filter_map(nmt).collect(),
        Step::Table => match Charsmap::new(charsmap) {
            Some(table) => table.apply(&text),
            None => text,
        },
        Step::Strip { left, right } => {
            let mut kept = text.as_str();
            if *left {
                kept = kept.trim_start();
            }
            if *right {
                kept = kept.trim_end();
            }
            kept.to_owned()
        }
        Step::Replace { from, to } => text.replace(from.as_str(), to),
        Step::Spaces { least, any, to } => spaces(&text, *least, *any, to),
        Step::Prepend(_) if text.is_empty() => text,
        Step::Prepend(before) => format!("{before}{text}"),
        Step::Bert {
            clean,
            chinese,
            accents,
            lowercase: is_small,
        } => {
            let mut text = text;
            if *clean {
                text = text.chars().filter_map(bert_clean).collect();
            }
            if *chinese {
                text = around_chinese(&text);
            }
            if *accents {
                let is_mark = |c: &char| c.general_category() == GeneralCategory::NonspacingMark;
                text = text.nfd().filter(|c| !is_mark(c)).collect();
            }
            if *is_small { lowercase(&text) } else { text }
        }
    }
}

/// Character by character: at the end of a word sigma stays what it is elsewhere.
fn lowercase(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn spaces(text: &str, least: usize, any: bool, to: &str) -> String {
    let is_space = |c: char| c == ' ' || (any && c.is_whitespace());
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = rest.find(|c| !is_space(c)).unwrap_or(rest.len());
        let (row, behind) = rest.split_at(run.max(first.len_utf8()));
        let is_row = run > 0 && row.chars().count() >= least;
        made.push_str(if is_row { to } else { row });
        rest = behind;
    }
    made
}

fn nmt(c: char) -> Option<char> {
    match c {
        '\u{1}'..='\u{8}' | '\u{b}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{8f}' | '\u{9f}' => None,
        '\t'
        | '\n'
        | '\u{c}'
        | '\r'
        | '\u{1680}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{2581}'
        | '\u{feff}'
        | '\u{fffd}' => Some(' '),
        c => Some(c),
    }
}

fn bert_clean(c: char) -> Option<char> {
    if matches!(c, '\t' | '\n' | '\r') {
        return Some(' ');
    }
    if matches!(c, '\0' | '\u{fffd}') || c.general_category_group() == GeneralCategoryGroup::Other {
        return None;
    }
    Some(if c.is_whitespace() { ' ' } else { c })
}

fn around_chinese(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for c in text.chars() {
        if is_chinese(c) {
            made.extend([' ', c, ' ']);
        } else {
            made.push(c);
        }
    }
    made
}

/// The blocks that BERT takes for Chinese.
fn is_chinese(c: char) -> bool {
    matches!(
        c,
        '\u{4e00}'..='\u{9fff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{20000}'..='\u{2a6df}'
            | '\u{2a700}'..='\u{2b73f}'
            | '\u{2b740}'..='\u{2b81f}'
            | '\u{2b920}'..='\u{2ceaf}'
            | '\u{f900}'..='\u{faff}'
            | '\u{2f800}'..='\u{2fa1f}'
    )
}
