//! Pictures of people that were refused or came out wrong, each for a kind (files in `tests/cases`).

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{jpeg, options, rgb};
use edge_media::decode::{Checked, Limits, LoadOptions, Picture, load, load_checked, probe};
use edge_media::metadata;
use jpeg_encoder::SamplingFactor;

fn case(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

fn worker(bytes: &[u8], short_side: u32) -> LoadOptions {
    LoadOptions {
        limits: Limits::worker(bytes.len() as u64),
        ..options(short_side)
    }
}

fn shown(name: &str, short_side: u32) -> Picture {
    let bytes = case(name);
    load(&bytes, &worker(&bytes, short_side)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn pixel(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    let at = (y * picture.width + x) as usize * picture.channels();
    picture.pixels[at..at + 3].try_into().unwrap()
}

fn assert_near(picture: &Picture, (x, y): (u32, u32), wanted: [u8; 3], most: u8, name: &str) {
    let seen = pixel(picture, x, y);
    let near = seen.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= most);
    assert!(near, "{name} at {x},{y}: {seen:?}, not {wanted:?}");
}

#[test]
fn what_libjpeg_only_warns_about_is_shown() {
    for name in [
        "jpeg-no-eoi-samsung-trailer.jpg",
        "jpeg-only-eoi-missing.jpg",
        "jpeg-extra-bytes-before-marker.jpg",
    ] {
        let info = probe(&case(name)).unwrap();
        assert_eq!((info.width, info.height), (320, 200), "{name}");
        let read = metadata::read(&case(name), name);
        assert_eq!(read.upright_size(), Some((320, 200)), "{name}");
        assert_near(&shown(name, 200), (310, 190), [47, 96, 191], 8, name);
    }
    let picture = shown("jpeg-no-huffman-tables.jpg", 200);
    assert_eq!((picture.width, picture.height), (320, 200));
    for (place, colour) in MOTION {
        assert_near(&picture, place, colour, 6, "no tables");
    }
}

/// Pixels of `jpeg-no-huffman-tables.jpg` as libjpeg shows them.
const MOTION: [((u32, u32), [u8; 3]); 2] = [((20, 20), [254, 0, 0]), ((300, 180), [50, 100, 199])];

#[test]
fn a_cut_jpeg_shows_what_is_there_and_grey_below() {
    for progressive in [false, true] {
        let whole = jpeg(640, 480, progressive, SamplingFactor::R_4_2_0);
        let cut = &whole[..whole.len() / 2];
        let Checked {
            picture,
            upright,
            damage,
        } = load_checked(cut, &worker(cut, 480)).unwrap();
        assert_eq!((picture.width, picture.height), (640, 480), "{progressive}");
        assert_eq!(upright, (640, 480));
        let turned = LoadOptions {
            orientation: Some(6),
            ..worker(cut, 48)
        };
        assert_eq!(load_checked(cut, &turned).unwrap().upright, (480, 640));
        let damage = damage.unwrap();
        assert!(damage.starts_with("damaged Jpeg picture: "), "{damage}");
        let undamaged = load_checked(&whole, &worker(&whole, 480)).unwrap();
        assert_eq!(undamaged.damage, None);
        if progressive {
            continue;
        }
        let full = load(&whole, &options(480)).unwrap();
        assert_near(&picture, (100, 50), pixel(&full, 100, 50), 6, "cut");
        assert_near(&picture, (600, 470), [128; 3], 3, "cut");
    }
}

#[test]
fn a_png_or_gif_that_ends_early_shows_what_is_there() {
    shown("png-no-iend.png", 64);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 64, 600);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&rgb(64, 600)).unwrap();
    drop(writer);
    let cut = &png[..png.len() / 2];
    let Checked {
        picture, damage, ..
    } = load_checked(cut, &worker(cut, 64)).unwrap();
    assert!(damage.is_some_and(|text| text.starts_with("damaged Png picture: ")));
    let full = load(&png, &options(64)).unwrap();
    assert_near(&picture, (3, 3), pixel(&full, 3, 3), 0, "png");
    assert_near(&picture, (3, 599), [128; 3], 0, "png");
    let noise: Vec<u8> = (0..64_u32 * 64)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0])
        .collect();
    let palette: Vec<u8> = (0..=255).flat_map(|l| [l; 3]).collect();
    let mut gif = Vec::new();
    let mut encoder = gif::Encoder::new(&mut gif, 64, 64, &palette).unwrap();
    let frame = gif::Frame::from_indexed_pixels(64, 64, noise.clone(), None);
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    let cut = &gif[..gif.len() - 1000];
    let Checked {
        picture, damage, ..
    } = load_checked(cut, &worker(cut, 64)).unwrap();
    assert!(damage.is_some_and(|text| text.starts_with("damaged Gif picture: ")));
    assert_near(&picture, (5, 0), [noise[5]; 3], 0, "gif");
}

#[test]
fn interlaced_gifs_are_put_in_order() {
    let rows: Vec<u8> = (0..16_u8).flat_map(|y| [y; 4]).collect();
    let palette: Vec<u8> = (0..16).flat_map(|l| [l * 16; 3]).collect();
    let mut gif = Vec::new();
    let mut encoder = gif::Encoder::new(&mut gif, 4, 16, &palette).unwrap();
    let stored = [(0, 8), (4, 8), (2, 4), (1, 2)]
        .iter()
        .flat_map(|(first, step)| (*first..16).step_by(*step))
        .flat_map(|y| rows[y * 4..y * 4 + 4].to_vec());
    let mut frame = gif::Frame::from_indexed_pixels(4, 16, stored.collect::<Vec<u8>>(), None);
    frame.interlaced = true;
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    let picture = load(&gif, &options(16)).unwrap();
    for y in 0..16 {
        let level = u8::try_from(y * 16).unwrap();
        assert_near(&picture, (2, y), [level; 3], 0, "interlaced");
    }
}

