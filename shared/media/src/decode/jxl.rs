//! JPEG XL in pure Rust. The decoder works on 32-bit floats of the whole picture, so only small
//! ones fit an isolate; the others go to the companion.

use super::shrink::Shrinker;
use crate::image_info::{DecodeError, Format, ImageInfo, corrupt, unsupported};
use crate::picture::Raw;
use jxl_oxide::{AllocTracker, InitializeResult, JxlImage};

/// Bytes a pixel the decoder was seen to need at its peak (tests/memory.rs).
const PER_PIXEL: u64 = 30;

/// The most a decoder may track, as a second fence behind the estimate.
const FENCE: usize = 1 << 30;

/// Reads the codestream header; the size is the one after rotation.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let tracker = AllocTracker::with_limit(FENCE);
    let mut image = JxlImage::builder().alloc_tracker(tracker).build_uninit();
    let mut fed = 0;
    for chunk in bytes.chunks(4096) {
        fed += chunk.len();
        image.feed_bytes(chunk).map_err(failure)?;
        match image.try_init().map_err(failure)? {
            InitializeResult::Initialized(image) => {
                return Ok(ImageInfo::whole(
                    Format::Jxl,
                    (image.width(), image.height()),
                    8 * PER_PIXEL,
                    4,
                    false,
                ));
            }
            InitializeResult::NeedMoreData(again) => image = again,
        }
    }
    Err(corrupt(Format::Jxl, format!("no header in {fed} bytes")))
}

/// Decodes the first frame, upright.
pub fn decode(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    let tracker = AllocTracker::with_limit(FENCE);
    let image = JxlImage::builder()
        .alloc_tracker(tracker)
        .read(bytes)
        .map_err(failure)?;
    let format = image.pixel_format();
    if format.has_black() {
        return Err(unsupported(Format::Jxl, "CMYK"));
    }
    let icc = Some(image.rendered_icc());
    let render = image.render_frame(0).map_err(failure)?;
    let mut stream = render.stream();
    let channels = stream.channels() as usize;
    if (stream.width(), stream.height()) != (info.width, info.height)
        || !(1..=4).contains(&channels)
    {
        return Err(unsupported(Format::Jxl, "partial frame"));
    }
    let alpha = channels == 2 || channels == 4;
    let mut shrinker = Shrinker::of(info, alpha, short_side);
    let mut row = vec![0_u8; info.width as usize * channels];
    let mut wide = Vec::new();
    for _ in 0..info.height {
        stream.write_to_buffer(&mut row);
        wide.clear();
        match channels {
            1 => wide.extend(row.iter().flat_map(|l| [*l; 3])),
            2 => wide.extend(
                row.as_chunks::<2>()
                    .0
                    .iter()
                    .flat_map(|[l, a]| [*l, *l, *l, *a]),
            ),
            _ => wide.extend_from_slice(&row),
        }
        shrinker.push(&wide);
    }
    Ok(Raw {
        picture: shrinker.finish(),
        icc,
        oriented: true,
        damage: None,
    })
}

fn failure(error: Box<dyn std::error::Error + Send + Sync>) -> DecodeError {
    corrupt(Format::Jxl, error)
}
