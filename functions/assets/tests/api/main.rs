//! The area over HTTP, in process, on SQLite and PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

mod commands;
mod delivery;
mod form;
mod guests;
mod info;
mod many;
mod ocr;
mod remove;
mod started;
mod update;
mod upload;

use edge_testkit::Area;

/// The areas under test.
pub fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_delivery::ROUTES, fn_delivery::routes()),
    ]
}
