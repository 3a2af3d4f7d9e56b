//! From a map of how likely each pixel is text to rectangles around lines (DB: Liao et al. 2020).
use super::Line;
use crate::geometry::{Point, Quad, Rectangle};
use crate::num::{floor, real, round};

/// How maps become lines; the defaults are Immich's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// From which likelihood on a pixel is text.
    pub threshold: f32,
    /// How likely the pixels of a line must be text on average.
    pub least_score: f64,
    /// How far lines are enlarged: networks mark their middle only.
    pub unclip: f64,
    /// Most lines of a picture.
    pub most: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threshold: 0.3,
            least_score: 0.5,
            unclip: 1.6,
            most: 1000,
        }
    }
}

/// Pixels that the shorter side of a line must have in the map, and two more once it is enlarged.
const LEAST_SIDE: f64 = 3.0;

/// The lines in `map` (row by row, `width` and `height` of `grid`), in pixels of a picture of `size`.
pub fn boxes(
    map: &[f32],
    grid: (usize, usize),
    size: (u32, u32),
    settings: &Settings,
) -> Vec<Line> {
    let marks = dilated(map, grid, settings.threshold);
    let (scale_x, scale_y) = (
        f64::from(size.0) / real(grid.0),
        f64::from(size.1) / real(grid.1),
    );
    let placed = |corner: Point| {
        // Whole pixels inside the picture, as the reference rounds them.
        let inside = |value: f64, side: u32| f64::from(round(value).min(side));
        Point::new(
            inside(corner.x * scale_x, size.0),
            inside(corner.y * scale_y, size.1),
        )
    };
    let mut lines = Vec::new();
    for points in components(marks, grid).into_iter().take(settings.most) {
        let Some(rectangle) = Rectangle::around(&points) else {
            continue;
        };
        if rectangle.shorter_side() < LEAST_SIDE {
            continue;
        }
        let score = mean_inside(map, grid, &rectangle.corners());
        if score < settings.least_score || score.is_nan() {
            continue;
        }
        let enlarged = rectangle.unclipped(settings.unclip);
        if enlarged.shorter_side() < LEAST_SIDE + 2.0 {
            continue;
        }
        let corners = enlarged.corners().map(placed);
        let [a, b, _, d] = corners;
        if a.distance(b) > LEAST_SIDE && a.distance(d) > LEAST_SIDE {
            lines.push(Line { corners, score });
        }
    }
    lines
}

/// Which pixels are text or have such a neighbour at the left, above or both.
fn dilated(map: &[f32], (width, height): (usize, usize), threshold: f32) -> Vec<bool> {
    let mut marks = vec![false; width * height];
    if width == 0 {
        return marks;
    }
    for (y, row) in map.chunks(width).take(height).enumerate() {
        for (x, likelihood) in row.iter().enumerate() {
            if *likelihood <= threshold || likelihood.is_nan() {
                continue;
            }
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                if x + dx < width
                    && let Some(mark) = marks.get_mut((y + dy) * width + x + dx)
                {
                    *mark = true;
                }
            }
        }
    }
    marks
}

/// The pixels of each connected area (eight neighbours) that lie on its edge, areas in the order of their first pixel.
fn components(mut marks: Vec<bool>, (width, height): (usize, usize)) -> Vec<Vec<Point>> {
    let all = marks.clone();
    let is_text = |x: Option<usize>, y: Option<usize>| {
        let (Some(x), Some(y)) = (x, y) else {
            return false;
        };
        x < width && y < height && all.get(y * width + x).copied().unwrap_or(false)
    };
    let mut found = Vec::new();
    let mut open = Vec::new();
    for start in 0..marks.len() {
        let mut take = |index: usize, open: &mut Vec<usize>| {
            if let Some(mark) = marks.get_mut(index)
                && std::mem::take(mark)
            {
                open.push(index);
            }
        };
        take(start, &mut open);
        let mut edge = Vec::new();
        while let Some(index) = open.pop() {
            let (x, y) = (index % width, index / width);
            let sides = [
                (x.checked_sub(1), Some(y)),
                (Some(x + 1), Some(y)),
                (Some(x), y.checked_sub(1)),
                (Some(x), Some(y + 1)),
            ];
            if !sides.into_iter().all(|(x, y)| is_text(x, y)) {
                edge.push(Point::new(real(x), real(y)));
            }
            for y in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for x in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    take(y * width + x, &mut open);
                }
            }
        }
        if !edge.is_empty() {
            found.push(edge);
        }
    }
    found
}

/// The mean of the map over the pixels inside `corners`, their edges too.
fn mean_inside(map: &[f32], (width, height): (usize, usize), corners: &Quad) -> f64 {
    let range = |value: fn(&Point) -> f64, length: usize| {
        let values = || corners.iter().map(value);
        let (low, high) = (
            values().fold(f64::INFINITY, f64::min),
            values().fold(0.0, f64::max),
        );
        let last = length.saturating_sub(1);
        (floor(low) as usize).min(last)..=(floor(high.ceil()) as usize).min(last)
    };
    let (mut sum, mut count) = (0.0, 0.0);
    for y in range(|corner| corner.y, height) {
        for x in range(|corner| corner.x, width) {
            if is_inside(Point::new(real(x), real(y)), corners) {
                sum += f64::from(map.get(y * width + x).copied().unwrap_or(0.0));
                count += 1.0;
            }
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

/// Half a pixel of tolerance, as polygons are filled.
fn is_inside(point: Point, corners: &Quad) -> bool {
    let [a, b, c, d] = *corners;
    [(a, b), (b, c), (c, d), (d, a)]
        .into_iter()
        .all(|(from, to)| {
            let length = from.distance(to);
            let cross = (to.x - from.x) * (point.y - from.y) - (to.y - from.y) * (point.x - from.x);
            cross >= -0.5 * length
        })
}

/// Lines from top to bottom; those whose upper left corners differ by less than 10 pixels in height, from left to right.
pub fn in_reading_order(mut lines: Vec<Line>) -> Vec<Line> {
    const SAME_ROW: f64 = 10.0;
    lines.sort_by(|a, b| {
        let (a, b) = (a.corners[0], b.corners[0]);
        a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x))
    });
    for end in 1..lines.len() {
        for at in (1..=end).rev() {
            let [Some(before), Some(after)] =
                [at - 1, at].map(|at| lines.get(at).map(|line| line.corners[0]))
            else {
                break;
            };
            if (after.y - before.y).abs() < SAME_ROW && after.x < before.x {
                lines.swap(at - 1, at);
            } else {
                break;
            }
        }
    }
    lines
}
