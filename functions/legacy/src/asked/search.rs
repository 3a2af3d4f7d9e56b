//! Searches of 2.7.

use serde_json::{Map, Value};

use crate::call::Call;

/// By what devices called them: nobody searches for that any more, and it never was more than a hint.
const LEFT_OUT: [&str; 2] = ["deviceId", "deviceAssetId"];

/// Puts the body of a search into today's words.
pub fn change(sent: &mut Map<String, Value>) {
    sent.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    // -1 was no rating at all.
    if sent.get("rating").and_then(Value::as_i64) == Some(-1) {
        sent.insert("rating".into(), Value::Null);
    }
}

/// The same of a search that stands in the query.
pub fn query(call: Call) -> Call {
    let call = LEFT_OUT.into_iter().fold(call, Call::without);
    match call.asked("rating") {
        Some("-1") => call.without("rating").with("rating", "null"),
        _ => call,
    }
}
