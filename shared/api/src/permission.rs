//! API-key permissions and the marker types by which a handler names the one it needs
//! (api/auth.md sections 1 and 6).

use core::marker::PhantomData;

use crate::enums::text_enum;

/// What a route demands of the caller; implemented by the markers in [`perm`].
pub trait RequiredPermission: 'static {
    /// The permission an API key needs; `None` means that any key will do.
    const PERMISSION: Option<Permission>;
    /// Whether the user must be an administrator.
    const ADMIN: bool;
}

/// A route for administrators only: `Auth<perm::Admin<perm::AdminUserRead>>`.
#[derive(Debug, Clone, Copy)]
pub struct Admin<P>(PhantomData<P>);

impl<P: RequiredPermission> RequiredPermission for Admin<P> {
    const PERMISSION: Option<Permission> = P::PERMISSION;
    const ADMIN: bool = true;
}

/// A route that takes any API key (`permission: false` in api/auth.md section 1).
#[derive(Debug, Clone, Copy)]
pub struct Any;

impl RequiredPermission for Any {
    const PERMISSION: Option<Permission> = None;
    const ADMIN: bool = false;
}

impl Permission {
    /// Whether a key holding `granted` may do this; `all` grants everything, else the
    /// strings must be equal (api/auth.md section 1).
    pub fn is_granted_by(self, granted: &[Permission]) -> bool {
        granted
            .iter()
            .any(|held| *held == Permission::All || *held == self)
    }
}

macro_rules! permissions {
    ($($name:ident = $text:literal,)*) => {
        text_enum! {
            /// What an API key may be allowed to do.
            pub enum Permission { $($name = $text,)* }
        }

        /// One marker type per permission, beside [`Any`] and [`Admin`]. `perm::All` also
        /// stands for routes that name no permission: a key needs `all` there.
        pub mod perm {
            use super::{Permission, RequiredPermission};
            pub use super::{Admin, Any};

            $(
                #[doc = concat!("Marker of `", $text, "`.")]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;

                impl RequiredPermission for $name {
                    const PERMISSION: Option<Permission> = Some(Permission::$name);
                    const ADMIN: bool = false;
                }
            )*
        }
    };
}

