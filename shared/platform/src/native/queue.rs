//! The native queue: table `job` is the truth, so a list of wake-ups in memory is enough.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::{Queue, QueueError, Wake};

/// Wake-ups waiting in memory for a worker loop or a test to take them.
#[derive(Debug, Default)]
pub struct TableQueue {
    waiting: Mutex<Vec<Wake>>,
    arrived: Notify,
}

impl TableQueue {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes all wake-ups that wait, in the order they were sent; does not block.
    pub fn drain(&self) -> Vec<Wake> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until at least one wake-up is there and takes all of them. For one worker loop.
    pub async fn wait(&self) -> Vec<Wake> {
        loop {
            let wakes = self.drain();
            if !wakes.is_empty() {
                return wakes;
            }
            self.arrived.notified().await;
        }
    }
}

#[async_trait]
impl Queue for TableQueue {
    async fn wake(&self, wakes: Vec<Wake>) -> Result<(), QueueError> {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(wakes);
        self.arrived.notify_one();
        Ok(())
    }
}
