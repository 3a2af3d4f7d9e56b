//! Media made on the spot for the tests.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "each test binary uses another part of these helpers"
)]

pub mod exif;
pub mod heic;
pub mod samples;

use edge_media::color::ColorSpace;
use edge_media::decode::{Limits, LoadOptions};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// Interleaved RGB with large flat areas, edges and a little texture.
pub fn rgb(width: u32, height: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            let texture = ((x * 7) ^ (y * 13)) % 16;
            let level = |v: u32| u8::try_from(v.min(255)).unwrap();
            out.push(level(x * 220 / width + texture));
            out.push(level(y * 220 / height + texture));
            out.push(if (x * 4 / width + y * 4 / height).is_multiple_of(2) {
                40
            } else {
                210
            });
        }
    }
    out
}

/// A JPEG of that picture.
pub fn jpeg(width: u32, height: u32, progressive: bool, sampling: SamplingFactor) -> Vec<u8> {
    jpeg_of(&rgb(width, height), (width, height), progressive, sampling)
}

/// A JPEG of these pixels.
pub fn jpeg_of(
    pixels: &[u8],
    size: (u32, u32),
    progressive: bool,
    sampling: SamplingFactor,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 90);
    encoder.set_progressive(progressive);
    encoder.set_sampling_factor(sampling);
    let side = |n: u32| u16::try_from(n).unwrap();
    encoder
        .encode(pixels, side(size.0), side(size.1), ColorType::Rgb)
        .unwrap();
    out
}

/// A small ordinary JPEG.
pub fn small_jpeg() -> Vec<u8> {
    jpeg(64, 48, false, SamplingFactor::R_4_2_0)
}

/// Options for a test that is not about limits.
pub fn options(short_side: u32) -> LoadOptions {
    LoadOptions {
        short_side,
        limits: Limits::native(),
        orientation: None,
        space: ColorSpace::Srgb,
    }
}

/// The shared example photos, if they are there beside the workspace.
pub fn fixtures() -> Option<std::path::PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    // a git worktree lies one level deeper
    let deeper =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/fixtures");
    let found = [folder, deeper].into_iter().find(|f| f.is_dir());
    if found.is_none() {
        println!("NOT TESTED: there are no example photos beside this checkout");
    }
    found
}

/// Largest difference between two channels lists.
pub fn difference(a: &[u8], b: &[u8]) -> u8 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| a.abs_diff(*b))
        .max()
        .unwrap_or(0)
}

/// Mean difference between two channel lists.
pub fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from(a.abs_diff(*b)))
        .sum::<f64>()
        / a.len() as f64
}

/// A 64 x 48 gradient (red grows to the right, green downwards, blue is 128) in formats that no
/// pure Rust crate encodes, as hexadecimal text.
pub mod sample {
    /// The bytes of one of the constants below.
    pub fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|c| u8::from_str_radix(std::str::from_utf8(c).unwrap(), 16).unwrap())
            .collect()
    }

    /// HEIC, one coded picture, made with x265.
    pub const HEIC: &str = "0000001c6674797068656963000000006d696631686569636d696166000001ad6d657461000000000000002168646c720000\
         00000000000070696374000000000000000000000000000000000e7069746d00000000000200000010696461740000000000\
         40003000000038696c6f630100000044400002000100000000000001d10001000000000000004a0002000100000000000000\
         0100000000000000080000003869696e6600000000000200000015696e66650200000100010000687663310000000015696e\
         666502000000000200006772696400000000d869707270000000b66970636f00000076687663430103700000000000000000\
         001ef000fcfdf8f800000f03200001001840010c01ffff03700000030090000003000003001eba0240210001002a42010103\
         700000030090000003000003001ea020810596eae4a6b9b8101030200000030020000003002122000100064401c173c08900\
         0000146973706500000000000000400000004000000014697370650000000000000040000000300000001070697869000000\
         00030808080000001a69706d610000000000000002000102810200020203840000001a69726566000000000000000e64696d\
         67000200010001000000526d646174000000462801af1980ef50498e91b3efd9e7132d37bd986cc82cb6e9718960d97743db\
         ef83721d66f8e350488396d55d8d171f4f3a2f0332f4a830d3d7447d0ffbc956476c445f64fd20";

    /// JPEG XL, made with libjxl at distance 4.
    pub const JXL: &str = "ff0acb060013880600b002d3410900800a9551c60d5ecef57cf9a1c362dac67586b6dab6000000001ec0bf12c6667b619030\
         0546148e8ab2900e3b748c708c6d8c428c528cb13146c618dbf86017261d0e6350c538b3e439f4a1077d280aeab337925f2e\
         1dccf2d78f079e173e5d263495dde6e3913850dc6ab69492975f3b84eb595b42a6021a424505342425653716de76ac1bec5c\
         9842f00383e5fa89e281315149a28872db89ffc9020600a9810300104b0e004000";

    /// AVIF, made with libaom.
    pub const AVIF: &str = "0000001c667479706176696600000000617669666d6966316d696166000000ea6d657461000000000000002168646c720000\
         00000000000070696374000000000000000000000000000000000e7069746d00000000000100000022696c6f630000000044\
         400001000100000000010e000100000000000000450000002369696e6600000000000100000015696e666502000000000100\
         0061763031000000006a697072700000004b6970636f00000013636f6c726e636c78000200020006800000000c6176314381\
         000c000000001469737065000000000000004000000030000000107069786900000000030808080000001769706d61000000\
         0000000001000104818203840000004d6d64617412000a0918157fbd8204040d0832361b001a69a68400bf5dd2943027f2b3\
         6784a48c25d51bcc80f57370f0755a559d8bf4d8add91e147a72f3d4f09535b31c3067b2cfa310";
}
