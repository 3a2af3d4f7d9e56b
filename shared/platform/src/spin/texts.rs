//! Texts to vectors by the component `clip-text` of this host.

use async_trait::async_trait;
use http::{HeaderValue, Request, header};

use super::{fetch, variable};
use crate::{
    ObjectBody,
    texts::{TEXT_PATH, TEXT_TOKEN, TextError, TextQuery, TextVector, Texts},
};

/// Longest answer, bytes: 4,096 numbers.
const LONGEST: usize = 128 * 1024;

/// Calls the component `clip-text`.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpinTexts;

async fn ask(query: &TextQuery) -> Result<Vec<f32>, String> {
    let body = serde_json::to_vec(query).map_err(|error| error.to_string())?;
    let token = HeaderValue::from_str(&variable("internal_token").await);
    let request = Request::post(format!("http://clip-text.spin.internal{TEXT_PATH}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(TEXT_TOKEN, token.map_err(|error| error.to_string())?)
        .body(body.into())
        .map_err(|error| error.to_string())?;
    let answer = fetch::send(request).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let status = answer.status;
    let bytes = ObjectBody::Native(answer.body).collect(LONGEST).await;
    let bytes = bytes.map_err(|error| error.to_string())?;
    if status != 200 {
        let said = String::from_utf8_lossy(&bytes);
        return Err(format!("it answered {status} {said}"));
    }
    let answer: TextVector = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    Ok(answer.vector)
}

#[async_trait]
impl Texts for SpinTexts {
    async fn vector(&self, query: &TextQuery) -> Result<Vec<f32>, TextError> {
        ask(query).await.map_err(TextError)
    }
}
