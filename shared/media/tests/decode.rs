//! Every format is decoded, shrunk, turned upright and colour managed.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{difference, fixtures, jpeg, mean_difference, options, rgb, sample, small_jpeg};
use edge_media::color::ColorSpace;
use edge_media::decode::{DecodeError, Format, LoadOptions, Picture, load, probe};
use edge_media::render::{RenditionSpec, render};
use edge_media::thumbhash::thumbhash;
use jpeg_encoder::SamplingFactor;
use std::borrow::Cow;
use std::io::Cursor;

fn decoded(bytes: &[u8], short_side: u32) -> Picture {
    load(bytes, &options(short_side)).unwrap()
}

fn png(width: u32, height: u32, color: png::ColorType, pixels: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(pixels)
        .unwrap();
    out
}

#[test]
fn jpeg_is_decoded_in_full_when_needed() {
    for progressive in [false, true] {
        for sampling in [
            SamplingFactor::R_4_4_4,
            SamplingFactor::R_4_2_0,
            SamplingFactor::R_4_2_2,
        ] {
            let bytes = jpeg(160, 120, progressive, sampling);
            let info = probe(&bytes).unwrap();
            assert_eq!(
                (info.format, info.width, info.height, info.progressive),
                (Format::Jpeg, 160, 120, progressive)
            );
            let picture = decoded(&bytes, 1440);
            assert_eq!((picture.width, picture.height), (160, 120));
            assert!(mean_difference(&picture.pixels, &rgb(160, 120)) < 12.0);
        }
    }
}

#[test]
fn jpeg_shrinks_to_the_short_side() {
    let bytes = jpeg(1600, 800, false, SamplingFactor::R_4_2_0);
    for (side, expected) in [
        (800, (1600, 800)),
        (401, (802, 401)),
        (400, (800, 400)),
        (200, (400, 200)),
        (100, (200, 100)),
        (10, (20, 10)),
    ] {
        let picture = decoded(&bytes, side);
        assert_eq!((picture.width, picture.height), expected, "{side}");
    }
    let upright = decoded(&jpeg(800, 1600, true, SamplingFactor::R_4_2_0), 400);
    assert_eq!((upright.width, upright.height), (400, 800));
}

#[test]
fn grey_and_cmyk_jpegs_become_rgb() {
    let mut grey = Vec::new();
    jpeg_encoder::Encoder::new(&mut grey, 95)
        .encode(&[90; 256], 16, 16, jpeg_encoder::ColorType::Luma)
        .unwrap();
    let picture = decoded(&grey, 16);
    assert!(difference(&picture.pixels, &[90; 768]) <= 2);
    let mut ink = Vec::new();
    let cyan: Vec<u8> = [255, 0, 0, 0].repeat(256);
    jpeg_encoder::Encoder::new(&mut ink, 95)
        .encode(&cyan, 16, 16, jpeg_encoder::ColorType::Cmyk)
        .unwrap();
    let picture = decoded(&ink, 16);
    assert!(
        difference(&picture.pixels, &[0, 255, 255].repeat(256)) <= 4,
        "{:?}",
        picture.pixels.get(..3)
    );
}

#[test]
fn png_keeps_transparency_and_shrinks() {
    let pixels: Vec<u8> = (0..40 * 20)
        .flat_map(|i| [200, 100, 50, if i % 40 < 20 { 255 } else { 0 }])
        .collect();
    let bytes = png(40, 20, png::ColorType::Rgba, &pixels);
    let full = decoded(&bytes, 20);
    assert_eq!((full.width, full.height, full.alpha), (40, 20, true));
    assert_eq!(full.pixels, pixels);
    let half = decoded(&bytes, 10);
    assert_eq!((half.width, half.height), (20, 10));
    assert_eq!(half.pixels.get(..4), Some(&[200, 100, 50, 255][..]));
}

#[test]
fn grey_png_becomes_rgb() {
    let picture = decoded(&png(3, 1, png::ColorType::Grayscale, &[1, 2, 3]), 1);
    assert_eq!(
        (picture.alpha, picture.pixels),
        (false, vec![1, 1, 1, 2, 2, 2, 3, 3, 3])
    );
    let picture = decoded(&png(2, 1, png::ColorType::GrayscaleAlpha, &[1, 9, 2, 8]), 1);
    assert_eq!(
        (picture.alpha, picture.pixels),
        (true, vec![1, 1, 1, 9, 2, 2, 2, 8])
    );
}

