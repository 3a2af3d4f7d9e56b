//! Reads EXIF: the TIFF directories inside JPEG, PNG, WebP, HEIF, JPEG XL and raw files.

use super::tags::{Tags, Value};
use super::{iptc, xmp};
use crate::bytes::{Endian, index, slice, u16_at, u32_at};
use crate::color;

/// More entries than any camera writes; a damaged count must not cost time.
const MAX_ENTRIES: u16 = 2048;
/// Longest text or number list that is looked at.
const MAX_VALUE: usize = 1 << 20;

/// One directory entry with its bytes.
struct Entry<'a> {
    tag: u16,
    kind: u16,
    data: &'a [u8],
    endian: Endian,
}

impl Entry<'_> {
    /// Text up to the first NUL; UTF-8 or else Latin-1.
    fn text(&self) -> String {
        let raw = self.data.split(|b| *b == 0).next().unwrap_or_default();
        std::str::from_utf8(raw).map_or_else(
            |_latin| raw.iter().map(|b| char::from(*b)).collect(),
            str::to_owned,
        )
    }

    /// Numbers, rationals divided; undefined ones (x/0) are not finite and never stored.
    fn numbers(&self) -> impl Iterator<Item = f64> {
        let size = type_size(self.kind).max(1);
        self.data
            .chunks_exact(size)
            .map(|raw| self.number(raw).unwrap_or(f64::NAN))
    }

    fn number(&self, raw: &[u8]) -> Option<f64> {
        let u16 = || u16_at(raw, 0, self.endian);
        let u32 = |at| u32_at(raw, at, self.endian);
        Some(match self.kind {
            1 | 7 => f64::from(*raw.first()?),
            6 => f64::from(raw.first()?.cast_signed()),
            3 => f64::from(u16()?),
            8 => f64::from(u16()?.cast_signed()),
            4 | 13 => f64::from(u32(0)?),
            9 => f64::from(u32(0)?.cast_signed()),
            5 => f64::from(u32(0)?) / f64::from(u32(4)?),
            10 => f64::from(u32(0)?.cast_signed()) / f64::from(u32(4)?.cast_signed()),
            11 => f64::from(f32::from_bits(u32(0)?)),
            _ => return None,
        })
    }

    fn first(&self) -> Option<f64> {
        self.numbers().next()
    }

    fn offset(&self) -> Option<usize> {
        u32_at(self.data, 0, self.endian).map(|o| index(o.into()))
    }
}

fn type_size(kind: u16) -> usize {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 => 8,
        _ => 0,
    }
}

/// The entries of the directory at `at`; whatever lies outside the data is left out.
fn entries(data: &[u8], at: usize, endian: Endian) -> impl Iterator<Item = Entry<'_>> {
    let count = u16_at(data, at, endian).unwrap_or(0).min(MAX_ENTRIES);
    (0..usize::from(count)).filter_map(move |i| {
        let at = at.checked_add(2 + i * 12)?;
        let (tag, kind) = (u16_at(data, at, endian)?, u16_at(data, at + 2, endian)?);
        let length = type_size(kind).checked_mul(index(u32_at(data, at + 4, endian)?.into()))?;
        let start = if length <= 4 {
            at + 8
        } else {
            index(u32_at(data, at + 8, endian)?.into())
        };
        let data = slice(data, start, length).filter(|d| !d.is_empty() && d.len() <= MAX_VALUE)?;
        Some(Entry {
            tag,
            kind,
            data,
            endian,
        })
    })
}

/// Byte order and first directory of a TIFF block.
fn header(data: &[u8]) -> Option<(Endian, usize)> {
    let endian = match slice(data, 0, 2)? {
        b"II" => Endian::Little,
        b"MM" => Endian::Big,
        _ => return None,
    };
    Some((endian, index(u32_at(data, 4, endian)?.into())))
}

/// Reads a TIFF block into `tags`. Sizes are only taken from TIFF and raw files
/// (`is_file`), where no container says better.
pub fn read(data: &[u8], is_file: bool, tags: &mut Tags) {
    let Some((endian, start)) = header(data) else {
        return;
    };
    let mut full_size = None;
    for entry in entries(data, start, endian) {
        match entry.tag {
            EXIF_IFD => entry
                .offset()
                .into_iter()
                .for_each(|at| directory(data, at, endian, tags)),
            GPS_IFD => entry
                .offset()
                .into_iter()
                .for_each(|at| gps(data, at, endian, tags)),
            XMP if is_file => xmp::read(entry.data, tags),
            IPTC if is_file => iptc::read(entry.data, tags),
            ICC if is_file => set_profile(entry.data, tags),
            SUB_IFDS => {
                let offsets = entry
                    .data
                    .chunks_exact(4)
                    .filter_map(|o| u32_at(o, 0, endian));
                full_size = offsets
                    .take(16)
                    .find_map(|at| full_image(data, index(at.into()), endian));
            }
            _ => store(&entry, is_file, tags),
        }
    }
    if let Some((width, height)) = full_size.filter(|_| is_file) {
        tags.set_number("ImageWidth", width);
        tags.set_number("ImageHeight", height);
    }
}

/// Reads a TIFF block whose first directory is an EXIF directory (Canon CR3).
pub fn read_exif_directory(data: &[u8], tags: &mut Tags) {
    if let Some((endian, start)) = header(data) {
        directory(data, start, endian, tags);
    }
}

/// Reads a TIFF block whose first directory is a GPS directory (Canon CR3).
pub fn read_gps_directory(data: &[u8], tags: &mut Tags) {
    if let Some((endian, start)) = header(data) {
        gps(data, start, endian, tags);
    }
}

