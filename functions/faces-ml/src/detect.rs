//! `AssetDetectFaces`: the faces in a picture and their vectors (api/jobs-ml.md sections 6.2 and 6.3).

use edge_api::config::SystemConfig;
use edge_http::{
    App,
    consumer::{Done, Failure, id_of, keep, none_done, renew},
    seen::faces as seen,
};
use edge_installed::picture as preview;
use edge_ml::{faces::Frame, staged::Named};
use edge_store::{
    face_vectors::detect::{self, Photo},
    faces::Place,
    jobs::Job,
};
use edge_vectors::code;

use crate::model::{AT_ONCE, Model};

/// A photo in which faces were found.
struct Looked {
    /// Which of the jobs.
    job: usize,
    photo: Photo,
    /// Those within the picture.
    places: Vec<Place>,
    /// The vectors of as many of them as are made so far.
    vectors: Vec<Option<Vec<f32>>>,
}

/// The photos of several jobs on their way through both networks. Faces of all of them wait together, so that the second network is
/// read once for [`AT_ONCE`].
struct Turn<'a> {
    model: &'a Model,
    photos: Vec<Looked>,
    /// Faces that wait, each with the number of its photo.
    waiting: Vec<(usize, Named)>,
}

impl Turn<'_> {
    /// Finds the faces of one photo; `false`: there is no such photo any more.
    async fn find(
        &mut self,
        app: &App,
        (number, job): (usize, &Job),
        least_score: f64,
    ) -> Result<bool, Failure> {
        let Some(photo) = photo(app, job).await? else {
            return Ok(false);
        };
        let picture = preview::read(app, preview_of(&photo)?).await?;
        let size = (picture.width(), picture.height());
        let faces = self.model.find(&picture, least_score).await?;
        let place = self.photos.len();
        self.photos.push(Looked {
            job: number,
            photo,
            places: Vec::new(),
            vectors: Vec::new(),
        });
        for face in &faces {
            // What has no pixels is no face.
            let Frame { x1, y1, x2, y2 } = face.frame;
            let Some(within) = seen::within(size, [x1, y1, x2, y2]) else {
                continue;
            };
            let Some(input) = self.model.straight(&picture, face) else {
                continue;
            };
            if let Some(looked) = self.photos.get_mut(place) {
                looked.places.push(within);
            }
            self.waiting.push((place, input));
            if self.waiting.len() >= AT_ONCE {
                self.embed().await?;
            }
        }
        Ok(true)
    }

    /// Makes the vectors of the faces that wait.
    async fn embed(&mut self) -> Result<(), Failure> {
        let (places, inputs): (Vec<usize>, Vec<Named>) =
            std::mem::take(&mut self.waiting).into_iter().unzip();
        let vectors = self.model.vectors(inputs).await?;
        for (place, vector) in places.into_iter().zip(vectors) {
            if let Some(looked) = self.photos.get_mut(place) {
                looked.vectors.push(vector);
            }
        }
        Ok(())
    }
}

/// Looks for faces in the previews of the assets of these jobs. The fate of each, in their order.
pub async fn run(
    app: &App,
    jobs: &[Job],
    config: &SystemConfig,
    model_name: &str,
) -> Vec<Result<Done, Failure>> {
    let model = match Model::open(app, model_name).await {
        Ok(model) => model,
        Err(failure) => return none_done(jobs, &failure),
    };
    let least_score = config.real("/machineLearning/facialRecognition/minScore");
    let mut turn = Turn {
        model: &model,
        photos: Vec::new(),
        waiting: Vec::new(),
    };
    let mut fates: Vec<Result<Done, Failure>> = Vec::new();
    let mut since = app.now();
    for found in jobs.iter().enumerate() {
        let fate = turn.find(app, found, least_score).await;
        fates.push(fate.map(|_| Done::nothing()));
        keep(app, jobs, &mut since).await;
    }
    renew(app, jobs).await;
    let embedded = turn.embed().await;
    for looked in turn.photos {
        let Some(fate) = fates.get_mut(looked.job).filter(|fate| fate.is_ok()) else {
            continue;
        };
        // A network that fails has vectors for some of the faces only.
        *fate = match &embedded {
            Err(failure) if looked.vectors.len() < looked.places.len() => Err(failure.clone()),
            _ if looked.vectors.len() < looked.places.len() => {
                Err(Failure::Passing("faces without vectors".to_owned()))
            }
            _ => {
                let found = found(looked.places, looked.vectors);
                Ok(seen::keep(app, model_name, &looked.photo, found))
            }
        };
    }
    fates
}

/// The photo of a job; `None`: there is no such photo any more.
pub async fn photo(app: &App, job: &Job) -> Result<Option<Photo>, Failure> {
    Ok(detect::find(app.db(), id_of(job)?).await?)
}

/// The object key of a photo's preview. Errors: it has none.
pub fn preview_of(photo: &Photo) -> Result<&str, Failure> {
    let key = photo.preview.as_deref();
    key.ok_or_else(|| Failure::Final("the asset has no preview".to_owned()))
}

/// Places of faces and their codes. What has no vector is no face.
fn found(places: Vec<Place>, vectors: Vec<Option<Vec<f32>>>) -> Vec<(Place, String)> {
    let found = places.into_iter().zip(vectors);
    found
        .filter_map(|(place, vector)| Some((place, code::of(&vector?))))
        .collect()
}
