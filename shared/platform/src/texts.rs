//! The port to whoever turns texts into vectors: a network of its own, too large for the function that asks (docs/smart-search.md).

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// The path of the function's only route, which nobody outside reaches.
pub const TEXT_PATH: &str = "/internal/clip-text";
/// Header that carries the variable `internal_token`, where there is one.
pub const TEXT_TOKEN: &str = "x-internal-token";

/// What is asked: the vector of a text by an installed model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextQuery {
    /// Name of the model.
    pub model: String,
    /// The text.
    pub text: String,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextVector {
    /// The numbers.
    pub vector: Vec<f32>,
}

/// No vector.
#[derive(Debug, thiserror::Error)]
#[error("texts to vectors: {0}")]
pub struct TextError(pub String);

/// Turns texts into vectors of the space in which pictures are.
#[async_trait]
pub trait Texts: Send + Sync {
    /// The vector of a text. Errors: nobody is there, or the model cannot do it.
    async fn vector(&self, query: &TextQuery) -> Result<Vec<f32>, TextError>;
}

/// Nobody who could.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTexts;

#[async_trait]
impl Texts for NoTexts {
    async fn vector(&self, _query: &TextQuery) -> Result<Vec<f32>, TextError> {
        Err(TextError("nobody is there who could".to_owned()))
    }
}

/// Whoever is named later: for tests.
#[derive(Default)]
pub struct LaterTexts(Mutex<Option<Arc<dyn Texts>>>);

impl LaterTexts {
    /// Names who is asked from now on.
    pub fn name(&self, texts: Arc<dyn Texts>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(texts);
    }
}

#[async_trait]
impl Texts for LaterTexts {
    async fn vector(&self, query: &TextQuery) -> Result<Vec<f32>, TextError> {
        let named = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match named {
            Some(texts) => texts.vector(query).await,
            None => NoTexts.vector(query).await,
        }
    }
}
