//! A bag of tags under the names that exiftool gives them, as the rule table wants them
//! (api/assets.md section 9).

use super::text::cut;
use super::work::Work;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Longest text of a tag, bytes; of longer ones the beginning is kept. Descriptions of museums have a tenth.
const MAX_TEXT: usize = 50_000;
/// Longest text in a list, bytes.
const MAX_ITEM: usize = 1_000;
/// Longest list; of longer ones the beginning is kept.
const MAX_LIST: usize = 2_000;

/// The value of a tag.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text as it stands.
    Text(String),
    /// A number; of arrays the first one.
    Number(f64),
    /// A list of texts, such as keywords.
    List(Vec<String>),
}

/// Tags by name. Values that say nothing (empty text, not a number) are never stored, characters that
/// PostgreSQL cannot store (NUL) are left out of the others, and what is absurdly long is cut.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tags {
    by_name: BTreeMap<Cow<'static, str>, Value>,
    work: Work,
}

/// The tags a capture date may come from, in order of preference.
pub(super) const DATE_TAGS: [&str; 11] = [
    "SubSecDateTimeOriginal",
    "SubSecCreateDate",
    "DateTimeOriginal",
    "CreationDate",
    "CreateDate",
    "MediaCreateDate",
    "DateTimeCreated",
    "GPSDateTime",
    "DateTimeUTC",
    "SonyDateTime2",
    "SourceImageCreateTime",
];

/// The tags that say in which time zone the camera was, in order of preference.
pub(super) const ZONE_TAGS: [&str; 5] = [
    "OffsetTimeOriginal",
    "OffsetTimeDigitized",
    "OffsetTime",
    "TimeZone",
    "TimeZoneOffset",
];

impl Tags {
    /// No tags.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores a value, replacing an older one.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: Value) {
        let (value, keep) = match value {
            Value::Text(text) => {
                let text = storable(text, MAX_TEXT);
                let keep = !text.is_empty();
                (Value::Text(text), keep)
            }
            Value::Number(number) => (Value::Number(number), number.is_finite()),
            Value::List(list) => {
                let items = list.into_iter().take(MAX_LIST);
                let list: Vec<String> = items
                    .map(|item| storable(item, MAX_ITEM))
                    .filter(|item| !item.is_empty())
                    .collect();
                let keep = !list.is_empty();
                (Value::List(list), keep)
            }
        };
        if keep {
            self.by_name.insert(name.into(), value);
        }
    }

    /// Stores a value unless the tag has one.
    pub fn set_default(&mut self, name: impl Into<Cow<'static, str>>, value: Value) {
        let name = name.into();
        if !self.by_name.contains_key(&name) {
            self.set(name, value);
        }
    }

    /// Stores trimmed text.
    pub fn set_text(&mut self, name: impl Into<Cow<'static, str>>, text: &str) {
        self.set(name, Value::Text(text.trim().to_owned()));
    }

    /// Stores a number.
    pub fn set_number(&mut self, name: impl Into<Cow<'static, str>>, number: impl Into<f64>) {
        self.set(name, Value::Number(number.into()));
    }

    /// Adds to a list.
    pub fn push(&mut self, name: &'static str, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        match self.by_name.get_mut(name) {
            Some(Value::List(list)) if list.len() < MAX_LIST => {
                list.push(storable(text.to_owned(), MAX_ITEM));
            }
            Some(Value::List(_)) => {}
            _ => self.set(name, Value::List(vec![text.to_owned()])),
        }
    }

    /// The value of a tag.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.by_name.get(name)
    }

    /// A tag as text; numbers are written out, of lists the first.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::Text(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::List(list) => list.first().cloned(),
        }
    }

    /// A tag as number; text is dropped even if it looks like one.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Value::Number(number) => Some(*number),
            Value::Text(_) | Value::List(_) => None,
        }
    }

    /// A tag as list; a single text is a list of one.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        match self.get(name)? {
            Value::List(list) => Some(list.clone()),
            Value::Text(text) => Some(vec![text.clone()]),
            Value::Number(number) => Some(vec![number.to_string()]),
        }
    }

    /// Forgets a tag.
    pub fn remove(&mut self, name: &str) {
        self.by_name.remove(name);
    }

    /// Takes over all tags of `other`; those win.
    pub fn extend(&mut self, other: Tags) {
        self.by_name.extend(other.by_name);
    }

    /// Whether one of the tags that give a capture date is present.
    pub fn has_date(&self) -> bool {
        DATE_TAGS
            .iter()
            .any(|name| self.by_name.contains_key(*name))
    }

    /// Forgets all capture dates and time zones.
    pub(super) fn drop_dates(&mut self) {
        let parts = ["SubSecTimeOriginal", "SubSecTimeDigitized", "SubSecTime"];
        for name in DATE_TAGS.iter().chain(&ZONE_TAGS).chain(&parts) {
            self.remove(name);
        }
    }

    /// Takes steps out of the budget of this file; `false` when it is used up and the caller has to
    /// leave out what it was going to read.
    #[must_use]
    pub fn spend(&mut self, steps: usize) -> bool {
        self.work.spend(steps)
    }

    /// Steps that reading took so far.
    pub fn steps(&self) -> usize {
        self.work.steps()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

/// A text without NUL and not longer than so many bytes.
fn storable(text: String, bytes: usize) -> String {
    if text.len() <= bytes && !text.contains('\0') {
        return text;
    }
    cut(&text.replace('\0', ""), bytes).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_every_database() {
        let mut tags = Tags::new();
        tags.set_text("a", "x\0y");
        tags.set_text("b", "\0");
        tags.set_text("c", &"ü".repeat(MAX_TEXT));
        tags.set("d", Value::List(vec!["t".repeat(5000); 5000]));
        for _ in 0..5000 {
            tags.push("e", "\0word");
        }
        assert_eq!(tags.text("a").as_deref(), Some("xy"));
        assert_eq!(tags.get("b"), None);
        assert_eq!(tags.text("c").map(|text| text.len()), Some(MAX_TEXT));
        let list = tags.list("d").unwrap();
        assert_eq!((list.len(), list[0].len()), (MAX_LIST, MAX_ITEM));
        let list = tags.list("e").unwrap();
        assert_eq!((list.len(), list[0].as_str()), (MAX_LIST, "word"));
    }
}
