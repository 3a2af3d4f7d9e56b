//! The sync stream over HTTP, in process, on SQLite and PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

mod acks;
mod backfill;
mod changes;
mod client;
mod collections;
mod jobs;
mod libraries;
mod pages;
mod refused;
mod replaced;
mod replay;
mod reset;
mod server_rows;
mod stories;
mod world;

use edge_testkit::Area;

/// The stream, and the areas that change what it tells.
pub fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_sync::ROUTES, fn_sync::routes()),
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
        Area::new(fn_asset_metadata::ROUTES, fn_asset_metadata::routes()),
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_duplicates::ROUTES, fn_duplicates::routes()),
        Area::new(fn_edits::ROUTES, fn_edits::routes()),
        Area::new(fn_faces::ROUTES, fn_faces::routes()),
        Area::new(fn_memories::ROUTES, fn_memories::routes()),
        Area::new(fn_partners::ROUTES, fn_partners::routes()),
        Area::new(fn_people::ROUTES, fn_people::routes()),
        Area::new(fn_sessions::ROUTES, fn_sessions::routes()),
        Area::new(fn_stacks::ROUTES, fn_stacks::routes()),
        Area::new(fn_trash::ROUTES, fn_trash::routes()),
        Area::new(fn_users::ROUTES, fn_users::routes()),
    ]
}
