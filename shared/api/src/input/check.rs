//! Where a validation stands: the path so far, the issues found, and how each is worded.
//! None of this is generic, so it is compiled once whatever the number of request types.

use serde_json::{Number, Value};

use crate::error::{Issue, Key};

/// State of one validation.
#[derive(Debug)]
pub struct Context {
    /// Values are strings (query, form) and are converted; else they are JSON and must fit.
    pub(super) text_mode: bool,
    path: Vec<Key>,
    issues: Vec<Issue>,
    /// Also those that are no longer listed.
    found: usize,
}

/// Issues that an answer lists. Each takes many times the memory of the value it is about; nobody reads more.
pub(super) const LISTED: usize = 100;

/// A type name as Zod prints it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    Array,
    Boolean,
    Clock,
    Date,
    DateTime,
    Email,
    Int,
    Number,
    Object,
    Record,
    String,
}

impl Expected {
    fn as_str(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Clock => "string in HH:MM format",
            Self::Date => "ISO date string (YYYY-MM-DD)",
            Self::DateTime => "ISO 8601 datetime string",
            Self::Email => "email",
            Self::Int => "int",
            Self::Number => "number",
            Self::Object => "object",
            Self::Record => "record",
            Self::String => "string",
        }
    }
}

/// What has a size: its name and Zod's unit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sized {
    Text,
    Items,
    Number,
    /// Beyond what a double holds exactly.
    SafeInteger,
}

impl Sized {
    fn origin(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Items => "array",
            Self::Number => "number",
            Self::SafeInteger => "int",
        }
    }
}

