//! An installed model: its files in the bucket.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use edge_http::{App, consumer::Failure, ml};
use edge_ml::{
    Error,
    manifest::{self, Manifest, Part, Role},
    staged::Source,
};
use edge_platform::{ByteRange, ObjectStore};
use futures::{StreamExt as _, TryStreamExt as _, stream::BoxStream};

/// A model whose manifest was read; its stages are read from here, as a [`Source`].
pub struct Installed {
    objects: Arc<dyn ObjectStore>,
    name: String,
    parts: BTreeMap<Role, Part>,
}

impl Installed {
    /// The model of this name. Errors: it is not there, or its manifest is damaged.
    pub async fn open(app: &App, name: &str) -> Result<Self, Failure> {
        let key = ml::manifest_key(name);
        let object = app.objects.get(&key, None).await?;
        let object = object.ok_or_else(|| Failure::Final(format!("{key} is missing")))?;
        let text = object.body.collect(manifest::MOST_BYTES).await?;
        let manifest = serde_json::from_slice::<Manifest>(&text)
            .map_err(|error| Failure::Final(format!("{key}: {error}")))?;
        let installed = Self {
            objects: app.objects.clone(),
            name: name.to_owned(),
            parts: BTreeMap::new(),
        };
        manifest
            .check()
            .map_err(|error| installed.refused(&error))?;
        Ok(Self {
            parts: manifest.parts,
            ..installed
        })
    }

    /// Takes its network for `role` out. Errors: it has none.
    pub fn part(&mut self, role: Role) -> Result<Part, Failure> {
        let part = self.parts.remove(&role);
        part.ok_or_else(|| Failure::Final(format!("{} has no part {role:?}", self.name)))
    }

    /// Why it could not be used: a bucket that breaks off may answer the next time; the rest stays wrong until the model is installed
    /// again.
    pub fn refused(&self, error: &Error) -> Failure {
        let reason = format!("model {}: {error}", self.name);
        match error {
            Error::Source { .. } | Error::CutOff { .. } => Failure::Passing(reason),
            _ => Failure::Final(reason),
        }
    }
}

#[async_trait]
impl Source for Installed {
    async fn open(
        &self,
        file: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let failed = {
            let file = file.to_owned();
            move |reason: String| Error::Source {
                file: file.clone(),
                reason,
            }
        };
        let range = range.map(|range| ByteRange::FromTo {
            first: range.start,
            last: Some(range.end.saturating_sub(1)),
        });
        let key = format!("models/{}/{file}", self.name);
        let object = self.objects.get(&key, range).await;
        let object = object
            .map_err(|error| failed(error.to_string()))?
            .ok_or_else(|| failed("it is not there".to_owned()))?;
        let bytes = object.body.into_stream();
        Ok(bytes
            .map_err(move |error| failed(error.to_string()))
            .boxed())
    }
}
