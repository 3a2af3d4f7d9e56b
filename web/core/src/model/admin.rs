//! What administrators see.
use crate::answer::answers;

answers! {
    /// A queue of `GET /queues`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Queue {
        /// Its name.
        pub name: String,
        /// Whether it rests.
        pub is_paused: bool,
        /// How many jobs it has.
        pub statistics: Jobs,
    }

    /// Numbers of jobs.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Jobs {
        /// Being worked on.
        pub active: u64,
        /// Not begun.
        pub waiting: u64,
        /// Given up.
        pub failed: u64,
        /// To be tried later.
        pub delayed: u64,
        /// Not begun, in a queue that rests.
        pub paused: u64,
    }

    /// `GET /server/statistics`.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Statistics {
        /// How many photos.
        pub photos: u64,
        /// How many videos.
        pub videos: u64,
        /// Bytes of all files.
        pub usage: f64,
        /// Whose they are.
        pub usage_by_user: Vec<UsageByUser>,
    }

    /// What somebody has on the server.
    #[derive(Clone, Debug, PartialEq)]
    pub struct UsageByUser {
        /// Who it is.
        pub user_name: String,
        /// How many photos.
        pub photos: u64,
        /// How many videos.
        pub videos: u64,
        /// Bytes of all files.
        pub usage: f64,
        /// How many bytes there may be.
        pub quota_size_in_bytes: Option<f64>,
    }

    /// A folder that the server reads photos from.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Library {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// Folders that are looked through.
        pub import_paths: Vec<String>,
        /// What is left out.
        pub exclusion_patterns: Vec<String>,
        /// When it was last looked through.
        pub refreshed_at: Option<String>,
    }

    /// `GET /libraries/{id}/statistics`: the library itself says 0 always (admin.md section 1 of the contract).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct LibraryStatistics {
        /// How many photos and videos it has.
        pub total: u64,
    }

    /// `POST /libraries/{id}/validate`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Validation {
        /// What is to say about each path.
        pub import_paths: Vec<PathState>,
    }

    /// What is to say about a path.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PathState {
        /// The path.
        pub import_path: String,
        /// Whether it can be looked through.
        pub is_valid: bool,
        /// Why it cannot.
        pub message: Option<String>,
    }

    /// `GET /admin/database-backups`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Backups {
        /// The files.
        pub backups: Vec<Backup>,
    }

    /// A backup of the database.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Backup {
        /// Its file.
        pub filename: String,
        /// How long that is, in bytes.
        pub filesize: f64,
    }

    /// One of `GET /queues/{name}/jobs?status=failed`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct FailedJob {
        /// Its id.
        pub id: String,
        /// What was to be done.
        pub name: String,
        /// What it was about.
        pub data: JobData,
    }

    /// What a job is about.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct JobData {
        /// Why it failed.
        pub reason: Option<String>,
        /// The photo, where it is about one.
        pub id: Option<String>,
    }

    /// `GET /admin/maintenance/status`.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Maintenance {
        /// Whether it is still on.
        pub active: bool,
        /// What a restore does at the moment.
        pub task: Option<String>,
        /// How far a restore is, from 0 to 1.
        pub progress: Option<f64>,
        /// What went wrong.
        pub error: Option<String>,
    }

    /// `GET /admin/integrity/summary`: the keys are those of the types.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct IntegritySummary {
        /// Files that nobody names.
        pub untracked_file: u64 = "untracked_file",
        /// Files that are named and not there.
        pub missing_file: u64 = "missing_file",
        /// Originals that are not what was uploaded.
        pub checksum_mismatch: u64 = "checksum_mismatch",
    }

    /// A page of `GET /admin/integrity/report`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Findings {
        /// Newest first.
        pub items: Vec<Finding>,
        /// Where the next page begins.
        pub next_cursor: Option<String>,
    }

    /// What a check found.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Finding {
        /// Its id.
        pub id: String,
        /// Which file.
        pub path: String,
    }
}
