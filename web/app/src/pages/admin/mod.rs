//! Administration: users, queues, numbers, maintenance.
mod queues;

use edge_web_core::model::{Statistics, User};
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::icons::IconButton;
use crate::pages::maintenance::BEGUN;
use crate::pages::settings::float;
use crate::pages::sign_in::Field;
use crate::route;
use queues::Queues;

/// All of it. The server answers 403 to everybody who is no administrator.
#[component]
pub fn Admin() -> impl IntoView {
    view! {
        <h1 class="page-title">{t("nav.admin")}</h1>
        <div class="panels">
            <Numbers />
            <Users />
            <Maintenance />
            <Queues />
        </div>
    }
}

#[component]
fn Numbers() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let numbers = RwSignal::new(Statistics::default());
    globals.run(api::get::<Statistics>("/server/statistics"), move |found| {
        put(numbers, found)
    });
    view! {
        <section class="panel">
            <h2>{t("admin.server")}</h2>
            {move || {
                let numbers = numbers.get();
                view! {
                    <dl>
                        <dt>{t("admin.photos")}</dt><dd>{numbers.photos}</dd>
                        <dt>{t("admin.videos")}</dt><dd>{numbers.videos}</dd>
                        <dt>{t("admin.usage")}</dt><dd>{format::bytes(numbers.usage)}</dd>
                    </dl>
                }
            }}
        </section>
    }
}

#[component]
fn Users() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let users = RwSignal::new(Vec::<User>::new());
    let load = move || {
        globals.run(api::get::<Vec<User>>("/admin/users"), move |found| {
            put(users, found)
        })
    };
    load();
    let (name, email, password) = (
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
    );
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = json!({ "name": name.get_untracked(), "email": email.get_untracked(), "password": password.get_untracked(), "shouldChangePassword": true });
        globals.run(api::act("POST", "/admin/users", Some(body)), move |()| {
            for field in [name, email, password] {
                field.set(String::new());
            }
            globals.tell(t("done.saved"));
            load();
        });
    };
    let delete = move |id: String, name: &str| {
        if window()
            .confirm_with_message(&say("admin.sure-user", &[name]))
            .unwrap_or(false)
        {
            globals.run(async move { api::act("DELETE", &format!("/admin/users/{id}"), Some(json!({}))).await }, move |()| load());
        }
    };
    view! {
        <section class="panel">
            <h2>{t("admin.users")}</h2>
            <ul class="list">
                {move || users.get().into_iter().map(|user| {
                    let (id, name) = (user.id.clone(), user.name.clone());
                    let role = if user.is_admin { t("admin.is-admin") } else { "" };
                    let used = user.quota_usage_in_bytes.map(|used| format::bytes(float(used)));
                    let label = say("admin.delete-user", &[&user.name]);
                    let button = (!user.is_admin).then(|| view! { <IconButton name="trash" label=label action=move || delete(id.clone(), &name) /> });
                    view! { <li class="line"><span>{user.name.clone()}<br /><small>{user.email.clone()}</small></span><small>{role}</small><small>{used}</small>{button}</li> }
                }).collect_view()}
            </ul>
            <form on:submit=create>
                <Field name="user-name" label=t("user.name") complete="off" value=name />
                <Field name="user-email" label=t("user.email") kind="email" complete="off" value=email />
                <Field name="user-password" label=t("user.password") kind="password" complete="new-password" value=password />
                <button type="submit" class="primary">{t("admin.make-user")}</button>
            </form>
        </section>
    }
}

/// The way into the maintenance mode; the way out is its own page.
#[component]
fn Maintenance() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let begin = move |_event| {
        let is_sure = window().confirm_with_message(t("maintenance.sure"));
        if !is_sure.unwrap_or(false) {
            return;
        }
        // The server tells all pages, also this one, to load anew: it is to be at the right address by then.
        route::name(BEGUN);
        leptos::task::spawn_local(async move {
            let body = json!({ "action": "start" });
            match api::act("POST", "/admin/maintenance", Some(body)).await {
                Ok(()) => drop(window().location().reload()),
                Err(failure) => {
                    route::name("/admin");
                    globals.fail(&failure);
                }
            }
        });
    };
    view! {
        <section class="panel">
            <h2>{t("maintenance.title")}</h2>
            <p>{t("maintenance.about")}</p>
            <button type="button" on:click=begin>{t("maintenance.begin")}</button>
        </section>
    }
}
