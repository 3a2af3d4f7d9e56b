//! The web page of immich-edge: draws what `edge-web-core` knows, in the browser.
//!
//! One page for all addresses: `route` follows the address, `shell` draws the frame, `pages` what is in it. Nothing here is trusted:
//! all rules are the server's.
//!
//! Two programs are made of it (`bin`), each with the pages of a [`Module`]: what is in neither's reach the linker leaves out.

mod albums;
mod api;
mod app;
mod bell;
mod files;
mod focus;
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
mod watch;

use app::Part;
use edge_web_core::page::Module;

/// Starts the page with what is looked at every day.
pub fn library() {
    app::start(Part {
        module: Module::Library,
        draw: pages::library,
        restore: pages::nothing,
    });
}

/// Starts the page with what is opened now and then.
pub fn manage() {
    app::start(Part {
        module: Module::Manage,
        draw: pages::manage,
        restore: pages::admin::restore,
    });
}
