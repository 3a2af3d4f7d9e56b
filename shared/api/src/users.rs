//! Users, their own and the administrator's view (api/features.md section D).

use serde::Serialize;

use crate::enums::{CalendarHeatmapType, UserAvatarColor, UserStatus};
use crate::id::{ClusterGroupId, UserId};
use crate::input::{Patch, input, rule};
use crate::time::{Date, Millis};

/// `UserResponseDto`: what other users see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserResponse {
    /// The user.
    pub id: UserId,
    /// Display name.
    pub name: String,
    /// Lower-case.
    pub email: String,
    /// `""` without a picture.
    pub profile_image_path: String,
    /// Chosen, or derived by [`avatar_color`].
    pub avatar_color: UserAvatarColor,
    /// When the picture last changed.
    pub profile_changed_at: Millis,
}

/// `UserAdminResponseDto`: what the user and administrators see. Every key is always there
/// (api/clients.md section 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserAdminResponse {
    /// The part everybody sees.
    #[serde(flatten)]
    pub user: UserResponse,
    /// Folder name in the storage template.
    pub storage_label: Option<String>,
    /// The web app asks for a new password after login.
    pub should_change_password: bool,
    /// Administrator.
    pub is_admin: bool,
    /// When the account was made.
    pub created_at: Millis,
    /// When the row last changed.
    pub updated_at: Millis,
    /// Set while the account waits for deletion.
    pub deleted_at: Option<Millis>,
    /// Subject at the identity provider, `""` when not linked.
    pub oauth_id: String,
    /// Bytes; `None` = unlimited.
    pub quota_size_in_bytes: Option<i64>,
    /// Bytes used by own uploads.
    pub quota_usage_in_bytes: Option<i64>,
    /// Whether the account lives.
    pub status: UserStatus,
    /// The user's supporter licence.
    pub license: Option<UserLicense>,
    /// The group of accounts in which people are recognised together: a field of 3.2 (api/v32.md section 5).
    pub cluster_group_id: ClusterGroupId,
}

/// `UserLicense`, also the body of `GET /users/me/license` and `GET /server/license`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserLicense {
    /// `IMSV-…` or `IMCL-…`.
    pub license_key: String,
    /// Signature of the key.
    pub activation_key: String,
    /// When it was entered.
    pub activated_at: Millis,
}

input! {
    /// `LicenseKeyDto`.
    pub struct LicenseKey {
        /// `IMSV-` or `IMCL-` and eight groups of four.
        pub license_key: String = required("licenseKey", rule::string().pattern(
            r"/^IM(SV|CL)(-[\dA-Za-z]{4}){8}$/", is_license_key)),
        /// Signature of the key, base64.
        pub activation_key: String = required("activationKey", rule::string().max(4_096)),
    }
}

fn is_license_key(text: &str) -> bool {
    let mut groups = text.split('-');
    let prefix = groups.next();
    let rest: Vec<&str> = groups.collect();
    matches!(prefix, Some("IMSV" | "IMCL"))
        && rest.len() == 8
        && rest
            .iter()
            .all(|group| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The colour of a user without a chosen one: code points of the e-mail, summed, modulo 10
/// (api/features.md section D).
pub fn avatar_color(email: &str) -> UserAvatarColor {
    let colors = UserAvatarColor::VALUES;
    let sum: usize = email.chars().map(|c| c as usize).sum();
    colors
        .get(sum % colors.len())
        .copied()
        .unwrap_or(UserAvatarColor::Primary)
}

input! {
    /// `UserUpdateMeDto`.
    pub struct UserUpdateMe {
        /// Lower-cased.
        pub email: Option<String> = optional("email", rule::email()),
        /// Deprecated way to change it; clears `shouldChangePassword`.
        pub password: Option<String> = optional("password", rule::string()),
        /// Of ours: proves a change of the password when the login is some time ago (docs/security.md).
        pub current_password: Option<String> = optional("currentPassword", rule::string()),
        /// Display name.
        pub name: Option<String> = optional("name", rule::name()),
        /// Null = derive it again.
        pub avatar_color: Patch<UserAvatarColor> = patch("avatarColor", rule::enum_of()),
    }
}

input! {
    /// `UserAdminCreateDto`.
    pub struct UserAdminCreate {
        /// Lower-cased.
        pub email: String = required("email", rule::email()),
        /// Plain text; hashed by the handler.
        pub password: String = required("password", rule::string()),
        /// Display name.
        pub name: String = required("name", rule::name()),
        /// Null = derive it.
        pub avatar_color: Option<UserAvatarColor> = nullish("avatarColor", rule::enum_of()),
        /// Six digits for the locked folder.
        pub pin_code: Option<String> = nullish("pinCode", rule::pin_code()),
        /// Sanitised by the handler.
        pub storage_label: Option<String> = nullish("storageLabel", rule::name()),
        /// Bytes; null = unlimited.
        pub quota_size_in_bytes: Option<i64> = nullish("quotaSizeInBytes", rule::integer().min(0)),
        /// Default true (api/features.md section D).
        pub should_change_password: bool =
            default("shouldChangePassword", rule::boolean(), true),
        /// Send a welcome mail.
        pub notify: bool = default("notify", rule::boolean(), false),
        /// Administrator.
        pub is_admin: bool = default("isAdmin", rule::boolean(), false),
    }
}

input! {
    /// `UserAdminUpdateDto`.
    pub struct UserAdminUpdate {
        /// Lower-cased.
        pub email: Option<String> = optional("email", rule::email()),
        /// Plain text; hashed by the handler.
        pub password: Option<String> = optional("password", rule::string()),
        /// Null removes the PIN code.
        pub pin_code: Patch<String> = patch("pinCode", rule::pin_code()),
        /// Display name.
        pub name: Option<String> = optional("name", rule::name()),
        /// Null = derive it again.
        pub avatar_color: Patch<UserAvatarColor> = patch("avatarColor", rule::enum_of()),
        /// Null or `""` removes it.
        pub storage_label: Patch<String> = patch("storageLabel", rule::name()),
        /// The web app asks for a new password after login.
        pub should_change_password: Option<bool> =
            optional("shouldChangePassword", rule::boolean()),
        /// Bytes; null = unlimited.
        pub quota_size_in_bytes: Patch<i64> =
            patch("quotaSizeInBytes", rule::integer().min(0)),
        /// Administrator.
        pub is_admin: Option<bool> = optional("isAdmin", rule::boolean()),
    }
}

input! {
    /// `UserAdminDeleteDto`.
    pub struct UserAdminDelete {
        /// At once instead of after the delay.
        pub force: bool = default("force", rule::boolean(), false),
    }
}

input! {
    /// Query of `GET /admin/users`.
    pub struct UserAdminSearch {
        /// Only this user.
        pub id: Option<UserId> = optional("id", rule::id()),
        /// Also accounts waiting for deletion.
        pub with_deleted: bool = default("withDeleted", rule::boolean(), false),
    }
}

/// `OnboardingDto` and `OnboardingResponseDto` (of the user) as answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnboardingResponse {
    /// The first-steps dialogue was finished.
    pub is_onboarded: bool,
}

input! {
    /// `OnboardingDto` of the user, `AdminOnboardingUpdateDto` of the server.
    pub struct Onboarding {
        /// The first-steps dialogue was finished.
        pub is_onboarded: bool = required("isOnboarded", rule::boolean()),
    }
}

/// `CreateProfileImageResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateProfileImageResponse {
    /// Whose picture.
    pub user_id: UserId,
    /// Where it is stored.
    pub profile_image_path: String,
    /// Now.
    pub profile_changed_at: Millis,
}

