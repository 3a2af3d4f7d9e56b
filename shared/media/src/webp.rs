//! Lossy WebP files: a VP8 frame with its transparency, profile and XMP in a RIFF container
//! (<https://developers.google.com/speed/webp/docs/riff_container>).

use crate::picture::Picture;
use crate::vp8;
use image_webp::{ColorType, WebPEncoder};

/// Flags of the `VP8X` chunk.
const HAS_PROFILE: u8 = 0x20;
const HAS_ALPHA: u8 = 0x10;
const HAS_XMP: u8 = 0x04;

/// A file of the picture in this quality (1 to 100), with an ICC profile and an XMP packet. `None` when it has no room for it.
pub fn encode(
    picture: &Picture,
    quality: u8,
    icc: Option<&[u8]>,
    xmp: Option<&str>,
) -> Option<Vec<u8>> {
    let Picture {
        width,
        height,
        pixels,
        alpha,
        ..
    } = picture;
    let frame = vp8::encode(pixels, *width, *height, *alpha, quality)?;
    let alpha = if *alpha { alpha_plane(picture)? } else { None };
    let mut chunks = Vec::with_capacity(frame.len() + 64);
    if icc.is_some() || alpha.is_some() || xmp.is_some() {
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = flag(icc.is_some(), HAS_PROFILE)
            | flag(alpha.is_some(), HAS_ALPHA)
            | flag(xmp.is_some(), HAS_XMP);
        let side = |side: u32| (side - 1).to_le_bytes().into_iter().take(3);
        let header: Vec<u8> = [flags, 0, 0, 0]
            .into_iter()
            .chain(side(*width))
            .chain(side(*height))
            .collect();
        chunk(&mut chunks, *b"VP8X", &header)?;
    }
    let parts = [
        (*b"ICCP", icc),
        (*b"ALPH", alpha.as_deref()),
        (*b"VP8 ", Some(&frame)),
        (*b"XMP ", xmp.map(str::as_bytes)),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            chunk(&mut chunks, name, part)?;
        }
    }
    let mut out = b"RIFF".to_vec();
    out.extend(u32::try_from(chunks.len() + 4).ok()?.to_le_bytes());
    out.extend(b"WEBP");
    out.extend(chunks);
    Some(out)
}

/// A chunk: name, length, bytes, padded to an even length.
fn chunk(out: &mut Vec<u8>, name: [u8; 4], bytes: &[u8]) -> Option<()> {
    out.extend(name);
    out.extend(u32::try_from(bytes.len()).ok()?.to_le_bytes());
    out.extend(bytes);
    if bytes.len() % 2 == 1 {
        out.push(0);
    }
    Some(())
}

/// The payload of an `ALPH` chunk, losslessly coded; nothing inside for a picture that is opaque after all. `None` when it
/// cannot be coded.
#[expect(
    clippy::option_option,
    reason = "outside: it failed; inside: there is nothing to be coded"
)]
fn alpha_plane(picture: &Picture) -> Option<Option<Vec<u8>>> {
    /// Lossless, without filter or preprocessing.
    const LOSSLESS: u8 = 1;
    /// The file's header, the chunk's, and that of the bitstream, which alpha planes go without.
    const HEADERS: usize = 12 + 8 + 5;
    let plane: Vec<u8> = picture
        .pixels
        .as_chunks::<4>()
        .0
        .iter()
        .map(|[.., a]| *a)
        .collect();
    if plane.iter().all(|a| *a == 255) {
        return Some(None);
    }
    let mut file = Vec::new();
    WebPEncoder::new(&mut file)
        .encode(&plane, picture.width, picture.height, ColorType::L8)
        .ok()?;
    let length = crate::bytes::le32(&file, 16)? as usize;
    let coded = file.get(HEADERS..20 + length)?;
    Some(Some([&[LOSSLESS], coded].concat()))
}
