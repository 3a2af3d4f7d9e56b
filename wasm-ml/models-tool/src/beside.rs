//! What comes beside a network, and how a file of a model is named in its manifest.

use edge_ml::{load::checksum, manifest::Blob};

use crate::tokenizer::Made;

/// What lies beside a network that reads.
#[derive(Clone, Copy)]
pub enum Beside<'a> {
    /// Nothing: what it needs is in its own file, or it reads nothing.
    Nothing,
    /// A file of lines: characters, or CLIP's pairs.
    Lines(&'a [u8]),
    /// A `tokenizer.json`, as it was read.
    Tokenizer(&'a Made),
}

/// A file of the model by its bytes.
pub fn blob(file: String, bytes: &[u8]) -> Blob {
    Blob {
        file,
        bytes: bytes.len() as u64,
        sha256: checksum(bytes),
    }
}
