//! What networks see in pictures, in a process of their own and within its limits (`child`): by the code of the functions, so that the same
//! numbers come out. It is given pixels ([`super::pixels`]), never a file of strangers, and stays for the next picture.
//!
//! `immich-companion --look <order>` answers each [`Question`], a line, with an [`Answer`], a line. It ends when nothing was asked for long.

use std::fs;
use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use edge_ml::faces;
use edge_ml::manifest::Part;
use edge_ml::ocr::{self, Dictionary, ROOMY, Reading, Resolution, Settings};
use edge_ml::picture::Picture;
use edge_ml::staged::{self, Named};
use edge_ml::{Error, Keeping, Tensor, Tract, clip};
use edge_protocol::learning::{Face, Line, MOST_FACES};
use futures::executor::block_on;

use super::cache;
use super::files::Files;
use super::order::{Answer, Kind, LOOK, Network, Question, Wanted};
use crate::child;

/// A network that nobody asked for so long ends, and gives its memory back.
const IDLE: Duration = Duration::from_mins(5);
/// Faces or lines that wait before a network at once: a line has 2 MB at most.
const AT_ONCE: usize = 64;
/// What of its memory a process has for networks that stay loaded; the rest is for pictures and for loading.
const KEPT: u64 = 4;

/// The order, if this process is to run a network.
pub fn asked() -> Option<String> {
    child::order(LOOK)
}

/// Does as ordered, and prints the answers.
pub fn run(order: &str) -> ExitCode {
    child::carry_out("it broke on this picture", || serve(order))
}

fn serve(order: &str) -> Result<()> {
    let order: Network = serde_json::from_str(order).context("this is no order")?;
    let manifest = fs::read(&order.manifest).context("the companion's disk")?;
    let loaded = Loaded::of(&order, &manifest);
    let questions = questions();
    let mut said = std::io::stdout();
    // It ends as well when nobody is there any more who could ask.
    while let Ok(line) = questions.recv_timeout(IDLE) {
        let question: Question = serde_json::from_str(&line).context("this is no question")?;
        let answer = match &loaded {
            Ok(loaded) => loaded.look(&question)?,
            Err(reason) => Answer::Refused(reason.clone()),
        };
        let mut text = serde_json::to_vec(&answer)?;
        text.push(b'\n');
        said.write_all(&text)?;
        said.flush()?;
    }
    Ok(())
}

/// What is asked, line by line.
fn questions() -> Receiver<String> {
    let (sender, questions) = channel();
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    questions
}

/// A model, whose networks are read when they are needed and stay loaded then.
struct Loaded {
    kind: Kind,
    parts: Vec<Part>,
    files: Files,
    engine: Keeping<Tract>,
}

impl Loaded {
    fn of(order: &Network, manifest: &[u8]) -> Result<Self, String> {
        let parts = cache::parts(manifest, order.kind)?;
        Ok(Self {
            kind: order.kind,
            files: Files::of(&parts, &order.folder),
            parts,
            engine: Keeping::new(Tract, order.memory / KEPT),
        })
    }

    /// What the model sees. Errors: the disk.
    fn look(&self, question: &Question) -> Result<Answer> {
        let pixels = fs::read(&question.pixels).context("the companion's disk")?;
        let (width, height) = question.size;
        let picture = Picture::new(width, height, pixels);
        let wanted = question.wanted;
        let seen = picture.and_then(|picture| match (self.kind, self.parts.as_slice()) {
            (Kind::Vector, [part]) => self.vector(&picture, part).map(Answer::Vector),
            (Kind::Faces, [finds, knows]) => {
                let faces = self.faces(&picture, (finds, knows), wanted);
                faces.map(Answer::Faces)
            }
            (Kind::Text, [finds, reads]) => {
                let lines = self.text(&picture, (finds, reads), wanted);
                lines.map(Answer::Text)
            }
            _ => Err(Error::Manifest("other parts".to_owned())),
        });
        Ok(seen.unwrap_or_else(|error| refused(&error)))
    }

    /// The answers of a part to inputs, in their order.
    fn all(
        &self,
        part: &Part,
        inputs: Vec<Named>,
    ) -> Result<Vec<Result<Vec<Tensor>, Error>>, Error> {
        block_on(staged::run(&self.engine, &self.files, part, inputs))
    }

    /// The answer of a part to one input.
    fn one(&self, part: &Part, input: Named) -> Result<Vec<Tensor>, Error> {
        let answer = self.all(part, vec![input])?.pop();
        answer.unwrap_or_else(|| Err(Error::Shape("no answer".to_owned())))
    }

    fn vector(&self, picture: &Picture, part: &Part) -> Result<Vec<f32>, Error> {
        let answer = self.one(part, clip::visual(part, picture)?)?;
        clip::vector(&answer)
    }

    /// The faces, the surest first. What has no extent or no direction, or is said by what are no numbers, is no face.
    fn faces(
        &self,
        picture: &Picture,
        (finds, knows): (&Part, &Part),
        wanted: Wanted,
    ) -> Result<Vec<Face>, Error> {
        let (input, scale) = faces::detect_input(finds, picture)?;
        let answer = self.one(finds, input)?;
        let mut found = faces::detected(finds, &answer, scale, wanted.least_score)?;
        found.truncate(MOST_FACES);
        let mut seen = Vec::new();
        for some in found.chunks(AT_ONCE) {
            let straight = some.iter().filter_map(|face| {
                let input = faces::embed_input(knows, picture, face).ok()?;
                Some((face, input))
            });
            let (some, inputs): (Vec<&faces::Face>, Vec<Named>) = straight.unzip();
            for (face, answer) in some.into_iter().zip(self.all(knows, inputs)?) {
                let faces::Frame { x1, y1, x2, y2 } = face.frame;
                let Ok(vector) = faces::embedding(&answer?) else {
                    continue;
                };
                if are_numbers(&[x1, y1, x2, y2, face.score]) {
                    seen.push(Face {
                        edges: [x1, y1, x2, y2],
                        score: face.score,
                        vector,
                    });
                }
            }
        }
        Ok(seen)
    }

