//! Jobs and queues, in the new and in the legacy form (api/jobs-ml.md section 1).

use serde::ser::{Serialize as _, SerializeMap, Serializer};
use serde_json::Value;

use crate::enums::{JobName, ManualJobName, QueueCommand, QueueJobStatus, QueueName};
use crate::input::{input, rule};
use crate::time::Millis;

input! {
    /// `JobCreateDto`.
    pub struct JobCreate {
        /// What to do now.
        pub name: ManualJobName = required("name", rule::enum_of()),
    }
}

input! {
    /// `QueueCommandDto`.
    pub struct QueueCommandBody {
        /// What to do with the queue.
        pub command: QueueCommand = required("command", rule::enum_of()),
        /// Of `start`: true = all assets, false = missing only, none = refresh.
        pub force: Option<bool> = optional("force", rule::boolean()),
    }
}

input! {
    /// `QueueUpdateDto`.
    pub struct QueueUpdate {
        /// Stop or go on.
        pub is_paused: Option<bool> = optional("isPaused", rule::boolean()),
    }
}

input! {
    /// `QueueDeleteDto`.
    pub struct QueueDelete {
        /// The failed jobs, too.
        pub failed: bool = default("failed", rule::boolean(), false),
    }
}

input! {
    /// Query of `GET /queues/{name}/jobs`.
    pub struct QueueJobsQuery {
        /// Only in these states.
        pub status: Option<Vec<QueueJobStatus>> =
            optional("status", rule::array_of(rule::enum_of())),
    }
}

/// `QueueStatisticsDto`: jobs per state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct QueueStatistics {
    /// Being worked on.
    pub active: i64,
    /// Done and kept; finished jobs are dropped, so mostly 0.
    pub completed: i64,
    /// Given up.
    pub failed: i64,
    /// Not due yet.
    pub delayed: i64,
    /// Due.
    pub waiting: i64,
    /// Due, in a paused queue.
    pub paused: i64,
}

/// `QueueResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueResponse {
    /// Which queue.
    pub name: QueueName,
    /// Stopped by an administrator.
    pub is_paused: bool,
    /// Jobs per state.
    pub statistics: QueueStatistics,
}

/// `QueueResponseLegacyDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueLegacy {
    /// Jobs per state.
    pub job_counts: QueueStatistics,
    /// What it is doing.
    pub queue_status: QueueStatusLegacy,
}

/// `QueueStatusLegacyDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatusLegacy {
    /// A job is being worked on.
    pub is_active: bool,
    /// Stopped by an administrator.
    pub is_paused: bool,
}

impl From<QueueResponse> for QueueLegacy {
    fn from(queue: QueueResponse) -> Self {
        Self {
            job_counts: queue.statistics,
            queue_status: QueueStatusLegacy {
                is_active: queue.statistics.active > 0,
                is_paused: queue.is_paused,
            },
        }
    }
}

/// `QueuesResponseLegacyDto`: an object with every queue's name as key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuesLegacy(pub Vec<QueueResponse>);

impl serde::Serialize for QueuesLegacy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for queue in &self.0 {
            map.serialize_entry(queue.name.as_str(), &QueueLegacy::from(*queue))?;
        }
        map.end()
    }
}

/// `QueueJobResponseDto`.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct QueueJob {
    /// The job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it does.
    pub name: JobName,
    /// Its payload.
    pub data: Value,
    /// When it was made; epoch milliseconds on the wire.
    #[serde(serialize_with = "epoch_millis")]
    pub timestamp: Millis,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's signature; no finding on wasm"
)]
fn epoch_millis<S: Serializer>(at: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
    at.0.serialize(serializer)
}
