//! Whether all assets that a request names are the caller's.

use edge_api::permission::Permission;
use edge_platform::Rows;

use crate::{Error, Result};

/// Refuses the whole request unless all ids, no two alike, are of assets of the caller (api/auth.md section 7); `rows` is the result of
/// `edge_store::assets::remove::owned_count` for them.
///
/// # Errors
/// 400 in the words of `permission`; `rows` that are of another statement.
pub fn check_owned(rows: Option<&Rows>, ids: &[&str], permission: Permission) -> Result<()> {
    let total: i64 = rows
        .and_then(Rows::first)
        .map_or(Ok(0), |row| row.get("total"))?;
    if usize::try_from(total) == Ok(ids.len()) {
        Ok(())
    } else {
        Err(Error::no_access(permission))
    }
}
