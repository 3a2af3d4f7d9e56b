//! What the processes are asked for that decode previews ([`super::pixels`]) and run networks ([`super::looker`]), and what they answer, as
//! JSON.

use std::path::PathBuf;

use edge_ml::manifest::Role;
use edge_protocol::learning::{Face, Line};
use serde::{Deserialize, Serialize};

/// The word that makes this program decode a preview.
pub const PIXELS: &str = "--pixels";
/// The word that makes this program run a network.
pub const LOOK: &str = "--look";

/// What a network is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Searches by meaning.
    Vector,
    /// Faces.
    Faces,
    /// Text.
    Text,
}

impl Kind {
    /// A word for folders and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vector => "vectors",
            Self::Faces => "faces",
            Self::Text => "text",
        }
    }

    /// The parts of a model that it needs.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Vector => &[Role::Visual],
            Self::Faces => &[Role::FaceDetection, Role::FaceRecognition],
            Self::Text => &[Role::TextDetection, Role::TextRecognition],
        }
    }
}

/// A preview to be decoded.
#[derive(Debug, Serialize, Deserialize)]
pub struct Preview {
    /// Its file.
    pub preview: PathBuf,
    /// Where its pixels go: red, green and blue, row by row.
    pub pixels: PathBuf,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Decoded {
    /// The pixels of a picture of this width and height.
    Written(u32, u32),
    /// Nothing, and why.
    Refused(String),
}

/// A network to be run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Network {
    /// What it is for.
    pub kind: Kind,
    /// The model's manifest.
    pub manifest: PathBuf,
    /// Where its files are, each under the name that [`super::cache::files`] gives it.
    pub folder: PathBuf,
    /// Bytes of memory that it may have.
    pub memory: u64,
}

/// A picture to be looked at, one line.
#[derive(Debug, Serialize, Deserialize)]
pub struct Question {
    /// As [`Preview::pixels`].
    pub pixels: PathBuf,
    /// Width and height.
    pub size: (u32, u32),
    /// What is looked for.
    pub wanted: Wanted,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// How sure the network must be.
    pub least_score: f64,
    /// Pixels of the shorter side at which text is looked for, at most.
    pub shorter: u32,
}

/// What came of it, one line.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// The picture's vector, at length 1.
    Vector(Vec<f32>),
    /// The faces in it, the surest first.
    Faces(Vec<Face>),
    /// The lines of text in it.
    Text(Vec<Line>),
    /// Nothing, and why: neither the picture nor the model changes that.
    Refused(String),
    /// Nothing, and why: the model's files are not those that were read.
    Damaged(String),
}
