//! Administration: users, queues, numbers, libraries, backups, checks of the files, settings, maintenance.
mod backups;
mod integrity;
mod libraries;
mod queues;
mod settings;
mod storage;
mod users;

use leptos::prelude::*;
use serde_json::json;

use crate::app::Globals;
use crate::format::t;
use crate::kit;
use crate::pages::maintenance;
use queues::Queues;
use users::Users;

pub use backups::choice as restore;

/// All of it. The server answers 403 to everybody who is no administrator.
#[component]
pub fn Admin() -> impl IntoView {
    let globals = expect_context::<Globals>();
    view! {
        <h1 class="page-title">{t("nav.admin")}</h1>
        <div class="panels">
            {storage::numbers(globals)}
            <Users />
            {libraries::panel(globals)}
            {backups::panel(globals)}
            {integrity::panel(globals)}
            {maintenance_panel(globals)}
            <Queues />
            {settings::panel(globals)}
        </div>
    }
}

/// The way into the maintenance mode; the way out is its own page.
fn maintenance_panel(globals: Globals) -> AnyView {
    let begin = move || {
        if kit::is_sure(t("maintenance.sure")) {
            let body = json!({ "action": "start" });
            maintenance::begin(globals, "/admin/maintenance", Some(body));
        }
    };
    let parts = vec![
        kit::words(t("maintenance.about")),
        kit::button(t("maintenance.begin"), begin),
    ];
    kit::panel(t("maintenance.title"), parts)
}
