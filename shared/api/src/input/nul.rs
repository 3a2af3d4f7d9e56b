//! U+0000 is in no text: PostgreSQL cannot store it, and no client means it.

use serde_json::Value;

use super::{Context, Issue, Key};

/// What the issue says.
const MESSAGE: &str = "Invalid input: U+0000 is not allowed";

/// Reports every text and every key with U+0000 in `value`.
pub(super) fn check(context: &mut Context, value: &Value) {
    match value {
        Value::String(text) => {
            if text.contains('\0') {
                context.refuse("", MESSAGE);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                context.enter(Key::Index(index));
                check(context, value);
                context.leave();
            }
        }
        Value::Object(map) => {
            for (name, value) in map {
                context.enter(Key::Name(name.clone()));
                if name.contains('\0') {
                    context.refuse("", MESSAGE);
                }
                check(context, value);
                context.leave();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Refuses a request target, as it was sent, with U+0000 in its path or query.
pub fn check_target(target: &str) -> Result<(), Vec<Issue>> {
    if target.contains("%00") {
        return Err(vec![Issue::custom(Vec::new(), MESSAGE)]);
    }
    Ok(())
}

/// Refuses a text that stands alone, such as the name of a file, at the field `name`.
pub fn check_text(name: &str, text: &str) -> Result<(), Vec<Issue>> {
    if text.contains('\0') {
        return Err(vec![Issue::custom(
            vec![Key::Name(name.to_owned())],
            MESSAGE,
        )]);
    }
    Ok(())
}
