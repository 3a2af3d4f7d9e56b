//! The events of the server (api/realtime.md section 3).

use edge_api::{assets::AssetResponse, server::ServerVersion};
use serde::Serialize;
use serde_json::{Value, json};

/// What the event `error` says to who has no credentials that hold.
pub const UNAUTHORIZED: &str = "unauthorized";

/// `ReleaseEventV1`: what the last look for a newer version found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// There is a newer one.
    pub is_available: bool,
    /// When, ISO 8601.
    pub checked_at: String,
    /// This server's.
    pub server_version: ServerVersion,
    /// The newest.
    pub release_version: ServerVersion,
    /// `major` to `prerelease`, how far they are apart.
    #[serde(rename = "type")]
    pub kind: Option<&'static str>,
}

/// An event. Who gets it is the announcer's to say; ids are those of the API.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// `on_server_version`, to who connects.
    ServerVersion(ServerVersion),
    /// `on_new_release`, to who connects, and to all after a look for a newer version.
    NewRelease(Release),
    /// `on_config_update`, to all: the configuration was saved.
    ConfigUpdate,
    /// `AppRestartV1`, to all: maintenance begins or ends.
    AppRestart {
        /// It begins.
        is_maintenance_mode: bool,
    },
    /// `on_upload_success`, to the owner: a new asset has its renditions (no stack in it).
    UploadSuccess(Box<AssetResponse>),
    /// `AssetUploadReadyV2`, to the owner at the same moment: data of the sync lines `SyncAssetV2` and
    /// `SyncAssetExifV1`.
    AssetUploadReady {
        /// `SyncAssetV2`.
        asset: Value,
        /// `SyncAssetExifV1`.
        exif: Value,
    },
    /// `AssetEditReadyV2`, to the owner: an edited asset has its renditions. Both editors wait for it.
    AssetEditReady {
        /// `SyncAssetV2`.
        asset: Value,
        /// `SyncAssetEditV1` of each step, in their order.
        edit: Vec<Value>,
    },
    /// `on_asset_update`, to the owner: metadata were read again after a sidecar was written.
    AssetUpdate(Box<AssetResponse>),
    /// `on_asset_trash`, to the owner: ids of what went to the trash.
    AssetTrash(Vec<String>),
    /// `on_asset_restore`, to the owner: ids of what came back, one by one chosen.
    AssetRestore(Vec<String>),
    /// `on_asset_delete`, to the owner: the id of what is gone for good.
    AssetDelete(String),
    /// `on_asset_hidden`, to the owner: the id of a video that became a motion part.
    AssetHidden(String),
    /// `on_asset_stack_update`, to the owner: stacks were made, changed or dissolved.
    AssetStackUpdate,
    /// `on_person_thumbnail`, to the owner: the id of a person with a new picture.
    PersonThumbnail(String),
    /// `on_album_update`, to every member: the id of an album whose assets changed.
    AlbumUpdate(String),
    /// `on_notification`, to the user: the `NotificationDto`.
    Notification(Value),
    /// `on_user_delete`, to all: the id of an account that is gone for good.
    UserDelete(String),
    /// `on_session_delete`, to the session: its id; web goes to the login page.
    SessionDelete(String),
    /// `error`, to who has no credentials that hold, and is disconnected.
    Error,
}

