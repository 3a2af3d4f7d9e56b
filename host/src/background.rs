//! Jobs give way to people: what nobody waits for computes on threads of low priority. Two cores that make pictures answer an upload
//! at once, and make pictures only while nothing else is to be done (docs/jobs.md, "Spin"). While uploads arrive, half of the threads
//! compute nothing.
use std::cell::Cell;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::log;

/// How nice its threads are: Linux gives one of those in front ten times as much of a core, and lets it run at once.
const NICE: i32 = 10;

/// Whether threads have priorities of their own.
const HAS_NICE_THREADS: bool = matches!(std::env::consts::OS.as_bytes(), b"linux");

/// Uploads arrive still, so long after the last one: clients send the next one when they have the answer.
const LULL: Duration = Duration::from_millis(250);
/// How long a job waits until it looks again whether it may compute.
const PAUSE: Duration = Duration::from_millis(10);
/// How long an instance waits at most in each [`WINDOW`]: a job whose lease ends is done twice.
const PATIENCE: Duration = Duration::from_secs(20);
const WINDOW: Duration = Duration::from_mins(1);

thread_local! {
    /// Whether this thread is one of those that compute nothing while uploads arrive.
    static GIVES_WAY: Cell<bool> = const { Cell::new(false) };
}

/// The uploads that arrive.
#[derive(Debug)]
pub struct Arrivals {
    now: AtomicUsize,
    started: Instant,
    /// When the last one ended, ms since the start and one more; 0: there was none.
    last: AtomicU64,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self {
            now: AtomicUsize::new(0),
            started: Instant::now(),
            last: AtomicU64::new(0),
        }
    }
}

impl Arrivals {
    fn millis(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn any(&self) -> bool {
        if self.now.load(Ordering::Relaxed) > 0 {
            return true;
        }
        let last = self.last.load(Ordering::Relaxed);
        last > 0 && u128::from(self.millis().saturating_sub(last - 1)) < LULL.as_millis()
    }

    /// Whether what runs on this thread waits.
    pub fn come_first(&self) -> bool {
        GIVES_WAY.get() && self.any()
    }

    /// Waits until this thread, or another one that goes on with it, may compute, as long as there is patience.
    pub async fn room(self: Arc<Self>, patience: Arc<Patience>) {
        while self.come_first() && patience.is_left() {
            tokio::time::sleep(PAUSE).await;
            patience.spend(PAUSE);
        }
    }
}

/// How long an instance has given way lately.
#[derive(Debug)]
pub struct Patience {
    started: Instant,
    /// Which [`WINDOW`] since the start, and the ms spent in it.
    window: AtomicU64,
    spent: AtomicU64,
    /// The transactions that it has open.
    transactions: AtomicUsize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            window: AtomicU64::new(0),
            spent: AtomicU64::new(0),
            transactions: AtomicUsize::new(0),
        }
    }
}

impl Patience {
    /// Whether it may wait longer. Who has a transaction open never does: the uploads that it would give way to wait for its locks.
    pub fn is_left(&self) -> bool {
        if self.transactions.load(Ordering::Relaxed) > 0 {
            return false;
        }
        let window = self.started.elapsed().as_secs() / WINDOW.as_secs();
        if self.window.swap(window, Ordering::Relaxed) != window {
            self.spent.store(0, Ordering::Relaxed);
        }
        u128::from(self.spent.load(Ordering::Relaxed)) < PATIENCE.as_millis()
    }

    fn spend(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.spent.fetch_add(millis, Ordering::Relaxed);
    }
}

/// Whether a connection of an instance is in the middle of a transaction.
#[derive(Debug)]
pub struct Transaction {
    patience: Arc<Patience>,
    is_open: AtomicBool,
}

impl Transaction {
    /// For a new connection: none is open.
    pub fn new(patience: Arc<Patience>) -> Self {
        Self {
            patience,
            is_open: AtomicBool::new(false),
        }
    }

