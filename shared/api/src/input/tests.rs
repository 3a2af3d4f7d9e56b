//! One test per rule: path and message as the official server words them.

use serde_json::{Map, Value, json};

use super::*;
use crate::enums::{AssetOrder, MemoryType};
use crate::id::{AlbumId, AssetId};
use crate::time::{Date, Millis};

/// The issues as `path: message` lines.
fn lines(issues: Vec<Issue>) -> Vec<String> {
    issues
        .iter()
        .map(|issue| format!("{}: {}", issue.path_text(), issue.message))
        .collect()
}

struct Probe<R: Rule>(R);

impl<R: Rule> Probe<R> {
    fn json(&self, value: Value) -> Result<R::Out, Vec<String>> {
        self.read(Context::body(), Some(&value))
    }

    fn text(&self, value: &str) -> Result<R::Out, Vec<String>> {
        self.read(Context::text(), Some(&value.into()))
    }

    fn missing(&self) -> Result<R::Out, Vec<String>> {
        self.read(Context::body(), None)
    }

    fn read(&self, mut context: Context, value: Option<&Value>) -> Result<R::Out, Vec<String>> {
        let out = self.0.read(&mut context, value);
        context
            .finish(out)
            .map_err(|issues| issues.into_iter().map(|issue| issue.message).collect())
    }
}

fn says<T: core::fmt::Debug>(result: Result<T, Vec<String>>, message: &str) {
    assert_eq!(result.unwrap_err(), vec![message.to_owned()]);
}

#[test]
fn strings() {
    let rule = Probe(rule::string().min(2).max(3));
    assert_eq!(rule.json(json!("abc")).unwrap(), "abc");
    says(
        rule.missing(),
        "Invalid input: expected string, received undefined",
    );
    says(
        rule.json(json!(null)),
        "Invalid input: expected string, received null",
    );
    says(
        rule.json(json!([])),
        "Invalid input: expected string, received array",
    );
    says(
        rule.json(json!("a")),
        "Too small: expected string to have >=2 characters",
    );
    says(
        rule.json(json!("abcd")),
        "Too big: expected string to have <=3 characters",
    );
    assert!(rule.json(json!("😀")).is_ok(), "two UTF-16 units");
}

#[test]
fn pin_codes() {
    let rule = Probe(rule::pin_code());
    assert_eq!(rule.json(json!("012345")).unwrap(), "012345");
    says(
        rule.json(json!("12345")),
        r"Invalid string: must match pattern /^\d{6}$/",
    );
}

#[test]
fn emails() {
    let rule = Probe(rule::email());
    assert_eq!(
        rule.json(json!("Me+x@Example.COM")).unwrap(),
        "me+x@example.com"
    );
    assert!(rule.json(json!("admin@localhost")).is_ok());
    for bad in [
        "", "a", "a@", "@b", "a@b..c", "a@-b.c", "a b@c.d", "a@b@c", "ä@b.c",
    ] {
        says(
            rule.json(json!(bad)),
            "Invalid input: expected email, received string",
        );
    }
    for (value, received) in [
        (json!(1), "number"),
        (json!(null), "object"),
        (json!(["a@b.c"]), "object"),
        (json!({}), "object"),
        (json!(true), "boolean"),
    ] {
        let message = format!("Invalid input: expected email, received {received}");
        says(rule.json(value), &message);
    }
}

#[test]
fn ids() {
    let rule = Probe(rule::id::<AssetId>());
    let id = rule
        .json(json!("3FE388E4-2078-44D7-B36C-39D9DEE3A657"))
        .unwrap();
    assert_eq!(id.as_str(), "3fe388e4-2078-44d7-b36c-39d9dee3a657");
    says(rule.json(json!("nope")), "Invalid UUID");
    says(
        rule.json(json!(7)),
        "Invalid input: expected string, received number",
    );
}

#[test]
fn booleans() {
    let rule = Probe(rule::boolean());
    assert!(rule.json(json!(true)).unwrap());
    assert!(!rule.text("false").unwrap());
    says(
        rule.json(json!("true")),
        "Invalid input: expected boolean, received string",
    );
    for bad in ["True", "1", ""] {
        says(
            rule.text(bad),
            "Invalid input: expected boolean, received string",
        );
    }
}

