//! Integrity reports and the maintenance mode (api/admin.md sections 3 and 4).

use serde::Serialize;

use crate::enums::{IntegrityReport, MaintenanceAction, StorageFolder};
use crate::input::{input, rule};
use crate::time::Millis;

/// A finding, as pages of the report list it. Ids are UUID v7, and the two ids are sent though the document does not name them
/// (api/admin.md section 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrityItem {
    /// UUID v7.
    pub id: String,
    /// What is wrong.
    #[serde(rename = "type")]
    pub kind: IntegrityReport,
    /// Key of the object.
    pub path: String,
    /// Whose original it is.
    pub asset_id: Option<String>,
    /// Which file of an asset it is.
    pub file_asset_id: Option<String>,
    /// When it was found.
    pub created_at: Millis,
}

/// `IntegrityReportResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrityPage {
    /// Newest first.
    pub items: Vec<IntegrityItem>,
    /// The first one of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// `IntegrityReportSummaryResponseDto`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct IntegritySummary {
    /// Objects that no row names.
    pub untracked_file: i64,
    /// Objects that are named and not there.
    pub missing_file: i64,
    /// Originals that are not what was uploaded.
    pub checksum_mismatch: i64,
}

input! {
    /// Query of `GET /admin/integrity/report`.
    pub struct IntegrityQuery {
        /// Which findings.
        pub kind: IntegrityReport = required("type", rule::enum_of()),
        /// The first one, as `nextCursor` said.
        pub cursor: Option<String> = optional("cursor", rule::string()),
        /// Always refused: a query holds texts (api/admin.md section 4).
        pub limit: Option<i64> = optional("limit", rule::json_integer()),
    }
}

input! {
    /// `SetMaintenanceModeDto`.
    pub struct SetMaintenance {
        /// What to do.
        pub action: MaintenanceAction = required("action", rule::enum_of()),
        /// Which backup to restore.
        pub restore_backup_filename: Option<String> = optional("restoreBackupFilename", rule::string()),
    }
    check |body, fields| {
        let is_named = body.restore_backup_filename.as_ref().is_some_and(|name| !name.is_empty());
        if body.action == MaintenanceAction::RestoreDatabase && !is_named {
            fields.refuse("restoreBackupFilename", "Backup filename is required when action is restore_database");
        }
    }
}

input! {
    /// `MaintenanceLoginDto`.
    pub struct MaintenanceLogin {
        /// Without one the cookie will do.
        pub token: Option<String> = optional("token", rule::string()),
    }
}

/// `MaintenanceStatusResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MaintenanceStatus {
    /// The mode is on.
    pub active: bool,
    /// What for.
    pub action: MaintenanceAction,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How much of a restore is done, from 0 to 1: a fraction, though the document says an integer (api/admin.md section 3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<f64>,
    /// What a restore does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<&'static str>,
}

/// `MaintenanceDetectInstallResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DetectedInstall {
    /// Each folder of the bucket.
    pub storage: Vec<DetectedFolder>,
}

/// `MaintenanceDetectInstallStorageFolderDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DetectedFolder {
    /// Which.
    pub folder: StorageFolder,
    /// It can be listed.
    pub readable: bool,
    /// Its marker could be written.
    pub writable: bool,
    /// Entries, the marker aside.
    pub files: i64,
}
