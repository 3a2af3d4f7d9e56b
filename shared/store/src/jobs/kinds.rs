//! Which queue a kind of job counts in, and which consumer works a queue off (api/jobs-ml.md section 3, docs/jobs.md).

use edge_api::enums::{JobName, QueueName};
use edge_platform::Consumer;

/// Which function runs the jobs of a queue.
pub(super) fn consumer_of(queue: QueueName) -> Consumer {
    match queue {
        QueueName::MetadataExtraction
        | QueueName::ThumbnailGeneration
        | QueueName::Sidecar
        | QueueName::Editor
        | QueueName::VideoConversion
        | QueueName::DuplicateDetection => Consumer::Media,
        QueueName::Library | QueueName::BackupDatabase | QueueName::IntegrityCheck => {
            Consumer::Storage
        }
        QueueName::FaceDetection | QueueName::FacialRecognition => Consumer::Faces,
        QueueName::SmartSearch => Consumer::Clip,
        QueueName::Ocr => Consumer::Ocr,
        _ => Consumer::Tasks,
    }
}

/// Whether companions do jobs of this kind (docs/companion.md). Others are not left to them: they would wait for ever. What the edge does
/// as well comes back to it while no companion wants it (`companion::take_back`).
pub fn is_for_companions(kind: JobName) -> bool {
    let is_made = matches!(
        kind,
        JobName::AssetGenerateThumbnails
            | JobName::AssetEditThumbnailGeneration
            | JobName::AssetEncodeVideo
    );
    is_made || is_seen(kind)
}

/// The kinds of jobs for which a network looks at a picture. The edge does them as well: companions do them while one is there that wants to.
pub const SEEN: [JobName; 3] = [
    JobName::SmartSearch,
    JobName::AssetDetectFaces,
    JobName::Ocr,
];

/// Whether this is one of [`SEEN`].
pub fn is_seen(kind: JobName) -> bool {
    SEEN.contains(&kind)
}

/// The queue of a kind of job (api/jobs-ml.md section 3).
pub fn queue_of(kind: JobName) -> QueueName {
    use JobName as J;
    match kind {
        J::AssetExtractMetadataQueueAll | J::AssetExtractMetadata => QueueName::MetadataExtraction,
        J::AssetGenerateThumbnailsQueueAll
        | J::AssetGenerateThumbnails
        | J::PersonGenerateThumbnail => QueueName::ThumbnailGeneration,
        J::AssetEditThumbnailGeneration => QueueName::Editor,
        J::AssetEncodeVideoQueueAll | J::AssetEncodeVideo => QueueName::VideoConversion,
        J::AssetDetectFacesQueueAll | J::AssetDetectFaces => QueueName::FaceDetection,
        J::FacialRecognitionQueueAll | J::FacialRecognition => QueueName::FacialRecognition,
        J::SmartSearchQueueAll | J::SmartSearch => QueueName::SmartSearch,
        J::AssetDetectDuplicatesQueueAll | J::AssetDetectDuplicates => {
            QueueName::DuplicateDetection
        }
        J::OcrQueueAll | J::Ocr => QueueName::Ocr,
        J::StorageTemplateMigration | J::StorageTemplateMigrationSingle => {
            QueueName::StorageTemplateMigration
        }
        J::FileMigrationQueueAll | J::AssetFileMigration | J::PersonFileMigration => {
            QueueName::Migration
        }
        J::SidecarQueueAll | J::SidecarCheck | J::SidecarWrite => QueueName::Sidecar,
        J::LibraryDeleteCheck
        | J::LibraryDelete
        | J::LibraryRemoveAsset
        | J::LibraryScanAssetsQueueAll
        | J::LibrarySyncAssets
        | J::LibrarySyncFilesQueueAll
        | J::LibrarySyncFiles
        | J::LibraryScanQueueAll => QueueName::Library,
        J::NotifyUserSignup | J::NotifyAlbumInvite | J::NotifyAlbumUpdate | J::SendMail => {
            QueueName::Notifications
        }
        J::DatabaseBackup => QueueName::BackupDatabase,
        J::WorkflowAssetTrigger => QueueName::Workflow,
        J::IntegrityUntrackedFilesQueueAll
        | J::IntegrityUntrackedFiles
        | J::IntegrityUntrackedRefresh
        | J::IntegrityMissingFilesQueueAll
        | J::IntegrityMissingFiles
        | J::IntegrityMissingFilesRefresh
        | J::IntegrityChecksumFiles
        | J::IntegrityChecksumFilesRefresh
        | J::IntegrityDeleteReportType
        | J::IntegrityDeleteReports => QueueName::IntegrityCheck,
        _ => QueueName::BackgroundTask,
    }
}
