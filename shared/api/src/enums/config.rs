//! Enums of the system configuration.

use super::text_enum;

text_enum! {
    /// Target audio codec (`AudioCodec`).
    pub enum AudioCodec {
        Mp3 = "mp3",
        Aac = "aac",
        Opus = "opus",
        PcmS16le = "pcm_s16le",
    }
}

text_enum! {
    /// CQ mode (`CQMode`).
    pub enum CqMode {
        Auto = "auto",
        Cqp = "cqp",
        Icq = "icq",
    }
}

text_enum! {
    /// Colorspace (`Colorspace`).
    pub enum Colorspace {
        Srgb = "srgb",
        P3 = "p3",
    }
}

text_enum! {
    /// Image format (`ImageFormat`).
    pub enum ImageFormat {
        Jpeg = "jpeg",
        Webp = "webp",
    }
}

text_enum! {
    /// Log level (`LogLevel`).
    pub enum LogLevel {
        Verbose = "verbose",
        Debug = "debug",
        Log = "log",
        Warn = "warn",
        Error = "error",
        Fatal = "fatal",
    }
}

text_enum! {
    /// OAuth token endpoint auth method (`OAuthTokenEndpointAuthMethod`).
    pub enum OAuthTokenEndpointAuthMethod {
        ClientSecretPost = "client_secret_post",
        ClientSecretBasic = "client_secret_basic",
    }
}

text_enum! {
    /// Release channel (`ReleaseChannel`).
    pub enum ReleaseChannel {
        Stable = "stable",
        ReleaseCandidate = "releaseCandidate",
    }
}

text_enum! {
    /// Tone mapping (`ToneMapping`).
    pub enum ToneMapping {
        Hable = "hable",
        Mobius = "mobius",
        Reinhard = "reinhard",
        Disabled = "disabled",
    }
}

text_enum! {
    /// Transcode hardware acceleration (`TranscodeHWAccel`).
    pub enum TranscodeHwAccel {
        Nvenc = "nvenc",
        Qsv = "qsv",
        Vaapi = "vaapi",
        Rkmpp = "rkmpp",
        Disabled = "disabled",
    }
}

text_enum! {
    /// Transcode policy (`TranscodePolicy`).
    pub enum TranscodePolicy {
        All = "all",
        Optimal = "optimal",
        Bitrate = "bitrate",
        Required = "required",
        Disabled = "disabled",
    }
}

text_enum! {
    /// Target video codec (`VideoCodec`).
    pub enum VideoCodec {
        H264 = "h264",
        Hevc = "hevc",
        Vp9 = "vp9",
        Av1 = "av1",
    }
}

text_enum! {
    /// Accepted video containers (`VideoContainer`).
    pub enum VideoContainer {
        Mov = "mov",
        Mp4 = "mp4",
        Ogg = "ogg",
        Webm = "webm",
    }
}
