//! All SQL of immich-edge: one file per table family, and nothing else writes SQL.
//!
//! A function takes `&dyn Database` and plain values and returns typed rows; a function named
//! `…_statement`, or one returning a `Statement`, only builds one for a batch. How the statements are
//! spelled for each engine: `edge_platform::dialect`.

pub mod access;
pub mod api_keys;
pub mod caller;
pub mod jobs;
pub mod login;
pub mod sessions;
pub mod statistics;
pub mod system;
pub mod timeline;
pub mod user_metadata;
pub mod users;

/// The whole schema, for new databases and tests.
pub const SCHEMA: &str = include_str!("../../../schema.sql");
