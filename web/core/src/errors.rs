//! What the server says when it refuses something, as names of texts (`web/core/texts`): its own words are English only.

use serde_json::Value;

/// What a person may meet, and the text for it.
const SAID: [(&str, &str); 20] = [
    ("Incorrect email or password", "error.sign-in"),
    ("Wrong password", "error.password"),
    ("The current password is required", "error.validation"),
    ("Wrong PIN code", "error.pin"),
    ("Password login has been disabled", "error.no-passwords"),
    (
        "Too many failed login attempts, try again later",
        "error.later",
    ),
    ("Too many requests, try again later", "error.later"),
    ("Service temporarily unavailable", "error.later"),
    ("Elevated permission is required", "error.locked"),
    ("Authentication required", "error.session"),
    ("Invalid user token", "error.session"),
    ("Forbidden", "error.forbidden"),
    ("Quota has been exceeded!", "error.quota"),
    ("Email is not available", "error.email"),
    ("Failed to save shared link", "error.link"),
    ("Validation failed", "error.validation"),
    ("Not Found", "error.gone"),
    ("User not found", "error.gone"),
    ("Album not found", "error.gone"),
    ("Shared link not found", "error.gone"),
];

/// As [`SAID`], of words that go on.
const BEGINNINGS: [(&str, &str); 2] = [
    ("Not found or no ", "error.gone"),
    ("Missing required permission: ", "error.forbidden"),
];

/// The text for these words, where there is one.
pub fn known(said: &str) -> Option<&'static str> {
    let whole = SAID.iter().find(|(words, _)| said == *words);
    let begun = || BEGINNINGS.iter().find(|(words, _)| said.starts_with(words));
    whole.or_else(begun).map(|(_, text)| *text)
}

/// What an answer of this status says whose words have no text.
pub fn by_status(status: u16) -> &'static str {
    match status {
        401 | 403 => "error.forbidden",
        404 => "error.gone",
        413 => "error.too-large",
        429 | 503 => "error.later",
        400..500 => "error.refused",
        _ => "error.server",
    }
}

/// What is wrong with a request first, as the server's validation says it: the field, and why. Empty: nothing, or nothing that it says.
pub fn issue(answer: &Value) -> String {
    let issue = &answer["errors"][0];
    let message = issue["message"].as_str().unwrap_or_default();
    let path = issue["path"].as_array().map(Vec::as_slice);
    let steps = path.unwrap_or_default().iter().map(|step| {
        // Names of fields, and numbers of elements.
        let name = step.as_str().map(str::to_owned);
        name.unwrap_or_else(|| step.to_string())
    });
    let field = steps.collect::<Vec<_>>().join(".");
    if field.is_empty() {
        return message.to_owned();
    }
    format!("{field}: {message}")
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use serde_json::json;

    use super::*;

    #[test]
    fn words_have_texts() {
        for (said, text) in [
            ("Wrong password", Some("error.password")),
            ("Not Found", Some("error.gone")),
            ("Not found or no album.read access", Some("error.gone")),
            ("Missing required permission: all", Some("error.forbidden")),
            ("Wrong password or so", None),
            ("", None),
        ] {
            assert_eq!(known(said), text, "{said}");
        }
    }

    #[test]
    fn every_status_has_a_text() {
        for (status, text) in [
            (400, "error.refused"),
            (403, "error.forbidden"),
            (404, "error.gone"),
            (409, "error.refused"),
            (413, "error.too-large"),
            (429, "error.later"),
            (500, "error.server"),
            (503, "error.later"),
        ] {
            assert_eq!(by_status(status), text, "{status}");
        }
    }

    #[test]
    fn the_first_issue_is_told() {
        let error = |path: Value, message: &str| json!({ "path": path, "message": message });
        let first = error(json!(["ids", 0]), "Invalid UUID");
        let whole = error(
            json!([]),
            "Latitude and longitude must be provided together",
        );
        for (answer, expected) in [
            (json!({ "errors": [first, whole] }), "ids.0: Invalid UUID"),
            (
                json!({ "errors": [whole] }),
                "Latitude and longitude must be provided together",
            ),
            (json!({ "message": "Forbidden" }), ""),
            (Value::Null, ""),
        ] {
            assert_eq!(issue(&answer), expected, "{answer}");
        }
    }

    #[test]
    fn the_server_says_each_of_these() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut folders = vec![root.join("functions"), root.join("shared/edge/src")];
        let mut sources = String::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with("tests") {
                    // What tests expect nobody says.
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|it| it == "rs") {
                    sources.push_str(&fs::read_to_string(path).unwrap());
                }
            }
        }
        for (said, _) in SAID.iter().chain(&BEGINNINGS) {
            assert!(sources.contains(&format!("\"{said}")), "{said}");
        }
    }
}
