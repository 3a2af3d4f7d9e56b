//! HTTP in, HTTP out, one file per noun.

mod commands;
mod info;
pub mod metadata;
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

use edge_api::permission::Permission;
use edge_http::{Error, Result};
use edge_platform::Rows;

/// Refuses the whole request unless all ids are the caller's (api/auth.md section 7); `rows` is the result of
/// `remove::owned_count`.
fn check_owned(rows: Option<&Rows>, ids: &[&str], permission: Permission) -> Result<()> {
    let total: i64 = rows
        .and_then(Rows::first)
        .map_or(Ok(0), |row| row.get("total"))?;
    if usize::try_from(total) == Ok(ids.len()) {
        Ok(())
    } else {
        Err(Error::no_access(permission))
    }
}
