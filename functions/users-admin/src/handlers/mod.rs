//! HTTP in, HTTP out.

use edge_api::users::UserAdminResponse;
use edge_http::{Error, Result};
use edge_platform::Rows;
use edge_store::users;

pub mod account;
pub mod facts;

/// The account in an answer to `users::find`.
fn found(rows: Option<&Rows>) -> Result<UserAdminResponse> {
    let row = rows.and_then(Rows::first).ok_or_else(unknown)?;
    Ok(users::admin(&row)?)
}

fn unknown() -> Error {
    Error::bad_request("User not found")
}
