//! External libraries (api/admin.md section 1).

use serde::Serialize;

use crate::enums::StorageFolder;
use crate::id::{LibraryId, UserId};
use crate::input::{input, rule};
use crate::time::Millis;

/// Paths or patterns of one library at most.
const MOST: u32 = 128;

const UNIQUE: &str = "Array must have unique items";

/// Folders of the bucket that are ours beside those of the contract.
const OURS: [&str; 1] = ["models"];

/// Folder of the keys whose second part names another bucket, which is only read (docs/libraries.md).
pub const EXTERNAL: &str = "external";

/// Whether an object is one of ours: others are those of external libraries, never written and never deleted (docs/libraries.md).
pub fn is_own(key: &str) -> bool {
    let folder = key.split('/').next().unwrap_or(key);
    let mut all = StorageFolder::VALUES.iter().map(|own| own.as_str());
    all.any(|own| own == folder) || OURS.contains(&folder)
}

/// `LibraryResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LibraryResponse {
    /// The library.
    pub id: LibraryId,
    /// Whose its assets are.
    pub owner_id: UserId,
    /// Its name.
    pub name: String,
    /// Always 0, as in 3.1: clients ask for the statistics.
    pub asset_count: i64,
    /// Folders that are looked through.
    pub import_paths: Vec<String>,
    /// What is left out.
    pub exclusion_patterns: Vec<String>,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// When it was last looked through.
    pub refreshed_at: Option<Millis>,
}

/// `LibraryStatsResponseDto`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LibraryStatistics {
    /// Photos that are not hidden.
    pub photos: i64,
    /// Videos that are not hidden.
    pub videos: i64,
    /// Both.
    pub total: i64,
    /// Bytes of all originals.
    pub usage: i64,
}

/// `ValidateLibraryResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// What is to say about each path.
    pub import_paths: Vec<PathValidation>,
}

/// `ValidateLibraryImportPathResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PathValidation {
    /// The path as sent.
    pub import_path: String,
    /// It may be looked through.
    pub is_valid: bool,
    /// Why it may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A path or pattern that says something.
fn is_item(text: &str) -> bool {
    !text.trim().is_empty()
}

/// Refuses items that are empty or blank.
macro_rules! no_blanks {
    ($body:ident, $fields:ident) => {
        for (name, items) in [
            ("importPaths", &$body.import_paths),
            ("exclusionPatterns", &$body.exclusion_patterns),
        ] {
            if items.iter().flatten().any(|item| !is_item(item)) {
                $fields.refuse(name, "Array items must not be empty");
            }
        }
    };
}

input! {
    /// `CreateLibraryDto`.
    pub struct CreateLibrary {
        /// Whose its assets will be.
        pub owner_id: UserId = required("ownerId", rule::id()),
        /// Its name.
        pub name: Option<String> = optional("name", rule::name().min(1)),
        /// Folders to look through.
        pub import_paths: Option<Vec<String>> =
            optional("importPaths", rule::array_of(rule::string()).max(MOST).unique(UNIQUE)),
        /// What is left out.
        pub exclusion_patterns: Option<Vec<String>> =
            optional("exclusionPatterns", rule::array_of(rule::string()).max(MOST).unique(UNIQUE)),
    }
    check |body, fields| {
        no_blanks!(body, fields);
    }
}

input! {
    /// `UpdateLibraryDto`.
    pub struct UpdateLibrary {
        /// Its name.
        pub name: Option<String> = optional("name", rule::name().min(1)),
        /// Folders to look through.
        pub import_paths: Option<Vec<String>> =
            optional("importPaths", rule::array_of(rule::string()).max(MOST).unique(UNIQUE)),
        /// What is left out.
        pub exclusion_patterns: Option<Vec<String>> =
            optional("exclusionPatterns", rule::array_of(rule::string()).max(MOST).unique(UNIQUE)),
    }
    check |body, fields| {
        no_blanks!(body, fields);
    }
}

input! {
    /// `ValidateLibraryDto`.
    pub struct ValidateLibrary {
        /// Folders to look at.
        pub import_paths: Option<Vec<String>> =
            optional("importPaths", rule::array_of(rule::string()).max(MOST).unique(UNIQUE)),
        /// Not looked at, as in 3.1.
        pub exclusion_patterns: Option<Vec<String>> =
            optional("exclusionPatterns", rule::array_of(rule::string()).max(MOST).unique(UNIQUE)),
    }
    check |body, fields| {
        no_blanks!(body, fields);
    }
}
