//! The arguments of ffmpeg for a run of segments (api/hls.md section 6).

use std::path::Path;

use edge_protocol::stream::{Codec, Timing, Variant};
use edge_protocol::wire::VideoFacts;

use crate::probe;
use crate::transcode::arguments::{encoder, sound_encoder};
use crate::transcode::config::Config;
use crate::transcode::device::{Device, pair, words};
use crate::transcode::filters::filters;

/// What is encoded, and how.
pub struct Job<'a> {
    /// How.
    pub config: &'a Config,
    /// What it is.
    pub facts: &'a VideoFacts,
    /// How it is cut.
    pub timing: &'a Timing,
    /// What is made of it.
    pub variant: Variant,
    /// With what.
    pub device: Device,
    /// Whether ffmpeg has the filters that map tones.
    pub maps_tones: bool,
}

impl Job<'_> {
    /// All words behind `ffmpeg` for segments from `start` on, written to a folder.
    pub fn arguments(&self, input: &Path, folder: &Path, start: i64) -> Vec<String> {
        let mut all = words(&["-hide_banner", "-v", "error", "-y"]);
        all.extend(self.device.input(self.config));
        if start > 0 {
            all.extend(pair(
                "-ss",
                format!("{:.6}", self.timing.seek(start).max(0.0)),
            ));
        }
        all.extend(words(&["-nostdin", "-nostats"]));
        all.extend(probe::input(input));
        all.extend(words(&[
            "-map",
            "0:V:0",
            "-map_metadata",
            "-1",
            "-map_chapters",
            "-1",
        ]));
        all.extend(self.pictures());
        if self.facts.audio_codec.is_some() {
            let codec = match self.config.target_audio_codec.as_str() {
                // MP4 holds none.
                "pcm_s16le" => "aac",
                other => sound_encoder(other),
            };
            all.extend(words(&["-map", "0:a:0", "-c:a", codec, "-ac", "2"]));
        }
        let (above, below) = self.timing.rate();
        all.extend(pair("-r", format!("{above}/{below}")));
        all.extend(words(&["-copyts", "-avoid_negative_ts", "disabled"]));
        all.extend(words(&[
            "-f",
            "hls",
            "-hls_time",
            "2",
            "-hls_list_size",
            "0",
        ]));
        all.extend(words(&[
            "-hls_segment_type",
            "fmp4",
            "-hls_fmp4_init_filename",
            "init.mp4",
        ]));
        all.extend(words(&[
            "-hls_segment_options",
            "movflags=+frag_discont",
            "-hls_flags",
            "temp_file",
        ]));
        all.extend(pair(
            "-hls_segment_filename",
            folder.join("seg_%d.m4s").display(),
        ));
        all.extend(pair("-start_number", start));
        all.push(folder.join("playlist.m3u8").display().to_string());
        all
    }

    fn pictures(&self) -> Vec<String> {
        let (config, codec) = (self.config, self.variant.codec);
        let mut all = pair("-c:v", encoder(codec.as_str(), self.device)).to_vec();
        if config.bframes > -1 {
            all.extend(pair("-bf", config.bframes));
        }
        for (option, value) in [("-refs", config.refs), ("-threads", config.threads)] {
            if value > 0 {
                all.extend(pair(option, value));
            }
        }
        let frames = self.timing.frames_per_segment();
        all.extend(pair("-g", frames));
        all.extend(pair("-keyint_min", frames));
        if codec == Codec::Hevc {
            all.extend(words(&["-tag:v", "hvc1"]));
        }
        all.extend(self.quality());
        let side = Some(self.variant.side);
        let filters = filters(
            self.facts,
            side,
            &config.tonemap,
            self.maps_tones,
            self.device,
        );
        if !filters.is_empty() {
            all.extend(pair("-vf", filters.join(",")));
        }
        all
    }

    /// Speed, quality and most bits; no key frames but those of the segments.
    fn quality(&self) -> Vec<String> {
        let bits = self.variant.bits / 1000;
        let limit = [
            pair("-maxrate", format!("{bits}k")),
            pair("-bufsize", format!("{}k", 2 * bits)),
        ]
        .concat();
        if self.device != Device::SOFTWARE {
            // Without an aim some take their own, which is that of a small film.
            return [&pair("-b:v", format!("{bits}k"))[..], &limit].concat();
        }
        let preset = self.config.preset.as_str();
        match self.variant.codec {
            Codec::H264 => [
                words(&["-preset", preset, "-crf", "23"]),
                limit,
                words(&["-sc_threshold:v", "0"]),
            ]
            .concat(),
            Codec::Hevc => {
                let parameters = "no-scenecut=1:no-open-gop=1:log-level=error";
                [
                    words(&["-preset", preset, "-crf", "28"]),
                    limit,
                    words(&["-x265-params", parameters]),
                ]
                .concat()
            }
            Codec::Av1 => {
                let parameters =
                    format!("hierarchical-levels=3:lookahead=0:enable-tf=0:mbr={bits}k");
                let mut all = pair("-preset", (self.config.speed() + 4).min(12)).to_vec();
                all.extend(words(&["-crf", "35", "-svtav1-params", &parameters]));
                all
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcode::config::tests::config;
    use edge_protocol::stream::VARIANTS;
    use serde_json::{Value, json};

    fn line(changes: &Value, variant: usize, start: i64) -> String {
        let config = config(changes);
        let timing = Timing {
            ticks: 300 * 1_001,
            packets: 300,
            frames: 300,
            base: [1, 30_000],
        };
        let facts = VideoFacts {
            width: 1920,
            height: 1080,
            audio_codec: Some("aac".to_owned()),
            pixel_format: Some("yuv420p".to_owned()),
            ..VideoFacts::default()
        };
        let job = Job {
            config: &config,
            facts: &facts,
            timing: &timing,
            variant: VARIANTS[variant],
            device: Device::of(&config).remove(0),
            maps_tones: true,
        };
        job.arguments(Path::new("/in"), Path::new("/out"), start)
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
    fn a_run_begins_half_a_frame_before_its_first_segment() {
        let first = line(&json!({}), 5, 0);
        assert!(!first.contains("-ss"));
        has(
            &first,
            &[
                "-protocol_whitelist file",
                "-i file:/in",
                "-c:v libx264 -g 60 -keyint_min 60 -preset ultrafast -crf 23 -maxrate 5000k -bufsize 10000k -sc_threshold:v 0",
                "-vf scale=-2:720",
                "-c:a aac -ac 2",
                "-r 30000/1001 -copyts -avoid_negative_ts disabled",
                "-hls_segment_filename /out/seg_%d.m4s -start_number 0 /out/playlist.m3u8",
            ],
        );
        has(
            &line(&json!({}), 5, 10),
            &["-ss 20.003317 -nostdin", "-start_number 10"],
        );
    }

    #[test]
    fn each_codec_has_its_own_words() {
        has(
            &line(&json!({}), 7, 0),
            &["-c:v libx265", "-tag:v hvc1", "-crf 28 -maxrate 4500k"],
        );
        has(
            &line(&json!({}), 6, 0),
            &["-c:v libsvtav1", "-preset 12 -crf 35"],
        );
        let more = json!({"bframes": 2, "refs": 3, "threads": 2, "targetAudioCodec": "opus"});
        has(
            &line(&more, 8, 0),
            &["-bf 2 -refs 3 -threads 2", "-c:a libopus"],
        );
        has(
            &line(&json!({"accel": "nvenc"}), 8, 0),
            &[
                "-c:v h264_nvenc",
                "-b:v 8000k -maxrate 8000k -bufsize 16000k",
            ],
        );
    }
}
