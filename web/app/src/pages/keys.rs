//! API keys: for programs that use the server as oneself, for everything or for some things only.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{ApiKey, NewKey};
use edge_web_core::permissions;
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::kit::{self, Views};
use crate::share::Dialog;

/// All keys, and a form for another one.
pub fn panel(globals: Globals) -> AnyView {
    let keys = RwSignal::new(Vec::<ApiKey>::new());
    let edited = RwSignal::new(None::<ApiKey>);
    let load = move || {
        kit::send(
            globals,
            "GET",
            "/api-keys".to_owned(),
            None,
            move |answer| {
                put(keys, Vec::from_value(&answer));
            },
        );
    };
    load();
    let lines = move || {
        let line = |key: &ApiKey| line(globals, key, edited, load);
        keys.with(|keys| keys.iter().map(line).collect::<Views>())
    };
    let parts = vec![kit::list(vec![kit::changing(lines)]), new(globals, load)];
    let close = move || edited.set(None);
    let dialog = move || {
        edited.get().map(|key| {
            view! {
                <Dialog title=key.name.clone() close=close>
                    {edit(globals, key, move || { close(); load(); })}
                </Dialog>
            }
            .into_any()
        })
    };
    vec![kit::panel(t("settings.keys"), parts), dialog.into_any()].into_any()
}

fn line(
    globals: Globals,
    key: &ApiKey,
    edited: RwSignal<Option<ApiKey>>,
    load: impl Fn() + Copy + 'static,
) -> AnyView {
    let may = if permissions::is_all(&key.permissions) {
        t("key.all").to_owned()
    } else {
        say("key.some", &[&key.permissions.len().to_string()])
    };
    let path = format!("/api-keys/{}", key.id);
    let own = key.clone();
    let edit = move || edited.set(Some(own.clone()));
    let remove = move || kit::send(globals, "DELETE", path.clone(), None, move |_answer| load());
    kit::line(vec![
        kit::name(key.name.clone()),
        kit::small(may),
        kit::small(format::here(&key.created_at)),
        kit::icon("edit", say("key.edit", &[&key.name]), edit),
        kit::icon("trash", say("settings.remove-key", &[&key.name]), remove),
    ])
}

/// Makes a key, which is shown once.
fn new(globals: Globals, load: impl Fn() + Copy + 'static) -> AnyView {
    let (name, secret) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let choice = Choice::new(&[permissions::ALL.to_owned()]);
    let mut fields = vec![kit::bare_field(t("settings.key-name"), name)];
    fields.extend(choice.draw());
    let create = move || {
        let Some(permissions) = choice.chosen(globals) else {
            return;
        };
        let body = json!({ "name": name.get_untracked(), "permissions": permissions });
        let path = "/api-keys".to_owned();
        kit::send(globals, "POST", path, Some(body), move |answer| {
            put(secret, NewKey::from_value(&answer).secret);
            put(name, String::new());
            load();
        });
    };
    let shown = move || {
        let secret = secret.get();
        if secret.is_empty() {
            return Views::new();
        }
        let words = view! { <p role="status">{t("settings.secret")} " " <code class="secret">{secret}</code></p> };
        vec![words.into_any()]
    };
    let form = kit::form(fields, t("settings.make-key"), create);
    vec![kit::changing(shown), form].into_any()
}

/// Name and permissions of a key.
fn edit(globals: Globals, key: ApiKey, done: impl Fn() + Copy + 'static) -> AnyView {
    let name = RwSignal::new(key.name);
    let choice = Choice::new(&key.permissions);
    let path = format!("/api-keys/{}", key.id);
    let mut fields = vec![kit::field(t("key.name"), "text", name)];
    fields.extend(choice.draw());
    let save = move || {
        if let Some(permissions) = choice.chosen(globals) {
            let body: Value = json!({ "name": name.get_untracked(), "permissions": permissions });
            kit::save(globals, "PUT", path.clone(), body, done);
        }
    };
    kit::form(fields, t("do.save"), save)
}

/// What a key may be used for.
struct Choice {
    is_all: RwSignal<bool>,
    groups: Vec<(&'static str, Vec<Tick>)>,
}

/// A permission, and whether it is ticked.
type Tick = (String, RwSignal<bool>);

impl Choice {
    /// With what a key has.
    fn new(held: &[String]) -> Self {
        let tick = |permission: String| {
            let is_held = held.contains(&permission);
            (permission, RwSignal::new(is_held))
        };
        let groups = permissions::groups().map(|group| {
            let ticks = group.permissions().into_iter().map(tick);
            (group.name, ticks.collect::<Vec<_>>())
        });
        Self {
            is_all: RwSignal::new(permissions::is_all(held)),
            groups: groups.collect(),
        }
    }

    fn draw(&self) -> Views {
        let (is_all, groups) = (self.is_all, self.groups.clone());
        let some = move || {
            if is_all.get() {
                return Views::new();
            }
            let fold = |(name, ticks): &(&'static str, Vec<Tick>)| {
                let ticks = ticks.iter();
                let ticks = ticks.map(|(permission, value)| kit::tick(permission.clone(), *value));
                kit::fold((*name).to_owned(), ticks.collect())
            };
            let folds: Views = groups.iter().map(fold).collect();
            vec![view! { <div class="permissions">{folds}</div> }.into_any()]
        };
        vec![kit::tick(t("key.all"), is_all), kit::changing(some)]
    }

    /// What is chosen; says so where nothing is.
    fn chosen(&self, globals: Globals) -> Option<Vec<String>> {
        let ticks = self.groups.iter().flat_map(|(_, ticks)| ticks);
        let ticked = ticks.filter(|(_, value)| value.get_untracked());
        let ticked = ticked.map(|(permission, _)| permission.clone()).collect();
        let chosen = permissions::chosen(self.is_all.get_untracked(), ticked);
        if chosen.is_none() {
            globals.notice.set(Some((t("key.none").to_owned(), true)));
        }
        chosen
    }
}
