//! Texts to vectors by the Worker bound as [`CLIP_TEXT`].

use async_trait::async_trait;
use worker::{
    Env, Fetcher, Headers, Method, Request, RequestInit, Response, send::SendFuture,
    wasm_bindgen::JsValue,
};

use super::unbound;
use crate::texts::{TEXT_PATH, TextError, TextQuery, TextVector, Texts};

/// Name of the service binding.
pub const CLIP_TEXT: &str = "CLIP_TEXT";

/// The Worker bound as [`CLIP_TEXT`].
pub struct ClipText(Option<Fetcher>);

impl ClipText {
    /// The one that this Worker has.
    pub fn new(env: &Env) -> Self {
        Self(env.service(CLIP_TEXT).ok())
    }

    async fn ask(&self, query: &TextQuery) -> Result<Vec<f32>, String> {
        let service = self.0.as_ref().ok_or_else(|| unbound(CLIP_TEXT))?;
        let body = serde_json::to_string(query).map_err(|error| error.to_string())?;
        let answer = send(service, &body).await;
        let (status, text) = answer.map_err(|error| error.to_string())?;
        if status != 200 {
            return Err(format!("it answered {status} {text}"));
        }
        let answer: TextVector = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok(answer.vector)
    }
}

async fn send(service: &Fetcher, body: &str) -> worker::Result<(u16, String)> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_body(Some(JsValue::from_str(body)));
    let request = Request::new_with_init(&format!("https://clip-text{TEXT_PATH}"), &init)?;
    let mut answer = Response::try_from(service.fetch_request(request).await?)?;
    Ok((answer.status_code(), answer.text().await?))
}

#[async_trait]
impl Texts for ClipText {
    async fn vector(&self, query: &TextQuery) -> Result<Vec<f32>, TextError> {
        SendFuture::new(self.ask(query)).await.map_err(TextError)
    }
}
