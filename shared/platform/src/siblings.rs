//! The port to functions that only other functions call, because what they do takes more memory or code than whoever asks has:
//! [`CLIP_TEXT`] (docs/smart-search.md) and [`TRANSFORM`] (docs/transformations.md). Each has one route, `/internal/<name>`, that takes
//! and gives JSON.

use std::{
    collections::HashMap,
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use edge_api::config::Service;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Turns a [`TextQuery`] into a [`TextVector`].
pub const CLIP_TEXT: &str = "clip-text";
/// Turns a [`TransformOrder`] into a [`Transformed`].
pub const TRANSFORM: &str = "transform";
/// All of them.
pub const SIBLINGS: [&str; 2] = [CLIP_TEXT, TRANSFORM];

/// Header that carries the variable `internal_token`, where there is one.
pub const TOKEN: &str = "x-internal-token";

/// The path of a function's only route, which nobody outside reaches.
pub fn path(name: &str) -> String {
    format!("/internal/{name}")
}

/// What is asked of [`CLIP_TEXT`]: the vector of a text by an installed model, or by one of an external service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextQuery {
    /// Name of the model.
    pub model: String,
    /// The text.
    pub text: String,
    /// Who makes the vector; `None`: the function's own network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// The language of the text as clients name it; some models care.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextVector {
    /// The numbers.
    pub vector: Vec<f32>,
}

/// What is asked of [`TRANSFORM`]: another size of a stored picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransformOrder {
    /// Object key of the picture.
    pub source: String,
    /// Its EXIF orientation, where it is not upright as stored.
    pub orientation: Option<u8>,
    /// Object key under which the result is stored.
    pub target: String,
    /// Widest result, pixels.
    pub width: Option<u32>,
    /// Highest result, pixels.
    pub height: Option<u32>,
    /// Fill the box and cut off what is beyond it, rather than fit into it.
    pub is_cover: bool,
    /// WebP rather than JPEG.
    pub is_webp: bool,
    /// 1 to 100.
    pub quality: u8,
}

/// Its answer, once the object is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transformed {
    /// Bytes of the object.
    pub size: i64,
    /// What it is.
    pub mime_type: String,
}

/// No answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{name}: {text}")]
pub struct SiblingError {
    /// Who was asked.
    pub name: String,
    /// What went wrong.
    pub text: String,
    /// The function will refuse this order at any time.
    pub is_final: bool,
}

impl SiblingError {
    /// What may succeed later.
    pub fn passing(name: &str, text: &dyn Display) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_string(),
            is_final: false,
        }
    }

    /// An answer that is none, by its HTTP status; 422 is what the function refuses for good.
    pub fn answered(name: &str, status: u16, text: &str) -> Self {
        Self {
            is_final: status == 422,
            ..Self::passing(name, &format!("it answered {status} {text}"))
        }
    }
}

/// Functions that only other functions call.
#[async_trait]
pub trait Siblings: Send + Sync {
    /// Sends JSON to the function `name`, and gives the JSON of its answer. Errors: it is not there, or it refused.
    async fn send(&self, name: &'static str, order: String) -> Result<String, SiblingError>;
}

/// Asks the function `name`. Errors: those of [`Siblings::send`], or the answer is another one than expected.
pub async fn ask<Q: Serialize + Sync, A: DeserializeOwned>(
    siblings: &dyn Siblings,
    name: &'static str,
    query: &Q,
) -> Result<A, SiblingError> {
    let order = serde_json::to_string(query);
    let order = order.map_err(|error| SiblingError::passing(name, &error))?;
    let answer = siblings.send(name, order).await?;
    serde_json::from_str(&answer).map_err(|error| SiblingError::passing(name, &error))
}

/// None of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSiblings;

#[async_trait]
impl Siblings for NoSiblings {
    async fn send(&self, name: &'static str, _order: String) -> Result<String, SiblingError> {
        Err(SiblingError::passing(name, &"nobody is there"))
    }
}

/// One function, in this process.
#[async_trait]
pub trait Sibling: Send + Sync {
    /// Answers JSON with JSON. Errors: the reason, and whether it is final.
    async fn answer(&self, order: &str) -> Result<String, (String, bool)>;
}

/// Functions of this process that are named later: for tests.
#[derive(Default)]
pub struct LaterSiblings(Mutex<HashMap<&'static str, Arc<dyn Sibling>>>);

impl LaterSiblings {
    /// Names who is asked from now on.
    pub fn name(&self, name: &'static str, sibling: Arc<dyn Sibling>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(name, sibling);
    }

    fn find(&self, name: &str) -> Option<Arc<dyn Sibling>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(name).cloned()
    }
}

#[async_trait]
impl Siblings for LaterSiblings {
    async fn send(&self, name: &'static str, order: String) -> Result<String, SiblingError> {
        let sibling = self.find(name);
        let sibling = sibling.ok_or_else(|| SiblingError::passing(name, &"nobody is there"))?;
        let answer = sibling.answer(&order).await;
        answer.map_err(|(text, is_final)| SiblingError {
            is_final,
            ..SiblingError::passing(name, &text)
        })
    }
}
