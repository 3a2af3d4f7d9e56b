//! Pixels in memory.

/// The colour spaces renditions come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColorSpace {
    /// sRGB; nothing is embedded, it is what a picture without profile means.
    #[default]
    Srgb,
    /// Display P3; its ICC profile is embedded.
    DisplayP3,
}

/// Decoded pixels: 8 bits a channel, oriented, in a known colour space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Row by row without padding, three or four bytes a pixel.
    pub pixels: Vec<u8>,
    /// Whether a straight (not premultiplied) alpha byte follows each red, green, blue.
    pub alpha: bool,
    /// What the red, green and blue values mean.
    pub space: ColorSpace,
}

impl Picture {
    /// From packed pixels of yet unknown colours; the colour step says what they mean.
    pub(crate) fn packed(width: u32, height: u32, pixels: Vec<u8>, alpha: bool) -> Self {
        Self {
            width,
            height,
            pixels,
            alpha,
            space: ColorSpace::Srgb,
        }
    }

    /// Bytes a pixel: 3, or 4 with alpha.
    pub fn channels(&self) -> usize {
        if self.alpha { 4 } else { 3 }
    }
}

/// A picture that was decoded or drawn, and what is wrong with its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// As much of it as the file holds: upright, perhaps smaller.
    pub picture: Picture,
    /// Width and height of the original, upright.
    pub upright: (u32, u32),
    /// Why it is not all there; `None`: it is.
    pub damage: Option<String>,
}

/// What a format's decoder hands over, before colour and orientation.
pub(crate) struct Raw {
    /// The pixels, perhaps shrunk.
    pub picture: Picture,
    /// Its colour profile.
    pub icc: Option<Vec<u8>>,
    /// The decoder has already turned the pixels upright.
    pub oriented: bool,
    /// [`Checked::damage`].
    pub damage: Option<String>,
}
