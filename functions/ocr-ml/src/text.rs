//! `Ocr`: the lines of text in a picture (api/jobs-ml.md sections 6.2 and 6.4).

use edge_api::config::SystemConfig;
use edge_http::{
    App,
    consumer::{Done, Failure, id_of, keep, none_done, renew},
    seen::text as seen,
};
use edge_installed::picture;
use edge_ml::ocr::{self as network, Line, Reading, Resolution, Settings};
use edge_store::{
    jobs::Job,
    ocr::{self, NewLine, Photo},
};

use crate::model::{Model, Waiting};

/// Most pixels that text is looked for in. Memory grows with them: in a Worker 65 MiB at this size, 90 at 736 x 736 (docs/costs.md).
/// Elsewhere a picture of usual proportions is seen as large as it is configured.
const AREA: u64 = if cfg!(all(target_arch = "wasm32", target_os = "unknown")) {
    640 * 640
} else {
    network::ROOMY
};

/// A photo in which lines were found.
struct Looked {
    /// Which of the jobs.
    job: usize,
    photo: Photo,
    /// Width and height of its picture.
    size: (u32, u32),
    lines: Vec<Line>,
    /// What those that were read say.
    readings: Vec<Option<Reading>>,
    /// Lines that wait.
    waiting: usize,
}

/// The photos of several jobs on their way through both networks. Lines of all of them wait together, so that the second network is
/// read once for many.
struct Turn<'a> {
    model: &'a Model,
    resolution: Resolution,
    settings: Settings,
    photos: Vec<Looked>,
    waiting: Waiting,
}

impl Turn<'_> {
    /// Finds the lines of one photo; nothing when there is no such photo any more.
    async fn find(&mut self, app: &App, number: usize, job: &Job) -> Result<(), Failure> {
        let Some(photo) = photo(app, job).await? else {
            return Ok(());
        };
        let picture = picture::read(app, preview(&photo)?).await?;
        let found = self.model.lines(&picture, self.resolution, &self.settings);
        let lines = found.await?;
        let place = self.photos.len();
        self.photos.push(Looked {
            job: number,
            photo,
            size: (picture.width(), picture.height()),
            lines: lines.clone(),
            readings: vec![None; lines.len()],
            waiting: 0,
        });
        for (nth, line) in lines.iter().enumerate() {
            let Some(cut) = self.model.cut(&picture, line, (place, nth))? else {
                continue;
            };
            if let Some(looked) = self.photos.get_mut(place) {
                looked.waiting += 1;
            }
            if self.waiting.push(cut) {
                self.read().await?;
            }
        }
        Ok(())
    }

    /// Reads the lines that wait.
    async fn read(&mut self) -> Result<(), Failure> {
        for ((photo, line), reading) in self.model.read(&mut self.waiting).await? {
            let Some(looked) = self.photos.get_mut(photo) else {
                continue;
            };
            looked.waiting -= 1;
            if let Some(place) = looked.readings.get_mut(line) {
                *place = Some(reading);
            }
        }
        Ok(())
    }
}

/// Reads the text in the previews of the assets of these jobs. The fate of each, in their order.
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
    let mut turn = Turn {
        model: &model,
        resolution: resolution(config),
        settings: settings(config),
        photos: Vec::new(),
        waiting: Waiting::default(),
    };
    let mut fates: Vec<Result<Done, Failure>> = Vec::new();
    let mut since = app.now();
    for (number, job) in jobs.iter().enumerate() {
        let fate = turn.find(app, number, job).await;
        fates.push(fate.map(|()| Done::nothing()));
        keep(app, jobs, &mut since).await;
    }
    renew(app, jobs).await;
    let read = turn.read().await;
    let least_score = config.real("/machineLearning/ocr/minRecognitionScore");
    for looked in &turn.photos {
        let Some(fate) = fates.get_mut(looked.job).filter(|fate| fate.is_ok()) else {
            continue;
        };
        // A network that fails has read some of the lines only.
        *fate = match &read {
            _ if looked.waiting == 0 => {
                let lines = new_lines(app, looked, least_score);
                Ok(seen::keep(app, &looked.photo, &lines))
            }
            Err(failure) => Err(failure.clone()),
            Ok(()) => Err(Failure::Passing("lines that were not read".to_owned())),
        };
    }
    fates
}

/// The photo of a job; `None`: there is no such photo any more.
pub async fn photo(app: &App, job: &Job) -> Result<Option<Photo>, Failure> {
    let id = id_of(job)?;
    Ok(ocr::find(app.db(), id).await?)
}

/// The object key of a photo's preview. Errors: it has none.
pub fn preview(photo: &Photo) -> Result<&str, Failure> {
    let preview = photo.preview.as_deref();
    preview.ok_or_else(|| Failure::Final("the asset has no preview".to_owned()))
}

/// The lines that were read well enough.
fn new_lines(app: &App, looked: &Looked, least_score: f64) -> Vec<NewLine> {
    let read = looked.lines.iter().zip(&looked.readings);
    let read = read.filter_map(|(line, reading)| {
        let reading = reading.as_ref()?;
        let text = seen::legible(&reading.text, reading.score, least_score)?;
        Some(NewLine {
            id: app.uuid(),
            corners: corners(line, looked.size),
            box_score: line.score,
            text_score: reading.score.clamp(0.0, 1.0),
            text,
        })
    });
    read.collect()
}

fn resolution(config: &SystemConfig) -> Resolution {
    let shorter = config.int("/machineLearning/ocr/maxResolution");
    Resolution {
        shorter: u32::try_from(shorter).unwrap_or(u32::MAX),
        area: AREA,
    }
}

fn settings(config: &SystemConfig) -> Settings {
    Settings {
        least_score: config.real("/machineLearning/ocr/minDetectionScore"),
        ..Settings::default()
    }
}

/// Its corners as parts of the picture.
fn corners(line: &Line, (width, height): (u32, u32)) -> [(f64, f64); 4] {
    let (width, height) = (f64::from(width), f64::from(height));
    line.corners.map(|corner| {
        let part = |at: f64, side: f64| (at / side).clamp(0.0, 1.0);
        (part(corner.x, width), part(corner.y, height))
    })
}
