//! A bag of tags under the names that exiftool gives them, as the rule table wants them
//! (api/assets.md section 9).

use std::borrow::Cow;
use std::collections::BTreeMap;

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

/// Tags by name. Values that say nothing (empty text, not a number) are never stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tags(BTreeMap<Cow<'static, str>, Value>);

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
        let keep = match &value {
            Value::Text(text) => !text.is_empty(),
            Value::Number(number) => number.is_finite(),
            Value::List(list) => !list.is_empty(),
        };
        if keep {
            self.0.insert(name.into(), value);
        }
    }

    /// Stores a value unless the tag has one.
    pub fn set_default(&mut self, name: impl Into<Cow<'static, str>>, value: Value) {
        let name = name.into();
        if !self.0.contains_key(&name) {
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
        match self.0.get_mut(name) {
            Some(Value::List(list)) => list.push(text.to_owned()),
            _ => self.set(name, Value::List(vec![text.to_owned()])),
        }
    }

    /// The value of a tag.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
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
        self.0.remove(name);
    }

    /// Takes over all tags of `other`; those win.
    pub fn extend(&mut self, other: Tags) {
        self.0.extend(other.0);
    }

    /// Whether one of the tags that give a capture date is present.
    pub fn has_date(&self) -> bool {
        DATE_TAGS.iter().any(|name| self.0.contains_key(*name))
    }

    /// Forgets all capture dates and time zones.
    pub(super) fn drop_dates(&mut self) {
        let parts = ["SubSecTimeOriginal", "SubSecTimeDigitized", "SubSecTime"];
        for name in DATE_TAGS.iter().chain(&ZONE_TAGS).chain(&parts) {
            self.remove(name);
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
