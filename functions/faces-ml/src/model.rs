//! An installed model for faces: its files in the bucket, and what it makes of a picture.

use std::{ops::Range, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use edge_http::{App, consumer::Failure, ml};
use edge_ml::{
    Error, Tract,
    faces::{self, Face},
    manifest::{self, Manifest, Part, Role},
    picture::Picture,
    staged::{self, Source},
};
use edge_platform::{ByteRange, ObjectStore};
use futures::{StreamExt as _, TryStreamExt as _, stream::BoxStream};

/// Faces whose vectors are made at once: each holds 150 KB before its network.
const AT_ONCE: usize = 32;

/// The folder of a model in the bucket.
struct Folder {
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

/// A model that is installed.
pub struct Model {
    folder: Folder,
    detection: Part,
    recognition: Part,
}

impl Model {
    /// The model of this name. Errors: it is not there, damaged, or none for faces.
    pub async fn open(app: &App, name: &str) -> Result<Self, Failure> {
        let key = ml::manifest_key(name);
        let object = app.objects.get(&key, None).await?;
        let object = object.ok_or_else(|| Failure::Final(format!("{key} is missing")))?;
        let text = object.body.collect(manifest::MOST_BYTES).await?;
        let manifest = serde_json::from_slice::<Manifest>(&text)
            .map_err(|error| Failure::Final(format!("{key}: {error}")))?;
        manifest.check().map_err(|error| refused(name, &error))?;
        let mut parts = manifest.parts;
        let mut part = |role: Role| {
            parts
                .remove(&role)
                .ok_or_else(|| Failure::Final(format!("{name} has no part {role:?}")))
        };
        Ok(Self {
            detection: part(Role::FaceDetection)?,
            recognition: part(Role::FaceRecognition)?,
            folder: Folder {
                objects: app.objects.clone(),
                name: name.to_owned(),
            },
        })
    }

    /// The faces in a picture, the surest first. Errors: the model cannot be used.
    pub async fn find(&self, picture: &Picture, least_score: f64) -> Result<Vec<Face>, Failure> {
        let (input, scale) =
            faces::detect_input(&self.detection, picture).map_err(|error| self.refused(&error))?;
        let answers = staged::run(&Tract, &self.folder, &self.detection, vec![input]).await;
        let answer = answers.map_err(|error| self.refused(&error))?.pop();
        let answer = answer.ok_or_else(|| Failure::Final("no answer".to_owned()))?;
        let answer = answer.map_err(|error| self.refused(&error))?;
        faces::detected(&self.detection, &answer, scale, least_score)
            .map_err(|error| self.refused(&error))
    }

    /// The vectors of faces in a picture, in their order; `None`: the face has no extent or no direction. Errors: the model cannot be
    /// used.
    pub async fn vectors(
        &self,
        picture: &Picture,
        faces: &[Face],
    ) -> Result<Vec<Option<Vec<f32>>>, Failure> {
        let mut vectors = Vec::with_capacity(faces.len());
        for some in faces.chunks(AT_ONCE) {
            let inputs = some
                .iter()
                .map(|face| faces::embed_input(&self.recognition, picture, face).ok());
            let inputs: Vec<_> = inputs.collect();
            let is_there: Vec<bool> = inputs.iter().map(Option::is_some).collect();
            let batch = inputs.into_iter().flatten().collect();
            let answers = staged::run(&Tract, &self.folder, &self.recognition, batch).await;
            let mut answers = answers.map_err(|error| self.refused(&error))?.into_iter();
            for is_there in is_there {
                let answer = if is_there { answers.next() } else { None };
                let answer = answer.transpose().map_err(|error| self.refused(&error))?;
                vectors.push(answer.and_then(|answer| faces::embedding(&answer).ok()));
            }
        }
        Ok(vectors)
    }

    fn refused(&self, error: &Error) -> Failure {
        refused(&self.folder.name, error)
    }
}

/// A bucket that breaks off may answer the next time; the rest stays wrong until the model is installed again.
fn refused(name: &str, error: &Error) -> Failure {
    let reason = format!("model {name}: {error}");
    match error {
        Error::Source { .. } | Error::CutOff { .. } => Failure::Passing(reason),
        _ => Failure::Final(reason),
    }
}
