//! Parts that pages are put together from. None is generic: each page of its own views would bring code of its own for all of them,
//! and the first visit has a limit (docs/web.md).
use edge_web_core::workflows::{ticked, words as listed};
use leptos::prelude::*;
use serde_json::Value;

use crate::api;
use crate::app::Globals;
use crate::format::t;
use crate::icons::IconButton;
use crate::route::Link;

/// What stands beside or below each other.
pub type Views = Vec<AnyView>;

/// Sends a request; `done` gets the answer, and what went wrong is told.
pub fn send(
    globals: Globals,
    method: &'static str,
    path: String,
    body: Option<Value>,
    done: impl FnOnce(Value) + 'static,
) {
    send_boxed(globals, method, path, body, Box::new(done));
}

fn send_boxed(
    globals: Globals,
    method: &'static str,
    path: String,
    body: Option<Value>,
    done: Box<dyn FnOnce(Value)>,
) {
    let request = async move {
        let text = api::send(method, &path, body).await?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        api::parsed(&text)
    };
    globals.run(request, done);
}

/// Asks now, and again whenever something has changed.
pub fn follow(globals: Globals, ask: impl Fn() + 'static) {
    follow_boxed(globals, Box::new(ask));
}

fn follow_boxed(globals: Globals, ask: Box<dyn Fn()>) {
    Effect::new(move |_| {
        globals.changes.track();
        untrack(&ask);
    });
}

/// Tells the answer to the last request from those to earlier ones, which may come after it.
#[derive(Clone, Copy)]
pub struct Rounds(StoredValue<u32>);

impl Rounds {
    /// Before the first request.
    pub fn new() -> Self {
        Self(StoredValue::new(0))
    }

    /// A request is made; what is returned says whether it is still the last one, and its page there.
    pub fn begin(self) -> impl Fn() -> bool + Copy {
        let own = self.0.try_update_value(|round| {
            *round = round.wrapping_add(1);
            *round
        });
        move || own.is_some() && self.0.try_get_value() == own
    }
}

/// As [`send`], and tells that it is saved.
pub fn save(
    globals: Globals,
    method: &'static str,
    path: String,
    body: Value,
    done: impl FnOnce() + 'static,
) {
    send(globals, method, path, Some(body), move |_answer| {
        globals.tell(t("done.saved"));
        done();
    });
}

/// Whether the person is sure.
pub fn is_sure(words: &str) -> bool {
    window().confirm_with_message(words).unwrap_or(false)
}

/// Drawn anew when what it shows changes.
pub fn changing(draw: impl Fn() -> Views + Send + 'static) -> AnyView {
    changing_boxed(Box::new(draw))
}

fn changing_boxed(draw: Box<dyn Fn() -> Views + Send>) -> AnyView {
    (move || draw()).into_any()
}

/// Drawn while it is so, and not anew while it stays so.
pub fn when(
    is_so: impl Fn() -> bool + Send + Sync + 'static,
    draw: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    when_boxed(Box::new(is_so), Box::new(draw))
}

fn when_boxed(
    is_so: Box<dyn Fn() -> bool + Send + Sync>,
    draw: Box<dyn Fn() -> AnyView + Send>,
) -> AnyView {
    let is_so = Memo::new(move |_| is_so());
    changing(move || is_so.get().then(&draw).into_iter().collect())
}

/// A part of a list that changes: it is drawn once for each key, and stays while that is there.
pub type Lasting = (String, Box<dyn FnOnce() -> AnyView + Send>);

/// Draws what is new of a list and leaves the rest as it is, with what somebody has ticked there.
pub fn lasting(parts: impl Fn() -> Vec<Lasting> + Send + 'static) -> AnyView {
    lasting_boxed(Box::new(parts))
}

fn lasting_boxed(parts: Box<dyn Fn() -> Vec<Lasting> + Send>) -> AnyView {
    let key = |(key, _): &Lasting| key.clone();
    let draw = |(_, draw): Lasting| draw();
    view! { <For each=parts key=key children=draw /> }.into_any()
}

/// A part of a page with a name.
pub fn panel(title: impl Into<String>, inside: Views) -> AnyView {
    let title: String = title.into();
    view! {
        <section class="panel">
            <h2>{title}</h2>
            {inside}
        </section>
    }
    .into_any()
}

/// As [`panel`], as wide as the page.
pub fn wide_panel(title: String, inside: Views) -> AnyView {
    view! {
        <section class="panel wide">
            <h2>{title}</h2>
            {inside}
        </section>
    }
    .into_any()
}

/// A paragraph.
pub fn words(text: impl Into<String>) -> AnyView {
    let text: String = text.into();
    view! { <p>{text}</p> }.into_any()
}

/// Words within a line, which take the room that is left.
pub fn name(text: impl Into<String>) -> AnyView {
    let text: String = text.into();
    view! { <span>{text}</span> }.into_any()
}

/// Small words within a line.
pub fn small(text: impl Into<String>) -> AnyView {
    let text: String = text.into();
    view! { <small>{text}</small> }.into_any()
}

/// A list of lines.
pub fn list(lines: Views) -> AnyView {
    view! { <ul class="list">{lines}</ul> }.into_any()
}

/// A line of a list.
pub fn line(inside: Views) -> AnyView {
    view! { <li class="line">{inside}</li> }.into_any()
}

/// Things beside each other that go to the next line where there is no room.
pub fn row(inside: Views) -> AnyView {
    view! { <div class="row">{inside}</div> }.into_any()
}

