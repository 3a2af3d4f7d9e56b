//! `SmartSearch`: the vector of a picture (api/jobs-ml.md section 6.2).

use std::collections::BTreeMap;

use edge_http::{
    App,
    consumer::{Done, Failure, id_of, keep, renew},
    seen,
};
use edge_installed::{Folder, picture};
use edge_ml::{
    Error, Tract, clip,
    manifest::{Part, Role},
    staged::{self, Named},
    tensor::Tensor,
};
use edge_store::{
    asset_vectors::{self, Photo},
    jobs::Job,
};

/// A picture and its vector; `None`: there is no such asset any more.
pub type Looked = Result<Option<(Photo, Vec<f32>)>, Failure>;

/// What is looked at, and the network that looks.
struct Network {
    folder: Folder,
    part: Part,
}

impl Network {
    async fn open(app: &App, model: &str) -> Result<Self, Failure> {
        let (folder, manifest) = Folder::open(app, model).await?;
        let part = manifest.part(Role::Visual).cloned();
        let part = part.map_err(|error| folder.refused(&error))?;
        Ok(Self { folder, part })
    }

    fn refused(&self, error: &Error) -> Failure {
        self.folder.refused(error)
    }

    /// The asset of a job and its picture as the network takes it; `None`: there is no such asset any more.
    async fn input(&self, app: &App, job: &Job) -> Result<Option<(Photo, Named)>, Failure> {
        let Some(photo) = photo(app, job).await? else {
            return Ok(None);
        };
        let picture = picture::read(app, preview(&photo)?).await?;
        let input = clip::visual(&self.part, &picture).map_err(|error| self.refused(&error))?;
        Ok(Some((photo, input)))
    }

    /// The answers to pictures, in their order. Errors: the model cannot be used.
    async fn look(&self, batch: Vec<Named>) -> Result<Vec<Result<Vec<Tensor>, Error>>, Failure> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let answers = staged::run(&Tract, &self.folder, &self.part, batch).await;
        answers.map_err(|error| self.refused(&error))
    }

    /// The vector of an answer, at length 1.
    fn vector(&self, answer: Option<Result<Vec<Tensor>, Error>>) -> Result<Vec<f32>, Failure> {
        let answer = answer.ok_or_else(|| Failure::Final("no answer".to_owned()))?;
        let vector = answer.and_then(|answer| clip::vector(&answer));
        vector.map_err(|error| self.refused(&error))
    }
}

/// The asset of a job; `None`: there is no such asset any more.
pub async fn photo(app: &App, job: &Job) -> Result<Option<Photo>, Failure> {
    let id = id_of(job)?;
    Ok(asset_vectors::find(app.db(), id).await?)
}

/// The object key of a photo's preview. Errors: it has none.
pub fn preview(photo: &Photo) -> Result<&str, Failure> {
    let preview = photo.preview.as_deref();
    preview.ok_or_else(|| Failure::Final("the asset has no preview".to_owned()))
}

/// Stores what was seen in the pictures of several jobs. The fate of each, in their order.
pub async fn keep_all(app: &App, model: &str, looked: Vec<Looked>) -> Vec<Result<Done, Failure>> {
    let mut each: BTreeMap<String, i64> = BTreeMap::new();
    for (photo, _) in looked.iter().flatten().flatten() {
        *each.entry(photo.owner_id.clone()).or_default() += 1;
    }
    let mut fates = Vec::new();
    for looked in looked {
        fates.push(match looked {
            Err(failure) => Err(failure),
            Ok(None) => Ok(Done::nothing()),
            Ok(Some((photo, vector))) => {
                let more = each.remove(&photo.owner_id).unwrap_or_default();
                let done = seen::keep(app, model, &photo, &vector, more).await;
                done.map_err(Failure::from)
            }
        });
    }
    fates
}

/// What our own network sees in the previews of the assets of these jobs: it is read once for all.
pub async fn here(app: &App, jobs: &[Job], model: &str) -> Vec<Looked> {
    let network = match Network::open(app, model).await {
        Ok(network) => network,
        Err(failure) => return jobs.iter().map(|_| Err(failure.clone())).collect(),
    };
    let (mut photos, mut batch) = (Vec::new(), Vec::new());
    let mut since = app.now();
    for job in jobs {
        let photo = network.input(app, job).await;
        photos.push(photo.map(|found| {
            found.map(|(photo, input)| {
                batch.push(input);
                photo
            })
        }));
        keep(app, jobs, &mut since).await;
    }
    renew(app, jobs).await;
    let mut answers = network.look(batch).await.map(Vec::into_iter);
    let with_vector = |photo: Result<Option<Photo>, Failure>| -> Looked {
        let Some(photo) = photo? else {
            return Ok(None);
        };
        let answers = answers.as_mut().map_err(|failure| failure.clone())?;
        let vector = network.vector(answers.next())?;
        Ok(Some((photo, vector)))
    };
    photos.into_iter().map(with_vector).collect()
}
