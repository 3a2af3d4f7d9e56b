//! Enums of every other area, as the contract lists them.

use super::text_enum;

text_enum! {
    /// Album user role (`AlbumUserRole`).
    pub enum AlbumUserRole {
        Editor = "editor",
        Owner = "owner",
        Viewer = "viewer",
    }
}

text_enum! {
    /// Type of edit action to perform (`AssetEditAction`).
    pub enum AssetEditAction {
        Crop = "crop",
        Rotate = "rotate",
        Mirror = "mirror",
    }
}

text_enum! {
    /// Error reason if failed (`AssetIdErrorReason`).
    pub enum AssetIdErrorReason {
        Duplicate = "duplicate",
        NoPermission = "no_permission",
        NotFound = "not_found",
    }
}

text_enum! {
    /// Kind of generated or side file (`AssetFileType` of 3.2).
    pub enum AssetFileType {
        Fullsize = "fullsize",
        Preview = "preview",
        Thumbnail = "thumbnail",
        Sidecar = "sidecar",
        EncodedVideo = "encoded_video",
    }
}

text_enum! {
    /// Asset media size (`AssetMediaSize`).
    pub enum AssetMediaSize {
        Original = "original",
        Fullsize = "fullsize",
        Preview = "preview",
        Thumbnail = "thumbnail",
    }
}

text_enum! {
    /// Upload status (`AssetMediaStatus`).
    pub enum AssetMediaStatus {
        Created = "created",
        Duplicate = "duplicate",
    }
}

text_enum! {
    /// Asset sort order (`AssetOrder`).
    pub enum AssetOrder {
        Asc = "asc",
        Desc = "desc",
    }
}

text_enum! {
    /// Asset sorting property (`AssetOrderBy`).
    pub enum AssetOrderBy {
        TakenAt = "takenAt",
        CreatedAt = "createdAt",
    }
}

text_enum! {
    /// Rejection reason if rejected (`AssetRejectReason`).
    pub enum AssetRejectReason {
        Duplicate = "duplicate",
        UnsupportedFormat = "unsupported-format",
    }
}

text_enum! {
    /// Asset type (`AssetTypeEnum`).
    pub enum AssetType {
        Image = "IMAGE",
        Video = "VIDEO",
        Audio = "AUDIO",
        Other = "OTHER",
    }
}

text_enum! {
    /// Upload action (`AssetUploadAction`).
    pub enum AssetUploadAction {
        Accept = "accept",
        Reject = "reject",
    }
}

text_enum! {
    /// Asset visibility (`AssetVisibility`).
    pub enum AssetVisibility {
        Archive = "archive",
        Timeline = "timeline",
        Hidden = "hidden",
        Locked = "locked",
    }
}

text_enum! {
    /// Error reason (`BulkIdErrorReason`).
    pub enum BulkIdErrorReason {
        Duplicate = "duplicate",
        NoPermission = "no_permission",
        NotFound = "not_found",
        Unknown = "unknown",
        Validation = "validation",
    }
}

text_enum! {
    /// Type of calendar heatmap (`CalendarHeatmapType`).
    pub enum CalendarHeatmapType {
        Upload = "Upload",
        Taken = "Taken",
    }
}

text_enum! {
    /// Integrity report type (`IntegrityReport`).
    pub enum IntegrityReport {
        UntrackedFile = "untracked_file",
        MissingFile = "missing_file",
        ChecksumMismatch = "checksum_mismatch",
    }
}

text_enum! {
    /// Maintenance action (`MaintenanceAction`).
    pub enum MaintenanceAction {
        Start = "start",
        End = "end",
        SelectDatabaseRestore = "select_database_restore",
        RestoreDatabase = "restore_database",
    }
}

text_enum! {
    /// Sort order (`MemorySearchOrder`).
    pub enum MemorySearchOrder {
        Asc = "asc",
        Desc = "desc",
        Random = "random",
    }
}

text_enum! {
    /// Memory type (`MemoryType`).
    pub enum MemoryType {
        OnThisDay = "on_this_day",
    }
}

text_enum! {
    /// Axis to mirror along (`MirrorAxis`).
    pub enum MirrorAxis {
        Horizontal = "horizontal",
        Vertical = "vertical",
    }
}

