//! Enums of jobs and queues (api/jobs-ml.md sections 1 and 3).

use super::text_enum;

text_enum! {
    /// Job name (`AssetJobName`).
    pub enum AssetJobName {
        RefreshFaces = "refresh-faces",
        RefreshMetadata = "refresh-metadata",
        RegenerateThumbnail = "regenerate-thumbnail",
        TranscodeVideo = "transcode-video",
    }
}

text_enum! {
    /// Job name (`JobName`).
    pub enum JobName {
        AssetDelete = "AssetDelete",
        AssetDeleteCheck = "AssetDeleteCheck",
        AssetDetectFacesQueueAll = "AssetDetectFacesQueueAll",
        AssetDetectFaces = "AssetDetectFaces",
        AssetDetectDuplicatesQueueAll = "AssetDetectDuplicatesQueueAll",
        AssetDetectDuplicates = "AssetDetectDuplicates",
        AssetEditThumbnailGeneration = "AssetEditThumbnailGeneration",
        AssetEncodeVideoQueueAll = "AssetEncodeVideoQueueAll",
        AssetEncodeVideo = "AssetEncodeVideo",
        AssetEmptyTrash = "AssetEmptyTrash",
        AssetExtractMetadataQueueAll = "AssetExtractMetadataQueueAll",
        AssetExtractMetadata = "AssetExtractMetadata",
        AssetFileMigration = "AssetFileMigration",
        AssetGenerateThumbnailsQueueAll = "AssetGenerateThumbnailsQueueAll",
        AssetGenerateThumbnails = "AssetGenerateThumbnails",
        AuditTableCleanup = "AuditTableCleanup",
        DatabaseBackup = "DatabaseBackup",
        FacialRecognitionQueueAll = "FacialRecognitionQueueAll",
        FacialRecognition = "FacialRecognition",
        FileDelete = "FileDelete",
        FileMigrationQueueAll = "FileMigrationQueueAll",
        LibraryDeleteCheck = "LibraryDeleteCheck",
        LibraryDelete = "LibraryDelete",
        LibraryRemoveAsset = "LibraryRemoveAsset",
        LibraryScanAssetsQueueAll = "LibraryScanAssetsQueueAll",
        LibrarySyncAssets = "LibrarySyncAssets",
        LibrarySyncFilesQueueAll = "LibrarySyncFilesQueueAll",
        LibrarySyncFiles = "LibrarySyncFiles",
        LibraryScanQueueAll = "LibraryScanQueueAll",
        HlsSessionCleanup = "HlsSessionCleanup",
        MemoryCleanup = "MemoryCleanup",
        MemoryGenerate = "MemoryGenerate",
        NotificationsCleanup = "NotificationsCleanup",
        NotifyUserSignup = "NotifyUserSignup",
        NotifyAlbumInvite = "NotifyAlbumInvite",
        NotifyAlbumUpdate = "NotifyAlbumUpdate",
        UserDelete = "UserDelete",
        UserDeleteCheck = "UserDeleteCheck",
        UserSyncUsage = "UserSyncUsage",
        PersonCleanup = "PersonCleanup",
        PersonFileMigration = "PersonFileMigration",
        PersonGenerateThumbnail = "PersonGenerateThumbnail",
        SessionCleanup = "SessionCleanup",
        SendMail = "SendMail",
        SidecarQueueAll = "SidecarQueueAll",
        SidecarCheck = "SidecarCheck",
        SidecarWrite = "SidecarWrite",
        SmartSearchQueueAll = "SmartSearchQueueAll",
        SmartSearch = "SmartSearch",
        StorageTemplateMigration = "StorageTemplateMigration",
        StorageTemplateMigrationSingle = "StorageTemplateMigrationSingle",
        TagCleanup = "TagCleanup",
        VersionCheck = "VersionCheck",
        OcrQueueAll = "OcrQueueAll",
        Ocr = "Ocr",
        WorkflowAssetTrigger = "WorkflowAssetTrigger",
        IntegrityUntrackedFilesQueueAll = "IntegrityUntrackedFilesQueueAll",
        IntegrityUntrackedFiles = "IntegrityUntrackedFiles",
        IntegrityUntrackedRefresh = "IntegrityUntrackedRefresh",
        IntegrityMissingFilesQueueAll = "IntegrityMissingFilesQueueAll",
        IntegrityMissingFiles = "IntegrityMissingFiles",
        IntegrityMissingFilesRefresh = "IntegrityMissingFilesRefresh",
        IntegrityChecksumFiles = "IntegrityChecksumFiles",
        IntegrityChecksumFilesRefresh = "IntegrityChecksumFilesRefresh",
        IntegrityDeleteReportType = "IntegrityDeleteReportType",
        IntegrityDeleteReports = "IntegrityDeleteReports",
    }
}

text_enum! {
    /// Manual job name (`ManualJobName`).
    pub enum ManualJobName {
        PersonCleanup = "person-cleanup",
        TagCleanup = "tag-cleanup",
        UserCleanup = "user-cleanup",
        MemoryCleanup = "memory-cleanup",
        MemoryCreate = "memory-create",
        BackupDatabase = "backup-database",
        IntegrityMissingFiles = "integrity-missing-files",
        IntegrityUntrackedFiles = "integrity-untracked-files",
        IntegrityChecksumMismatch = "integrity-checksum-mismatch",
        IntegrityMissingFilesRefresh = "integrity-missing-files-refresh",
        IntegrityUntrackedFilesRefresh = "integrity-untracked-files-refresh",
        IntegrityChecksumMismatchRefresh = "integrity-checksum-mismatch-refresh",
        IntegrityMissingFilesDeleteAll = "integrity-missing-files-delete-all",
        IntegrityUntrackedFilesDeleteAll = "integrity-untracked-files-delete-all",
        IntegrityChecksumMismatchDeleteAll = "integrity-checksum-mismatch-delete-all",
    }
}

text_enum! {
    /// Queue command to execute (`QueueCommand`).
    pub enum QueueCommand {
        Start = "start",
        Pause = "pause",
        Resume = "resume",
        Empty = "empty",
        ClearFailed = "clear-failed",
    }
}

text_enum! {
    /// Queue job status (`QueueJobStatus`).
    pub enum QueueJobStatus {
        Active = "active",
        Failed = "failed",
        Completed = "completed",
        Delayed = "delayed",
        Waiting = "waiting",
        Paused = "paused",
    }
}

text_enum! {
    /// Queue name (`QueueName`).
    pub enum QueueName {
        ThumbnailGeneration = "thumbnailGeneration",
        MetadataExtraction = "metadataExtraction",
        VideoConversion = "videoConversion",
        FaceDetection = "faceDetection",
        FacialRecognition = "facialRecognition",
        SmartSearch = "smartSearch",
        DuplicateDetection = "duplicateDetection",
        BackgroundTask = "backgroundTask",
        StorageTemplateMigration = "storageTemplateMigration",
        Migration = "migration",
        Search = "search",
        Sidecar = "sidecar",
        Library = "library",
        Notifications = "notifications",
        BackupDatabase = "backupDatabase",
        Ocr = "ocr",
        Workflow = "workflow",
        IntegrityCheck = "integrityCheck",
        Editor = "editor",
    }
}
