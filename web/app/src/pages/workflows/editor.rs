//! The form of a workflow: its name, what starts it, and its steps one after the other.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Album, Step, Workflow};
use edge_web_core::workflows::{Kind, Setting, config, sent, settings};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::{Known, trigger_of};
use crate::app::put;
use crate::format::{say, t};
use crate::kit::{self, Views};

/// A step as the form shows it.
#[derive(Clone)]
struct Draft {
    method: String,
    title: String,
    about: String,
    /// What it holds where the server's methods do not say what can be asked.
    config: Value,
    is_on: RwSignal<bool>,
    settings: Vec<(Setting, RwSignal<String>)>,
}

impl Draft {
    fn new(known: Known, step: &Step) -> Self {
        let method = known.methods.with_untracked(|methods| {
            let found = methods.iter().find(|it| it.key == step.method);
            found.cloned()
        });
        let (title, about, schema) = match method {
            Some(method) => (method.title, method.description, method.schema),
            None => (step.method.clone(), String::new(), Value::Null),
        };
        let with_text = |setting: Setting| {
            let text = RwSignal::new(setting.text.clone());
            (setting, text)
        };
        let settings = settings(&schema, &step.config);
        Self {
            method: step.method.clone(),
            title,
            about,
            config: step.config.clone(),
            is_on: RwSignal::new(step.enabled.unwrap_or(true)),
            settings: settings.into_iter().map(with_text).collect(),
        }
    }

    /// The step as the server wants it. Errors: what is missing or no number.
    fn read(&self) -> Result<Value, String> {
        let shown = self.settings.iter().map(|(setting, text)| Setting {
            text: text.get_untracked(),
            ..setting.clone()
        });
        let config = if self.settings.is_empty() {
            self.config.clone()
        } else {
            let shown: Vec<Setting> = shown.collect();
            config(&shown).map_err(|title| format!("{}: {title}", self.title))?
        };
        Ok(sent(&Step {
            method: self.method.clone(),
            config,
            enabled: Some(self.is_on.get_untracked()),
        }))
    }
}

/// What the form works on.
#[derive(Clone, Copy)]
struct Editor {
    known: Known,
    drafts: RwSignal<Vec<Draft>>,
    albums: RwSignal<Vec<Album>>,
}

/// All of it; `done` runs when it is saved.
pub(super) fn form(known: Known, workflow: Workflow, done: impl Fn() + Copy + 'static) -> AnyView {
    let drafts = workflow.steps.iter().map(|step| Draft::new(known, step));
    let editor = Editor {
        known,
        drafts: RwSignal::new(drafts.collect()),
        albums: RwSignal::default(),
    };
    let asked = "/albums".to_owned();
    kit::send(known.globals, "GET", asked, None, move |answer| {
        put(editor.albums, Vec::from_value(&answer));
    });
    let path = format!("/workflows/{}", workflow.id);
    let name = RwSignal::new(workflow.name.unwrap_or_default());
    let about = RwSignal::new(workflow.description.unwrap_or_default());
    let trigger = RwSignal::new(workflow.trigger);
    let logging = RwSignal::new(workflow.logging);
    let save = move || {
        let steps = editor.drafts.with_untracked(|drafts| {
            let steps = drafts.iter().map(Draft::read);
            steps.collect::<Result<Vec<Value>, String>>()
        });
        let steps = match steps {
            Ok(steps) => steps,
            Err(title) => {
                let words = say("form.not-a-number", &[&title]);
                known.globals.notice.set(Some((words, true)));
                return;
            }
        };
        let body = json!({
            "name": name.get_untracked(),
            "description": about.get_untracked(),
            "trigger": trigger.get_untracked(),
            "logging": logging.get_untracked(),
            "steps": steps,
        });
        kit::save(known.globals, "PUT", path.clone(), body, done);
    };
    let triggers = known.triggers.with_untracked(|triggers| {
        let triggers = triggers.iter().map(|it| it.trigger.clone());
        triggers
            .map(|key| (key.clone(), trigger_of(&key)))
            .collect::<Vec<_>>()
    });
    let fields = vec![
        kit::field(t("workflow.name"), "text", name),
        kit::field(t("info.description"), "text", about),
        kit::choice(t("workflow.trigger"), triggers, trigger),
        kit::tick(t("workflow.logging"), logging),
        kit::changing(move || steps(editor)),
        added(editor),
    ];
    kit::form(fields, t("do.save"), save)
}

