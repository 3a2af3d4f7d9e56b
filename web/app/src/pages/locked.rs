//! The locked folder: photos that are nowhere else, behind a PIN that holds for a quarter of an hour, or until one leaves.
use edge_web_core::model::LockStatus;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::t;
use crate::photos::{Kind, Source};
use crate::timeline::Timeline;

/// The folder, or the way into it.
#[component]
pub fn Locked(photo: Memo<Option<String>>) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let status = RwSignal::new(None::<LockStatus>);
    let ask = move || {
        globals.run(api::get::<LockStatus>("/auth/status"), move |found| {
            put(status, Some(found))
        })
    };
    // The PIN may not hold any more when photos have changed, or when something was refused.
    Effect::new(move |_| {
        globals.changes.track();
        globals.refusals.track();
        ask();
    });
    let left = window_event_listener(leptos::ev::pagehide, |_event| shut());
    on_cleanup(move || {
        left.remove();
        // Whoever signs out has no session any more that could be locked.
        if globals.user.with_untracked(Option::is_some) {
            shut();
        }
    });
    let shown = Memo::new(move |_| status.get());
    let source = Source::Months("visibility=locked".to_owned());
    let lock = move |_event| {
        globals.run(api::act("POST", "/auth/session/lock", None), move |()| {
            ask()
        });
    };
    move || match shown.get() {
        None => ().into_any(),
        Some(status) if status.is_elevated => view! {
            <div class="hint">
                <p>{t("locked.open")}</p>
                <button type="button" on:click=lock>{t("locked.close")}</button>
            </div>
            <Timeline title=t("nav.locked") kind=Kind::Locked source=source.clone() photo=photo />
        }
        .into_any(),
        Some(status) => view! { <Door is_new=!status.pin_code done=ask /> }.into_any(),
    }
}

/// Locks the folder behind the one who leaves, also to another module of the page: browsers send a beacon to its end.
fn shut() {
    // Refused only where very much is being sent already; the PIN holds for a quarter of an hour then.
    let _sent = window().navigator().send_beacon("/api/auth/session/lock");
}

/// Asks for the PIN; who has none chooses one.
#[component]
fn Door(is_new: bool, done: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let (pin, error) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = json!({ "pinCode": pin.get_untracked() });
        spawn_local(async move {
            let made = if is_new {
                api::act("POST", "/auth/pin-code", Some(body.clone())).await
            } else {
                Ok(())
            };
            let opened = match made {
                Ok(()) => api::act("POST", "/auth/session/unlock", Some(body)).await,
                failure => failure,
            };
            match opened {
                Ok(()) => done(),
                Err(failure) => put(error, failure.message),
            }
        });
    };
    let (hint, words) = if is_new {
        (t("locked.new"), t("locked.choose"))
    } else {
        (t("locked.hint"), t("locked.enter"))
    };
    view! {
        <h1 class="page-title">{t("nav.locked")}</h1>
        <div class="panels">
            <section class="panel">
                <p>{hint}</p>
                <form on:submit=submit>
                    <label class="field">
                        <span>{t("locked.pin")}</span>
                        <input
                            name="pin"
                            type="password"
                            inputmode="numeric"
                            pattern="[0-9]{6}"
                            maxlength="6"
                            autocomplete="off"
                            required=true
                            on:input=move |event| pin.set(event_target_value(&event))
                        />
                    </label>
                    <p class="error" role="alert">{move || error.get()}</p>
                    <button type="submit" class="primary">{words}</button>
                </form>
            </section>
        </div>
    }
}
