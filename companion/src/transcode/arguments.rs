//! The arguments of ffmpeg for a plan (api/jobs-ml.md section 5).

use std::path::Path;

use edge_protocol::wire::VideoFacts;

use super::config::{Accel, Config, Constant};
use super::device::{Device, pair, words};
use super::filters::filters;
use super::plan::{Act, Plan};
use crate::probe;

/// Which pass over the video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// There is one.
    Only,
    /// The one that measures.
    First,
    /// The one that encodes.
    Second,
}

/// A video to encode.
pub struct Job<'a> {
    /// How.
    pub config: &'a Config,
    /// What it is.
    pub facts: &'a VideoFacts,
    /// What of it.
    pub plan: Plan,
    /// With what.
    pub device: Device,
    /// Whether ffmpeg has the filters that map tones.
    pub maps_tones: bool,
}

impl Job<'_> {
    /// Whether the bits are shared out in a pass of its own: with a most of them, where the encoder can.
    pub fn has_two_passes(&self) -> bool {
        let can = matches!(
            self.config.target_video_codec.as_str(),
            "h264" | "hevc" | "vp9"
        );
        let is_encoded = self.plan.video == Act::Encode && self.device == Device::SOFTWARE;
        is_encoded && can && self.config.two_pass && self.config.most_bits().is_some()
    }

    /// All words behind `ffmpeg`. `log` is where the first pass leaves what the second needs.
    pub fn arguments(&self, input: &Path, output: &Path, pass: Pass, log: &Path) -> Vec<String> {
        let mut all = words(&["-hide_banner", "-nostdin", "-v", "error", "-y"]);
        all.extend(words(&["-nostats", "-progress", "pipe:1"]));
        all.extend(self.device.input(self.config));
        all.extend(probe::input(input));
        all.extend(self.video());
        all.extend(words(&[
            "-map",
            "0:V:0",
            "-map_metadata",
            "-1",
            "-map_chapters",
            "-1",
        ]));
        let number = match pass {
            Pass::Only => None,
            Pass::First => Some(1),
            Pass::Second => Some(2),
        };
        all.extend(
            number
                .map(|number| self.pass(number, log))
                .unwrap_or_default(),
        );
        if pass == Pass::First {
            all.extend(words(&["-an", "-f", "null", "-"]));
            return all;
        }
        if self.facts.audio_codec.is_some() {
            all.extend(self.audio());
        }
        all.extend(words(&[
            "-movflags",
            "faststart",
            "-fps_mode",
            "passthrough",
            "-f",
            "mp4",
        ]));
        all.push(format!("file:{}", output.display()));
        all
    }

    /// What tells the encoder which of two passes this is. x265 does not listen to ffmpeg's own options.
    fn pass(&self, number: u8, log: &Path) -> Vec<String> {
        if self.config.target_video_codec == "hevc" {
            let log = escaped(&log.display().to_string());
            let parameters = format!("pass={number}:stats={log}:log-level=error");
            return pair("-x265-params", parameters).to_vec();
        }
        [pair("-pass", number), pair("-passlogfile", log.display())].concat()
    }

    fn audio(&self) -> Vec<String> {
        let encoder = match (self.plan.audio, self.config.target_audio_codec.as_str()) {
            (Act::Copy, _) => return words(&["-map", "0:a:0", "-c:a", "copy"]),
            (_, codec) => sound_encoder(codec),
        };
        words(&["-map", "0:a:0", "-c:a", encoder, "-ac", "2"])
    }

    fn video(&self) -> Vec<String> {
        let is_hevc = match self.plan.video {
            Act::Copy => self.facts.video_codec == "hevc",
            Act::Encode => self.config.target_video_codec == "hevc",
        };
        let mut all = match self.plan.video {
            Act::Copy => words(&["-c:v", "copy"]),
            Act::Encode => self.encoder(),
        };
        if is_hevc {
            // Apple's players know no other name.
            all.extend(words(&["-tag:v", "hvc1"]));
        }
        all
    }

    fn encoder(&self) -> Vec<String> {
        let config = self.config;
        let codec = config.target_video_codec.as_str();
        let name = encoder(codec, self.device);
        let mut all = pair("-c:v", name).to_vec();
        for (option, value) in [
            ("-threads", config.threads),
            ("-g", config.gop_size),
            ("-refs", config.refs),
        ] {
            if value > 0 {
                all.extend(pair(option, value));
            }
        }
        if config.bframes > -1 {
            all.extend(pair("-bf", config.bframes));
        }
        let filters = self.filters();
        if !filters.is_empty() {
            all.extend(pair("-vf", filters.join(",")));
        }
        all.extend(if self.device == Device::SOFTWARE {
            self.rate()
        } else {
            self.rate_of_hardware()
        });
        all
    }

    /// Speed, and quality or bits, of the software encoders.
    fn rate(&self) -> Vec<String> {
        let config = self.config;
        let (crf, speed, most) = (config.crf, config.speed(), config.most_bits());
        let mut all = Vec::new();
        match config.target_video_codec.as_str() {
            "vp9" => {
                all.extend(pair("-cpu-used", speed.min(5)));
                all.extend(words(&["-row-mt", "1"]));
                match most {
                    Some(most) if self.has_two_passes() => all.extend(target(most)),
                    most => {
                        all.extend(pair("-crf", crf));
                        all.extend(pair("-b:v", most.unwrap_or(0)));
                    }
                }
            }
            "av1" => {
                all.extend(pair("-preset", (speed + 4).min(12)));
                all.extend(pair("-crf", crf));
                if let Some(most) = most {
                    all.extend(pair("-svtav1-params", format!("mbr={}k", most / 1000)));
                }
            }
            _ => {
                all.extend(pair("-preset", &config.preset));
                match most {
                    Some(most) if self.has_two_passes() => all.extend(target(most)),
                    Some(most) => {
                        all.extend(pair("-crf", crf));
                        all.extend(pair("-maxrate", most));
                        all.extend(pair("-bufsize", most.saturating_mul(2)));
                    }
                    None => all.extend(pair("-crf", crf)),
                }
            }
        }
        all
    }

    /// The same of hardware, which knows other names for it.
    fn rate_of_hardware(&self) -> Vec<String> {
        let config = self.config;
        let (option, mode) = match (self.device.accel, config.cq_mode) {
            (Accel::Nvenc, _) => ("-cq:v", None),
            (Accel::Qsv, Constant::Cqp) => ("-q:v", None),
            (Accel::Qsv, _) => ("-global_quality:v", None),
            (Accel::Vaapi, Constant::Auto) => ("-qp:v", None),
            (Accel::Vaapi, Constant::Cqp) => ("-qp:v", Some("CQP")),
            (Accel::Vaapi, Constant::Icq) => ("-global_quality:v", Some("ICQ")),
            (Accel::Rkmpp | Accel::Disabled, _) => ("-qp_init", None),
        };
        let mut all = pair(option, config.crf).to_vec();
        all.extend(
            mode.map(|mode| pair("-rc_mode", mode))
                .into_iter()
                .flatten(),
        );
        if self.device.accel == Accel::Nvenc && config.temporal_aq {
            all.extend(words(&["-temporal-aq", "1"]));
        }
        if let Some(most) = config.most_bits() {
            all.extend(pair("-maxrate", most));
            all.extend(pair("-bufsize", most.saturating_mul(2)));
        }
        all
    }

    fn filters(&self) -> Vec<String> {
        let limit = self.config.target_side();
        filters(
            self.facts,
            limit,
            &self.config.tonemap,
            self.maps_tones,
            self.device,
        )
    }
}

