//! Photos on a map: which part of the world is seen, and one circle for photos that lie close together. Degrees are drawn as they are
//! (equirectangular), x to the east and y to the south.
use crate::model::Marker;

/// How many circles fit beside each other.
const COLUMNS: f64 = 24.0;
/// The smallest part of the world that is shown, in degrees.
const SMALLEST: f64 = 0.02;

/// A part of the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Its western edge.
    pub left: f64,
    /// Its northern edge, counted to the south.
    pub top: f64,
    /// Degrees from west to east.
    pub width: f64,
    /// Degrees from north to south.
    pub height: f64,
}

/// Photos that lie close together.
#[derive(Clone, Debug, PartialEq)]
pub struct Circle {
    /// Where the middle is.
    pub x: f64,
    /// Where the middle is.
    pub y: f64,
    /// The photos.
    pub ids: Vec<String>,
    /// The part of the world that they are in.
    pub view: View,
}

impl View {
    /// The whole world.
    pub const WORLD: Self = Self {
        left: -180.0,
        top: -90.0,
        width: 360.0,
        height: 180.0,
    };

    /// The part that all of these are in, with some room around them; twice as wide as high, as the world is.
    pub fn of<'a>(markers: impl Iterator<Item = &'a Marker>) -> Self {
        let mut edges = None::<(f64, f64, f64, f64)>;
        for marker in markers {
            let (x, y) = (marker.lon, -marker.lat);
            let (left, top, right, bottom) = edges.unwrap_or((x, y, x, y));
            edges = Some((left.min(x), top.min(y), right.max(x), bottom.max(y)));
        }
        let Some((left, top, right, bottom)) = edges else {
            return Self::WORLD;
        };
        let width = ((right - left) * 1.3)
            .max((bottom - top) * 2.6)
            .clamp(SMALLEST, 360.0);
        Self {
            left: f64::midpoint(left, right) - width / 2.0,
            top: f64::midpoint(top, bottom) - width / 4.0,
            width,
            height: width / 2.0,
        }
    }

    fn holds(&self, x: f64, y: f64) -> bool {
        (self.left..=self.left + self.width).contains(&x)
            && (self.top..=self.top + self.height).contains(&y)
    }

    /// Meridians and parallels that help to see where one is: round degrees, some of each.
    pub fn lines(&self) -> (Vec<f64>, Vec<f64>) {
        let steps = [30.0, 10.0, 5.0, 1.0, 0.5, 0.1, 0.05, 0.01];
        let step = steps
            .into_iter()
            .find(|step| self.width / step >= 4.0)
            .unwrap_or(0.005);
        let round = |from: f64, length: f64| {
            let mut at = (from / step).ceil() * step;
            let mut lines = Vec::new();
            while at <= from + length {
                lines.push(at);
                at += step;
            }
            lines
        };
        (round(self.left, self.width), round(self.top, self.height))
    }
}

/// The circles of what is in `view`, as they come.
pub fn circles(markers: &[Marker], view: View) -> Vec<Circle> {
    let cell = view.width / COLUMNS;
    let mut cells: Vec<((f64, f64), Vec<&Marker>)> = Vec::new();
    for marker in markers {
        let (x, y) = (marker.lon, -marker.lat);
        if !view.holds(x, y) {
            continue;
        }
        let key = (
            ((x - view.left) / cell).floor(),
            ((y - view.top) / cell).floor(),
        );
        match cells.iter_mut().find(|(own, _)| *own == key) {
            Some((_, own)) => own.push(marker),
            None => cells.push((key, vec![marker])),
        }
    }
    cells.into_iter().map(|(_, own)| circle(&own)).collect()
}

fn circle(own: &[&Marker]) -> Circle {
    let count = f64::from(u32::try_from(own.len()).unwrap_or(u32::MAX)).max(1.0);
    Circle {
        x: own.iter().map(|marker| marker.lon).sum::<f64>() / count,
        y: own.iter().map(|marker| -marker.lat).sum::<f64>() / count,
        ids: own.iter().map(|marker| marker.id.clone()).collect(),
        view: View::of(own.iter().copied()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(id: &str, lat: f64, lon: f64) -> Marker {
        Marker {
            id: id.to_owned(),
            lat,
            lon,
        }
    }

    #[test]
    fn photos_that_are_close_share_a_circle() {
        let markers = [
            marker("berlin", 52.52, 13.40),
            marker("potsdam", 52.40, 13.06),
            marker("sydney", -33.87, 151.21),
        ];
        let all = circles(&markers, View::WORLD);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].ids, ["berlin", "potsdam"]);
        let near = circles(&markers, all[0].view);
        assert_eq!(near.len(), 2, "{near:?}");
    }

    #[test]
    fn a_view_holds_what_it_was_made_for() {
        let markers = [marker("a", 60.0, -10.0), marker("b", -20.0, 30.0)];
        let view = View::of(markers.iter());
        for marker in &markers {
            assert!(view.holds(marker.lon, -marker.lat));
        }
        assert!((view.width / view.height - 2.0).abs() < 1e-9);
        assert_eq!(View::of([].iter()), View::WORLD);
        let one = View::of([marker("c", 5.0, 5.0)].iter());
        assert!((one.width - SMALLEST).abs() < 1e-9);
    }

    #[test]
    fn lines_are_few_and_round() {
        let (meridians, parallels) = View::WORLD.lines();
        assert_eq!((meridians.len(), parallels.len()), (13, 7));
        let small = View {
            left: 13.0,
            top: -52.5,
            width: 0.2,
            height: 0.1,
        };
        let (meridians, _) = small.lines();
        assert!((3..=6).contains(&meridians.len()), "{meridians:?}");
    }
}
