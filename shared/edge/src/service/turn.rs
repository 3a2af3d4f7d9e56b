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

impl App {
    /// Asks a service about the pictures of these jobs, one after the other, by `one`, as long as it is there and the turn lasts. Gives
    /// what came of each, in their order.
    pub async fn ask_in_turn<T>(
        &self,
        service: &Service,
        jobs: &[Job],
        one: impl AsyncFn(&Job) -> Result<T, Failure>,
    ) -> Vec<Result<T, Failure>> {
        let end = self.now() + TURN;
        let mut fates = Vec::with_capacity(jobs.len());
        for job in jobs {
            fates.push(match self.may_ask(service, jobs, end).await {
                Ok(()) => one(job).await,
                Err(failure) => Err(failure),
            });
        }
        fates
    }

    /// Before the next picture of a turn is read that ends at `end` (epoch ms): the jobs are kept, for it may take nearly as long as
    /// their lease.
    ///
    /// # Errors
    /// The job of this picture waits: the service is away, or those before it took all the time.
    async fn may_ask(&self, service: &Service, jobs: &[Job], end: i64) -> Result<(), Failure> {
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
