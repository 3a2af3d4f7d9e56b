//! The system configuration (`SystemConfigDto`; api/features.md section E).

mod oauth;
mod schema;
mod service;
pub mod storage_template;
mod views;

use serde::Serialize;
use serde_json::Value;

use crate::enums::{Colorspace, ImageFormat};
use crate::input::{Fields, Input};
use crate::server::{ServerConfig, ServerFeatures};
use crate::sparse;

pub use oauth::{OAuthSettings, gib_to_bytes};
pub use service::Service;

/// The whole tree. Serialises as the contract's object; parts are asked for by name.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SystemConfig(Value);

/// A whole tree as an administrator sent it, checked key by key.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemConfigUpdate(Value);

impl Input for SystemConfigUpdate {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self(fields.tree(schema::CONFIG, false)))
    }
}

impl From<SystemConfigUpdate> for SystemConfig {
    fn from(update: SystemConfigUpdate) -> Self {
        Self::from_stored(&update.0)
    }
}

/// The section `notifications.smtp` as an administrator tries it, checked key by key (`SystemConfigSmtpDto`).
#[derive(Debug, Clone, PartialEq)]
pub struct SmtpUpdate(Value);

impl Input for SmtpUpdate {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self(fields.tree(schema::SMTP, false)))
    }
}

impl From<SmtpUpdate> for SystemConfig {
    fn from(update: SmtpUpdate) -> Self {
        Self::from_stored(&serde_json::json!({ "notifications": { "smtp": update.0 } }))
    }
}

/// How one rendition of an image is made (api/jobs-ml.md section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rendition {
    /// File format.
    pub format: ImageFormat,
    /// Pixels of the shorter side; `None` = full size.
    pub size: Option<u32>,
    /// 1 to 100.
    pub quality: u8,
    /// Coarse to fine while loading (JPEG only).
    pub progressive: bool,
}

impl Rendition {
    /// One in full size where none is configured.
    pub const FULLSIZE: Self = Self {
        format: ImageFormat::Jpeg,
        size: None,
        quality: 80,
        progressive: false,
    };
}

impl SystemConfig {
    /// What holds when nothing was configured.
    pub fn defaults() -> Self {
        Self(serde_json::from_str(include_str!("config/defaults.json")).unwrap_or_default())
    }

    /// The defaults with the stored differences laid upon them.
    pub fn from_stored(stored: &Value) -> Self {
        let mut config = Self::defaults();
        sparse::merge(&mut config.0, stored);
        config
    }

    /// What to store: the differences from the defaults.
    pub fn to_stored(&self) -> Value {
        sparse::difference(&Self::defaults().0, &self.0)
    }

    /// The whole tree as JSON.
    pub fn as_value(&self) -> &Value {
        &self.0
    }

    /// A flag by JSON pointer, e.g. `/trash/enabled`; false when there is none.
    pub fn flag(&self, pointer: &str) -> bool {
        sparse::flag(&self.0, pointer)
    }

    /// An integer by JSON pointer, e.g. `/trash/days`; 0 when there is none.
    pub fn int(&self, pointer: &str) -> i64 {
        sparse::int(&self.0, pointer)
    }

    /// A number by JSON pointer, e.g. `/machineLearning/facialRecognition/minScore`; 0 when there is none.
    pub fn real(&self, pointer: &str) -> f64 {
        let value = self.0.pointer(pointer).and_then(Value::as_f64);
        value.unwrap_or_default()
    }

    /// A text by JSON pointer, e.g. `/theme/customCss`; `""` when there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.0
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Deleted assets go to the trash first.
    pub fn trash_enabled(&self) -> bool {
        self.flag("/trash/enabled")
    }

    /// Days in the trash.
    pub fn trash_days(&self) -> i64 {
        self.int("/trash/days")
    }

    /// Days until a deleted user is removed.
    pub fn user_delete_delay(&self) -> i64 {
        self.int("/user/deleteDelay")
    }

    /// Users may log in with a password.
    pub fn password_login(&self) -> bool {
        self.flag("/passwordLogin/enabled")
    }

    /// Users may log in with the identity provider.
    pub fn oauth(&self) -> bool {
        self.flag("/oauth/enabled")
    }

