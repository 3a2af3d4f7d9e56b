//! Models that are installed, for the functions that run them: their files in the bucket, and previews as networks take them.

pub mod picture;

use std::{ops::Range, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use edge_http::{App, consumer::Failure, ml};
use edge_ml::{
    Error,
    manifest::{self, Manifest},
    staged::Source,
};
use edge_platform::{ByteRange, ObjectStore};
use futures::{StreamExt as _, TryStreamExt as _, stream::BoxStream};

/// The folder of an installed model in the bucket.
pub struct Folder {
    objects: Arc<dyn ObjectStore>,
    name: String,
}

#[async_trait]
impl Source for Folder {
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

impl Folder {
    /// The model of this name and what it consists of. Errors: it is not there, or damaged.
    pub async fn open(app: &App, name: &str) -> Result<(Self, Manifest), Failure> {
        let key = ml::manifest_key(name);
        let object = app.objects.get(&key, None).await?;
        let object = object.ok_or_else(|| Failure::Final(format!("{key} is missing")))?;
        let text = object.body.collect(manifest::MOST_BYTES).await?;
        let manifest = serde_json::from_slice::<Manifest>(&text)
            .map_err(|error| Failure::Final(format!("{key}: {error}")))?;
        let folder = Self {
            objects: app.objects.clone(),
            name: name.to_owned(),
        };
        manifest.check().map_err(|error| folder.refused(&error))?;
        Ok((folder, manifest))
    }

    /// What a job ends with when this model cannot be used. A bucket that breaks off may answer the next time; the rest stays wrong
    /// until the model is installed again.
    pub fn refused(&self, error: &Error) -> Failure {
        let reason = format!("model {}: {error}", self.name);
        match error {
            Error::Source { .. } | Error::CutOff { .. } => Failure::Passing(reason),
            _ => Failure::Final(reason),
        }
    }
}
