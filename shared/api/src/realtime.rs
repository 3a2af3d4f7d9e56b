//! The realtime channel: its events, who gets them, and the frames that carry them (api/realtime.md).
//!
//! Hosts only carry frames: what a frame says is decided here, the same for each of them.

pub mod frame;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    assets::AssetResponse, maintenance::MaintenanceStatus, notifications::NotificationResponse,
    server::ServerVersion,
};

/// The channel of those who wait for the end of the maintenance mode, in the place of a user: nobody is one then.
pub const MAINTENANCE: &str = "maintenance";

/// What is announced (api/realtime.md section 3): a name, and at most one argument, as JSON. A function makes each of them, so
/// that a Worker holds only the payloads that it announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    name: &'static str,
    payload: Option<String>,
}

impl Event {
    const fn bare(name: &'static str) -> Self {
        Self {
            name,
            payload: None,
        }
    }

    fn of(name: &'static str, payload: impl Into<Value>) -> Self {
        Self {
            name,
            payload: Some(payload.into().to_string()),
        }
    }

    fn json(name: &'static str, payload: &impl Serialize) -> serde_json::Result<Self> {
        Ok(Self {
            name,
            payload: Some(serde_json::to_string(payload)?),
        })
    }

    /// The frame that carries it.
    pub fn frame(&self) -> String {
        let comma = if self.payload.is_some() { "," } else { "" };
        let payload = self.payload.as_deref().unwrap_or_default();
        ["42[\"", self.name, "\"", comma, payload, "]"].concat()
    }

    /// Which version the client talks to, told when it connects.
    ///
    /// # Errors
    /// No JSON, which does not happen.
    pub fn server_version(version: &ServerVersion) -> serde_json::Result<Self> {
        Self::json("on_server_version", version)
    }

    /// The newest release (`ReleaseEventV1`); `kind` is what makes it newer than the one that runs, `None`: it is not.
    ///
    /// # Errors
    /// No JSON, which does not happen.
    pub fn new_release(
        checked_at: &str,
        running: ServerVersion,
        release: ServerVersion,
        kind: Option<&str>,
    ) -> serde_json::Result<Self> {
        let event = serde_json::json!({
            "isAvailable": kind.is_some(), "checkedAt": checked_at, "serverVersion": running, "releaseVersion": release, "type": kind,
        });
        Self::json("on_new_release", &event)
    }

    /// The configuration was saved.
    pub const fn config_update() -> Self {
        Self::bare("on_config_update")
    }

    /// The maintenance mode began or ended: web apps load themselves again.
    pub fn app_restart(is_maintenance_mode: bool) -> Self {
        Self::of(
            "AppRestartV1",
            serde_json::json!({ "isMaintenanceMode": is_maintenance_mode }),
        )
    }

    /// How far the maintenance mode is.
    ///
    /// # Errors
    /// No JSON, which does not happen.
    pub fn maintenance_status(status: &MaintenanceStatus) -> serde_json::Result<Self> {
        Self::json("MaintenanceStatusV1", status)
    }

    /// An upload has its renditions: for the web app, without the stack.
    ///
    /// # Errors
    /// No JSON, which does not happen.
    pub fn upload_success(asset: &AssetResponse) -> serde_json::Result<Self> {
        Self::json("on_upload_success", asset)
    }

    /// The same for the mobile app: `SyncAssetV2` and `SyncAssetExifV1`, both JSON.
    pub fn asset_upload_ready(asset: &str, exif: &str) -> Self {
        Self {
            name: "AssetUploadReadyV2",
            payload: Some(["{\"asset\":", asset, ",\"exif\":", exif, "}"].concat()),
        }
    }

    /// The renditions of an edited asset are there: `SyncAssetV2` and its `SyncAssetEditV1`s in their order, all JSON. Editors
    /// wait for it.
    pub fn asset_edit_ready(asset: &str, edits: &[String]) -> Self {
        let edits = edits.join(",");
        Self {
            name: "AssetEditReadyV2",
            payload: Some(["{\"asset\":", asset, ",\"edit\":[", &edits, "]}"].concat()),
        }
    }

    /// An asset whose metadata were read again after its sidecar was written.
    ///
    /// # Errors
    /// No JSON, which does not happen.
    pub fn asset_update(asset: &AssetResponse) -> serde_json::Result<Self> {
        Self::json("on_asset_update", asset)
    }

    /// Assets went to the trash.
    pub fn asset_trash(ids: &[&str]) -> Self {
        Self::of("on_asset_trash", ids)
    }

