//! Live transcoding (HLS; api/hls.md): which variants there are, and how a video is cut into segments. The server writes playlists by these numbers and the companion cuts by them, so both have
//! them from here.

use serde::{Deserialize, Serialize};

/// Number that stands for `init.mp4` where segments have theirs.
pub const INIT: i32 = -1;
/// Longest video that is streamed, segments: at two seconds each 27 hours. Its playlist has 1.5 MB.
pub const MOST_SEGMENTS: i64 = 50_000;
/// How long the length of a segment is aimed at, seconds (api/hls.md section 4).
const AIM: u64 = 2;

/// Codec of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// AV1.
    Av1,
    /// H.265.
    Hevc,
    /// H.264.
    H264,
}

impl Codec {
    /// The word of the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Av1 => "av1",
            Self::Hevc => "hevc",
            Self::H264 => "h264",
        }
    }
}

/// One way of encoding a video (api/hls.md section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Pixels of the shorter side.
    pub side: u32,
    /// Codec of the pictures.
    pub codec: Codec,
    /// Bits a second.
    pub bits: u64,
}

const fn variant(side: u32, codec: Codec, bits: u64) -> Variant {
    Variant { side, codec, bits }
}

/// All variants; the place of one is its index in addresses.
pub const VARIANTS: [Variant; 15] = [
    variant(480, Codec::Av1, 1_000_000),
    variant(480, Codec::Hevc, 1_200_000),
    variant(480, Codec::H264, 2_500_000),
    variant(720, Codec::Av1, 2_000_000),
    variant(720, Codec::Hevc, 2_500_000),
    variant(720, Codec::H264, 5_000_000),
    variant(1080, Codec::Av1, 4_000_000),
    variant(1080, Codec::Hevc, 4_500_000),
    variant(1080, Codec::H264, 8_000_000),
    variant(1440, Codec::Av1, 7_000_000),
    variant(1440, Codec::Hevc, 8_000_000),
    variant(1440, Codec::H264, 14_000_000),
    variant(2160, Codec::Av1, 12_000_000),
    variant(2160, Codec::Hevc, 14_000_000),
    variant(2160, Codec::H264, 25_000_000),
];

/// The number of a segment by its file's name, [`INIT`] for `init.mp4`; `None`: no file of a session has this name.
pub fn parse_piece(name: &str) -> Option<i32> {
    if name == "init.mp4" {
        return Some(INIT);
    }
    let digits = name.strip_prefix("seg_")?.strip_suffix(".m4s")?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // No video has a segment of a number that does not fit.
    is_number.then(|| digits.parse().unwrap_or(i32::MAX))
}

/// The name of a segment's file.
pub fn piece_name(number: i32) -> String {
    if number == INIT {
        "init.mp4".to_owned()
    } else {
        format!("seg_{number}.m4s")
    }
}

/// When the packets of a video come (api/hls.md section 4), as read from all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// Sum of the durations of all packets, ticks.
    pub ticks: i64,
    /// Packets that are shown.
    pub packets: i64,
    /// Frames that an output with a constant rate has.
    pub frames: i64,
    /// A tick is `base[0] / base[1]` seconds.
    pub base: [i64; 2],
}

impl Timing {
    /// Whether a video with these numbers can be cut.
    pub fn is_sound(&self) -> bool {
        let number = 1..=1_i64 << 31;
        let is_sound = number.contains(&self.packets)
            && number.contains(&self.frames)
            && (1..=1_i64 << 60).contains(&self.ticks)
            && self.base.iter().all(|part| number.contains(part));
        is_sound && (0.01..=1_000.0).contains(&self.fps()) && self.segments() <= MOST_SEGMENTS
    }

    /// Frames a second, as a fraction of two numbers that ffmpeg takes.
    pub fn rate(&self) -> (u64, u64) {
        let product = |one: i64, other: i64| i128::from(one).max(1) * i128::from(other).max(1);
        let above = product(self.packets, self.base[1]).unsigned_abs();
        let below = product(self.ticks, self.base[0]).unsigned_abs();
        let divisor = common(above, below);
        let (mut above, mut below) = (above / divisor, below / divisor);
        while above.max(below) > i32::MAX as u128 {
            (above, below) = ((above / 2).max(1), (below / 2).max(1));
        }
        let small = |number: u128| u64::try_from(number).unwrap_or(1);
        (small(above), small(below))
    }

    /// Frames a second.
    #[expect(clippy::cast_precision_loss, reason = "both fit 31 bits")]
    pub fn fps(&self) -> f64 {
        let (above, below) = self.rate();
        above as f64 / below as f64
    }

    /// Frames of a segment, the last one aside.
    pub fn frames_per_segment(&self) -> i64 {
        let (above, below) = self.rate();
        i64::try_from((AIM * above).div_ceil(below))
            .unwrap_or(1)
            .max(1)
    }

