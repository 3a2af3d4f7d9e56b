//! Requests of 2.7 in today's words (api/v32.md sections 12 and 13).

mod config;
mod links;
mod search;

use edge_http::{App, Error, Response, Result};
use http::Method;
use serde_json::{Map, Value, json};

use crate::{
    call::{Answer, Call},
    old,
};

/// What becomes of a request.
pub enum Changed {
    /// It is sent on like this; with this body, or the one that came.
    Ask(Box<Call>, Option<Value>),
    /// It is answered already.
    Answered(Response),
}

/// Puts a request into today's words.
///
/// # Errors
/// What cannot be said today.
pub async fn change(app: &App, call: Call, mut body: Option<Value>) -> Result<Changed> {
    if let Some(body) = &mut body {
        whole_numbers(body);
        empty_is_null(&call, body);
    }
    // Copies: the call itself is changed below.
    let (method, steps) = (call.method.clone(), call.steps.clone());
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let sent = body.as_mut().and_then(Value::as_object_mut);
    match (method.as_str(), steps.as_slice(), sent) {
        ("GET", ["albums"], _) => return Ok(Changed::Ask(Box::new(albums(call)), None)),
        ("GET", ["shared-links", "me"], _) if call.asked("password").is_some() => {
            return links::with_password(app, call).await;
        }
        ("PUT", ["albums" | "shared-links", .., "assets"], _) if call.has_link() => {
            return links::add(app, &call, &body.unwrap_or_default()).await;
        }
        ("PATCH", ["shared-links", _], Some(sent)) => expiry(sent),
        ("POST" | "PUT" | "PATCH", ["api-keys", ..], Some(sent)) => permissions(sent),
        ("PUT", ["system-config"], Some(_)) => {
            let sent = body.unwrap_or_default();
            return config::change(app, call, sent).await;
        }
        ("POST", ["search", _], Some(sent)) => search::change(sent),
        ("POST", ["search", "large-assets"], None) => {
            return Ok(Changed::Ask(Box::new(search::query(call)), body));
        }
        ("POST", ["sync", "stream"], Some(sent)) => each_text(sent, "types", old::asked_type),
        ("DELETE", ["sync", "ack"], Some(sent)) => each_text(sent, "types", old::told_type),
        ("POST", ["sync", "ack"], Some(sent)) => each_text(sent, "acks", old::told_ack),
        ("POST" | "PUT" | "PATCH", ["workflows", ..], Some(sent)) => workflow(sent)?,
        _ => {}
    }
    Ok(Changed::Ask(Box::new(call), body))
}

/// Numbers like `1.0`, which Dart writes, are whole.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let whole = number
                .as_f64()
                .filter(|number| number.fract() == 0.0 && number.abs() < 9e15);
            if let Some(whole) = whole.filter(|_| number.is_f64()) {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "it is whole and below 2^53"
                )]
                let whole = whole as i64;
                *value = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(object) => object.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

/// The fields in which an empty text meant none.
fn empty_is_null(call: &Call, body: &mut Value) {
    let names: &[&str] = match call.path().as_slice() {
        ["search", ..] => &["city", "state", "country", "make", "model", "lensModel"],
        ["admin", "users", ..] => &["pinCode"],
        ["shared-links", ..] => &["description", "password", "slug"],
        ["people", ..] => &["birthDate", "color"],
        ["tags", ..] => &["parentId", "color"],
        _ => return,
    };
    let lists = body.get_mut("people").and_then(Value::as_array_mut);
    for item in lists.into_iter().flatten() {
        nulled(item, names);
    }
    nulled(body, names);
}

fn nulled(value: &mut Value, names: &[&str]) {
    for (name, value) in value.as_object_mut().into_iter().flatten() {
        if names.contains(&name.as_str()) && *value == "" {
            *value = Value::Null;
        }
    }
}

