//! HTTP in, HTTP out, one file per noun.

mod commands;
mod info;
mod ocr;
mod remove;
mod update;
mod upload;

pub use commands::{copy, run_jobs};
pub use info::{bulk_upload_check, get, statistics};
pub use ocr::ocr;
pub use remove::remove;
pub use update::{update_many, update_one};
pub use upload::{Outcome, upload};
