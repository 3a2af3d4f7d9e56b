//! Forms of workflows: what the schema of a method asks for becomes fields, and fields become a configuration (workflows.md section 2 of
//! the contract, "Schema dialect").
use serde_json::{Map, Value, json};

use crate::model::Step;
use crate::settings::shown;

/// A value of a configuration that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Where it is, as a JSON pointer: `/region/city`.
    pub path: String,
    /// What it is called.
    pub title: String,
    /// What it is.
    pub kind: Kind,
    /// Whether a step cannot do without.
    pub is_required: bool,
    /// What its field shows now: words, numbers, `true`, or several with commas between them.
    pub text: String,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// On or off.
    Flag,
    /// A number.
    Number,
    /// Words.
    Words,
    /// One of these.
    Choice(Vec<String>),
    /// Some of these.
    Choices(Vec<String>),
    /// Ids of albums.
    Albums,
    /// Several words.
    List,
}

/// The fields of a configuration, in the order that the schema wants.
pub fn settings(schema: &Value, config: &Value) -> Vec<Setting> {
    let mut found = Vec::new();
    collect(schema, config, "", "", true, &mut found);
    found
}

fn collect(
    schema: &Value,
    config: &Value,
    path: &str,
    title: &str,
    is_required: bool,
    found: &mut Vec<Setting>,
) {
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    let needed = schema["required"].as_array().map(Vec::as_slice);
    let needed = needed.unwrap_or_default();
    let mut properties: Vec<(&String, &Value)> = properties.iter().collect();
    properties.sort_by_key(|(_, property)| property["uiHint"]["order"].as_i64().unwrap_or(0));
    for (name, property) in properties {
        let path = format!("{path}/{name}");
        let own = property["title"].as_str().unwrap_or(name);
        let title = if title.is_empty() {
            own.to_owned()
        } else {
            format!("{title}: {own}")
        };
        let is_required = is_required && needed.iter().any(|it| it == name.as_str());
        if property["properties"].is_object() {
            collect(property, config, &path, &title, is_required, found);
            continue;
        }
        let text = match config.pointer(&path) {
            None => shown(property, "/default"),
            Some(_) => shown(config, &path),
        };
        found.push(Setting {
            kind: kind(property),
            path,
            title,
            is_required,
            text,
        });
    }
}

fn kind(property: &Value) -> Kind {
    let words = property["enum"].as_array().map(|words| {
        let words = words.iter().filter_map(Value::as_str);
        words.map(str::to_owned).collect::<Vec<_>>()
    });
    let is_list = property["array"].as_bool() == Some(true);
    match (property["type"].as_str().unwrap_or_default(), words) {
        (_, Some(words)) if is_list => Kind::Choices(words),
        (_, Some(words)) => Kind::Choice(words),
        _ if property["uiHint"]["type"].as_str() == Some("AlbumId") => Kind::Albums,
        _ if is_list => Kind::List,
        ("boolean", _) => Kind::Flag,
        ("number" | "integer", _) => Kind::Number,
        _ => Kind::Words,
    }
}

/// What several words with commas between them are.
pub fn words(text: &str) -> Vec<String> {
    let words = text.split(',').map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// As [`words`], with one more or one less.
pub fn ticked(text: &str, word: &str, is_in: bool) -> String {
    let mut words = words(text);
    words.retain(|other| other != word);
    if is_in {
        words.push(word.to_owned());
    }
    words.join(", ")
}

/// The configuration that the fields show. What is empty is left out: the server takes that as not asked for, but for lists. Errors: the
/// title of a field that shows no number, or nothing where something is needed.
pub fn config(settings: &[Setting]) -> Result<Value, String> {
    let mut config = Map::new();
    for setting in settings {
        let text = setting.text.trim();
        let value = match setting.kind {
            Kind::Flag => json!(text == "true"),
            Kind::Choices(_) | Kind::Albums | Kind::List => json!(words(text)),
            _ if text.is_empty() && setting.is_required => return Err(setting.title.clone()),
            _ if text.is_empty() => continue,
            Kind::Number => number(text).ok_or_else(|| setting.title.clone())?,
            Kind::Words | Kind::Choice(_) => json!(text),
        };
        put(&mut config, &setting.path, value);
    }
    Ok(Value::Object(config))
}

fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(json!(whole));
    }
    let number = text.parse::<f64>().ok()?;
    number.is_finite().then(|| json!(number))
}

/// Puts a value where a pointer says, and makes the objects on the way.
fn put(config: &mut Map<String, Value>, path: &str, value: Value) {
    let path = path.trim_start_matches('/');
    let Some((first, rest)) = path.split_once('/') else {
        config.insert(path.to_owned(), value);
        return;
    };
    let inner = config.entry(first).or_insert_with(|| json!({}));
    if let Value::Object(inner) = inner {
        put(inner, rest, value);
    }
}

