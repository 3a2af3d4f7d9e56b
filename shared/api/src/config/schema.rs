//! What each value of the system config must be (`SystemConfigDto` of the contract).

use crate::enums::{
    AudioCodec, Colorspace, CqMode, ImageFormat, LogLevel, OAuthTokenEndpointAuthMethod,
    ReleaseChannel, TextEnum, ToneMapping, TranscodeHwAccel, TranscodePolicy, VideoCodec,
    VideoContainer,
};
use crate::input::tree::{
    Field, NO_MAX,
    Node::{
        Choice, Choices, Clock, Cron, Flag, Group, Int, IntOrNull, Numbers, Real, Text, Texts, Url,
        UrlOrEmpty,
    },
    field, maybe,
};

/// Every key must be there, but for `progressive`.
pub(super) static CONFIG: &[Field] = &[
    field("backup", Group(&[field("database", Group(BACKUP))])),
    field("ffmpeg", Group(FFMPEG)),
    field("integrityChecks", Group(INTEGRITY)),
    field("job", Group(JOBS)),
    field(
        "logging",
        Group(&[
            field("enabled", Flag),
            field("level", Choice(LogLevel::TEXTS)),
        ]),
    ),
    field("machineLearning", Group(MACHINE_LEARNING)),
    field(
        "map",
        Group(&[
            field("enabled", Flag),
            field("lightStyle", Url),
            field("darkStyle", Url),
        ]),
    ),
    field("reverseGeocoding", ENABLED),
    field(
        "metadata",
        Group(&[field("faces", Group(&[field("import", Flag)]))]),
    ),
    field("oauth", Group(OAUTH)),
    field("passwordLogin", ENABLED),
    field(
        "storageTemplate",
        Group(&[
            field("enabled", Flag),
            field("hashVerificationEnabled", Flag),
            field("template", Text),
        ]),
    ),
    field("image", Group(IMAGE)),
    field(
        "newVersionCheck",
        Group(&[
            field("enabled", Flag),
            field("channel", Choice(ReleaseChannel::TEXTS)),
        ]),
    ),
    field("nightlyTasks", Group(NIGHTLY)),
    field(
        "trash",
        Group(&[field("enabled", Flag), field("days", Int(0, NO_MAX))]),
    ),
    field("theme", Group(&[field("customCss", Text)])),
    field(
        "library",
        Group(&[field("scan", SCHEDULE), field("watch", ENABLED)]),
    ),
    field("notifications", Group(&[field("smtp", Group(SMTP))])),
    field("templates", Group(&[field("email", Group(EMAILS))])),
    field("server", Group(SERVER)),
    field("user", Group(&[field("deleteDelay", Int(1, NO_MAX))])),
];

const ENABLED: crate::input::tree::Node = Group(&[field("enabled", Flag)]);

const SCHEDULE: crate::input::tree::Node =
    Group(&[field("enabled", Flag), field("cronExpression", Cron)]);

static BACKUP: &[Field] = &[
    field("enabled", Flag),
    field("cronExpression", Cron),
    field("keepLastAmount", Int(1, NO_MAX)),
];

static FFMPEG: &[Field] = &[
    field("crf", Int(0, 51)),
    field("threads", Int(0, NO_MAX)),
    field("preset", Text),
    field("targetVideoCodec", Choice(VideoCodec::TEXTS)),
    field("acceptedVideoCodecs", Choices(VideoCodec::TEXTS)),
    field("targetAudioCodec", Choice(AudioCodec::TEXTS)),
    field("acceptedAudioCodecs", Choices(AudioCodec::TEXTS)),
    field("acceptedContainers", Choices(VideoContainer::TEXTS)),
    field("targetResolution", Text),
    field("maxBitrate", Text),
    field("bframes", Int(-1, 16)),
    field("refs", Int(0, 6)),
    field("gopSize", Int(0, NO_MAX)),
    field("temporalAQ", Flag),
    field("cqMode", Choice(CqMode::TEXTS)),
    field("twoPass", Flag),
    field("preferredHwDevice", Text),
    field("transcode", Choice(TranscodePolicy::TEXTS)),
    field("tonemap", Choice(ToneMapping::TEXTS)),
    field("accel", Choice(TranscodeHwAccel::TEXTS)),
    field("accelDecode", Flag),
    field(
        "realtime",
        Group(&[
            field("enabled", Flag),
            field("videoCodecs", Choices(VideoCodec::TEXTS)),
            field("resolutions", Numbers(&[480, 720, 1080, 1440, 2160])),
        ]),
    ),
];

static INTEGRITY: &[Field] = &[
    field("missingFiles", SCHEDULE),
    field("untrackedFiles", SCHEDULE),
    field(
        "checksumFiles",
        Group(&[
            field("enabled", Flag),
            field("cronExpression", Cron),
            field("timeLimit", Int(0, NO_MAX)),
            field("percentageLimit", Real(0.0, 1.0)),
        ]),
    ),
];

const CONCURRENCY: crate::input::tree::Node = Group(&[field("concurrency", Int(1, NO_MAX))]);

