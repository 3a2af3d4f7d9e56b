//! The `data` of each type of line (api/sync.md section 4), every field of the contract in its order.

use super::shape::{Shape, day, flag, int, object, real, text, time};

macro_rules! shapes {
    ($( $(#[$meta:meta])* $constant:ident = $name:literal [$($field:expr),* $(,)?]; )*) => {
        $( $(#[$meta])* pub const $constant: Shape = Shape { name: $name, fields: &[$($field),*] }; )*

        /// All of them.
        pub const ALL: &[Shape] = &[$($constant),*];
    };
}

shapes! {
    /// The caller.
    AUTH_USER = "SyncAuthUserV1" [
        text("avatarColor").or_null(), time("deletedAt").or_null(), text("email"), flag("hasProfileImage"),
        text("id"), flag("isAdmin"), text("name"), text("oauthId"), text("pinCode").or_null(),
        time("profileChangedAt"), int("quotaSizeInBytes").or_null(), int("quotaUsageInBytes"),
        text("storageLabel").or_null(),
    ];
    /// Any account, deleted ones included.
    USER = "SyncUserV1" [
        text("avatarColor").or_null(), time("deletedAt").or_null(), text("email"), flag("hasProfileImage"),
        text("id"), text("name"), time("profileChangedAt"),
    ];
    /// An account that was removed.
    USER_DELETE = "SyncUserDeleteV1" [text("userId")];
    /// A document of the caller: preferences, onboarding or license.
    USER_METADATA = "SyncUserMetadataV1" [text("key"), text("userId"), object("value")];
    /// A document that was removed.
    USER_METADATA_DELETE = "SyncUserMetadataDeleteV1" [text("key"), text("userId")];
    /// A partnership, in either direction.
    PARTNER = "SyncPartnerV1" [flag("inTimeline"), text("sharedById"), text("sharedWithId")];
    /// A partnership that ended.
    PARTNER_DELETE = "SyncPartnerDeleteV1" [text("sharedById"), text("sharedWithId")];
    /// A photo or video.
    ASSET = "SyncAssetV2" [
        text("checksum"), time("createdAt").or_null(), time("deletedAt").or_null(), int("duration").or_null(),
        time("fileCreatedAt").or_null(), time("fileModifiedAt").or_null(), int("height").or_null(), text("id"),
        flag("isEdited"), flag("isFavorite"), text("libraryId").or_null(), text("livePhotoVideoId").or_null(),
        time("localDateTime").or_null(), text("originalFileName"), text("ownerId"), text("stackId").or_null(),
        text("thumbhash").or_null(), text("type"), text("visibility"), int("width").or_null(),
    ];
    /// An asset that was removed for good.
    ASSET_DELETE = "SyncAssetDeleteV1" [text("assetId")];
    /// What is known of an asset from its file.
    ASSET_EXIF = "SyncAssetExifV1" [
        text("assetId"), text("city").or_null(), text("country").or_null(), time("dateTimeOriginal").or_null(),
        text("description").or_null(), int("exifImageHeight").or_null(), int("exifImageWidth").or_null(),
        text("exposureTime").or_null(), real("fNumber").or_null(), int("fileSizeInByte").or_null(),
        real("focalLength").or_null(), real("fps").or_null(), int("iso").or_null(), real("latitude").or_null(),
        text("lensModel").or_null(), real("longitude").or_null(), text("make").or_null(), text("model").or_null(),
        time("modifyDate").or_null(), text("orientation").or_null(), text("profileDescription").or_null(),
        text("projectionType").or_null(), int("rating").or_null(), text("state").or_null(),
        text("timeZone").or_null(),
    ];
    /// What a client attached to an asset.
    ASSET_METADATA = "SyncAssetMetadataV1" [text("assetId"), text("key"), object("value")];
    /// What a client took off an asset.
    ASSET_METADATA_DELETE = "SyncAssetMetadataDeleteV1" [text("assetId"), text("key")];
    /// A step of an edit.
    ASSET_EDIT = "SyncAssetEditV1" [text("action"), text("assetId"), text("id"), object("parameters"), int("sequence")];
    /// A step that was removed.
    ASSET_EDIT_DELETE = "SyncAssetEditDeleteV1" [text("editId")];
    /// A line of text found in an image.
    ASSET_OCR = "SyncAssetOcrV1" [
        text("assetId"), real("boxScore"), text("id"), flag("isVisible"), text("text"), real("textScore"), real("x1"),
        real("x2"), real("x3"), real("x4"), real("y1"), real("y2"), real("y3"), real("y4"),
    ];
    /// The text of an image that was removed.
    ASSET_OCR_DELETE = "SyncAssetOcrDeleteV1" [text("assetId"), time("deletedAt"), text("id")];
    /// A face on an asset.
    ASSET_FACE = "SyncAssetFaceV2" [
        text("assetId"), int("boundingBoxX1"), int("boundingBoxX2"), int("boundingBoxY1"), int("boundingBoxY2"),
        time("deletedAt").or_null(), text("id"), int("imageHeight"), int("imageWidth"), flag("isVisible"),
        text("personId").or_null(), text("sourceType"),
    ];
    /// A face that was removed.
    ASSET_FACE_DELETE = "SyncAssetFaceDeleteV1" [text("assetFaceId")];
    /// A person.
    PERSON = "SyncPersonV1" [
        day("birthDate").or_null(), text("color").or_null(), time("createdAt"), text("faceAssetId").or_null(),
        text("id"), flag("isFavorite"), flag("isHidden"), text("name"), text("ownerId"), time("updatedAt"),
    ];
    /// A person who was removed.
    PERSON_DELETE = "SyncPersonDeleteV1" [text("personId")];
    /// A stack.
    STACK = "SyncStackV1" [time("createdAt"), text("id"), text("ownerId"), text("primaryAssetId"), time("updatedAt")];
    /// A stack that was dissolved.
    STACK_DELETE = "SyncStackDeleteV1" [text("stackId")];
    /// An album as clients before 3.0 know it.
    ALBUM_V1 = "SyncAlbumV1" [
        time("createdAt"), text("description"), text("id"), flag("isActivityEnabled"), text("name"), text("order"),
        text("ownerId"), text("thumbnailAssetId").or_null(), time("updatedAt"),
    ];
    /// An album.
    ALBUM = "SyncAlbumV2" [
        time("createdAt"), text("description"), text("id"), flag("isActivityEnabled"), text("name"), text("order"),
        text("thumbnailAssetId").or_null(), time("updatedAt"),
    ];
    /// An album that is gone, or gone for the caller.
    ALBUM_DELETE = "SyncAlbumDeleteV1" [text("albumId")];
    /// A member of an album.
    ALBUM_USER = "SyncAlbumUserV1" [text("albumId"), text("role"), text("userId")];
    /// A member who left.
    ALBUM_USER_DELETE = "SyncAlbumUserDeleteV1" [text("albumId"), text("userId")];
    /// An asset in an album.
    ALBUM_TO_ASSET = "SyncAlbumToAssetV1" [text("albumId"), text("assetId")];
    /// An asset that was taken out of an album.
    ALBUM_TO_ASSET_DELETE = "SyncAlbumToAssetDeleteV1" [text("albumId"), text("assetId")];
    /// A memory.
    MEMORY = "SyncMemoryV1" [
        time("createdAt"), object("data"), time("deletedAt").or_null(), time("hideAt").or_null(), text("id"),
        flag("isSaved"), time("memoryAt"), text("ownerId"), time("seenAt").or_null(), time("showAt").or_null(),
        text("type"), time("updatedAt"),
    ];
    /// A memory that was removed.
    MEMORY_DELETE = "SyncMemoryDeleteV1" [text("memoryId")];
    /// An asset in a memory.
    MEMORY_ASSET = "SyncMemoryAssetV1" [text("assetId"), text("memoryId")];
    /// An asset that was taken out of a memory.
    MEMORY_ASSET_DELETE = "SyncMemoryAssetDeleteV1" [text("assetId"), text("memoryId")];
}
