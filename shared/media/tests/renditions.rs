//! Lossy WebP: every sample is as close to the source as the rest of the picture, at the edges too.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "tests")]

mod common;

use common::rgb;
use edge_media::color::ColorSpace;
use edge_media::decode::Picture;
use edge_media::render::{RenditionFormat, RenditionSpec, render};
use std::io::Cursor;

fn picture(width: u32, height: u32, pixels: Vec<u8>) -> Picture {
    let alpha = pixels.len() == (width * height * 4) as usize;
    Picture {
        width,
        height,
        pixels,
        alpha,
        space: ColorSpace::Srgb,
    }
}

/// The file, and the pixels that a decoder finds in it.
fn coded(picture: &Picture, quality: u8) -> (Vec<u8>, Vec<u8>) {
    let spec = RenditionSpec {
        size: 0,
        format: RenditionFormat::Webp,
        quality,
        progressive: false,
    };
    let file = render(picture, spec, None).unwrap().bytes;
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(&file)).unwrap();
    assert_eq!(decoder.dimensions(), (picture.width, picture.height));
    assert_eq!(decoder.has_alpha(), picture.alpha);
    let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
    decoder.read_image(&mut pixels).unwrap();
    (file, pixels)
}

/// Mean difference of the bytes that `of` picks by column and row.
fn difference(a: &Picture, b: &[u8], of: impl Fn(u32, u32) -> bool) -> f64 {
    let (mut sum, mut count) = (0_u64, 0_u64);
    let pixels = a.pixels.chunks(a.channels()).zip(b.chunks(a.channels()));
    for (i, (a_pixel, b_pixel)) in (0..).zip(pixels) {
        if of(i % a.width, i / a.width) {
            sum += a_pixel
                .iter()
                .zip(b_pixel)
                .map(|(a, b)| u64::from(a.abs_diff(*b)))
                .sum::<u64>();
            count += a_pixel.len() as u64;
        }
    }
    sum as f64 / count.max(1) as f64
}

/// A colourful picture without edges inside.
fn smooth(width: u32, height: u32) -> Vec<u8> {
    let level = |n: u32, of: u32| u8::try_from(n * 200 / of.max(1)).unwrap();
    let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    rows.flat_map(|(x, y)| {
        [
            200 - level(x, width),
            level(y, height),
            30 + level(x, width),
        ]
    })
    .collect()
}

#[test]
fn the_last_column_and_row_are_as_close_as_the_rest() {
    for (width, height) in [
        (375, 250),
        (250, 333),
        (333, 187),
        (17, 33),
        (31, 1),
        (1, 31),
        (1, 1),
        (48, 32),
    ] {
        let picture = picture(width, height, smooth(width, height));
        let (_, seen) = coded(&picture, 80);
        let all = difference(&picture, &seen, |_, _| true);
        let column = difference(&picture, &seen, |x, _| x + 1 == width);
        let row = difference(&picture, &seen, |_, y| y + 1 == height);
        assert!(all < 4.0, "{width}x{height}: {all}");
        assert!(
            column < all + 2.0,
            "{width}x{height}: last column {column}, all {all}"
        );
        assert!(
            row < all + 2.0,
            "{width}x{height}: last row {row}, all {all}"
        );
    }
}

