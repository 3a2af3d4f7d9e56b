//! The address in the browser, which says what is shown.
use edge_web_core::page::{Module, Place};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::app::Globals;

/// Where one is after signing out; the identity provider is not asked by itself there.
pub const SIGNED_OUT: &str = "/auth/login?autoLaunch=0";

thread_local! {
    static GLOBALS: std::cell::Cell<Option<Globals>> = const { std::cell::Cell::new(None) };
}

/// The path and query in the browser.
pub fn current() -> (String, String) {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    (path, location.search().unwrap_or_default())
}

/// Follows the address: back, forward, and links to our own pages. What the browser kept while the other module ran is loaded anew before it
/// is seen: whoever was signed in may not be any more.
pub fn follow(globals: Globals) {
    GLOBALS.with(|cell| cell.set(Some(globals)));
    window_event_listener(leptos::ev::popstate, move |_event| arrive(globals));
    window_event_listener(leptos::ev::pageshow, |event| {
        if event.persisted() {
            if let Some(root) = document().document_element() {
                // No value is refused for this attribute.
                drop(root.set_attribute("hidden", ""));
            }
            reload();
        }
    });
}

/// Loads the page anew.
pub fn reload() {
    // Refused only while the page is being left.
    drop(window().location().reload());
}

/// Whether the module that runs has the page of `path`.
pub fn is_here(globals: Globals, path: &str) -> bool {
    Module::of(path) == globals.part.module
}

/// Shows what the address says; where another module has that page, the browser loads it.
pub fn arrive(globals: Globals) {
    let (path, query) = current();
    let is_here = is_here(globals, &path);
    globals.address.set((path, query));
    if !is_here {
        reload();
    }
}

/// Goes to `path`, which may have a query.
pub fn go(globals: Globals, path: &str) {
    if !is_here(globals, path) {
        // Loads the other module.
        drop(window().location().assign(path));
        return;
    }
    if let Ok(history) = window().history() {
        // Fails only for addresses of other servers.
        drop(history.push_state_with_url(&JsValue::NULL, "", Some(path)));
    }
    globals.address.set(current());
}

/// As [`go`], without a step to go back to.
pub fn replace(globals: Globals, path: &str) {
    name(path);
    arrive(globals);
}

/// Has the browser show `path` and ask for it when it loads anew; the page stays what it is.
pub fn name(path: &str) {
    if let Ok(history) = window().history() {
        drop(history.replace_state_with_url(&JsValue::NULL, "", Some(path)));
    }
}

/// The server does not know this session any more.
pub fn session_is_over() {
    if let Some(globals) = GLOBALS.with(std::cell::Cell::get) {
        globals.user.set(None);
    }
}

/// The server says that the locked folder is not open any more.
pub fn folder_is_locked() {
    if let Some(globals) = GLOBALS.with(std::cell::Cell::get) {
        globals.refusals.update(|count| *count += 1);
    }
}

/// What the address means.
pub fn place(globals: Globals) -> Memo<Place> {
    Memo::new(move |_| globals.address.with(|(path, _)| Place::of(path)))
}

/// A value of the query.
pub fn query(globals: Globals, name: &str) -> String {
    globals.address.with(|(_, query)| {
        let values = web_sys::UrlSearchParams::new_with_str(query).ok();
        values
            .and_then(|values| values.get(name))
            .unwrap_or_default()
    })
}

/// `path` with the query that the address has now: what was looked for stays while a photo is open, and afterwards.
pub fn with_query(globals: Globals, path: &str) -> String {
    globals
        .address
        .with_untracked(|(_, query)| format!("{path}{query}"))
}

/// A link to one of our pages, followed without loading everything anew where the module that runs has it.
#[component]
pub fn Link(
    #[prop(into)] to: Signal<String>,
    #[prop(into, optional)] class: &'static str,
    #[prop(into, optional)] label: Option<String>,
    #[prop(optional)] current: Option<Signal<bool>>,
    children: Children,
) -> AnyView {
    let globals = expect_context::<Globals>();
    let click = move |event: web_sys::MouseEvent| {
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        let to = to.get_untracked();
        if is_here(globals, &to) {
            event.prevent_default();
            go(globals, &to);
        }
    };
    let current = move || current.is_some_and(|it| it.get()).then_some("page");
    view! {
        <a href=move || to.get() class=class aria-label=label aria-current=current on:click=click>
            {children()}
        </a>
    }
    .into_any()
}
