//! HTTP in, HTTP out.

pub mod documents;
pub mod me;
pub mod profile_image;
pub mod user;