#[test]
fn integers() {
    let rule = Probe(rule::integer().min(1).max(10));
    assert_eq!(rule.json(json!(5)).unwrap(), 5);
    assert_eq!(rule.json(json!(5.0)).unwrap(), 5);
    assert_eq!(rule.text("5").unwrap(), 5);
    says(
        rule.json(json!(1.5)),
        "Invalid input: expected int, received number",
    );
    says(
        rule.json(json!("5")),
        "Invalid input: expected number, received string",
    );
    says(
        rule.text("five"),
        "Invalid input: expected number, received NaN",
    );
    says(rule.json(json!(0)), "Too small: expected number to be >=1");
    says(rule.json(json!(11)), "Too big: expected number to be <=10");
    says(
        Probe(rule::integer()).json(json!(u64::MAX)),
        "Too big: expected int to be <=9007199254740991",
    );
    says(
        Probe(rule::integer()).json(json!(-1e300)),
        "Too small: expected int to be >=-9007199254740991",
    );
    says(
        Probe(rule::integer().above(0)).json(json!(0)),
        "Too small: expected number to be >0",
    );
}

#[test]
fn numbers() {
    let rule = Probe(rule::number().min(-90.0).max(90.0));
    assert!((rule.json(json!(1.25)).unwrap() - 1.25).abs() < f64::EPSILON);
    assert!((rule.text("-1e1").unwrap() + 10.0).abs() < f64::EPSILON);
    says(
        rule.json(json!(-91)),
        "Too small: expected number to be >=-90",
    );
    says(
        rule.json(json!(90.5)),
        "Too big: expected number to be <=90",
    );
    says(
        rule.text("inf"),
        "Invalid input: expected number, received NaN",
    );
}

#[test]
fn times() {
    let rule = Probe(rule::clock());
    assert_eq!(rule.json(json!("23:59")).unwrap(), "23:59");
    says(
        rule.json(json!(null)),
        "Invalid input: expected string in HH:MM format, received object",
    );
    let rule = Probe(rule::date_time());
    says(
        rule.json(json!(null)),
        "Invalid input: expected ISO 8601 datetime string, received object",
    );
    assert_eq!(
        rule.json(json!("1970-01-01T00:00:01Z")).unwrap(),
        Millis(1000)
    );
    says(
        rule.json(json!("1970-01-01T00:00:01")),
        "Invalid input: expected ISO 8601 datetime string, received string",
    );
    let rule = Probe(rule::date());
    assert_eq!(
        rule.json(json!("2024-02-29")).unwrap(),
        Date::parse("2024-02-29").unwrap()
    );
    for (value, received) in [
        (json!("2024-02-30"), "string"),
        (json!("2024-02-29T00:00:00Z"), "string"),
        (json!(null), "object"),
        (json!([]), "object"),
        (json!(1), "number"),
    ] {
        let message =
            format!("Invalid input: expected ISO date string (YYYY-MM-DD), received {received}");
        says(rule.json(value), &message);
    }
    let rule = Probe(rule::offset_time());
    let time = rule.json(json!("2024-01-01T10:00:00+01:00")).unwrap();
    assert_eq!(time.offset_minutes, Some(60));
    assert!(rule.json(json!("yesterday")).is_err());
}

#[test]
fn enums() {
    let rule = Probe(rule::enum_of::<AssetOrder>());
    assert_eq!(rule.json(json!("asc")).unwrap(), AssetOrder::Asc);
    says(
        rule.json(json!("up")),
        r#"Invalid option: expected one of "asc"|"desc""#,
    );
    says(
        rule.missing(),
        r#"Invalid option: expected one of "asc"|"desc""#,
    );
    says(
        Probe(rule::enum_of::<MemoryType>()).json(json!(1)),
        r#"Invalid input: expected "on_this_day""#,
    );
}

#[test]
fn urls() {
    let rule = Probe(rule::url().or_empty());
    for good in [
        "",
        "https://a.b/c?d",
        "http://localhost:3003",
        "app.immich:/x",
    ] {
        assert!(rule.json(json!(good)).is_ok(), "{good}");
    }
    says(rule.json(json!("a.b")), "Invalid URL");
    says(rule.json(json!("http://")), "Invalid URL");
}

#[test]
fn arrays_report_each_element_then_their_size() {
    let rule = Probe(rule::array_of(rule::string()).min(1).max(2).unique("Twice"));
    says(
        rule.json(json!([])),
        "Too small: expected array to have >=1 items",
    );
    says(
        rule.json(json!(["a", "b", "c"])),
        "Too big: expected array to have <=2 items",
    );
    says(rule.json(json!(["a", "a"])), "Twice");
    says(
        rule.json(json!("a")),
        "Invalid input: expected array, received string",
    );
    assert_eq!(rule.text("a").unwrap(), ["a"]);
    assert_eq!(rule.json(json!([1, 2, 3])).unwrap_err().len(), 3);
    assert_eq!(
        Probe(rule::array_of(rule::or_null(rule::integer()))).json(json!([null, 1])),
        Ok(vec![None, Some(1)])
    );
}

