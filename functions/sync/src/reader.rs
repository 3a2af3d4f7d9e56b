//! Reads the passes of a plan and gives their lines, piece by piece, with little in memory at a time.

use std::collections::VecDeque;

use edge_api::{enums::SyncEntityType, sync::Ack};
use edge_http::{App, Result};
use edge_platform::{Rows, Statement};
use edge_store::sync::Page;

use crate::{
    lines,
    plan::{Pass, Plan},
};

/// Passes that are asked for in one round trip: all of them, unless many albums or partners are new.
const PASSES: usize = 48;
/// Rows of the first page of each. Up to [`PASSES`] such pages are in memory at once.
const FIRST_PAGE: i64 = 200;
/// Rows of further pages, of which one is in memory at a time.
const PAGE: i64 = 5000;
/// Statements of one stream, because D1 refuses more than 1,000 a request: 4 million rows. A longer stream ends before it is
/// complete, and the next one goes on behind what the client has acknowledged.
const STATEMENTS: usize = 900;

/// A stream under way.
pub struct Reader {
    app: App,
    bound: String,
    /// Passes nobody has asked for yet.
    waiting: VecDeque<Pass>,
    /// Passes whose next page is here.
    begun: VecDeque<Begun>,
    /// What is to be written with the first page.
    writes: Vec<Statement>,
    is_complete: bool,
    /// Statements so far.
    asked: usize,
}

/// A pass and the lines that were read of it.
struct Begun {
    pass: Pass,
    lines: String,
    has_more: bool,
}

impl Reader {
    /// A reader of `plan` up to `bound`; `writes` run with the first page.
    pub fn new(app: App, plan: Plan, bound: String, writes: Vec<Statement>) -> Self {
        Self {
            app,
            bound,
            waiting: plan.passes,
            begun: VecDeque::new(),
            writes,
            is_complete: false,
            asked: 0,
        }
    }

    /// Whether no more is to be asked in this request.
    pub fn is_exhausted(&self) -> bool {
        self.asked >= STATEMENTS
    }

    /// Whether all lines were given, the last one included.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The next lines: those that cost at most one round trip. Not to be called once complete.
    pub async fn next(&mut self) -> Result<String> {
        self.read().await?;
        let mut out = String::new();
        while let Some(mut begun) = self.begun.pop_front() {
            out.push_str(&std::mem::take(&mut begun.lines));
            if begun.has_more {
                self.begun.push_front(begun);
                return Ok(out);
            }
            out.push_str(begun.pass.end.as_deref().unwrap_or_default());
        }
        if self.waiting.is_empty() {
            let ack = Ack::new(SyncEntityType::SyncCompleteV1, &self.bound);
            out.push_str(&lines::mark(ack.kind, &ack));
            self.is_complete = true;
        }
        Ok(out)
    }

    /// One round trip: the next page of the pass under way, or the first of those that wait.
    async fn read(&mut self) -> Result<()> {
        if let Some(begun) = self.begun.front_mut() {
            let statement = begun.pass.source.page(&begun.pass.range, PAGE);
            self.asked += 1;
            let rows = self.app.db().run(statement).await?;
            begun.take(&rows, PAGE)?;
            return Ok(());
        }
        let count = self.waiting.len().min(PASSES);
        let passes: Vec<Pass> = self.waiting.drain(..count).collect();
        let mut batch = std::mem::take(&mut self.writes);
        let written = batch.len();
        batch.extend(
            passes
                .iter()
                .map(|pass| pass.source.page(&pass.range, FIRST_PAGE)),
        );
        if batch.is_empty() {
            return Ok(());
        }
        self.asked += batch.len();
        let results = self.app.db().batch(batch).await?;
        for (pass, rows) in passes.into_iter().zip(results.into_iter().skip(written)) {
            let mut begun = Begun {
                pass,
                lines: String::new(),
                has_more: false,
            };
            begun.take(&rows, FIRST_PAGE)?;
            self.begun.push_back(begun);
        }
        Ok(())
    }
}

impl Begun {
    /// Turns a page into lines and moves on behind it.
    fn take(&mut self, rows: &Rows, limit: i64) -> Result<()> {
        let Self { pass, lines, .. } = self;
        if !rows.is_empty() {
            lines.push_str(&pass.before.take().unwrap_or_default());
        }
        Page(rows).write(pass.source.shape, |id, data| {
            lines::push(lines, pass.kind, data, [&pass.ack, id]);
            pass.range.after.clear();
            pass.range.after.push_str(id);
        })?;
        self.has_more = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= limit;
        Ok(())
    }
}
