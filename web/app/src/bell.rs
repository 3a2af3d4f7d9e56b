//! The bell: notifications that nobody has read yet.
use edge_web_core::model::Notification;
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::icons::{Icon, IconButton};
use crate::share::Dialog;

/// The button with its number, and the list that it opens.
#[component]
pub fn Bell() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let unread = RwSignal::new(Vec::<Notification>::new());
    let is_open = RwSignal::new(false);
    Effect::new(move |_| {
        globals.notifications.track();
        globals.run(
            api::get::<Vec<Notification>>("/notifications?unread=true"),
            move |found| put(unread, found),
        );
    });
    let count = move || unread.with(Vec::len);
    let label = move || say("bell.label", &[&count().to_string()]);
    view! {
        <button type="button" class="icon-button bell" aria-label=label title=label on:click=move |_event| is_open.set(true)>
            <Icon name="bell" />
            <Show when=move || count() != 0>
                <span class="count" aria-hidden="true">{count}</span>
            </Show>
        </button>
        <Show when=move || is_open.get()>
            <Dialog title=t("bell.title") close=move || is_open.set(false)>
                <Unread unread=unread />
            </Dialog>
        </Show>
    }
}

#[component]
fn Unread(unread: RwSignal<Vec<Notification>>) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let read = move |ids: Vec<String>| {
        let now: String = js_sys::Date::new_0().to_iso_string().into();
        let body = json!({ "ids": ids, "readAt": now });
        globals.run(api::act("PUT", "/notifications", Some(body)), move |()| {
            globals.notifications.update(|count| *count += 1);
        });
    };
    let all = move |_event| {
        let ids = unread.with_untracked(|unread| unread.iter().map(|it| it.id.clone()).collect());
        read(ids);
    };
    let is_empty = move || unread.with(Vec::is_empty);
    view! {
        <Show when=is_empty>
            <p>{t("bell.none")}</p>
        </Show>
        <ul class="list">
            {move || unread.get().into_iter().map(|notification| {
                let id = notification.id.clone();
                let label = say("bell.read", &[&notification.title]);
                view! {
                    <li class="line">
                        <span>
                            {notification.title.clone()}<br />
                            {notification.description.clone()}<br />
                            <small>{format::here(&notification.created_at)}</small>
                        </span>
                        <IconButton name="check" label=label action=move || read(vec![id.clone()]) />
                    </li>
                }
            }).collect_view()}
        </ul>
        <Show when=move || !is_empty()>
            <button type="button" class="primary" on:click=all>{t("bell.read-all")}</button>
        </Show>
    }
}
