//! Wake-ups: the media and scheduler components are called by service chaining, after the answer.

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use spin_sdk::wasip3;

use super::{fetch, variable};
use crate::{Consumer, Queue, QueueError, Wake};

/// Header that carries the variable `internal_token`.
pub const TOKEN_HEADER: &str = "x-internal-token";

/// Calls `/internal/wake` of a consumer's component with the ids of its jobs.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChainQueue;

#[async_trait]
impl Queue for ChainQueue {
    /// Never fails and never waits: the calls are made while or after the answer goes out. One that is
    /// lost loses nothing (docs/jobs.md).
    async fn wake(&self, wakes: Vec<Wake>) -> Result<(), QueueError> {
        for (consumer, component) in [(Consumer::Media, "media"), (Consumer::Tasks, "scheduler")] {
            let ids: Vec<&str> = wakes
                .iter()
                .filter(|wake| wake.consumer == consumer)
                .map(|wake| wake.job_id.as_str())
                .collect();
            if ids.is_empty() {
                continue;
            }
            let body = serde_json::to_vec(&ids).map_err(|error| QueueError(error.to_string()))?;
            wasip3::spawn(async move {
                if let Err(error) = call(component, body.into()).await {
                    eprintln!("wake-up of {component}: {error}");
                }
            });
        }
        Ok(())
    }
}

async fn call(component: &str, ids: Bytes) -> Result<(), String> {
    let token = HeaderValue::from_str(&variable("internal_token").await);
    let request = Request::post(format!("http://{component}.spin.internal/internal/wake"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(TOKEN_HEADER, token.map_err(|error| error.to_string())?)
        .body(ids)
        .map_err(|error| error.to_string())?;
    let answer = fetch::send(request)
        .await
        .map_err(|error| error.to_string())?;
    if answer.status == 202 {
        Ok(())
    } else {
        Err(format!("it answered {}", answer.status))
    }
}
