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
    /// As many as a stream may have.
    limit: usize,
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
            limit: STATEMENTS,
        }
    }

    /// Whether no more is to be asked in this request.
    pub fn is_exhausted(&self) -> bool {
        self.asked >= self.limit
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

#[cfg(test)]
mod tests {
    use edge_api::enums::SyncRequestType;
    use edge_store::sync::Opening;
    use edge_testkit::{TestApp, library, on_each_database};

    use super::*;

    fn areas() -> Vec<edge_testkit::Area> {
        Vec::new()
    }

    /// What a stream with this checkpoint gives while it may have `limit` statements: the ids of its lines, whether it is complete, and the last
    /// acknowledgement.
    async fn stream(
        app: &TestApp,
        checkpoint: Option<Ack>,
        limit: usize,
    ) -> (Vec<String>, bool, Option<Ack>) {
        let opening = Opening {
            bound: "ffffffff-ffff-7fff-8fff-ffffffffffff".into(),
            checkpoints: checkpoint.into_iter().collect(),
            ..Opening::default()
        };
        let plan = Plan::new(library::ALICE, &[SyncRequestType::AssetsV2], &opening);
        let mut reader = Reader::new(app.app.clone(), plan, opening.bound, Vec::new());
        reader.limit = limit;
        let mut text = String::new();
        while !reader.is_complete() && !reader.is_exhausted() {
            text.push_str(&reader.next().await.unwrap());
        }
        let mut ids = Vec::new();
        let mut last = None;
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            if line["type"] == "AssetV2" {
                ids.push(line["data"]["id"].as_str().unwrap().to_owned());
                last = Some(Ack::parse(line["ack"].as_str().unwrap()).unwrap());
            }
        }
        (ids, reader.is_complete(), last)
    }

    on_each_database! {
        async fn a_stream_that_is_cut_goes_on_where_it_ended(app: TestApp) {
            library::fill(app.app.db(), 11_000).await;
            let (whole, complete, _) = stream(&app, None, 900).await;
            assert!(complete && whole.len() == 11_000, "{}", whole.len());
            let (mut together, mut checkpoint, mut streams) = (Vec::new(), None, 0);
            loop {
                let (ids, complete, last) = stream(&app, checkpoint.clone(), 3).await;
                together.extend(ids);
                streams += 1;
                if complete {
                    break;
                }
                assert!(last.is_some(), "each gets further");
                checkpoint = last;
            }
            assert_eq!(together, whole, "nothing twice, nothing lost");
            assert!(streams > 2, "{streams}");
        }
    }
}
