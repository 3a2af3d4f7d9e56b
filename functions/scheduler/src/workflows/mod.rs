//! `WorkflowAssetTrigger`: one run of a workflow for one asset (api/workflows.md section 3).

mod actions;
mod filters;
mod target;
mod webhook;

use edge_api::{
    enums::{AssetVisibility, WorkflowResult},
    plugins,
    workflows::method_of,
};
use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_platform::DbError;
use edge_store::{
    jobs::{Job, NewJob},
    workflows::{self, Asset, Ended, Run, RunStep},
};
use serde_json::{Map, Value, json};

/// Actions and expressions of one job; what is left of a run is for the next. Each takes at most 20 statements, and no job runs more
/// than 250; an expression takes some ten million steps at most.
const ACTIONS: usize = 10;

/// Most characters of a reason: owners choose some of them, and the list of failed jobs keeps them.
const REASON: usize = 500;

/// What a step leads to.
enum Outcome {
    /// On with the next step.
    On,
    /// On, and the asset is another one now.
    Changed,
    /// The rest is left out.
    Stop,
}

/// What a step knows.
struct Context<'a> {
    app: &'a App,
    workflow_id: &'a str,
    run: &'a Run,
    asset: &'a Asset,
}

/// Why a step fails, for the log and the list of failed jobs.
type Reason = String;

/// Runs the steps one after the other. A filter that says no ends the run; an error does, too, and what was done before stays.
/// A workflow that was switched off or is gone, does nothing.
///
/// No run begins or goes on with a locked asset: it is for its owner's elevated session, and workflows are made without the PIN
/// (docs/security.md).
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let (Some(workflow_id), Some(asset_id)) = (job.text("workflowId"), job.text("assetId")) else {
        return Err(Failure::Final("payload without ids".to_owned()));
    };
    let rows = app.db().run(workflows::run_statement(workflow_id)).await?;
    let Some(run) = workflows::run(&rows)?.filter(|run| run.is_enabled) else {
        return Ok(Done::nothing());
    };
    let from = job.payload.get("from").and_then(Value::as_i64).unwrap_or(0);
    let is_left = |step: &&RunStep| step.step.enabled && step.position >= from;
    let steps: Vec<&RunStep> = run.steps.iter().filter(is_left).collect();
    if steps.is_empty() {
        return Ok(Done::nothing());
    }
    let mut way = Way {
        app,
        job,
        workflow_id,
        asset_id,
        run: &run,
        last: None,
    };
    let ended = way.follow(&steps).await;
    let result = match &ended {
        Ok(End::Completed) => WorkflowResult::Completed,
        Ok(End::Halted) => WorkflowResult::Halted,
        Err(Failure::Final(_)) => WorkflowResult::Error,
        // Not the end yet, or nothing to tell.
        Ok(End::Later(_) | End::Hidden) | Err(_) => return ended.map(End::done),
    };
    // The run is over: a log that cannot be written must not make it run again.
    if let Err(error) = way.log(result).await {
        edge_http::serve::log(&format!("workflow log: {error}"));
    }
    ended.map(End::done)
}

/// How the steps of a job end.
enum End {
    /// All were done.
    Completed,
    /// One said that the rest is left out.
    Halted,
    /// The rest is for another job.
    Later(NewJob),
    /// The asset was locked before the first.
    Hidden,
}

impl End {
    fn done(self) -> Done {
        let mut done = Done::nothing();
        if let Self::Later(job) = self {
            done.next.push(job);
        }
        done
    }
}

/// A run on its way through the steps.
struct Way<'a> {
    app: &'a App,
    job: &'a Job,
    workflow_id: &'a str,
    asset_id: &'a str,
    run: &'a Run,
    /// The step that was done last, when the run ends there.
    last: Option<&'a RunStep>,
}

