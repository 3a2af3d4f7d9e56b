//! Whose job comes next (docs/jobs.md, "Owners take turns").
//!
//! A waiting job has a `turn`, given when it becomes due: two for each job that its owner has waiting already, behind the
//! turn of whoever is next. So a thousand jobs of one owner stand behind each other, and the jobs of
//! another stand between the next of them. Claims take the smallest turn. That is start-time fair queueing
//! (Goyal, Vin, Cheng 1996) with jobs of equal length. Whoever has nothing waiting and nobody at work comes next: turns
//! are even, and the odd one before the next is for all such owners.
//!
//! Everything reads one row per queue of the index `job_turn_idx` or `job_later_idx`, however many jobs there are.

use std::sync::LazyLock;

use edge_api::enums::{JobName, QueueName};
use edge_platform::Consumer;

use super::kinds::{consumer_of, queue_of};

/// SQL condition of the next job in the queue `q.queue`, for the alias `h`.
const DUE: &str =
    "h.queue = q.queue and h.runner = 'edge' and h.state = 'waiting' and h.turn is not null";

/// The same of the job that has waited longest for its time (`?` is now): delayed, and due meanwhile.
const LATER: &str = "h.queue = q.queue and h.runner = 'edge' and h.state = 'waiting' and h.turn is null \
     and h.run_after <= ";

/// SQL texts about the queues of one consumer.
pub(super) struct Line {
    /// `('a', 'b')`, for `in`.
    pub names: String,
    /// A table `q` with the column `queue`: those that are not paused.
    running: String,
    /// [`DUE`] of its jobs.
    due: String,
    /// [`LATER`] of its jobs.
    later: String,
    /// `job_count.state` of its jobs that wait: those of companions do not cost their owners turns at the edge.
    counted: &'static str,
}

/// SQL text: how far the job `{nth}` (from 0) of an owner stands behind his first, whose turn is `{turn}`.
pub(super) const BEHIND: &str =
    "case when ({nth}) > 0 then 2 * ({nth}) + abs({turn} % 2) else 0 end";

/// A table with the column `queue`, for an alias. Rows of values, because D1 lets a compound select have five terms only.
pub(super) fn table(names: &[&str]) -> String {
    let rows: Vec<String> = names.iter().map(|name| format!("('{name}')")).collect();
    format!(
        "(select named.column1 as queue from (values {}) named)",
        rows.join(", ")
    )
}

const RUNNING: &str =
    "not exists (select 1 from queue_state qs where qs.queue = q.queue and qs.is_paused = 1)";

impl Line {
    fn new(consumer: Consumer) -> Self {
        let names: Vec<&str> = QueueName::VALUES
            .iter()
            .filter(|name| consumer_of(**name) == consumer)
            .map(|name| name.as_str())
            .collect();
        Self {
            names: format!("('{}')", names.join("','")),
            running: format!("{} q where {RUNNING}", table(&names)),
            due: DUE.to_owned(),
            later: LATER.to_owned(),
            counted: "waiting",
        }
    }

    /// The line of companions that do jobs of these kinds.
    pub fn of_companion(kinds: &[JobName]) -> Self {
        let mut queues: Vec<&str> = kinds.iter().map(|kind| queue_of(*kind).as_str()).collect();
        queues.sort_unstable();
        queues.dedup();
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let kinds = kinds.join("','");
        let of_companion = |condition: &str| {
            condition.replace(
                "h.runner = 'edge'",
                &format!("h.runner = 'companion' and h.kind in ('{kinds}')"),
            )
        };
        Self {
            names: format!("('{}')", queues.join("','")),
            running: format!("{} q where {RUNNING}", table(&queues)),
            due: of_companion(DUE),
            later: of_companion(LATER),
            counted: "companion",
        }
    }

