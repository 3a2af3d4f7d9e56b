//! One's own account: profile, password, PIN, devices, API keys, preferences.
use edge_web_core::model::Session;
use leptos::prelude::*;
use serde_json::json;

use crate::albums::links;
use crate::api;
use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::icons::IconButton;
use crate::kit;
use crate::pages::linked::Linked;
use crate::pages::sign_in::Field;
use crate::pages::{keys, partners, pin, preferences, profile};
use crate::route::Link;
use crate::shell::further;

/// All of it.
#[component]
pub fn Settings() -> impl IntoView {
    let globals = expect_context::<Globals>();
    view! {
        <h1 class="page-title">{t("nav.settings")}</h1>
        <div class="panels">
            {profile::panel(globals)}
            {profile::picture(globals)}
            <Password />
            {pin::panel(globals)}
            <Devices />
            {keys::panel(globals)}
            <Linked />
            {partners::panel(globals)}
            {links::panel(globals)}
            {preferences::panel(globals)}
        </div>
        <p class="further-links">
            {further().map(|(path, _, text, _)| view! { <Link to=path>{text}</Link> })}
            <Link to="/workflows">{t("nav.workflows")}</Link>
            <Link to="/about">{t("nav.about")}</Link>
        </p>
    }
}

#[component]
fn Password() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let (old, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let others = RwSignal::new(true);
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = json!({ "password": old.get_untracked(), "newPassword": new.get_untracked(), "invalidateSessions": others.get_untracked() });
        globals.run(
            api::act("POST", "/auth/change-password", Some(body)),
            move |()| {
                old.set(String::new());
                new.set(String::new());
                globals.user.update(|user| {
                    if let Some(user) = user {
                        user.should_change_password = false;
                    }
                });
                globals.tell(t("done.saved"));
            },
        );
    };
    view! {
        <section class="panel">
            <h2>{t("settings.password")}</h2>
            <form on:submit=save>
                <Field name="old-password" label=t("settings.old-password") kind="password" complete="current-password" value=old />
                <Field name="new-password" label=t("settings.new-password") kind="password" complete="new-password" value=new />
                <label class="tick">
                    <input type="checkbox" name="others" prop:checked=move || others.get() on:change=move |event| others.set(event_target_checked(&event)) />
                    {t("settings.end-others")}
                </label>
                <button type="submit" class="primary">{t("do.save")}</button>
            </form>
        </section>
    }
}

#[component]
fn Devices() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let sessions = RwSignal::new(Vec::<Session>::new());
    let rounds = kit::Rounds::new();
    let load = move || {
        let is_last = rounds.begin();
        globals.run(api::get::<Vec<Session>>("/sessions"), move |found| {
            if is_last() {
                put(sessions, found);
            }
        })
    };
    kit::follow(globals, load);
    let end = move |id: String| {
        globals.run(
            async move { api::act("DELETE", &format!("/sessions/{id}"), None).await },
            move |()| load(),
        );
    };
    let end_others = move || {
        if kit::is_sure(t("settings.sure-others")) {
            globals.run(api::act("DELETE", "/sessions", None), move |()| load());
        }
    };
    view! {
        <section class="panel">
            <h2>{t("settings.devices")}</h2>
            <ul class="list">
                {move || sessions.get().into_iter().map(|session| {
                    let id = session.id.clone();
                    let names = [session.device_type.as_str(), session.device_os.as_str()];
                    let name = names.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(", ");
                    let name = if name.is_empty() { t("settings.unknown-device").to_owned() } else { name };
                    let when = if session.current { t("settings.this-device").to_owned() } else { format::here(&session.updated_at) };
                    let label = say("settings.end-device", &[&name]);
                    let button = (!session.current).then(|| view! { <IconButton name="close" label=label action=move || end(id.clone()) /> });
                    view! { <li class="line"><span>{name}</span><small>{when}</small>{button}</li> }
                }).collect_view()}
            </ul>
            {kit::row(vec![kit::button(t("settings.end-others"), end_others)])}
        </section>
    }
}