/// Which albums: without `shared` the caller's own, with it those that are shared or not; those of an asset whatever they are.
fn albums(call: Call) -> Call {
    let shared = call.asked("shared").map(str::to_owned);
    let of_asset = call.asked("assetId").is_some();
    let call = call.without("shared");
    match shared.as_deref() {
        _ if of_asset => call,
        None => call.with("isOwned", "true"),
        Some("false") => call.with("isOwned", "true").with("isShared", "false"),
        // Anything but a boolean is refused under this name, too.
        Some(shared) => call.with("isShared", shared),
    }
}

/// To change the expiry and say none is to remove it: Dart leaves null out.
fn expiry(sent: &mut Map<String, Value>) {
    if sent.remove("changeExpiryTime") == Some(Value::Bool(true)) {
        sent.entry("expiresAt").or_insert(Value::Null);
    }
}

/// Who might replace assets may do what replacing consists of now.
fn permissions(sent: &mut Map<String, Value>) {
    let Some(permissions) = sent.get_mut("permissions").and_then(Value::as_array_mut) else {
        return;
    };
    let before = permissions.len();
    permissions.retain(|name| name != "asset.replace");
    if permissions.len() == before {
        return;
    }
    for name in ["asset.upload", "asset.update"] {
        if !permissions.contains(&json!(name)) {
            permissions.push(name.into());
        }
    }
}

fn each_text(sent: &mut Map<String, Value>, list: &str, rename: impl Fn(&str) -> String) {
    let items = sent.get_mut(list).and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        if let Some(text) = item.as_str() {
            *item = rename(text).into();
        }
    }
}

/// A workflow without filters and actions; those of then are of a kind that is there no longer.
///
/// # Errors
/// 400 when it has some.
fn workflow(sent: &mut Map<String, Value>) -> Result<()> {
    for parts in ["filters", "actions"] {
        let parts = sent.remove(parts);
        if parts
            .and_then(|parts| parts.as_array().map(Vec::len))
            .unwrap_or_default()
            > 0
        {
            return Err(Error::bad_request(
                "Filters and actions of workflows of this version are not supported by this server",
            ));
        }
    }
    if let Some(trigger) = sent.remove("triggerType") {
        sent.insert("trigger".into(), trigger);
    }
    Ok(())
}

/// The answer of another call of this caller, if it is a success.
async fn aside(
    app: &App,
    call: &Call,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<std::result::Result<Value, Answer>> {
    let answer = call.aside(method, path).ask(app, body).await?;
    Ok(answer.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_dart_are_whole() {
        let mut value = json!({ "page": 1.0, "latitude": 1.5, "list": [2.0, 3] });
        whole_numbers(&mut value);
        assert_eq!(value, json!({ "page": 1, "latitude": 1.5, "list": [2, 3] }));
    }

    #[test]
    fn an_expiry_that_is_left_out_is_removed() {
        for (sent, expected) in [
            (
                json!({ "changeExpiryTime": true }),
                json!({ "expiresAt": null }),
            ),
            (
                json!({ "changeExpiryTime": true, "expiresAt": "x" }),
                json!({ "expiresAt": "x" }),
            ),
            (json!({ "changeExpiryTime": false }), json!({})),
            (json!({ "slug": "a" }), json!({ "slug": "a" })),
        ] {
            let mut found = sent.as_object().cloned().unwrap();
            expiry(&mut found);
            assert_eq!(Value::Object(found), expected);
        }
    }

    #[test]
    fn replacing_is_uploading_and_updating() {
        let mut sent = json!({ "permissions": ["asset.replace", "asset.update", "asset.read"] });
        permissions(sent.as_object_mut().unwrap());
        assert_eq!(
            sent,
            json!({ "permissions": ["asset.update", "asset.read", "asset.upload"] })
        );
    }

    #[test]
    fn a_workflow_has_no_steps() {
        let mut sent =
            json!({ "name": "w", "triggerType": "AssetCreate", "filters": [], "actions": [] });
        workflow(sent.as_object_mut().unwrap()).unwrap();
        assert_eq!(sent, json!({ "name": "w", "trigger": "AssetCreate" }));
        let mut sent = json!({ "actions": [{}] });
        assert!(workflow(sent.as_object_mut().unwrap()).is_err());
    }
}
