//! Broken, lying and hostile files: typed errors, no panic, no large allocation
//! (issue 2, "Bad input").

mod common;

use common::exif::{V, jpeg_with_exif, tiff, xmp};
use common::heic::heic_grid;
use common::samples::samples;
use common::{jpeg, options, sample, small_jpeg};
use edge_media::decode::{DecodeError, Format, Limits, LoadOptions, load, probe};
use edge_media::metadata::{read, read_with_sidecar};
use jpeg_encoder::SamplingFactor;

#[test]
fn empty_and_text_files_are_no_pictures() {
    let text = b"Dear diary, today I renamed a text file to .jpg.".repeat(50);
    for bytes in [
        &b""[..],
        b"\xff",
        b"\xff\xd8",
        b"BM",
        b"RIFF",
        b"GIF89",
        &[0; 4096],
        &text,
    ] {
        let error = load(bytes, &options(250)).unwrap_err();
        assert_eq!(error, DecodeError::Unrecognised, "{:?}", bytes.get(..4));
        assert!(!error.needs_companion());
        for name in ["a.jpg", "a.heic", "a.mp4", "a.png", "a", ""] {
            let metadata = read_with_sidecar(bytes, name, Some(bytes));
            assert!(
                metadata.capture.is_none() && metadata.exif_width.is_none(),
                "{name}"
            );
        }
    }
}

#[test]
fn truncated_files_give_errors() {
    for (name, bytes) in samples() {
        for cut in [1, 2, 4, 8, 12]
            .map(|parts| bytes.len() * (parts - 1) / parts)
            .into_iter()
            .chain(0..bytes.len().min(200))
        {
            let short = &bytes[..cut];
            let _read = read(short, name);
            if let Ok(picture) = load(short, &options(16)) {
                let channels = if picture.alpha { 4 } else { 3 };
                assert_eq!(
                    picture.pixels.len(),
                    picture.width as usize * picture.height as usize * channels
                );
            }
        }
    }
    let bytes = sample::bytes(sample::HEIC);
    let error = load(&bytes[..bytes.len() * 3 / 4], &options(16)).unwrap_err();
    assert!(
        matches!(
            error,
            DecodeError::Corrupt {
                format: Format::Heic,
                ..
            }
        ),
        "{error}"
    );
}

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u32);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % sides
    }
}

#[test]
fn damaged_bytes_never_panic_nor_exceed_the_limits() {
    let mut dice = Dice(0x1234_5678);
    let limits = Limits {
        memory: 32 << 20,
        pixels: 1 << 22,
        ..Limits::worker(0)
    };
    for (name, bytes) in samples() {
        for round in 0..400 {
            let mut broken = bytes.clone();
            let area = if round % 2 == 0 {
                broken.len().min(120)
            } else {
                broken.len()
            };
            for _ in 0..=dice.roll(6) {
                let at = dice.roll(area);
                broken[at] = [0, 0xff, 0x7f, u8::try_from(dice.roll(256)).unwrap()][dice.roll(4)];
            }
            let _read = read(&broken, name);
            if let Ok(picture) = load(
                &broken,
                &LoadOptions {
                    limits,
                    orientation: Some(6),
                    ..options(8)
                },
            ) {
                let channels = if picture.alpha { 4 } else { 3 };
                assert_eq!(
                    picture.pixels.len(),
                    picture.width as usize * picture.height as usize * channels,
                    "{name}"
                );
            }
        }
    }
}

fn patched(mut bytes: Vec<u8>, at: usize, value: &[u8]) -> Vec<u8> {
    bytes[at..at + value.len()].copy_from_slice(value);
    bytes
}

#[test]
fn decompression_bombs_are_refused_by_their_header() {
    let all = samples();
    let of = |name: &str| all.iter().find(|s| s.0 == name).unwrap().1.clone();
    let jpeg = of("b.jpg");
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc2]).unwrap();
    let webp = [
        b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec(),
        vec![0xff; 8],
    ]
    .concat();
    let bombs = [
        ("JPEG", patched(jpeg, frame + 5, &[0xff, 0xff, 0xff, 0xff])),
        ("PNG", patched(of("a.png"), 16, &[0, 1, 0, 0, 0, 1, 0, 0])),
        ("GIF", patched(of("a.gif"), 6, &[0xff; 4])),
        ("WebP", webp),
    ];
    for (name, bytes) in bombs {
        let error = load(&bytes, &options(250)).unwrap_err();
        let worker = load(
            &bytes,
            &LoadOptions {
                limits: Limits::worker(1000),
                ..options(250)
            },
        )
        .unwrap_err();
        assert!(
            matches!(worker, DecodeError::TooLarge { .. }),
            "{name}: {worker}"
        );
        assert!(!worker.needs_companion(), "{name}");
        assert!(!matches!(error, DecodeError::Unrecognised), "{name}");
    }
}

