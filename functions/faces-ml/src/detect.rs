//! `AssetDetectFaces`: the faces in a picture and their vectors (api/jobs-ml.md sections 6.2 and 6.3).

use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::{
    App,
    consumer::{Done, Failure, id_of, keep, none_done, renew},
};
use edge_installed::picture as preview;
use edge_ml::{faces::Frame, staged::Named};
use edge_store::{
    face_vectors::detect::{self, Known, Photo, Seen},
    faces::Place,
    jobs::{Job, NewJob},
};
use edge_vectors::code;
use serde_json::json;

use crate::{
    model::{AT_ONCE, Model},
    recognize,
};

/// How much the boxes of a stored face and one that is seen now have in common when they are the same.
const SAME: f64 = 0.5;

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
            let Some(within) = within(size, face.frame) else {
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
                Ok(store(app, model_name, &looked.photo, found))
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

/// What is stored of a photo in which faces were found: their places and codes.
pub fn store(app: &App, model_name: &str, photo: &Photo, found: Vec<(Place, String)>) -> Done {
    let (seen, gone) = matched(&photo.faces, found, || app.uuid());
    let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
    let now = app.now();
    let mut done = Done::with(detect::store(photo, model_name, &seen, &gone, now));
    if !seen.is_empty() {
        done.next
            .push(recognize::job(app.uuid(), &photo.owner_id, now));
    }
    done.next.extend(edits_again(app, photo, &seen));
    done
}

/// The job that finds out which of the new faces edits have cut away.
fn edits_again(app: &App, photo: &Photo, seen: &[Seen]) -> Option<NewJob> {
    let kind = JobName::AssetEditThumbnailGeneration;
    let is_wanted = photo.is_edited && seen.iter().any(|face| face.is_new);
    is_wanted.then(|| {
        let job = NewJob::new(app.uuid(), kind, json!({ "id": photo.id }), app.now());
        job.once(format!("{kind}:{}", photo.id))
    })
}

/// Places of faces and their codes. What has no vector is no face.
fn found(places: Vec<Place>, vectors: Vec<Option<Vec<f32>>>) -> Vec<(Place, String)> {
    let found = places.into_iter().zip(vectors);
    found
        .filter_map(|(place, vector)| Some((place, code::of(&vector?))))
        .collect()
}

/// Where a face is within a picture of this width and height, in whole pixels; `None`: nowhere.
pub fn within((width, height): (u32, u32), frame: Frame) -> Option<Place> {
    let (width, height) = (pixels(width), pixels(height));
    #[expect(clippy::cast_possible_truncation, reason = "within the picture")]
    let pixel = |value: f64, side: i32| value.round().clamp(0.0, f64::from(side)) as i32;
    let place = Place {
        x1: pixel(frame.x1, width),
        y1: pixel(frame.y1, height),
        x2: pixel(frame.x2, width),
        y2: pixel(frame.y2, height),
        width,
        height,
    };
    (place.x1 < place.x2 && place.y1 < place.y2).then_some(place)
}

fn pixels(side: u32) -> i32 {
    i32::try_from(side).unwrap_or(i32::MAX)
}

/// The faces that are seen, each with the id of the stored face in its place, if there is one; and the ids of those that a network
/// had found and that are seen no more. A face that its owner put away stays so, and has no vector.
fn matched(
    known: &[Known],
    found: Vec<(Place, String)>,
    mut new_id: impl FnMut() -> String,
) -> (Vec<Seen>, Vec<String>) {
    let mut left: Vec<&Known> = known.iter().collect();
    let mut seen = Vec::new();
    for (place, code) in found {
        let overlap = |known: &&Known| frame(known.place).overlap(&frame(place));
        let nearest = (0..left.len()).max_by(|a, b| {
            let of = |at: usize| left.get(at).map_or(0.0, overlap);
            // Of equal ones the first.
            of(*a).total_cmp(&of(*b)).then(b.cmp(a))
        });
        let same = nearest.filter(|at| left.get(*at).is_some_and(|known| overlap(known) > SAME));
        match same.map(|at| left.remove(at)) {
            Some(known) if known.is_removed => {}
            Some(known) => seen.push(Seen {
                id: known.id.clone(),
                place: known.place,
                code,
                is_new: false,
            }),
            None => seen.push(Seen {
                id: new_id(),
                place,
                code,
                is_new: true,
            }),
        }
    }
    let gone = left
        .into_iter()
        .filter(|known| known.is_found && !known.is_removed);
    (seen, gone.map(|known| known.id.clone()).collect())
}

/// A place as parts of its picture: previews change their sizes.
fn frame(place: Place) -> Frame {
    let part = |value: i32, side: i32| f64::from(value) / f64::from(side.max(1));
    Frame {
        x1: part(place.x1, place.width),
        y1: part(place.y1, place.height),
        x2: part(place.x2, place.width),
        y2: part(place.y2, place.height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: i32, size: i32) -> Place {
        Place {
            x1: x,
            y1: x,
            x2: x + 100 * size,
            y2: x + 100 * size,
            width: 1000 * size,
            height: 1000 * size,
        }
    }

    fn known(id: &str, place: Place, is_found: bool, is_removed: bool) -> Known {
        Known {
            id: id.to_owned(),
            is_found,
            is_removed,
            place,
        }
    }

    #[test]
    fn faces_in_the_same_place_keep_their_ids() {
        let stored = [
            known("moved", at(110, 1), true, false),
            known("gone", at(500, 1), true, false),
            known("drawn", at(700, 1), false, false),
            known("away", at(300, 1), true, true),
            known("hidden", at(900, 1), true, true),
        ];
        // The same picture, twice as large.
        let found = [200, 600, 1800, 1020].map(|x| (at(x, 2), x.to_string()));
        let (seen, gone) = matched(&stored, found.to_vec(), || "new".to_owned());
        let seen: Vec<_> = seen
            .iter()
            .map(|face| (face.id.as_str(), face.is_new))
            .collect();
        assert_eq!(seen, [("moved", false), ("gone", false)]);
        assert_eq!(gone, [] as [&str; 0]);
        let (seen, gone) = matched(&stored, vec![(at(0, 1), "0".to_owned())], || {
            "new".to_owned()
        });
        assert_eq!((seen[0].id.as_str(), seen[0].is_new), ("new", true));
        assert_eq!(
            gone,
            ["moved", "gone"],
            "what people drew or put away stays"
        );
    }
}
