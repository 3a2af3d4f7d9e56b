//! Faces: where they are, straightened, and as vectors.
mod align;
mod decode;

pub use align::{aligned, embed_input, embedding};
pub use decode::{scrfd, yunet};

use crate::geometry::Point;
use crate::manifest::{Part, Reading};
use crate::picture::Picture;
use crate::staged::Named;
use crate::{Error, Tensor};

/// How much two boxes may cover of each other before the less likely one is dropped (insightface's rule for RetinaFace).
pub const OVERLAP: f64 = 0.4;
/// Most faces of a picture.
pub const MOST: usize = 1000;

/// A rectangle along the axes, pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub x1: f64,
    /// Upper edge.
    pub y1: f64,
    /// Right edge.
    pub x2: f64,
    /// Lower edge.
    pub y2: f64,
}

impl Frame {
    fn area(&self) -> f64 {
        (self.x2 - self.x1).max(0.0) * (self.y2 - self.y1).max(0.0)
    }

    /// What both cover over what one of them covers: 0 apart, 1 the same.
    pub fn overlap(&self, other: &Self) -> f64 {
        let both = Self {
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
            x2: self.x2.min(other.x2),
            y2: self.y2.min(other.y2),
        };
        let either = self.area() + other.area() - both.area();
        if either > 0.0 {
            both.area() / either
        } else {
            0.0
        }
    }
}

/// A face in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Face {
    /// Where it is, in pixels of the picture; it may reach outside.
    pub frame: Frame,
    /// How sure the network is, 0 to 1.
    pub score: f64,
    /// The eye at the left of the picture, the other one, the nose, the corners of the mouth in the same order.
    pub landmarks: [Point; 5],
}

impl Face {
    /// Scaled to a picture whose pixels are `1 / scale` of these.
    fn enlarged(&self, scale: f64) -> Self {
        let point = |point: &Point| Point::new(point.x / scale, point.y / scale);
        let Frame { x1, y1, x2, y2 } = self.frame;
        Self {
            frame: Frame {
                x1: x1 / scale,
                y1: y1 / scale,
                x2: x2 / scale,
                y2: y2 / scale,
            },
            score: self.score,
            landmarks: self.landmarks.each_ref().map(point),
        }
    }

    fn is_finite(&self) -> bool {
        let Frame { x1, y1, x2, y2 } = self.frame;
        let landmarks = self.landmarks.iter().flat_map(|point| [point.x, point.y]);
        [x1, y1, x2, y2, self.score]
            .into_iter()
            .chain(landmarks)
            .all(f64::is_finite)
            && self.frame.area() > 0.0
    }
}

/// The input of the detecting part for one picture, and how many of its pixels one of the picture is. Errors: the part does not see.
pub fn detect_input(part: &Part, picture: &Picture) -> Result<(Named, f64), Error> {
    let missing = || Error::Manifest("face detection without pixels or input".into());
    let look = part.look.as_ref().ok_or_else(missing)?;
    let input = part.inputs.first().ok_or_else(missing)?;
    let (fitted, scale) = look.fitted(picture);
    Ok((
        Named::from([(input.name.clone(), look.tensor(&fitted)?)]),
        scale,
    ))
}

/// The faces that the answers of the detecting part hold, the surest first, each once.
///
/// # Errors
/// The answers are of other shapes than this kind of network makes.
pub fn detected(
    part: &Part,
    answers: &[Tensor],
    scale: f64,
    least_score: f64,
) -> Result<Vec<Face>, Error> {
    let (width, height) = part
        .look
        .as_ref()
        .map_or((0, 0), |look| (look.width, look.height));
    let names = part.outputs.iter().map(String::as_str);
    let named: Vec<(&str, &Tensor)> = names.zip(answers).collect();
    let found = match part.reading {
        Reading::Yunet => yunet(&named, (width, height), least_score)?,
        Reading::Scrfd => scrfd(answers, (width, height), least_score)?,
        other => return Err(Error::Manifest(format!("{other:?} finds no faces"))),
    };
    Ok(each_once(found)
        .iter()
        .map(|face| face.enlarged(scale))
        .collect())
}

/// The surest of those that cover each other (non-maximum suppression).
fn each_once(mut faces: Vec<Face>) -> Vec<Face> {
    faces.retain(Face::is_finite);
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        if kept.len() == MOST {
            break;
        }
        if kept
            .iter()
            .all(|other| other.frame.overlap(&face.frame) <= OVERLAP)
        {
            kept.push(face);
        }
    }
    kept
}

#[cfg(test)]
#[path = "faces_tests.rs"]
mod tests;
