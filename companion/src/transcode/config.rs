//! The part `ffmpeg` of the system configuration (api/jobs-ml.md section 5).

use serde::Deserialize;
use serde_json::Value;

/// When videos are transcoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Policy {
    /// Never.
    Disabled,
    /// Always.
    All,
    /// What clients cannot play.
    Required,
    /// That, and what is larger than the target.
    Optimal,
    /// What clients cannot play, and what has more bits a second than the most.
    Bitrate,
}

/// Which hardware encodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Accel {
    /// None.
    Disabled,
    /// NVIDIA.
    Nvenc,
    /// Intel Quick Sync.
    Qsv,
    /// VA-API.
    Vaapi,
    /// Rockchip.
    Rkmpp,
}

/// By what hardware holds its quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Constant {
    /// Whatever is usual with it.
    #[default]
    Auto,
    /// The quantiser.
    Cqp,
    /// How it looks: better, but not all hardware knows it.
    Icq,
}

/// The configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// Constant rate factor.
    pub crf: u32,
    /// Threads of the encoder; 0: its own choice.
    pub threads: u32,
    /// From `veryslow` to `ultrafast`.
    pub preset: String,
    /// Codec of the pictures to make.
    pub target_video_codec: String,
    /// Codecs that need no encoding.
    pub accepted_video_codecs: Vec<String>,
    /// Codec of the sound to make.
    pub target_audio_codec: String,
    /// As for pictures.
    pub accepted_audio_codecs: Vec<String>,
    /// Containers beside MP4 that need no remuxing.
    pub accepted_containers: Vec<String>,
    /// Pixels of the shorter side, or `original`.
    pub target_resolution: String,
    /// Most bits a second: `4500k`, `4500` (the same) or `4.5M`; 0: any number.
    pub max_bitrate: String,
    /// Frames that look ahead and back; -1: the encoder's own choice.
    pub bframes: i32,
    /// Reference frames; 0: the encoder's own choice.
    pub refs: u32,
    /// Frames between key frames; 0: the encoder's own choice.
    pub gop_size: u32,
    /// Two passes, where there is a most of bits.
    pub two_pass: bool,
    /// Adaptive quantisation over time (NVENC).
    #[serde(rename = "temporalAQ")]
    pub temporal_aq: bool,
    /// What of hardware is constant (Quick Sync, VA-API).
    #[serde(default)]
    pub cq_mode: Constant,
    /// When.
    pub transcode: Policy,
    /// Operator from high dynamic range to standard, or `disabled`.
    pub tonemap: String,
    /// With which hardware.
    pub accel: Accel,
    /// Whether it decodes, too.
    pub accel_decode: bool,
    /// Its device file, or `auto`.
    pub preferred_hw_device: String,
}

impl Config {
    /// Reads it. Words that end up in a filter are checked, for administrators may type what they like.
    pub fn read(value: &Value) -> Result<Self, String> {
        let config = Self::deserialize(value).map_err(|error| error.to_string())?;
        let words = [&config.preset, &config.tonemap];
        let is_word = |word: &&String| word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !words.iter().all(is_word) {
            return Err("preset and tonemap are words".to_owned());
        }
        let device = &config.preferred_hw_device;
        let is_device = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.".contains(&byte);
        if device.starts_with('-') || !device.bytes().all(is_device) {
            return Err("preferredHwDevice is no device".to_owned());
        }
        Ok(config)
    }

    /// Pixels of the shorter side; `None`: as it is.
    pub fn target_side(&self) -> Option<u32> {
        self.target_resolution.parse().ok().filter(|side| *side > 0)
    }

    /// Most bits a second; `None`: any number.
    pub fn most_bits(&self) -> Option<u64> {
        let text = self.max_bitrate.trim();
        let (number, unit) = match text.as_bytes().last() {
            Some(b'k' | b'K') => (text.get(..text.len() - 1)?, 1e3),
            Some(b'm' | b'M') => (text.get(..text.len() - 1)?, 1e6),
            _ => (text, 1e3),
        };
        let bits = number.trim().parse::<f64>().ok()? * unit;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "floats saturate"
        )]
        Some(bits as u64).filter(|bits| *bits > 0)
    }

    /// How quick the preset is, from 0 (`veryslow`) to 8 (`ultrafast`).
    pub fn speed(&self) -> u32 {
        let names = [
            "veryslow",
            "slower",
            "slow",
            "medium",
            "fast",
            "faster",
            "veryfast",
            "superfast",
            "ultrafast",
        ];
        let at = names.iter().position(|name| *name == self.preset);
        at.and_then(|at| u32::try_from(at).ok()).unwrap_or(5)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use serde_json::json;

    /// The defaults of 3.1.0, with changes.
    pub fn config(changes: &Value) -> Config {
        let mut all = json!({
            "crf": 23, "threads": 0, "preset": "ultrafast", "targetVideoCodec": "h264", "acceptedVideoCodecs": ["h264"],
            "targetAudioCodec": "aac", "acceptedAudioCodecs": ["aac", "mp3", "opus"], "acceptedContainers": ["mov", "ogg", "webm"],
            "targetResolution": "720", "maxBitrate": "0", "bframes": -1, "refs": 0, "gopSize": 0, "temporalAQ": false,
            "cqMode": "auto", "twoPass": false, "preferredHwDevice": "auto", "transcode": "required", "tonemap": "hable",
            "accel": "disabled", "accelDecode": true, "realtime": {"enabled": false},
        });
        for (name, value) in changes.as_object().unwrap() {
            all[name] = value.clone();
        }
        Config::read(&all).unwrap()
    }

    #[test]
    fn bits_have_units() {
        for (text, bits) in [
            ("0", None),
            ("", None),
            ("x", None),
            ("-5", None),
            ("4500", Some(4_500_000)),
            ("4500k", Some(4_500_000)),
            ("4.5M", Some(4_500_000)),
        ] {
            assert_eq!(
                config(&json!({"maxBitrate": text})).most_bits(),
                bits,
                "{text}"
            );
        }
    }

    #[test]
    fn what_would_be_an_argument_of_its_own_is_refused() {
        for (name, value) in [
            ("preset", "fast -i /etc/passwd"),
            ("tonemap", "hable,movie=/etc/passwd"),
            ("preferredHwDevice", "-i"),
            ("preferredHwDevice", "a b"),
        ] {
            let mut all = json!({});
            all[name] = json!(value);
            let mut whole = serde_json::to_value(json!({})).unwrap();
            whole[name] = json!(value);
            assert!(Config::read(&whole).is_err(), "{name}");
        }
    }
}
