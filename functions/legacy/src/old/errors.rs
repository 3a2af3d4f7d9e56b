//! Error bodies: `{message, error, statusCode, correlationId}`, and every issue a text of its own (api/v32.md section 14).

use axum::body::Body;
use edge_http::{Response, extract::read_limited};
use http::header;
use serde_json::{Value, json};

use crate::call::is_json;

/// Longest error body, bytes; nobody writes longer ones.
const LONGEST: usize = 1024 * 1024;

/// A failure in old words; what is none, or no JSON, stays.
pub async fn in_old_words(response: Response) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || !is_json(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = read_limited(body, LONGEST).await.unwrap_or_default();
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    let id = parts.headers.get("x-correlation-id");
    let old = json!({
        "message": message(&said),
        "error": status.canonical_reason().unwrap_or("Error"),
        "statusCode": status.as_u16(),
        "correlationId": id.and_then(|id| id.to_str().ok()),
    });
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(old.to_string()))
}

/// The text, or one text for each issue.
fn message(said: &Value) -> Value {
    let Some(issues) = said["errors"].as_array() else {
        return said["message"].clone();
    };
    issues.iter().map(issue).collect()
}

fn issue(issue: &Value) -> Value {
    let steps = issue["path"].as_array().into_iter().flatten();
    let steps: Vec<String> = steps
        .map(|step| {
            step.as_str()
                .map_or_else(|| step.to_string(), str::to_owned)
        })
        .collect();
    let text = issue["message"].as_str().unwrap_or_default();
    let path = steps.join(".");
    if path.is_empty() {
        text.into()
    } else {
        format!("{path}: {text}").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issues_become_texts() {
        let said = json!({ "message": "Validation failed", "errors": [
            { "code": "x", "path": ["ids", 0], "message": "Invalid UUID" },
            { "code": "x", "path": [], "message": "Latitude and longitude must be provided together" },
        ] });
        let expected = json!([
            "ids.0: Invalid UUID",
            "Latitude and longitude must be provided together"
        ]);
        assert_eq!(message(&said), expected);
        assert_eq!(
            message(&json!({ "message": "Not found" })),
            json!("Not found")
        );
    }
}