    /// Users may see each other.
    pub fn public_users(&self) -> bool {
        self.flag("/server/publicUsers")
    }

    /// Style sheet for `GET /custom.css`.
    pub fn custom_css(&self) -> &str {
        self.text("/theme/customCss")
    }

    /// How thumbnails are made.
    pub fn thumbnail(&self) -> Rendition {
        self.rendition("/image/thumbnail")
    }

    /// How previews are made.
    pub fn preview(&self) -> Rendition {
        self.rendition("/image/preview")
    }

    /// How full-size renditions are made; `None` = not at all.
    pub fn fullsize(&self) -> Option<Rendition> {
        self.flag("/image/fullsize/enabled")
            .then(|| self.rendition("/image/fullsize"))
    }

    /// The renditions of a picture by their `asset_file.type`, largest first. A full-size one is made when browsers do not show
    /// the original: if configured, and always for panoramas.
    pub fn renditions(
        &self,
        is_web_image: bool,
        is_panorama: bool,
    ) -> impl Iterator<Item = (&'static str, Rendition)> {
        let fullsize = self
            .fullsize()
            .or(is_panorama.then_some(Rendition::FULLSIZE));
        let fullsize = fullsize.filter(|_| !is_web_image);
        let always = [("preview", self.preview()), ("thumbnail", self.thumbnail())];
        let fullsize = fullsize.map(|rendition| ("fullsize", rendition));
        fullsize.into_iter().chain(always)
    }

