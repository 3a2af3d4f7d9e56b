//! What R2 says when something is wrong.

use crate::ObjectError;

/// What R2's words mean: whether trying again may work.
pub(super) fn classify(text: String) -> ObjectError {
    /// Errors after which trying again may work: internal error, service unavailable, slow down.
    const TEMPORARY: [&str; 5] = [
        "10001",
        "10043",
        "10058",
        "10054",
        "Network connection lost",
    ];
    if TEMPORARY.iter().any(|code| text.contains(code)) {
        ObjectError::Unavailable(text)
    } else {
        ObjectError::Other(text)
    }
}
