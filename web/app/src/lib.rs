//! The web page of immich-edge: draws what `edge-web-core` knows, in the browser.
//!
//! One page for all addresses: `route` follows the address, `shell` draws the frame, `pages` what is in it. Nothing here is trusted:
//! all rules are the server's.

mod albums;
mod api;
mod app;
mod bell;
mod format;
mod icons;
mod kit;
mod live;
mod pages;
mod photos;
mod route;
mod share;
mod shell;
mod timeline;
mod upload;
mod viewer;

use wasm_bindgen::prelude::wasm_bindgen;

/// The browser calls this once the code is there.
#[wasm_bindgen(start)]
pub fn start() {
    leptos::mount::mount_to_body(app::App);
}
