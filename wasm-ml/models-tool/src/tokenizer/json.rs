//! Looking into JSON.
use serde_json::Value;

/// A text by its name.
pub fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

/// A list by its name.
pub fn list<'a>(value: &'a Value, name: &str) -> Option<&'a [Value]> {
    value.get(name)?.as_array().map(Vec::as_slice)
}

/// A whole number by its name.
pub fn number(value: &Value, name: &str) -> Option<u64> {
    value.get(name)?.as_u64()
}

/// Whether something is true; `otherwise` where nothing is said.
pub fn is(value: &Value, name: &str, otherwise: bool) -> bool {
    value
        .get(name)
        .and_then(Value::as_bool)
        .unwrap_or(otherwise)
}
