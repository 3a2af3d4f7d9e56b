//! The server's description of itself (api/clients.md section 5).

use serde::Serialize;

use crate::id::UserId;
use crate::time::Millis;

/// The version whose OpenAPI document every answer fits.
pub const VERSION: ServerVersion = ServerVersion {
    major: 3,
    minor: 1,
    patch: 0,
    prerelease: None,
};

/// The version whose additions are answered besides (api/v32.md part A, docs/versions.md): what the server says it is.
pub const NEXT: ServerVersion = ServerVersion {
    major: 3,
    minor: 2,
    patch: 2,
    prerelease: None,
};

/// Variable of an installation that has the server say it is [`VERSION`].
pub const VARIABLE: &str = "edge_api_version";

/// `ServerVersionResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ServerVersion {
    /// `3` of 3.1.0.
    pub major: u32,
    /// `1` of 3.1.0.
    pub minor: u32,
    /// `0` of 3.1.0.
    pub patch: u32,
    /// Number of a release candidate.
    pub prerelease: Option<u32>,
}

impl ServerVersion {
    /// The version that [`VARIABLE`] asks for; [`NEXT`] when it names none of ours.
    pub fn configured(variable: Option<&str>) -> Self {
        let named = |version: &Self| variable.is_some_and(|text| text == version.to_string());
        if named(&VERSION) { VERSION } else { NEXT }
    }
}

impl core::fmt::Display for ServerVersion {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// A release of the server that somebody tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release(pub ServerVersion);

impl Release {
    /// Reads `3.2.0`, `v3.2.0` or `v3.2.0-rc.1` (semver.org, without build metadata).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (numbers, prerelease) = match text.split_once('-') {
            Some((numbers, rest)) => (numbers, Some(rest.rsplit('.').next()?.parse().ok()?)),
            None => (text, None),
        };
        let mut numbers = numbers.split('.').map(|number| number.parse::<u32>().ok());
        let mut next = || numbers.next().flatten();
        let (major, minor, patch) = (next()?, next()?, next()?);
        numbers.next().is_none().then_some(Self(ServerVersion {
            major,
            minor,
            patch,
            prerelease,
        }))
    }

    /// What makes it newer than a version (`ReleaseType`); `None`: it is not. A release comes after its candidates.
    pub fn newer_than(self, running: ServerVersion) -> Option<&'static str> {
        let order = |version: ServerVersion| {
            let candidate = version.prerelease.unwrap_or(u32::MAX);
            (version.major, version.minor, version.patch, candidate)
        };
        let (new, is_candidate) = (self.0, self.0.prerelease.is_some());
        let kind = |release, candidate| Some(if is_candidate { candidate } else { release });
        if order(new) <= order(running) {
            None
        } else if new.major != running.major {
            kind("major", "premajor")
        } else if new.minor != running.minor {
            kind("minor", "preminor")
        } else if new.patch != running.patch {
            kind("patch", "prepatch")
        } else {
            kind("patch", "prerelease")
        }
    }
}

impl core::fmt::Display for Release {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(out, "{}", self.0)?;
        match self.0.prerelease {
            Some(number) => write!(out, "-rc.{number}"),
            None => Ok(()),
        }
    }
}

/// `ServerPingResponse`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ping {
    res: &'static str,
}

/// The answer to `GET /server/ping`.
pub const PONG: Ping = Ping { res: "pong" };

/// `ServerAboutResponseDto`; build details are left out where there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerAbout {
    /// `v3.1.0`.
    pub version: String,
    /// Where it is described.
    pub version_url: String,
    /// A server licence was entered.
    pub licensed: bool,
    /// Name of the build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// Address of the build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_url: Option<String>,
    /// Name of the container image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_image: Option<String>,
    /// Address of the container image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_image_url: Option<String>,
    /// Source repository, `owner/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository_url: Option<String>,
    /// Branch or tag this was built from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ref: Option<String>,
    /// Commit this was built from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_commit: Option<String>,
    /// Address of that commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// Where the source of this server is, for the support dialog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_party_source_url: Option<String>,
    /// Where its mistakes are reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_party_bug_feature_url: Option<String>,
    /// Where it is described.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_party_documentation_url: Option<String>,
    /// Where help is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_party_support_url: Option<String>,
    /// Version of ffmpeg, where a companion has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ffmpeg: Option<String>,
}

/// `ServerApkLinksDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerApkLinks {
    /// 64-bit ARM.
    pub arm64v8a: String,
    /// 32-bit ARM.
    pub armeabiv7a: String,
    /// Every processor.
    pub universal: String,
    /// 64-bit x86.
    pub x86_64: String,
}

/// `ServerConfigDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerConfig {
    /// Text of the OAuth button.
    pub oauth_button_text: String,
    /// Shown on the login page.
    pub login_page_message: String,
    /// Days in the trash.
    pub trash_days: i64,
    /// Days until a deleted user is removed.
    pub user_delete_delay: i64,
    /// An administrator exists.
    pub is_initialized: bool,
    /// The administrator finished the first steps.
    pub is_onboarded: bool,
    /// Address for links in mails.
    pub external_domain: String,
    /// Users may see each other.
    pub public_users: bool,
    /// Style sheet of the dark map.
    pub map_dark_style_url: String,
    /// Style sheet of the light map.
    pub map_light_style_url: String,
    /// Only maintenance answers.
    pub maintenance_mode: bool,
    /// Faces that make a person.
    pub min_faces: i64,
    /// Where users manage their account at the identity provider: a field of 3.2 (api/v32.md section 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oauth_account_management_url: Option<String>,
}

