//! Headers and pixels of all formats: a typed error or a picture of the size that was promised.
#![no_main]

use edge_media::color::ColorSpace;
use edge_media::decode::{Limits, LoadOptions, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Small limits keep the fuzzer quick; how large pictures are refused is the same at any limit.
    let options = LoadOptions {
        short_side: 64,
        limits: Limits {
            memory: 16 << 20,
            pixels: 1 << 20,
            work: 1 << 26,
        },
        orientation: Some(6),
        space: ColorSpace::Srgb,
    };
    if let Ok(picture) = load(data, &options) {
        let bytes = picture.width as usize * picture.height as usize * picture.channels();
        assert_eq!(picture.pixels.len(), bytes);
    }
});