impl<'a> Way<'a> {
    async fn follow(&mut self, steps: &[&'a RunStep]) -> Result<End, Failure> {
        let mut asset = read(self.app, self.asset_id, self.run).await?;
        let (mut actions, mut before) = (0, None);
        for step in steps {
            if asset.visibility == AssetVisibility::Locked.as_str() {
                self.last = before;
                return Ok(before.map_or(End::Hidden, |_| End::Halted));
            }
            if actions == ACTIONS {
                return Ok(End::Later(go_on(self.app, self.job, step.position)));
            }
            let context = Context {
                app: self.app,
                workflow_id: self.workflow_id,
                run: self.run,
                asset: &asset,
            };
            self.last = Some(*step);
            let outcome = context.step(step).await;
            match outcome.map_err(|failure| named(failure, step))? {
                Outcome::Stop => return Ok(End::Halted),
                Outcome::On => {}
                Outcome::Changed => asset = read(self.app, self.asset_id, self.run).await?,
            }
            before = Some(*step);
            actions += usize::from(is_work(step));
        }
        self.last = None;
        Ok(End::Completed)
    }

    /// Writes down how the run ended, if its owner wants to know.
    async fn log(&self, result: WorkflowResult) -> Result<(), DbError> {
        if !self.run.is_logging {
            return Ok(());
        }
        let ended = Ended {
            id: &self.app.uuid(),
            workflow_id: self.workflow_id,
            asset_id: self.asset_id,
            result,
            last: self.last,
        };
        let keep = workflows::keep(&ended, self.app.now());
        self.app.db().batch(keep).await?;
        Ok(())
    }
}

/// The asset as it is now.
async fn read(app: &App, asset_id: &str, run: &Run) -> Result<Asset, Failure> {
    let statement = workflows::asset_statement(asset_id, &run.owner_id);
    let rows = app.db().run(statement).await?;
    workflows::asset(&rows)?.ok_or_else(|| Failure::Final("the asset is gone".to_owned()))
}

/// Whether a step counts among the [`ACTIONS`] of a job.
fn is_work(step: &RunStep) -> bool {
    let config = step.step.config.as_ref();
    !filters::is_filter(&step.step.method) || config.is_some_and(filters::has_expression)
}

/// The same run from this step on.
fn go_on(app: &App, job: &Job, from: i64) -> NewJob {
    let mut payload = job.payload.clone();
    if let Value::Object(fields) = &mut payload {
        fields.insert("from".to_owned(), json!(from));
    }
    NewJob::new(app.uuid(), job.kind, payload, app.now())
}

/// A failure with the step that it is about.
fn named(failure: Failure, step: &RunStep) -> Failure {
    let name = |text: String| {
        let text = format!("step {} ({}): {text}", step.position + 1, step.step.method);
        text.chars().take(REASON).collect()
    };
    match failure {
        Failure::Final(text) => Failure::Final(name(text)),
        other => other,
    }
}

impl Context<'_> {
    async fn step(&self, step: &RunStep) -> Result<Outcome, Failure> {
        let empty = Map::new();
        let config = step.step.config.as_ref().unwrap_or(&empty);
        let name = &step.step.method;
        let method = method_of(name)
            .filter(|(plugin, _)| *plugin == plugins::CORE)
            .map(|(_, method)| method);
        let Some(method) = method else {
            return Err(Failure::Final(format!("Unknown method {name}")));
        };
        if let Some(passes) = filters::passes(method, config, self.asset) {
            let passes = passes.map_err(Failure::Final)?;
            return Ok(if passes { Outcome::On } else { Outcome::Stop });
        }
        match method {
            "assetAddToAlbums" => self.add_to_albums(step, config).await,
            "webhook" => self.webhook(config).await,
            method => self.change(method, config).await,
        }
    }
}

/// A text of a configuration, if it is one and not empty.
fn text<'a>(config: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    config
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// A switch of a configuration; missing is off.
fn flag(config: &Map<String, Value>, name: &str) -> bool {
    config.get(name).and_then(Value::as_bool).unwrap_or(false)
}
