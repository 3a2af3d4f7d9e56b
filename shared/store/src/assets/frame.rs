//! Where things are on an edited picture: boxes are stored in pixels of the upright original, and shown and drawn in those of
//! the edited picture (api/features.md section A, Faces).

use edge_api::{
    assets::{AssetEdit, Crop},
    enums::MirrorAxis,
};

use crate::faces::Place;

/// A picture that has edits.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Width and height of the upright original, pixels.
    pub size: (i64, i64),
    /// In the order they are applied.
    pub edits: Vec<AssetEdit>,
}

/// A box and the picture it is in, pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Region {
    x: (f64, f64),
    y: (f64, f64),
    size: (f64, f64),
}

impl Frame {
    /// A box of the original as it is shown, in pixels of the edited picture in full size; what lies outside of it is cut off.
    pub fn shown(&self, place: Place) -> Place {
        let start = region(place, self.full());
        let end = self.edits.iter().fold(start, forward);
        end.place()
    }

    /// Points of the original (parts of its sides, 0 to 1) as parts of the edited picture; what lies outside of it is at its edge.
    pub fn shown_points<const N: usize>(&self, points: [(f64, f64); N]) -> [(f64, f64); N] {
        let size = self.full();
        points.map(|(x, y)| {
            let (x, y) = (x * size.0, y * size.1);
            let start = Region {
                x: (x, x),
                y: (y, y),
                size,
            };
            let end = self.edits.iter().fold(start, forward);
            let part = |at: f64, side: f64| (at / side.max(1.0)).clamp(0.0, 1.0);
            (part(end.x.0, end.size.0), part(end.y.0, end.size.1))
        })
    }

    /// A box on the edited picture, in whatever size it was drawn, as it is stored: in pixels of the original.
    pub fn original(&self, place: Place) -> Place {
        let mut sizes = vec![self.full()];
        for edit in &self.edits {
            let size = sizes.last().copied().unwrap_or_default();
            sizes.push(after(size, edit));
        }
        let drawn = region(place, sizes.pop().unwrap_or_default());
        let steps = self.edits.iter().zip(sizes).rev();
        let found = steps.fold(drawn, |region, (edit, size)| backward(region, edit, size));
        found.place()
    }

    #[expect(clippy::cast_precision_loss, reason = "sides of pictures")]
    fn full(&self) -> (f64, f64) {
        (self.size.0 as f64, self.size.1 as f64)
    }
}

/// A box in a picture of another size.
fn region(place: Place, size: (f64, f64)) -> Region {
    let (across, down) = (
        size.0 / f64::from(place.width.max(1)),
        size.1 / f64::from(place.height.max(1)),
    );
    Region {
        x: (f64::from(place.x1) * across, f64::from(place.x2) * across),
        y: (f64::from(place.y1) * down, f64::from(place.y2) * down),
        size,
    }
}

