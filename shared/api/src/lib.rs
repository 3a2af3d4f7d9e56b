//! Wire types of the Immich API: DTOs, enums, permissions, error bodies and validation. No I/O.
//!
//! The contract is the OpenAPI file of Immich v3.1.0; what it does not say (messages, defaults,
//! derived fields) comes from the project's API pages, named in the docs as `api/<page>.md`.

#![forbid(unsafe_code)]
#![expect(
    clippy::struct_excessive_bools,
    reason = "the contract's objects have many flags"
)]

pub mod activities;
pub mod albums;
pub mod api_keys;
pub mod asset_files;
pub mod assets;
pub mod auth;
pub mod backups;
pub mod cluster_groups;
pub mod common;
pub mod config;
pub mod download;
pub mod duplicates;
pub mod enums;
pub mod error;
pub mod faces;
pub mod fold;
pub mod gumnut;
pub mod hls;
pub mod id;
pub mod input;
pub mod jobs;
pub mod legacy;
pub mod libraries;
pub mod maintenance;
pub mod map;
pub mod media_type;
pub mod memories;
pub mod notifications;
pub mod partners;
pub mod people;
pub mod permission;
pub mod places;
pub mod plugins;
pub mod preferences;
pub mod realtime;
pub mod search;
pub mod server;
pub mod sessions;
pub mod shared_links;
pub mod sparse;
pub mod stacks;
pub mod sync;
pub mod tags;
pub mod time;
pub mod timeline;
pub mod trigrams;
pub mod users;
pub mod workflows;

pub use error::{ErrorBody, Issue, Key, ValidationBody};
pub use input::{Fields, Input, Patch};
pub use permission::{Permission, RequiredPermission, perm};
pub use time::{Date, ExifMillis, LocalMillis, Millis};