#[test]
fn expensive_but_honest_pictures_go_to_the_companion() {
    let bytes = jpeg(3000, 2000, true, SamplingFactor::R_4_4_4);
    let info = probe(&bytes).unwrap();
    assert!(info.decode_bytes(250) > 30_000_000);
    let limits = Limits {
        memory: 30_000_000,
        ..Limits::native()
    };
    let error = load(
        &bytes,
        &LoadOptions {
            limits,
            ..options(250)
        },
    )
    .unwrap_err();
    assert!(
        matches!(
            error,
            DecodeError::Memory {
                format: Format::Jpeg,
                limit: 30_000_000,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.needs_companion() && error.to_string().contains("companion"));
    assert_eq!(Limits::worker(200 << 20).memory, 0);
}

#[test]
fn directories_that_point_at_themselves_end() {
    let mut block = tiff(vec![(0x010f, V::Text("Maker of things"))], vec![], vec![]);
    // the EXIF directory is the main one again
    let at = block.windows(2).position(|w| w == [0x69, 0x87]).unwrap();
    block[at + 8..at + 12].copy_from_slice(&8_u32.to_le_bytes());
    let metadata = read(&jpeg_with_exif(&small_jpeg(), &block), "a.jpg");
    assert_eq!(metadata.make.as_deref(), Some("Maker of things"));
    let endless = [
        b"II*\0\x08\0\0\0\xff\xff".to_vec(),
        [0x69, 0x87, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0].repeat(3000),
    ]
    .concat();
    let _read = read(&endless, "a.tif");
}

#[test]
fn hostile_sidecars_do_no_harm() {
    let deep = xmp(
        "",
        &["<dc:a>".repeat(50_000), "</dc:a>".repeat(50_000)].concat(),
    );
    let many = xmp(
        "",
        &format!(
            "<digiKam:TagsList><rdf:Seq>{}</rdf:Seq></digiKam:TagsList>",
            "<rdf:li>x</rdf:li>".repeat(50_000)
        ),
    );
    let odd = xmp(
        "xmp:Rating=\"NaN\" exif:GPSLatitude=\"1e999\" exif:GPSLongitude=\"x\" exif:DateTimeOriginal=\"99999-99-99\"",
        "",
    );
    for sidecar in [deep, many, odd, vec![0; 100], vec![0xff; 100]] {
        let metadata = read_with_sidecar(&small_jpeg(), "a.jpg", Some(&sidecar));
        assert_eq!(
            (metadata.rating, metadata.latitude, metadata.capture),
            (None, None, None)
        );
    }
}

fn worker(short_side: u32) -> LoadOptions {
    LoadOptions {
        limits: Limits::worker(100_000),
        ..options(short_side)
    }
}

/// A PNG of 16-bit RGBA that says how large it is and not much more.
fn empty_png(width: u32, height: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Sixteen);
    drop(encoder.write_header());
    out
}

/// An uncompressed grey TIFF whose strips are all the same bytes.
fn repeated_strips(width: u32, height: u32) -> Vec<u8> {
    let entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, height, 134),
        (277, 3, 1, 1),
        (278, 4, 1, 1),
        (279, 4, height, 134 + 4 * height),
    ];
    let mut out = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, kind, count, value) in entries {
        out.extend(u16::to_le_bytes(tag));
        out.extend(u16::to_le_bytes(kind));
        out.extend(u32::to_le_bytes(count));
        out.extend(u32::to_le_bytes(value));
    }
    out.resize(134, 0);
    out.extend(134_u32.to_le_bytes().repeat(height as usize));
    out.extend(width.to_le_bytes().repeat(height as usize));
    out
}

#[test]
fn bombs_are_too_much_work_for_good() {
    for (name, bytes) in [
        ("PNG of 268 megapixels", empty_png(16_384, 16_384)),
        ("PNG of 134 million rows", empty_png(2, 1 << 27)),
        ("TIFF of 268 megapixels", repeated_strips(16_384, 16_384)),
    ] {
        let error = load(&bytes, &worker(250)).unwrap_err();
        assert!(matches!(error, DecodeError::Work { .. }), "{name}: {error}");
        assert!(!error.needs_companion(), "{name}");
    }
}

#[test]
fn honest_pictures_are_not_too_much_work() {
    let large = empty_png(10_000, 5_000);
    let error = load(&large, &worker(250)).unwrap_err();
    assert!(matches!(error, DecodeError::Corrupt { .. }), "{error}");
    let small = repeated_strips(200, 400);
    assert!(load(&small, &worker(250)).is_ok());
}

#[test]
fn tiles_are_no_larger_than_their_picture_and_count_as_what_they_are() {
    for (width, height) in [(64, 48), (4000, 1200), (1200, 4000)] {
        let error = load(&heic_grid(width, height), &worker(250)).unwrap_err();
        assert!(error.to_string().contains("tile is larger"), "{error}");
        assert!(!error.needs_companion());
    }
    let info = probe(&heic_grid(2400, 1790)).unwrap();
    assert!(
        info.decode_bytes(250) > 2400 * 1800 * 13,
        "one tile in its planes"
    );
}

/// A progressive JPEG of 5120 x 5120 grey pixels with scans of a few bytes.
fn many_scans(scans: usize) -> Vec<u8> {
    let mut out = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    out.extend([1; 64]);
    out.extend(b"\xff\xc2\0\x0b\x08\x14\0\x14\0\x01\x01\x11\0");
    out.extend(b"\xff\xda\0\x08\x01\x01\0\x01\x3f\0\0\0".repeat(scans));
    out.extend(b"\xff\xd9");
    out
}

#[test]
fn thousands_of_scans_are_too_much_work_for_good() {
    for scans in [100, 2_000, 100_000] {
        let error = load(&many_scans(scans), &options(250)).unwrap_err();
        assert!(
            matches!(error, DecodeError::Work { .. }),
            "{scans}: {error}"
        );
        assert!(!error.needs_companion());
    }
    let photo = jpeg(1600, 1200, true, SamplingFactor::R_4_2_0);
    assert!(load(&photo, &options(250)).is_ok());
}
