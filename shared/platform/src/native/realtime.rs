//! The channel in memory: for tests, which look at what was delivered.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use edge_api::realtime::Delivery;

use crate::realtime::{Realtime, RealtimeError};

/// Remembers what was delivered.
#[derive(Debug, Default)]
pub struct Delivered {
    held: Mutex<Vec<Delivery>>,
    is_down: AtomicBool,
}

impl Delivered {
    /// Takes all that was delivered since the last call.
    pub fn drain(&self) -> Vec<Delivery> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *held)
    }

    /// Takes nothing from now on.
    pub fn break_down(&self) {
        self.is_down.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl Realtime for Delivered {
    async fn deliver(&self, deliveries: Vec<Delivery>) -> Result<(), RealtimeError> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(RealtimeError("nobody takes it".to_owned()));
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend(deliveries);
        Ok(())
    }
}
