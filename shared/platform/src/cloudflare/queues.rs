//! Wake-ups through Cloudflare Queues; a message's body is the job's id as a JSON string.

use async_trait::async_trait;
use futures::future::try_join_all;
use worker::{Env, send::SendFuture};

use super::{JOBS, TASKS, unbound};
use crate::{Consumer, Queue, QueueError, Wake};

/// Messages one `sendBatch` takes.
const BATCH: usize = 100;

/// The producers bound as [`JOBS`] and [`TASKS`]; either may be missing.
pub struct Queues {
    jobs: Option<worker::Queue>,
    tasks: Option<worker::Queue>,
}

impl Queues {
    /// The producers this Worker has.
    pub fn new(env: &Env) -> Self {
        Self {
            jobs: env.queue(JOBS).ok(),
            tasks: env.queue(TASKS).ok(),
        }
    }

    fn producer(&self, consumer: Consumer) -> Result<&worker::Queue, QueueError> {
        let (queue, name) = match consumer {
            Consumer::Media => (&self.jobs, JOBS),
            Consumer::Tasks => (&self.tasks, TASKS),
        };
        queue.as_ref().ok_or_else(|| QueueError(unbound(name)))
    }

    async fn send(&self, wakes: Vec<Wake>) -> Result<(), QueueError> {
        let (media, tasks): (Vec<_>, Vec<_>) = wakes
            .into_iter()
            .partition(|wake| wake.consumer == Consumer::Media);
        let mut sending = Vec::new();
        for (consumer, wakes) in [(Consumer::Media, media), (Consumer::Tasks, tasks)] {
            for batch in wakes.chunks(BATCH) {
                let queue = self.producer(consumer)?;
                let ids: Vec<_> = batch.iter().map(|wake| wake.job_id.clone()).collect();
                sending.push(queue.send_batch(ids));
            }
        }
        try_join_all(sending)
            .await
            .map_err(|error| QueueError(error.to_string()))?;
        Ok(())
    }
}

#[async_trait]
impl Queue for Queues {
    async fn wake(&self, wakes: Vec<Wake>) -> Result<(), QueueError> {
        SendFuture::new(self.send(wakes)).await
    }
}
