//! Lines of text that a network read in a picture, and what is stored of them (docs/ocr.md): by whoever had it look, the function `ocr-ml`, a
//! service or a companion.

use edge_api::config::SystemConfig;
use edge_store::ocr::{self, NewLine, Photo};

use super::edits_again;
use crate::{App, consumer::Done, service::answer::Line};

/// The lines that somebody else read and that they are sure enough of.
pub fn sure(app: &App, lines: Vec<Line>, config: &SystemConfig) -> Vec<NewLine> {
    let least = |name: &str| config.real(&format!("/machineLearning/ocr/{name}"));
    let (least_box, least_text) = (least("minDetectionScore"), least("minRecognitionScore"));
    let found = lines.into_iter().filter(|line| line.box_score >= least_box);
    let read = found.filter_map(|line| {
        Some(NewLine {
            id: app.uuid(),
            corners: line.corners,
            box_score: line.box_score,
            text_score: line.text_score,
            text: legible(&line.text, line.text_score, least_text)?,
        })
    });
    read.collect()
}

/// What is stored of a photo with these lines.
pub fn keep(app: &App, photo: &Photo, lines: &[NewLine]) -> Done {
    let mut done = Done::with(ocr::store(&photo.id, lines, app.now()));
    if photo.is_edited && !lines.is_empty() {
        done.next.push(edits_again(app, &photo.id));
    }
    done
}

/// What a line says, if the network is sure enough of it and it is a text. Databases take no NUL.
pub fn legible(text: &str, score: f64, least_score: f64) -> Option<String> {
    if score.is_nan() || score <= least_score {
        return None;
    }
    let text = text.replace(char::is_control, "");
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_sure_or_says_nothing_is_no_line() {
        for (text, score, expected) in [
            (" a\u{0}b ", 0.9, Some("ab")),
            ("ab", 0.8, None),
            ("ab", f64::NAN, None),
            (" \u{7}", 0.9, None),
        ] {
            assert_eq!(legible(text, score, 0.8).as_deref(), expected);
        }
    }
}
