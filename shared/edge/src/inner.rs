//! Functions that only other functions call ([`edge_platform::siblings`]): who may, and what they answer.

use axum::response::{IntoResponse, Response};
use edge_platform::siblings::TOKEN;
use http::{HeaderMap, StatusCode};
use serde::{Serialize, de::DeserializeOwned};

use crate::{App, consumer::Failure, secret};

/// Whether a request comes from a function of this installation: it carries the variable `internal_token`, where there is one.
pub async fn is_sibling(app: &App, headers: &HeaderMap) -> bool {
    let token = app.variables.get("internal_token").await;
    let given = headers.get(TOKEN).and_then(|it| it.to_str().ok());
    // Digests, so that the time of the comparison tells nothing.
    let digest = |text: Option<&str>| secret::digest(text.unwrap_or_default());
    digest(given) == digest(token.as_deref())
}

/// The answer to an order that was not carried out: 503 when it may be later, else 422.
pub fn refused(failure: Failure) -> Response {
    let (reason, is_final) = told(failure);
    let status = if is_final {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, reason).into_response()
}

/// Reads an order, has it carried out, and writes the answer, without HTTP. Errors: the reason, and whether it is final.
pub async fn in_process<Q, A, F>(
    order: &str,
    carry_out: impl FnOnce(Q) -> F,
) -> Result<String, (String, bool)>
where
    Q: DeserializeOwned,
    A: Serialize,
    F: Future<Output = Result<A, Failure>>,
{
    let order = serde_json::from_str(order).map_err(|error| (error.to_string(), true))?;
    let answer = carry_out(order).await.map_err(told)?;
    serde_json::to_string(&answer).map_err(|error| (error.to_string(), true))
}

fn told(failure: Failure) -> (String, bool) {
    match failure {
        Failure::Passing(reason) | Failure::Waiting(reason) => (reason, false),
        Failure::Final(reason) | Failure::Companion(reason) => (reason, true),
    }
}
