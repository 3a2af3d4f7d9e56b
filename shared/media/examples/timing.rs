//! Times the way of photos from bytes to renditions:
//! `cargo run --release -p edge-media --example timing [FILE…]`; without files a JPEG of 12
//! megapixels is made.

#![expect(
    clippy::disallowed_methods,
    reason = "a native program that measures time"
)]
#![expect(clippy::print_stdout, reason = "its output")]

use edge_media::decode::{Limits, LoadOptions, load};
use edge_media::metadata;
use edge_media::render::{RenditionSpec, render, scale_to};
use edge_media::thumbhash::thumbhash;
use std::error::Error;
use std::time::Instant;

fn made() -> Result<Vec<u8>, Box<dyn Error>> {
    let pixels: Vec<u8> = (0..4000_u32 * 3000)
        .flat_map(|i| {
            let (x, y) = (i % 4000, i / 4000);
            [x / 16, y / 12, (x ^ y) / 32].map(|v| v.to_le_bytes()[0])
        })
        .collect();
    let mut out = Vec::new();
    jpeg_encoder::Encoder::new(&mut out, 90).encode(
        &pixels,
        4000,
        3000,
        jpeg_encoder::ColorType::Rgb,
    )?;
    Ok(out)
}

/// Runs a step and prints how long it took, the best of three.
fn timed<T>(label: &str, step: impl Fn() -> T) -> T {
    let mut best = f64::MAX;
    let mut result = step();
    for _ in 0..3 {
        let start = Instant::now();
        result = step();
        best = best.min(start.elapsed().as_secs_f64() * 1000.0);
    }
    println!("  {label:<10} {best:>7.1} ms");
    result
}

fn chain(name: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    println!("{name}");
    let metadata = timed("metadata", || metadata::read(bytes, name));
    let options = LoadOptions {
        short_side: 1440,
        limits: Limits::native(),
        orientation: metadata.orientation,
        space: metadata.output_space(),
    };
    let picture = timed("decode", || load(bytes, &options))?;
    let scaled = timed("resize", || scale_to(picture.clone(), 1440));
    let preview = timed("preview", || render(&scaled, RenditionSpec::PREVIEW, None))?;
    let small = timed("resize", || scale_to(scaled.clone(), 250));
    let thumbnail = timed("thumbnail", || {
        render(&small, RenditionSpec::THUMBNAIL, None)
    })?;
    timed("thumbhash", || thumbhash(&small));
    println!(
        "  preview {} bytes, thumbnail {} bytes",
        preview.bytes.len(),
        thumbnail.bytes.len()
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        chain("made.jpg", &made()?)?;
    }
    for file in files {
        chain(&file, &std::fs::read(&file)?)?;
    }
    Ok(())
}