/// `typeof` in JavaScript, with `null`, `array` and `undefined`.
fn type_name(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

impl Context {
    pub(super) fn body() -> Self {
        Self {
            text_mode: false,
            path: Vec::new(),
            issues: Vec::new(),
            found: 0,
        }
    }

    pub(super) fn text() -> Self {
        Self {
            text_mode: true,
            ..Self::body()
        }
    }

    pub(super) fn enter(&mut self, key: Key) {
        self.path.push(key);
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    pub(super) fn count(&self) -> usize {
        self.found
    }

    /// Whether one more is to be listed.
    fn find(&mut self) -> bool {
        self.found += 1;
        self.found <= LISTED
    }

    pub(super) fn finish<T>(self, out: Option<T>) -> Result<T, Vec<Issue>> {
        match out {
            Some(out) if self.found == 0 => Ok(out),
            _ => Err(self.issues),
        }
    }

    fn report(&mut self, code: &'static str, message: String, extras: Vec<(&'static str, Value)>) {
        if !self.find() {
            return;
        }
        self.issues.push(Issue {
            code,
            path: self.path.clone(),
            message,
            extras,
        });
    }

    pub(super) fn refuse(&mut self, name: &str, message: &str) {
        if !self.find() {
            return;
        }
        let mut path = self.path.clone();
        if !name.is_empty() {
            path.push(Key::Name(name.to_owned()));
        }
        self.issues.push(Issue::custom(path, message));
    }

    /// Keys that a strict object does not know.
    pub(super) fn unknown_keys<'k>(&mut self, keys: impl Iterator<Item = &'k String>) {
        let keys: Vec<Value> = keys.take(LISTED).map(|key| key.as_str().into()).collect();
        if keys.is_empty() {
            return;
        }
        let names: Vec<String> = keys.iter().map(Value::to_string).collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        let message = format!("Unrecognized key{plural}: {}", names.join(", "));
        self.report("unrecognized_keys", message, vec![("keys", keys.into())]);
    }

    pub(super) fn wrong_type(&mut self, expected: Expected, value: Option<&Value>) {
        self.wrong_type_named(expected, type_name(value));
    }

    /// As [`Self::wrong_type`] for a value that JSON cannot name, such as NaN.
    pub(super) fn wrong_type_named(&mut self, expected: Expected, received: &str) {
        let expected = expected.as_str();
        self.report(
            "invalid_type",
            format!("Invalid input: expected {expected}, received {received}"),
            vec![("expected", expected.into())],
        );
    }

    /// A string of the wrong form. `named` is Zod's name of the format in the message.
    fn bad_format(&mut self, format: &str, message: String, pattern: Option<&str>) {
        let mut extras = vec![("origin", "string".into()), ("format", format.into())];
        if let Some(pattern) = pattern {
            extras.push(("pattern", pattern.into()));
        }
        self.report("invalid_format", message, extras);
    }

    pub(super) fn bad_uuid(&mut self) {
        self.bad_format("uuid", "Invalid UUID".to_owned(), Some(UUID_PATTERN));
    }

    pub(super) fn bad_url(&mut self) {
        self.bad_format("url", "Invalid URL".to_owned(), None);
    }

    pub(super) fn bad_pattern(&mut self, pattern: &str) {
        let message = format!("Invalid string: must match pattern {pattern}");
        self.bad_format("regex", message, Some(pattern));
    }

    /// A value that is no date, time or e-mail. The official server words these itself, like a type error, with
    /// what JavaScript's `typeof` says: `null` and arrays are objects.
    pub(super) fn bad_text(&mut self, expected: Expected, value: Option<&Value>) {
        let format = match expected {
            Expected::Email => "email",
            Expected::Date => "date",
            Expected::Clock => "regex",
            _ => "datetime",
        };
        let received = match value {
            Some(Value::Null | Value::Array(_)) => "object",
            other => type_name(other),
        };
        let message = format!(
            "Invalid input: expected {}, received {received}",
            expected.as_str()
        );
        if received == "string" {
            self.bad_format(format, message, None);
        } else {
            let expected = ("expected", Expected::String.as_str().into());
            self.report("invalid_type", message, vec![expected]);
        }
    }

    pub(super) fn bad_option(&mut self, texts: &'static [&'static str]) {
        self.not_among(texts.iter().map(|text| Value::from(*text)).collect());
    }

    pub(super) fn bad_number_option(&mut self, numbers: &'static [i64]) {
        self.not_among(numbers.iter().map(|number| Value::from(*number)).collect());
    }

    fn not_among(&mut self, values: Vec<Value>) {
        let texts: Vec<String> = values.iter().map(Value::to_string).collect();
        let list = texts.join("|");
        let message = if values.len() == 1 {
            format!("Invalid input: expected {list}")
        } else {
            format!("Invalid option: expected one of {list}")
        };
        self.report("invalid_value", message, vec![("values", values.into())]);
    }

    pub(super) fn too_small(&mut self, what: Sized, minimum: &Number) {
        self.out_of_bounds(what, minimum, false, true);
    }

    pub(super) fn too_big(&mut self, what: Sized, maximum: &Number) {
        self.out_of_bounds(what, maximum, true, true);
    }

    /// A number that must be greater than, not equal to, its bound.
    pub(super) fn not_above(&mut self, bound: &Number) {
        self.out_of_bounds(Sized::Number, bound, false, false);
    }

    fn out_of_bounds(&mut self, what: Sized, bound: &Number, big: bool, inclusive: bool) {
        let origin = what.origin();
        let (code, word, key, sign) = if big {
            ("too_big", "big", "maximum", "<")
        } else {
            ("too_small", "small", "minimum", ">")
        };
        let equal = if inclusive { "=" } else { "" };
        let (verb, unit) = match what {
            Sized::Text => ("have", " characters"),
            Sized::Items => ("have", " items"),
            Sized::Number | Sized::SafeInteger => ("be", ""),
        };
        self.report(
            code,
            format!("Too {word}: expected {origin} to {verb} {sign}{equal}{bound}{unit}"),
            vec![
                ("origin", origin.into()),
                (key, Value::Number(bound.clone())),
                ("inclusive", inclusive.into()),
            ],
        );
    }
}

/// The contract's pattern of a version 4 UUID, as an issue shows it.
const UUID_PATTERN: &str =
    "/^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})$/";