text_enum! {
    /// Notification level (`NotificationLevel`).
    pub enum NotificationLevel {
        Success = "success",
        Error = "error",
        Warning = "warning",
        Info = "info",
    }
}

text_enum! {
    /// Notification type (`NotificationType`).
    pub enum NotificationType {
        JobFailed = "JobFailed",
        BackupFailed = "BackupFailed",
        SystemMessage = "SystemMessage",
        AlbumInvite = "AlbumInvite",
        AlbumUpdate = "AlbumUpdate",
        Custom = "Custom",
        ClusterGroupRequest = "ClusterGroupRequest",
    }
}

text_enum! {
    /// Partner direction (`PartnerDirection`).
    pub enum PartnerDirection {
        SharedBy = "shared-by",
        SharedWith = "shared-with",
    }
}

text_enum! {
    /// Reaction level (`ReactionLevel`).
    pub enum ReactionLevel {
        Album = "album",
        Asset = "asset",
    }
}

text_enum! {
    /// Reaction type (`ReactionType`).
    pub enum ReactionType {
        Comment = "comment",
        Like = "like",
    }
}

text_enum! {
    /// Kind of step to a newer release (`ReleaseType`).
    pub enum ReleaseType {
        Major = "major",
        Premajor = "premajor",
        Minor = "minor",
        Preminor = "preminor",
        Patch = "patch",
        Prepatch = "prepatch",
        Prerelease = "prerelease",
    }
}

text_enum! {
    /// What a structured search is ordered by (`SearchOrderField` of 3.2).
    pub enum SearchOrderField {
        FileCreatedAt = "fileCreatedAt",
        LocalDateTime = "localDateTime",
        FileSizeInBytes = "fileSizeInBytes",
        Rating = "rating",
    }
}

text_enum! {
    /// Suggestion type (`SearchSuggestionType`).
    pub enum SearchSuggestionType {
        Country = "country",
        State = "state",
        City = "city",
        CameraMake = "camera-make",
        CameraModel = "camera-model",
        CameraLensModel = "camera-lens-model",
    }
}

text_enum! {
    /// Shared link type (`SharedLinkType`).
    pub enum SharedLinkType {
        Album = "ALBUM",
        Individual = "INDIVIDUAL",
    }
}

text_enum! {
    /// Face detection source type (`SourceType`).
    pub enum SourceType {
        MachineLearning = "machine-learning",
        Exif = "exif",
        Manual = "manual",
    }
}

text_enum! {
    /// Storage folder (`StorageFolder`).
    pub enum StorageFolder {
        EncodedVideo = "encoded-video",
        Library = "library",
        Upload = "upload",
        Profile = "profile",
        Thumbs = "thumbs",
        Backups = "backups",
    }
}

text_enum! {
    /// User avatar color (`UserAvatarColor`).
    pub enum UserAvatarColor {
        Primary = "primary",
        Pink = "pink",
        Red = "red",
        Yellow = "yellow",
        Blue = "blue",
        Green = "green",
        Purple = "purple",
        Orange = "orange",
        Gray = "gray",
        Amber = "amber",
    }
}

text_enum! {
    /// User metadata key (`UserMetadataKey`).
    pub enum UserMetadataKey {
        Preferences = "preferences",
        License = "license",
        Onboarding = "onboarding",
    }
}

text_enum! {
    /// User status (`UserStatus`).
    pub enum UserStatus {
        Active = "active",
        Removing = "removing",
        Deleted = "deleted",
    }
}

text_enum! {
    /// Plugin trigger type (`WorkflowTrigger`).
    pub enum WorkflowTrigger {
        AssetCreate = "AssetCreate",
        AssetMetadataExtraction = "AssetMetadataExtraction",
        AssetTagged = "AssetTagged",
    }
}

text_enum! {
    /// How a run of a workflow ended (`WorkflowResult` of 3.2).
    pub enum WorkflowResult {
        Completed = "completed",
        Halted = "halted",
        Error = "error",
    }
}

text_enum! {
    /// Workflow type (`WorkflowType`).
    pub enum WorkflowType {
        AssetV1 = "AssetV1",
    }
}
