//! The zone of a place, from a table of 423 KB.
//!
//! The table is text: comments, one line with the names of all zones, then one line in base64 for each row of a grid
//! of 256 x 128 cells of 1.4 degrees, south to north. A row says for each of its cells, west to east, in bits:
//! `0` as the cell before; or `1`, how many zones the cell has (5 bits), and which (9 bits each; 0 is the sea).
//! A cell of several zones is halved both ways up to seven times: `1` and four quarters (southwest, southeast,
//! northwest, northeast), or `0` and the number of the zone among those of the cell. The finest cells (0.011 degrees,
//! at most 1.2 km) are not halved and have no such bit. Cells of land and sea up to 0.35 degrees belong to the land.

use base64::{Engine, engine::general_purpose::STANDARD};

const TABLE: &str = include_str!("zones.txt");

const COLUMNS: f64 = 256.0;
const ROWS: f64 = 128.0;
const LEVELS: u32 = 7;
/// The number of the sea among the zones.
const SEA: usize = 0;

/// The zones of the open sea, from the date line in the west to that in the east.
const AT_SEA: [&str; 25] = [
    "Etc/GMT+12",
    "Etc/GMT+11",
    "Etc/GMT+10",
    "Etc/GMT+9",
    "Etc/GMT+8",
    "Etc/GMT+7",
    "Etc/GMT+6",
    "Etc/GMT+5",
    "Etc/GMT+4",
    "Etc/GMT+3",
    "Etc/GMT+2",
    "Etc/GMT+1",
    "Etc/GMT",
    "Etc/GMT-1",
    "Etc/GMT-2",
    "Etc/GMT-3",
    "Etc/GMT-4",
    "Etc/GMT-5",
    "Etc/GMT-6",
    "Etc/GMT-7",
    "Etc/GMT-8",
    "Etc/GMT-9",
    "Etc/GMT-10",
    "Etc/GMT-11",
    "Etc/GMT-12",
];

/// The IANA name of the zone at a place, degrees north and east; `None` for what is no place. Within about a
/// kilometre of a boundary it can be the neighbour's. At sea it is `Etc/GMT` and the hours by longitude.
pub fn at(latitude: f64, longitude: f64) -> Option<&'static str> {
    if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        return None;
    }
    let mut lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let mut names = lines.next()?.split(' ');
    let side = 1_u32 << LEVELS;
    let x = unit((longitude + 180.0) / 360.0, COLUMNS * f64::from(side));
    let y = unit((latitude + 90.0) / 180.0, ROWS * f64::from(side));
    let row = lines.nth(usize::try_from(y / side).ok()?)?;
    let row = STANDARD.decode(row).ok()?;
    let inside = Point {
        x: x % side,
        y: y % side,
    };
    match zone_in(&row, x / side, inside)? {
        SEA => AT_SEA
            .get(usize::try_from(unit((longitude + 187.5) / 375.0, 25.0)).ok()?)
            .copied(),
        zone => names.nth(zone - 1),
    }
}

/// A share of the whole as one of so many steps.
fn unit(share: f64, steps: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the steps, which are few"
    )]
    let step = (share * steps).clamp(0.0, steps - 1.0) as u32;
    step
}

/// A finest cell inside a coarsest one.
#[derive(Clone, Copy)]
struct Point {
    x: u32,
    y: u32,
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn next(&mut self, count: usize) -> Option<usize> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | usize::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }
}

/// The zone in a row of the table.
fn zone_in(row: &[u8], column: u32, inside: Point) -> Option<usize> {
    let mut bits = Bits { bytes: row, at: 0 };
    let mut before = SEA;
    for cell in 0..=column {
        let mut found = before;
        if bits.next(1)? == 1 {
            let count = bits.next(5)?;
            let zones = (0..count)
                .map(|_| bits.next(9))
                .collect::<Option<Vec<usize>>>()?;
            before = *zones.first()?;
            found = before;
            if count > 1 {
                let width = usize::try_from(usize::BITS - (count - 1).leading_zeros()).ok()?;
                let wanted = (cell == column).then_some(inside);
                let zone = quarter(&mut bits, width, LEVELS, wanted)?;
                found = *zones.get(zone)?;
            }
        }
        if cell == column {
            return Some(found);
        }
    }
    None
}

/// Reads a part of a cell that can be halved `levels` times; the number of the zone at `wanted`, or any.
fn quarter(bits: &mut Bits<'_>, width: usize, levels: u32, wanted: Option<Point>) -> Option<usize> {
    if levels == 0 || bits.next(1)? == 0 {
        return bits.next(width);
    }
    let half = 1 << (levels - 1);
    let mut found = 0;
    for (east, north) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let inside = wanted
            .filter(|point| point.x / half == east && point.y / half == north)
            .map(|point| Point {
                x: point.x % half,
                y: point.y % half,
            });
        let zone = quarter(bits, width, levels - 1, inside)?;
        if inside.is_some() {
            found = zone;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_the_zones_that_people_there_use() {
        for (latitude, longitude, zone) in [
            (48.8566, 2.3522, "Europe/Paris"),
            (59.9139, 10.7522, "Europe/Oslo"),
            (39.115, -108.400_97, "America/Denver"),
            (37.774_9, -122.419_4, "America/Los_Angeles"),
            (41.220_3, -96.071_6, "America/Chicago"),
            (27.7172, 85.3240, "Asia/Kathmandu"),
            (35.6762, 139.6503, "Asia/Tokyo"),
            (-37.8136, 144.9631, "Australia/Melbourne"),
            (-31.95, 141.46, "Australia/Broken_Hill"),
            (-31.55, 159.08, "Australia/Lord_Howe"),
            (33.45, -112.07, "America/Phoenix"),
            (36.98, -110.1, "America/Denver"),
            (64.1466, -21.9426, "Atlantic/Reykjavik"),
            (-13.83, -171.77, "Pacific/Apia"),
            (-14.28, -170.70, "Pacific/Pago_Pago"),
            (-77.85, 166.67, "Antarctica/McMurdo"),
            (54.7104, 20.4522, "Europe/Kaliningrad"),
            (28.6139, 77.2090, "Asia/Kolkata"),
            (21.0278, -86.8, "America/Cancun"),
            (0.0, -30.0, "Etc/GMT+2"),
            (0.0, -180.0, "Etc/GMT+12"),
            (0.0, 180.0, "Etc/GMT-12"),
            (10.0, 7.4 - 22.0, "Africa/Conakry"),
            (48.0, -7.6, "Etc/GMT+1"),
        ] {
            assert_eq!(
                at(latitude, longitude),
                Some(zone),
                "{latitude} {longitude}"
            );
        }
    }

    #[test]
    fn the_whole_table_can_be_read_and_all_its_zones_have_rules() {
        // the last cell of a row is found behind all the others
        for row in 0..128 {
            for longitude in [-179.9, -30.0, 60.0, 179.9] {
                let latitude = (f64::from(row) + 0.5) / 128.0 * 180.0 - 90.0;
                assert!(at(latitude, longitude).is_some(), "{latitude} {longitude}");
            }
        }
        let names = TABLE
            .lines()
            .find(|line| !line.starts_with('#'))
            .expect("names");
        for name in names.split(' ').chain(AT_SEA) {
            assert!(crate::Zone::named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_is_no_place_has_no_zone() {
        for (latitude, longitude) in [
            (91.0, 0.0),
            (0.0, 181.0),
            (f64::NAN, 0.0),
            (0.0, f64::INFINITY),
        ] {
            assert_eq!(at(latitude, longitude), None);
        }
    }
}