/// What ffmpeg calls the encoder of a codec on a device.
pub fn encoder(codec: &str, device: Device) -> String {
    let suffix = match device.accel {
        Accel::Disabled => "",
        Accel::Nvenc => "_nvenc",
        Accel::Qsv => "_qsv",
        Accel::Vaapi => "_vaapi",
        Accel::Rkmpp => "_rkmpp",
    };
    match (codec, suffix) {
        ("h264", "") => "libx264".to_owned(),
        ("hevc", "") => "libx265".to_owned(),
        ("vp9", "") => "libvpx-vp9".to_owned(),
        ("av1", "") => "libsvtav1".to_owned(),
        (codec, suffix) => format!("{codec}{suffix}"),
    }
}

/// What ffmpeg calls the encoder of a codec for sound.
pub fn sound_encoder(codec: &str) -> &str {
    match codec {
        "mp3" => "libmp3lame",
        "opus" => "libopus",
        other => other,
    }
}

/// A value in a list of parameters.
fn escaped(value: &str) -> String {
    let mut all = String::with_capacity(value.len());
    for letter in value.chars() {
        if matches!(letter, '\\' | '\'' | ':' | '=') {
            all.push('\\');
        }
        all.push(letter);
    }
    all
}

/// Bits of two passes: the aim, the least, and the most (api/jobs-ml.md section 5).
fn target(most: u64) -> Vec<String> {
    let aim = most * 100 / 145;
    [
        pair("-b:v", aim),
        pair("-minrate", aim / 2),
        pair("-maxrate", most),
        pair("-bufsize", most.saturating_mul(2)),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::super::config::tests::config;
    use super::*;
    use serde_json::{Value, json};

    fn facts() -> VideoFacts {
        VideoFacts {
            audio_codec: Some("aac".to_owned()),
            width: 1920,
            height: 1080,
            pixel_format: Some("yuv420p".to_owned()),
            ..VideoFacts::default()
        }
    }

    const BOTH: Plan = Plan {
        video: Act::Encode,
        audio: Act::Encode,
    };

    fn line(changes: &Value, facts: &VideoFacts, plan: Plan, pass: Pass) -> String {
        let config = config(changes);
        let device = Device::of(&config).remove(0);
        let job = Job {
            config: &config,
            facts,
            plan,
            device,
            maps_tones: true,
        };
        job.arguments(Path::new("/in"), Path::new("/out"), pass, Path::new("/log"))
            .join(" ")
    }

    #[track_caller]
    fn has(line: &str, parts: &[&str]) {
        for part in parts {
            assert!(
                format!(" {line} ").contains(&format!(" {part} ")),
                "{part} in {line}"
            );
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let line = line(&json!({}), &facts(), BOTH, Pass::Only);
        has(
            &line,
            &[
                "-c:v libx264",
                "-c:a aac -ac 2",
                "-map_metadata -1",
                "-preset ultrafast -crf 23",
                "-movflags faststart",
                "-fps_mode passthrough",
                "-vf scale=-2:720",
                "-protocol_whitelist file",
                "-i file:/in",
                "file:/out",
            ],
        );
        assert!(!line.contains("-maxrate") && !line.contains("-g ") && !line.contains("-bf"));
    }

    #[test]
    fn what_is_copied_is_not_filtered() {
        let plan = Plan {
            video: Act::Copy,
            audio: Act::Copy,
        };
        let hevc = VideoFacts {
            video_codec: "hevc".to_owned(),
            ..facts()
        };
        let line = line(&json!({}), &hevc, plan, Pass::Only);
        has(&line, &["-c:v copy -tag:v hvc1", "-c:a copy"]);
        assert!(!line.contains("-vf") && !line.contains("-crf"));
        let mute = VideoFacts {
            audio_codec: None,
            ..facts()
        };
        assert!(!self::line(&json!({}), &mute, plan, Pass::Only).contains("-c:a"));
    }

    #[test]
    fn bits_are_limited_in_one_pass_or_shared_out_in_two() {
        let most = json!({"maxBitrate": "4500k"});
        has(
            &line(&most, &facts(), BOTH, Pass::Only),
            &["-crf 23 -maxrate 4500000 -bufsize 9000000"],
        );
        let two = json!({"maxBitrate": "2.9M", "twoPass": true, "preset": "slow"});
        let first = line(&two, &facts(), BOTH, Pass::First);
        has(
            &first,
            &[
                "-b:v 2000000 -minrate 1000000 -maxrate 2900000",
                "-pass 1 -passlogfile /log -an -f null -",
            ],
        );
        has(
            &line(&two, &facts(), BOTH, Pass::Second),
            &["-pass 2", "-c:a aac", "file:/out"],
        );
        let mut hevc = two;
        hevc["targetVideoCodec"] = json!("hevc");
        let first = line(&hevc, &facts(), BOTH, Pass::First);
        has(
            &first,
            &["-x265-params pass=1:stats=/log:log-level=error -an -f null -"],
        );
        assert!(!first.contains("-passlogfile"), "{first}");
        has(
            &line(&hevc, &facts(), BOTH, Pass::Second),
            &["-x265-params pass=2:stats=/log:log-level=error"],
        );
        assert_eq!(escaped("/a:b='c'\\d"), "/a\\:b\\=\\'c\\'\\\\d");
        let config = config(&json!({"twoPass": true}));
        let job = Job {
            config: &config,
            facts: &facts(),
            plan: BOTH,
            device: Device::SOFTWARE,
            maps_tones: true,
        };
        assert!(!job.has_two_passes());
    }

    #[test]
    fn each_encoder_has_its_own_words() {
        let of = |codec: &str, more: Value| {
            let mut changes = more;
            changes["targetVideoCodec"] = json!(codec);
            line(&changes, &facts(), BOTH, Pass::Only)
        };
        has(
            &of("hevc", json!({})),
            &["-c:v libx265", "-preset ultrafast -crf 23 -tag:v hvc1"],
        );
        has(
            &of("vp9", json!({})),
            &["-c:v libvpx-vp9", "-cpu-used 5 -row-mt 1 -crf 23 -b:v 0"],
        );
        has(&of("vp9", json!({"preset": "slow"})), &["-cpu-used 2"]);
        has(
            &of("av1", json!({"maxBitrate": "2M"})),
            &[
                "-c:v libsvtav1",
                "-preset 12 -crf 23 -svtav1-params mbr=2000k",
            ],
        );
        let all = json!({"threads": 2, "gopSize": 30, "refs": 3, "bframes": 2});
        has(&of("h264", all), &["-threads 2 -g 30 -refs 3 -bf 2"]);
        let line = line(
            &json!({"targetAudioCodec": "opus"}),
            &facts(),
            BOTH,
            Pass::Only,
        );
        has(&line, &["-c:a libopus -ac 2"]);
    }

    #[test]
    fn hardware_has_its_own_words() {
        let changes = json!({"accel": "vaapi", "preferredHwDevice": "/dev/dri/renderD129"});
        let line = line(&changes, &facts(), BOTH, Pass::Only);
        has(
            &line,
            &[
                "-init_hw_device vaapi=hw:/dev/dri/renderD129",
                "-hwaccel vaapi",
                "-c:v h264_vaapi",
                "-qp:v 23",
            ],
        );
        assert!(line.contains("format=nv12,hwupload"));
    }

    #[test]
    fn the_constant_of_hardware_is_the_administrators_choice() {
        for (accel, mode, words) in [
            ("qsv", "auto", "-global_quality:v 23"),
            ("qsv", "icq", "-global_quality:v 23"),
            ("qsv", "cqp", "-q:v 23"),
            ("vaapi", "auto", "-qp:v 23"),
            ("vaapi", "cqp", "-qp:v 23 -rc_mode CQP"),
            ("vaapi", "icq", "-global_quality:v 23 -rc_mode ICQ"),
            ("nvenc", "icq", "-cq:v 23"),
        ] {
            let changes = json!({"accel": accel, "cqMode": mode});
            let line = line(&changes, &facts(), BOTH, Pass::Only);
            has(&line, &[words]);
            assert!(words.contains("-rc_mode") || !line.contains("-rc_mode"));
        }
    }
}
