//! Pictures of several jobs that a service is asked about one after the other.

use edge_api::config::Service;
use edge_store::jobs::Job;

use crate::{
    App,
    consumer::{Failure, renew},
};

/// How long the pictures of a turn may take before the rest is left for another one, ms: the fates of all are stored at its end, and a
/// worker on a queue takes two turns of 15 minutes in all (`consumer::turns_of`).
const TURN: i64 = 240_000;

/// Until when, epoch ms, another picture is begun in a turn that begins `now`.
pub fn end(now: i64) -> i64 {
    now + TURN
}

impl App {
    /// Before the next picture of a turn is read that ends at `end` ([`end`]): the jobs are kept, for it may take nearly as long as their
    /// lease.
    ///
    /// # Errors
    /// The job of this picture waits: the service is away, or those before it took all the time.
    pub async fn may_ask(&self, service: &Service, jobs: &[Job], end: i64) -> Result<(), Failure> {
        if let Some(failure) = self.absence(service).await {
            return Err(failure);
        }
        if self.now() >= end {
            let reason = "machine learning service: the pictures before this one took long";
            return Err(Failure::Waiting(reason.to_owned()));
        }
        renew(self, jobs).await;
        Ok(())
    }
}
