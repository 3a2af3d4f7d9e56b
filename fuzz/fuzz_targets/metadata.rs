//! EXIF, XMP, IPTC, GPS and containers: the first byte chooses the file's extension.
#![no_main]

use edge_media::metadata::read;
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 8] = [
    "a.jpg", "a.png", "a.webp", "a.tif", "a.heic", "a.mp4", "a.gif", "a.dng",
];

fuzz_target!(|data: &[u8]| {
    if let Some((first, file)) = data.split_first() {
        read(file, NAMES[usize::from(*first) % NAMES.len()]);
    }
});
