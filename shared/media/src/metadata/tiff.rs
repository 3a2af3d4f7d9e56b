//! Reads EXIF: the TIFF directories inside JPEG, PNG, WebP, HEIF, JPEG XL and raw files.

use super::ifd::{Entry, entries, header};
use super::tags::{Tags, Value};
use super::text::exposure;
use super::{iptc, maker_note, xmp};
use crate::bytes::{Endian, index, u32_at};
use crate::color;

/// Reads a TIFF block into `tags`. Sizes are only taken from TIFF and raw files
/// (`is_file`), where no container says better.
pub fn read(data: &[u8], is_file: bool, tags: &mut Tags) {
    let Some((endian, start)) = header(data) else {
        return;
    };
    let mut full_size = None;
    // a second pointer to the same kind of block is damage or an attack
    let mut followed: Vec<u16> = Vec::new();
    for entry in entries(data, start, endian) {
        if POINTERS.contains(&entry.tag) {
            if followed.contains(&entry.tag) {
                continue;
            }
            followed.push(entry.tag);
        }
        match (entry.tag, entry.offset()) {
            (EXIF_IFD, Some(at)) => directory(data, at, endian, tags),
            (GPS_IFD, Some(at)) => gps(data, at, endian, tags),
            (XMP, _) if is_file => xmp::read(entry.data, tags),
            (IPTC, _) if is_file => iptc::read(entry.data, tags),
            (ICC, _) if is_file => set_profile(entry.data, tags),
            (SUB_IFDS, _) => {
                let offsets = entry
                    .data
                    .chunks_exact(4)
                    .filter_map(|o| u32_at(o, 0, endian));
                full_size = offsets
                    .take(16)
                    .find_map(|at| full_image(data, index(at.into()), endian));
            }
            _ => store(data, &entry, is_file, tags),
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
        store(data, &entry, false, tags);
    }
}

const EXIF_IFD: u16 = 0x8769;
const GPS_IFD: u16 = 0x8825;
const SUB_IFDS: u16 = 0x014a;
const XMP: u16 = 0x02bc;
const IPTC: u16 = 0x83bb;
const ICC: u16 = 0x8773;
const POINTERS: [u16; 6] = [EXIF_IFD, GPS_IFD, SUB_IFDS, XMP, IPTC, ICC];

/// Stores one entry of the main or the EXIF directory under its name.
fn store(block: &[u8], entry: &Entry<'_>, is_file: bool, tags: &mut Tags) {
    if !tags.spend(1) {
        return;
    }
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
        if tags.spend(entry.steps()) {
            tags.set_text(text, &entry.text());
        }
        return;
    }
    if entry.tag == 0x927c {
        return maker_note::read(block, entry, tags);
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
        "ExposureTime" => tags.set_text(number, &exposure(first)),
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
