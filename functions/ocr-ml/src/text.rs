//! `Ocr`: the lines of text in a picture (api/jobs-ml.md sections 6.2 and 6.4).

use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_installed::picture;
use edge_ml::{
    ocr::{Line, Reading, Resolution, Settings},
    picture::Picture,
};
use edge_store::{
    jobs::{Job, NewJob},
    ocr::{self, NewLine, Photo},
};
use serde_json::json;

use crate::model::Model;

/// Most pixels that text is looked for in. Memory grows with them: in a Worker 65 MiB at this size, 90 at 736 x 736 (docs/costs.md).
/// Elsewhere a picture of usual proportions is seen as large as it is configured.
const AREA: u64 = if cfg!(all(target_arch = "wasm32", target_os = "unknown")) {
    640 * 640
} else {
    2_000_000
};

/// Reads the text in the preview of an asset.
pub async fn run(
    app: &App,
    job: &Job,
    config: &SystemConfig,
    model_name: &str,
) -> Result<Done, Failure> {
    let id = job.text("id");
    let id = id.ok_or_else(|| Failure::Final("payload without id".to_owned()))?;
    let Some(photo) = ocr::find(app.db(), id).await? else {
        return Ok(Done::nothing());
    };
    let preview = photo.preview.as_deref();
    let preview = preview.ok_or_else(|| Failure::Final("the asset has no preview".to_owned()))?;
    let picture = picture::read(app, preview).await?;
    let mut model = Model::open(app, model_name).await?;
    let lines = model
        .lines(&picture, resolution(config), &settings(config))
        .await?;
    let least_score = config.real("/machineLearning/ocr/minRecognitionScore");
    let readings = model.read(&picture, &lines).await?;
    let read = lines.iter().zip(&readings).filter_map(|(line, reading)| {
        let text = legible(reading, least_score)?;
        Some(NewLine {
            id: app.uuid(),
            corners: corners(line, &picture),
            box_score: line.score,
            text_score: reading.score.clamp(0.0, 1.0),
            text,
        })
    });
    let read: Vec<NewLine> = read.collect();
    let mut done = Done::with(ocr::store(&photo.id, &read, app.now()));
    done.next.extend(edits_again(app, &photo, &read));
    Ok(done)
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

/// What a line says, if the network is sure enough of it and it is a text. Databases take no NUL.
fn legible(reading: &Reading, least_score: f64) -> Option<String> {
    if reading.score.is_nan() || reading.score <= least_score {
        return None;
    }
    let text = reading.text.replace(char::is_control, "");
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Its corners as parts of the picture.
fn corners(line: &Line, picture: &Picture) -> [(f64, f64); 4] {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    line.corners.map(|corner| {
        let part = |at: f64, side: f64| (at / side).clamp(0.0, 1.0);
        (part(corner.x, width), part(corner.y, height))
    })
}

/// The job that finds out which of the lines edits have cut away.
fn edits_again(app: &App, photo: &Photo, read: &[NewLine]) -> Option<NewJob> {
    let kind = JobName::AssetEditThumbnailGeneration;
    (photo.is_edited && !read.is_empty()).then(|| {
        let job = NewJob::new(app.uuid(), kind, json!({ "id": photo.id }), app.now());
        job.once(format!("{kind}:{}", photo.id))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_sure_or_says_nothing_is_no_line() {
        let reading = |text: &str, score: f64| Reading {
            text: text.to_owned(),
            score,
        };
        for (reading, expected) in [
            (reading(" a\u{0}b ", 0.9), Some("ab")),
            (reading("ab", 0.8), None),
            (reading("ab", f64::NAN), None),
            (reading(" \u{7}", 0.9), None),
        ] {
            assert_eq!(legible(&reading, 0.8).as_deref(), expected);
        }
    }
}
