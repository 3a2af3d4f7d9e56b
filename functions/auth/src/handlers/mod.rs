//! HTTP in, HTTP out.

pub mod login;
pub mod password;
pub mod pin_code;
