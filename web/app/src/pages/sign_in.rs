//! The first administrator, and signing in.
use edge_web_core::model::{Address, Login, User};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::json;

use crate::api::{self, Answer};
use crate::app::Globals;
use crate::format::t;
use crate::pages::linked::refused;
use crate::pages::{maintenance, welcome};
use crate::route;

/// A field of a form with its label.
#[component]
pub fn Field(
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional)] kind: &'static str,
    #[prop(optional)] complete: &'static str,
    #[prop(default = true)] required: bool,
    value: RwSignal<String>,
) -> AnyView {
    let kind = if kind.is_empty() { "text" } else { kind };
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                name=name
                type=kind
                autocomplete=complete
                required=required
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
        </label>
    }
    .into_any()
}

/// Makes the first administrator.
#[component]
pub fn SignUp() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let (name, email, password) = (
        RwSignal::default(),
        RwSignal::default(),
        RwSignal::default(),
    );
    let error = RwSignal::new(String::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let who: String = email.get_untracked();
        let secret: String = password.get_untracked();
        let body = json!({ "name": name.get_untracked(), "email": who, "password": secret });
        spawn_local(async move {
            let made = api::act("POST", "/auth/admin-sign-up", Some(body)).await;
            let credentials = json!({ "email": who, "password": secret });
            let done = match made {
                Ok(()) => api::ask::<Login>("POST", "/auth/login", credentials).await,
                Err(failure) => Err(failure),
            };
            match done {
                Ok(_login) => {
                    route::go(globals, welcome::PATH);
                    // Where another module has that page, it asks anew.
                    if route::is_here(globals, welcome::PATH) {
                        enter(globals, error).await;
                        globals.config.update(|config| config.is_initialized = true);
                    }
                }
                Err(failure) => error.set(failure.message),
            }
        });
    };
    view! {
        <main class="door">
            <h1>{t("sign-up.title")}</h1>
            <p>{t("sign-up.hint")}</p>
            <form on:submit=submit>
                <Field name="name" label=t("user.name") complete="name" value=name />
                <Field name="email" label=t("user.email") kind="email" complete="username" value=email />
                <Field name="password" label=t("user.password") kind="password" complete="new-password" value=password />
                <p class="error" role="alert">{move || error.get()}</p>
                <button type="submit" class="primary">{t("sign-up.do")}</button>
            </form>
            <button type="button" on:click=move |_event| restore(globals)>{t("sign-up.restore")}</button>
        </main>
    }
}

/// Begins the maintenance mode, in which a backup can be chosen: a server that has nobody yet takes over another one's people.
fn restore(globals: Globals) {
    maintenance::begin(globals, "/admin/database-backups/start-restore", None);
}

/// Signs in with a password or through the identity provider.
#[component]
pub fn SignIn() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let (email, password) = (RwSignal::default(), RwSignal::default());
    let error = RwSignal::new(String::new());
    finish_oauth(globals, error);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let email: String = email.get_untracked();
        let password: String = password.get_untracked();
        spawn_local(async move {
            let credentials = json!({ "email": email, "password": password });
            match api::ask("POST", "/auth/login", credentials).await {
                Ok(login) => arrive(globals, login, error).await,
                Err(failure) => error.set(failure.message),
            }
        });
    };
    let with_password = move || globals.features.with(|it| it.password_login);
    let with_oauth = move || globals.features.with(|it| it.oauth);
    let words = move || {
        let words = globals.config.with(|it| it.oauth_button_text.clone());
        if words.is_empty() {
            t("sign-in.oauth").to_owned()
        } else {
            words
        }
    };
    view! {
        <main class="door">
            <h1>{t("sign-in.title")}</h1>
            <p>{move || globals.config.with(|it| it.login_page_message.clone())}</p>
            <Show when=with_password>
                <form on:submit=submit>
                    <Field name="email" label=t("user.email") kind="email" complete="username" value=email />
                    <Field name="password" label=t("user.password") kind="password" complete="current-password" value=password />
                    <button type="submit" class="primary">{t("sign-in.do")}</button>
                </form>
            </Show>
            <p class="error" role="alert">{move || error.get()}</p>
            <Show when=with_oauth>
                <button type="button" on:click=move |_event| start_oauth(globals)>{words}</button>
            </Show>
        </main>
    }
}

/// Somebody is signed in; the session is a cookie from then on. Who never took the first steps is led to them.
async fn arrive(globals: Globals, login: Login, error: RwSignal<String>) {
    if !login.is_onboarded {
        route::go(globals, welcome::PATH);
        if !route::is_here(globals, welcome::PATH) {
            // The browser leaves this page for another module, which asks who it is.
            return;
        }
    }
    enter(globals, error).await;
}

/// Asks who is signed in, and shows the page that is theirs.
async fn enter(globals: Globals, error: RwSignal<String>) {
    let found: Answer<User> = api::get("/users/me").await;
    match found {
        Ok(user) => globals.user.set(Some(user)),
        Err(failure) => error.set(failure.message),
    }
}

/// Where the identity provider sends people back to.
fn redirect_uri() -> String {
    format!(
        "{}/auth/login",
        window().location().origin().unwrap_or_default()
    )
}

fn start_oauth(globals: Globals) {
    let request = api::ask::<Address>(
        "POST",
        "/oauth/authorize",
        json!({ "redirectUri": redirect_uri() }),
    );
    globals.run(request, |address| {
        // Leaves this page.
        drop(window().location().set_href(&address.url));
    });
}

/// Somebody comes back from the identity provider with a code in the address, or with what went wrong. Nobody who just comes
/// is asked where the administrator wants it so; `autoLaunch=0` is the address after signing out.
fn finish_oauth(globals: Globals, error: RwSignal<String>) {
    if let Some(words) = refused(globals) {
        error.set(words);
        return;
    }
    if route::query(globals, "code").is_empty() {
        let is_launched = globals
            .features
            .with_untracked(|it| it.oauth && it.oauth_auto_launch);
        if is_launched && route::query(globals, "autoLaunch") != "0" {
            start_oauth(globals);
        }
        return;
    }
    let url = window().location().href().unwrap_or_default();
    spawn_local(async move {
        match api::ask::<Login>("POST", "/oauth/callback", json!({ "url": url })).await {
            Ok(login) => {
                // A code is good once: going back must not send it again.
                route::name("/photos");
                arrive(globals, login, error).await;
                if login.is_onboarded {
                    route::arrive(globals);
                }
            }
            Err(failure) => error.set(failure.message),
        }
    });
}
