//! Cells, distances and borders on the globe.

use std::ops::RangeInclusive;

use crate::{COLUMNS, ROWS};

/// Radius of the sphere that distances are measured on, metres (api/geodata.md section 2).
const RADIUS: f64 = 6_378_168.0;

/// Half the side of the box around a point in which its city lies, metres along the ground.
const REACH: f64 = 25_000.0;

/// No point of the box is farther away, degrees: its corners are √3 times as far as its sides.
const FARTHEST: f64 = 0.4;

/// A point in space, metres from the centre of the earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point([f64; 3]);

impl Point {
    /// Of a position, degrees.
    pub fn of(latitude: f64, longitude: f64) -> Self {
        let (lat, lon) = (latitude.to_radians(), longitude.to_radians());
        Self([
            RADIUS * lat.cos() * lon.cos(),
            RADIUS * lat.cos() * lon.sin(),
            RADIUS * lat.sin(),
        ])
    }

    fn differences(self, other: Self) -> [f64; 3] {
        let mut sides = self.0;
        for (side, there) in sides.iter_mut().zip(other.0) {
            *side -= there;
        }
        sides
    }

    /// Whether `other` is in the box around this point.
    pub fn reaches(self, other: Self) -> bool {
        let chord = 2.0 * RADIUS * (REACH / (2.0 * RADIUS)).sin();
        self.differences(other)
            .iter()
            .all(|side| side.abs() <= chord)
    }

    /// Grows with the distance.
    pub fn square(self, other: Self) -> f64 {
        self.differences(other).iter().map(|side| side * side).sum()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "brought into the range before"
)]
fn cell(degrees: f64, count: u32) -> u32 {
    degrees.floor().clamp(0.0, f64::from(count - 1)) as u32
}

/// The row and column of a position, degrees.
pub fn cell_of(latitude: f64, longitude: f64) -> (u32, u32) {
    (
        cell(latitude + 90.0, ROWS),
        cell(longitude + 180.0, COLUMNS),
    )
}

/// Runs of columns of a row around a position in which its city can lie; two where they cross the antimeridian.
pub fn around(latitude: f64, longitude: f64) -> Vec<(u32, RangeInclusive<u32>)> {
    let (south, north) = (latitude - FARTHEST, latitude + FARTHEST);
    let rows = cell(south + 90.0, ROWS)..=cell(north + 90.0, ROWS);
    let nearest_pole = south.abs().max(north.abs());
    let half = if nearest_pole >= 89.0 {
        180.0
    } else {
        FARTHEST / nearest_pole.to_radians().cos()
    };
    let (west, east) = (longitude - half + 180.0, longitude + half + 180.0);
    let columns = if half >= 179.0 {
        vec![0..=COLUMNS - 1]
    } else if west < 0.0 {
        vec![
            cell(west + 360.0, COLUMNS)..=COLUMNS - 1,
            0..=cell(east, COLUMNS),
        ]
    } else if east >= 360.0 {
        vec![
            cell(west, COLUMNS)..=COLUMNS - 1,
            0..=cell(east - 360.0, COLUMNS),
        ]
    } else {
        vec![cell(west, COLUMNS)..=cell(east, COLUMNS)]
    };
    rows.flat_map(|row| columns.iter().map(move |run| (row, run.clone())))
        .collect()
}

/// Whether a point is inside a ring (even-odd).
pub fn contains(ring: &[(f64, f64)], x: f64, y: f64) -> bool {
    let mut is_inside = false;
    let last = ring.last().copied();
    let mut before = last.unwrap_or_default();
    for &(px, py) in ring {
        let (qx, qy) = before;
        if (py > y) != (qy > y) && x < (qx - px) * (y - py) / (qy - py) + px {
            is_inside = !is_inside;
        }
        before = (px, py);
    }
    is_inside
}
