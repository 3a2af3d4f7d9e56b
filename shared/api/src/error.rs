//! Error bodies as clients see them (api/auth.md section 11).

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// `{"message": …}`: every error but a failed validation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ErrorBody<'a> {
    /// What clients show, and sometimes match on.
    pub message: &'a str,
}

/// `{"message":"Validation failed","errors":[…]}`: a request that does not fit its schema.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ValidationBody<'a> {
    message: &'static str,
    errors: &'a [Issue],
}

impl<'a> ValidationBody<'a> {
    /// Wraps what validation found.
    pub fn new(errors: &'a [Issue]) -> Self {
        Self {
            message: "Validation failed",
            errors,
        }
    }
}

/// One step of the way to a wrong value.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Key {
    /// A field of an object.
    Name(String),
    /// An element of an array, from 0.
    Index(usize),
}

/// One thing wrong with a request, as Zod 4 words it. Clients rely on `path` and `message`.
#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    /// Zod's issue code, e.g. `invalid_type`.
    pub code: &'static str,
    /// Where; empty for the body itself.
    pub path: Vec<Key>,
    /// What, in Zod's English.
    pub message: String,
    /// Keys that belong to the code, e.g. `expected`.
    pub extras: Vec<(&'static str, Value)>,
}

impl Issue {
    /// A broken rule between fields (`refine`), with our own words.
    pub fn custom(path: Vec<Key>, message: impl Into<String>) -> Self {
        Self {
            code: "custom",
            path,
            message: message.into(),
            extras: Vec::new(),
        }
    }

    /// The path as text, `assets.0.id`, for logs and tests.
    pub fn path_text(&self) -> String {
        let steps: Vec<String> = self
            .path
            .iter()
            .map(|key| match key {
                Key::Name(name) => name.clone(),
                Key::Index(index) => index.to_string(),
            })
            .collect();
        steps.join(".")
    }
}

impl Serialize for Issue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.extras.len() + 3))?;
        for (key, value) in &self.extras {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry("code", self.code)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("message", &self.message)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_issue_is_flat_json() {
        let issue = Issue {
            code: "invalid_type",
            path: vec![Key::Name("ids".into()), Key::Index(0)],
            message: "Invalid input: expected string, received number".into(),
            extras: vec![("expected", "string".into())],
        };
        assert_eq!(
            serde_json::to_value(ValidationBody::new(&[issue])).unwrap(),
            json!({"message": "Validation failed", "errors": [{
                "expected": "string", "code": "invalid_type", "path": ["ids", 0],
                "message": "Invalid input: expected string, received number"
            }]})
        );
    }
}