static JOBS: &[Field] = &[
    field("thumbnailGeneration", CONCURRENCY),
    field("metadataExtraction", CONCURRENCY),
    field("videoConversion", CONCURRENCY),
    field("faceDetection", CONCURRENCY),
    field("smartSearch", CONCURRENCY),
    field("backgroundTask", CONCURRENCY),
    field("migration", CONCURRENCY),
    field("search", CONCURRENCY),
    field("sidecar", CONCURRENCY),
    field("library", CONCURRENCY),
    field("notifications", CONCURRENCY),
    field("ocr", CONCURRENCY),
    field("workflow", CONCURRENCY),
    field("integrityCheck", CONCURRENCY),
    field("editor", CONCURRENCY),
];

static MACHINE_LEARNING: &[Field] = &[
    field("enabled", Flag),
    field("urls", Texts(1)),
    field(
        "availabilityChecks",
        Group(&[
            field("enabled", Flag),
            field("timeout", Int(i64::MIN, NO_MAX)),
            field("interval", Int(i64::MIN, NO_MAX)),
        ]),
    ),
    field(
        "clip",
        Group(&[field("enabled", Flag), field("modelName", Text)]),
    ),
    field(
        "duplicateDetection",
        Group(&[
            field("enabled", Flag),
            field("maxDistance", Real(0.001, 0.1)),
        ]),
    ),
    field(
        "facialRecognition",
        Group(&[
            field("enabled", Flag),
            field("modelName", Text),
            field("minScore", Real(0.1, 1.0)),
            field("maxDistance", Real(0.1, 2.0)),
            field("minFaces", Int(1, NO_MAX)),
        ]),
    ),
    field(
        "ocr",
        Group(&[
            field("enabled", Flag),
            field("modelName", Text),
            field("minDetectionScore", Real(0.1, 1.0)),
            field("minRecognitionScore", Real(0.1, 1.0)),
            field("maxResolution", Int(1, NO_MAX)),
        ]),
    ),
];

static OAUTH: &[Field] = &[
    // 3.2 has it (api/v32.md section 2).
    maybe("accountManagementUrl", UrlOrEmpty),
    field("autoLaunch", Flag),
    field("autoRegister", Flag),
    field("buttonText", Text),
    field("clientId", Text),
    field("clientSecret", Text),
    field("defaultStorageQuota", IntOrNull(0, NO_MAX)),
    field("enabled", Flag),
    field("endSessionEndpoint", UrlOrEmpty),
    field("issuerUrl", UrlOrEmpty),
    field("mobileOverrideEnabled", Flag),
    field("mobileRedirectUri", Text),
    field("prompt", Text),
    field("scope", Text),
    field("signingAlgorithm", Text),
    field("profileSigningAlgorithm", Text),
    field("storageLabelClaim", Text),
    field("storageQuotaClaim", Text),
    field("roleClaim", Text),
    field(
        "tokenEndpointAuthMethod",
        Choice(OAuthTokenEndpointAuthMethod::TEXTS),
    ),
    field("timeout", Int(1, NO_MAX)),
    field("allowInsecureRequests", Flag),
];

const RENDITION: crate::input::tree::Node = Group(&[
    field("format", Choice(ImageFormat::TEXTS)),
    field("size", Int(1, NO_MAX)),
    field("quality", Int(1, 100)),
    maybe("progressive", Flag),
]);

static IMAGE: &[Field] = &[
    field("thumbnail", RENDITION),
    field("preview", RENDITION),
    field(
        "fullsize",
        Group(&[
            field("enabled", Flag),
            field("format", Choice(ImageFormat::TEXTS)),
            field("quality", Int(1, 100)),
            maybe("progressive", Flag),
        ]),
    ),
    field("colorspace", Choice(Colorspace::TEXTS)),
    field("extractEmbedded", Flag),
];

static NIGHTLY: &[Field] = &[
    field("startTime", Clock),
    field("databaseCleanup", Flag),
    field("missingThumbnails", Flag),
    field("clusterNewFaces", Flag),
    field("generateMemories", Flag),
    field("syncQuotaUsage", Flag),
];

pub(super) static SMTP: &[Field] = &[
    field("enabled", Flag),
    field("from", Text),
    field("replyTo", Text),
    field(
        "transport",
        Group(&[
            field("ignoreCert", Flag),
            field("host", Text),
            field("port", Int(0, 65535)),
            field("secure", Flag),
            field("username", Text),
            field("password", Text),
        ]),
    ),
];

static EMAILS: &[Field] = &[
    field("welcomeTemplate", Text),
    field("albumInviteTemplate", Text),
    field("albumUpdateTemplate", Text),
];

static SERVER: &[Field] = &[
    field("externalDomain", Text),
    field("loginPageMessage", Text),
    field("publicUsers", Flag),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SystemConfig;
    use crate::input::tree::page;

    #[test]
    fn the_web_page_offers_what_is_allowed() {
        // Words of ffmpeg's, for which the contract has no list.
        let proposed = ["/ffmpeg/preset", "/ffmpeg/targetResolution"];
        page::assert_offers(CONFIG, SystemConfig::defaults().as_value(), &proposed);
    }
}
