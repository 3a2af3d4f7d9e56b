//! Notifications: messages of the server and its administrators for one user (api/admin.md section 7).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::enums::{NotificationLevel, NotificationType};
use crate::id::{NotificationId, UserId};
use crate::input::{Patch, input, rule};
use crate::time::Millis;

/// `NotificationDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationResponse {
    /// The notification.
    pub id: NotificationId,
    /// When it was made.
    pub created_at: Millis,
    /// How it is shown.
    pub level: NotificationLevel,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NotificationType,
    /// Headline.
    pub title: String,
    /// Text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What clients act on. Of what the server made a text that holds JSON, which is what the web app opens an album by; an object
    /// of what an administrator wrote (api/admin.md section 7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// When it was read; without it: not yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Millis>,
}

input! {
    /// Query of `GET /notifications`.
    pub struct NotificationQuery {
        /// Only this one.
        pub id: Option<NotificationId> = optional("id", rule::id()),
        /// Only of this level.
        pub level: Option<NotificationLevel> = optional("level", rule::enum_of()),
        /// Only of this type.
        pub kind: Option<NotificationType> = optional("type", rule::enum_of()),
        /// Only those that are not read; `false` is no filter.
        pub unread: Option<bool> = optional("unread", rule::boolean()),
    }
}

input! {
    /// `NotificationUpdateDto`.
    pub struct NotificationUpdate {
        /// When it was read; `null`: not yet.
        pub read_at: Patch<Millis> = patch("readAt", rule::date_time()),
    }
}

input! {
    /// `NotificationUpdateAllDto`.
    pub struct NotificationUpdateAll {
        /// Which ones.
        pub ids: Vec<NotificationId> = required("ids", rule::ids().min(1).max(rule::IDS_AT_ONCE)),
        /// When they were read; `null`: not yet.
        pub read_at: Patch<Millis> = patch("readAt", rule::date_time()),
    }
    limits BULK
}

input! {
    /// `NotificationDeleteAllDto`.
    pub struct NotificationDeleteAll {
        /// Which ones.
        pub ids: Vec<NotificationId> = required("ids", rule::ids().min(1).max(rule::IDS_AT_ONCE)),
    }
    limits BULK
}

input! {
    /// `NotificationCreateDto`. `readAt` is checked and not used, as in 3.1.0 (api/admin.md section 7).
    pub struct NotificationCreate {
        /// Who is told.
        pub user_id: UserId = required("userId", rule::id()),
        /// Headline.
        pub title: String = required("title", rule::string()),
        /// Text.
        pub description: Patch<String> = patch("description", rule::description()),
        /// How it is shown; `info` when it is not said.
        pub level: Option<NotificationLevel> = optional("level", rule::enum_of()),
        /// What it is about; `Custom` when it is not said.
        pub kind: Option<NotificationType> = optional("type", rule::enum_of()),
        /// What clients act on.
        pub data: Option<Map<String, Value>> = optional("data", rule::record()),
        /// Not used.
        pub read_at: Patch<Millis> = patch("readAt", rule::date_time()),
    }
}

input! {
    /// `TemplateDto`.
    pub struct TemplatePreview {
        /// HTML of the administrator; the stored one when it is empty.
        pub template: String = required("template", rule::description()),
    }
}

/// The mail that was sent to try the configuration (`TestEmailResponseDto`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TestEmailResponse {
    /// Names the mail.
    pub message_id: String,
}

/// `TemplateResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateResponse {
    /// Which mail.
    pub name: String,
    /// The mail as HTML.
    pub html: String,
}