/// A list of cards.
pub fn cards(inside: Views) -> AnyView {
    view! { <ul class="cards">{inside}</ul> }.into_any()
}

/// A card that leads somewhere.
pub fn card(to: String, picture: String, name: String, more: Views) -> AnyView {
    view! {
        <li>
            <Link to=to class="card">
                <img src=picture alt="" loading="lazy" />
                <span class="card-name">{name}</span>
            </Link>
            {more}
        </li>
    }
    .into_any()
}

/// A button with words.
pub fn button(words: impl Into<String>, action: impl Fn() + 'static) -> AnyView {
    button_boxed(words.into(), None, Box::new(action))
}

/// A button whose words do not tell what it is about; `label` does.
pub fn labelled(words: &'static str, label: String, action: impl Fn() + 'static) -> AnyView {
    button_boxed(words.to_owned(), Some(label), Box::new(action))
}

fn button_boxed(words: String, label: Option<String>, action: Box<dyn Fn()>) -> AnyView {
    view! { <button type="button" aria-label=label on:click=move |_event| action()>{words}</button> }
        .into_any()
}

/// A button with an icon.
pub fn icon(name: &'static str, label: impl Into<String>, action: impl Fn() + 'static) -> AnyView {
    let label: String = label.into();
    view! { <IconButton name=name label=label action=action /> }.into_any()
}

/// A form with its button.
pub fn form(inside: Views, words: &'static str, submit: impl Fn() + 'static) -> AnyView {
    form_boxed("", inside, words, Box::new(submit))
}

/// A form in one line.
pub fn short_form(inside: Views, words: &'static str, submit: impl Fn() + 'static) -> AnyView {
    form_boxed("line", inside, words, Box::new(submit))
}

fn form_boxed(
    class: &'static str,
    inside: Views,
    words: &'static str,
    submit: Box<dyn Fn()>,
) -> AnyView {
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        submit();
    };
    view! {
        <form class=class on:submit=submit>
            {inside}
            <button type="submit" class="primary">{words}</button>
        </form>
    }
    .into_any()
}

/// A field of a form with its label above; `kind` is that of the browser, or `new-password`: one that the browser does not fill with the
/// password of the one who is signed in.
pub fn field(label: impl Into<String>, kind: &'static str, value: RwSignal<String>) -> AnyView {
    let label: String = label.into();
    // Without it the browser refuses fractions and seconds.
    let step = matches!(kind, "number" | "datetime-local").then_some("any");
    let (kind, complete) = if kind == "new-password" {
        ("password", kind)
    } else {
        (kind, "off")
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                type=kind
                step=step
                autocomplete=complete
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
        </label>
    }
    .into_any()
}

/// As [`field`], for words of several lines: a field in one line would lose where they end.
pub fn area(label: impl Into<String>, value: RwSignal<String>) -> AnyView {
    let label: String = label.into();
    view! {
        <label class="field">
            <span>{label}</span>
            <textarea rows="6" prop:value=move || value.get() on:input=move |event| value.set(event_target_value(&event))></textarea>
        </label>
    }
    .into_any()
}

/// A field without a label that is seen.
pub fn bare_field(label: &'static str, value: RwSignal<String>) -> AnyView {
    view! {
        <input
            aria-label=label
            placeholder=label
            autocomplete="off"
            required=true
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
        />
    }
    .into_any()
}

/// Something to be ticked.
pub fn tick(label: impl Into<String>, value: RwSignal<bool>) -> AnyView {
    let label: String = label.into();
    view! {
        <label class="tick">
            <input type="checkbox" prop:checked=move || value.get() on:change=move |event| value.set(event_target_checked(&event)) />
            {label}
        </label>
    }
    .into_any()
}

/// One of several: what is kept and what is shown of each.
pub fn choice(
    label: impl Into<String>,
    options: Vec<(String, String)>,
    value: RwSignal<String>,
) -> AnyView {
    let label: String = label.into();
    let options: Views = options
        .into_iter()
        .map(|(key, words)| {
            let is_chosen = value.with_untracked(|value| *value == key);
            view! { <option value=key selected=is_chosen>{words}</option> }.into_any()
        })
        .collect();
    view! {
        <label class="field">
            <span>{label}</span>
            <select prop:value=move || value.get() on:change=move |event| value.set(event_target_value(&event))>{options}</select>
        </label>
    }
    .into_any()
}

/// One of several that may be ticked.
pub fn some(key: String, title: String, text: RwSignal<String>) -> AnyView {
    let kept = StoredValue::new(key);
    let is_in = move || {
        let key = kept.get_value();
        text.with(|text| listed(text).contains(&key))
    };
    let change = move |event| {
        let is_in = event_target_checked(&event);
        let key = kept.get_value();
        text.update(|text| *text = ticked(text, &key, is_in));
    };
    view! {
        <label class="tick">
            <input type="checkbox" prop:checked=is_in on:change=change />
            {title}
        </label>
    }
    .into_any()
}

/// Several ticks for one thing.
pub fn group(title: String, inside: Views) -> AnyView {
    view! {
        <fieldset>
            <legend>{title}</legend>
            {inside}
        </fieldset>
    }
    .into_any()
}

/// A part that is closed at first.
pub fn fold(title: String, inside: Views) -> AnyView {
    view! {
        <details>
            <summary>{title}</summary>
            {inside}
        </details>
    }
    .into_any()
}

/// Words where there is nothing.
pub fn empty(words: &'static str) -> AnyView {
    view! { <p class="empty">{words}</p> }.into_any()
}
