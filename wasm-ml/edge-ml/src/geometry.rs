//! Points, the maps between planes that pictures need, and rectangles around points.

/// A point or a distance, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

impl Point {
    /// The point at `x` and `y`.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    fn minus(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }

    /// This far along `direction`.
    fn plus(self, direction: Self, times: f64) -> Self {
        Self::new(self.x + direction.x * times, self.y + direction.y * times)
    }

    fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    /// Twice the area of the triangle with 0: positive when `other` lies clockwise on a screen.
    fn cross(self, other: Self) -> f64 {
        self.x * other.y - self.y * other.x
    }

    /// How far away `other` is.
    pub fn distance(self, other: Self) -> f64 {
        let between = self.minus(other);
        between.dot(between).sqrt()
    }
}

/// Turned, scaled alike in both directions and moved: x' = a x - b y + dx, y' = b x + a y + dy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    a: f64,
    b: f64,
    dx: f64,
    dy: f64,
}

impl Similarity {
    /// The one that brings `from` closest to `to` (least squares; Umeyama 1991 without mirroring). `None` when all points are one.
    pub fn between<const N: usize>(from: &[Point; N], to: &[Point; N]) -> Option<Self> {
        let mean = |points: &[Point; N]| {
            let sum = points
                .iter()
                .fold(Point::default(), |sum, point| sum.plus(*point, 1.0));
            let count = crate::num::real(N);
            Point::new(sum.x / count, sum.y / count)
        };
        let (middle, target) = (mean(from), mean(to));
        let (mut along, mut across, mut square) = (0.0, 0.0, 0.0);
        for (from, to) in from.iter().zip(to) {
            let (from, to) = (from.minus(middle), to.minus(target));
            along += from.dot(to);
            across += from.cross(to);
            square += from.dot(from);
        }
        let (a, b) = (along / square, across / square);
        let scale = a.hypot(b);
        if !scale.is_finite() || scale <= 0.0 {
            return None;
        }
        let dx = target.x - a * middle.x + b * middle.y;
        let dy = target.y - b * middle.x - a * middle.y;
        Some(Self { a, b, dx, dy })
    }

    /// Where it brings `point`.
    pub fn apply(&self, point: Point) -> Point {
        let Self { a, b, dx, dy } = *self;
        Point::new(
            a * point.x - b * point.y + dx,
            b * point.x + a * point.y + dy,
        )
    }

    /// The one that brings everything back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let square = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / square, -self.b / square);
        let dx = -(a * self.dx - b * self.dy);
        let dy = -(b * self.dx + a * self.dy);
        Self { a, b, dx, dy }
    }
}

/// Top left, top right, bottom right, bottom left.
pub type Quad = [Point; 4];

/// The perspective that brings the unit square onto a quad (Heckbert 1989).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Perspective {
    x: [f64; 3],
    y: [f64; 3],
    depth: [f64; 3],
}

impl Perspective {
    /// Onto `quad`. `None` when three of its corners lie on a line.
    pub fn onto([p0, p1, p2, p3]: &Quad) -> Option<Self> {
        let (d1, d2) = (p1.minus(*p2), p3.minus(*p2));
        let sum = Point::new(p0.x - p1.x + p2.x - p3.x, p0.y - p1.y + p2.y - p3.y);
        let area = d1.cross(d2);
        if !area.is_finite() || area.abs() < 1e-9 {
            return None;
        }
        let (g, h) = (sum.cross(d2) / area, d1.cross(sum) / area);
        Some(Self {
            x: [p1.x - p0.x + g * p1.x, p3.x - p0.x + h * p3.x, p0.x],
            y: [p1.y - p0.y + g * p1.y, p3.y - p0.y + h * p3.y, p0.y],
            depth: [g, h, 1.0],
        })
    }

    /// Where `u` and `v` of the unit square are.
    pub fn at(&self, u: f64, v: f64) -> Point {
        let value = |row: &[f64; 3]| row[0] * u + row[1] * v + row[2];
        let depth = value(&self.depth);
        Point::new(value(&self.x) / depth, value(&self.y) / depth)
    }
}

/// A rectangle that may be turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rectangle {
    middle: Point,
    /// Unit vector along the first side.
    along: Point,
    /// Lengths of the first side and the other.
    sides: [f64; 2],
}

impl Rectangle {
    /// The one of least area around `points`; a side of it lies on a side of their hull. `None` without points.
    pub fn around(points: &[Point]) -> Option<Self> {
        let hull = hull(points);
        let (first, last) = (*hull.first()?, *hull.last()?);
        let mut best: Option<(f64, Self)> = None;
        let starts = std::iter::once(last).chain(hull.iter().copied());
        for (start, end) in starts.zip(hull.iter().copied()) {
            let length = start.distance(end);
            let along = if length > 0.0 {
                let side = end.minus(start);
                Point::new(side.x / length, side.y / length)
            } else {
                Point::new(1.0, 0.0)
            };
            let across = Point::new(-along.y, along.x);
            let range = |direction: Point| {
                let places = hull.iter().map(|point| point.minus(first).dot(direction));
                places.fold((0.0_f64, 0.0_f64), |(low, high), place| {
                    (low.min(place), high.max(place))
                })
            };
            let ((left, right), (top, bottom)) = (range(along), range(across));
            let sides = [right - left, bottom - top];
            let area = sides[0] * sides[1];
            if best.as_ref().is_none_or(|(least, _)| area < *least) {
                let middle = first
                    .plus(along, f64::midpoint(left, right))
                    .plus(across, f64::midpoint(top, bottom));
                best = Some((
                    area,
                    Self {
                        middle,
                        along,
                        sides,
                    },
                ));
            }
        }
        best.map(|(_, rectangle)| rectangle)
    }

