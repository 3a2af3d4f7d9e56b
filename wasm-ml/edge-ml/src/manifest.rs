//! What an installed model consists of: `models/<name>/manifest.json` in the bucket.
//!
//! A model has parts (two networks for faces), a part has stages: the network cut where few numbers are alive, so that one stage after
//! the other is loaded, run and dropped. A stage is one file: its graph (ONNX without the weights, which became inputs) and behind
//! it the weights, tensor by tensor in the order of the index. One file is one read.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::picture::Look;
use crate::tensor::{self, Kind};
use crate::tokens::{Recipe, vocabulary};
use crate::{Error, graph};

/// The version of this format.
pub const FORMAT: u32 = 1;
/// Longest manifest, bytes.
pub const MOST_BYTES: usize = 4 << 20;
const MOST_STAGES: usize = 256;
const MOST_TENSORS: usize = 10_000;
const MOST_PARTS: usize = 8;
/// Most rows of a table: LaBSE's vocabulary has 501,153.
const MOST_ROWS: usize = 1 << 20;

/// An installed model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The name under which clients and settings know it.
    pub name: String,
    /// Where its files came from, for people.
    pub origins: Vec<Origin>,
    /// Its networks, by what they do.
    pub parts: BTreeMap<Role, Part>,
}

/// Where one file of a model came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The file or the package and the file in it.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Licence of the weights, an SPDX expression or `unknown`.
    pub licence: String,
}

/// What a network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Pictures to vectors.
    Visual,
    /// Texts to vectors.
    Textual,
    /// Finds faces.
    FaceDetection,
    /// Faces to vectors.
    FaceRecognition,
    /// Finds text.
    TextDetection,
    /// Reads text.
    TextRecognition,
}

/// How the answers of a network are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// One vector.
    Vector,
    /// YuNet: scores, boxes and landmarks of three grids.
    Yunet,
    /// SCRFD (RetinaFace): the same with two anchors a cell.
    Scrfd,
    /// A map of how likely each pixel is text (DB).
    TextMap,
    /// Characters by place (CTC).
    Ctc,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// How its answers are to be read.
    pub reading: Reading,
    /// What it is given.
    pub inputs: Vec<Port>,
    /// Its answers, in the order of the original.
    pub outputs: Vec<String>,
    /// What pixels become before it; for networks that see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look: Option<Look>,
    /// Characters or merges, one a line, for networks that read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Words>,
    /// Rows that stand for tokens and take their place before the first stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
    /// What is loaded and run one after the other.
    pub stages: Vec<Stage>,
}

/// An input of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Its name in the graph.
    pub name: String,
    /// What its numbers are.
    pub kind: Kind,
    /// Its lengths; 0 where they vary.
    pub shape: Vec<usize>,
}

/// The vocabulary or the characters that belong to a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Its bytes.
    #[serde(flatten)]
    pub blob: Blob,
    /// The token that fills what a text leaves free; CLIP's is 0.
    #[serde(default)]
    pub padding: i32,
    /// How texts become tokens, where it is not by CLIP's own vocabulary; the file is a [`crate::tokens::vocabulary`] then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Box<Recipe>>,
}

/// A file or a piece of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// Its name below the model's folder.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// A matrix of which a text needs a few rows; it stays in the bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its bytes, row by row.
    #[serde(flatten)]
    pub blob: Blob,
    /// Further files of a table that is too large for one; no row is in two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<Blob>,
    /// The input that holds the row numbers.
    pub tokens: String,
    /// What the rows become in the graph: an input of the first stage.
    pub name: String,
    /// Rows.
    pub rows: usize,
    /// Numbers of a row.
    pub columns: usize,
    /// How they are stored.
    pub store: Store,
}

/// How weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Store {
    /// IEEE halves, little endian.
    F16,
    /// IEEE singles, little endian.
    F32,
}

impl Store {
    /// Bytes of a number.
    pub fn width(self) -> usize {
        match self {
            Self::F16 => 2,
            Self::F32 => 4,
        }
    }
}

/// A piece of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its file below the model's folder: graph, then weights.
    pub file: String,
    /// Length of the graph, bytes.
    pub graph_bytes: u64,
    /// SHA-256 of the graph, hexadecimal.
    pub graph_sha256: String,
    /// Length of the weights, bytes.
    pub blob_bytes: u64,
    /// SHA-256 of the weights, hexadecimal.
    pub blob_sha256: String,
    /// What it is given: inputs of the part or outputs of stages before.
    pub inputs: Vec<String>,
    /// What it makes.
    pub outputs: Vec<String>,
    /// Its weights in the order of the file.
    pub tensors: Vec<Weight>,
}

/// One tensor of weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    /// The input of the graph that it is.
    pub name: String,
    /// How it is stored.
    pub store: Store,
    /// Its shape.
    pub shape: Vec<usize>,
}

impl Manifest {
    /// Looks at everything that a manifest promises, before anything is read by it.
    ///
    /// # Errors
    /// Another format, names that lead out of the folder, too many or too large pieces, lengths that do not add up, stages that are
    /// given what nobody has made.
    pub fn check(&self) -> Result<(), Error> {
        if self.format != FORMAT {
            return refuse(format!("format {} instead of {FORMAT}", self.format));
        }
        if !is_name(&self.name) {
            return refuse(format!("{:?} is no name for a model", self.name));
        }
        if self.parts.is_empty() || self.parts.len() > MOST_PARTS {
            return refuse(format!("{} parts", self.parts.len()));
        }
        for (role, part) in &self.parts {
            part.check()
                .map_err(|error| Error::Manifest(format!("{role:?}: {error}")))?;
        }
        Ok(())
    }

