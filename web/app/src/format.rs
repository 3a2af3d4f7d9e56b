//! Texts, dates and numbers in the person's language.
use edge_web_core::texts::{Texts, fill};
use js_sys::{Date, Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

thread_local! {
    static TEXTS: Texts = Texts::of(languages().iter().map(String::as_str));
}

/// The person's languages, as the browser tells them.
fn languages() -> Vec<String> {
    let list = web_sys::window().map(|window| window.navigator().languages());
    let list = list.unwrap_or_default();
    list.iter()
        .filter_map(|language| language.as_string())
        .collect()
}

/// The text of this name (`web/core/texts`).
pub fn t(name: &'static str) -> &'static str {
    TEXTS.with(|texts| texts.get(name))
}

/// The text of this name with values in it.
pub fn say(name: &'static str, values: &[&str]) -> String {
    fill(t(name), values)
}

/// Code of the language that texts are in.
pub fn language() -> &'static str {
    TEXTS.with(Texts::code)
}

/// The person's own kind of that language, for dates and numbers: `en-GB`.
fn locale() -> String {
    let own = languages()
        .into_iter()
        .find(|tag| tag.starts_with(language()));
    own.unwrap_or_else(|| language().to_owned())
}

/// `5 MiB`. In the units that quotas are given in.
pub fn bytes(size: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut size, mut unit) = (size, 0);
    while size >= 1024.0 && unit + 1 < units.len() {
        (size, unit) = (size / 1024.0, unit + 1);
    }
    let digits = i32::from(size < 10.0 && unit > 0);
    let shown = number((size * 10_f64.powi(digits)).round() / 10_f64.powi(digits));
    format!("{shown} {}", units[unit])
}

/// Bytes of a disk are below what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
pub fn float(number: i64) -> f64 {
    number as f64
}

/// `1:05` for the length of a video in milliseconds.
pub fn duration(milliseconds: f64) -> String {
    let seconds = (milliseconds / 1000.0).round();
    let (minutes, rest) = ((seconds / 60.0).floor(), seconds % 60.0);
    if minutes < 60.0 {
        return format!("{minutes}:{rest:02}");
    }
    format!(
        "{}:{:02}:{rest:02}",
        (minutes / 60.0).floor(),
        minutes % 60.0
    )
}

fn options(pairs: &[(&str, &str)]) -> JsValue {
    let options = Object::new();
    for (name, value) in pairs {
        // Plain objects take any property.
        drop(Reflect::set(
            &options,
            &JsValue::from_str(name),
            &JsValue::from_str(value),
        ));
    }
    options.into()
}

/// `May 2024` for the first day of a month.
pub fn month(bucket: &str) -> String {
    month_as(bucket, "long")
}

/// `05/2024` for the first day of a month, where there is little room.
pub fn short_month(bucket: &str) -> String {
    month_as(bucket, "2-digit")
}

fn month_as(bucket: &str, style: &str) -> String {
    let day = bucket.get(..10).unwrap_or(bucket);
    let date = Date::new(&JsValue::from_str(&format!("{day}T00:00:00Z")));
    let options = options(&[("year", "numeric"), ("month", style), ("timeZone", "UTC")]);
    date.to_locale_date_string(&locale(), &options).into()
}

/// Date and time of an instant that is meant as written (`localDateTime`).
pub fn written(instant: &str) -> String {
    moment(instant, "UTC")
}

/// Date and time of an instant where the person is.
pub fn here(instant: &str) -> String {
    moment(instant, "")
}

fn moment(instant: &str, zone: &str) -> String {
    let date = Date::new(&JsValue::from_str(instant));
    if date.get_time().is_nan() {
        return String::new();
    }
    let mut pairs = vec![("dateStyle", "medium"), ("timeStyle", "short")];
    if !zone.is_empty() {
        pairs.push(("timeZone", zone));
    }
    let text = date.to_locale_string(&locale(), &options(&pairs));
    text.dyn_into::<js_sys::JsString>()
        .map_or_else(|_| String::new(), Into::into)
}

/// The instant that it is now, for the server.
pub fn now() -> String {
    Date::new_0().to_iso_string().into()
}

/// The day that it is where the person is: `2024-05-01`.
pub fn today() -> String {
    let now = Date::new_0();
    let (month, day) = (now.get_month() + 1, now.get_date());
    format!("{:04}-{month:02}-{day:02}", now.get_full_year())
}

/// A time by the person's own clock, as fields of forms want it: `2024-05-01T10:00:00`.
pub fn clock(instant: &str) -> String {
    let date = Date::new(&JsValue::from_str(instant));
    let shifted = date.get_time() - date.get_timezone_offset() * 60_000.0;
    let date = Date::new(&JsValue::from_f64(shifted));
    // What is no date cannot be written.
    if date.get_time().is_nan() {
        return String::new();
    }
    let written: String = date.to_iso_string().into();
    written.get(..19).unwrap_or_default().to_owned()
}

/// A number as people write it.
pub fn number(value: f64) -> String {
    js_sys::Number::from(value)
        .to_locale_string(&locale())
        .into()
}

/// How many there are.
pub fn count(count: u64) -> String {
    number(u32::try_from(count).unwrap_or(u32::MAX).into())
}

/// `1,234 items`.
pub fn items(number: u64) -> String {
    say("timeline.count", &[&count(number)])
}
