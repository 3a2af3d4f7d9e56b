//! Functions that only other functions call, as components of this host.

use async_trait::async_trait;
use http::{HeaderValue, Request, header};

use super::{fetch, variable};
use crate::{
    ObjectBody,
    siblings::{SiblingError, Siblings, TOKEN, path},
};

/// Longest answer, bytes: 4,096 numbers of a vector.
const LONGEST: usize = 128 * 1024;

/// Calls components by their names.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpinSiblings;

async fn ask(name: &str, order: String) -> Result<String, SiblingError> {
    let passing = |error: &dyn std::fmt::Display| SiblingError::passing(name, error);
    let token = HeaderValue::from_str(&variable("internal_token").await);
    let request = Request::post(format!("http://{name}.spin.internal{}", path(name)))
        .header(header::CONTENT_TYPE, "application/json")
        .header(TOKEN, token.map_err(|error| passing(&error))?)
        .body(order.into())
        .map_err(|error| passing(&error))?;
    let answer = fetch::send(request).await;
    let answer = answer.map_err(|error| passing(&error))?;
    let status = answer.status;
    let bytes = ObjectBody::Native(answer.body).collect(LONGEST).await;
    let bytes = bytes.map_err(|error| passing(&error))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if status == 200 {
        Ok(text)
    } else {
        Err(SiblingError::answered(name, status, &text))
    }
}

#[async_trait]
impl Siblings for SpinSiblings {
    async fn send(&self, name: &'static str, order: String) -> Result<String, SiblingError> {
        ask(name, order).await
    }
}