    /// The lines in reading order.
    fn text(
        &self,
        picture: &Picture,
        (finds, reads): (&Part, &Part),
        wanted: Wanted,
    ) -> Result<Vec<Line>, Error> {
        let resolution = Resolution {
            shorter: wanted.shorter,
            area: ROOMY,
        };
        let Some(input) = ocr::detect_input(finds, picture, resolution)? else {
            return Ok(Vec::new());
        };
        let answer = self.one(finds, input)?;
        let size = (picture.width(), picture.height());
        let settings = Settings {
            least_score: wanted.least_score,
            ..Settings::default()
        };
        let lines = ocr::detected(&answer, size, &settings)?;
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        let readings = self.read(picture, reads, &lines)?;
        let read = lines.iter().zip(readings);
        let read = read.filter_map(|(line, reading)| told(line, reading?, size));
        Ok(read.collect())
    }

    /// What the lines say; `None`: one has no extent.
    fn read(
        &self,
        picture: &Picture,
        part: &Part,
        lines: &[ocr::Line],
    ) -> Result<Vec<Option<Reading>>, Error> {
        let words = part.words.as_ref();
        let words = words.ok_or_else(|| Error::Manifest("no characters".to_owned()))?;
        let characters = block_on(staged::read(&self.files, &words.blob))?;
        let dictionary = Dictionary::new(&characters)?;
        let mut readings = vec![None; lines.len()];
        let places: Vec<usize> = (0..lines.len()).collect();
        for some in places.chunks(AT_ONCE) {
            let mut cuts = Vec::new();
            for place in some {
                let straight = lines.get(*place).and_then(|line| ocr::line(picture, line));
                if let Some(straight) = straight {
                    let input = ocr::read_input(part, &straight)?;
                    cuts.push((volume(&input), *place, input));
                }
            }
            // Those of one width behind each other: another one is another plan.
            cuts.sort_by_key(|(volume, place, _)| (*volume, *place));
            let cuts = cuts.into_iter().map(|(_, place, input)| (place, input));
            let (some, inputs): (Vec<usize>, Vec<Named>) = cuts.unzip();
            let mut answers = Vec::new();
            let take = |answer: Result<Vec<Tensor>, Error>| {
                answers.push(answer.and_then(|answer| dictionary.read(&answer)));
            };
            block_on(staged::run_each(
                &self.engine,
                &self.files,
                part,
                inputs,
                take,
            ))?;
            for (place, reading) in some.into_iter().zip(answers) {
                if let Some(free) = readings.get_mut(place) {
                    *free = Some(reading?);
                }
            }
        }
        Ok(readings)
    }
}

/// Numbers of an input.
fn volume(input: &Named) -> usize {
    let volumes = input
        .values()
        .map(|tensor| tensor.shape().iter().product::<usize>());
    volumes.sum()
}

/// Whether numbers are some: JSON has no others, and one of a broken network would be the end of its whole answer.
fn are_numbers(numbers: &[f64]) -> bool {
    numbers.iter().all(|number| number.is_finite())
}

/// A line as it is told, its corners as parts of a picture of this size; `None`: what are no numbers say where it is or how sure it is.
fn told(line: &ocr::Line, reading: Reading, (width, height): (u32, u32)) -> Option<Line> {
    let part = |at: f64, side: u32| (at / f64::from(side.max(1))).clamp(0.0, 1.0);
    let [a, b, c, d] = line.corners;
    let [a, b, c, d] = [a, b, c, d].map(|corner| (part(corner.x, width), part(corner.y, height)));
    let corners = [a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1];
    let is_line = are_numbers(&corners) && are_numbers(&[line.score, reading.score]);
    is_line.then_some(Line {
        corners,
        box_score: line.score,
        text_score: reading.score,
        text: reading.text,
    })
}

/// What is wrong with files may be mended by reading them again; the rest stays wrong until another model is installed.
fn refused(error: &Error) -> Answer {
    let reason = format!("model: {error}");
    match error {
        Error::Source { .. }
        | Error::CutOff { .. }
        | Error::TooLong { .. }
        | Error::Checksum { .. } => Answer::Damaged(reason),
        _ => Answer::Refused(reason),
    }
}

#[cfg(test)]
mod tests {
    use edge_ml::geometry::Point;

    use super::*;

    fn line(x: f64, [of_box, of_text]: [f64; 2]) -> Option<Line> {
        let corners = [Point { x, y: 1.0 }; 4];
        let line = ocr::Line {
            corners,
            score: of_box,
        };
        let reading = Reading {
            text: "STOP".to_owned(),
            score: of_text,
        };
        told(&line, reading, (10, 10))
    }

    #[test]
    fn what_no_numbers_say_is_left_out() {
        assert!(line(5.0, [0.9; 2]).is_some_and(|line| line.text == "STOP"));
        for (x, scores) in [
            (f64::NAN, [0.9; 2]),
            (5.0, [f64::NAN, 0.9]),
            (5.0, [0.9, f64::INFINITY]),
        ] {
            assert!(line(x, scores).is_none(), "{x} {scores:?}");
        }
    }
}
