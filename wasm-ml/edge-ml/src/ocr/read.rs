//! Reading a line: cut out straight, and characters from what the network says of each place (CTC).
use edge_resample::Filter;

use super::Line;
use crate::geometry::Perspective;
use crate::manifest::Part;
use crate::num::{floor, single};
use crate::picture::{Outside, Picture, warp};
use crate::staged::Named;
use crate::{Error, Tensor};

/// Height of a line for the network.
const HEIGHT: u32 = 48;
/// Width of the shortest input: shorter lines are filled up with grey.
const LEAST_WIDTH: u32 = 320;
/// Widths are multiples of it: another shape is another plan for the engine.
const WIDTH_STEP: u32 = 160;
/// Longest input; longer lines are squeezed.
const MOST_WIDTH: u32 = 3200;
/// From which proportion of height to width a line is taken to run down.
const UPRIGHT: f64 = 1.5;
/// Longest side of what is cut out, pixels.
const MOST_SIDE: u32 = 8192;

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The text.
    pub text: String,
    /// How sure the network is of its characters on average, 0 to 1.
    pub score: f64,
}

/// The characters of a recognising network, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dictionary {
    characters: Vec<String>,
}

impl Dictionary {
    /// From the bytes of a file with one character a line. Number 0 is no character, and a space comes behind the last.
    ///
    /// # Errors
    /// It is no UTF-8, or empty.
    pub fn new(bytes: &[u8]) -> Result<Self, Error> {
        let text =
            std::str::from_utf8(bytes).map_err(|error| Error::Vocabulary(error.to_string()))?;
        let lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let lines = lines.map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned());
        let characters: Vec<String> = std::iter::once(String::new())
            .chain(lines)
            .chain(std::iter::once(" ".to_owned()))
            .collect();
        if characters.len() < 4 {
            return Err(Error::Vocabulary("no characters".into()));
        }
        Ok(Self { characters })
    }

    /// What the answer of the network, places x characters, says: the likeliest character of each place, once as long as it stays
    /// the same.
    ///
    /// # Errors
    /// The network knows another number of characters.
    pub fn read(&self, answers: &[Tensor]) -> Result<Reading, Error> {
        let answer = answers
            .first()
            .ok_or_else(|| Error::Shape("no answer".into()))?;
        let known = self.characters.len();
        let [1, _, characters] = answer.shape() else {
            return Err(Error::Shape(format!("{:?} says no text", answer.shape())));
        };
        if *characters != known {
            return Err(Error::Shape(format!(
                "{characters} characters, {known} in the dictionary"
            )));
        }
        let mut text = String::new();
        let (mut sum, mut count, mut last) = (0.0, 0.0, 0);
        for place in answer.singles()?.chunks(known) {
            let likeliest =
                place
                    .iter()
                    .enumerate()
                    .fold((0, f32::NEG_INFINITY), |best, (index, value)| {
                        if *value > best.1 {
                            (index, *value)
                        } else {
                            best
                        }
                    });
            let (index, value) = likeliest;
            if index != 0 && index != last {
                text.push_str(self.characters.get(index).map_or("", String::as_str));
                sum += f64::from(value);
                count += 1.0;
            }
            last = index;
        }
        let score = if count > 0.0 { sum / count } else { 0.0 };
        Ok(Reading { text, score })
    }
}

/// A line cut out of its picture, straight; turned to the left when it is half as high again as wide. `None` for one without extent.
pub fn line(picture: &Picture, line: &Line) -> Option<Picture> {
    let [a, b, c, d] = line.corners;
    let side = |first: f64, second: f64| floor(first.max(second)).min(MOST_SIDE);
    let (width, height) = (
        side(a.distance(b), c.distance(d)),
        side(a.distance(d), b.distance(c)),
    );
    if width == 0 || height == 0 {
        return None;
    }
    let map = Perspective::onto(&line.corners)?;
    let (wide, high) = (f64::from(width), f64::from(height));
    let place = |x: f64, y: f64| {
        let place = map.at(x / wide, y / high);
        (place.x, place.y)
    };
    Some(if high / wide >= UPRIGHT {
        // What was at the right is at the top.
        warp(picture, height, width, Outside::Edge, |x, y| {
            place(wide - 1.0 - y, x)
        })
    } else {
        warp(picture, width, height, Outside::Edge, place)
    })
}

/// The input of the reading part for one line, as [`line()`] cut it out: 48 high, filled up at the right with what a grey pixel is to
/// the network. Errors: the part does not see.
pub fn read_input(part: &Part, line: &Picture) -> Result<Named, Error> {
    let missing = || Error::Manifest("text recognition without pixels or input".into());
    let look = part.look.as_ref().ok_or_else(missing)?;
    let input = part.inputs.first().ok_or_else(missing)?;
    let proportion = f64::from(line.width()) / f64::from(line.height());
    let width = floor((f64::from(HEIGHT) * proportion).ceil()).clamp(1, MOST_WIDTH);
    let scaled = look.tensor(&line.scaled(width, HEIGHT, Filter::Nearest4))?;
    let wanted = width.max(LEAST_WIDTH).next_multiple_of(WIDTH_STEP) as usize;
    let mut numbers = Vec::with_capacity(3 * HEIGHT as usize * wanted);
    for row in scaled.singles()?.chunks(width as usize) {
        numbers.extend_from_slice(row);
        numbers.resize(numbers.len() + wanted - row.len(), single(0.0));
    }
    let tensor = Tensor::f32([1, 3, HEIGHT as usize, wanted], numbers)?;
    Ok(Named::from([(input.name.clone(), tensor)]))
}
