//! `WorkflowAssetTrigger`: one run of a workflow for one asset (api/workflows.md section 3).

mod actions;
mod filters;
mod target;
mod webhook;

use edge_api::{enums::AssetVisibility, plugins, workflows::method_of};
use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::{
    jobs::{Job, NewJob},
    workflows::{self, Asset, Run, RunStep},
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
    let mut asset = read(app, asset_id, &run).await?;
    let mut actions = 0;
    for step in steps {
        if asset.visibility == AssetVisibility::Locked.as_str() {
            break;
        }
        if actions == ACTIONS {
            return Ok(go_on(app, job, step.position));
        }
        let context = Context {
            app,
            workflow_id,
            run: &run,
            asset: &asset,
        };
        match context
            .step(step)
            .await
            .map_err(|failure| named(failure, step))?
        {
            Outcome::Stop => break,
            Outcome::On => {}
            Outcome::Changed => asset = read(app, asset_id, &run).await?,
        }
        actions += usize::from(is_work(step));
    }
    Ok(Done::nothing())
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
fn go_on(app: &App, job: &Job, from: i64) -> Done {
    let mut payload = job.payload.clone();
    if let Value::Object(fields) = &mut payload {
        fields.insert("from".to_owned(), json!(from));
    }
    let mut done = Done::nothing();
    done.next
        .push(NewJob::new(app.uuid(), job.kind, payload, app.now()));
    done
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
