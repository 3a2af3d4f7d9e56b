//! Which place a position is in (api/geodata.md section 2).

use std::ops::Range;

use crate::{
    BORDERS, CITIES, COLUMNS,
    bytes::{Reader, ends},
    geometry::{self, Point},
};

/// What a place is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Town.
    pub city: Option<String>,
    /// Province.
    pub state: Option<String>,
    /// Country.
    pub country: Option<String>,
}

enum Step {
    /// A piece of a list of places.
    List(Range<u64>),
    Cities(Range<u64>),
    Borders(Range<u64>),
}

/// A look-up under way: ask for [`Lookup::wanted`] bytes of the object and [`Lookup::give`] them, until none are wanted.
pub struct Lookup {
    latitude: f64,
    longitude: f64,
    steps: Vec<Step>,
    is_by_border: bool,
    nearest: Option<(f64, Named)>,
}

impl Lookup {
    /// For a position on the globe, degrees.
    pub fn new(latitude: f64, longitude: f64) -> Self {
        // The antimeridian is in the westernmost cells.
        let longitude = if longitude >= 180.0 {
            longitude - 360.0
        } else {
            longitude
        };
        let list = |(row, run): (u32, std::ops::RangeInclusive<u32>)| {
            let first = CITIES + 4 * u64::from(row * COLUMNS + run.start());
            Step::List(first..CITIES + 4 * u64::from(row * COLUMNS + run.end() + 2))
        };
        Self {
            latitude,
            longitude,
            steps: geometry::around(latitude, longitude)
                .into_iter()
                .map(list)
                .collect(),
            is_by_border: false,
            nearest: None,
        }
    }

    /// The bytes of the object that are needed next; `None`: the answer is there.
    pub fn wanted(&mut self) -> Option<Range<u64>> {
        if self.steps.is_empty() && self.nearest.is_none() && !self.is_by_border {
            self.is_by_border = true;
            let (row, column) = geometry::cell_of(self.latitude, self.longitude);
            let first = BORDERS + 4 * u64::from(row * COLUMNS + column);
            self.steps.push(Step::List(first..first + 8));
        }
        self.steps.last().map(|step| match step {
            Step::List(range) | Step::Cities(range) | Step::Borders(range) => range.clone(),
        })
    }

    /// Takes the bytes that were wanted; what cannot be read counts as nothing.
    pub fn give(&mut self, bytes: &[u8]) {
        match self.steps.pop() {
            Some(Step::List(_)) => {
                if let Some((start, end)) = ends(bytes).filter(|(start, end)| start < end) {
                    self.steps.push(if self.is_by_border {
                        Step::Borders(start..end)
                    } else {
                        Step::Cities(start..end)
                    });
                }
            }
            Some(Step::Cities(_)) => {
                let mut reader = Reader(bytes);
                while !reader.0.is_empty() && self.cell(&mut reader).is_some() {}
            }
            Some(Step::Borders(_)) => {
                if let Some(country) = self.country(bytes) {
                    let named = Named {
                        country: Some(country),
                        ..Named::default()
                    };
                    self.nearest = Some((0.0, named));
                }
            }
            None => {}
        }
    }

    /// What the place is called; nothing far out at sea.
    pub fn answer(self) -> Named {
        self.nearest.map(|(_, named)| named).unwrap_or_default()
    }

    /// Reads the cities of one cell.
    fn cell(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let count = reader.u16()?;
        let mut regions = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            regions.push((reader.text()?, reader.text()?));
        }
        let here = Point::of(self.latitude, self.longitude);
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        for _ in 0..reader.u16()? {
            let there = Point::of(reader.degrees()?, reader.degrees()?);
            let region = reader.u16()?;
            let name = reader.text()?;
            let square = here.square(there);
            let is_nearer = self.nearest.as_ref().is_none_or(|(best, _)| square < *best);
            if is_nearer && here.reaches(there) {
                let (state, country) = regions.get(usize::from(region))?;
                let named = Named {
                    city: text(name),
                    state: text(state),
                    country: text(country),
                };
                self.nearest = Some((square, named));
            }
        }
        Some(())
    }

    /// The country whose border encloses the position, in one cell.
    fn country(&self, bytes: &[u8]) -> Option<String> {
        let (row, column) = geometry::cell_of(self.latitude, self.longitude);
        let x = self.longitude + 180.0 - f64::from(column);
        let y = self.latitude + 90.0 - f64::from(row);
        let mut reader = Reader(bytes);
        for _ in 0..reader.u16()? {
            let name = reader.text()?;
            let count = reader.u16()?;
            let mut ring = Vec::with_capacity(usize::from(count));
            for _ in 0..count {
                let (px, py) = (reader.u16()?, reader.u16()?);
                ring.push((f64::from(px) / 65_535.0, f64::from(py) / 65_535.0));
            }
            if geometry::contains(&ring, x, y) {
                return Some(name.to_owned());
            }
        }
        None
    }
}
