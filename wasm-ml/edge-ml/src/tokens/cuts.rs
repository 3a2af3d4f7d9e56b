//! How a text is cut into words: the pre-tokenizers of a `tokenizer.json`.
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};

use super::recipe::{Cut, Prefix, Side};

/// The words of `text`; none is empty.
pub fn all(cuts: &[Cut], text: String) -> Vec<String> {
    let mut words = vec![text];
    for cut in cuts {
        words = match cut {
            Cut::Spaces => each(&words, |word| {
                word.split_whitespace().map(str::to_owned).collect()
            }),
            Cut::Bert => each(&words, bert),
            Cut::At { text, side } => each(&words, |word| at(word, text, *side)),
            Cut::Mark {
                mark,
                prefix,
                split,
            } => marked(&words, *mark, *prefix, *split),
        };
    }
    words.retain(|word| !word.is_empty());
    words
}

fn each(words: &[String], cut: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    words.iter().flat_map(|word| cut(word)).collect()
}

/// `text` cut at each `found`.
fn at(text: &str, found: &str, side: Side) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for (nth, part) in text.split(found).enumerate() {
        if nth > 0 {
            match side {
                Side::Removed => words.push(std::mem::take(&mut word)),
                Side::Isolated => {
                    words.push(std::mem::take(&mut word));
                    words.push(found.to_owned());
                }
                Side::Previous => {
                    word.push_str(found);
                    words.push(std::mem::take(&mut word));
                }
                Side::Next => {
                    words.push(std::mem::take(&mut word));
                    word.push_str(found);
                }
            }
        }
        word.push_str(part);
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// With `mark` for spaces and, where `prefix` says so, before words.
fn marked(words: &[String], mark: char, prefix: Prefix, split: bool) -> Vec<String> {
    let mut all = Vec::new();
    let text = mark.to_string();
    for (nth, word) in words.iter().filter(|word| !word.is_empty()).enumerate() {
        let mut word = word.replace(' ', &text);
        let wants = prefix == Prefix::Always || (prefix == Prefix::First && nth == 0);
        if wants && !word.starts_with(mark) {
            word.insert(0, mark);
        }
        if split {
            all.extend(at(&word, &text, Side::Next));
        } else {
            all.push(word);
        }
    }
    all
}

/// At white space, and around each character of punctuation.
fn bert(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let is_punctuation = c.is_ascii_punctuation()
            || c.general_category_group() == GeneralCategoryGroup::Punctuation;
        if c.is_whitespace() || is_punctuation {
            words.push(std::mem::take(&mut word));
        } else {
            word.push(c);
        }
        if is_punctuation {
            words.push(c.to_string());
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}
