//! Colour profiles: which space a rendition gets, conversion into it, and the profile to embed
//! (api/jobs-ml.md section 4).

use crate::bytes::{be16, be32, index, slice};
use crate::picture::Picture;

pub use crate::picture::ColorSpace;
use qcms::{DataType, Intent, Profile, Transform};

/// The space for renditions under the default setting `image.colorspace = p3`: Display P3 unless
/// the source is sRGB, which it is when its colour space or profile name contains "srgb", or when
/// it has neither and 8 bits (or an unknown number) a channel (api/jobs-ml.md section 4).
pub fn output_space(
    colorspace: Option<&str>,
    profile: Option<&str>,
    bits: Option<u32>,
) -> ColorSpace {
    let named_srgb = [colorspace, profile]
        .into_iter()
        .flatten()
        .any(|n| n.to_ascii_lowercase().contains("srgb"));
    let plain = colorspace.is_none() && profile.is_none() && bits.is_none_or(|b| b == 8);
    if named_srgb || plain {
        ColorSpace::Srgb
    } else {
        ColorSpace::DisplayP3
    }
}

/// Where the data of a tag of an ICC profile lie.
fn tag(icc: &[u8], name: [u8; 4]) -> Option<usize> {
    let count = index(be32(icc, 128)?.into()).min(200);
    let mut entries = (0..count).map(|i| 132 + i * 12);
    let entry = entries.find(|at| slice(icc, *at, 4) == Some(&name))?;
    Some(index(be32(icc, entry + 4)?.into()))
}

/// The name inside an ICC profile (its `desc` tag), `None` if damaged or nameless.
pub fn profile_description(icc: &[u8]) -> Option<String> {
    let at = tag(icc, *b"desc")?;
    let text = match slice(icc, at, 4)? {
        b"desc" => {
            let length = index(be32(icc, at.checked_add(8)?)?.into());
            String::from_utf8_lossy(slice(icc, at + 12, length)?).into_owned()
        }
        b"mluc" => {
            let length = index(be32(icc, at.checked_add(20)?)?.into());
            let start = at.checked_add(index(be32(icc, at + 24)?.into()))?;
            let units = slice(icc, start, length)?
                .as_chunks::<2>()
                .0
                .iter()
                .map(|u| u16::from_be_bytes(*u));
            char::decode_utf16(units)
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        _ => return None,
    };
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    (!text.is_empty()).then(|| text.to_owned())
}

/// The class of the pixels a profile describes, such as `RGB ` or `CMYK`.
fn profile_kind(icc: &[u8]) -> Option<&[u8]> {
    slice(icc, 16, 4)
}

/// Converts a picture from its profile (sRGB if absent or unusable) to `target`, in place.
pub(crate) fn convert(picture: &mut Picture, icc: Option<&[u8]>, target: ColorSpace) {
    picture.space = target;
    if let Some(tones) = icc.and_then(grey_tones)
        && is_grey(picture)
    {
        let channels = picture.channels();
        for pixel in picture.pixels.chunks_exact_mut(channels) {
            if let [r, g, b, ..] = pixel {
                [*r, *g, *b] = [tones[usize::from(*r)]; 3];
            }
        }
        return;
    }
    let icc = icc.filter(|icc| profile_kind(icc) == Some(b"RGB "));
    let name = icc.and_then(profile_description).unwrap_or_default();
    let known = |needle: &str| name.to_ascii_lowercase().contains(needle);
    let same = match target {
        ColorSpace::Srgb => icc.is_none() || known("srgb"),
        ColorSpace::DisplayP3 => known("display p3"),
    };
    if same {
        return;
    }
    let source = icc
        .and_then(|icc| Profile::new_from_slice(icc, false))
        .unwrap_or_else(Profile::new_sRGB);
    let kind = if picture.alpha {
        DataType::RGBA8
    } else {
        DataType::RGB8
    };
    if let Some(transform) =
        target_profile(target).and_then(|to| Transform::new(&source, &to, kind, Intent::Perceptual))
    {
        transform.apply(&mut picture.pixels);
    }
}

fn is_grey(picture: &Picture) -> bool {
    let mut pixels = picture.pixels.chunks_exact(picture.channels());
    pixels.all(|pixel| matches!(pixel, [r, g, b, ..] if r == g && g == b))
}

/// What each level of a grey profile is in sRGB and Display P3, whose curves are the same; `None` for profiles of other kinds.
/// qcms takes the levels for light, also where the profile means lightness (L*, ICC.1 section 8.3.4).
fn grey_tones(icc: &[u8]) -> Option<[u8; 256]> {
    if profile_kind(icc) != Some(b"GRAY") {
        return None;
    }
    let curve = grey_curve(icc)?;
    let is_lightness = slice(icc, 20, 4) == Some(b"Lab ");
    let mut tones = [0; 256];
    for (level, tone) in (0..=u8::MAX).zip(&mut tones) {
        let value = curve.at(f64::from(level) / 255.0);
        let light = match value * 100.0 {
            _ if !is_lightness => value,
            lightness if lightness > 8.0 => ((lightness + 16.0) / 116.0).powi(3),
            lightness => lightness * 27.0 / 24_389.0,
        };
        let coded = if light > 0.003_130_8 {
            1.055 * light.powf(1.0 / 2.4) - 0.055
        } else {
            12.92 * light
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped"
        )]
        let byte = (coded.clamp(0.0, 1.0) * 255.0).round() as u8;
        *tone = byte;
    }
    Some(tones)
}

