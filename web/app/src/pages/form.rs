//! A form for all settings of an object: of the server, or of a person.
use edge_web_core::settings::{self, Field, Kind};
use leptos::prelude::*;
use serde_json::Value;

use crate::app::Globals;
use crate::format::t;
use crate::kit::{self, Views};

/// A setting and what its field shows.
#[derive(Clone)]
struct Shown {
    field: Field,
    text: RwSignal<String>,
}

/// Folds of fields, one for each part of `value`; `save` gets the changed object. `defaults` is what a button brings back.
pub fn all(
    globals: Globals,
    value: Value,
    defaults: Option<Value>,
    save: impl Fn(Value) + 'static,
) -> AnyView {
    let shown: Vec<Shown> = settings::fields(&value)
        .into_iter()
        .map(|field| {
            let text = RwSignal::new(settings::shown(&value, &field.path));
            Shown { field, text }
        })
        .collect();
    let mut folds = Views::new();
    let mut rest = shown.as_slice();
    while let Some(first) = rest.first() {
        let (group, _) = settings::names(&first.field.path);
        let is_in = |shown: &Shown| settings::names(&shown.field.path).0 == group;
        let end = rest.iter().position(|shown| !is_in(shown));
        let (own, others) = rest.split_at(end.unwrap_or(rest.len()));
        rest = others;
        let mut parts: Views = own.iter().map(draw).collect();
        if let Some(defaults) = defaults.clone() {
            parts.push(reset(own.to_vec(), defaults));
        }
        folds.push(kit::fold(group, parts));
    }
    let submit = move || {
        let mut made = value.clone();
        for Shown { field, text } in &shown {
            if !settings::put(&mut made, field, &text.get_untracked()) {
                let (group, name) = settings::names(&field.path);
                let words = crate::format::say("form.not-a-number", &[&format!("{group}: {name}")]);
                globals.notice.set(Some((words, true)));
                return;
            }
        }
        save(made);
    };
    kit::form(folds, t("do.save"), submit)
}

/// Brings the defaults of a part back into its fields.
fn reset(own: Vec<Shown>, defaults: Value) -> AnyView {
    kit::button(t("form.defaults"), move || {
        for Shown { field, text } in &own {
            text.set(settings::shown(&defaults, &field.path));
        }
    })
}

fn draw(shown: &Shown) -> AnyView {
    let (_, name) = settings::names(&shown.field.path);
    let text = shown.text;
    match shown.field.kind {
        Kind::Flag => view! {
            <label class="tick">
                <input
                    type="checkbox"
                    prop:checked=move || text.with(|text| text == "true")
                    on:change=move |event| text.set(event_target_checked(&event).to_string())
                />
                {name}
            </label>
        }
        .into_any(),
        Kind::Number => kit::field(name, "number", text),
        Kind::Secret => kit::field(name, "new-password", text),
        Kind::Text => kit::area(name, text),
        Kind::Words | Kind::List => kit::field(name, "text", text),
        Kind::Choice(words) => {
            let options = words
                .iter()
                .map(|word| ((*word).to_owned(), (*word).to_owned()));
            kit::choice(name, options.collect(), text)
        }
        Kind::Choices(words) => {
            let ticks = words
                .iter()
                .map(|word| kit::some((*word).to_owned(), (*word).to_owned(), text));
            kit::group(name, ticks.collect())
        }
    }
}
