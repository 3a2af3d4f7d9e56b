//! Administration: users, queues, numbers, libraries, backups, settings, maintenance.
mod queues;
mod settings;
mod storage;
mod users;

use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::Globals;
use crate::format::t;
use crate::pages::maintenance::BEGUN;
use crate::route;
use queues::Queues;
use users::Users;

/// All of it. The server answers 403 to everybody who is no administrator.
#[component]
pub fn Admin() -> impl IntoView {
    let globals = expect_context::<Globals>();
    view! {
        <h1 class="page-title">{t("nav.admin")}</h1>
        <div class="panels">
            {storage::numbers(globals)}
            <Users />
            {storage::libraries(globals)}
            {storage::backups(globals)}
            <Maintenance />
            <Queues />
            {settings::panel(globals)}
        </div>
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
