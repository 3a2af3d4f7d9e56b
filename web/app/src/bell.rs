//! What one is told: a bell with the number of news, and the list behind it.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::Notification;
use leptos::prelude::*;
use serde_json::json;

use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::icons::IconButton;
use crate::kit::{self, Views};
use crate::share::Dialog;

/// The bell. It asks again whenever something has changed.
#[component]
pub fn Bell() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let news = RwSignal::new(Vec::<Notification>::new());
    let is_open = RwSignal::new(false);
    let load = move || {
        let path = "/notifications?unread=true".to_owned();
        kit::send(globals, "GET", path, None, move |answer| {
            put(news, Vec::from_value(&answer))
        });
    };
    Effect::new(move |_| {
        globals.changes.track();
        load();
    });
    let count = move || news.with(Vec::len);
    let label = move || match count() {
        0 => t("bell.label").to_owned(),
        count => say("bell.count", &[&count.to_string()]),
    };
    let badge = move || {
        (count() > 0).then(|| view! { <span class="badge" aria-hidden="true">{count()}</span> })
    };
    view! {
        <span class="bell">
            <IconButton name="bell" label=Signal::derive(label) action=move || is_open.set(true) />
            {badge}
        </span>
        <Show when=move || is_open.get()>
            <Dialog title=t("bell.label") close=move || is_open.set(false)>
                {list(globals, news, load)}
            </Dialog>
        </Show>
    }
}

fn list(
    globals: Globals,
    news: RwSignal<Vec<Notification>>,
    load: impl Fn() + Copy + Send + 'static,
) -> AnyView {
    let draw = move || {
        let news = news.get();
        if news.is_empty() {
            return vec![kit::words(t("bell.none"))];
        }
        let ids: Vec<String> = news.iter().map(|it| it.id.clone()).collect();
        let lines: Views = news.into_iter().map(line).collect();
        let read = kit::button(t("bell.read"), move || {
            let body = json!({ "ids": ids, "readAt": format::now() });
            kit::send(
                globals,
                "PUT",
                "/notifications".to_owned(),
                Some(body),
                move |_answer| load(),
            );
        });
        vec![kit::list(lines), read]
    };
    kit::changing(draw)
}

fn line(news: Notification) -> AnyView {
    let when = format::here(&news.created_at);
    view! { <li><strong>{news.title}</strong><br />{news.description}<br /><small>{when}</small></li> }.into_any()
}
