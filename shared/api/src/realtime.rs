//! The realtime channel: its events, who gets them, and the frames that carry them (api/realtime.md).
//!
//! Hosts only carry frames: what a frame says is decided here, the same for each of them.

pub mod frame;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{assets::AssetResponse, server::ServerVersion};

/// What is announced (api/realtime.md section 3). Payloads that other areas write as JSON text already are [`Value`]s.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Which version the client talks to, told when it connects.
    ServerVersion(ServerVersion),
    /// The configuration was saved.
    ConfigUpdate,
    /// An upload has its renditions: for the web app, without the stack.
    UploadSuccess(Box<AssetResponse>),
    /// The same for the mobile app: `SyncAssetV2` and `SyncAssetExifV1`.
    AssetUploadReady {
        /// `SyncAssetV2`.
        asset: Value,
        /// `SyncAssetExifV1`.
        exif: Value,
    },
    /// The renditions of an edited asset are there: `SyncAssetV2` and its `SyncAssetEditV1`s. Editors wait for it.
    AssetEditReady {
        /// `SyncAssetV2`.
        asset: Value,
        /// `SyncAssetEditV1`, in their order.
        edits: Vec<Value>,
    },
    /// An asset whose metadata were read again after its sidecar was written.
    AssetUpdate(Box<AssetResponse>),
    /// Assets went to the trash.
    AssetTrash(Vec<String>),
    /// Assets came back from the trash.
    AssetRestore(Vec<String>),
    /// An asset was deleted for good.
    AssetDelete(String),
    /// The motion part of a live photo is shown no more.
    AssetHidden(String),
    /// A stack was made, changed or dissolved.
    AssetStackUpdate,
    /// The picture of a person was made.
    PersonThumbnail(String),
    /// The assets of an album changed.
    AlbumUpdate(String),
    /// `NotificationDto`.
    Notification(Value),
    /// A user was deleted for good.
    UserDelete(String),
    /// A session ended.
    SessionDelete(String),
    /// The credentials of the upgrade are not good.
    Unauthorized,
}

impl Event {
    /// Its name on the channel.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ServerVersion(_) => "on_server_version",
            Self::ConfigUpdate => "on_config_update",
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
            Self::Unauthorized => "error",
        }
    }

    /// Its arguments after the name: none or one.
    ///
    /// # Errors
    /// A payload that has no JSON, which none of ours is.
    fn payload(&self) -> serde_json::Result<Option<Value>> {
        Ok(Some(match self {
            Self::ConfigUpdate | Self::AssetStackUpdate => return Ok(None),
            Self::ServerVersion(version) => serde_json::to_value(version)?,
            Self::UploadSuccess(asset) | Self::AssetUpdate(asset) => serde_json::to_value(asset)?,
            Self::AssetUploadReady { asset, exif } => json!({ "asset": asset, "exif": exif }),
            Self::AssetEditReady { asset, edits } => json!({ "asset": asset, "edit": edits }),
            Self::AssetTrash(ids) | Self::AssetRestore(ids) => json!(ids),
            Self::AssetDelete(id)
            | Self::AssetHidden(id)
            | Self::PersonThumbnail(id)
            | Self::AlbumUpdate(id)
            | Self::UserDelete(id)
            | Self::SessionDelete(id) => json!(id),
            Self::Notification(notification) => notification.clone(),
            Self::Unauthorized => json!("unauthorized"),
        }))
    }
}

/// Who gets an announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// All devices of a user.
    User(String),
    /// Every user.
    Everybody,
    /// What a user opened with one credential; see [`Room`].
    Room(String, Room),
}

/// The credential that a connection was opened with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Room {
    /// A session, by its id.
    Session(String),
    /// An API key, by its id.
    ApiKey(String),
}

impl Room {
    /// Its name as a tag of a connection.
    pub fn tag(&self) -> String {
        match self {
            Self::Session(id) => format!("session:{id}"),
            Self::ApiKey(id) => format!("key:{id}"),
        }
    }
}

/// Who was admitted to the channel: what a host needs to know of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admitted {
    /// The user whose events it gets; `None`: its credentials are not good, it is told so and sent away.
    pub user: Option<String>,
    /// What it was opened with.
    pub room: Option<Room>,
}

/// An event for its recipients, or the end of their connections, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct Announcement {
    /// Who gets it.
    pub to: To,
    /// What they get.
    pub event: Option<Event>,
    /// Whether they are disconnected then.
    pub ends: bool,
}

impl Announcement {
    /// To all devices of a user.
    pub fn to_user(user: &str, event: Event) -> Self {
        Self {
            to: To::User(user.to_owned()),
            event: Some(event),
            ends: false,
        }
    }

    /// To every user.
    pub const fn to_everybody(event: Event) -> Self {
        Self {
            to: To::Everybody,
            event: Some(event),
            ends: false,
        }
    }

    /// A session ended: its connections are told, and disconnected.
    pub fn session_ended(user: &str, session: &str) -> Self {
        let room = Room::Session(session.to_owned());
        let event = Event::SessionDelete(session.to_owned());
        Self {
            to: To::Room(user.to_owned(), room),
            event: Some(event),
            ends: true,
        }
    }

    /// An account may not call any more: all its connections are disconnected.
    pub fn account_ended(user: &str) -> Self {
        Self {
            to: To::User(user.to_owned()),
            event: None,
            ends: true,
        }
    }

    /// An API key was revoked: its connections are disconnected.
    pub fn key_revoked(user: &str, key: &str) -> Self {
        let room = Room::ApiKey(key.to_owned());
        Self {
            to: To::Room(user.to_owned(), room),
            event: None,
            ends: true,
        }
    }

    /// What the channel of one user carries of it.
    ///
    /// # Errors
    /// As [`frame::event`].
    pub fn delivery(&self, user: &str) -> serde_json::Result<Delivery> {
        let room = match &self.to {
            To::Room(_, room) => Some(room.tag()),
            To::User(_) | To::Everybody => None,
        };
        let frame = self.event.as_ref().map(frame::event).transpose()?;
        Ok(Delivery {
            user: user.to_owned(),
            room,
            frame,
            ends: self.ends,
        })
    }
}

/// A frame for the connections of a user, as it goes to whoever holds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Whose connections.
    pub user: String,
    /// Only those with this tag ([`Room::tag`]).
    pub room: Option<String>,
    /// What they get.
    pub frame: Option<String>,
    /// Whether they are disconnected then.
    pub ends: bool,
}
