//! What face detectors answer: scores, boxes and landmarks, cell by cell of three grids.
use super::{Face, Frame};
use crate::geometry::Point;
use crate::num::real;
use crate::{Error, Tensor};

/// Pixels between two cells of each grid.
const STRIDES: [u32; 3] = [8, 16, 32];
/// Anchors of a cell of SCRFD.
const ANCHORS: usize = 2;

/// Rows of `columns` numbers, one for each anchor.
struct Rows<'a> {
    numbers: &'a [f32],
    columns: usize,
}

impl<'a> Rows<'a> {
    /// Errors: not `count` rows.
    fn of(tensor: &'a Tensor, count: usize, columns: usize) -> Result<Self, Error> {
        let numbers = tensor.singles()?;
        if numbers.len() != count * columns {
            let shape = tensor.shape();
            return Err(Error::Shape(format!(
                "{shape:?} instead of {count} x {columns}"
            )));
        }
        Ok(Self { numbers, columns })
    }

    fn row(&self, index: usize) -> impl Iterator<Item = f64> + use<'a> {
        let start = index * self.columns;
        let row = self.numbers.get(start..start + self.columns);
        row.unwrap_or_default().iter().map(|x| f64::from(*x))
    }

    fn array<const N: usize>(&self, index: usize) -> [f64; N] {
        let mut row = self.row(index);
        std::array::from_fn(|_| row.next().unwrap_or(f64::NAN))
    }
}

/// Cells of a grid for a picture of `size`: columns and rows.
fn grid(size: (u32, u32), stride: u32) -> (usize, usize) {
    (
        size.0.div_ceil(stride) as usize,
        size.1.div_ceil(stride) as usize,
    )
}

/// What YuNet (libfacedetection) answers to a picture of `size`: outputs `cls_N`, `obj_N`, `bbox_N` and `kps_N` for the grids of 8,
/// 16 and 32 pixels. A score is the root of class times object.
///
/// # Errors
/// An output is missing or of another size.
pub fn yunet<'a>(
    outputs: &[(&'a str, &'a Tensor)],
    size: (u32, u32),
    least_score: f64,
) -> Result<Vec<Face>, Error> {
    let mut faces = Vec::new();
    for stride in STRIDES {
        let (columns, rows) = grid(size, stride);
        let output = |what: &str, width: usize| {
            let name = format!("{what}_{stride}");
            let found = outputs.iter().find(|(output, _)| *output == name);
            let (_, tensor) = found.ok_or_else(|| Error::Shape(format!("no output {name}")))?;
            Rows::of(tensor, columns * rows, width)
        };
        let (class, object) = (output("cls", 1)?, output("obj", 1)?);
        let (boxes, points) = (output("bbox", 4)?, output("kps", 10)?);
        let stride = f64::from(stride);
        for cell in 0..columns * rows {
            let [class] = class.array(cell);
            let [object] = object.array(cell);
            let score = (class.clamp(0.0, 1.0) * object.clamp(0.0, 1.0)).sqrt();
            // Also false for what is no number.
            if score < least_score || score.is_nan() {
                continue;
            }
            let corner = Point::new(real(cell % columns), real(cell / columns));
            let [x, y, width, height] = boxes.array(cell);
            let middle = Point::new((corner.x + x) * stride, (corner.y + y) * stride);
            let (width, height) = (width.exp() * stride, height.exp() * stride);
            faces.push(Face {
                frame: Frame {
                    x1: middle.x - width / 2.0,
                    y1: middle.y - height / 2.0,
                    x2: middle.x + width / 2.0,
                    y2: middle.y + height / 2.0,
                },
                score,
                landmarks: landmarks(points.array(cell), corner, stride),
            });
        }
    }
    Ok(faces)
}

/// What SCRFD (insightface's RetinaFace) answers to a picture of `size`: scores of the three grids, then boxes, then landmarks, with
/// two anchors a cell; distances from the cell's corner in strides.
///
/// # Errors
/// Other than nine outputs, or one of another size.
pub fn scrfd(outputs: &[Tensor], size: (u32, u32), least_score: f64) -> Result<Vec<Face>, Error> {
    let [s8, s16, s32, b8, b16, b32, k8, k16, k32] = outputs else {
        return Err(Error::Shape(format!(
            "{} outputs instead of 9",
            outputs.len()
        )));
    };
    let grids = [(s8, b8, k8), (s16, b16, k16), (s32, b32, k32)];
    let mut faces = Vec::new();
    for (stride, (scores, boxes, points)) in STRIDES.into_iter().zip(grids) {
        let (columns, rows) = grid(size, stride);
        let count = columns * rows * ANCHORS;
        let scores = Rows::of(scores, count, 1)?;
        let (boxes, points) = (Rows::of(boxes, count, 4)?, Rows::of(points, count, 10)?);
        let stride = f64::from(stride);
        for anchor in 0..count {
            let [score] = scores.array(anchor);
            if score < least_score || score.is_nan() {
                continue;
            }
            let cell = anchor / ANCHORS;
            let corner = Point::new(real(cell % columns), real(cell / columns));
            let [left, top, right, bottom] = boxes.array(anchor);
            faces.push(Face {
                frame: Frame {
                    x1: (corner.x - left) * stride,
                    y1: (corner.y - top) * stride,
                    x2: (corner.x + right) * stride,
                    y2: (corner.y + bottom) * stride,
                },
                score,
                landmarks: landmarks(points.array(anchor), corner, stride),
            });
        }
    }
    Ok(faces)
}

fn landmarks(numbers: [f64; 10], corner: Point, stride: f64) -> [Point; 5] {
    let (pairs, _) = numbers.as_chunks::<2>();
    let mut points = pairs.iter();
    std::array::from_fn(|_| {
        let [x, y] = points.next().copied().unwrap_or([f64::NAN; 2]);
        Point::new((corner.x + x) * stride, (corner.y + y) * stride)
    })
}