    /// The shorter of its sides.
    pub fn shorter_side(&self) -> f64 {
        self.sides[0].min(self.sides[1])
    }

    /// What text detection calls unclipping: moved outwards on all sides by area times `ratio` over the length of its outline. (The
    /// round corners of an offset outline do not reach beyond the sides, so the least rectangle around it is this one.)
    #[must_use]
    pub fn unclipped(&self, ratio: f64) -> Self {
        let [a, b] = self.sides;
        let outline = 2.0 * (a + b);
        let distance = if outline > 0.0 {
            a * b * ratio / outline
        } else {
            0.0
        };
        Self {
            sides: [a + 2.0 * distance, b + 2.0 * distance],
            ..*self
        }
    }

    /// Its corners from the top left clockwise: of the two leftmost the upper one first, as PaddleOCR orders them.
    pub fn corners(&self) -> Quad {
        let along = |sign: f64| sign * self.sides[0] / 2.0;
        let across = |sign: f64| sign * self.sides[1] / 2.0;
        let down = Point::new(-self.along.y, self.along.x);
        let corner =
            |(a, b): (f64, f64)| self.middle.plus(self.along, along(a)).plus(down, across(b));
        let mut corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(corner);
        corners.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
        let [a, b, c, d] = corners;
        let (top_left, bottom_left) = if b.y > a.y { (a, b) } else { (b, a) };
        let (top_right, bottom_right) = if d.y > c.y { (c, d) } else { (d, c) };
        [top_left, top_right, bottom_right, bottom_left]
    }
}

/// The corners of the convex hull, each once, in order (Andrew's monotone chain).
fn hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let mut chain = half_hull(sorted.iter());
    chain.pop();
    chain.extend(half_hull(sorted.iter().rev()));
    chain.pop();
    chain
}

fn half_hull<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<Point> {
    let mut chain: Vec<Point> = Vec::new();
    for point in points {
        while let [.., before, last] = chain.as_slice()
            && last.minus(*before).cross(point.minus(*before)) <= 0.0
        {
            chain.pop();
        }
        chain.push(*point);
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: Point, b: Point) -> bool {
        a.distance(b) < 1e-9
    }

    #[test]
    fn a_similarity_is_found_and_undone() {
        let from = [(0.0, 0.0), (4.0, 1.0), (2.0, 5.0)].map(|(x, y)| Point::new(x, y));
        let map = Similarity {
            a: 0.5,
            b: -1.5,
            dx: 7.0,
            dy: -3.0,
        };
        let to = from.map(|point| map.apply(point));
        let found = Similarity::between(&from, &to).expect("three points");
        for point in from {
            assert!(close(found.apply(point), map.apply(point)));
            assert!(close(found.inverse().apply(map.apply(point)), point));
        }
        assert_eq!(Similarity::between(&[Point::new(1.0, 1.0); 3], &to), None);
        assert_eq!(
            Similarity::between(&[Point::new(f64::NAN, 1.0); 3], &to),
            None
        );
    }

    #[test]
    fn a_perspective_meets_the_corners() {
        let quad = [(1.0, 2.0), (9.0, 1.0), (8.0, 7.0), (0.0, 5.0)].map(|(x, y)| Point::new(x, y));
        let map = Perspective::onto(&quad).expect("four corners");
        for ((u, v), corner) in [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
            .into_iter()
            .zip(quad)
        {
            assert!(close(map.at(u, v), corner), "{u} {v}");
        }
        assert_eq!(Perspective::onto(&[Point::default(); 4]), None);
    }

    #[test]
    fn the_least_rectangle_is_turned_like_its_points() {
        let along = Point::new(0.8, 0.6);
        let down = Point::new(-0.6, 0.8);
        let mut points = Vec::new();
        for i in 0..=20 {
            for j in 0..=5 {
                points.push(
                    Point::new(50.0, 40.0)
                        .plus(along, f64::from(i))
                        .plus(down, f64::from(j)),
                );
            }
        }
        let rectangle = Rectangle::around(&points).expect("points");
        assert!((rectangle.shorter_side() - 5.0).abs() < 1e-9);
        let corners = rectangle.corners();
        let expected = [(0.0, 0.0), (20.0, 0.0), (20.0, 5.0), (0.0, 5.0)];
        for (corner, (a, b)) in corners.into_iter().zip(expected) {
            assert!(
                close(corner, Point::new(50.0, 40.0).plus(along, a).plus(down, b)),
                "{corners:?}"
            );
        }
        // 20 x 5, outline 50, ratio 1.5: 3 on each side
        assert!((rectangle.unclipped(1.5).shorter_side() - 11.0).abs() < 1e-9);
    }

    #[test]
    fn few_points_have_a_rectangle_too() {
        assert_eq!(Rectangle::around(&[]), None);
        for points in [
            vec![Point::new(3.0, 4.0)],
            vec![Point::new(0.0, 0.0), Point::new(3.0, 4.0)],
        ] {
            let rectangle = Rectangle::around(&points).expect("points");
            assert!(rectangle.shorter_side().abs() < 1e-9);
            assert!(rectangle.unclipped(1.6).shorter_side().abs() < 1e-9);
        }
    }
}
