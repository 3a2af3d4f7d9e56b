//! Faces that a network found in a picture, and what is stored of them (docs/faces.md): by whoever had it look, the function `faces-ml`, a
//! service or a companion.

use edge_store::{
    face_vectors::{
        detect::{self, Known, Photo, Seen},
        recognize,
    },
    faces::Place,
};
use edge_vectors::code;

use super::edits_again;
use crate::{App, consumer::Done, service::answer::Faces};

/// How much the boxes of a stored face and one that is seen now have in common when they are the same.
const SAME: f64 = 0.5;

/// Left, upper, right and lower edge.
type Edges = [f64; 4];

/// Places of faces that somebody else found, and their codes. What they are not sure of, and what is not within the picture, is no face.
pub fn sure(found: Faces, least_score: f64) -> Vec<(Place, String)> {
    let size = found.size;
    let faces = found.faces.into_iter();
    let sure = faces.filter(|face| face.score >= least_score);
    let found = sure.filter_map(|face| Some((within(size, face.edges)?, code::of(&face.vector))));
    found.collect()
}

/// What is stored of a photo in which faces were found: their places and codes.
pub fn keep(app: &App, model_name: &str, photo: &Photo, found: Vec<(Place, String)>) -> Done {
    let (seen, gone) = matched(&photo.faces, found, || app.uuid());
    let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
    let now = app.now();
    let mut done = Done::with(detect::store(photo, model_name, &seen, &gone, now));
    if !seen.is_empty() {
        let next = recognize::job(app.uuid(), &photo.owner_id, now);
        done.next.push(next);
    }
    if photo.is_edited && seen.iter().any(|face| face.is_new) {
        done.next.push(edits_again(app, &photo.id));
    }
    done
}

/// Where a face with these edges is within a picture of this width and height, in whole pixels; `None`: nowhere.
pub fn within((width, height): (u32, u32), [x1, y1, x2, y2]: Edges) -> Option<Place> {
    let (width, height) = (pixels(width), pixels(height));
    #[expect(clippy::cast_possible_truncation, reason = "within the picture")]
    let pixel = |value: f64, side: i32| value.round().clamp(0.0, f64::from(side)) as i32;
    let place = Place {
        x1: pixel(x1, width),
        y1: pixel(y1, height),
        x2: pixel(x2, width),
        y2: pixel(y2, height),
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
        let overlap = |known: &&Known| overlap(parts(known.place), parts(place));
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
fn parts(place: Place) -> Edges {
    let part = |value: i32, side: i32| f64::from(value) / f64::from(side.max(1));
    [
        part(place.x1, place.width),
        part(place.y1, place.height),
        part(place.x2, place.width),
        part(place.y2, place.height),
    ]
}

fn area([x1, y1, x2, y2]: Edges) -> f64 {
    (x2 - x1).max(0.0) * (y2 - y1).max(0.0)
}

/// What both cover over what one of them covers: 0 apart, 1 the same.
fn overlap(one: Edges, other: Edges) -> f64 {
    let ([ax, ay, bx, by], [cx, cy, dx, dy]) = (one, other);
    let both = area([ax.max(cx), ay.max(cy), bx.min(dx), by.min(dy)]);
    let either = area(one) + area(other) - both;
    if either > 0.0 { both / either } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::answer::Face;

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

    #[test]
    fn what_nobody_is_sure_of_or_is_nowhere_is_no_face() {
        let face = |score: f64, edges: [f64; 4]| Face {
            edges,
            score,
            vector: vec![0.5; 4],
        };
        let found = Faces {
            size: (10, 10),
            faces: vec![
                face(0.9, [1.0, 1.0, 5.0, 50.0]),
                face(0.6, [1.0, 1.0, 5.0, 5.0]),
                face(0.9, [11.0, 1.0, 15.0, 5.0]),
            ],
        };
        let sure = sure(found, 0.7);
        let places: Vec<_> = sure.iter().map(|(place, _)| (place.x2, place.y2)).collect();
        assert_eq!(places, [(5, 10)]);
        // A picture of one pixel holds one at most.
        assert!(within((1, 1), [0.0, 0.0, 0.4, 0.4]).is_none());
        assert!(within((1, 1), [-3.0, -3.0, 4.0, 4.0]).is_some());
    }
}
