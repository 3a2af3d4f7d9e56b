//! Writes every exchange down for `cargo xtask contract`, which validates the answers. Nothing is written
//! unless the variable that only xtask sets names a folder.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    sync::{Mutex, OnceLock, PoisonError},
};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header, request::Parts};
use http_body_util::BodyExt;
use serde_json::{Value, json};

/// Names the folder to record into.
const FOLDER: &str = "EDGE_RECORD_ANSWERS";

/// The body as it is to be sent and, if it is to be recorded, its bytes. Only JSON is read; what is streamed
/// stays a stream.
pub async fn tap(request: &Parts, body: Body) -> (Body, Bytes) {
    let is_json = text(&request.headers, header::CONTENT_TYPE.as_str()).contains("json");
    if !is_json || file().is_none() {
        return (body, Bytes::new());
    }
    let sent = body.collect().await.expect("a whole body").to_bytes();
    (Body::from(sent.clone()), sent)
}

/// Writes one exchange as a line of JSON (`edge-contract`, `recording.rs`, reads it).
pub fn exchange(request: &Parts, sent: &Bytes, status: u16, headers: &HeaderMap, body: &Bytes) {
    let Some(file) = file() else { return };
    let content_type = text(headers, header::CONTENT_TYPE.as_str());
    let json_of = |kind: &str, bytes: &Bytes| -> Option<Value> {
        if kind.starts_with("application/jsonlines+json") {
            return Some(lines(bytes));
        }
        let is_json = kind.contains("json");
        is_json
            .then(|| serde_json::from_slice(bytes).ok())
            .flatten()
    };
    let line = json!({
        "method": request.method.as_str(),
        "uri": request.uri.to_string(),
        "agent": text(&request.headers, header::USER_AGENT.as_str()),
        "sent": json_of(text(&request.headers, header::CONTENT_TYPE.as_str()), sent),
        "status": status,
        "type": content_type,
        "size": body.len(),
        "body": json_of(content_type, body),
    });
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.write_all(format!("{line}\n").as_bytes())
        .expect("the recording grows");
}

/// JSON lines as an array; null for one that is no JSON.
fn lines(bytes: &Bytes) -> Value {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice::<Value>(line).unwrap_or_default())
        .collect()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// This process's own file, so that test processes can run side by side.
fn file() -> Option<&'static Mutex<File>> {
    static FILE: OnceLock<Option<Mutex<File>>> = OnceLock::new();
    FILE.get_or_init(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests run in a process that has an environment"
        )]
        let folder = std::env::var(FOLDER).ok()?;
        let name = format!("native-{}.jsonl", std::process::id());
        let file = File::options()
            .create(true)
            .append(true)
            .open(Path::new(&folder).join(name));
        Some(Mutex::new(file.expect("a file to record into")))
    })
    .as_ref()
}