    /// The line in which a job of this kind waits for companions, whatever these may do. A library that a network looks at is a line of its
    /// own: films of the same owner do not stand behind all of his pictures.
    pub fn of_companions(kind: JobName) -> &'static Self {
        static MADE: LazyLock<Line> = LazyLock::new(|| {
            Line::of_companion(&[
                JobName::AssetGenerateThumbnails,
                JobName::AssetEditThumbnailGeneration,
                JobName::AssetEncodeVideo,
            ])
        });
        static SEEN: LazyLock<Line> = LazyLock::new(|| Line::of_companion(&[JobName::SmartSearch]));
        static FACES: LazyLock<Line> =
            LazyLock::new(|| Line::of_companion(&[JobName::AssetDetectFaces]));
        static TEXT: LazyLock<Line> = LazyLock::new(|| Line::of_companion(&[JobName::Ocr]));
        match kind {
            JobName::SmartSearch => &SEEN,
            JobName::AssetDetectFaces => &FACES,
            JobName::Ocr => &TEXT,
            _ => &MADE,
        }
    }

    /// The line of a consumer.
    pub fn of(consumer: Consumer) -> &'static Self {
        static MEDIA: LazyLock<Line> = LazyLock::new(|| Line::new(Consumer::Media));
        static TASKS: LazyLock<Line> = LazyLock::new(|| Line::new(Consumer::Tasks));
        static STORAGE: LazyLock<Line> = LazyLock::new(|| Line::new(Consumer::Storage));
        static FACES: LazyLock<Line> = LazyLock::new(|| Line::new(Consumer::Faces));
        static CLIP: LazyLock<Line> = LazyLock::new(|| Line::new(Consumer::Clip));
        static OCR: LazyLock<Line> = LazyLock::new(|| Line::new(Consumer::Ocr));
        match consumer {
            Consumer::Media => &MEDIA,
            Consumer::Tasks => &TASKS,
            Consumer::Storage => &STORAGE,
            Consumer::Faces => &FACES,
            Consumer::Clip => &CLIP,
            Consumer::Ocr => &OCR,
        }
    }

    /// Sub-select: the turn of a job that an owner (SQL text, may be null) stores now. The next ones follow by [`BEHIND`].
    pub fn turn(&self, owner: &str) -> String {
        let Self {
            names,
            running,
            due,
            counted,
            ..
        } = self;
        let of_owner = format!("coalesce({owner}, '')");
        format!(
            "(select case when s.first is null then 2 * s.waiting \
             when s.waiting = 0 and s.working = 0 then s.first - 1 + abs(s.first % 2) \
             else s.first + abs(s.first % 2) + 2 * s.waiting end from (select \
             (select min(heads.turn) from (select (select h.turn from job h where {due} \
             order by h.priority, h.turn limit 1) as turn from {running}) heads) as first, \
             (select coalesce(sum(own.total), 0) from job_count own where own.owner_id = {of_owner} \
             and own.state = '{counted}' and own.queue in {names} and not exists \
             (select 1 from queue_state qs where qs.queue = own.queue and qs.is_paused = 1)) as waiting, \
             (select count(*) from job b where b.state = 'active' and b.lease_expires_at > 0 and b.queue in {names} \
             and coalesce(b.owner_id, '') = {of_owner}) as working) s)"
        )
    }

    /// Sub-select: the id of the job whose turn it is.
    pub fn first(&self) -> String {
        format!(
            "(select n.id from (select (select h.id from job h where {} order by h.priority, h.turn limit 1) as id \
             from {} limit 100) heads cross join job n where n.id = heads.id order by n.priority, n.turn limit 1)",
            self.due, self.running
        )
    }

    /// The same to be taken: of those that nobody else is taking at this moment.
    pub fn next(&self) -> String {
        self.first()
            .replace("limit 1) as id", "limit 1 skip_locked()) as id")
    }

    /// Condition: there is a job to take, or a delayed one whose time has come; `now` is SQL text. Nothing is taken.
    pub fn has_any(&self, now: &str) -> String {
        let come = self.come(now).replace(" skip_locked()", "");
        format!("({} is not null or {come} is not null)", self.first())
    }

    /// Sub-select: the id of a delayed job whose time has come; `now` is SQL text.
    pub fn come(&self, now: &str) -> String {
        format!(
            "(select n.id from (select (select h.id from job h where {}{now} order by h.run_after limit 1 \
             skip_locked()) as id from {} limit 100) heads cross join job n where n.id = heads.id \
             order by n.run_after limit 1)",
            self.later, self.running
        )
    }
}

/// Most jobs of a queue that one look at all queues takes: enough to keep all workers busy for a minute's start.
const WINDOW: u32 = 50;

/// Sub-select: `id`, `queue`, `priority`, `turn` and `updated_at` of the next jobs of each queue that is not paused, and
/// of delayed ones whose time has come (they have no turn); `now` is SQL text.
pub(super) fn window(queues: &[QueueName], now: &str) -> String {
    let names: Vec<&str> = queues.iter().map(|queue| queue.as_str()).collect();
    let next = |of: &str, order: &str| {
        format!(
            "select j.id, j.queue, j.priority, j.turn, j.updated_at from {} q cross join job j where {RUNNING} \
             and each_in(j.id, select h.id from job h where {of} order by {order} limit {WINDOW})",
            table(&names)
        )
    };
    format!(
        "({} union all {})",
        next(DUE, "h.priority, h.turn"),
        next(&format!("{LATER}{now}"), "h.run_after")
    )
}