impl Region {
    #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
    fn place(self) -> Place {
        let at = |value: f64, most: f64| value.clamp(0.0, most.max(0.0)).round() as i32;
        let (width, height) = self.size;
        Place {
            x1: at(self.x.0, width),
            y1: at(self.y.0, height),
            x2: at(self.x.1, width),
            y2: at(self.y.1, height),
            width: at(width, width),
            height: at(height, height),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "sides of pictures")]
fn sides(crop: &Crop) -> (f64, f64, f64, f64) {
    (
        crop.x as f64,
        crop.y as f64,
        crop.width as f64,
        crop.height as f64,
    )
}

/// The size of a picture after an edit.
fn after((width, height): (f64, f64), edit: &AssetEdit) -> (f64, f64) {
    match edit {
        AssetEdit::Crop(crop) => {
            let (_, _, width, height) = sides(crop);
            (width, height)
        }
        AssetEdit::Rotate(rotate) if matches!(rotate.angle, 90 | 270) => (height, width),
        AssetEdit::Rotate(_) | AssetEdit::Mirror(_) => (width, height),
    }
}

fn moved((from, to): (f64, f64), by: f64) -> (f64, f64) {
    (from + by, to + by)
}

/// As seen from the other end of a side.
fn flipped((from, to): (f64, f64), side: f64) -> (f64, f64) {
    (side - to, side - from)
}

fn forward(region: Region, edit: &AssetEdit) -> Region {
    let Region { x, y, size } = region;
    let (width, height) = size;
    let (x, y) = match edit {
        AssetEdit::Crop(crop) => {
            let (left, top, ..) = sides(crop);
            (moved(x, -left), moved(y, -top))
        }
        AssetEdit::Rotate(rotate) => match rotate.angle {
            90 => (flipped(y, height), x),
            180 => (flipped(x, width), flipped(y, height)),
            270 => (y, flipped(x, width)),
            _ => (x, y),
        },
        AssetEdit::Mirror(mirror) => mirrored(x, y, size, mirror.axis),
    };
    Region {
        x,
        y,
        size: after(size, edit),
    }
}

/// The way back of [`forward`] to a picture of `size`.
fn backward(region: Region, edit: &AssetEdit, size: (f64, f64)) -> Region {
    let Region { x, y, .. } = region;
    let (width, height) = size;
    let (x, y) = match edit {
        AssetEdit::Crop(crop) => {
            let (left, top, ..) = sides(crop);
            (moved(x, left), moved(y, top))
        }
        AssetEdit::Rotate(rotate) => match rotate.angle {
            90 => (y, flipped(x, height)),
            180 => (flipped(x, width), flipped(y, height)),
            270 => (flipped(y, width), x),
            _ => (x, y),
        },
        AssetEdit::Mirror(mirror) => mirrored(x, y, size, mirror.axis),
    };
    Region { x, y, size }
}

fn mirrored(
    x: (f64, f64),
    y: (f64, f64),
    (width, height): (f64, f64),
    axis: MirrorAxis,
) -> ((f64, f64), (f64, f64)) {
    match axis {
        MirrorAxis::Horizontal => (flipped(x, width), y),
        MirrorAxis::Vertical => (x, flipped(y, height)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_api::assets::{Mirror, Rotate};

    fn place(corners: [i32; 4], size: (i32, i32)) -> Place {
        let [x1, y1, x2, y2] = corners;
        Place {
            x1,
            y1,
            x2,
            y2,
            width: size.0,
            height: size.1,
        }
    }

    fn frame(edits: Vec<AssetEdit>) -> Frame {
        Frame {
            size: (400, 300),
            edits,
        }
    }

    const CROP: AssetEdit = AssetEdit::Crop(Crop {
        x: 100,
        y: 50,
        width: 200,
        height: 150,
    });

    fn turn(angle: i64) -> AssetEdit {
        AssetEdit::Rotate(Rotate { angle })
    }

    fn mirror(axis: MirrorAxis) -> AssetEdit {
        AssetEdit::Mirror(Mirror { axis })
    }

    #[test]
    fn points_follow_the_edits() {
        let points = [(0.5, 0.5), (0.0, 1.0)];
        for (edits, expected) in [
            (vec![CROP], [(0.5, 2.0 / 3.0), (0.0, 1.0)]),
            (vec![turn(90)], [(0.5, 0.5), (0.0, 0.0)]),
            (vec![CROP, turn(90)], [(1.0 / 3.0, 0.5), (0.0, 0.0)]),
            (vec![mirror(MirrorAxis::Vertical)], [(0.5, 0.5), (0.0, 0.0)]),
        ] {
            let shown = frame(edits.clone()).shown_points(points);
            for (shown, expected) in shown.iter().zip(expected) {
                let is_near = |a: f64, b: f64| (a - b).abs() < 1e-9;
                assert!(
                    is_near(shown.0, expected.0) && is_near(shown.1, expected.1),
                    "{edits:?}: {shown:?}"
                );
            }
        }
    }

    #[test]
    fn boxes_follow_the_edits_and_come_back() {
        let face = place([110, 60, 150, 120], (400, 300));
        for (edits, corners, size) in [
            (vec![CROP], [10, 10, 50, 70], (200, 150)),
            (vec![turn(90)], [180, 110, 240, 150], (300, 400)),
            (vec![turn(180)], [250, 180, 290, 240], (400, 300)),
            (vec![turn(270)], [60, 250, 120, 290], (300, 400)),
            (
                vec![mirror(MirrorAxis::Horizontal)],
                [250, 60, 290, 120],
                (400, 300),
            ),
            (
                vec![mirror(MirrorAxis::Vertical)],
                [110, 180, 150, 240],
                (400, 300),
            ),
            (
                vec![CROP, turn(90), mirror(MirrorAxis::Horizontal)],
                [10, 10, 70, 50],
                (150, 200),
            ),
        ] {
            let frame = frame(edits);
            let shown = frame.shown(face);
            assert_eq!(shown, place(corners, size), "{frame:?}");
            assert_eq!(frame.original(shown), face, "{frame:?}");
        }
    }

    #[test]
    fn sizes_may_differ_and_what_sticks_out_is_cut_off() {
        let frame = frame(vec![CROP]);
        assert_eq!(
            frame.shown(place([40, 20, 60, 30], (200, 150))),
            place([0, 0, 20, 10], (200, 150))
        );
        assert_eq!(
            frame.original(place([0, 0, 10, 10], (100, 75))),
            place([100, 50, 120, 70], (400, 300))
        );
    }
}
