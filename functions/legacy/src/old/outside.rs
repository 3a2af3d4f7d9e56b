//! What clients of this generation ask for outside the API: where it is.

use bytes::Bytes;
use edge_http::{App, Error, Response, Result};
use edge_platform::SentBody;
use http::{Method, request::Parts};
use serde_json::json;

use crate::call::{Answer, Call, PREFIX};

/// Tells where the API of this generation is (`/.well-known/immich`), and that everything else is not here.
pub async fn answer(app: &App, parts: &Parts, call: Call) -> Result<Response> {
    let path = parts.uri.path().trim_end_matches('/');
    if path != "/.well-known/immich" || parts.method != Method::GET {
        return Err(Error::not_found(format!("Cannot {} {path}", parts.method)));
    }
    // As long as the server is there.
    let ping = call.aside(Method::GET, "server/ping");
    let answer = Answer::read(ping.send(app, SentBody::Whole(Bytes::new())).await?).await?;
    match answer {
        Answer::Json(head, _) if head.status.is_success() => {
            let endpoint = format!("{PREFIX}/api");
            let found = json!({ "api": { "endpoint": endpoint } });
            Ok(Answer::Json(head, found).into_response())
        }
        failure => Ok(failure.into_response()),
    }
}
