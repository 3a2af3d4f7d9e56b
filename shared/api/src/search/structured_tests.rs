//! Structured searches: what is read, and what is refused.
use serde_json::{Value, json};

use super::*;
use crate::input;
use crate::search::{MetadataSearch, RandomSearch};

fn read(filter: &Value) -> SearchFilter {
    let body = json!({ "filter": filter });
    let read = input::from_json::<MetadataSearch>(&body);
    read.map_or_else(
        |issues| panic!("{issues:?}"),
        |read| read.structured.unwrap_or_default().filter,
    )
}

/// Path and text of each problem.
fn problems(body: &Value) -> Vec<(String, String)> {
    let issues = input::from_json::<MetadataSearch>(body)
        .err()
        .unwrap_or_default();
    let told = issues
        .iter()
        .map(|issue| (issue.path_text(), issue.message.clone()));
    told.collect()
}

const ID: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";
const OTHER: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a658";

#[test]
fn each_field_takes_its_operators() {
    let texts = ["eq", "ne"];
    let numbers = ["eq", "ne", "lt", "lte", "gt", "gte"];
    for (name, _, kind) in FIELDS {
        let value = match kind {
            Kind::Id | Kind::IdOrNull => json!(ID),
            Kind::Ids => json!([ID]),
            Kind::Type => json!("VIDEO"),
            Kind::Visibility => json!("archive"),
            Kind::Flag => json!(true),
            Kind::Number | Kind::NumberOrNull => json!(2.5),
            Kind::Date | Kind::DateOrNull => json!("2024-01-02T03:04:05.000Z"),
            Kind::Text | Kind::TextOrNull | Kind::Pattern | Kind::Words => json!("a"),
        };
        let (single, lists): (&[&str], bool) = match kind {
            Kind::Id | Kind::IdOrNull => (&texts, false),
            Kind::Ids => (&["any", "all", "none"], false),
            Kind::Flag => (&["eq"], false),
            Kind::Words => (&["matches"], false),
            Kind::Number | Kind::NumberOrNull => (&numbers, true),
            Kind::Date | Kind::DateOrNull => (&numbers, false),
            Kind::Pattern => (
                &["eq", "ne", "like", "notLike", "startsWith", "endsWith"],
                true,
            ),
            Kind::Type | Kind::Visibility | Kind::Text | Kind::TextOrNull => (&texts, true),
        };
        for operator in single {
            assert_eq!(
                read(&json!({ name: { *operator: value } })).all.len(),
                1,
                "{name} {operator}"
            );
            let wrong = json!({ "filter": { name: { *operator: {} } } });
            assert_eq!(problems(&wrong).len(), 1, "{name} {operator}");
            let null = json!({ "filter": { name: { *operator: null } } });
            let may = matches!(*operator, "eq" | "ne")
                && [
                    "IdOrNull",
                    "TextOrNull",
                    "Pattern",
                    "NumberOrNull",
                    "DateOrNull",
                ]
                .contains(&format!("{kind:?}").as_str());
            assert_eq!(problems(&null).is_empty(), may, "{name} {operator} null");
        }
        for operator in ["in", "notIn"] {
            let sent = json!({ "filter": { name: { operator: [value] } } });
            assert_eq!(problems(&sent).is_empty(), lists, "{name} {operator}");
        }
        let none = json!({ "filter": { name: {} } });
        assert_eq!(problems(&none).len(), 1, "{name}");
    }
}

#[test]
fn lists_are_bounded_in_bytes() {
    for (size, is_right) in [(9_900, true), (10_100, false)] {
        let list = vec!["a".repeat(size); 100];
        let told = problems(&json!({ "filter": { "city": { "in": list } } }));
        let wrong = [(
            "filter.city.in".to_owned(),
            "Too large: lists hold at most 1 MB".to_owned(),
        )];
        assert_eq!(told, if is_right { &[][..] } else { &wrong[..] });
    }
}

/// Bodies, where their problem is, and its text.
fn refused() -> Vec<(Value, &'static str, &'static str)> {
    let mut all = foreign_fields();
    all.extend(wrong_values());
    all.extend(mixed_shapes());
    all
}

fn foreign_fields() -> Vec<(Value, &'static str, &'static str)> {
    vec![
        (
            json!({ "filter": { "x": 1 } }),
            "filter",
            "Unrecognized key: \"x\"",
        ),
        (
            json!({ "filter": { "x": 1, "y": 1 } }),
            "filter",
            "Unrecognized keys: \"x\", \"y\"",
        ),
        (
            json!({ "filter": { "city": { "gt": "a", "eq": "b" } } }),
            "filter.city",
            "Unrecognized key: \"gt\"",
        ),
        (
            json!({ "filter": { "or": [{ "or": [] }] } }),
            "filter.or.0",
            "Unrecognized key: \"or\"",
        ),
        (
            json!({ "filter": { "or": [{}] } }),
            "filter.or.0",
            "At least one filter condition is required",
        ),
        (
            json!({ "filter": { "or": [] } }),
            "filter.or",
            "Too small: expected array to have >=1 items",
        ),
        (
            json!({ "filter": { "tagIds": { "any": [] } } }),
            "filter.tagIds.any",
            "Too small: expected array to have >=1 items",
        ),
    ]
}