fn steps(editor: Editor) -> Views {
    let drafts = editor.drafts.get().into_iter().enumerate();
    drafts.map(|(at, draft)| step(editor, at, draft)).collect()
}

/// A step, closed at first.
fn step(editor: Editor, at: usize, draft: Draft) -> AnyView {
    let title = format!("{}. {}", at + 1, draft.title);
    let mut parts = vec![
        kit::words(draft.about),
        kit::tick(t("workflow.step-on"), draft.is_on),
    ];
    let shown = draft.settings.into_iter();
    parts.extend(shown.map(|(setting, text)| field(editor, setting, text)));
    let mut buttons = Views::new();
    if at > 0 {
        let label = format!("{}: {title}", t("workflow.up"));
        buttons.push(kit::labelled(t("workflow.up"), label, move || {
            editor.drafts.update(|drafts| drafts.swap(at - 1, at));
        }));
    }
    let label = format!("{}: {title}", t("workflow.remove"));
    buttons.push(kit::labelled(t("workflow.remove"), label, move || {
        editor.drafts.update(|drafts| drop(drafts.remove(at)));
    }));
    parts.push(kit::row(buttons));
    kit::fold(title, parts)
}

/// One more step.
fn added(editor: Editor) -> AnyView {
    let known = editor.known;
    let methods = known.methods.with_untracked(|methods| {
        let methods = methods.iter();
        methods
            .map(|method| (method.key.clone(), method.title.clone()))
            .collect::<Vec<_>>()
    });
    let first = methods.first().map(|(key, _)| key.clone());
    let method = RwSignal::new(first.unwrap_or_default());
    let add = move || {
        let step = Step {
            method: method.get_untracked(),
            config: json!({}),
            enabled: Some(true),
        };
        let draft = Draft::new(known, &step);
        editor.drafts.update(|drafts| drafts.push(draft));
    };
    kit::row(vec![
        kit::choice(t("workflow.step"), methods, method),
        kit::button(t("workflow.add"), add),
    ])
}

fn field(editor: Editor, setting: Setting, text: RwSignal<String>) -> AnyView {
    let title = setting.title;
    match setting.kind {
        Kind::Flag => flag(title, text),
        Kind::Number => kit::field(title, "number", text),
        Kind::Words | Kind::List => kit::field(title, "text", text),
        Kind::Choice(words) => {
            let none = (String::new(), String::new());
            let words = words.into_iter().map(|word| (word.clone(), word));
            let options = std::iter::once(none).chain(words);
            kit::choice(title, options.collect(), text)
        }
        Kind::Choices(words) => {
            let ticks = words
                .into_iter()
                .map(|word| kit::some(word.clone(), word, text));
            kit::group(title, ticks.collect())
        }
        Kind::Albums => {
            let draw = move || {
                let tick =
                    |album: &Album| kit::some(album.id.clone(), album.album_name.clone(), text);
                editor
                    .albums
                    .with(|albums| albums.iter().map(tick).collect::<Views>())
            };
            kit::group(title, vec![kit::changing(draw)])
        }
    }
}

/// On or off.
fn flag(title: String, text: RwSignal<String>) -> AnyView {
    view! {
        <label class="tick">
            <input
                type="checkbox"
                prop:checked=move || text.with(|text| text == "true")
                on:change=move |event| text.set(event_target_checked(&event).to_string())
            />
            {title}
        </label>
    }
    .into_any()
}