/// Size of the full picture among a raw file's nested directories.
fn full_image(data: &[u8], at: usize, endian: Endian) -> Option<(f64, f64)> {
    let find = |tag| {
        entries(data, at, endian)
            .find(|e| e.tag == tag)
            .and_then(|e| e.first())
    };
    let is_full = find(0x00fe).is_none_or(|kind| kind == 0.0);
    find(0x0100).zip(find(0x0101)).filter(|_| is_full)
}

pub(super) fn set_profile(icc: &[u8], tags: &mut Tags) {
    if let Some(name) = color::profile_description(icc) {
        tags.set_text("ProfileDescription", &name);
    }
}

fn directory(data: &[u8], at: usize, endian: Endian, tags: &mut Tags) {
    for entry in entries(data, at, endian) {
        store(&entry, false, tags);
    }
}

const EXIF_IFD: u16 = 0x8769;
const GPS_IFD: u16 = 0x8825;
const SUB_IFDS: u16 = 0x014a;
const XMP: u16 = 0x02bc;
const IPTC: u16 = 0x83bb;
const ICC: u16 = 0x8773;

/// Stores one entry of the main or the EXIF directory under its name.
fn store(entry: &Entry<'_>, is_file: bool, tags: &mut Tags) {
    let text = match entry.tag {
        0x010e => "ImageDescription",
        0x010f => "Make",
        0x0110 => "Model",
        0x9003 => "DateTimeOriginal",
        0x9004 => "CreateDate",
        0x9010 => "OffsetTime",
        0x9011 => "OffsetTimeOriginal",
        0x9012 => "OffsetTimeDigitized",
        0x9290 => "SubSecTime",
        0x9291 => "SubSecTimeOriginal",
        0x9292 => "SubSecTimeDigitized",
        0xa434 => "LensModel",
        _ => "",
    };
    if !text.is_empty() {
        return tags.set_text(text, &entry.text());
    }
    if entry.tag == 0x927c {
        return maker_note(entry.data, tags);
    }
    let number = match entry.tag {
        0x0100 if is_file => "ImageWidth",
        0x0101 if is_file => "ImageHeight",
        0x0102 if is_file => "BitsPerSample",
        0x0112 => "Orientation",
        0x4746 => "Rating",
        0x8827 => "ISO",
        0x829a => "ExposureTime",
        0x829d => "FNumber",
        0x882a => "TimeZoneOffset",
        0x920a => "FocalLength",
        0xa001 => "ColorSpace",
        _ => return,
    };
    let Some(first) = entry.first() else { return };
    match number {
        "ExposureTime" => tags.set_text(number, &exposure_text(first)),
        "ColorSpace" => tags.set_text(number, color_space(first)),
        _ => tags.set_number(number, first),
    }
}

fn color_space(code: f64) -> &'static str {
    match code {
        1.0 => "sRGB",
        2.0 => "Adobe RGB",
        65_533.0 => "Wide Gamut RGB",
        65_535.0 => "Uncalibrated",
        _ => "",
    }
}

/// Exposure time in the usual notation: `1/250`, or seconds from a quarter upwards.
pub fn exposure_text(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        String::new()
    } else if seconds > 0.0 && seconds < 0.250_01 {
        format!("1/{:.0}", (1.0 / seconds).round())
    } else {
        let text = format!("{seconds:.1}");
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    }
}

/// Apple's maker note: a directory of its own with what links bursts and live photos.
fn maker_note(data: &[u8], tags: &mut Tags) {
    if !data.starts_with(b"Apple iOS\0") {
        return;
    }
    for entry in entries(data, 14, Endian::Big) {
        match entry.tag {
            0x000b => tags.set_text("BurstUUID", &entry.text()),
            0x0011 => tags.set_text("ContentIdentifier", &entry.text()),
            _ => {}
        }
    }
}

/// Reads position and satellite time.
fn gps(data: &[u8], at: usize, endian: Endian, tags: &mut Tags) {
    let (mut south, mut west) = (false, false);
    let (mut latitude, mut longitude) = (None, None);
    let (mut date, mut time) = (String::new(), Vec::new());
    for entry in entries(data, at, endian) {
        match entry.tag {
            1 => {
                south = entry
                    .data
                    .first()
                    .is_some_and(|b| b.eq_ignore_ascii_case(&b'S'));
            }
            2 => latitude = degrees(&entry),
            3 => {
                west = entry
                    .data
                    .first()
                    .is_some_and(|b| b.eq_ignore_ascii_case(&b'W'));
            }
            4 => longitude = degrees(&entry),
            7 => time = entry.numbers().take(3).collect(),
            29 => date = entry.text(),
            _ => {}
        }
    }
    let signed = |value: f64, negative: bool| if negative { -value } else { value };
    if let Some((latitude, longitude)) = latitude.zip(longitude) {
        tags.set("GPSLatitude", Value::Number(signed(latitude, south)));
        tags.set("GPSLongitude", Value::Number(signed(longitude, west)));
    }
    if let [hour, minute, second] = time.as_slice()
        && !date.is_empty()
    {
        tags.set_text(
            "GPSDateTime",
            &format!("{date} {hour:02.0}:{minute:02.0}:{second:06.3}Z"),
        );
    }
}

/// Degrees, minutes and seconds as degrees.
fn degrees(entry: &Entry<'_>) -> Option<f64> {
    let mut parts = entry.numbers().take(3);
    let degrees = parts.next()?;
    // missing or undefined minutes and seconds count as none
    let part = |p: Option<f64>| p.filter(|v| v.is_finite()).unwrap_or(0.0);
    let value = degrees + part(parts.next()) / 60.0 + part(parts.next()) / 3600.0;
    value.is_finite().then_some(value)
}
