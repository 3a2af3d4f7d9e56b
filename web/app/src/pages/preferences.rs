//! What somebody prefers: which parts of the page, which e-mails.
use edge_web_core::settings::changed;
use leptos::prelude::*;
use serde_json::Value;

use super::form;
use crate::app::{Globals, put};
use crate::format::t;
use crate::kit;

/// All preferences.
pub fn panel(globals: Globals) -> AnyView {
    let now = RwSignal::new(Value::Null);
    let path = || "/users/me/preferences".to_owned();
    kit::send(globals, "GET", path(), None, move |answer| put(now, answer));
    let draw = move || {
        let old = now.get();
        if old.is_null() {
            return Vec::new();
        }
        let save = {
            let old = old.clone();
            move |made: Value| {
                let body = Some(changed(&old, &made));
                kit::send(globals, "PUT", path(), body, move |answer| {
                    put(now, answer);
                    globals.tell(t("done.saved"));
                });
            }
        };
        vec![form::all(globals, old, None, save)]
    };
    kit::panel(t("settings.preferences"), vec![kit::changing(draw)])
}
