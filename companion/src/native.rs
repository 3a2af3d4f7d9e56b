//! Pictures by our own decoders.

use edge_media::decode::{self, DecodeError, ImageInfo, LoadOptions, Picture};

use crate::order::Next;

/// A picture, and the size of its original upright.
pub type Loaded = (Picture, (u32, u32));

/// Why there is none, and who may do better.
pub type Refusal = (String, Next);

/// Decodes a picture.
pub fn load(bytes: &[u8], options: &LoadOptions) -> Result<Loaded, DecodeError> {
    let info = decode::probe(bytes)?;
    let picture = decode::load(bytes, options)?;
    let upright = if is_turned(&info, &picture) {
        (info.height, info.width)
    } else {
        (info.width, info.height)
    };
    Ok((picture, upright))
}

/// Whether turning the picture upright swapped its sides.
fn is_turned(info: &ImageInfo, picture: &Picture) -> bool {
    let is_square = info.width == info.height || picture.width == picture.height;
    !is_square && (info.width > info.height) != (picture.width > picture.height)
}
