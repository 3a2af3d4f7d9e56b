//! Storage labels, and what a conflict means.

use edge_api::input::Patch;
use edge_http::Error;
use edge_platform::DbError;

/// Longest storage label (characters): it becomes the name of a folder.
const LONGEST: usize = 100;

/// A storage label that is safe as the name of one folder; `None` when nothing is left of it. Dots go
/// too, so it can neither hide nor climb.
pub fn storage_label(text: &str) -> Option<String> {
    let safe: String = text
        .chars()
        .filter(|c| !c.is_control() && !r#"/\?<>:*|"."#.contains(*c))
        .collect();
    let label: String = safe.trim().chars().take(LONGEST).collect();
    (!label.is_empty()).then_some(label)
}

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
    fn storage_labels_are_single_harmless_folders() {
        let of = |text: &str| storage_label(text);
        assert_eq!(of(" ada "), Some("ada".into()));
        assert_eq!(of("../../etc/pass\0wd"), Some("etcpasswd".into()));
        assert_eq!(of("Jürgen 📷"), Some("Jürgen 📷".into()));
        assert_eq!(of("..."), None);
        assert_eq!(of(&"x".repeat(300)).map(|label| label.len()), Some(LONGEST));
    }

    #[test]
    fn an_empty_label_clears_it() {
        assert_eq!(
            storage_label_change(Patch::Value(String::new())),
            Patch::Null
        );
        assert_eq!(storage_label_change(Patch::Absent), Patch::Absent);
    }
}
