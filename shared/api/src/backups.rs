//! Database backups (api/admin.md section 2).

use serde::Serialize;

use crate::input::{input, rule};

/// `DatabaseBackupListResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backups {
    /// Newest first, uploaded ones behind the others.
    pub backups: Vec<Backup>,
}

/// `DatabaseBackupDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// Its name.
    pub filename: String,
    /// Its size in bytes.
    pub filesize: i64,
    /// The zone of the time in its name.
    pub timezone: &'static str,
}

input! {
    /// `DatabaseBackupDeleteDto`.
    pub struct DeleteBackups {
        /// Names of backups.
        pub backups: Vec<String> = required("backups", rule::array_of(rule::string()).max(rule::IDS)),
    }
}
