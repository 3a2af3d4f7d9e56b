//! The area over HTTP, in process, on SQLite and PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

mod integrity;
mod mode;

use edge_testkit::Area;

/// The areas under test, with the one that starts jobs by hand and the one that says how the server is.
pub fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_maintenance::ROUTES, fn_maintenance::routes()),
        Area::new(fn_jobs::ROUTES, fn_jobs::routes()),
        Area::new(fn_server::ROUTES, fn_server::routes()),
    ]
}