#[test]
fn webp_lossless_and_lossy() {
    let pixels = rgb(60, 40);
    for lossy in [false, true] {
        let mut bytes = Vec::new();
        if lossy {
            let picture = Picture {
                width: 60,
                height: 40,
                pixels: pixels.clone(),
                alpha: false,
                space: ColorSpace::Srgb,
            };
            bytes = render(&picture, RenditionSpec::THUMBNAIL, None)
                .unwrap()
                .bytes;
        } else {
            image_webp::WebPEncoder::new(&mut bytes)
                .encode(&pixels, 60, 40, image_webp::ColorType::Rgb8)
                .unwrap();
        }
        let picture = decoded(&bytes, 40);
        assert_eq!((picture.width, picture.height), (60, 40));
        assert!(mean_difference(&picture.pixels, &pixels) < if lossy { 14.0 } else { 0.1 });
        let small = decoded(&bytes, 10);
        assert_eq!((small.width, small.height), (15, 10));
    }
}

#[test]
fn gif_first_frame_is_placed_on_its_screen() {
    let mut bytes = Vec::new();
    {
        let mut encoder = gif::Encoder::new(&mut bytes, 4, 2, &[255, 0, 0, 0, 0, 255]).unwrap();
        for shade in [0, 1] {
            let frame = gif::Frame {
                left: 1,
                top: 1,
                width: 2,
                height: 1,
                buffer: Cow::Owned(vec![shade, 1]),
                ..gif::Frame::default()
            };
            encoder.write_frame(&frame).unwrap();
        }
    }
    let picture = decoded(&bytes, 2);
    let (none, red, blue) = ([0; 4], [255, 0, 0, 255], [0, 0, 255, 255]);
    assert_eq!(
        picture.pixels,
        [none, none, none, none, none, red, blue, none].concat()
    );
}

