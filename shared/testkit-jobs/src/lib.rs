//! For tests only: runs the jobs of a [`TestApp`] with the real media and scheduler functions.
//!
//! A crate of its own, so that only tests which need it compile the picture decoders.
#![allow(
    clippy::missing_panics_doc,
    clippy::expect_used,
    reason = "everything here panics: that is how a test fails"
)]

use edge_platform::Consumer;
use edge_store::jobs;
use edge_testkit::TestApp;

/// Jobs after which a test counts as going round in circles.
const MOST: usize = 10_000;

/// Runs jobs of a [`TestApp`].
#[allow(async_fn_in_trait, reason = "tests use one thread")]
pub trait RunJobs {
    /// Runs all due jobs, and those they lead to, until none is due. Gives how many there were to run.
    async fn run_jobs(&self) -> usize;

    /// Runs one job as if its message had arrived.
    async fn deliver(&self, consumer: Consumer, job_id: &str);

    /// Runs the cron trigger once.
    async fn tick(&self);
}

impl RunJobs for TestApp {
    async fn run_jobs(&self) -> usize {
        let mut count = 0;
        loop {
            let due = jobs::due(self.app.db(), self.app.now()).await;
            let due = due.expect("the database answers");
            if due.is_empty() {
                return count;
            }
            for wake in due {
                count += 1;
                assert!(count < MOST, "jobs without end");
                self.deliver(wake.consumer, &wake.job_id).await;
            }
        }
    }

    async fn deliver(&self, consumer: Consumer, job_id: &str) {
        let ran = match consumer {
            Consumer::Media => fn_media::run(&self.app, job_id).await,
            Consumer::Tasks => fn_scheduler::run(&self.app, job_id).await,
        };
        ran.expect("the job's fate is stored");
    }

    async fn tick(&self) {
        fn_scheduler::tick(&self.app).await.expect("the tick ends");
    }
}
