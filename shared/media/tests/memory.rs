//! Peak memory of decoding photos of 12, 24 and 50 megapixels: the estimate must hold, and what
//! is accepted for a Worker must stay under 100 MB with its input.
//!
//! `cargo test --release -p edge-media --test memory -- --nocapture` prints the figures.

#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "helpers of tests"
)]

mod common;

use common::{fixtures, jpeg_of, rgb};
use edge_media::color::ColorSpace;
use edge_media::decode::{Limits, LoadOptions, load, probe};
use edge_media::render::{RenditionSpec, render, scale_to};
use edge_media::thumbhash::thumbhash;
use jpeg_encoder::SamplingFactor;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts what is allocated now and at most.
struct Counter;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// One measurement at a time.
static ALONE: Mutex<()> = Mutex::new(());

#[expect(
    unsafe_code,
    reason = "an allocator that only counts and forwards to the system's"
)]
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: same contract as ours.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: same contract as ours.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTER: Counter = Counter;

/// Runs the whole chain as the media function does; returns the peak beside the input, bytes.
fn peak_of_chain(bytes: &[u8]) -> u64 {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let limits = Limits::native();
    let options = LoadOptions {
        short_side: 1440,
        limits,
        orientation: Some(6),
        space: ColorSpace::Srgb,
    };
    let picture = load(bytes, &options).unwrap();
    let scaled = scale_to(&picture, 1440);
    drop(picture);
    let preview = render(&scaled, RenditionSpec::PREVIEW, None).unwrap();
    let small = scale_to(&scaled, 250);
    drop(scaled);
    let thumbnail = render(&small, RenditionSpec::THUMBNAIL, None).unwrap();
    assert!(!thumbhash(&small).is_empty() && preview.bytes.len() > thumbnail.bytes.len());
    (PEAK.load(Ordering::Relaxed) - before) as u64
}

fn measure(label: &str, bytes: &[u8]) {
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let estimate = probe(bytes).unwrap().decode_bytes(1440);
    let limits = Limits::worker(bytes.len() as u64);
    if estimate > limits.memory {
        println!(
            "{label:<32} estimated {:>6.1} MB -> companion",
            mb(estimate)
        );
        let options = LoadOptions {
            short_side: 1440,
            limits,
            orientation: None,
            space: ColorSpace::Srgb,
        };
        let before = NOW.load(Ordering::Relaxed);
        PEAK.store(before, Ordering::Relaxed);
        assert!(
            load(bytes, &options).unwrap_err().needs_companion(),
            "{label}"
        );
        assert!(
            PEAK.load(Ordering::Relaxed) - before < 10_000_000,
            "{label}: refused too late"
        );
        return;
    }
    let peak = peak_of_chain(bytes);
    let total = peak + bytes.len() as u64;
    println!(
        "{label:<32} estimated {:>6.1} MB, peak {:>6.1} MB, with input {:>6.1} MB -> worker",
        mb(estimate),
        mb(peak),
        mb(total)
    );
    assert!(total < 100_000_000, "{label}: accepted but needs {total}");
    // encoding the preview takes its own share, whatever was decoded
    assert!(
        peak <= estimate + estimate / 8 + 24_000_000,
        "{label}: estimate {estimate} is too low for {peak}"
    );
}

#[test]
fn photos_stay_within_their_estimate() {
    let _alone = ALONE.lock().unwrap();
    let samplings = [
        ("4:2:0", SamplingFactor::R_4_2_0),
        ("4:4:4", SamplingFactor::R_4_4_4),
    ];
    for (megapixels, width, height) in [(12, 4000, 3000), (24, 6000, 4000), (50, 8160, 6144)] {
        let pixels = rgb(width, height);
        for (kind, progressive) in [("baseline", false), ("progressive", true)] {
            for (name, sampling) in samplings {
                let bytes = jpeg_of(&pixels, (width, height), progressive, sampling);
                measure(&format!("JPEG {megapixels} MP {kind} {name}"), &bytes);
            }
        }
    }
}

#[test]
fn other_formats_stay_within_their_estimate() {
    let _alone = ALONE.lock().unwrap();
    let pixels = rgb(4000, 3000);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 4000, 3000);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fastest);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&pixels)
        .unwrap();
    drop(pixels);
    measure("PNG 12 MP", &png);
    drop(png);
    let Some(folder) = fixtures() else { return };
    for name in [
        "formats/heic/IMG_2682.heic",
        "formats/jxl/8bit-sRGB.jxl",
        "formats/webp/denali.webp",
    ] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let info = probe(&bytes).unwrap();
        measure(
            &format!("{:?} {}x{}", info.format, info.width, info.height),
            &bytes,
        );
    }
}
