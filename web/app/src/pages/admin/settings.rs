//! Settings of the server.
use leptos::prelude::*;
use serde_json::Value;

use crate::app::{Globals, put};
use crate::format::t;
use crate::kit;
use crate::pages::form;

/// All of them, with a way back to the defaults.
pub fn panel(globals: Globals) -> AnyView {
    let (config, defaults) = (RwSignal::new(Value::Null), RwSignal::new(Value::Null));
    for (path, signal) in [
        ("/system-config", config),
        ("/system-config/defaults", defaults),
    ] {
        kit::send(globals, "GET", path.to_owned(), None, move |answer| {
            put(signal, answer)
        });
    }
    let draw = move || {
        let (config, defaults) = (config.get(), defaults.get());
        if config.is_null() || defaults.is_null() {
            return Vec::new();
        }
        let save = move |made: Value| {
            kit::save(globals, "PUT", "/system-config".to_owned(), made, || {});
        };
        vec![form::all(globals, config, Some(defaults), save)]
    };
    kit::wide_panel(t("admin.settings").to_owned(), vec![kit::changing(draw)])
}
