//! What a process that runs a network is asked for, and what it answers ([`super::looker`]), as JSON.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The word that makes this program run a network.
pub const LOOK: &str = "--look";

/// What is to be looked at, and by which model.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// The picture.
    pub preview: PathBuf,
    /// The model's manifest.
    pub manifest: PathBuf,
    /// Where its stages are, each under the name that [`super::cache::name`] gives it.
    pub folder: PathBuf,
}

/// What came of it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// The picture's vector, at length 1.
    Seen(Vec<f32>),
    /// Nothing, and why: neither the picture nor the model changes that.
    Refused(String),
    /// Nothing, and why: the model's files are not those that were read.
    Damaged(String),
}
