//! What a decoder in a process of its own is asked for, and what it answers ([`crate::decoder`]), as JSON.

use std::path::PathBuf;

use edge_protocol::wire::{Colors, Edits, Rendition};
use serde::{Deserialize, Serialize};

/// The word that makes this program a decoder.
pub const DECODE: &str = "--decode";

/// What is to be done.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// The picture.
    pub input: PathBuf,
    /// The file that a tool made it from, whose metadata count; `None`: it is that itself.
    pub original: Option<PathBuf>,
    /// Where renditions go.
    pub folder: PathBuf,
    /// What to make, largest first.
    pub wanted: Vec<Rendition>,
    /// EXIF orientation; `None`: it is upright.
    pub orientation: Option<u8>,
    /// What decides on the colours of renditions.
    pub colors: Colors,
    /// Pixels that the shorter side of a JPEG inside a raw file has at least.
    pub least: u32,
    /// What is done to the picture before.
    pub edits: Edits,
    /// Bytes of memory that this process may have.
    pub memory: u64,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// Renditions, in files of these names.
    Made {
        /// Names as [`edge_protocol::wire::output_name`] has them.
        outputs: Vec<String>,
        /// Base64.
        thumbhash: String,
        /// Size of the original upright.
        upright: (u32, u32),
        /// The same after the edits.
        shown: (u32, u32),
        /// What is wrong with the original, if they show it only as far as it goes.
        damage: Option<String>,
        /// 128 bits by which copies are found, hexadecimal.
        seen: Option<String>,
    },
    /// Nothing, and why.
    Refused {
        /// For people.
        reason: String,
        /// Who may do better.
        next: Next,
    },
}

/// Why there is no picture, and who may do better.
pub type Refusal = (String, Next);

/// Who may do better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Next {
    /// Nobody.
    Nobody,
    /// ffmpeg.
    Ffmpeg {
        /// What it takes for transparency is none.
        is_opaque: bool,
    },
    /// Whoever develops raw files.
    Developer,
    /// The tool that wrote the file, another time: it wrote only a part.
    Again,
}
