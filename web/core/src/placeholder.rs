//! What stands for a picture until it is there: its ThumbHash as a small bitmap.
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Length of the headers of a bitmap, in bytes: BITMAPFILEHEADER and BITMAPINFOHEADER.
const HEADERS: u32 = 14 + 40;

/// The picture that `hash` (base64, as answers have it) means, as a `data:` address; `None` when it means none.
pub fn address(hash: &str) -> Option<String> {
    let hash = BASE64_STANDARD.decode(hash).ok()?;
    let (width, height, pixels) = thumbhash::thumb_hash_to_rgba(&hash).ok()?;
    let bitmap = bitmap(
        u32::try_from(width).ok()?,
        u32::try_from(height).ok()?,
        &pixels,
    );
    Some(format!(
        "data:image/bmp;base64,{}",
        BASE64_STANDARD.encode(bitmap)
    ))
}

/// A bitmap of 24 bits for each pixel, uncompressed: the one format that needs no encoder.
fn bitmap(width: u32, height: u32, rgba: &[u8]) -> Vec<u8> {
    let line = (width * 3).next_multiple_of(4);
    let size = HEADERS + line * height;
    let mut file = Vec::with_capacity(size as usize);
    file.extend(b"BM");
    file.extend(size.to_le_bytes());
    file.extend([0; 4]);
    file.extend(HEADERS.to_le_bytes());
    for number in [
        40,
        width,
        height,
        1 | (24 << 16),
        0,
        line * height,
        2835,
        2835,
        0,
        0,
    ] {
        file.extend(number.to_le_bytes());
    }
    let padding = vec![0; (line - width * 3) as usize];
    // The lowest line comes first, and blue before red.
    for row in rgba.chunks_exact((width * 4) as usize).rev() {
        for pixel in row.chunks_exact(4) {
            file.extend([pixel[2], pixel[1], pixel[0]]);
        }
        file.extend(&padding);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bitmap_has_headers_and_padded_lines() {
        let file = bitmap(1, 2, &[1, 2, 3, 255, 4, 5, 6, 255]);
        assert_eq!(file.len(), 54 + 2 * 4);
        assert_eq!(&file[..6], b"BM\x3e\0\0\0");
        assert_eq!(&file[54..], &[6, 5, 4, 0, 3, 2, 1, 0]);
    }

    #[test]
    fn what_is_no_hash_has_no_placeholder() {
        assert_eq!(address("!"), None);
        assert_eq!(address(""), None);
        let known = address("1QcSHQRnh493V4dIh4eXh1h4kJUI").unwrap();
        assert!(known.starts_with("data:image/bmp;base64,Qk0"));
    }
}
