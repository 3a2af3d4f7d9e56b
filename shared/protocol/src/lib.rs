//! What the server and its companions say to each other (docs/companion.md): the token that admits a companion ([`token`]), and
//! the JSON of leases, tasks and results ([`wire`]). What is a private address, server and host judge alike ([`address`]).

pub mod address;
#[cfg(unix)]
pub mod home;
pub mod learning;
mod picture;
mod rendition;
pub mod stream;
pub mod token;
pub mod wire;