    /// How many segments there are.
    pub fn segments(&self) -> i64 {
        let per_segment = self.frames_per_segment();
        (self.frames.max(0) + per_segment - 1) / per_segment
    }

    /// Length of a segment, seconds.
    pub fn length(&self, number: i64) -> f64 {
        let per_segment = self.frames_per_segment();
        let left = self.frames - number * per_segment;
        self.seconds(left.clamp(0, per_segment))
    }

    /// The segment that is shown at this second.
    #[expect(clippy::cast_possible_truncation, reason = "floats saturate")]
    pub fn segment_at(&self, second: f64) -> i64 {
        let number = second / self.seconds(self.frames_per_segment());
        (number.floor() as i64).clamp(0, (self.segments() - 1).max(0))
    }

    /// The second that is sought for a run which begins with this segment: half a frame before its first one.
    pub fn seek(&self, segment: i64) -> f64 {
        self.seconds(segment * self.frames_per_segment()) - 0.5 / self.fps()
    }

    #[expect(clippy::cast_precision_loss, reason = "frames fit 31 bits")]
    fn seconds(&self, frames: i64) -> f64 {
        let (above, below) = self.rate();
        frames as f64 * below as f64 / above as f64
    }
}

/// Greatest common divisor.
fn common(mut one: u128, mut other: u128) -> u128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(frames: i64, ticks: i64, second: i64) -> Timing {
        Timing {
            ticks: frames * ticks,
            packets: frames,
            frames,
            base: [1, second],
        }
    }

    #[test]
    fn thirty_frames_a_second_make_segments_of_two_seconds() {
        let timing = timing(300, 512, 15_360);
        assert!(timing.is_sound());
        assert_eq!((timing.rate(), timing.frames_per_segment()), ((30, 1), 60));
        assert_eq!(timing.segments(), 5);
        assert!((0..5).all(|number| (timing.length(number) - 2.0).abs() < 1e-9));
    }

    #[test]
    fn the_rate_of_ntsc_makes_them_a_little_longer_and_the_last_one_shorter() {
        let timing = timing(1_199, 1_001, 30_000);
        assert_eq!(
            (timing.rate(), timing.frames_per_segment()),
            ((30_000, 1_001), 60)
        );
        assert_eq!(timing.segments(), 20);
        assert_eq!(format!("{:.6}", timing.length(0)), "2.002000");
        assert_eq!(format!("{:.6}", timing.length(19)), "1.968633");
    }

    #[test]
    fn positions_are_found_and_a_seek_ends_half_a_frame_before_the_segment() {
        let timing = timing(300, 512, 15_360);
        let found = [-1.0, 0.0, 1.999, 2.0, 9.9, 1e300, f64::NAN].map(|at| timing.segment_at(at));
        assert_eq!(found, [0, 0, 0, 1, 4, 4, 0]);
        assert!((timing.seek(3) - (180.0 - 0.5) / 30.0).abs() < 1e-9);
    }

    #[test]
    fn numbers_that_no_video_has_are_not_sound() {
        let good = timing(300, 512, 15_360);
        for bad in [
            Timing { ticks: 0, ..good },
            Timing { packets: 0, ..good },
            Timing { frames: -1, ..good },
            Timing {
                base: [0, 1],
                ..good
            },
            Timing {
                base: [1, i64::MAX],
                ..good
            },
            Timing {
                ticks: i64::MAX,
                ..good
            },
            Timing {
                frames: 60 * MOST_SEGMENTS + 1,
                ..good
            },
            Timing { ticks: 1, ..good },
            Timing::default(),
        ] {
            assert!(!bad.is_sound(), "{bad:?}");
        }
        // Whatever they are, no number breaks the arithmetic.
        let worst = Timing {
            ticks: i64::MAX,
            packets: i64::MAX,
            frames: i64::MAX / 2,
            base: [i64::MAX; 2],
        };
        assert!(worst.rate().0 > 0 && worst.segments() > 0);
    }

    #[test]
    fn files_of_a_session_have_two_kinds_of_names() {
        for (name, number) in [
            ("init.mp4", Some(INIT)),
            ("seg_0.m4s", Some(0)),
            ("seg_117.m4s", Some(117)),
            ("seg_99999999999999999999.m4s", Some(i32::MAX)),
            ("seg_-1.m4s", None),
            ("seg_.m4s", None),
            ("seg_1.mp4", None),
            ("../init.mp4", None),
            ("seg_1.m4s.tmp", None),
            ("playlist.m3u8", None),
            ("", None),
        ] {
            assert_eq!(parse_piece(name), number, "{name}");
        }
        assert_eq!(
            (piece_name(INIT).as_str(), piece_name(7).as_str()),
            ("init.mp4", "seg_7.m4s")
        );
    }
}
