//! Functions that only other functions call, by service bindings: `CLIP_TEXT` for `clip-text`.

use async_trait::async_trait;
use worker::{
    Env, Fetcher, Headers, Method, Request, RequestInit, Response, send::SendFuture,
    wasm_bindgen::JsValue,
};

use super::unbound;
use crate::siblings::{SIBLINGS, SiblingError, Siblings, path};

/// The Workers that are bound to this one.
pub struct BoundSiblings(Vec<(&'static str, Fetcher)>);

fn binding(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

impl BoundSiblings {
    /// Those of this Worker.
    pub fn new(env: &Env) -> Self {
        let bound = SIBLINGS.map(|name| Some((name, env.service(&binding(name)).ok()?)));
        Self(bound.into_iter().flatten().collect())
    }

    async fn ask(&self, name: &str, order: &str) -> Result<String, SiblingError> {
        let found = self.0.iter().find(|(bound, _)| *bound == name);
        let (_, service) =
            found.ok_or_else(|| SiblingError::passing(name, &unbound(&binding(name))))?;
        let answer = post(service, name, order).await;
        let (status, text) = answer.map_err(|error| SiblingError::passing(name, &error))?;
        if status == 200 {
            Ok(text)
        } else {
            Err(SiblingError::answered(name, status, &text))
        }
    }
}

async fn post(service: &Fetcher, name: &str, body: &str) -> worker::Result<(u16, String)> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_body(Some(JsValue::from_str(body)));
    let request = Request::new_with_init(&format!("https://{name}{}", path(name)), &init)?;
    let mut answer = Response::try_from(service.fetch_request(request).await?)?;
    Ok((answer.status_code(), answer.text().await?))
}

#[async_trait]
impl Siblings for BoundSiblings {
    async fn send(&self, name: &'static str, order: String) -> Result<String, SiblingError> {
        SendFuture::new(self.ask(name, &order)).await
    }
}
