//! Strings and what is written as a string: e-mails, ids, enums, times.

use core::marker::PhantomData;

use serde_json::{Number, Value};

use super::{Context, DESCRIPTION, EMAIL, NAME, Rule, TEXT, URL};
use crate::enums::TextEnum;
use crate::id::{IdType, is_uuid_v4};
use crate::input::check::{Expected, Sized};
use crate::time::{Date, Millis, OffsetTime};

fn read_text<'v>(
    context: &mut Context,
    value: Option<&'v Value>,
    expected: Expected,
) -> Option<&'v str> {
    if let Some(Value::String(text)) = value {
        return Some(text);
    }
    context.wrong_type(expected, value);
    None
}

/// A text of a form that the official server words itself when it is broken ([`Context::bad_text`]).
fn read_form<T>(
    context: &mut Context,
    value: Option<&Value>,
    expected: Expected,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let out = value.and_then(Value::as_str).and_then(parse);
    if out.is_none() {
        context.bad_text(expected, value);
    }
    out
}

/// A pattern: the regular expression as the contract writes it, and the same test in code.
type Pattern = (&'static str, fn(&str) -> bool);

/// See [`string`].
#[derive(Debug, Clone, Copy)]
pub struct Text {
    min: Option<u32>,
    max: u32,
    pattern: Option<Pattern>,
}

/// Any string of at most [`TEXT`] characters. Lengths count UTF-16 units, as JavaScript does.
pub fn string() -> Text {
    Text {
        min: None,
        max: TEXT,
        pattern: None,
    }
}

/// A name that lists show: at most [`NAME`] characters.
pub fn name() -> Text {
    string().max(NAME)
}

/// A description: at most [`DESCRIPTION`] characters.
pub fn description() -> Text {
    string().max(DESCRIPTION)
}

/// Six digits (api/auth.md section 5).
pub fn pin_code() -> Text {
    string().pattern(r"/^\d{6}$/", |text| {
        text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
    })
}

impl Text {
    /// At least this many characters.
    #[must_use]
    pub fn min(self, min: u32) -> Self {
        Self {
            min: Some(min),
            ..self
        }
    }

    /// At most this many characters.
    #[must_use]
    pub fn max(self, max: u32) -> Self {
        Self { max, ..self }
    }

    /// Must match; `shown` is the expression as an issue shows it, with its slashes.
    #[must_use]
    pub fn pattern(self, shown: &'static str, matches: fn(&str) -> bool) -> Self {
        Self {
            pattern: Some((shown, matches)),
            ..self
        }
    }
}

impl Rule for Text {
    type Out = String;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<String> {
        let text = read_text(context, value, Expected::String)?;
        let before = context.count();
        let length = length(text);
        if let Some(min) = self.min
            && length < u64::from(min)
        {
            context.too_small(Sized::Text, &Number::from(min));
        }
        check_length(context, text, self.max);
        if let Some((shown, matches)) = self.pattern
            && !matches(text)
        {
            context.bad_pattern(shown);
        }
        (context.count() == before).then(|| text.to_owned())
    }
}

/// UTF-16 units.
fn length(text: &str) -> u64 {
    text.encode_utf16().count() as u64
}

/// Whether a text is no longer than `max`; reports it otherwise.
fn check_length(context: &mut Context, text: &str, max: u32) -> bool {
    let fits = length(text) <= u64::from(max);
    if !fits {
        context.too_big(Sized::Text, &Number::from(max));
    }
    fits
}

/// See [`email`].
#[derive(Debug, Clone, Copy)]
pub struct Email;

/// An address of at most [`EMAIL`] characters by HTML5's pattern, lower-cased (api/auth.md section 4).
pub fn email() -> Email {
    Email
}

impl Rule for Email {
    type Out = String;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<String> {
        if let Some(Value::String(text)) = value
            && !check_length(context, text, EMAIL)
        {
            return None;
        }
        read_form(context, value, Expected::Email, |text| {
            is_email(text).then(|| text.to_lowercase())
        })
    }
}

/// HTML5: local part of printable ASCII, then dot-separated labels of 1 to 63 letters, digits
/// and inner hyphens.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    !local.is_empty()
        && local
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte))
        && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// See [`id`].
#[derive(Debug, Clone, Copy)]
pub struct IdRule<T>(PhantomData<T>);