permissions! {
    All = "all",
    ActivityCreate = "activity.create",
    ActivityRead = "activity.read",
    ActivityUpdate = "activity.update",
    ActivityDelete = "activity.delete",
    ActivityStatistics = "activity.statistics",
    ApiKeyCreate = "apiKey.create",
    ApiKeyRead = "apiKey.read",
    ApiKeyUpdate = "apiKey.update",
    ApiKeyDelete = "apiKey.delete",
    AssetCreate = "asset.create",
    AssetRead = "asset.read",
    AssetUpdate = "asset.update",
    AssetDelete = "asset.delete",
    AssetStatistics = "asset.statistics",
    AssetShare = "asset.share",
    AssetView = "asset.view",
    AssetDownload = "asset.download",
    AssetUpload = "asset.upload",
    AssetCopy = "asset.copy",
    AssetDerive = "asset.derive",
    AssetEditGet = "asset.edit.get",
    AssetEditCreate = "asset.edit.create",
    AssetEditDelete = "asset.edit.delete",
    AlbumCreate = "album.create",
    AlbumRead = "album.read",
    AlbumUpdate = "album.update",
    AlbumDelete = "album.delete",
    AlbumStatistics = "album.statistics",
    AlbumShare = "album.share",
    AlbumDownload = "album.download",
    AlbumAssetCreate = "albumAsset.create",
    AlbumAssetDelete = "albumAsset.delete",
    AlbumUserCreate = "albumUser.create",
    AlbumUserUpdate = "albumUser.update",
    AlbumUserDelete = "albumUser.delete",
    AuthChangePassword = "auth.changePassword",
    AuthDeviceDelete = "authDevice.delete",
    ArchiveRead = "archive.read",
    BackupList = "backup.list",
    BackupDownload = "backup.download",
    BackupUpload = "backup.upload",
    BackupDelete = "backup.delete",
    DuplicateRead = "duplicate.read",
    DuplicateDelete = "duplicate.delete",
    FaceCreate = "face.create",
    FaceRead = "face.read",
    FaceUpdate = "face.update",
    FaceDelete = "face.delete",
    FolderRead = "folder.read",
    JobCreate = "job.create",
    JobRead = "job.read",
    LibraryCreate = "library.create",
    LibraryRead = "library.read",
    LibraryUpdate = "library.update",
    LibraryDelete = "library.delete",
    LibraryStatistics = "library.statistics",
    TimelineRead = "timeline.read",
    TimelineDownload = "timeline.download",
    Maintenance = "maintenance",
    MapRead = "map.read",
    MapSearch = "map.search",
    MemoryCreate = "memory.create",
    MemoryRead = "memory.read",
    MemoryUpdate = "memory.update",
    MemoryDelete = "memory.delete",
    MemoryStatistics = "memory.statistics",
    MemoryAssetCreate = "memoryAsset.create",
    MemoryAssetDelete = "memoryAsset.delete",
    NotificationCreate = "notification.create",
    NotificationRead = "notification.read",
    NotificationUpdate = "notification.update",
    NotificationDelete = "notification.delete",
    PartnerCreate = "partner.create",
    PartnerRead = "partner.read",
    PartnerUpdate = "partner.update",
    PartnerDelete = "partner.delete",
    PersonCreate = "person.create",
    PersonRead = "person.read",
    PersonUpdate = "person.update",
    PersonDelete = "person.delete",
    PersonStatistics = "person.statistics",
    PersonMerge = "person.merge",
    PersonReassign = "person.reassign",
    PinCodeCreate = "pinCode.create",
    PinCodeUpdate = "pinCode.update",
    PinCodeDelete = "pinCode.delete",
    PluginCreate = "plugin.create",
    PluginRead = "plugin.read",
    PluginUpdate = "plugin.update",
    PluginDelete = "plugin.delete",
    ServerAbout = "server.about",
    ServerApkLinks = "server.apkLinks",
    ServerStorage = "server.storage",
    ServerStatistics = "server.statistics",
    ServerVersionCheck = "server.versionCheck",
    ServerLicenseRead = "serverLicense.read",
    ServerLicenseUpdate = "serverLicense.update",
    ServerLicenseDelete = "serverLicense.delete",
    SessionCreate = "session.create",
    SessionRead = "session.read",
    SessionUpdate = "session.update",
    SessionDelete = "session.delete",
    SessionLock = "session.lock",
    SharedLinkCreate = "sharedLink.create",
    SharedLinkRead = "sharedLink.read",
    SharedLinkUpdate = "sharedLink.update",
    SharedLinkDelete = "sharedLink.delete",
    StackCreate = "stack.create",
    StackRead = "stack.read",
    StackUpdate = "stack.update",
    StackDelete = "stack.delete",
    SyncStream = "sync.stream",
    SyncCheckpointRead = "syncCheckpoint.read",
    SyncCheckpointUpdate = "syncCheckpoint.update",
    SyncCheckpointDelete = "syncCheckpoint.delete",
    SystemConfigRead = "systemConfig.read",
    SystemConfigUpdate = "systemConfig.update",
    SystemMetadataRead = "systemMetadata.read",
    SystemMetadataUpdate = "systemMetadata.update",
    TagCreate = "tag.create",
    TagRead = "tag.read",
    TagUpdate = "tag.update",
    TagDelete = "tag.delete",
    TagAsset = "tag.asset",
    UserRead = "user.read",
    UserUpdate = "user.update",
    UserLicenseCreate = "userLicense.create",
    UserLicenseRead = "userLicense.read",
    UserLicenseUpdate = "userLicense.update",
    UserLicenseDelete = "userLicense.delete",
    UserOnboardingRead = "userOnboarding.read",
    UserOnboardingUpdate = "userOnboarding.update",
    UserOnboardingDelete = "userOnboarding.delete",
    UserPreferenceRead = "userPreference.read",
    UserPreferenceUpdate = "userPreference.update",
    UserProfileImageCreate = "userProfileImage.create",
    UserProfileImageRead = "userProfileImage.read",
    UserProfileImageUpdate = "userProfileImage.update",
    UserProfileImageDelete = "userProfileImage.delete",
    QueueRead = "queue.read",
    QueueUpdate = "queue.update",
    QueueJobCreate = "queueJob.create",
    QueueJobRead = "queueJob.read",
    QueueJobUpdate = "queueJob.update",
    QueueJobDelete = "queueJob.delete",
    WorkflowCreate = "workflow.create",
    WorkflowRead = "workflow.read",
    WorkflowUpdate = "workflow.update",
    WorkflowDelete = "workflow.delete",
    AdminUserCreate = "adminUser.create",
    AdminUserRead = "adminUser.read",
    AdminUserUpdate = "adminUser.update",
    AdminUserDelete = "adminUser.delete",
    AdminSessionRead = "adminSession.read",
    AdminAuthUnlinkAll = "adminAuth.unlinkAll",
    AdminConfigRead = "adminConfig.read",
    AdminConfigUpdate = "adminConfig.update",
    ApiKeyRotate = "apiKey.rotate",
    AssetFileRead = "assetFile.read",
    AssetFileDownload = "assetFile.download",
    AssetFileDelete = "assetFile.delete",
    ClusterGroupRead = "clusterGroup.read",
    ClusterGroupLeave = "clusterGroup.leave",
    ClusterGroupRequestRead = "clusterGroupRequest.read",
    ClusterGroupRequestCreate = "clusterGroupRequest.create",
    ClusterGroupRequestDelete = "clusterGroupRequest.delete",
    UserConfigRead = "userConfig.read",
    WorkflowLogs = "workflow.logs",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_156_permissions_and_13_of_3_2_and_each_reads_back() {
        assert_eq!(Permission::VALUES.len(), 156 + 13);
        for permission in Permission::VALUES {
            assert_eq!(Permission::parse(permission.as_str()), Some(*permission));
        }
        assert_eq!(Permission::parse("album.*"), None);
    }

    #[test]
    fn all_grants_everything_and_nothing_else_is_a_wildcard() {
        assert!(Permission::AlbumRead.is_granted_by(&[Permission::All]));
        assert!(Permission::AlbumRead.is_granted_by(&[Permission::AlbumRead]));
        assert!(!Permission::AlbumRead.is_granted_by(&[Permission::AlbumUpdate]));
        assert!(!Permission::All.is_granted_by(&[Permission::AlbumRead]));
    }

    #[test]
    fn markers_carry_permission_and_role() {
        fn of<P: RequiredPermission>() -> (Option<&'static str>, bool) {
            (P::PERMISSION.map(Permission::as_str), P::ADMIN)
        }
        assert_eq!(of::<perm::AlbumUpdate>(), (Some("album.update"), false));
        assert_eq!(
            of::<Admin<perm::AdminUserRead>>(),
            (Some("adminUser.read"), true)
        );
        assert_eq!(of::<perm::Any>(), (None, false));
        assert_eq!(of::<perm::All>(), (Some("all"), false));
    }
}
