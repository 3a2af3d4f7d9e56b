//! Inference for photos: faces, text in pictures, pictures and texts as vectors.
//!
//! A pure library: it reads no files and knows no platform. Models come as [`manifest`]s and stages, whose bytes are fed as they
//! arrive ([`load`]); a neural network runs behind [`engine`]; the rest is what a picture or a text becomes before a network and
//! what its answer means. Sizes, orders and constants are those of the models' own pipelines, so that vectors are comparable.
pub mod clip;
mod dense;
pub mod engine;
pub mod faces;
pub mod geometry;
pub mod graph;
mod keeping;
pub mod load;
pub mod manifest;
mod num;
pub mod ocr;
pub mod picture;
mod source;
pub mod staged;
pub mod tensor;
pub mod text;
pub mod tokens;
mod tract;

pub use engine::Engine;
pub use keeping::Keeping;
pub use tensor::Tensor;
pub use tract::Tract;

/// The types of ONNX files.
pub mod onnx {
    pub use prost::Message;
    pub use tract_onnx::pb::*;
}

/// What can be wrong with a model or with what it is given.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum Error {
    /// The manifest contradicts itself or exceeds a limit.
    #[error("manifest: {0}")]
    Manifest(String),
    /// The graph is no ONNX, or one that is refused: loops, outside files, sizes over the limits.
    #[error("graph: {0}")]
    Graph(String),
    /// A file ends early.
    #[error("{file}: {got} bytes instead of {wanted}")]
    CutOff {
        /// Its name.
        file: String,
        /// Its length by the manifest, bytes.
        wanted: u64,
        /// What came, bytes.
        got: u64,
    },
    /// A file is longer than the manifest says.
    #[error("{file}: more than {wanted} bytes")]
    TooLong {
        /// Its name.
        file: String,
        /// Its length by the manifest, bytes.
        wanted: u64,
    },
    /// A file is not the one that was installed.
    #[error("{file}: wrong checksum")]
    Checksum {
        /// Its name.
        file: String,
    },
    /// A file could not be read.
    #[error("{file}: {reason}")]
    Source {
        /// Its name.
        file: String,
        /// Why.
        reason: String,
    },
    /// The engine cannot run this graph.
    #[error("engine: {0}")]
    Engine(String),
    /// The input is of another shape or kind than the model takes, or its answer of another than its kind promises.
    #[error("shape: {0}")]
    Shape(String),
    /// A vocabulary or dictionary cannot be used.
    #[error("vocabulary: {0}")]
    Vocabulary(String),
}