/// A step as the server wants it.
pub fn sent(step: &Step) -> Value {
    json!({ "method": step.method, "config": step.config, "enabled": step.enabled.unwrap_or(true) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Value {
        json!({ "type": "object", "required": ["pattern", "startDate", "allowedTypes"], "properties": {
            "startDate": { "type": "object", "title": "Start date", "uiHint": { "order": 2 }, "required": ["day"], "properties": {
                "month": { "type": "number", "title": "Month", "uiHint": { "order": 2 } },
                "day": { "type": "number", "title": "Day", "uiHint": { "order": 1 } },
            } },
            "pattern": { "type": "string", "title": "Pattern" },
            "matchType": { "type": "string", "title": "Match type", "enum": ["contains", "exact"], "default": "contains", "uiHint": { "order": 1 } },
            "inverse": { "type": "boolean", "title": "Inverse", "uiHint": { "order": 3 } },
            "allowedTypes": { "type": "string", "title": "Types", "array": true, "enum": ["IMAGE", "VIDEO"], "uiHint": { "order": 4 } },
            "albumIds": { "type": "string", "title": "Albums", "array": true, "uiHint": { "type": "AlbumId", "order": 5 } },
            "words": { "type": "string", "array": true, "uiHint": { "order": 6 } },
        } })
    }

    fn with(changes: &[(&str, &str)]) -> Vec<Setting> {
        let now = json!({ "pattern": "screen", "startDate": { "day": 3 }, "albumIds": ["a", "b"] });
        let mut settings = settings(&schema(), &now);
        for (path, text) in changes {
            let found = settings.iter_mut().find(|it| it.path == *path);
            (*text).clone_into(&mut found.unwrap().text);
        }
        settings
    }

    #[test]
    fn a_schema_becomes_fields_in_its_order() {
        let settings = with(&[]);
        let seen: Vec<_> = settings
            .iter()
            .map(|it| (it.path.as_str(), it.title.as_str(), it.text.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                ("/pattern", "Pattern", "screen"),
                ("/matchType", "Match type", "contains"),
                ("/startDate/day", "Start date: Day", "3"),
                ("/startDate/month", "Start date: Month", ""),
                ("/inverse", "Inverse", ""),
                ("/allowedTypes", "Types", ""),
                ("/albumIds", "Albums", "a, b"),
                ("/words", "words", ""),
            ]
        );
        let kinds: Vec<_> = settings.iter().map(|it| it.kind.clone()).collect();
        let texts = |words: [&str; 2]| words.map(str::to_owned).to_vec();
        assert_eq!(
            kinds,
            [
                Kind::Words,
                Kind::Choice(texts(["contains", "exact"])),
                Kind::Number,
                Kind::Number,
                Kind::Flag,
                Kind::Choices(texts(["IMAGE", "VIDEO"])),
                Kind::Albums,
                Kind::List,
            ]
        );
        let needed = settings.iter().filter(|it| it.is_required);
        let needed: Vec<_> = needed.map(|it| it.path.as_str()).collect();
        assert_eq!(needed, ["/pattern", "/startDate/day", "/allowedTypes"]);
        assert!(super::settings(&Value::Null, &Value::Null).is_empty());
    }

    #[test]
    fn fields_become_a_configuration() {
        let made = config(&with(&[
            ("/startDate/month", "1.5"),
            ("/inverse", "true"),
            ("/allowedTypes", "IMAGE"),
        ]));
        let expected = json!({
            "pattern": "screen",
            "matchType": "contains",
            "startDate": { "day": 3, "month": 1.5 },
            "inverse": true,
            "allowedTypes": ["IMAGE"],
            "albumIds": ["a", "b"],
            "words": [],
        });
        assert_eq!(made, Ok(expected));
    }

    #[test]
    fn what_is_missing_or_no_number_is_named() {
        let made = config(&with(&[("/pattern", " ")]));
        assert_eq!(made, Err("Pattern".to_owned()));
        let made = config(&with(&[("/startDate/month", "May")]));
        assert_eq!(made, Err("Start date: Month".to_owned()));
        let made = config(&with(&[("/startDate/day", "inf")]));
        assert_eq!(made, Err("Start date: Day".to_owned()));
    }

    #[test]
    fn words_are_ticked_and_not_any_more() {
        let two = ticked("IMAGE", "VIDEO", true);
        assert_eq!(words(&two), ["IMAGE", "VIDEO"]);
        assert_eq!(ticked(&two, "VIDEO", true), two);
        assert_eq!(ticked(&two, "IMAGE", false), "VIDEO");
        assert_eq!(ticked("", "IMAGE", false), "");
    }

    #[test]
    fn steps_are_done_unless_they_say_otherwise() {
        let step = |enabled| Step {
            method: "a#b".to_owned(),
            config: json!({}),
            enabled,
        };
        assert_eq!(sent(&step(None))["enabled"], json!(true));
        assert_eq!(sent(&step(Some(false)))["enabled"], json!(false));
    }
}
