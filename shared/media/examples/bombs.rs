//! Processor time that files take from bytes to renditions with a Worker's limits: `cargo run -p edge-media --example bombs FILE…`.

#![expect(clippy::print_stdout, reason = "its output")]

use edge_media::color::ColorSpace;
use edge_media::decode::{Limits, LoadOptions, load};
use edge_media::metadata;
use std::error::Error;

/// Seconds of the processor that this process took, of `/proc/self/stat`.
fn cpu() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let behind = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let ticks = fields.get(11).unwrap_or(&"0").parse::<f64>()?
        + fields.get(12).unwrap_or(&"0").parse::<f64>()?;
    Ok(ticks / 100.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file)?;
        let start = cpu()?;
        let metadata = metadata::read(&bytes, &file);
        let read = cpu()?;
        let options = LoadOptions {
            short_side: 1440,
            limits: Limits::worker(bytes.len() as u64),
            orientation: metadata.orientation,
            space: ColorSpace::Srgb,
        };
        let loaded = load(&bytes, &options).map(|picture| (picture.width, picture.height));
        println!(
            "{:.2} s metadata, {:.2} s pixels: {} {loaded:?}",
            read - start,
            cpu()? - read,
            file.rsplit('/').next().unwrap_or_default()
        );
    }
    Ok(())
}
