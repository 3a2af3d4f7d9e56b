//! What of a video has to be encoded (api/jobs-ml.md section 5, "Policy").

use edge_protocol::wire::VideoFacts;

use super::config::{Config, Policy};

/// What becomes of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It is taken as it is.
    Copy,
    /// It is encoded.
    Encode,
}

/// What becomes of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Its pictures.
    pub video: Act,
    /// Its sound.
    pub audio: Act,
}

/// What has to be done; `None`: nothing.
pub fn plan(config: &Config, facts: &VideoFacts) -> Option<Plan> {
    let act = |is_wanted| if is_wanted { Act::Encode } else { Act::Copy };
    let plan = Plan {
        video: act(wants_video(config, facts)),
        audio: act(wants_audio(config, facts)),
    };
    let is_needed = plan.video == Act::Encode
        || plan.audio == Act::Encode
        || (config.transcode != Policy::Disabled && wants_container(config, facts));
    is_needed.then_some(plan)
}

fn wants_video(config: &Config, facts: &VideoFacts) -> bool {
    let is_played = config.accepted_video_codecs.contains(&facts.video_codec);
    let pixels = facts.pixel_format.as_deref().unwrap_or_default();
    let is_required = !is_played || !pixels.ends_with("420p");
    match config.transcode {
        Policy::Disabled => false,
        Policy::All => true,
        Policy::Required => is_required,
        Policy::Optimal => is_required || is_larger(config, facts),
        Policy::Bitrate => {
            let most = config.most_bits().unwrap_or(u64::MAX);
            let bits = facts.bit_rate.and_then(|bits| u64::try_from(bits).ok());
            is_required || bits.is_some_and(|bits| bits > most)
        }
    }
}

/// Whether the shorter side is longer than the target.
pub fn is_larger(config: &Config, facts: &VideoFacts) -> bool {
    let side = facts.width.min(facts.height);
    config.target_side().is_some_and(|target| side > target)
}

fn wants_audio(config: &Config, facts: &VideoFacts) -> bool {
    let Some(codec) = &facts.audio_codec else {
        return false;
    };
    match config.transcode {
        Policy::Disabled => false,
        Policy::All => true,
        Policy::Required | Policy::Optimal | Policy::Bitrate => {
            !config.accepted_audio_codecs.contains(codec)
        }
    }
}

fn wants_container(config: &Config, facts: &VideoFacts) -> bool {
    facts.container != "mp4" && !config.accepted_containers.contains(&facts.container)
}

#[cfg(test)]
mod tests {
    use super::super::config::tests::config;
    use super::*;
    use serde_json::{Value, json};

    fn facts() -> VideoFacts {
        VideoFacts {
            container: "mp4".to_owned(),
            video_codec: "h264".to_owned(),
            audio_codec: Some("aac".to_owned()),
            width: 1920,
            height: 1080,
            bit_rate: Some(8_000_000),
            pixel_format: Some("yuv420p".to_owned()),
            ..VideoFacts::default()
        }
    }

    fn planned(changes: &Value, facts: &VideoFacts) -> String {
        let name = |act| if act == Act::Copy { "copy" } else { "encode" };
        plan(&config(changes), facts).map_or_else(
            || "nothing".to_owned(),
            |plan| format!("{}/{}", name(plan.video), name(plan.audio)),
        )
    }

    #[test]
    fn each_policy_takes_what_it_says() {
        let plain = facts();
        let hevc = VideoFacts {
            video_codec: "hevc".to_owned(),
            ..facts()
        };
        let deep = VideoFacts {
            pixel_format: Some("yuv420p10le".to_owned()),
            ..facts()
        };
        let small = VideoFacts {
            width: 720,
            height: 1280,
            bit_rate: Some(1_000_000),
            ..facts()
        };
        let pcm = VideoFacts {
            audio_codec: Some("pcm_s16le".to_owned()),
            ..facts()
        };
        let mute = VideoFacts {
            audio_codec: None,
            ..facts()
        };
        // of each policy: plain, hevc, deep, small, pcm, mute
        let table = "\
            disabled  nothing nothing nothing nothing nothing nothing
            all       encode/encode encode/encode encode/encode encode/encode encode/encode encode/copy
            required  nothing encode/copy encode/copy nothing copy/encode nothing
            optimal   encode/copy encode/copy encode/copy nothing encode/encode encode/copy
            bitrate   encode/copy encode/copy encode/copy nothing encode/encode encode/copy";
        for line in table.lines() {
            let mut wanted = line.split_whitespace();
            let policy = wanted.next().unwrap();
            let changes = json!({"transcode": policy, "maxBitrate": "5M"});
            for (video, wanted) in [&plain, &hevc, &deep, &small, &pcm, &mute]
                .into_iter()
                .zip(wanted)
            {
                assert_eq!(planned(&changes, video), wanted, "{policy} {video:?}");
            }
        }
    }

    #[test]
    fn other_containers_are_remuxed_unless_they_are_accepted() {
        let in_container = |name: &str| VideoFacts {
            container: name.to_owned(),
            ..facts()
        };
        for (name, wanted) in [
            ("mp4", "nothing"),
            ("mov", "nothing"),
            ("webm", "nothing"),
            ("avi", "copy/copy"),
        ] {
            assert_eq!(planned(&json!({}), &in_container(name)), wanted, "{name}");
        }
        assert_eq!(
            planned(&json!({"acceptedContainers": []}), &in_container("mov")),
            "copy/copy"
        );
        assert_eq!(
            planned(&json!({"transcode": "disabled"}), &in_container("avi")),
            "nothing"
        );
    }
}
