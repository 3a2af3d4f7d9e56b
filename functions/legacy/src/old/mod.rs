//! Today's answers in the words of 2.7 (api/v32.md sections 11 to 14). What those clients ignore (further keys) stays.

mod albums;
mod assets;
pub mod errors;
mod lines;
mod lists;
pub mod outside;

use edge_http::{App, Response, Result};
use http::Method;
use serde_json::{Value, json};

pub use lines::{asked_type, told_ack, told_type};
pub use lists::AUTOMATIONS;

use crate::call::{Answer, Call};

/// What the clients of this generation are told that the server is: their own major version (api/v32.md section 12).
const VERSION: [u32; 3] = [2, 7, 5];

/// Long lists in which nothing has other words: they are handed on unread. Their errors are put into old words behind that.
pub fn is_unchanged(call: &Call) -> bool {
    call.method == Method::GET
        && matches!(
            call.path().as_slice(),
            ["map", "markers"]
                | ["search", "suggestions"]
                | ["timeline", "buckets"]
                | ["view", "folder", "unique-paths"]
        )
}

/// The answer to `call` in old words.
pub async fn answer(app: &App, call: &Call, answer: Answer) -> Result<Response> {
    let (mut parts, found) = match answer {
        Answer::Json(parts, found) if parts.status.is_success() => (parts, found),
        Answer::Other(other) => return Ok(lines::answer(*other)),
        failure @ Answer::Json(..) => return Ok(failure.into_response()),
    };
    parts.headers.remove(http::header::CONTENT_LENGTH);
    let found = match (call.method.as_str(), call.path().as_slice()) {
        ("GET", ["server", "version"]) => {
            let [major, minor, patch] = VERSION;
            json!({ "major": major, "minor": minor, "patch": patch })
        }
        ("GET", ["timeline", "bucket"]) => assets::bucket(found),
        ("GET", ["sync", "ack"]) => lines::acks(found),
        ("GET", ["albums", id])
            if *id != "statistics" && call.asked("withoutAssets") != Some("true") =>
        {
            return albums::filled(app, call, id, *parts, found).await;
        }
        ("GET", ["assets", id]) => assets::with_faces(app, call, id, found).await?,
        ("GET", ["search", "explore"]) => assets::explored(app, found).await?,
        (_, ["workflows", ..]) => lists::workflows(app, call, found).await?,
        (_, ["plugins", ..]) => lists::plugins(found),
        (_, ["api-keys", ..]) => lists::keys(found),
        (_, ["queues" | "jobs", ..]) => lists::queues(found),
        (_, ["notifications", ..]) => lists::notifications(found),
        _ => found,
    };
    Ok(Answer::Json(parts, value(app, found).await?).into_response())
}

/// Assets and albums wherever they stand.
pub async fn value(app: &App, mut value: Value) -> Result<Value> {
    let mut ids = Vec::new();
    walk(&mut value, &mut |object| {
        if assets::is_asset(object) {
            ids.extend(object["id"].as_str().map(str::to_owned));
        }
    });
    let devices = assets::devices(app, &ids).await?;
    walk(&mut value, &mut |object| {
        assets::reword(object, &devices);
        albums::reword(object);
    });
    Ok(value)
}

/// Visits every object, the inner ones first. What users or configurations say under these names is no asset: it is not looked into.
fn walk(value: &mut Value, visit: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, visit)),
        Value::Object(object) => {
            let inner = object
                .iter_mut()
                .filter(|(key, _)| !OPAQUE.contains(&key.as_str()));
            inner.for_each(|(_, inner)| walk(inner, visit));
            visit(object);
        }
        _ => {}
    }
}

/// Keys whose values are somebody else's.
const OPAQUE: [&str; 4] = ["data", "value", "config", "exifInfo"];