    /// The renditions of an edited picture by their `asset_file.type`, largest first: always one in full size (api/jobs-ml.md
    /// section 4).
    pub fn edited_renditions(&self) -> [(&'static str, Rendition); 3] {
        [
            ("fullsize", self.fullsize().unwrap_or(Rendition::FULLSIZE)),
            ("preview", self.preview()),
            ("thumbnail", self.thumbnail()),
        ]
    }

    /// Pixels that the shorter side of a JPEG inside a raw file has at least to be the picture; `None`: raw files are developed whatever
    /// lies inside them (`extractEmbedded`, api/jobs-ml.md section 4).
    pub fn embedded(&self) -> Option<u32> {
        let is_wanted = self.flag("/image/extractEmbedded");
        is_wanted.then(|| self.preview().size.unwrap_or(0))
    }

    /// Colour space of renditions.
    pub fn colorspace(&self) -> Colorspace {
        Colorspace::parse(self.text("/image/colorspace")).unwrap_or(Colorspace::P3)
    }

    fn rendition(&self, at: &str) -> Rendition {
        let size = self.int(&format!("{at}/size"));
        Rendition {
            format: ImageFormat::parse(self.text(&format!("{at}/format")))
                .unwrap_or(ImageFormat::Jpeg),
            size: u32::try_from(size).ok().filter(|size| *size > 0),
            quality: u8::try_from(self.int(&format!("{at}/quality"))).unwrap_or(80),
            progressive: self.flag(&format!("{at}/progressive")),
        }
    }

    /// The configured part of `GET /server/features`. What this build cannot do (search by
    /// meaning, transcoding on the fly …) is for the caller to switch off.
    pub fn features(&self) -> ServerFeatures {
        let ml = self.flag("/machineLearning/enabled");
        ServerFeatures {
            smart_search: ml && self.flag("/machineLearning/clip/enabled"),
            facial_recognition: ml && self.flag("/machineLearning/facialRecognition/enabled"),
            // Copies are found without machine learning, too.
            duplicate_detection: self.flag("/machineLearning/duplicateDetection/enabled"),
            map: self.flag("/map/enabled"),
            reverse_geocoding: self.flag("/reverseGeocoding/enabled"),
            import_faces: self.flag("/metadata/faces/import"),
            sidecar: true,
            search: true,
            trash: self.trash_enabled(),
            oauth: self.oauth(),
            oauth_auto_launch: self.flag("/oauth/autoLaunch"),
            ocr: ml && self.flag("/machineLearning/ocr/enabled"),
            password_login: self.password_login(),
            config_file: false,
            email: self.flag("/notifications/smtp/enabled"),
            realtime_transcoding: self.flag("/ffmpeg/realtime/enabled"),
        }
    }

    /// The answer to `GET /server/config`.
    pub fn server_config(&self, is_initialized: bool, is_onboarded: bool) -> ServerConfig {
        ServerConfig {
            oauth_button_text: self.text("/oauth/buttonText").to_owned(),
            login_page_message: self.text("/server/loginPageMessage").to_owned(),
            trash_days: self.trash_days(),
            user_delete_delay: self.user_delete_delay(),
            is_initialized,
            is_onboarded,
            external_domain: self.text("/server/externalDomain").to_owned(),
            public_users: self.public_users(),
            map_dark_style_url: self.text("/map/darkStyle").to_owned(),
            map_light_style_url: self.text("/map/lightStyle").to_owned(),
            maintenance_mode: false,
            min_faces: self.int("/machineLearning/facialRecognition/minFaces"),
            oauth_account_management_url: Some(self.text("/oauth/accountManagementUrl"))
                .filter(|address| !address.is_empty())
                .map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::from_json;
    use serde_json::json;

    #[test]
    fn the_defaults_are_a_valid_config_with_nothing_to_store() {
        let defaults = SystemConfig::defaults();
        let update = from_json::<SystemConfigUpdate>(defaults.as_value()).unwrap();
        let config = SystemConfig::from(update);
        assert_eq!(config, defaults);
        assert_eq!(config.to_stored(), json!({}));
        assert_eq!(defaults.trash_days(), 30);
        assert_eq!(defaults.thumbnail().size, Some(250));
        assert_eq!(defaults.fullsize(), None);
        assert!(defaults.features().password_login);
    }

    #[test]
    fn only_differences_are_stored() {
        let mut value = SystemConfig::defaults().as_value().clone();
        sparse::merge(&mut value, &json!({"trash": {"days": 7}, "unknown": 1}));
        let config = SystemConfig::from(from_json::<SystemConfigUpdate>(&value).unwrap());
        assert_eq!(config.to_stored(), json!({"trash": {"days": 7}}));
        assert_eq!(SystemConfig::from_stored(&config.to_stored()), config);
    }

    #[test]
    fn every_wrong_or_missing_key_is_named() {
        let mut value = SystemConfig::defaults().as_value().clone();
        sparse::merge(
            &mut value,
            &json!({
                "trash": {"days": -1}, "job": {"ocr": {"concurrency": 0}},
                "ffmpeg": {"crf": "x", "cqMode": "no", "realtime": {"resolutions": [1]}},
                "map": {"lightStyle": ""}, "oauth": {"issuerUrl": "x", "endSessionEndpoint": "y", "defaultStorageQuota": -1},
                "library": {"scan": {"cronExpression": "daily"}},
                "nightlyTasks": {"startTime": "25:00"}, "machineLearning": {"urls": []},
            }),
        );
        if let Value::Object(fields) = &mut value {
            fields.remove("user");
        }
        let issues = from_json::<SystemConfigUpdate>(&value).unwrap_err();
        let lines: Vec<String> = issues
            .iter()
            .map(|issue| format!("{}: {}", issue.path_text(), issue.message))
            .collect();
        assert_eq!(
            lines,
            [
                "ffmpeg.crf: Invalid input: expected number, received string",
                r#"ffmpeg.cqMode: Invalid option: expected one of "auto"|"cqp"|"icq""#,
                "ffmpeg.realtime.resolutions.0: Invalid option: expected one of 480|720|1080|1440|2160",
                "job.ocr.concurrency: Too small: expected number to be >=1",
                "machineLearning.urls: Too small: expected array to have >=1 items",
                "map.lightStyle: Invalid URL",
                "oauth.defaultStorageQuota: Too small: expected number to be >=0",
                "oauth.endSessionEndpoint: Invalid URL",
                "oauth.issuerUrl: Invalid URL",
                "nightlyTasks.startTime: Invalid input: expected string in HH:MM format, received string",
                "trash.days: Too small: expected number to be >=0",
                "library.scan.cronExpression: Invalid cron expression",
                "user: Invalid input: expected object, received undefined",
            ]
        );
    }
}
