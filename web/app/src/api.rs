//! Requests to the server.
use edge_web_core::answer::FromValue;
use edge_web_core::errors;
use js_sys::{Reflect, Uint8Array};
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FormData, ReadableStreamDefaultReader, Request, RequestInit, Response};

use crate::format::{language, say, t};

/// What the server says when the session is good and the PIN was entered too long ago (auth.md of the contract).
pub const LOCKED: &str = "Elevated permission is required";

/// Why a request did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Status of the answer; 0 when there was none.
    pub status: u16,
    /// Words for the person in front of the screen.
    pub message: String,
}

impl Failure {
    fn unreachable() -> Self {
        Self {
            status: 0,
            message: t("error.unreachable").to_owned(),
        }
    }

    /// What an answer with an error says.
    pub fn of(status: u16, body: &str) -> Self {
        let body = serde_json::from_str::<Value>(body).unwrap_or_default();
        let message = told(status, &said(&body), &errors::issue(&body));
        Self { status, message }
    }
}

/// The server's own words about an error; empty: none.
fn said(body: &Value) -> String {
    match &body["message"] {
        Value::String(message) => message.clone(),
        Value::Array(list) => {
            let words = list.iter().filter_map(Value::as_str);
            words.collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

/// An error in the person's language. The server speaks English: words of it that have no text stand behind some that say as much, and the
/// field that it does not take behind those about a form.
fn told(status: u16, said: &str, issue: &str) -> String {
    if let Some(text) = errors::known(said) {
        return with_reason(t(text), issue);
    }
    if !said.is_empty() && language() == "en" {
        return said.to_owned();
    }
    let text = t(errors::by_status(status));
    if said.is_empty() && !text.ends_with('.') {
        return with_reason(text, &status.to_string());
    }
    with_reason(text, said)
}

fn with_reason(text: &str, reason: &str) -> String {
    if reason.is_empty() {
        return text.to_owned();
    }
    format!("{text} ({reason})")
}

/// What a request leads to.
pub type Answer<T> = Result<T, Failure>;

/// Asks for `path` below `/api`.
pub async fn get<T: FromValue>(path: &str) -> Answer<T> {
    read(&send("GET", path, None).await?)
}

/// Sends `body` and reads the answer.
pub async fn ask<T: FromValue>(method: &str, path: &str, body: Value) -> Answer<T> {
    read(&send(method, path, Some(body)).await?)
}

/// Sends `body`; what the answer says does not matter.
pub async fn act(method: &str, path: &str, body: Option<Value>) -> Answer<()> {
    send(method, path, body).await.map(drop)
}

/// Reads an answer.
pub fn read<T: FromValue>(text: &str) -> Answer<T> {
    parsed(text).map(|value| T::from_value(&value))
}

/// Reads an answer as JSON.
pub fn parsed(text: &str) -> Answer<Value> {
    serde_json::from_str(text).map_err(|error| Failure {
        status: 200,
        message: format!("{}: {error}", t("error.server")),
    })
}

/// Sends a request and waits for the text of the answer.
pub async fn send(method: &str, path: &str, body: Option<Value>) -> Answer<String> {
    let options = RequestInit::new();
    options.set_method(method);
    if let Some(body) = &body {
        options.set_body(&JsValue::from_str(&body.to_string()));
    }
    let request = request(path, &options)?;
    if body.is_some() {
        let set = request.headers().set("content-type", "application/json");
        set.map_err(unreachable)?;
    }
    fetch(path, &request).await
}

/// Sends a file as a form does, in the field `file`.
pub async fn send_file(path: &str, file: &Blob, name: &str) -> Answer<String> {
    let form = FormData::new().map_err(unreachable)?;
    let appended = form.append_with_blob_and_filename("file", file, name);
    appended.map_err(unreachable)?;
    let options = RequestInit::new();
    options.set_method("POST");
    options.set_body(form.as_ref());
    fetch(path, &request(path, &options)?).await
}

/// The bytes of an answer.
pub async fn blob(path: &str) -> Answer<Blob> {
    let response = answer(&request(path, &RequestInit::new())?).await?;
    if !response.ok() {
        return Err(Failure::of(response.status(), ""));
    }
    let blob = JsFuture::from(response.blob().map_err(unreachable)?).await;
    blob.and_then(JsCast::dyn_into).map_err(unreachable)
}

/// Hands over an answer while it comes, so that a long one is never there as a whole. Ends where `take` wants no more.
pub async fn pieces(path: &str, mut take: impl FnMut(&[u8]) -> bool) -> Answer<()> {
    let response = checked(path, &request(path, &RequestInit::new())?).await?;
    let Some(body) = response.body() else {
        return Ok(());
    };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let read = JsFuture::from(reader.read()).await.map_err(unreachable)?;
        let piece = Reflect::get(&read, &"value".into()).map_err(unreachable)?;
        // At the end there is none.
        let Some(piece) = piece.dyn_ref::<Uint8Array>() else {
            return Ok(());
        };
        if !take(&piece.to_vec()) {
            // Whether the server hears of it matters to nobody.
            drop(reader.cancel());
            return Ok(());
        }
    }
}

fn unreachable(_error: JsValue) -> Failure {
    Failure::unreachable()
}

fn request(path: &str, options: &RequestInit) -> Answer<Request> {
    let request = Request::new_with_str_and_init(&format!("/api{path}"), options);
    request.map_err(unreachable)
}

async fn answer(request: &Request) -> Answer<Response> {
    let window = web_sys::window().ok_or_else(Failure::unreachable)?;
    let response = JsFuture::from(window.fetch_with_request(request)).await;
    response.and_then(JsCast::dyn_into).map_err(unreachable)
}

async fn fetch(path: &str, request: &Request) -> Answer<String> {
    text(&checked(path, request).await?).await
}

async fn text(response: &Response) -> Answer<String> {
    let text = JsFuture::from(response.text().map_err(unreachable)?).await;
    Ok(text.map_err(unreachable)?.as_string().unwrap_or_default())
}

/// The answer, where it is none of an error.
async fn checked(path: &str, request: &Request) -> Answer<Response> {
    let response = answer(request).await?;
    if response.ok() {
        return Ok(response);
    }
    let body = text(&response).await?;
    let failure = Failure::of(response.status(), &body);
    // No need to read it as JSON: nothing else has these words.
    if failure.status == 401 && !path.starts_with("/auth/") {
        if body.contains(LOCKED) {
            crate::route::folder_is_locked();
        } else {
            crate::route::session_is_over();
        }
    }
    Err(failure)
}

/// Address of a picture of an asset, as it is edited: `thumbnail`, `preview` or `fullsize`.
pub fn picture(id: &str, size: &str) -> String {
    format!("/api/assets/{id}/thumbnail?size={size}&edited=true")
}

/// As [`picture()`], at an address that changes when the picture does: browsers keep pictures for a day.
pub fn current_picture(id: &str, size: &str, thumbhash: Option<&str>) -> String {
    let version = thumbhash.map(escaped).unwrap_or_default();
    format!("{}&c={version}", picture(id, size))
}

/// A value in a query.
pub fn escaped(value: &str) -> String {
    js_sys::encode_uri_component(value).into()
}

/// Whether an album took all photos: it answers for each of them, and what lies in it already is where it belongs. Other answers are empty.
pub fn took(answer: &str) -> Answer<()> {
    let answers: Vec<Value> = serde_json::from_str(answer).unwrap_or_default();
    let mut errors = answers.iter().filter_map(|one| one["error"].as_str());
    let Some(error) = errors.find(|error| *error != "duplicate") else {
        return Ok(());
    };
    let reason = match error {
        "no_permission" => t("error.forbidden"),
        "not_found" => t("error.gone"),
        other => other,
    };
    Err(Failure {
        status: 200,
        message: say("upload.not-in-album", &[reason]),
    })
}
