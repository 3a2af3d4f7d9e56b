//! Which job a command or a manual job stands for, and whether this build can do it.

use edge_api::enums::{IntegrityReport, JobName, ManualJobName, QueueName};
use serde_json::{Value, json};

/// What to do about a request for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Store a job of this kind.
    Store(JobName),
    /// The contract has it, this build cannot do it yet: 501.
    Unbuilt,
    /// The queue has no such command: 400 `Invalid job name: X`.
    Invalid,
}

/// What `start` does for a queue (the table of api/jobs-ml.md section 1).
pub fn start(queue: QueueName) -> Plan {
    match queue {
        QueueName::ThumbnailGeneration => Plan::Store(JobName::AssetGenerateThumbnailsQueueAll),
        QueueName::MetadataExtraction => Plan::Store(JobName::AssetExtractMetadataQueueAll),
        QueueName::DuplicateDetection => Plan::Store(JobName::AssetDetectDuplicatesQueueAll),
        QueueName::FaceDetection => Plan::Store(JobName::AssetDetectFacesQueueAll),
        QueueName::FacialRecognition => Plan::Store(JobName::FacialRecognitionQueueAll),
        QueueName::SmartSearch => Plan::Store(JobName::SmartSearchQueueAll),
        QueueName::VideoConversion => Plan::Store(JobName::AssetEncodeVideoQueueAll),
        QueueName::Ocr => Plan::Store(JobName::OcrQueueAll),
        QueueName::Library => Plan::Store(JobName::LibraryScanQueueAll),
        QueueName::BackupDatabase => Plan::Store(JobName::DatabaseBackup),
        QueueName::BackgroundTask
        | QueueName::Search
        | QueueName::Notifications
        | QueueName::Workflow
        | QueueName::IntegrityCheck
        | QueueName::Editor => Plan::Invalid,
        QueueName::Migration => Plan::Store(JobName::FileMigrationQueueAll),
        QueueName::StorageTemplateMigration => Plan::Store(JobName::StorageTemplateMigration),
        QueueName::Sidecar => Plan::Unbuilt,
    }
}

/// What a manual job does, and what it is told.
pub fn manual(name: ManualJobName) -> (Plan, Value) {
    use ManualJobName as M;
    let delete = |kind: IntegrityReport| {
        let plan = Plan::Store(JobName::IntegrityDeleteReportType);
        (plan, json!({ "type": kind }))
    };
    match name {
        M::IntegrityMissingFilesDeleteAll => delete(IntegrityReport::MissingFile),
        M::IntegrityUntrackedFilesDeleteAll => delete(IntegrityReport::UntrackedFile),
        M::IntegrityChecksumMismatchDeleteAll => delete(IntegrityReport::ChecksumMismatch),
        name => (kind_of(name), json!({})),
    }
}

fn kind_of(name: ManualJobName) -> Plan {
    use ManualJobName as M;
    match name {
        M::IntegrityMissingFiles => Plan::Store(JobName::IntegrityMissingFilesQueueAll),
        M::IntegrityUntrackedFiles => Plan::Store(JobName::IntegrityUntrackedFilesQueueAll),
        M::IntegrityChecksumMismatch => Plan::Store(JobName::IntegrityChecksumFiles),
        M::IntegrityMissingFilesRefresh => Plan::Store(JobName::IntegrityMissingFilesRefresh),
        M::IntegrityUntrackedFilesRefresh => Plan::Store(JobName::IntegrityUntrackedRefresh),
        M::IntegrityChecksumMismatchRefresh => Plan::Store(JobName::IntegrityChecksumFilesRefresh),
        ManualJobName::PersonCleanup => Plan::Store(JobName::PersonCleanup),
        ManualJobName::TagCleanup => Plan::Store(JobName::TagCleanup),
        ManualJobName::UserCleanup => Plan::Store(JobName::UserDeleteCheck),
        ManualJobName::MemoryCleanup => Plan::Store(JobName::MemoryCleanup),
        ManualJobName::BackupDatabase => Plan::Store(JobName::DatabaseBackup),
        ManualJobName::MemoryCreate => Plan::Store(JobName::MemoryGenerate),
        _ => Plan::Unbuilt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_started_job_belongs_to_its_queue() {
        for queue in QueueName::VALUES {
            if let Plan::Store(kind) = start(*queue) {
                assert_eq!(edge_store::jobs::queue_of(kind), *queue);
            }
        }
        assert_eq!(start(QueueName::BackgroundTask), Plan::Invalid);
    }
}