/// A tone curve (ICC.1 sections 10.6 and 10.18).
enum Curve {
    /// A power.
    Gamma(f64),
    /// Values at equal distances, 0 to 1.
    Table(Vec<f64>),
    /// Type and parameters g, a, b, c, d, e, f.
    Parametric(u16, [f64; 7]),
}

impl Curve {
    fn at(&self, level: f64) -> f64 {
        match self {
            Self::Gamma(gamma) => level.powf(*gamma),
            Self::Table(values) => {
                let last = values.len().saturating_sub(1);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "0 to the number of values"
                )]
                let (below, part) = {
                    let place = level * last as f64;
                    (place as usize, place.fract())
                };
                let value = |n: usize| values.get(n.min(last)).copied().unwrap_or(0.0);
                value(below) * (1.0 - part) + value(below + 1) * part
            }
            Self::Parametric(kind, [gamma, scale, shift, slope, start, above, below]) => {
                let power = || (scale * level + shift).max(0.0).powf(*gamma);
                match kind {
                    0 => level.powf(*gamma),
                    1 if level < -shift / scale => 0.0,
                    2 if level < -shift / scale => *slope,
                    1 => power(),
                    2 => power() + slope,
                    _ if level < *start => slope * level + below,
                    _ => power() + above,
                }
            }
        }
    }
}

/// The curve of a grey profile.
fn grey_curve(icc: &[u8]) -> Option<Curve> {
    let at = tag(icc, *b"kTRC")?;
    match slice(icc, at, 4)? {
        b"curv" => {
            let count = index(be32(icc, at.checked_add(8)?)?.into());
            let values = slice(icc, at + 12, count.checked_mul(2)?)?
                .as_chunks::<2>()
                .0;
            let values = values.iter().map(|v| u16::from_be_bytes(*v));
            Some(match count {
                0 => Curve::Gamma(1.0),
                1 => Curve::Gamma(values.map(|v| f64::from(v) / 256.0).sum()),
                _ => Curve::Table(values.map(|v| f64::from(v) / 65_535.0).collect()),
            })
        }
        b"para" => {
            let kind = be16(icc, at.checked_add(8)?)?;
            let count = *[1, 3, 4, 5, 7].get(usize::from(kind))?;
            let mut parameters = [0.0; 7];
            let values = slice(icc, at + 12, count * 4)?.as_chunks::<4>().0;
            for (parameter, value) in parameters.iter_mut().zip(values) {
                *parameter = f64::from(i32::from_be_bytes(*value)) / 65_536.0;
            }
            Some(Curve::Parametric(kind, parameters))
        }
        _ => None,
    }
}

fn target_profile(target: ColorSpace) -> Option<Box<Profile>> {
    let mut profile = match target {
        ColorSpace::Srgb => Profile::new_sRGB(),
        ColorSpace::DisplayP3 => Profile::new_from_slice(&display_p3(), false)?,
    };
    profile.precache_output_transform();
    Some(profile)
}

