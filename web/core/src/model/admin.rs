//! What administrators see.
use serde::Deserialize;

/// A queue of `GET /queues`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Whether it rests.
    pub is_paused: bool,
    /// How many jobs it has.
    pub statistics: Jobs,
}

/// Numbers of jobs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Statistics {
    /// How many photos.
    pub photos: u64,
    /// How many videos.
    pub videos: u64,
    /// Bytes of all files.
    pub usage: f64,
}

/// One of `GET /queues/{name}/jobs?status=failed`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FailedJob {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// What was to be done.
    pub name: String,
    /// What it was about.
    pub data: JobData,
}

/// What a job is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct JobData {
    /// Why it failed.
    pub reason: Option<String>,
    /// The photo, where it is about one.
    pub id: Option<String>,
}

/// `GET /admin/maintenance/status`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Maintenance {
    /// Whether it is still on.
    pub active: bool,
    /// How far a restore is, from 0 to 1.
    pub progress: Option<f64>,
    /// What went wrong.
    pub error: Option<String>,
}
