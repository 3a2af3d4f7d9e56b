//! The PIN of the locked folder: choosing, changing and removing it (auth.md section 5 of the contract).
use edge_web_core::answer::FromValue as _;
use edge_web_core::manage::{is_pin, proof};
use edge_web_core::model::LockStatus;
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::app::{Globals, put};
use crate::format::t;
use crate::kit;

/// Where PINs are.
const PATH: &str = "/auth/pin-code";

/// All of it.
pub fn panel(globals: Globals) -> AnyView {
    let has_pin = RwSignal::new(None::<bool>);
    let ask = move || {
        let path = "/auth/status".to_owned();
        kit::send(globals, "GET", path, None, move |answer| {
            put(has_pin, Some(LockStatus::from_value(&answer).pin_code));
        });
    };
    ask();
    let draw = move || match has_pin.get() {
        None => Vec::new(),
        Some(false) => vec![kit::words(t("locked.new")), choose(globals, ask)],
        Some(true) => vec![kit::words(t("pin.hint")), change(globals, ask)],
    };
    kit::panel(t("pin.title"), vec![kit::changing(draw)])
}

/// A field of six digits.
fn field(label: &'static str, is_needed: bool, value: RwSignal<String>) -> AnyView {
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                type="password"
                inputmode="numeric"
                pattern="[0-9]{6}"
                maxlength="6"
                autocomplete="off"
                required=is_needed
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
        </label>
    }
    .into_any()
}

/// For who has none.
fn choose(globals: Globals, done: impl Fn() + Copy + 'static) -> AnyView {
    let pin = RwSignal::new(String::new());
    let save = move || {
        let body = json!({ "pinCode": pin.get_untracked() });
        kit::save(globals, "POST", PATH.to_owned(), body, done);
    };
    let fields = vec![field(t("pin.new"), true, pin)];
    kit::form(fields, t("locked.choose"), save)
}

/// A new one, or none any more. The present one or the password proves that it is one's own.
fn change(globals: Globals, done: impl Fn() + Copy + 'static) -> AnyView {
    let text = || RwSignal::new(String::new());
    let (old, password, new) = (text(), text(), text());
    let proved = move || proof(&old.get_untracked(), &password.get_untracked());
    let save = move || {
        let pin = new.get_untracked();
        if !is_pin(&pin) {
            let words = t("pin.six").to_owned();
            globals.notice.set(Some((words, true)));
            return;
        }
        let mut body = proved();
        body.insert("newPinCode".to_owned(), json!(pin));
        kit::save(globals, "PUT", PATH.to_owned(), Value::Object(body), done);
    };
    let remove = move || {
        if kit::is_sure(t("pin.sure")) {
            let body = Value::Object(proved());
            kit::save(globals, "DELETE", PATH.to_owned(), body, done);
        }
    };
    let fields = vec![
        field(t("pin.old"), false, old),
        kit::field(t("pin.password"), "password", password),
        field(t("pin.new"), false, new),
    ];
    let form = kit::form(fields, t("pin.change"), save);
    let row = kit::row(vec![kit::button(t("pin.remove"), remove)]);
    vec![form, row].into_any()
}
