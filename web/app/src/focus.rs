//! Where the keyboard is while something lies above the page: it stays in there, and is back where it was afterwards.
use std::cell::RefCell;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, FocusOptions, HtmlElement};

/// What Tab reaches.
const REACHED: &str = "a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, video[controls], [tabindex='0']";

thread_local! {
    /// What had the keyboard before each window that is open; signals cannot hold it.
    static BEFORE: RefCell<Vec<Option<Element>>> = const { RefCell::new(Vec::new()) };
}

/// Gives the keyboard to a window above the page, and back when the window is gone. Until then Tab goes round within the window.
pub fn keep(node: NodeRef<html::Div>) {
    BEFORE.with_borrow_mut(|before| before.push(document().active_element()));
    Effect::new(move |_| {
        if let Some(element) = node.get() {
            drop(element.focus());
        }
    });
    let keys = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() != "Tab" {
            return;
        }
        let window = node.get_untracked();
        if let Some(element) = window.and_then(|it| around(&it, event.shift_key())) {
            event.prevent_default();
            drop(element.focus());
        }
    });
    on_cleanup(move || {
        keys.remove();
        let before = BEFORE.with_borrow_mut(Vec::pop).flatten();
        if let Some(element) = before.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
            // A photo that is half on the screen stays where it is.
            let options = FocusOptions::new();
            options.set_prevent_scroll(true);
            drop(element.focus_with_options(&options));
        }
    });
}

/// What Tab leads to where it would leave the window.
fn around(window: &Element, is_back: bool) -> Option<HtmlElement> {
    let found = window.query_selector_all(REACHED).ok()?;
    let found = (0..found.length()).filter_map(|at| found.get(at)?.dyn_into::<HtmlElement>().ok());
    let found: Vec<HtmlElement> = found.filter(is_seen).collect();
    let (first, last) = (found.first()?, found.last()?);
    let (end, other) = if is_back {
        (first, last)
    } else {
        (last, first)
    };
    let leads_out = match document().active_element() {
        // The player has buttons of its own, which it does not tell of.
        Some(active) if active.tag_name() == "VIDEO" => false,
        Some(active) => {
            let end: &Element = end;
            let is_window = is_back && active == *window;
            is_window || active == *end || !window.contains(Some(&active))
        }
        None => true,
    };
    leads_out.then(|| other.clone())
}

fn is_seen(element: &HtmlElement) -> bool {
    let fold = element.closest("details:not([open])").ok().flatten();
    let is_folded = fold.is_some() && element.tag_name() != "SUMMARY";
    element.offset_width() > 0 && !is_folded
}
