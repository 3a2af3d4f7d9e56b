//! HTTP in, HTTP out.

pub mod link;
pub mod login;
pub mod logout;
pub mod start;