/// Ink (255 = full) to sRGB, through its profile if there is a usable one.
pub(crate) fn cmyk_to_rgb(cmyk: &[u8], icc: Option<&[u8]>) -> Vec<u8> {
    let pixels = cmyk.as_chunks::<4>().0;
    let profile = icc
        .filter(|icc| profile_kind(icc) == Some(b"CMYK"))
        .and_then(|icc| Profile::new_from_slice(icc, false));
    let transform = profile.and_then(|from| {
        Transform::new_to(
            &from,
            &*target_profile(ColorSpace::Srgb)?,
            DataType::CMYK,
            DataType::RGB8,
            Intent::Perceptual,
        )
    });
    if let Some(transform) = transform {
        let mut rgb = vec![0; pixels.len() * 3];
        transform.convert(pixels.as_flattened(), &mut rgb);
        return rgb;
    }
    let mix = |c: u8, k: u8| u8::try_from(u16::from(!c) * u16::from(!k) / 255).unwrap_or(u8::MAX);
    pixels
        .iter()
        .flat_map(|[c, m, y, k]| [mix(*c, *k), mix(*m, *k), mix(*y, *k)])
        .collect()
}

/// The ICC profile to embed for a colour space, if any.
pub fn embedded_profile(space: ColorSpace) -> Option<Vec<u8>> {
    (space == ColorSpace::DisplayP3).then(display_p3)
}

/// A Display P3 profile (ICC v4 matrix/TRC): P3 primaries adapted to D50, the sRGB curve.
fn display_p3() -> Vec<u8> {
    const D50: [f64; 3] = [0.964_2, 1.0, 0.824_9];
    let curve = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.040_45];
    let xyz = |values: [f64; 3]| tagged(b"XYZ ", &[], &values);
    let trc = tagged(b"para", &[0, 3, 0, 0], &curve);
    let adaptation = [
        1.047_882, 0.022_919, -0.050_201, 0.029_587, 0.990_479, -0.017_059, -0.009_232, 0.015_076,
        0.751_678,
    ];
    let tags: [(&[u8; 4], Vec<u8>); 10] = [
        (b"desc", text("Display P3")),
        (b"cprt", text("CC0")),
        (b"wtpt", xyz(D50)),
        (b"rXYZ", xyz([0.515_121, 0.241_196, -0.001_053])),
        (b"gXYZ", xyz([0.291_977, 0.692_245, 0.041_885])),
        (b"bXYZ", xyz([0.157_104, 0.066_574, 0.784_073])),
        (b"rTRC", trc.clone()),
        (b"gTRC", trc.clone()),
        (b"bTRC", trc),
        (b"chad", tagged(b"sf32", &[], &adaptation)),
    ];
    assemble(&tags, D50)
}