/// The official server encodes with libwebp, and browsers decode with it.
#[test]
fn libwebp_sees_the_same_picture_and_makes_no_better_one() {
    let pixels = |file: &[u8]| webp::Decoder::new(file).decode().unwrap().to_vec();
    for (width, height) in [(375, 250), (250, 333), (333, 187)] {
        for source in [smooth(width, height), rgb(width, height)] {
            let picture = picture(width, height, source);
            let (file, seen) = coded(&picture, 80);
            let seen_by_it = pixels(&file);
            let apart: u64 = seen
                .iter()
                .zip(&seen_by_it)
                .map(|(a, b)| u64::from(a.abs_diff(*b)))
                .sum();
            assert!(apart as f64 / seen.len() as f64 <= 1.0, "{width}x{height}");
            let its = webp::Encoder::from_rgb(&picture.pixels, width, height).encode(80.0);
            let its_pixels = pixels(&its);
            for (name, of) in [
                ("all", None),
                ("last column", Some((width - 1, height))),
                ("last row", Some((width, height - 1))),
            ] {
                let is_meant = |x, y| of.is_none_or(|(column, row)| x == column || y == row);
                let ours = difference(&picture, &seen_by_it, is_meant);
                let best = difference(&picture, &its_pixels, is_meant);
                assert!(
                    ours <= best * 1.25 + 0.25,
                    "{width}x{height} {name}: {ours}, libwebp {best}"
                );
            }
            let (ours, best) = (file.len(), its.len());
            assert!(
                ours * 2 <= best * 3,
                "{width}x{height}: {ours} bytes, libwebp {best}"
            );
        }
    }
}

#[test]
fn one_colour_stays_one_colour_in_any_size() {
    for side in 1..40 {
        for colour in [[200, 30, 40], [20, 180, 60], [255, 255, 255], [0, 0, 0]] {
            let (width, height) = (side, 41 - side);
            let picture = picture(width, height, colour.repeat((width * height) as usize));
            let (_, seen) = coded(&picture, 80);
            let most = picture
                .pixels
                .iter()
                .zip(&seen)
                .map(|(a, b)| a.abs_diff(*b))
                .max();
            assert!(most < Some(6), "{width}x{height} {colour:?}: {most:?}");
        }
    }
}

#[test]
fn noise_of_every_size_and_quality_is_decoded() {
    let mut state = 1_u32;
    let mut noise = |count: u32| -> Vec<u8> {
        let byte = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..count).map(byte).collect()
    };
    for (n, quality) in [1, 20, 50, 80, 95, 100].into_iter().enumerate() {
        let (width, height) = (60 + u32::try_from(n).unwrap(), 47);
        let picture = picture(width, height, noise(width * height * 3));
        let (_, seen) = coded(&picture, quality);
        let luma = |pixels: &[u8]| -> Vec<u8> {
            let mean = |p: &[u8; 3]| {
                u8::try_from(p.iter().map(|c| u32::from(*c)).sum::<u32>() / 3).unwrap()
            };
            pixels.as_chunks::<3>().0.iter().map(mean).collect()
        };
        let pairs = luma(&picture.pixels).into_iter().zip(luma(&seen));
        let mean =
            pairs.map(|(a, b)| u64::from(a.abs_diff(b))).sum::<u64>() / u64::from(width * height);
        assert!(mean < 40, "quality {quality}: {mean}");
    }
}

#[test]
fn better_quality_is_closer_and_larger() {
    let picture = picture(375, 250, rgb(375, 250));
    let mut last = (0, f64::MAX);
    for quality in [30, 60, 80, 95] {
        let (file, seen) = coded(&picture, quality);
        let error = difference(&picture, &seen, |_, _| true);
        assert!(
            file.len() > last.0 && error < last.1,
            "{quality}: {} bytes, {error}",
            file.len()
        );
        last = (file.len(), error);
    }
    assert!(last.1 < 6.0, "{last:?}");
}

#[test]
fn transparency_is_kept_exactly_and_does_not_tint() {
    let pixels = (0..51 * 35_u32).flat_map(|i| {
        let (x, y) = (i % 51, i / 51);
        let alpha = u8::try_from((x * 7 + y) % 256).unwrap();
        if x < 9 {
            [0, 255, 0, 0]
        } else {
            [180, 60, 60, alpha.max(1)]
        }
    });
    let picture = picture(51, 35, pixels.collect());
    let (_, seen) = coded(&picture, 80);
    let alphas =
        |pixels: &[u8]| -> Vec<u8> { pixels.as_chunks::<4>().0.iter().map(|p| p[3]).collect() };
    assert_eq!(alphas(&picture.pixels), alphas(&seen));
    let visible = difference(&picture, &seen, |x, _| x > 24);
    assert!(visible < 4.0, "{visible}");
}
