//! Which job a command or a manual job stands for.

use edge_api::enums::{IntegrityReport, JobName, ManualJobName, QueueName};
use serde_json::{Value, json};

/// What to do about a request for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Store a job of this kind.
    Store(JobName),
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
        QueueName::Sidecar => Plan::Store(JobName::SidecarQueueAll),
    }
}

/// What a manual job does, and what it is told.
pub fn manual(name: ManualJobName) -> (JobName, Value) {
    use ManualJobName as M;
    let delete = |kind: IntegrityReport| {
        let payload = json!({ "type": kind });
        (JobName::IntegrityDeleteReportType, payload)
    };
    let kind = match name {
        M::IntegrityMissingFilesDeleteAll => return delete(IntegrityReport::MissingFile),
        M::IntegrityUntrackedFilesDeleteAll => return delete(IntegrityReport::UntrackedFile),
        M::IntegrityChecksumMismatchDeleteAll => return delete(IntegrityReport::ChecksumMismatch),
        M::IntegrityMissingFiles => JobName::IntegrityMissingFilesQueueAll,
        M::IntegrityUntrackedFiles => JobName::IntegrityUntrackedFilesQueueAll,
        M::IntegrityChecksumMismatch => JobName::IntegrityChecksumFiles,
        M::IntegrityMissingFilesRefresh => JobName::IntegrityMissingFilesRefresh,
        M::IntegrityUntrackedFilesRefresh => JobName::IntegrityUntrackedRefresh,
        M::IntegrityChecksumMismatchRefresh => JobName::IntegrityChecksumFilesRefresh,
        M::PersonCleanup => JobName::PersonCleanup,
        M::TagCleanup => JobName::TagCleanup,
        M::UserCleanup => JobName::UserDeleteCheck,
        M::MemoryCleanup => JobName::MemoryCleanup,
        M::MemoryCreate => JobName::MemoryGenerate,
        M::BackupDatabase => JobName::DatabaseBackup,
    };
    (kind, json!({}))
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
