//! Login sessions (api/auth.md section 2).

use serde::Serialize;

use crate::id::SessionId;
use crate::input::{input, rule};
use crate::time::Millis;

input! {
    /// `SessionCreateDto`: a child session, e.g. for a cast device.
    pub struct SessionCreate {
        /// Seconds until it ends; none = never.
        pub duration: Option<i64> = optional("duration", rule::integer().min(1)),
        /// What the device is.
        pub device_type: Option<String> = optional("deviceType", rule::name()),
        /// What the device runs.
        pub device_os: Option<String> = optional("deviceOS", rule::name()),
    }
}

input! {
    /// `SessionUpdateDto`.
    pub struct SessionUpdate {
        /// The device must fetch everything anew.
        pub is_pending_sync_reset: Option<bool> =
            optional("isPendingSyncReset", rule::boolean()),
    }
}

/// `SessionResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionResponse {
    /// The session's id, not its token.
    pub id: SessionId,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last used, to the hour.
    pub updated_at: Millis,
    /// When it ends, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
    /// The caller's own session.
    pub current: bool,
    /// Browser or device, `""` if unknown.
    pub device_type: String,
    /// Operating system, `""` if unknown.
    #[serde(rename = "deviceOS")]
    pub device_os: String,
    /// Version of the mobile app.
    pub app_version: Option<String>,
    /// The device must fetch everything anew.
    pub is_pending_sync_reset: bool,
}

/// `SessionCreateResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionCreateResponse {
    /// The session.
    #[serde(flatten)]
    pub session: SessionResponse,
    /// Its token, shown only here.
    pub token: String,
}