#[test]
fn grey_profiles_are_applied() {
    let picture = shown("jpeg-gray-icc-lstar.jpg", 200);
    for (place, level) in GREY {
        assert_near(&picture, place, [level; 3], 2, "grey");
    }
}

/// Pixels of `jpeg-gray-icc-lstar.jpg` in sRGB as littlecms makes them.
const GREY: [((u32, u32), u8); 5] = [
    ((10, 10), 131),
    ((80, 50), 220),
    ((160, 100), 0),
    ((240, 150), 129),
    ((310, 190), 96),
];

#[test]
fn heic_without_description_is_bt601_and_without_turn_obeys_exif() {
    let picture = shown("heic-no-colour-description.heic", 1440);
    for colour in [[254, 0, 0], [0, 255, 1], [200, 100, 50]] {
        let near = |p: &[u8]| p.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 3);
        let mut pixels = picture.pixels.chunks(picture.channels());
        assert!(pixels.any(|pixel| near(&pixel[..3])), "{colour:?}");
    }
    let name = "heic-exif-orientation-6-no-irot.heic";
    let bytes = case(name);
    let read = metadata::read(&bytes, name);
    assert_eq!(
        (read.orientation, read.upright_size()),
        (Some(6), Some((64, 96)))
    );
    let turned = LoadOptions {
        orientation: read.orientation,
        ..worker(&bytes, 64)
    };
    let picture = load(&bytes, &turned).unwrap();
    assert_eq!((picture.width, picture.height), (64, 96));
}

#[test]
fn bitmaps_of_sixteen_bits() {
    let picture = shown("bmp16-x1r5g5b5.bmp", 1440);
    for (place, colour) in BITMAP {
        assert_near(&picture, place, colour, 4, "bmp");
    }
}

/// Pixels of `bmp16-x1r5g5b5.bmp` as Pillow shows them.
const BITMAP: [((u32, u32), [u8; 3]); 4] = [
    ((2, 1), [255, 0, 0]),
    ((30, 1), [0, 255, 0]),
    ((2, 18), [0, 0, 255]),
    ((30, 18), [255; 3]),
];

#[test]
fn tiff_palettes_planes_and_jpeg_are_shown() {
    for name in ["tiff-pal.tif", "tiff-plane.tif", "tiff-jpeg.tif"] {
        let picture = shown(name, 200);
        assert_eq!((picture.width, picture.height), (320, 200), "{name}");
        assert_near(&picture, (10, 10), [255, 0, 0], 4, name);
        assert_near(&picture, (311, 191), [48, 97, 194], 7, name);
    }
}

#[test]
fn tiff_kinds_without_a_decoder_go_to_the_companion_with_their_reason() {
    let bytes = case("tiff-g3.tif");
    let error = load(&bytes, &worker(&bytes, 200)).unwrap_err();
    assert!(
        error.needs_companion() && error.to_string().contains("Fax3"),
        "{error}"
    );
}

/// An uncompressed TIFF of one strip, big-endian, of grey with `bits` a sample.
fn grey_tiff((width, height): (u16, u16), bits: u16, interpretation: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    let entries = [
        (256, width),
        (257, height),
        (258, bits),
        (259, 1),
        (262, interpretation),
        (273, 8 + 2 + 12 * 9 + 4),
        (277, 1),
        (278, height),
        (279, length),
    ];
    let mut out = b"MM\0*\0\0\0\x08\0\x09".to_vec();
    for (tag, value) in entries {
        for part in [tag, 3, 0, 1, value, 0] {
            out.extend(u16::to_be_bytes(part));
        }
    }
    out.extend([0; 4]);
    out.extend(data);
    out
}

#[test]
fn tiff_samples_of_less_than_a_byte_are_shown() {
    // the last columns of each row do not fill its last byte
    for (bits, size, data, wanted) in [
        (
            1,
            (3, 2),
            &[0b0100_0000, 0b1010_0000][..],
            [0, 255, 0, 255, 0, 255],
        ),
        (
            2,
            (3, 2),
            &[0b0001_1000, 0b1100_0100],
            [0, 85, 170, 255, 0, 85],
        ),
        (
            4,
            (3, 2),
            &[0x0f, 0x80, 0x12, 0x30],
            [0, 255, 136, 17, 34, 51],
        ),
    ] {
        for (interpretation, turn) in [(1, 0), (0, 255)] {
            let bytes = grey_tiff(size, bits, interpretation, data);
            let picture = load(&bytes, &worker(&bytes, 1440)).unwrap();
            let wanted: Vec<u8> = wanted.iter().flat_map(|l| [l ^ turn; 3]).collect();
            assert_eq!(picture.pixels, wanted, "{bits} bits, {interpretation}");
        }
    }
}

#[test]
fn jpeg_in_tiff_is_no_larger_than_its_strip() {
    let honest = case("tiff-jpeg.tif");
    let sizes = [0, 200, 1, 64];
    let at = honest.windows(4).position(|w| w == sizes).unwrap();
    for (height, width) in [(16_000_u16, 16_000_u16), (201, 320), (200, 321)] {
        let mut bytes = honest.clone();
        bytes[at..at + 2].copy_from_slice(&height.to_be_bytes());
        bytes[at + 2..at + 4].copy_from_slice(&width.to_be_bytes());
        let error = load(&bytes, &worker(&bytes, 200)).unwrap_err();
        assert!(
            error.to_string().contains("larger than its strip"),
            "{error}"
        );
    }
}
