//! Storage labels, and what a conflict means.

use edge_api::input::Patch;
pub use edge_api::users::storage_label;
use edge_http::Error;
use edge_platform::DbError;

/// The same for an update, where `""` clears it as `null` does.
pub fn storage_label_change(label: Patch<String>) -> Patch<String> {
    match label {
        Patch::Value(text) => storage_label(&text).map_or(Patch::Null, Patch::Value),
        other => other,
    }
}

/// What is answered when another account has the e-mail or the storage label already.
pub fn taken(error: DbError) -> Error {
    match error {
        DbError::Conflict(what) if what.contains("storage_label") => {
            Error::bad_request("Storage label is not available")
        }
        DbError::Conflict(_) => Error::bad_request("Email is not available"),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_label_clears_it() {
        assert_eq!(
            storage_label_change(Patch::Value(String::new())),
            Patch::Null
        );
        assert_eq!(storage_label_change(Patch::Absent), Patch::Absent);
    }
}
