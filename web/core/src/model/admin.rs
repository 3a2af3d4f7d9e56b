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
        /// How many photos it has.
        pub asset_count: u64,
        /// When it was last looked through.
        pub refreshed_at: Option<String>,
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
        /// How far a restore is, from 0 to 1.
        pub progress: Option<f64>,
        /// What went wrong.
        pub error: Option<String>,
    }
}