impl Event {
    /// The name clients listen to.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ServerVersion(_) => "on_server_version",
            Self::NewRelease(_) => "on_new_release",
            Self::ConfigUpdate => "on_config_update",
            Self::AppRestart { .. } => "AppRestartV1",
            Self::UploadSuccess(_) => "on_upload_success",
            Self::AssetUploadReady { .. } => "AssetUploadReadyV2",
            Self::AssetEditReady { .. } => "AssetEditReadyV2",
            Self::AssetUpdate(_) => "on_asset_update",
            Self::AssetTrash(_) => "on_asset_trash",
            Self::AssetRestore(_) => "on_asset_restore",
            Self::AssetDelete(_) => "on_asset_delete",
            Self::AssetHidden(_) => "on_asset_hidden",
            Self::AssetStackUpdate => "on_asset_stack_update",
            Self::PersonThumbnail(_) => "on_person_thumbnail",
            Self::AlbumUpdate(_) => "on_album_update",
            Self::Notification(_) => "on_notification",
            Self::UserDelete(_) => "on_user_delete",
            Self::SessionDelete(_) => "on_session_delete",
            Self::Error => "error",
        }
    }

    /// The packet: a JSON array of the name and, where the event has one, the payload.
    ///
    /// Errors: a payload that JSON cannot write; the types of edge-api have none.
    pub fn packet(&self) -> Result<String, serde_json::Error> {
        let name = self.name();
        let packet = match self {
            Self::ConfigUpdate | Self::AssetStackUpdate => json!([name]),
            Self::ServerVersion(version) => json!([name, version]),
            Self::NewRelease(release) => json!([name, release]),
            Self::AppRestart {
                is_maintenance_mode,
            } => json!([name, { "isMaintenanceMode": is_maintenance_mode }]),
            // Straight from the type: values that JSON has no number for are its own matter.
            Self::UploadSuccess(asset) | Self::AssetUpdate(asset) => {
                return serde_json::to_string(&(name, asset));
            }
            Self::AssetUploadReady { asset, exif } => {
                json!([name, { "asset": asset, "exif": exif }])
            }
            Self::AssetEditReady { asset, edit } => json!([name, { "asset": asset, "edit": edit }]),
            Self::AssetTrash(ids) | Self::AssetRestore(ids) => json!([name, ids]),
            Self::AssetDelete(id)
            | Self::AssetHidden(id)
            | Self::PersonThumbnail(id)
            | Self::AlbumUpdate(id)
            | Self::UserDelete(id)
            | Self::SessionDelete(id) => json!([name, id]),
            Self::Notification(notification) => json!([name, notification]),
            Self::Error => json!([name, UNAUTHORIZED]),
        };
        serde_json::to_string(&packet)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use edge_api::server::VERSION;

    use super::*;

    #[test]
    fn payloads_are_those_of_the_table() {
        let id = || "id".to_owned();
        let release = Release {
            is_available: true,
            checked_at: "2026-01-01T00:00:00.000Z".to_owned(),
            server_version: VERSION,
            release_version: VERSION,
            kind: None,
        };
        let version = r#"{"major":3,"minor":1,"patch":0,"prerelease":null}"#;
        let released = format!(
            r#"["on_new_release",{{"isAvailable":true,"checkedAt":"2026-01-01T00:00:00.000Z","serverVersion":{version},"releaseVersion":{version},"type":null}}]"#
        );
        let server = format!(r#"["on_server_version",{version}]"#);
        for (event, packet) in [
            (Event::ServerVersion(VERSION), server.as_str()),
            (Event::NewRelease(release), &released),
            (Event::ConfigUpdate, r#"["on_config_update"]"#),
            (
                Event::AppRestart {
                    is_maintenance_mode: true,
                },
                r#"["AppRestartV1",{"isMaintenanceMode":true}]"#,
            ),
            (
                Event::AssetUploadReady {
                    asset: json!({"id": "a"}),
                    exif: json!({"assetId": "a"}),
                },
                r#"["AssetUploadReadyV2",{"asset":{"id":"a"},"exif":{"assetId":"a"}}]"#,
            ),
            (
                Event::AssetEditReady {
                    asset: json!({"id": "a"}),
                    edit: vec![json!({"id": "e"})],
                },
                r#"["AssetEditReadyV2",{"asset":{"id":"a"},"edit":[{"id":"e"}]}]"#,
            ),
            (
                Event::AssetTrash(vec![id(), "b".to_owned()]),
                r#"["on_asset_trash",["id","b"]]"#,
            ),
            (
                Event::AssetRestore(vec![id()]),
                r#"["on_asset_restore",["id"]]"#,
            ),
            (Event::AssetDelete(id()), r#"["on_asset_delete","id"]"#),
            (Event::AssetHidden(id()), r#"["on_asset_hidden","id"]"#),
            (Event::AssetStackUpdate, r#"["on_asset_stack_update"]"#),
            (
                Event::PersonThumbnail(id()),
                r#"["on_person_thumbnail","id"]"#,
            ),
            (Event::AlbumUpdate(id()), r#"["on_album_update","id"]"#),
            (
                Event::Notification(json!({"id": "n"})),
                r#"["on_notification",{"id":"n"}]"#,
            ),
            (Event::UserDelete(id()), r#"["on_user_delete","id"]"#),
            (Event::SessionDelete(id()), r#"["on_session_delete","id"]"#),
            (Event::Error, r#"["error","unauthorized"]"#),
        ] {
            assert_eq!(event.packet().unwrap(), packet);
        }
    }
}
