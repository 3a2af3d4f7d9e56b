//! Which models are installed, and the jobs that use them (docs/faces.md, docs/ocr.md).
//!
//! A model is installed when its manifest is in the bucket: `cargo xtask models add` writes it last. Where an external service does the
//! work ([`crate::service`]) the configured models are its own.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use edge_api::{config::SystemConfig, enums::JobName};
use edge_store::jobs::NewJob;
use serde_json::json;

use crate::App;

/// How long an isolate may go by what it saw, ms.
const KEEP: i64 = 60_000;

/// The name that the contract's default configuration has for faces. It may not be given away with a server, so ours stands for it.
const DEFAULT_FACES: &str = "buffalo_l";
/// Our own default for faces: the networks that come with packages (decision 0020).
const OWN_FACES: &str = "yunet-sface";

/// What this isolate last saw of the bucket: when, and whether the model was there.
#[derive(Default)]
pub struct Installed(Mutex<BTreeMap<String, (i64, bool)>>);

/// Where the manifest of a model is in the bucket.
pub fn manifest_key(model: &str) -> String {
    format!("models/{model}/manifest.json")
}

/// Whether pictures are to be looked at for searches by meaning.
pub fn wants_clip(config: &SystemConfig) -> bool {
    config.features().smart_search
}

/// Whether faces are to be looked for at all.
pub fn wants_faces(config: &SystemConfig) -> bool {
    config.features().facial_recognition
}

/// Whether text in pictures is to be read at all.
pub fn wants_text(config: &SystemConfig) -> bool {
    config.features().ocr
}

impl App {
    /// Whether this model is installed, as seen within the last minute. A bucket that does not answer has none.
    pub async fn has_model(&self, name: &str) -> bool {
        // A name is one folder: nothing else of the bucket is asked for.
        if name.is_empty() || name.contains(['/', '\\']) {
            return false;
        }
        let now = self.now();
        let seen = self.models.lock().get(name).copied();
        if let Some((_, is_there)) = seen.filter(|(at, _)| (0..KEEP).contains(&(now - at))) {
            return is_there;
        }
        let is_there = matches!(self.objects.head(&manifest_key(name)).await, Ok(Some(_)));
        self.models.lock().insert(name.to_owned(), (now, is_there));
        is_there
    }

    /// The model for faces: the configured one of an external service; otherwise the installed one, which is ours where the configured
    /// one is the contract's default. `None`: there is none.
    pub async fn face_model(&self, config: &SystemConfig) -> Option<String> {
        let configured = config.text("/machineLearning/facialRecognition/modelName");
        if config.service().is_some() {
            return at_service(configured);
        }
        let names = [configured, OWN_FACES];
        let many = if configured == DEFAULT_FACES { 2 } else { 1 };
        for name in names.into_iter().take(many) {
            if self.has_model(name).await {
                return Some(name.to_owned());
            }
        }
        None
    }

    /// The model for searches by meaning: the configured one, of an external service or installed. `None`: there is none, or they are
    /// switched off.
    pub async fn clip_model(&self, config: &SystemConfig) -> Option<String> {
        let name = config.text("/machineLearning/clip/modelName");
        if !wants_clip(config) {
            return None;
        }
        self.configured(config, name).await
    }

    /// The model for text in pictures: the configured one, of an external service or installed. `None`: there is none.
    pub async fn text_model(&self, config: &SystemConfig) -> Option<String> {
        let name = config.text("/machineLearning/ocr/modelName");
        self.configured(config, name).await
    }

    /// The model of this name, if an external service is to run it or it is installed.
    async fn configured(&self, config: &SystemConfig, name: &str) -> Option<String> {
        if config.service().is_some() {
            return at_service(name);
        }
        self.has_model(name).await.then(|| name.to_owned())
    }

    /// The jobs of machine learning that follow when an asset has new renditions (api/jobs-ml.md section 2): none where no model is
    /// installed and no service configured.
    pub async fn learning(&self, config: &SystemConfig, asset_id: &str) -> Vec<NewJob> {
        let mut kinds = Vec::new();
        if self.clip_model(config).await.is_some() {
            kinds.push(JobName::SmartSearch);
        }
        if wants_faces(config) && self.face_model(config).await.is_some() {
            kinds.push(JobName::AssetDetectFaces);
        }
        if wants_text(config) && self.text_model(config).await.is_some() {
            kinds.push(JobName::Ocr);
        }
        let job = |kind: JobName| {
            let job = NewJob::new(self.uuid(), kind, json!({ "id": asset_id }), self.now());
            job.once(format!("{kind}:{asset_id}"))
        };
        kinds.into_iter().map(job).collect()
    }
}

/// The model of this name at an external service, which knows itself what it has: what it does not have is its answer to a job.
fn at_service(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| name.to_owned())
}

impl Installed {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (i64, bool)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