    /// The network for `role`. Errors: this model has none.
    pub fn part(&self, role: Role) -> Result<&Part, Error> {
        let part = self.parts.get(&role);
        part.ok_or_else(|| Error::Manifest(format!("{} has no part for {role:?}", self.name)))
    }
}

fn refuse<T>(why: impl Into<String>) -> Result<T, Error> {
    Err(Error::Manifest(why.into()))
}

/// Whether a model may have this name: letters, digits, `-`, `_` and `.` inside, at most 100.
pub fn is_name(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(inside)
        && !name.contains("..")
}

/// Whether a file may have this name: names of models with `/` between them.
fn is_file(file: &str) -> bool {
    file.len() <= 300 && file.split('/').all(is_name)
}

fn check_blob(file: &str, sha256: &str) -> Result<(), Error> {
    if !is_file(file) {
        return refuse(format!("{file:?} is no name for a file"));
    }
    let digits = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if sha256.len() != 64 || !sha256.chars().all(digits) {
        return refuse(format!("{file}: {sha256:?} is no checksum"));
    }
    Ok(())
}

impl Part {
    fn check(&self) -> Result<(), Error> {
        if self.stages.is_empty() || self.stages.len() > MOST_STAGES {
            return refuse(format!("{} stages", self.stages.len()));
        }
        if self.outputs.is_empty() || self.inputs.is_empty() {
            return refuse("no input or no output");
        }
        let mut there = BTreeSet::new();
        for input in &self.inputs {
            tensor::volume(&input.shape)?;
            there.insert(input.name.as_str());
        }
        if let Some(words) = &self.words {
            words.check()?;
        }
        if let Some(table) = &self.table {
            table.check()?;
            there.insert(&table.name);
        }
        if let Some(look) = &self.look {
            look.check()?;
        }
        for stage in &self.stages {
            stage.check(&there)?;
            there.extend(stage.outputs.iter().map(String::as_str));
        }
        match self
            .outputs
            .iter()
            .find(|name| !there.contains(name.as_str()))
        {
            Some(name) => refuse(format!("nothing makes {name:?}")),
            None => Ok(()),
        }
    }
}

impl Words {
    fn check(&self) -> Result<(), Error> {
        check_blob(&self.blob.file, &self.blob.sha256)?;
        let Some(recipe) = &self.recipe else {
            return Ok(());
        };
        if self.blob.bytes > vocabulary::MOST_BYTES {
            return refuse(format!("a vocabulary of {} bytes", self.blob.bytes));
        }
        recipe.check()
    }
}

impl Table {
    /// Bytes of a row.
    pub fn width(&self) -> usize {
        self.columns * self.store.width()
    }

    /// The file that a row is in, and its first byte there. Errors: there is no such row.
    pub fn place(&self, row: usize) -> Result<(&Blob, u64), Error> {
        let width = self.width() as u64;
        let mut start = row as u64 * width;
        for blob in std::iter::once(&self.blob).chain(&self.more) {
            if start + width <= blob.bytes {
                return Ok((blob, start));
            }
            start = start.saturating_sub(blob.bytes);
        }
        Err(Error::Shape(format!("token {row} of {}", self.rows)))
    }

    fn check(&self) -> Result<(), Error> {
        let columns = tensor::volume(&[self.columns])?;
        let width = (columns * self.store.width()) as u64;
        let mut bytes = 0_u64;
        for blob in std::iter::once(&self.blob).chain(&self.more) {
            check_blob(&blob.file, &blob.sha256)?;
            if width == 0 || !blob.bytes.is_multiple_of(width) {
                return refuse(format!("{} ends within a row", blob.file));
            }
            bytes = bytes.saturating_add(blob.bytes);
        }
        let wanted = width.saturating_mul(self.rows as u64);
        if self.rows == 0 || self.rows > MOST_ROWS || bytes != wanted {
            return refuse(format!("the table has {bytes} bytes instead of {wanted}"));
        }
        Ok(())
    }
}

impl Stage {
    fn check(&self, there: &BTreeSet<&str>) -> Result<(), Error> {
        check_blob(&self.file, &self.graph_sha256)?;
        check_blob(&self.file, &self.blob_sha256)?;
        if self.graph_bytes == 0 || self.graph_bytes > graph::MOST_BYTES {
            return refuse(format!(
                "{}: a graph of {} bytes",
                self.file, self.graph_bytes
            ));
        }
        if self.inputs.is_empty() || self.outputs.is_empty() {
            return refuse(format!("{}: no input or no output", self.file));
        }
        if let Some(name) = self
            .inputs
            .iter()
            .find(|name| !there.contains(name.as_str()))
        {
            return refuse(format!("{}: nothing makes {name:?} before it", self.file));
        }
        if self.tensors.len() > MOST_TENSORS {
            return refuse(format!("{}: {} tensors", self.file, self.tensors.len()));
        }
        let mut names = BTreeSet::new();
        let mut bytes = 0_u64;
        for weight in &self.tensors {
            if !names.insert(weight.name.as_str()) || there.contains(weight.name.as_str()) {
                return refuse(format!("{}: {:?} twice", self.file, weight.name));
            }
            bytes += (tensor::volume(&weight.shape)? * weight.store.width()) as u64;
        }
        if bytes != self.blob_bytes {
            return refuse(format!(
                "{}: {} bytes for tensors of {bytes}",
                self.file, self.blob_bytes
            ));
        }
        Ok(())
    }
}
