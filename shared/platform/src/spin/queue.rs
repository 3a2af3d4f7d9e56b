//! Wake-ups: by Redis where the variable `redis_address` is set, else the components that work off jobs, of
//! this host are called by service chaining.

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use spin_sdk::wasip3;

use super::{fetch, redis, variable};
use crate::{Consumer, Queue, QueueError, Wake};

/// Header that carries the variable `internal_token`.
pub const TOKEN_HEADER: &str = "x-internal-token";

/// What an instance was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invocation {
    /// An HTTP request: the instance goes on after its answer.
    Request,
    /// A message of the Redis trigger: the instance ends with its handler, and its host process has no
    /// components that could be called.
    Message,
}

/// Sends the ids of jobs to the consumers that are to work on them.
#[derive(Debug, Clone, Copy)]
pub struct SpinQueue(pub Invocation);

#[async_trait]
impl Queue for SpinQueue {
    /// Never fails, and never lets an HTTP request wait: it is sent while or after the answer goes out. A wake-up
    /// that is lost loses nothing (docs/jobs.md).
    async fn wake(&self, wakes: Vec<Wake>) -> Result<(), QueueError> {
        for target in [&MEDIA, &SCHEDULER, &STORAGE, &FACES, &OCR, &CLIP] {
            let ids: Vec<&str> = wakes
                .iter()
                .filter(|wake| wake.consumer == target.consumer)
                .map(|wake| wake.job_id.as_str())
                .collect();
            if ids.is_empty() {
                continue;
            }
            let ids = serde_json::to_vec(&ids).map_err(|error| QueueError(error.to_string()))?;
            let invocation = self.0;
            let sent = send(target, ids.into(), invocation);
            match invocation {
                Invocation::Request => wasip3::spawn(sent),
                Invocation::Message => sent.await,
            }
        }
        Ok(())
    }
}

/// Where a consumer is reached.
struct Target {
    consumer: Consumer,
    component: &'static str,
    /// The Redis channel, with the name of Cloudflare's queue.
    channel: &'static str,
}

const MEDIA: Target = Target {
    consumer: Consumer::Media,
    component: "media",
    channel: "immich-edge-jobs",
};
const SCHEDULER: Target = Target {
    consumer: Consumer::Tasks,
    component: "scheduler",
    channel: "immich-edge-tasks",
};
const STORAGE: Target = Target {
    consumer: Consumer::Storage,
    component: "storage",
    channel: "immich-edge-storage",
};
const FACES: Target = Target {
    consumer: Consumer::Faces,
    component: "faces-ml",
    channel: "immich-edge-faces",
};
const CLIP: Target = Target {
    consumer: Consumer::Clip,
    component: "clip-ml",
    channel: "immich-edge-clip",
};
const OCR: Target = Target {
    consumer: Consumer::Ocr,
    component: "ocr-ml",
    channel: "immich-edge-ocr",
};

/// By Redis; and where that is not wanted, not there, or nobody listens, to the component of this host.
async fn send(target: &Target, ids: Bytes, invocation: Invocation) {
    let component = target.component;
    let address = variable("redis_address").await;
    if !address.is_empty() {
        match redis::publish(&address, target.channel, ids.to_vec()).await {
            Ok(0) => eprintln!(
                "wake-up of {component}: nobody listens on {}",
                target.channel
            ),
            Ok(_) => return,
            Err(error) => eprintln!("wake-up of {component} by Redis: {error}"),
        }
    }
    if invocation == Invocation::Request
        && let Err(error) = call(component, ids).await
    {
        eprintln!("wake-up of {component}: {error}");
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
