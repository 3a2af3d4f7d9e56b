//! The account of the identity provider that belongs to one's own: linking it, and not any more.
use edge_web_core::model::{Address, User};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::t;
use crate::route;

/// Where the provider sends people back to who link their account (auth.md of the contract).
const BACK: &str = "/user-settings";

/// Nothing where there is no provider.
#[component]
pub fn Linked() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let error = RwSignal::new(String::new());
    finish(globals, error);
    let is_there = move || globals.features.with(|features| features.oauth);
    let is_linked = Memo::new(move |_| {
        globals
            .user
            .with(|user| user.as_ref().is_some_and(|user| !user.oauth_id.is_empty()))
    });
    let link = move |_event| {
        let origin = window().location().origin().unwrap_or_default();
        let body = json!({ "redirectUri": format!("{origin}{BACK}") });
        let request = api::ask::<Address>("POST", "/oauth/authorize", body);
        globals.run(request, |address| {
            // Leaves this page.
            drop(window().location().set_href(&address.url));
        });
    };
    let unlink = move |_event| {
        globals.run(
            api::ask::<User>("POST", "/oauth/unlink", json!({})),
            move |user| {
                globals.user.set(Some(user));
                globals.tell(t("done.saved"));
            },
        );
    };
    view! {
        <Show when=is_there>
            <section class="panel">
                <h2>{t("linked.title")}</h2>
                <p class="error" role="alert">{move || error.get()}</p>
                {move || if is_linked.get() {
                    view! { <p>{t("linked.is")}</p><button type="button" on:click=unlink>{t("linked.unlink")}</button> }.into_any()
                } else {
                    view! { <p>{t("linked.is-not")}</p><button type="button" on:click=link>{t("linked.link")}</button> }.into_any()
                }}
            </section>
        </Show>
    }
}

/// Somebody comes back from the provider, with a code or with what went wrong.
fn finish(globals: Globals, error: RwSignal<String>) {
    if let Some(words) = refused(globals) {
        error.set(words);
        route::name("/settings");
        return;
    }
    if route::query(globals, "code").is_empty() {
        return;
    }
    let url = window().location().href().unwrap_or_default();
    // A code is good once: loading anew must not send it again.
    route::name("/settings");
    spawn_local(async move {
        match api::ask::<User>("POST", "/oauth/link", json!({ "url": url })).await {
            Ok(user) => {
                globals.user.set(Some(user));
                globals.tell(t("done.saved"));
            }
            Err(failure) => put(error, failure.message),
        }
    });
}

/// What a provider says that sends somebody back with `error=` (RFC 6749 section 4.1.2.1).
pub fn refused(globals: Globals) -> Option<String> {
    let code = route::query(globals, "error");
    if code.is_empty() {
        return None;
    }
    let words = route::query(globals, "error_description");
    let words = if words.is_empty() { code } else { words };
    Some(crate::format::say("sign-in.refused", &[&words]))
}
