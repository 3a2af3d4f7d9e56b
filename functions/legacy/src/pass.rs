//! Requests for what exists still: put into today's words, answered by the function that has the operation, and put back.

use axum::{body::Body, extract::Request};
use bytes::Bytes;
use edge_http::{App, Error, Response, Result, areas::handed_on, extract::announced};
use edge_platform::{ObjectError, SentBody};
use futures::TryStreamExt as _;
use http::{Method, StatusCode};

use crate::{
    asked,
    call::{Answer, Call, json_of},
    old, upload,
};

/// What exists still is answered by the function that has it.
///
/// # Errors
/// What cannot be said in today's words, or is too long; whoever is nobody and sends much.
pub async fn passed_on(app: &App, request: Request) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let call = Call::of(&parts);
    if call.steps == ["socket.io"] || !parts.uri.path().starts_with("/api/") {
        return old::outside::answer(app, &parts, call).await;
    }
    if call.method == Method::POST && call.steps == ["assets"] {
        return upload::upload(app, call, body).await;
    }
    let (json, raw) = if call.is_json() {
        let admit = || may_send_much(app, &call);
        let (json, bytes) = json_of(body, announced(&parts.headers), admit).await?;
        (json, SentBody::Whole(bytes))
    } else if has_body(&call) {
        (None, as_sent(body))
    } else {
        (None, SentBody::Whole(Bytes::new()))
    };
    match asked::change(app, call, json).await? {
        asked::Changed::Answered(response) => Ok(response),
        asked::Changed::Ask(call, Some(body)) => {
            let answer = Call::clone(&call).ask(app, &body).await?;
            old::answer(app, &call, answer).await
        }
        asked::Changed::Ask(call, None) => {
            let answer = call.send(app, raw).await?;
            if old::is_unchanged(&call) && answer.status().is_success() {
                return Ok(handed_on(answer));
            }
            old::answer(app, &call, Answer::read(answer).await?).await
        }
    }
}

/// Who sends more than 64 KB is known to the server: by whatever function he is asked, only who is nobody gets 401.
async fn may_send_much(app: &App, call: &Call) -> Result<()> {
    let who = call.aside(Method::GET, "users/me");
    let answer = who.send(app, SentBody::Whole(Bytes::new())).await?;
    if answer.status() == StatusCode::UNAUTHORIZED {
        return Err(Error::unauthorized("Authentication required"));
    }
    Ok(())
}

/// GET and HEAD have none.
fn has_body(call: &Call) -> bool {
    ![Method::GET, Method::HEAD].contains(&call.method)
}

/// The body of a request as it is sent on.
pub fn as_sent(body: Body) -> SentBody {
    SentBody::Stream(Box::pin(
        body.into_data_stream()
            .map_err(|error| ObjectError::Unavailable(error.to_string())),
    ))
}