#[test]
fn records_and_json_texts() {
    says(
        Probe(rule::record()).json(json!("x")),
        "Invalid input: expected record, received string",
    );
    let rule = Probe(rule::json_text(rule::array_of(rule::record())));
    assert_eq!(
        rule.text(r#"[{"a":1}]"#).unwrap()[0].get("a"),
        Some(&json!(1))
    );
    says(rule.text("{"), "Invalid JSON");
    says(
        rule.text("{}"),
        "Invalid input: expected array, received object",
    );
}

input! {
    /// An element of the sample.
    pub struct Part {
        /// An id.
        pub id: AlbumId = required("id", rule::id()),
    }
}

input! {
    /// A sample with a field of every kind.
    pub struct Sample {
        /// Must be there.
        pub name: String = required("name", rule::string()),
        /// May be missing.
        pub size: Option<i64> = optional("size", rule::integer()),
        /// Must be there or null.
        pub place: Option<String> = nullable("place", rule::string()),
        /// Missing, null or text.
        pub note: Patch<String> = patch("note", rule::string()),
        /// True unless said otherwise.
        pub flag: bool = default("flag", rule::boolean(), true),
        /// Nested.
        pub parts: Vec<Part> = default("parts", rule::array_of(rule::object()), Vec::new()),
        /// Free.
        pub extra: Option<Map<String, Value>> = nullish("extra", rule::record()),
    }
    check |sample, fields| if sample.name == "bad" && fields.has("size") {
        fields.refuse("size", "No size for bad names");
    }
}

#[test]
fn every_kind_of_field_is_read_and_unknown_ones_are_ignored() {
    let sample = from_json::<Sample>(&json!({"name": "a", "place": null, "other": 1})).unwrap();
    assert_eq!(sample.note, Patch::Absent);
    assert!(sample.flag && sample.size.is_none() && sample.parts.is_empty());
    let sample =
        from_json::<Sample>(&json!({"name": "a", "place": "b", "note": null, "extra": null}));
    assert_eq!(sample.unwrap().note, Patch::Null);
}

#[test]
fn all_problems_are_reported_with_their_paths() {
    let issues = from_json::<Sample>(&json!({
        "size": null, "note": 1, "flag": "x", "parts": [{}, {"id": "x"}, 3]
    }));
    assert_eq!(
        lines(issues.unwrap_err()),
        [
            "name: Invalid input: expected string, received undefined",
            "size: Invalid input: expected number, received null",
            "place: Invalid input: expected string, received undefined",
            "note: Invalid input: expected string, received number",
            "flag: Invalid input: expected boolean, received string",
            "parts.0.id: Invalid input: expected string, received undefined",
            "parts.1.id: Invalid UUID",
            "parts.2: Invalid input: expected object, received number",
        ]
    );
    let issues = from_json::<Sample>(&json!("text")).unwrap_err();
    assert_eq!(
        lines(issues),
        [": Invalid input: expected object, received string"]
    );
}

#[test]
fn rules_between_fields_run_last() {
    let issues = from_json::<Sample>(&json!({"name": "bad", "place": null, "size": 1}));
    assert_eq!(lines(issues.unwrap_err()), ["size: No size for bad names"]);
}

#[test]
fn queries_are_decoded_and_converted() {
    let sample = from_query::<Sample>("name=a%20b+c&place=x&size=3&flag=false&size2=1").unwrap();
    assert_eq!(
        (sample.name.as_str(), sample.size, sample.flag),
        ("a b c", Some(3), false)
    );
    let issues = from_query::<Sample>("name=a&name=b&place=c&flag=1").unwrap_err();
    assert_eq!(
        lines(issues),
        [
            "name: Invalid input: expected string, received array",
            "flag: Invalid input: expected boolean, received string",
        ]
    );
    assert!(from_form::<Part>([("id".to_owned(), "x".to_owned())]).is_err());
}

#[test]
fn path_parameters_are_checked_like_fields() {
    assert!(from_path::<AssetId>("id", "3fe388e4-2078-44d7-b36c-39d9dee3a657").is_ok());
    assert_eq!(
        lines(from_path::<AssetId>("id", "1").unwrap_err()),
        ["id: Invalid UUID"]
    );
    assert_eq!(
        lines(from_path_enum::<AssetOrder>("order", "x").unwrap_err()),
        [r#"order: Invalid option: expected one of "asc"|"desc""#]
    );
}