/// Lays out header, tag table and tag data.
fn assemble(tags: &[(&[u8; 4], Vec<u8>)], illuminant: [f64; 3]) -> Vec<u8> {
    let word = |n: usize| u32::try_from(n).unwrap_or(0).to_be_bytes();
    let mut table = word(tags.len()).to_vec();
    let mut data = Vec::new();
    let start = 128 + 4 + tags.len() * 12;
    for (name, value) in tags {
        table.extend_from_slice(*name);
        table.extend(word(start + data.len()));
        table.extend(word(value.len()));
        data.extend_from_slice(value);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let mut out = word(start + data.len()).to_vec();
    out.extend([0; 4]);
    out.extend([4, 0x20, 0, 0]);
    out.extend(b"mntrRGB XYZ ");
    // made on 1 January 2026
    out.extend([7, 0xea, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    out.extend(b"acsp");
    out.resize(68, 0);
    out.extend(illuminant.into_iter().flat_map(fixed));
    out.resize(128, 0);
    out.extend(table);
    out.extend(data);
    out
}

fn tagged(kind: &[u8], head: &[u8], values: &[f64]) -> Vec<u8> {
    let mut out = kind.to_vec();
    out.extend([0; 4]);
    out.extend_from_slice(head);
    out.extend(values.iter().flat_map(|v| fixed(*v)));
    out
}

/// A signed 16.16 fixed point number.
fn fixed(value: f64) -> [u8; 4] {
    #[expect(clippy::cast_possible_truncation, reason = "constants below 32768")]
    let number = (value * 65536.0).round() as i32;
    number.to_be_bytes()
}

/// A multi-localised text with one English entry.
fn text(value: &str) -> Vec<u8> {
    let units: Vec<u8> = value.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut out = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS".to_vec();
    out.extend(u32::try_from(units.len()).unwrap_or(0).to_be_bytes());
    out.extend([0, 0, 0, 28]);
    out.extend(units);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(rgb: [u8; 3], icc: Option<&[u8]>, target: ColorSpace) -> Vec<u8> {
        let mut picture = Picture {
            width: 1,
            height: 1,
            pixels: rgb.to_vec(),
            alpha: false,
            space: ColorSpace::Srgb,
        };
        convert(&mut picture, icc, target);
        assert_eq!(picture.space, target);
        picture.pixels
    }

    #[test]
    fn own_profile_is_well_formed() {
        let icc = display_p3();
        assert_eq!(be32(&icc, 0), u32::try_from(icc.len()).ok());
        assert_eq!(be16(&icc, 8), Some(0x0420));
        assert_eq!(profile_description(&icc).as_deref(), Some("Display P3"));
        assert!(Profile::new_from_slice(&icc, false).is_some());
    }

    #[test]
    fn srgb_and_p3_convert_into_each_other() {
        // sRGB red is (234, 51, 35) in Display P3; greys stay greys.
        let red = pixel([255, 0, 0], None, ColorSpace::DisplayP3);
        for (got, want) in red.iter().zip([234_u8, 51, 35]) {
            assert!(got.abs_diff(want) <= 2, "{red:?}");
        }
        let back = pixel([234, 51, 35], Some(&display_p3()), ColorSpace::Srgb);
        for (got, want) in back.iter().zip([255_u8, 0, 0]) {
            assert!(got.abs_diff(want) <= 6, "{back:?}");
        }
        for value in pixel([128, 128, 128], Some(&display_p3()), ColorSpace::Srgb) {
            assert!(value.abs_diff(128) <= 1);
        }
    }

    #[test]
    fn nothing_happens_when_source_and_target_agree() {
        assert_eq!(pixel([1, 2, 3], None, ColorSpace::Srgb), [1, 2, 3]);
        assert_eq!(
            pixel([1, 2, 3], Some(&display_p3()), ColorSpace::DisplayP3),
            [1, 2, 3]
        );
        assert_eq!(
            pixel([1, 2, 3], Some(b"garbage"), ColorSpace::Srgb),
            [1, 2, 3]
        );
    }

    #[test]
    fn output_space_follows_the_contract() {
        let cases = [
            (None, None, None, ColorSpace::Srgb),
            (None, None, Some(8), ColorSpace::Srgb),
            (None, None, Some(16), ColorSpace::DisplayP3),
            (Some("sRGB"), None, Some(16), ColorSpace::Srgb),
            (None, Some("sRGB IEC61966-2.1"), None, ColorSpace::Srgb),
            (
                Some("Uncalibrated"),
                Some("Display P3"),
                Some(8),
                ColorSpace::DisplayP3,
            ),
        ];
        for (colorspace, profile, bits, expected) in cases {
            assert_eq!(
                output_space(colorspace, profile, bits),
                expected,
                "{colorspace:?} {profile:?} {bits:?}"
            );
        }
    }

    #[test]
    fn ink_without_profile_is_mixed() {
        assert_eq!(
            cmyk_to_rgb(&[0, 0, 0, 0, 255, 0, 0, 0, 9, 9, 9, 255], None),
            [255, 255, 255, 0, 255, 255, 0, 0, 0]
        );
    }

    #[test]
    fn damaged_profiles_have_no_name() {
        let icc = display_p3();
        for length in 0..icc.len() {
            let cut = icc.get(..length).unwrap_or_default();
            let _name: Option<String> = profile_description(cut);
        }
        assert_eq!(profile_description(b""), None);
    }
}
