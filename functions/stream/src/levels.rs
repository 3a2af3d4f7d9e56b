//! Names of codecs with the level that frames of a size and rate need (api/hls.md section 2).

use edge_protocol::stream::Codec;

/// A level holds frames of at most so many units, and so many units a second.
type Level = (f64, f64, u32);

/// Of H.264, in macroblocks; the number is the last byte of the name.
const H264: [Level; 11] = [
    (1_620.0, 40_500.0, 0x1e),
    (3_600.0, 108_000.0, 0x1f),
    (5_120.0, 216_000.0, 0x20),
    (8_192.0, 245_760.0, 0x28),
    (8_704.0, 522_240.0, 0x2a),
    (22_080.0, 589_824.0, 0x32),
    (36_864.0, 983_040.0, 0x33),
    (36_864.0, 2_073_600.0, 0x34),
    (139_264.0, 4_177_920.0, 0x3c),
    (139_264.0, 8_355_840.0, 0x3d),
    (139_264.0, 16_711_680.0, 0x3e),
];

/// Of H.265, in samples; the number is thirty times the level.
const HEVC: [Level; 10] = [
    (552_960.0, 16_588_800.0, 90),
    (983_040.0, 33_177_600.0, 93),
    (2_228_224.0, 66_846_720.0, 120),
    (2_228_224.0, 133_693_440.0, 123),
    (8_912_896.0, 267_386_880.0, 150),
    (8_912_896.0, 534_773_760.0, 153),
    (8_912_896.0, 1_069_547_520.0, 156),
    (35_651_584.0, 1_069_547_520.0, 180),
    (35_651_584.0, 2_139_095_040.0, 183),
    (35_651_584.0, 4_278_190_080.0, 186),
];

/// Of AV1, in samples; the number is the level's index.
const AV1: [Level; 10] = [
    (665_856.0, 19_975_168.0, 4),
    (1_065_024.0, 31_950_336.0, 5),
    (2_359_296.0, 70_778_880.0, 8),
    (2_359_296.0, 141_557_760.0, 9),
    (8_912_896.0, 267_386_880.0, 12),
    (8_912_896.0, 534_773_760.0, 13),
    (8_912_896.0, 1_069_547_520.0, 14),
    (35_651_584.0, 1_069_547_520.0, 16),
    (35_651_584.0, 2_139_095_040.0, 17),
    (35_651_584.0, 4_278_190_080.0, 18),
];

/// The first level that holds these frames, else the last one.
fn level(levels: &[Level], size: f64, rate: f64) -> u32 {
    let fits = |(most, most_a_second, _): &&Level| size <= *most && size * rate <= *most_a_second;
    let found = levels.iter().find(fits).or(levels.last());
    found.map_or(0, |(_, _, name)| *name)
}

/// What a playlist calls a codec for frames of this size (pixels) and rate (frames a second).
pub fn name(codec: Codec, (width, height): (u32, u32), rate: f64) -> String {
    let samples = f64::from(width) * f64::from(height);
    match codec {
        Codec::H264 => {
            let blocks = f64::from(width.div_ceil(16)) * f64::from(height.div_ceil(16));
            format!("avc1.6400{:02x}", level(&H264, blocks, rate))
        }
        Codec::Hevc => format!("hvc1.1.6.L{}.B0", level(&HEVC, samples, rate)),
        Codec::Av1 => format!("av01.0.{:02}M.08", level(&AV1, samples, rate)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_grow_with_size_and_rate() {
        for (codec, size, rate, expected) in [
            (Codec::H264, (854, 480), 25.0, "avc1.64001e"),
            (Codec::H264, (854, 480), 30.0, "avc1.64001f"),
            (Codec::H264, (1280, 720), 30.0, "avc1.64001f"),
            (Codec::H264, (1280, 720), 60.0, "avc1.640020"),
            (Codec::H264, (1920, 1080), 30.0, "avc1.640028"),
            (Codec::H264, (1920, 1080), 60.0, "avc1.64002a"),
            (Codec::H264, (3840, 2160), 30.0, "avc1.640033"),
            (Codec::H264, (100_000, 2160), 30.0, "avc1.64003e"),
            (Codec::Hevc, (854, 480), 30.0, "hvc1.1.6.L90.B0"),
            (Codec::Hevc, (1920, 1080), 30.0, "hvc1.1.6.L120.B0"),
            (Codec::Hevc, (3840, 2160), 60.0, "hvc1.1.6.L153.B0"),
            (Codec::Av1, (854, 480), 30.0, "av01.0.04M.08"),
            (Codec::Av1, (1920, 1080), 60.0, "av01.0.09M.08"),
            (Codec::Av1, (3840, 2160), 30.0, "av01.0.12M.08"),
        ] {
            assert_eq!(name(codec, size, rate), expected, "{size:?} {rate}");
        }
    }
}
