//! Photos on a map: which part of the world is seen, and one circle for photos that lie close together. Degrees are drawn as they are
//! (equirectangular), x to the east and y to the south.
use std::collections::HashMap;

use crate::model::Marker;

/// How many circles fit beside each other.
const COLUMNS: f64 = 24.0;
/// The smallest part of the world that is shown, in degrees.
const SMALLEST: f64 = 0.02;
/// Photos that are nearer to each other share a circle however near one comes, in degrees.
const SPOT: f64 = SMALLEST / COLUMNS;

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

/// Photos at one place, of which the first alone has a name: there may be a million of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Where it is.
    pub x: f64,
    /// Where it is.
    pub y: f64,
    /// How many photos.
    pub count: u32,
    /// Id of the first.
    pub first: String,
}

/// Gathers photos by their places.
#[derive(Debug, Default)]
pub struct Spots {
    all: Vec<Spot>,
    places: HashMap<(u64, u64), usize>,
}

impl Spots {
    /// Takes another photo.
    pub fn add(&mut self, marker: Marker) {
        let (x, y) = (marker.lon, -marker.lat);
        let next = self.all.len();
        let at = *self.places.entry(cell(x / SPOT, y / SPOT)).or_insert(next);
        match self.all.get_mut(at) {
            Some(spot) => spot.count = spot.count.saturating_add(1),
            None => self.all.push(Spot {
                x,
                y,
                count: 1,
                first: marker.id,
            }),
        }
    }

    /// All places, in the order in which they came.
    pub fn all(self) -> Vec<Spot> {
        self.all
    }
}

/// The whole numbers below these; as bits, because numbers with fractions are no keys. Zero has one sign.
fn cell(x: f64, y: f64) -> (u64, u64) {
    ((x.floor() + 0.0).to_bits(), (y.floor() + 0.0).to_bits())
}

/// Photos that lie close together.
#[derive(Clone, Debug, PartialEq)]
pub struct Circle {
    /// Where the middle is, and how many they are.
    pub middle: Spot,
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
    pub fn of<'a>(spots: impl Iterator<Item = &'a Spot>) -> Self {
        let mut edges = None::<(f64, f64, f64, f64)>;
        for &Spot { x, y, .. } in spots {
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
pub fn circles(spots: &[Spot], view: View) -> Vec<Circle> {
    circles_beside(spots, view, COLUMNS)
}

/// As [`circles`], `columns` of them beside each other at most.
pub fn circles_beside(spots: &[Spot], view: View, columns: f64) -> Vec<Circle> {
    let size = view.width / columns;
    let mut cells = Vec::<Vec<&Spot>>::new();
    let mut places = HashMap::new();
    for spot in spots.iter().filter(|spot| view.holds(spot.x, spot.y)) {
        let key = cell((spot.x - view.left) / size, (spot.y - view.top) / size);
        let at = *places.entry(key).or_insert(cells.len());
        match cells.get_mut(at) {
            Some(own) => own.push(spot),
            None => cells.push(vec![spot]),
        }
    }
    cells.iter().filter_map(|own| circle(own)).collect()
}

fn circle(own: &[&Spot]) -> Option<Circle> {
    let mut middle = Spot {
        x: 0.0,
        y: 0.0,
        count: 0,
        first: own.first()?.first.clone(),
    };
    for spot in own {
        middle.count = middle.count.saturating_add(spot.count);
        // As if all photos were weighed that have come so far.
        let share = f64::from(spot.count) / f64::from(middle.count).max(1.0);
        middle.x += (spot.x - middle.x) * share;
        middle.y += (spot.y - middle.y) * share;
    }
    let view = View::of(own.iter().copied());
    Some(Circle { middle, view })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spots(markers: &[(&str, f64, f64)]) -> Vec<Spot> {
        let mut spots = Spots::default();
        for (id, lat, lon) in markers {
            spots.add(Marker {
                id: (*id).to_owned(),
                lat: *lat,
                lon: *lon,
            });
        }
        spots.all()
    }

    #[test]
    fn photos_that_are_close_share_a_circle() {
        let all = spots(&[
            ("berlin", 52.52, 13.40),
            ("potsdam", 52.40, 13.06),
            ("sydney", -33.87, 151.21),
        ]);
        let shown = circles(&all, View::WORLD);
        assert_eq!(shown.len(), 2);
        let middle = &shown[0].middle;
        assert_eq!((middle.count, middle.first.as_str()), (2, "berlin"));
        assert!((middle.x - 13.23).abs() < 1e-9 && (middle.y + 52.46).abs() < 1e-9);
        let near = circles(&all, shown[0].view);
        assert_eq!(near.len(), 2, "{near:?}");
    }

    #[test]
    fn of_many_photos_at_one_place_the_first_is_known_and_how_many_they_are() {
        let all = spots(&[
            ("first", 10.000_01, 20.000_01),
            ("second", 10.000_02, 20.000_02),
            ("third", 10.000_01, 20.000_01),
            ("far", 10.5, 20.5),
            ("south", -0.000_01, -0.000_01),
            ("middle", 0.0, 0.0),
            ("same", -0.0, -0.0),
        ]);
        let known: Vec<_> = all.iter().map(|it| (it.first.as_str(), it.count)).collect();
        let expected = [("first", 3), ("far", 1), ("south", 1), ("middle", 2)];
        assert_eq!(known, expected);
        let shown = circles(&all, View::WORLD);
        let counts: u32 = shown.iter().map(|it| it.middle.count).sum();
        assert_eq!(counts, 7);
        let place = shown.iter().find(|it| it.middle.first == "first");
        assert_eq!(place.map(|it| it.middle.count), Some(4));
    }

    #[test]
    fn a_view_holds_what_it_was_made_for() {
        let all = spots(&[("a", 60.0, -10.0), ("b", -20.0, 30.0)]);
        let view = View::of(all.iter());
        for spot in &all {
            assert!(view.holds(spot.x, spot.y));
        }
        assert!((view.width / view.height - 2.0).abs() < 1e-9);
        assert_eq!(View::of([].iter()), View::WORLD);
        let one = View::of(spots(&[("c", 5.0, 5.0)]).iter());
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
