//! HTTP in, HTTP out.

pub mod integrity;
pub mod mode;