input! {
    /// Query of `GET /users/me/calendar-heatmap` and its administrator's twin.
    pub struct CalendarHeatmapQuery {
        /// First day; default 52 weeks before `to`.
        pub from: Option<Date> = optional("from", rule::date()),
        /// Last day; default today.
        pub to: Option<Date> = optional("to", rule::date()),
        /// By upload or by capture; default by upload.
        pub kind: Option<CalendarHeatmapType> = optional("type", rule::enum_of()),
    }
}

/// `CalendarHeatmapResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarHeatmapResponse {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Every day in between, also empty ones.
    pub series: Vec<CalendarHeatmapDay>,
    /// Sum of the series.
    pub total_count: i64,
}

/// One day of [`CalendarHeatmapResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarHeatmapDay {
    /// The day.
    pub date: Date,
    /// Assets on it.
    pub count: i64,
}

/// Longest storage label (characters): it becomes the name of a folder.
const LONGEST_LABEL: usize = 100;

/// A storage label that is safe as the name of one folder; `None` when nothing is left of it. Dots go
/// too, so it can neither hide nor climb.
pub fn storage_label(text: &str) -> Option<String> {
    let safe: String = text
        .chars()
        .filter(|c| !c.is_control() && !r#"/\?<>:*|"."#.contains(*c))
        .collect();
    let label: String = safe.trim().chars().take(LONGEST_LABEL).collect();
    (!label.is_empty()).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::from_json;
    use serde_json::json;

    #[test]
    fn storage_labels_are_single_harmless_folders() {
        let of = |text: &str| storage_label(text);
        assert_eq!(of(" ada "), Some("ada".into()));
        assert_eq!(of("../../etc/pass\0wd"), Some("etcpasswd".into()));
        assert_eq!(of("Jürgen 📷"), Some("Jürgen 📷".into()));
        assert_eq!(of("..."), None);
        assert_eq!(
            of(&"x".repeat(300)).map(|label| label.len()),
            Some(LONGEST_LABEL)
        );
    }

    #[test]
    fn avatar_color_is_the_sum_of_code_points_modulo_ten() {
        // a=97 @=64 b=98: 259 % 10 = 9 -> amber
        assert_eq!(avatar_color("a@b"), UserAvatarColor::Amber);
        assert_eq!(avatar_color(""), UserAvatarColor::Primary);
    }

    #[test]
    fn null_is_refused_where_clearing_makes_no_sense() {
        for key in [
            "email",
            "name",
            "password",
            "isAdmin",
            "shouldChangePassword",
        ] {
            assert!(from_json::<UserAdminUpdate>(&json!({ key: null })).is_err());
        }
        let update =
            from_json::<UserAdminUpdate>(&json!({"quotaSizeInBytes": null, "storageLabel": "x"}))
                .unwrap();
        assert_eq!(update.quota_size_in_bytes, Patch::Null);
        assert_eq!(update.storage_label, Patch::Value("x".into()));
    }

    #[test]
    fn license_keys_have_eight_groups() {
        let key = format!("IMSV{}", "-a1B2".repeat(8));
        let body = json!({"licenseKey": key, "activationKey": "x"});
        assert!(from_json::<LicenseKey>(&body).is_ok());
        assert!(!is_license_key("IMXX-aaaa"));
        assert!(!is_license_key(&format!("{key}-aaaa")));
    }
}
