//! HTTP glue: router, authentication, extractors, error bodies, entry points.
//!
//! A handler reads as a paragraph: authorise, call, answer. What it needs for that is here:
//! [`area!`] (the route table and the entry points), [`Auth`] and [`Guard`] (who calls), [`Valid`],
//! [`ValidQuery`] and [`Id`] (what was sent), [`Error`] (what is answered when something is wrong).

pub mod app;
pub mod areas;
pub mod auth;
pub mod backup;
pub mod budget;
pub mod client;
mod conditions;
pub mod consumer;
pub mod cookies;
pub mod error;
pub mod extract;
pub mod html;
pub mod inner;
pub mod integrity;
pub mod json_array;
pub mod library;
pub mod license;
pub mod limits;
pub mod mail;
pub mod maintenance;
pub mod mass;
pub mod media;
pub mod ml;
mod notify;
pub mod outbound;
pub mod owned;
pub mod part_name;
pub mod places;
pub mod provider;
pub mod realtime;
pub mod rest;
pub mod route;
pub mod secret;
pub mod seen;
pub mod serve;
pub mod service;
pub mod settings;
pub mod vectors;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub mod cloudflare;
#[cfg(target_arch = "wasm32")]
mod native;
#[cfg(target_os = "wasi")]
pub mod spin;
#[cfg(target_os = "wasi")]
pub mod spin_consumer;
#[cfg(target_os = "wasi")]
pub mod spin_subscriber;

pub use app::App;
pub use auth::{Auth, Guard, NoLink, WithLink};
pub use error::{Error, Result};
pub use extract::{Id, Valid, ValidQuery, form_value};
pub use limits::Counted;
#[cfg(target_arch = "wasm32")]
pub(crate) use native::Native;
pub use route::{Route, unbuilt};

/// The response every entry point gives back.
pub type Response = http::Response<axum::body::Body>;

#[doc(hidden)]
pub mod reexport {
    //! What the macros name by absolute path.
    pub use axum;
    pub use edge_api::enums::JobName;
    #[cfg(target_os = "wasi")]
    pub use edge_platform::spin::spin_sdk::wasip3;
    pub use edge_platform::{Consumer, DbError};
    pub use http;
}
