//! Faces turned and scaled so that eyes, nose and mouth are where the recognising networks were trained to find them.
use super::Face;
use crate::geometry::{Point, Similarity};
use crate::manifest::Part;
use crate::picture::{Outside, Picture, warp};
use crate::staged::Named;
use crate::{Error, Tensor, tensor};

/// Side of a straightened face, pixels.
const SIDE: u32 = 112;
/// Where the landmarks belong in it (ArcFace's template, which SFace shares).
const TEMPLATE: [Point; 5] = [
    Point::new(38.2946, 51.6963),
    Point::new(73.5318, 51.5014),
    Point::new(56.0252, 71.7366),
    Point::new(41.5493, 92.3655),
    Point::new(70.7299, 92.2041),
];

/// The face as a picture of 112 x 112 pixels, black where the photo ends. Errors: its landmarks are all in one place.
pub fn aligned(picture: &Picture, face: &Face) -> Result<Picture, Error> {
    let map = Similarity::between(&face.landmarks, &TEMPLATE);
    let back = map
        .ok_or_else(|| Error::Shape("a face without extent".into()))?
        .inverse();
    Ok(warp(picture, SIDE, SIDE, Outside::Black, |x, y| {
        let place = back.apply(Point::new(x, y));
        (place.x, place.y)
    }))
}

/// The input of the recognising part for one face. Errors: as [`aligned`], or the part does not see.
pub fn embed_input(part: &Part, picture: &Picture, face: &Face) -> Result<Named, Error> {
    let missing = || Error::Manifest("face recognition without pixels or input".into());
    let look = part.look.as_ref().ok_or_else(missing)?;
    let input = part.inputs.first().ok_or_else(missing)?;
    let tensor = look.tensor(&aligned(picture, face)?)?;
    Ok(Named::from([(input.name.clone(), tensor)]))
}

/// The vector of a face, of length 1, from the answer of the recognising part. Errors: it has no direction.
pub fn embedding(answers: &[Tensor]) -> Result<Vec<f32>, Error> {
    let vector = answers
        .first()
        .ok_or_else(|| Error::Shape("no vector".into()))?;
    tensor::normalised(vector.singles()?)
}
