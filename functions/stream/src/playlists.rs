//! The texts of playlists (api/hls.md sections 2 to 4).

use std::fmt::Write as _;

use edge_api::config::SystemConfig;
use edge_protocol::{
    stream::{Timing, VARIANTS, Variant, piece_name},
    wire::VideoFacts,
};
use edge_store::hls::Video;

use crate::levels;

/// Smaller videos get the variants of this side.
const LEAST: u32 = 480;

/// The variants of a video that are configured, with their indexes.
pub fn variants(config: &SystemConfig, facts: &VideoFacts) -> Vec<(usize, Variant)> {
    let realtime = &config.as_value()["ffmpeg"]["realtime"];
    let list = |name: &str| realtime[name].as_array().map_or(&[][..], Vec::as_slice);
    let (codecs, sides) = (list("videoCodecs"), list("resolutions"));
    let most = facts.width.min(facts.height).max(LEAST);
    let is_offered = |variant: &Variant| {
        variant.side <= most
            && codecs.iter().any(|codec| codec == variant.codec.as_str())
            && sides.iter().any(|side| *side == variant.side)
    };
    let all = VARIANTS.into_iter().enumerate();
    all.filter(|(_, variant)| is_offered(variant)).collect()
}

/// The main playlist of a session.
pub fn main(session: &str, video: &Video, variants: &[(usize, Variant)]) -> String {
    let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    let rate = video.timing.fps();
    for (index, variant) in variants {
        let (width, height) = resolution(variant.side, &video.facts);
        // A third more than the aim: what peaks take.
        let bandwidth = (variant.bits * 135).div_euclid(100);
        let codec = levels::name(variant.codec, (width, height), rate);
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},RESOLUTION={width}x{height},CODECS=\"{codec},mp4a.40.2\",VIDEO-RANGE=SDR,\
             FRAME-RATE={rate:.3}\n{session}/{index}/playlist.m3u8"
        );
    }
    text
}

/// Pixels of a variant: the shorter side is the variant's, the other one follows and is even.
fn resolution(side: u32, facts: &VideoFacts) -> (u32, u32) {
    let (width, height) = facts.upright();
    let (short, long) = (
        u64::from(width.min(height)).max(1),
        u64::from(width.max(height)),
    );
    let long = (u64::from(side) * long * 2 + short) / (short * 2);
    let long = u32::try_from(long - long % 2).unwrap_or(u32::MAX - 1);
    if height > width {
        (side, long)
    } else {
        (long, side)
    }
}

/// The media playlist, which is the same for all variants.
pub fn media(timing: &Timing) -> String {
    let mut text = String::from(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"init.mp4\"\n",
    );
    let segments = i32::try_from(timing.segments()).unwrap_or(0);
    for number in 0..segments {
        let length = timing.length(number.into());
        let _ = writeln!(text, "#EXTINF:{length:.6},\n{}", piece_name(number));
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_api::config::SystemConfig;
    use serde_json::json;

    fn video(width: u32, height: u32, rotation: i32) -> Video {
        let timing = Timing {
            ticks: 300 * 512,
            packets: 300,
            frames: 300,
            base: [1, 15_360],
        };
        let facts = VideoFacts {
            width,
            height,
            rotation,
            timing: Some(timing),
            ..VideoFacts::default()
        };
        Video { facts, timing }
    }

    fn config(realtime: &serde_json::Value) -> SystemConfig {
        SystemConfig::from_stored(&json!({"ffmpeg": {"realtime": realtime}}))
    }

    fn offered(config: &SystemConfig, video: &Video) -> Vec<usize> {
        variants(config, &video.facts)
            .iter()
            .map(|(index, _)| *index)
            .collect()
    }

    #[test]
    fn the_defaults_offer_two_codecs_up_to_the_size_of_the_video() {
        let usual = config(&json!({"enabled": true}));
        assert_eq!(offered(&usual, &video(1920, 1080, 0)), [1, 2, 4, 5, 7, 8]);
        assert_eq!(offered(&usual, &video(1280, 720, 0)), [1, 2, 4, 5]);
        assert_eq!(offered(&usual, &video(320, 240, 0)), [1, 2]);
        let all =
            config(&json!({"videoCodecs": ["h264", "av1", "vp9"], "resolutions": [480, 2160]}));
        assert_eq!(offered(&all, &video(3840, 2160, 0)), [0, 2, 12, 14]);
        assert_eq!(
            offered(
                &config(&json!({"resolutions": [1440]})),
                &video(1920, 1080, 0)
            ),
            Vec::<usize>::new()
        );
    }

    fn resolutions(width: u32, height: u32, rotation: i32) -> [(u32, u32); 3] {
        [480, 720, 1080].map(|side| resolution(side, &video(width, height, rotation).facts))
    }

    #[test]
    fn the_longer_side_is_even_and_portraits_stand() {
        assert_eq!(
            resolutions(1920, 1080, 0),
            [(852, 480), (1280, 720), (1920, 1080)]
        );
        assert_eq!(
            resolutions(1080, 1920, 0),
            [(480, 852), (720, 1280), (1080, 1920)]
        );
        assert_eq!(
            resolutions(1920, 1080, -90),
            [(480, 852), (720, 1280), (1080, 1920)]
        );
        assert_eq!(resolutions(1920, 1080, 180)[0], (852, 480));
        assert_eq!(resolutions(100, 100, 0)[0], (480, 480));
        assert_eq!(resolutions(1 << 20, 1, 0)[2], (1_132_462_080, 1080));
    }

    #[test]
    fn playlists_have_the_lines_of_the_contract() {
        let video = video(1920, 1080, 0);
        let one = config(&json!({"videoCodecs": ["h264"], "resolutions": [1080, 720]}));
        let text = main("0a", &video, &variants(&one, &video.facts));
        assert_eq!(
            text,
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n\
             #EXT-X-STREAM-INF:BANDWIDTH=6750000,RESOLUTION=1280x720,CODECS=\"avc1.64001f,mp4a.40.2\",VIDEO-RANGE=SDR,FRAME-RATE=30.000\n\
             0a/5/playlist.m3u8\n\
             #EXT-X-STREAM-INF:BANDWIDTH=10800000,RESOLUTION=1920x1080,CODECS=\"avc1.640028,mp4a.40.2\",VIDEO-RANGE=SDR,FRAME-RATE=30.000\n\
             0a/8/playlist.m3u8\n"
        );
        let text = media(&video.timing);
        assert!(text.starts_with(
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n\
             #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:2.000000,\nseg_0.m4s\n"
        ));
        assert!(text.ends_with("#EXTINF:2.000000,\nseg_4.m4s\n#EXT-X-ENDLIST\n"));
        let ntsc = Timing {
            ticks: 1_001 * 61,
            packets: 61,
            frames: 61,
            base: [1, 30_000],
        };
        let text = media(&ntsc);
        assert!(
            text.contains("TARGETDURATION:2\n")
                && text.contains("#EXTINF:2.002000,\nseg_0.m4s\n#EXTINF:0.033367,\nseg_1.m4s\n")
        );
    }
}
