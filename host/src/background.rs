//! Jobs give way to people: what nobody waits for computes on threads of low priority. Two cores that make pictures answer an upload
//! at once, and make pictures only while nothing else is to be done (docs/jobs.md, "Spin").
use std::num::NonZero;

use anyhow::{Context as _, Result};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::log;

/// How nice its threads are: Linux gives one of those in front ten times as much of a core, and lets it run at once.
const NICE: i32 = 10;

/// Whether threads have priorities of their own.
const HAS_NICE_THREADS: bool = matches!(std::env::consts::OS.as_bytes(), b"linux");

/// The two sets of threads.
pub struct Background {
    /// `None` only while it is dropped.
    behind: Option<Runtime>,
    front: Handle,
}

impl Background {
    /// Threads as many as there are cores, beside the runtime that calls this.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start() -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let behind = Builder::new_multi_thread()
            .worker_threads(cores)
            .thread_name("jobs")
            .on_thread_start(|| {
                // On Linux this is the priority of the thread, elsewhere that of the process; everybody may lower it.
                if !HAS_NICE_THREADS {
                    return;
                }
                if let Err(error) = rustix::process::nice(NICE) {
                    log::say(&format!("jobs run with the priority of requests: {error}"));
                }
            })
            .enable_all()
            .build()
            .context("threads for jobs")?;
        Ok(Self {
            behind: Some(behind),
            front: Handle::current(),
        })
    }

    /// Runs what nobody waits for, and what it starts, on the threads of low priority.
    ///
    /// # Errors
    /// It panicked, or the host stops.
    pub async fn behind<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T> {
        let behind = self.behind.as_ref().context("the host stops")?;
        Ok(behind.spawn(work).await?)
    }

    /// Runs what belongs to everybody (connections of a pool, and whoever holds a lock) in front, so that no request waits for a
    /// thread of low priority.
    ///
    /// # Errors
    /// It panicked, or the host stops.
    pub async fn in_front<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T> {
        if Handle::current().id() == self.front.id() {
            return Ok(work.await);
        }
        Ok(self.front.spawn(work).await?)
    }

    /// The same for work that blocks.
    ///
    /// # Errors
    /// It panicked, or the host stops.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        // A new thread takes the priority of the one that starts it, so one in front must.
        self.in_front(async { tokio::task::spawn_blocking(work).await })
            .await?
            .context("work that blocks")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(behind) = self.behind.take() {
            // Waiting for its end is not allowed where this may be dropped: within a runtime.
            behind.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thread ids of Linux are process ids. `None`: the system does not say.
    fn niceness() -> Option<i32> {
        rustix::process::getpriority_process(Some(rustix::thread::gettid())).ok()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn jobs_compute_on_threads_of_low_priority_and_touch_what_is_shared_in_front() {
        let usual = niceness();
        let threads = std::sync::Arc::new(Background::start().unwrap());
        let own = threads.clone();
        let work = async move {
            let behind = niceness();
            let in_front = own.in_front(async { niceness() }).await.unwrap();
            let blocking = own.blocking(niceness).await.unwrap();
            (behind, in_front, blocking)
        };
        let seen = threads.behind(work).await.unwrap();
        let nice = if HAS_NICE_THREADS { NICE } else { 0 };
        let behind = usual.map(|usual| (usual + nice).min(19));
        assert_eq!(seen, (behind, usual, usual));
        assert_eq!(threads.in_front(async { niceness() }).await.unwrap(), usual);
    }
}
