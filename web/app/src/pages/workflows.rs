//! Workflows: what happens by itself when photos come (docs/workflows.md).
mod editor;

use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Method, Run, Template, Trigger, Workflow};
use edge_web_core::workflows::sent;
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::kit::{self, Views};
use crate::route::Link;
use crate::share::Dialog;

/// What is known of workflows.
#[derive(Clone, Copy)]
struct Known {
    globals: Globals,
    workflows: RwSignal<Vec<Workflow>>,
    methods: RwSignal<Vec<Method>>,
    templates: RwSignal<Vec<Template>>,
    triggers: RwSignal<Vec<Trigger>>,
    open: RwSignal<Option<(Open, Workflow)>>,
}

/// What is open above the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// The form of a workflow.
    Edit,
    /// How its runs ended.
    Logs,
}

impl Known {
    fn new(globals: Globals) -> Self {
        Self {
            globals,
            workflows: RwSignal::default(),
            methods: RwSignal::default(),
            templates: RwSignal::default(),
            triggers: RwSignal::default(),
            open: RwSignal::new(None),
        }
    }

    /// Asks for the workflows.
    fn load(self) {
        let path = "/workflows".to_owned();
        kit::send(self.globals, "GET", path, None, move |answer| {
            put(self.workflows, Vec::from_value(&answer));
        });
    }

    /// Asks for what never changes while the page is open.
    fn load_parts(self) {
        let globals = self.globals;
        let path = "/plugins/methods".to_owned();
        kit::send(globals, "GET", path, None, move |answer| {
            put(self.methods, Vec::from_value(&answer));
        });
        let path = "/plugins/templates".to_owned();
        kit::send(globals, "GET", path, None, move |answer| {
            put(self.templates, Vec::from_value(&answer));
        });
        let path = "/workflows/triggers".to_owned();
        kit::send(globals, "GET", path, None, move |answer| {
            put(self.triggers, Vec::from_value(&answer));
        });
    }

    /// What a method is called.
    fn title(self, method: &str) -> String {
        self.methods.with(|methods| {
            let found = methods.iter().find(|it| it.key == method);
            found.map_or_else(|| method.to_owned(), |found| found.title.clone())
        })
    }
}

/// What a workflow is called.
fn name_of(workflow: &Workflow) -> String {
    let name = workflow.name.clone().unwrap_or_default();
    if name.is_empty() {
        t("workflow.unnamed").to_owned()
    } else {
        name
    }
}

fn trigger_of(trigger: &str) -> String {
    match trigger {
        "AssetCreate" => t("workflow.on-create").to_owned(),
        "AssetMetadataExtraction" => t("workflow.on-read").to_owned(),
        "AssetTagged" => t("workflow.on-tag").to_owned(),
        other => other.to_owned(),
    }
}

/// All of them.
#[component]
pub fn Workflows() -> impl IntoView {
    let known = Known::new(expect_context::<Globals>());
    known.load();
    known.load_parts();
    let lines = move || {
        let workflows = known.workflows.get();
        if workflows.is_empty() {
            return vec![kit::words(t("workflow.none"))];
        }
        let lines = workflows.iter().map(|workflow| line(known, workflow));
        vec![kit::list(lines.collect())]
    };
    let close = move || known.open.set(None);
    let dialog = move || {
        // A form needs to know what can be asked.
        let is_ready = known.methods.with(|methods| !methods.is_empty())
            && known.triggers.with(|triggers| !triggers.is_empty());
        let open = known.open.get().filter(|_| is_ready);
        open.map(|(open, workflow)| {
            let title = match open {
                Open::Edit => name_of(&workflow),
                Open::Logs => say("workflow.logs-of", &[&name_of(&workflow)]),
            };
            view! {
                <Dialog title=title close=close>
                    {match open {
                        Open::Edit => editor::form(known, workflow, move || { close(); known.load(); }),
                        Open::Logs => logs(known, &workflow),
                    }}
                </Dialog>
            }
            .into_any()
        })
    };
    let parts = vec![kit::words(t("workflow.about")), kit::changing(lines)];
    view! {
        <h1 class="page-title">{t("nav.workflows")}</h1>
        <div class="panels">
            {kit::wide_panel(t("nav.workflows").to_owned(), parts)}
            {new(known)}
        </div>
        {dialog}
    }
}