    /// Whether one is open.
    pub fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// Notes whether one is open after a statement.
    pub fn note(&self, is_open: bool) {
        let open = &self.patience.transactions;
        match (self.is_open.swap(is_open, Ordering::Relaxed), is_open) {
            (false, true) => drop(open.fetch_add(1, Ordering::Relaxed)),
            (true, false) => drop(open.fetch_sub(1, Ordering::Relaxed)),
            _ => {}
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.note(false);
    }
}

/// An upload that arrives, until it is dropped.
#[derive(Debug)]
pub struct Arrival(Arc<Arrivals>);

impl Drop for Arrival {
    fn drop(&mut self) {
        let now = self.0.millis().saturating_add(1);
        self.0.last.store(now, Ordering::Relaxed);
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The two sets of threads.
pub struct Background {
    /// `None` only while it is dropped.
    behind: Option<Runtime>,
    front: Handle,
    arrivals: Arc<Arrivals>,
}

impl Background {
    /// Threads as many as there are cores, beside the runtime that calls this.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start() -> Result<Self> {
        Self::with(std::thread::available_parallelism().map_or(1, NonZero::get))
    }

    fn with(cores: usize) -> Result<Self> {
        let places = AtomicUsize::new(0);
        let behind = Builder::new_multi_thread()
            .worker_threads(cores)
            .thread_name("jobs")
            .on_thread_start(move || {
                let place = places.fetch_add(1, Ordering::Relaxed);
                GIVES_WAY.set(place >= (cores / 2).max(1));
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
            arrivals: Arc::default(),
        })
    }

    /// An upload arrives.
    pub fn arrival(&self) -> Arrival {
        self.arrivals.now.fetch_add(1, Ordering::Relaxed);
        Arrival(self.arrivals.clone())
    }

    /// The uploads that jobs make room for.
    pub fn arrivals(&self) -> &Arc<Arrivals> {
        &self.arrivals
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

    /// How many of four threads would compute, each asked once: none ends before all were.
    async fn computing(threads: &Arc<Background>) -> usize {
        let all = Arc::new(std::sync::Barrier::new(4));
        let asked = (0..4).map(|_| {
            let (all, arrivals) = (all.clone(), threads.arrivals().clone());
            let threads = threads.clone();
            tokio::spawn(async move {
                let ask = async move {
                    let computes = !arrivals.come_first();
                    all.wait();
                    computes
                };
                threads.behind(ask).await.unwrap()
            })
        });
        let mut computing = 0;
        for asked in asked.collect::<Vec<_>>() {
            computing += usize::from(asked.await.unwrap());
        }
        computing
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn half_of_the_threads_wait_while_uploads_arrive() {
        let threads = Arc::new(Background::with(4).unwrap());
        assert_eq!(computing(&threads).await, 4);
        let arrival = threads.arrival();
        assert_eq!(computing(&threads).await, 2);
        // Whoever waits goes on at the latest when there are no uploads any more.
        let waiting = threads.arrivals().clone().room(Arc::default());
        let waiting = {
            let threads = threads.clone();
            tokio::spawn(async move { threads.behind(waiting).await.unwrap() })
        };
        drop(arrival);
        tokio::time::sleep(2 * LULL).await;
        assert_eq!(computing(&threads).await, 4);
        waiting.await.unwrap();
    }

    /// Uploads that waited for the lock of a job that waited for the uploads were refused with 503.
    #[test]
    fn whoever_has_a_transaction_open_does_not_give_way() {
        let patience = Arc::new(Patience::default());
        let (one, other) = (
            Transaction::new(patience.clone()),
            Transaction::new(patience.clone()),
        );
        assert!(patience.is_left());
        for is_open in [true, true] {
            one.note(is_open);
            assert!(!patience.is_left() && one.is_open());
        }
        other.note(true);
        one.note(false);
        assert!(!patience.is_left() && !one.is_open());
        drop(other);
        assert!(patience.is_left());
    }

    #[test]
    fn one_core_computes_always() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let threads = Background::with(1).unwrap();
            let (_arrival, arrivals) = (threads.arrival(), threads.arrivals().clone());
            let waits = threads.behind(async move { arrivals.come_first() });
            assert!(!waits.await.unwrap());
        });
    }
}
