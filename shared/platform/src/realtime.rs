//! The realtime port: frames on their way to the devices of a user (api/realtime.md). Losing one loses nothing that a client
//! does not find at its next sync.

use async_trait::async_trait;
use edge_api::realtime::Delivery;

/// A delivery that was not taken. Never fatal.
#[derive(Debug, thiserror::Error)]
#[error("realtime channel unavailable: {0}")]
pub struct RealtimeError(pub String);

/// Knows who holds the connections of users.
#[async_trait]
pub trait Realtime: Send + Sync {
    /// Hands frames over. Where the platform allows it they go after the request was answered, so success says only that
    /// they are on their way.
    async fn deliver(&self, deliveries: Vec<Delivery>) -> Result<(), RealtimeError>;
}

/// A channel that nobody listens to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

#[async_trait]
impl Realtime for Silent {
    async fn deliver(&self, _deliveries: Vec<Delivery>) -> Result<(), RealtimeError> {
        Ok(())
    }
}
