//! Partners: who sees all of one's photos, and whose photos one sees.
use edge_web_core::model::{Partner, User};
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{say, t};
use crate::icons::IconButton;

/// Both directions.
#[component]
pub fn Partners() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let (users, by, with) = (
        RwSignal::new(Vec::<User>::new()),
        RwSignal::new(Vec::<Partner>::new()),
        RwSignal::new(Vec::<Partner>::new()),
    );
    globals.run(api::get::<Vec<User>>("/users"), move |found| {
        put(users, found)
    });
    let load = move || {
        for (path, list) in [
            ("/partners?direction=shared-by", by),
            ("/partners?direction=shared-with", with),
        ] {
            globals.run(api::get::<Vec<Partner>>(path), move |found| {
                put(list, found)
            });
        }
    };
    load();
    let has_any = move || with.with(|with| !with.is_empty());
    view! {
        <section class="panel">
            <h2>{t("partners.title")}</h2>
            <p>{t("partners.hint")}</p>
            <Given users=users by=by reload=load />
            <Show when=has_any>
                <h3>{t("partners.with")}</h3>
                <ul class="list">
                    {move || with.get().into_iter().map(|partner| view! { <Received partner=partner /> }).collect_view()}
                </ul>
            </Show>
        </section>
    }
}

/// Who sees one's own photos, and who might.
#[component]
fn Given(
    users: RwSignal<Vec<User>>,
    by: RwSignal<Vec<Partner>>,
    reload: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let add = move |id: String| {
        let body = json!({ "sharedWithId": id });
        globals.run(api::act("POST", "/partners", Some(body)), move |()| {
            reload()
        });
    };
    let remove = move |id: String| {
        globals.run(
            async move { api::act("DELETE", &format!("/partners/{id}"), None).await },
            move |()| reload(),
        );
    };
    let others = move || {
        let own = globals
            .user
            .with(|user| user.as_ref().map(|user| user.id.clone()));
        let by = by.get();
        let mut users = users.get();
        users.retain(|user| {
            Some(&user.id) != own.as_ref() && !by.iter().any(|partner| partner.id == user.id)
        });
        users
    };
    view! {
        <ul class="list">
            {move || by.get().into_iter().map(|partner| {
                let (id, label) = (partner.id.clone(), say("partners.remove", &[&partner.name]));
                view! { <li class="line"><span>{partner.name.clone()}</span><IconButton name="close" label=label action=move || remove(id.clone()) /></li> }
            }).collect_view()}
            {move || others().into_iter().map(|user| {
                let (id, label) = (user.id.clone(), say("partners.add", &[&user.name]));
                view! { <li class="line"><span>{user.name.clone()}</span><IconButton name="add" label=label action=move || add(id.clone()) /></li> }
            }).collect_view()}
        </ul>
    }
}

/// Somebody whose photos one sees.
#[component]
fn Received(partner: Partner) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let path = StoredValue::new(format!("/partners/{}", partner.id));
    let change = move |event| {
        let body = json!({ "inTimeline": event_target_checked(&event) });
        let path = path.get_value();
        globals.run(
            async move { api::act("PUT", &path, Some(body)).await },
            move |()| globals.changed(),
        );
    };
    view! {
        <li class="line">
            <span>{partner.name.clone()}</span>
            <label class="tick">
                <input type="checkbox" name="in-timeline" checked=partner.in_timeline on:change=change />
                {t("partners.timeline")}
            </label>
        </li>
    }
}