fn wrong_values() -> Vec<(Value, &'static str, &'static str)> {
    vec![
        (
            json!({ "filter": { "id": { "eq": "x" } } }),
            "filter.id.eq",
            "Invalid UUID",
        ),
        (
            json!({ "filter": { "isMotion": {} } }),
            "filter.isMotion.eq",
            "Invalid input: expected boolean, received undefined",
        ),
        (
            json!({ "filter": { "city": {} } }),
            "filter.city",
            "At least one operator is required",
        ),
        (
            json!({ "filter": { "city": "a" } }),
            "filter.city",
            "Invalid input: expected object, received string",
        ),
        (
            json!({ "filter": [] }),
            "filter",
            "Invalid input: expected object, received array",
        ),
        (
            json!({ "orderBy": { "direction": "up" } }),
            "orderBy.direction",
            "Invalid option: expected one of \"asc\"|\"desc\"",
        ),
    ]
}

fn mixed_shapes() -> Vec<(Value, &'static str, &'static str)> {
    vec![
        (
            json!({ "filter": {}, "cursor": "x", "page": 2 }),
            "page",
            "Deprecated field page cannot be combined with filter/cursor",
        ),
        (
            json!({ "orderBy": {}, "order": "asc" }),
            "order",
            "Deprecated field order cannot be combined with orderBy",
        ),
        (
            json!({ "filter": {}, "visibility": "archive" }),
            "visibility",
            "Deprecated field visibility cannot be combined with filter",
        ),
    ]
}

#[test]
fn what_is_not_known_is_refused() {
    for (body, path, text) in refused() {
        assert_eq!(
            problems(&body),
            [(path.to_owned(), text.to_owned())],
            "{body}"
        );
    }
}

#[test]
fn the_other_fields_of_a_shape_may_stand_beside_it_but_not_too_many_conditions() {
    let all = json!({ "filter": {}, "size": 5, "withExif": true, "withPeople": true, "withStacked": false });
    assert!(problems(&all).is_empty());
    let random = input::from_json::<RandomSearch>(&json!({ "filter": {}, "city": "a" }))
        .err()
        .unwrap_or_default();
    assert_eq!(random.len(), 1);
    let many: Vec<Value> = (0..31)
        .map(|_| json!({ "isMotion": { "eq": true } }))
        .collect();
    assert_eq!(problems(&json!({ "filter": { "or": many } })).len(), 1);
    let branch = json!({ "rating": { "gt": 1, "lt": 3 }, "city": { "eq": "a" } });
    let many: Vec<&Value> = (0..11).map(|_| &branch).collect();
    assert_eq!(
        problems(&json!({ "filter": { "or": many } })),
        [(
            "filter".to_owned(),
            "Too many filter conditions: at most 30 are supported".to_owned()
        )]
    );
    let branch = json!({ "tagIds": { "any": [ID], "none": [OTHER] } });
    let many = |count| json!({ "filter": { "or": vec![&branch; count] } });
    assert!(problems(&many(2)).is_empty());
    let [(path, text)] = &problems(&many(3))[..] else {
        panic!("one problem")
    };
    assert_eq!(path, "filter");
    assert!(text.starts_with("Too many filter conditions: at most 4 about people"));
}

#[test]
fn albums_confine_at_the_top_or_in_every_branch() {
    let any = json!({ "any": [ID] });
    for (filter, confining) in [
        (json!({ "albumIds": any }), vec![ID]),
        (
            json!({ "albumIds": { "any": [ID], "all": [OTHER] } }),
            vec![OTHER],
        ),
        (json!({ "albumIds": { "none": [ID] } }), vec![]),
        (
            json!({ "or": [{ "albumIds": any }, { "albumIds": { "all": [OTHER] } }] }),
            vec![ID, OTHER],
        ),
        (
            json!({ "or": [{ "albumIds": any }, { "city": { "eq": "a" } }] }),
            vec![],
        ),
        (
            json!({ "or": [{ "albumIds": any }, { "albumIds": { "none": [OTHER] } }] }),
            vec![],
        ),
        (
            json!({ "albumIds": any, "or": [{ "city": { "eq": "a" } }] }),
            vec![ID],
        ),
        (json!({}), vec![]),
    ] {
        let read = read(&filter);
        assert_eq!(read.confining(), confining, "{filter}");
        assert_eq!(read.is_confined(), !confining.is_empty(), "{filter}");
    }
    let named = read(&json!({ "albumIds": any, "or": [{ "albumIds": { "none": [OTHER] } }] }));
    assert_eq!(named.albums(), [ID, OTHER]);
}

#[test]
fn the_locked_folder_is_asked_for_by_the_condition_that_decides() {
    for (filter, is_locked) in [
        (json!({}), false),
        (json!({ "visibility": { "eq": "locked" } }), true),
        (
            json!({ "visibility": { "in": ["archive", "locked"] } }),
            true,
        ),
        (json!({ "visibility": { "ne": "archive" } }), true),
        (
            json!({ "visibility": { "notIn": ["archive", "locked"] } }),
            false,
        ),
        (
            json!({ "visibility": { "ne": "archive", "in": ["timeline"] } }),
            false,
        ),
        (
            json!({ "or": [{ "visibility": { "eq": "locked" } }] }),
            true,
        ),
        (json!({ "or": [{ "city": { "eq": "a" } }] }), false),
        (
            json!({ "visibility": { "eq": "archive" }, "or": [{ "visibility": { "eq": "locked" } }] }),
            false,
        ),
    ] {
        assert_eq!(read(&filter).may_show_locked(), is_locked, "{filter}");
    }
}