/// A version 4 UUID: `rule::id::<AlbumId>()`.
pub fn id<T: IdType>() -> IdRule<T> {
    IdRule(PhantomData)
}

impl<T: IdType> Rule for IdRule<T> {
    type Out = T;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<T> {
        let text = read_text(context, value, Expected::String)?;
        if is_uuid_v4(text) {
            return Some(T::from_trusted(text.to_ascii_lowercase()));
        }
        context.bad_uuid();
        None
    }
}

/// See [`enum_of`].
#[derive(Debug, Clone, Copy)]
pub struct EnumOf<E>(PhantomData<E>);

/// One of the values of an enum.
pub fn enum_of<E: TextEnum>() -> EnumOf<E> {
    EnumOf(PhantomData)
}

impl<E: TextEnum> Rule for EnumOf<E> {
    type Out = E;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<E> {
        let out = value.and_then(Value::as_str).and_then(E::parse);
        if out.is_none() {
            context.bad_option(E::TEXTS);
        }
        out
    }
}

/// See [`clock`].
#[derive(Debug, Clone, Copy)]
pub struct Clock;

/// A time of day, `HH:MM` (api/admin.md, "nightlyTasks.startTime").
pub fn clock() -> Clock {
    Clock
}

impl Rule for Clock {
    type Out = String;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<String> {
        read_form(context, value, Expected::Clock, |text| {
            is_clock(text).then(|| text.to_owned())
        })
    }
}

fn is_clock(text: &str) -> bool {
    let Some((hour, minute)) = text.split_once(':') else {
        return false;
    };
    let two = |part: &str, end: u8| {
        part.len() == 2
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse::<u8>().is_ok_and(|number| number < end)
    };
    two(hour, 24) && two(minute, 60)
}

/// See [`date_time`].
#[derive(Debug, Clone, Copy)]
pub struct DateTimeRule;

/// An instant in ISO 8601 with `Z` or an offset.
pub fn date_time() -> DateTimeRule {
    DateTimeRule
}

impl Rule for DateTimeRule {
    type Out = Millis;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<Millis> {
        read_form(context, value, Expected::DateTime, Millis::parse)
    }
}

/// See [`offset_time`].
#[derive(Debug, Clone, Copy)]
pub struct OffsetTimeRule;

/// A date, or a date and time with or without zone, of which the zone is kept
/// (`dateTimeOriginal`; api/assets.md section 10).
pub fn offset_time() -> OffsetTimeRule {
    OffsetTimeRule
}

impl Rule for OffsetTimeRule {
    type Out = OffsetTime;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<OffsetTime> {
        read_form(context, value, Expected::DateTime, OffsetTime::parse)
    }
}

/// See [`date`].
#[derive(Debug, Clone, Copy)]
pub struct DateRule;

/// A calendar date, `YYYY-MM-DD`.
pub fn date() -> DateRule {
    DateRule
}

impl Rule for DateRule {
    type Out = Date;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<Date> {
        read_form(context, value, Expected::Date, Date::parse)
    }
}

/// See [`url`].
#[derive(Debug, Clone, Copy)]
pub struct Url {
    or_empty: bool,
}

/// An absolute URL of at most [`URL`] characters: scheme, colon, something.
pub fn url() -> Url {
    Url { or_empty: false }
}

impl Url {
    /// The empty string will do, too.
    #[must_use]
    pub fn or_empty(self) -> Self {
        Self { or_empty: true }
    }
}

impl Rule for Url {
    type Out = String;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<String> {
        let text = read_text(context, value, Expected::String)?;
        if !check_length(context, text, URL) {
            return None;
        }
        if is_url(text) || (self.or_empty && text.is_empty()) {
            return Some(text.to_owned());
        }
        context.bad_url();
        None
    }
}

/// Web schemes need a host, as in the WHATWG standard; others only need a scheme.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.trim().split_once(':') else {
        return false;
    };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let web = ["http", "https", "ws", "wss", "ftp"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    let host = rest
        .trim_start_matches('/')
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    named && (!web || (!host.is_empty() && !host.contains([' ', '<', '>', '^', '|'])))
}

#[cfg(test)]
mod tests {
    use super::is_clock;

    #[test]
    fn times_of_day() {
        assert!(is_clock("00:00") && is_clock("23:59"));
        for bad in ["24:00", "1:00", "00:60", "+1:00", "0000"] {
            assert!(!is_clock(bad), "{bad}");
        }
    }
}
