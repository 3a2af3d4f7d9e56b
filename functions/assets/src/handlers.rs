//! HTTP in, HTTP out, one file per noun.

mod delivery;
mod info;
mod upload;

pub use delivery::{download, play, view};
pub use info::{bulk_upload_check, get, statistics};
pub use upload::{Outcome, upload};