/// `ServerFeaturesDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each flag is named after its feature")]
pub struct ServerFeatures {
    pub smart_search: bool,
    pub facial_recognition: bool,
    pub duplicate_detection: bool,
    pub map: bool,
    pub reverse_geocoding: bool,
    pub import_faces: bool,
    pub sidecar: bool,
    pub search: bool,
    pub trash: bool,
    pub oauth: bool,
    pub oauth_auto_launch: bool,
    pub ocr: bool,
    pub password_login: bool,
    pub config_file: bool,
    pub email: bool,
    pub realtime_transcoding: bool,
}

/// `ServerMediaTypesResponseDto`: extensions with their dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ServerMediaTypes {
    /// Of videos.
    pub video: &'static [&'static str],
    /// Of photos.
    pub image: &'static [&'static str],
    /// Of sidecar files.
    pub sidecar: &'static [&'static str],
}

/// `ServerStorageResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerStorage {
    /// `1.2 TiB`.
    pub disk_size: String,
    /// `1.2 TiB`.
    pub disk_use: String,
    /// `1.2 TiB`.
    pub disk_available: String,
    /// Bytes.
    pub disk_size_raw: i64,
    /// Bytes.
    pub disk_use_raw: i64,
    /// Bytes.
    pub disk_available_raw: i64,
    /// Two decimals.
    pub disk_usage_percentage: f64,
}

impl ServerStorage {
    /// From bytes in use and bytes there are in all.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a percentage of two decimals needs no 64 bits"
    )]
    pub fn new(used: i64, size: i64) -> Self {
        let free = (size - used).max(0);
        let percent = if size > 0 {
            (used as f64 / size as f64 * 10_000.0).round() / 100.0
        } else {
            0.0
        };
        Self {
            disk_size: human_size(size),
            disk_use: human_size(used),
            disk_available: human_size(free),
            disk_size_raw: size,
            disk_use_raw: used,
            disk_available_raw: free,
            disk_usage_percentage: percent,
        }
    }
}

/// Bytes with one decimal and a binary unit: `1.2 TiB` (api/features.md section A, Server).
#[expect(
    clippy::cast_precision_loss,
    reason = "one decimal of the largest unit needs no 64 bits"
)]
pub fn human_size(bytes: i64) -> String {
    let mut value = bytes.max(0) as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}

/// `ServerStatsResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerStats {
    /// Photos of all users.
    pub photos: i64,
    /// Videos of all users.
    pub videos: i64,
    /// Bytes.
    pub usage: i64,
    /// Bytes of photos.
    pub usage_photos: i64,
    /// Bytes of videos.
    pub usage_videos: i64,
    /// The same per user.
    pub usage_by_user: Vec<UsageByUser>,
}

/// `UsageByUserDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageByUser {
    /// The user.
    pub user_id: UserId,
    /// Display name.
    pub user_name: String,
    /// Photos.
    pub photos: i64,
    /// Videos.
    pub videos: i64,
    /// Bytes.
    pub usage: i64,
    /// Bytes of photos.
    pub usage_photos: i64,
    /// Bytes of videos.
    pub usage_videos: i64,
    /// Bytes; `None` = unlimited.
    pub quota_size_in_bytes: Option<i64>,
}

/// `VersionCheckStateResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionCheckState {
    /// When the latest release was asked for.
    pub checked_at: Option<String>,
    /// The latest release.
    pub release_version: Option<String>,
}

/// `ReverseGeocodingStateResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReverseGeocodingState {
    /// When place names were last imported.
    pub last_update: Option<String>,
    /// From which file.
    pub last_import_file_name: Option<String>,
}

/// `ServerVersionHistoryResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionHistory {
    /// The row.
    pub id: String,
    /// When this version first ran.
    pub created_at: Millis,
    /// `3.1.0`.
    pub version: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_decimal_and_a_binary_unit() {
        assert_eq!(human_size(0), "0.0 B");
        assert_eq!(human_size(1023), "1023.0 B");
        assert_eq!(human_size(1024), "1.0 KiB");
        assert_eq!(human_size(1_319_413_953_331), "1.2 TiB");
        assert_eq!(human_size(i64::MAX), "8.0 EiB");
        assert_eq!(human_size(-5), "0.0 B");
    }

    #[test]
    fn storage_adds_up() {
        let storage = ServerStorage::new(1, 3);
        assert_eq!(storage.disk_available_raw, 2);
        assert!((storage.disk_usage_percentage - 33.33).abs() < 1e-9);
        assert!(ServerStorage::new(5, 0).disk_usage_percentage.abs() < 1e-9);
    }

    #[test]
    fn releases_are_compared_as_semver_says() {
        let newer = |text: &str| Release::parse(text).and_then(|it| it.newer_than(VERSION));
        for (text, kind) in [
            ("v3.1.0", None),
            ("3.0.9", None),
            ("3.1.0-rc.3", None),
            ("3.1.1", Some("patch")),
            ("v3.2.0", Some("minor")),
            ("3.2.0-rc.0", Some("preminor")),
            ("4.0.0-rc.1", Some("premajor")),
            ("4.0.0", Some("major")),
            ("3.1.1-rc.2", Some("prepatch")),
        ] {
            assert_eq!(newer(text), kind, "{text}");
        }
        for text in [
            "",
            "v",
            "3",
            "3.1",
            "3.1.0.0",
            "3.1.x",
            "3.1.0-",
            "-1.0.0",
            "99999999999.0.0",
        ] {
            assert_eq!(Release::parse(text), None, "{text}");
        }
        let candidate = Release::parse("3.2.0-rc.4").unwrap();
        assert_eq!(candidate.to_string(), "3.2.0-rc.4");
        let running = ServerVersion {
            prerelease: Some(1),
            ..candidate.0
        };
        assert_eq!(candidate.newer_than(running), Some("prerelease"));
    }
}
