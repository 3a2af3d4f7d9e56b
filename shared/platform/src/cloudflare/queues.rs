//! Wake-ups through Cloudflare Queues; a message's body is the job's id as a JSON string.

use async_trait::async_trait;
use futures::future::try_join_all;
use worker::{Env, send::SendFuture};

use super::{CLIP, FACES, JOBS, OCR, STORAGE, TASKS, unbound};
use crate::{Consumer, Queue, QueueError, Wake};

/// Messages one `sendBatch` takes.
const BATCH: usize = 100;

/// The producers bound as [`JOBS`], [`TASKS`], [`STORAGE`], [`FACES`], [`OCR`] and [`CLIP`]; each may be missing.
pub struct Queues {
    jobs: Option<worker::Queue>,
    tasks: Option<worker::Queue>,
    storage: Option<worker::Queue>,
    faces: Option<worker::Queue>,
    clip: Option<worker::Queue>,
    ocr: Option<worker::Queue>,
}

impl Queues {
    /// The producers this Worker has.
    pub fn new(env: &Env) -> Self {
        Self {
            jobs: env.queue(JOBS).ok(),
            tasks: env.queue(TASKS).ok(),
            storage: env.queue(STORAGE).ok(),
            faces: env.queue(FACES).ok(),
            clip: env.queue(CLIP).ok(),
            ocr: env.queue(OCR).ok(),
        }
    }

    fn producer(&self, consumer: Consumer) -> Result<&worker::Queue, QueueError> {
        let (queue, name) = match consumer {
            Consumer::Media => (&self.jobs, JOBS),
            Consumer::Tasks => (&self.tasks, TASKS),
            Consumer::Storage => (&self.storage, STORAGE),
            Consumer::Faces => (&self.faces, FACES),
            Consumer::Clip => (&self.clip, CLIP),
            Consumer::Ocr => (&self.ocr, OCR),
        };
        queue.as_ref().ok_or_else(|| QueueError(unbound(name)))
    }

    async fn send(&self, wakes: Vec<Wake>) -> Result<(), QueueError> {
        let mut sending = Vec::new();
        let mut unbound = None;
        for consumer in [
            Consumer::Media,
            Consumer::Tasks,
            Consumer::Storage,
            Consumer::Faces,
            Consumer::Clip,
            Consumer::Ocr,
        ] {
            let of_it = wakes.iter().filter(|wake| wake.consumer == consumer);
            let ids: Vec<&String> = of_it.map(|wake| &wake.job_id).collect();
            if ids.is_empty() {
                continue;
            }
            match self.producer(consumer) {
                Ok(queue) => sending.extend(
                    ids.chunks(BATCH)
                        .map(|batch| queue.send_batch(batch.to_vec())),
                ),
                // The others are sent nevertheless.
                Err(error) => unbound = Some(error),
            }
        }
        try_join_all(sending)
            .await
            .map_err(|error| QueueError(error.to_string()))?;
        unbound.map_or(Ok(()), Err)
    }
}

#[async_trait]
impl Queue for Queues {
    async fn wake(&self, wakes: Vec<Wake>) -> Result<(), QueueError> {
        SendFuture::new(self.send(wakes)).await
    }
}
