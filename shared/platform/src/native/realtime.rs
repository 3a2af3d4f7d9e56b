//! The channel in memory: for tests, which look at what was delivered.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use edge_api::realtime::Delivery;

use crate::realtime::{Realtime, RealtimeError};

/// Remembers what was delivered.
#[derive(Debug, Default)]
pub struct Delivered(Mutex<Vec<Delivery>>);

impl Delivered {
    /// Takes all that was delivered since the last call.
    pub fn drain(&self) -> Vec<Delivery> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Realtime for Delivered {
    async fn deliver(&self, deliveries: Vec<Delivery>) -> Result<(), RealtimeError> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend(deliveries);
        Ok(())
    }
}
