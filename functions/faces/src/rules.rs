//! What a box may be like.

use edge_api::faces::{FaceCreate, FaceResponse};
use edge_http::{Error, Result};
use edge_store::{assets::frame::Frame, faces::Place};

/// The part of the box that lies within the image. Errors: there is none, or the image has no pixels or more than any has.
pub fn place(face: &FaceCreate) -> Result<Place> {
    let inside = |start: i64, length: i64, image: i64| {
        let from = start.clamp(0, image);
        let to = start.saturating_add(length).clamp(0, image);
        Some((i32::try_from(from).ok()?, i32::try_from(to).ok()?)).filter(|(from, to)| from < to)
    };
    let horizontal = inside(face.x, face.width, face.image_width.max(0));
    let vertical = inside(face.y, face.height, face.image_height.max(0));
    let sides = i32::try_from(face.image_width)
        .ok()
        .zip(i32::try_from(face.image_height).ok());
    let (Some((x1, x2)), Some((y1, y2)), Some((width, height))) = (horizontal, vertical, sides)
    else {
        return Err(Error::bad_request("The face must lie within the image"));
    };
    Ok(Place {
        x1,
        y1,
        x2,
        y2,
        width,
        height,
    })
}

/// Moves the box of a face to where it is on the edited picture.
pub fn show(face: &mut FaceResponse, frame: &Frame) {
    let side = |pixels: i64| i32::try_from(pixels.max(0)).unwrap_or(i32::MAX);
    let place = frame.shown(Place {
        x1: side(face.x1),
        y1: side(face.y1),
        x2: side(face.x2),
        y2: side(face.y2),
        width: side(face.image_width),
        height: side(face.image_height),
    });
    (face.x1, face.y1) = (place.x1.into(), place.y1.into());
    (face.x2, face.y2) = (place.x2.into(), place.y2.into());
    (face.image_width, face.image_height) = (place.width.into(), place.height.into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_api::id::{AssetId, PersonId};

    fn face(place: [i64; 4], image: (i64, i64)) -> FaceCreate {
        FaceCreate {
            asset_id: AssetId::from_trusted("a"),
            person_id: PersonId::from_trusted("p"),
            x: place[0],
            y: place[1],
            width: place[2],
            height: place[3],
            image_width: image.0,
            image_height: image.1,
        }
    }

    #[test]
    fn a_box_is_cut_at_the_edge_of_the_image() {
        let cut = place(&face([-5, 90, 20, 20], (200, 100))).ok();
        let wanted = Place {
            x1: 0,
            y1: 90,
            x2: 15,
            y2: 100,
            width: 200,
            height: 100,
        };
        assert_eq!(cut, Some(wanted));
        for (sides, image) in [
            ([0, 0, 0, 10], (100, 100)),
            ([0, 0, -1, 10], (100, 100)),
            ([100, 0, 10, 10], (100, 100)),
            ([0, 0, 10, 10], (0, 100)),
            ([0, 0, 10, 10], (-1, 100)),
            ([0, 0, i64::MAX, 10], (i64::MAX, 100)),
            ([0, 0, 10, 10], (1 << 40, 100)),
        ] {
            assert!(place(&face(sides, image)).is_err(), "{sides:?} {image:?}");
        }
    }
}
