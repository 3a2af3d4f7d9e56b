//! The operations of 2.7 that 3.0 removed (api/v32.md section 11). They answer in today's words; `enter` puts them into old ones.

pub mod devices;
pub mod replace;
pub mod small;
pub mod sync;