fn line(known: Known, workflow: &Workflow) -> AnyView {
    let globals = known.globals;
    let name = name_of(workflow);
    let path = format!("/workflows/{}", workflow.id);
    let steps: Vec<String> = workflow
        .steps
        .iter()
        .map(|step| known.title(&step.method))
        .collect();
    let about = format!("{}: {}", trigger_of(&workflow.trigger), steps.join(" → "));
    let is_on = RwSignal::new(workflow.enabled);
    let (switched, words) = (path.clone(), say("workflow.on", &[&name]));
    let switch = move |event| {
        let wanted = event_target_checked(&event);
        is_on.set(wanted);
        let (path, body) = (switched.clone(), json!({ "enabled": wanted }));
        let request = async move {
            let answer = api::act("PUT", &path, Some(body)).await;
            if answer.is_err() {
                put(is_on, !wanted);
            }
            answer
        };
        globals.run(request, move |()| {
            globals.tell(t("done.saved"));
            known.load();
        });
    };
    let tick = view! {
        <label class="tick">
            <input type="checkbox" prop:checked=move || is_on.get() on:change=switch aria-label=words />
        </label>
    };
    let opened = |open: Open| {
        let own = workflow.clone();
        move || known.open.set(Some((open, own.clone())))
    };
    let sure = say("workflow.sure", &[&name]);
    let delete = move || {
        if kit::is_sure(&sure) {
            let gone = move |_answer| known.load();
            kit::send(globals, "DELETE", path.clone(), None, gone);
        }
    };
    let label = view! { <span>{name.clone()}<br /><small>{about}</small></span> };
    kit::line(vec![
        tick.into_any(),
        label.into_any(),
        kit::labelled(
            t("workflow.logs"),
            say("workflow.logs-of", &[&name]),
            opened(Open::Logs),
        ),
        kit::icon("edit", say("workflow.edit", &[&name]), opened(Open::Edit)),
        kit::icon("trash", say("workflow.delete", &[&name]), delete),
    ])
}

/// Makes a workflow of a template, or an empty one. It does nothing before somebody has looked at it and switches it on.
fn new(known: Known) -> AnyView {
    let make = move |template: Option<Template>| {
        let body = match template {
            Some(template) => json!({
                "name": template.title,
                "description": template.description,
                "trigger": template.trigger,
                "steps": template.steps.iter().map(sent).collect::<Vec<_>>(),
                "enabled": false,
            }),
            None => json!({ "trigger": "AssetCreate", "enabled": false, "steps": [] }),
        };
        let path = "/workflows".to_owned();
        kit::send(known.globals, "POST", path, Some(body), move |answer| {
            known.load();
            // The answer lacks the steps (workflows.md section 1 of the contract).
            let path = format!("/workflows/{}", Workflow::from_value(&answer).id);
            kit::send(known.globals, "GET", path, None, move |answer| {
                put(
                    known.open,
                    Some((Open::Edit, Workflow::from_value(&answer))),
                );
            });
        });
    };
    let lines = move || {
        let line = |template: &Template| {
            let own = template.clone();
            let label = format!("{}: {}", t("workflow.use"), template.title);
            let words = template.description.clone();
            let name = template.title.clone();
            let about = view! { <span>{name}<br /><small>{words}</small></span> };
            let make = move || make(Some(own.clone()));
            kit::line(vec![
                about.into_any(),
                kit::labelled(t("workflow.use"), label, make),
            ])
        };
        known
            .templates
            .with(|templates| templates.iter().map(line).collect::<Views>())
    };
    let empty = kit::button(t("workflow.empty"), move || make(None));
    let parts = vec![kit::list(vec![kit::changing(lines)]), kit::row(vec![empty])];
    kit::panel(t("workflow.new"), parts)
}

/// How the last runs ended.
fn logs(known: Known, workflow: &Workflow) -> AnyView {
    let runs = RwSignal::new(None::<Vec<Run>>);
    let path = format!("/workflows/{}/logs", workflow.id);
    kit::send(known.globals, "GET", path, None, move |answer| {
        put(runs, Some(Vec::from_value(&answer)));
    });
    let lines = move || {
        let Some(runs) = runs.get() else {
            return Views::new();
        };
        if runs.is_empty() {
            return vec![kit::words(t("workflow.no-logs"))];
        }
        let lines = runs.iter().map(|run| run_line(known, run));
        vec![kit::list(lines.collect())]
    };
    let hint = (!workflow.logging).then(|| kit::words(t("workflow.not-logged")));
    let mut parts: Views = hint.into_iter().collect();
    parts.push(kit::changing(lines));
    parts.into_any()
}

fn run_line(known: Known, run: &Run) -> AnyView {
    let result = match run.result.as_str() {
        "completed" => t("workflow.completed"),
        "halted" => t("workflow.halted"),
        _ => t("workflow.failed"),
    };
    let step = run.last_step.as_ref().map(|step| {
        let (number, title) = ((step.index + 1).to_string(), known.title(&step.method));
        say("workflow.at-step", &[&number, &title])
    });
    let mut parts = vec![
        kit::name(format!("{result} {}", step.unwrap_or_default())),
        kit::small(format::here(&run.at)),
    ];
    if let Some(photo) = &run.trigger_data_id {
        let to = format!("/photos/{photo}");
        parts.push(view! { <Link to=to>{t("workflow.photo")}</Link> }.into_any());
    }
    kit::line(parts)
}