    /// Assets came back from the trash.
    pub fn asset_restore(ids: &[&str]) -> Self {
        Self::of("on_asset_restore", ids)
    }

    /// An asset was deleted for good.
    pub fn asset_delete(id: &str) -> Self {
        Self::of("on_asset_delete", id)
    }

    /// The motion part of a live photo is shown no more.
    pub fn asset_hidden(id: &str) -> Self {
        Self::of("on_asset_hidden", id)
    }

    /// A stack was made, changed or dissolved.
    pub const fn asset_stack_update() -> Self {
        Self::bare("on_asset_stack_update")
    }

    /// The picture of a person was made.
    pub fn person_thumbnail(id: &str) -> Self {
        Self::of("on_person_thumbnail", id)
    }

    /// The assets of an album changed.
    pub fn album_update(id: &str) -> Self {
        Self::of("on_album_update", id)
    }

    /// A user is told of something.
    ///
    /// # Errors
    /// No JSON, which does not happen.
    pub fn notification(notification: &NotificationResponse) -> serde_json::Result<Self> {
        Self::json("on_notification", notification)
    }

    /// A user was deleted for good.
    pub fn user_delete(id: &str) -> Self {
        Self::of("on_user_delete", id)
    }

    /// A session ended.
    pub fn session_delete(id: &str) -> Self {
        Self::of("on_session_delete", id)
    }

    /// The credentials of the upgrade are not good.
    pub fn unauthorized() -> Self {
        Self::of("error", "unauthorized")
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
    /// The cookie of whoever began the maintenance mode.
    Holder,
    /// Nothing, in the maintenance mode.
    Public,
}

impl Room {
    /// Its name as a tag of a connection.
    pub fn tag(&self) -> String {
        match self {
            Self::Session(id) => format!("session:{id}"),
            Self::ApiKey(id) => format!("key:{id}"),
            Self::Holder => "holder".to_owned(),
            Self::Public => "public".to_owned(),
        }
    }
}

/// Who was admitted to the channel: what a host needs to know of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admitted {
    /// The user whose events it gets, or [`MAINTENANCE`]; `None`: its credentials are not good, it is told so and sent away.
    pub user: Option<String>,
    /// What it was opened with.
    pub room: Option<Room>,
    /// When that expires, epoch ms.
    pub until: Option<i64>,
    /// A frame that it gets after its welcome.
    pub news: Option<String>,
    /// Whether its client is the app of 2.7, which waits for events of then ([`frame::of_then`]).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_old_app: bool,
}

/// An event for its recipients, or the end of their connections, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
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

    /// A video became the motion part of a live photo.
    pub fn video_hidden(owner: &str, video: &str) -> Self {
        Self::to_user(owner, Event::asset_hidden(video))
    }

    /// The assets of an album changed: to one of its members.
    pub fn album_changed(member: &str, album: &str) -> Self {
        Self::to_user(member, Event::album_update(album))
    }

    /// To every user.
    pub const fn to_everybody(event: Event) -> Self {
        Self {
            to: To::Everybody,
            event: Some(event),
            ends: false,
        }
    }

    /// How far the maintenance mode is, to those who wait for its end in this room.
    ///
    /// # Errors
    /// No JSON, which does not happen.
    pub fn maintenance(room: Room, status: &MaintenanceStatus) -> serde_json::Result<Self> {
        Ok(Self {
            to: To::Room(MAINTENANCE.to_owned(), room),
            event: Some(Event::maintenance_status(status)?),
            ends: false,
        })
    }

    /// The maintenance mode ended: whoever waited for that is told, and comes back as who he is.
    pub fn maintenance_ended() -> Self {
        Self {
            to: To::User(MAINTENANCE.to_owned()),
            event: Some(Event::app_restart(false)),
            ends: true,
        }
    }

    /// A session ended: its connections are told, and disconnected.
    pub fn session_ended(user: &str, session: &str) -> Self {
        let room = Room::Session(session.to_owned());
        let event = Event::session_delete(session);
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
    pub fn delivery(&self, user: &str) -> Delivery {
        let room = match &self.to {
            To::Room(_, room) => Some(room.tag()),
            To::User(_) | To::Everybody => None,
        };
        Delivery {
            user: user.to_owned(),
            room,
            frame: self.event.as_ref().map(Event::frame),
            ends: self.ends,
        }
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

impl Delivery {
    /// The last frame of the connections that it ends. Without one a client comes back by itself.
    pub fn farewell(&self) -> Option<&'static str> {
        (self.user != MAINTENANCE).then_some(frame::DISCONNECT)
    }
}
