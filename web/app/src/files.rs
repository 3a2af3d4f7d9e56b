//! Choosing a file and sending it as a form does: backups, pictures of accounts. Photos are sent by `crate::upload`.
use leptos::prelude::*;
use web_sys::{Blob, File, HtmlInputElement};

use crate::api;
use crate::app::Globals;

/// A field that a file is chosen with; `accept` are the kinds that the browser offers.
pub fn field(
    label: &'static str,
    accept: &'static str,
    chosen: impl Fn(File) + 'static,
) -> AnyView {
    field_boxed(label, accept, Box::new(chosen))
}

fn field_boxed(label: &'static str, accept: &'static str, chosen: Box<dyn Fn(File)>) -> AnyView {
    let change = move |event: web_sys::Event| {
        let input: HtmlInputElement = event_target(&event);
        let file = input.files().and_then(|files| files.get(0));
        // The same file may be chosen again.
        input.set_value("");
        if let Some(file) = file {
            chosen(file);
        }
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <input type="file" accept=accept on:change=change />
        </label>
    }
    .into_any()
}

/// Sends a file; `done` runs when it is there, and what went wrong is told.
pub fn send(
    globals: Globals,
    path: &'static str,
    file: Blob,
    name: String,
    done: impl FnOnce() + 'static,
) {
    let request = async move { api::send_file(path, &file, &name).await };
    globals.run(request, move |_answer| done());
}
