//! What everybody sees while the server is in maintenance: that it is, how far, and for whoever began it the way out.
use std::time::Duration;

use edge_web_core::model::Maintenance as Status;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Value, json};

use crate::api;
use crate::app::{Globals, put};
use crate::format::{number, say, t};
use crate::route;

/// How often to ask whether it is over.
const AGAIN: Duration = Duration::from_secs(5);
/// The address that whoever begins it goes to: the cookie that ends it cannot be read.
pub const BEGUN: &str = "/maintenance?begun=1";

/// Begins the mode with a request to `path`. The server tells all pages, also this one, to load anew: it is to be at the right address by
/// then.
pub fn begin(globals: Globals, path: &'static str, body: Option<Value>) {
    let (before, query) = route::current();
    route::name(BEGUN);
    spawn_local(async move {
        match api::act("POST", path, body).await {
            Ok(()) => drop(window().location().reload()),
            Err(failure) => {
                route::name(&format!("{before}{query}"));
                globals.fail(&failure);
            }
        }
    });
}

/// Whether it is about to begin, or has begun: nothing is to be asked any more then, nobody is signed in.
pub fn has_begun() -> bool {
    route::current().0 == "/maintenance"
}

/// What a restore does at the moment (admin.md section 3 of the contract).
fn task(status: &Status) -> &'static str {
    match status.task.as_deref().unwrap_or_default() {
        "ready" => t("maintenance.ready"),
        "backup" => t("maintenance.backup"),
        "restore" => t("maintenance.restore"),
        "migrations" => t("maintenance.migrations"),
        "rollback" => t("maintenance.rollback"),
        _ => "",
    }
}

/// What is done at the moment, and how far it is.
fn progress(status: &Status) -> String {
    let share = status.progress.map(|share| (share * 100.0).round());
    let share = share.map(|share| say("maintenance.progress", &[&number(share)]));
    let words = format!("{} {}", task(status), share.unwrap_or_default());
    words.trim().to_owned()
}

/// The page. It goes away by itself when the maintenance is over.
#[component]
pub fn Maintenance() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let status = RwSignal::new(Status::default());
    let error = RwSignal::new(String::new());
    let may_end = RwSignal::new(!route::query(globals, "begun").is_empty());
    let ask = move || {
        spawn_local(async move {
            match api::get::<Status>("/admin/maintenance/status").await {
                Ok(found) if !found.active => leave(globals),
                Ok(found) => {
                    put(error, found.error.clone().unwrap_or_default());
                    put(status, found);
                }
                Err(failure) => put(error, failure.message),
            }
        });
    };
    ask();
    let again = set_interval_with_handle(ask, AGAIN);
    on_cleanup(move || {
        if let Ok(again) = again {
            again.clear();
        }
    });
    use_token(globals, may_end, error);
    let end = move |_event| {
        let body = json!({ "action": "end" });
        spawn_local(async move {
            match api::act("POST", "/admin/maintenance", Some(body)).await {
                Ok(()) => leave(globals),
                Err(failure) => put(error, failure.message),
            }
        });
    };
    let progress = move || status.with(progress);
    // Nothing can be chosen while something is restored.
    let may_choose =
        move || may_end.get() && status.with(|status| status.active && task(status).is_empty());
    view! {
        <main class="door">
            <h1>{t("maintenance.title")}</h1>
            <p>{t("maintenance.hint")}</p>
            <p role="status">{progress}</p>
            <p class="error" role="alert">{move || error.get()}</p>
            <button type="button" class="primary" on:click=move |_event| ask()>{t("upload.retry")}</button>
            <Show when=move || may_end.get()>
                <button type="button" on:click=end>{t("maintenance.end")}</button>
            </Show>
        </main>
        <Show when=may_choose>{(globals.part.restore)(globals)}</Show>
    }
}

/// An administrator may come with a token of the server's console, which is traded for the cookie.
fn use_token(globals: Globals, may_end: RwSignal<bool>, error: RwSignal<String>) {
    let token = route::query(globals, "token");
    if token.is_empty() {
        return;
    }
    spawn_local(async move {
        let body = json!({ "token": token });
        match api::act("POST", "/admin/maintenance/login", Some(body)).await {
            Ok(()) => {
                // The token must not stay in the address.
                route::replace(globals, BEGUN);
                put(may_end, true);
            }
            Err(failure) => put(error, failure.message),
        }
    });
}

/// It is over: back to where one was, or to the beginning.
pub fn leave(globals: Globals) {
    let wanted = route::query(globals, "continue");
    // Only a path of this server: `//host` is one of another.
    // Browsers drop tabs and line breaks before they look.
    let is_odd = |letter: char| letter == '\\' || letter.is_control();
    let is_own = wanted.starts_with('/') && !wanted.starts_with("//") && !wanted.contains(is_odd);
    let (path, _) = globals.address.get_untracked();
    let target = match path.as_str() {
        _ if is_own => wanted,
        "/maintenance" => "/photos".to_owned(),
        _ => path,
    };
    // Everything is asked anew: who is signed in, what the server can do.
    drop(window().location().set_href(&target));
}
