//! An installed model for faces: its files in the bucket, and what it makes of a picture.

use edge_http::{App, consumer::Failure};
use edge_installed::Folder;
use edge_ml::{
    Error, Tract,
    faces::{self, Face},
    manifest::{Part, Role},
    picture::Picture,
    staged::{self, Named},
    tensor::Tensor,
};

/// Faces whose vectors are made at once: each holds 150 KB before its network, which is read again for the next.
pub const AT_ONCE: usize = 32;

/// A model that is installed.
pub struct Model {
    folder: Folder,
    detection: Part,
    recognition: Part,
}

impl Model {
    /// The model of this name. Errors: it is not there, damaged, or none for faces.
    pub async fn open(app: &App, name: &str) -> Result<Self, Failure> {
        let (folder, manifest) = Folder::open(app, name).await?;
        let mut parts = manifest.parts;
        let mut part = |role: Role| {
            parts
                .remove(&role)
                .ok_or_else(|| Failure::Final(format!("{name} has no part {role:?}")))
        };
        Ok(Self {
            detection: part(Role::FaceDetection)?,
            recognition: part(Role::FaceRecognition)?,
            folder,
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

    /// A face of a picture, straight, as the network takes it; `None`: it has no extent.
    pub fn straight(&self, picture: &Picture, face: &Face) -> Option<Named> {
        faces::embed_input(&self.recognition, picture, face).ok()
    }

    /// The vectors of straight faces, in their order; `None`: the face has no direction. Errors: the model cannot be used.
    pub async fn vectors(&self, faces: Vec<Named>) -> Result<Vec<Option<Vec<f32>>>, Failure> {
        if faces.is_empty() {
            return Ok(Vec::new());
        }
        let answers = staged::run(&Tract, &self.folder, &self.recognition, faces).await;
        let answers = answers.map_err(|error| self.refused(&error))?.into_iter();
        let vector = |answer: Result<Vec<Tensor>, Error>| {
            let answer = answer.map_err(|error| self.refused(&error))?;
            Ok(faces::embedding(&answer).ok())
        };
        answers.map(vector).collect()
    }

    fn refused(&self, error: &Error) -> Failure {
        self.folder.refused(error)
    }
}
