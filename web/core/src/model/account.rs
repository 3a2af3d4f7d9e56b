//! What belongs to somebody who is signed in.
use serde::Deserialize;

use super::Asset;

/// A device that is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id.
    pub id: String,
    /// Whether it is this one.
    pub current: bool,
    /// Its system.
    #[serde(rename = "deviceOS")]
    pub device_os: String,
    /// Its program.
    pub device_type: String,
    /// When it was last here.
    pub updated_at: String,
}

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: String,
}

/// `POST /api-keys`: the only time the secret is shown.
#[derive(Clone, Debug, Deserialize)]
pub struct NewKey {
    /// The secret.
    pub secret: String,
}

/// `GET /auth/status`: what the locked folder needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LockStatus {
    /// Whether there is a PIN.
    pub pin_code: bool,
    /// Whether it was entered here, a short time ago.
    pub is_elevated: bool,
}

/// `GET /partners`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Partner {
    /// The other one.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether its photos are in one's own timeline.
    #[serde(default)]
    pub in_timeline: bool,
}

/// `GET /notifications`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// More words.
    #[serde(default)]
    pub description: Option<String>,
    /// When it was sent.
    pub created_at: String,
}

/// `GET /memories`: what was on a day in another year.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Memory {
    /// Its id.
    pub id: String,
    /// Which year.
    pub data: Year,
    /// Its photos.
    pub assets: Vec<Asset>,
}

/// The year of a memory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Year {
    /// Such as 2019.
    pub year: u16,
}

/// `GET /duplicates`: photos that look the same.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Duplicates {
    /// Of the group.
    pub duplicate_id: String,
    /// The photos.
    pub assets: Vec<Asset>,
    /// Those that the server would keep.
    #[serde(default)]
    pub suggested_keep_asset_ids: Vec<String>,
}