#[test]
fn bmp_rows_come_from_the_bottom() {
    let mut bytes = b"BM".to_vec();
    bytes.extend(
        [70_u32, 0, 54, 40, 2, 2]
            .iter()
            .flat_map(|v| v.to_le_bytes()),
    );
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0_u32, 16, 0, 0, 0, 0].iter().flat_map(|v| v.to_le_bytes()));
    bytes.extend([3, 2, 1, 6, 5, 4, 0, 0, 9, 8, 7, 12, 11, 10, 0, 0]);
    let picture = decoded(&bytes, 2);
    assert_eq!(picture.pixels, [7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn tiff_strips_of_eight_and_sixteen_bits() {
    use tiff::encoder::{TiffEncoder, colortype};
    let pixels = rgb(50, 30);
    let mut eight = Cursor::new(Vec::new());
    TiffEncoder::new(&mut eight)
        .unwrap()
        .write_image::<colortype::RGB8>(50, 30, &pixels)
        .unwrap();
    assert_eq!(decoded(eight.get_ref(), 30).pixels, pixels);
    let half = decoded(eight.get_ref(), 15);
    assert_eq!((half.width, half.height), (25, 15));
    let mut sixteen = Cursor::new(Vec::new());
    let deep: Vec<u16> = pixels.iter().map(|p| u16::from(*p) << 8).collect();
    TiffEncoder::new(&mut sixteen)
        .unwrap()
        .write_image::<colortype::RGB16>(50, 30, &deep)
        .unwrap();
    assert_eq!(decoded(sixteen.get_ref(), 30).pixels, pixels);
}

fn assert_gradient(picture: &Picture) {
    assert_eq!(
        (picture.width, picture.height, picture.alpha),
        (64, 48, false)
    );
    let expected: Vec<u8> = (0..48_u32)
        .flat_map(|y| (0..64_u32).flat_map(move |x| [x * 255 / 64, y * 255 / 48, 128]))
        .map(|v| u8::try_from(v).unwrap())
        .collect();
    let mean = mean_difference(&picture.pixels, &expected);
    assert!(mean < 8.0, "{mean}");
}

#[test]
fn heic_and_jpeg_xl_are_decoded() {
    assert_gradient(&decoded(&sample::bytes(sample::HEIC), 48));
    assert_gradient(&decoded(&sample::bytes(sample::JXL), 48));
}

#[test]
fn avif_and_raw_go_to_the_companion() {
    let cr2 = b"II*\0\x10\0\0\0CR\x02\0rest".to_vec();
    let dng = [
        b"II*\0\x08\0\0\0\x01\0".as_slice(),
        &[0x12, 0xc6, 1, 0, 4, 0, 0, 0, 1, 4, 0, 0],
        &[0; 4],
    ]
    .concat();
    let samples = [
        (sample::bytes(sample::AVIF), Format::Avif),
        (cr2, Format::Raw),
        (dng, Format::Raw),
        (b"FUJIFILMCCD-RAW 0201".to_vec(), Format::Raw),
        (b"8BPS\0\x01".to_vec(), Format::Psd),
        (b"<?xml version=\"1.0\"?>\n<svg/>".to_vec(), Format::Svg),
    ];
    for (bytes, format) in samples {
        assert_eq!(probe(&bytes).unwrap().format, format);
        let error = load(&bytes, &options(250)).unwrap_err();
        assert!(
            matches!(&error, DecodeError::Unsupported { format: f, .. } if *f == format),
            "{error}"
        );
        assert!(error.needs_companion());
    }
}

#[test]
fn exif_orientation_is_applied_to_pixels() {
    let bytes = png(2, 1, png::ColorType::Rgb, &[255, 0, 0, 0, 0, 255]);
    let turned = load(
        &bytes,
        &LoadOptions {
            orientation: Some(6),
            ..options(1)
        },
    )
    .unwrap();
    assert_eq!((turned.width, turned.height), (1, 2));
    assert_eq!(turned.pixels, [255, 0, 0, 0, 0, 255]);
    let flipped = load(
        &bytes,
        &LoadOptions {
            orientation: Some(2),
            ..options(1)
        },
    )
    .unwrap();
    assert_eq!(flipped.pixels, [0, 0, 255, 255, 0, 0]);
    // HEIC without a turn in its container obeys EXIF
    let heic = load(
        &sample::bytes(sample::HEIC),
        &LoadOptions {
            orientation: Some(6),
            ..options(48)
        },
    )
    .unwrap();
    assert_eq!((heic.width, heic.height), (48, 64));
}

#[test]
fn untagged_pictures_are_converted_to_the_wanted_space() {
    let bytes = png(1, 1, png::ColorType::Rgb, &[255, 0, 0]);
    let wide = load(
        &bytes,
        &LoadOptions {
            space: ColorSpace::DisplayP3,
            ..options(1)
        },
    )
    .unwrap();
    assert_eq!(wide.space, ColorSpace::DisplayP3);
    assert!(difference(&wide.pixels, &[234, 51, 35]) <= 2);
}

#[test]
fn thumbhash_is_small_and_tells_pictures_apart() {
    let one = thumbhash(&decoded(&small_jpeg(), 48));
    let two = thumbhash(&decoded(&sample::bytes(sample::HEIC), 48));
    assert!((5..=40).contains(&one.len()) && one != two);
    let (width, height, _) = thumbhash::thumb_hash_to_rgba(&one).unwrap();
    assert_eq!((width, height), (32, 23));
    let dot = decoded(&png(1, 1, png::ColorType::Rgb, &[1, 2, 3]), 1);
    assert!(!thumbhash(&dot).is_empty());
}

#[test]
fn shared_example_photos_are_decoded() {
    let Some(folder) = fixtures() else { return };
    let expected = [
        ("formats/jpg/el_torcal_rocks.jpg", Format::Jpeg),
        ("formats/png/density_plot.png", Format::Png),
        ("formats/webp/denali.webp", Format::WebP),
        ("formats/heic/IMG_2682.heic", Format::Heic),
        ("formats/jxl/8bit-sRGB.jxl", Format::Jxl),
    ];
    for (name, format) in expected {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert_eq!(probe(&bytes).unwrap().format, format, "{name}");
        let picture = decoded(&bytes, 250);
        assert!(
            picture.width.min(picture.height) >= 250 && !thumbhash(&picture).is_empty(),
            "{name}"
        );
    }
}
