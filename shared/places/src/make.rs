//! Makes the object, for `cargo xtask places` and tests.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use edge_api::trigrams::words;

use crate::{
    BUCKETS, CELLS, COLUMNS, CONTENT, MAGIC, ROWS, START, geometry::cell_of, search::bucket,
};

/// Other names are listed of places with so many inhabitants.
const KNOWN: u64 = 15_000;
/// Longest other name, bytes.
const LONGEST: usize = 60;

/// A town or village.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct City {
    /// Local name.
    pub name: String,
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// English name of the country.
    pub country: String,
    /// Province.
    pub admin1: Option<String>,
    /// County.
    pub admin2: Option<String>,
    /// What else it is called.
    pub others: Vec<String>,
    /// Inhabitants.
    pub population: u64,
}

/// The borders of a country.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Country {
    /// English name.
    pub name: String,
    /// Outer rings, degrees east and north; they may cross the antimeridian.
    pub rings: Vec<Vec<(f64, f64)>>,
}

/// The object. `date` says of when the data are. Errors: it has more than 4 GB or texts of more than 255 bytes.
pub fn make(date: &str, cities: &[City], countries: &[Country]) -> Result<Vec<u8>, String> {
    let mut cities: Vec<&City> = cities.iter().collect();
    cities.sort_by_key(|city| std::cmp::Reverse(city.population));
    let parts = [by_cell(&cities)?, borders(countries)?, by_word(&cities)?];
    let mut out = MAGIC.to_vec();
    out.extend(date.bytes());
    if out.len() > usize::try_from(START).unwrap_or(0) {
        return Err(format!("a long date: {date}"));
    }
    out.resize(usize::try_from(START).unwrap_or(0), 0);
    let mut at = CONTENT;
    for part in &parts {
        let mut ends = vec![at];
        for entry in part {
            at += entry.len() as u64;
            ends.push(at);
        }
        for end in ends {
            let end = u32::try_from(end).map_err(|error| error.to_string())?;
            out.extend(end.to_le_bytes());
        }
    }
    out.extend(parts.into_iter().flatten().flatten());
    Ok(out)
}

fn text(out: &mut Vec<u8>, text: &str) -> Result<(), String> {
    let length = u8::try_from(text.len()).map_err(|error| format!("{text}: {error}"))?;
    out.push(length);
    out.extend(text.bytes());
    Ok(())
}

fn count(number: usize) -> Result<[u8; 2], String> {
    let number = u16::try_from(number).map_err(|error| error.to_string())?;
    Ok(number.to_le_bytes())
}

#[expect(clippy::cast_possible_truncation, reason = "at most 180 degrees")]
fn degrees(out: &mut Vec<u8>, value: f64) {
    out.extend(((value * 1e5).round() as i32).to_le_bytes());
}

/// Pairs of texts and the places they got.
#[derive(Default)]
struct Pairs<'a> {
    all: Vec<(&'a str, &'a str)>,
    places: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Pairs<'a> {
    fn place(&mut self, pair: (&'a str, &'a str)) -> usize {
        let next = self.all.len();
        let place = *self.places.entry(pair).or_insert(next);
        if place == next {
            self.all.push(pair);
        }
        place
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), String> {
        out.extend(count(self.all.len())?);
        for (first, second) in &self.all {
            text(out, first)?;
            text(out, second)?;
        }
        Ok(())
    }
}

fn by_cell(cities: &[&City]) -> Result<Vec<Vec<u8>>, String> {
    let mut cells: BTreeMap<u32, Vec<&City>> = BTreeMap::new();
    for city in cities {
        let longitude = if city.longitude >= 180.0 {
            -180.0
        } else {
            city.longitude
        };
        let (row, column) = cell_of(city.latitude, longitude);
        cells.entry(row * COLUMNS + column).or_default().push(city);
    }
    (0..CELLS)
        .map(|cell| {
            cells
                .get(&cell)
                .map_or(Ok(Vec::new()), |cities| towns(cities))
        })
        .collect()
}

fn towns(cities: &[&City]) -> Result<Vec<u8>, String> {
    let mut pairs = Pairs::default();
    let mut list = Vec::new();
    for city in cities {
        let state = city.admin1.as_deref().unwrap_or_default();
        degrees(&mut list, city.latitude);
        degrees(&mut list, city.longitude);
        list.extend(count(pairs.place((state, &city.country)))?);
        text(&mut list, &city.name)?;
    }
    let mut out = Vec::new();
    pairs.write(&mut out)?;
    out.extend(count(cities.len())?);
    out.extend(list);
    Ok(out)
}

/// What a list says of one city: the other names that are in it.
type Listed<'a> = BTreeMap<usize, BTreeSet<&'a str>>;

fn by_word(cities: &[&City]) -> Result<Vec<Vec<u8>>, String> {
    let mut buckets: Vec<Listed<'_>> = vec![Listed::new(); BUCKETS as usize];
    for (number, city) in cities.iter().enumerate() {
        for word in words(&city.name) {
            if let Some(listed) = buckets.get_mut(bucket(&word) as usize) {
                listed.entry(number).or_default();
            }
        }
        let others = city.others.iter().filter(|other| other.len() <= LONGEST);
        for other in others.filter(|_| city.population >= KNOWN) {
            for word in words(other) {
                if let Some(listed) = buckets.get_mut(bucket(&word) as usize) {
                    listed.entry(number).or_default().insert(other);
                }
            }
        }
    }
    buckets
        .iter()
        .map(|listed| word_list(cities, listed))
        .collect()
}

fn word_list(cities: &[&City], listed: &Listed<'_>) -> Result<Vec<u8>, String> {
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    let mut pairs = Pairs::default();
    let mut list = Vec::new();
    // Cities are in the order of their size, so of equally good ones the largest comes first.
    for (city, others) in listed
        .iter()
        .filter_map(|(number, others)| Some((cities.get(*number)?, others)))
    {
        degrees(&mut list, city.latitude);
        degrees(&mut list, city.longitude);
        let pair = (
            city.admin1.as_deref().unwrap_or_default(),
            city.admin2.as_deref().unwrap_or_default(),
        );
        list.extend(count(pairs.place(pair))?);
        list.push(u8::from(!city.others.is_empty()));
        text(&mut list, &city.name)?;
        let others = others.iter().copied().collect::<Vec<_>>().join(",");
        list.extend(count(others.len())?);
        list.extend(others.bytes());
    }
    let mut out = Vec::new();
    pairs.write(&mut out)?;
    let total = u32::try_from(listed.len()).map_err(|error| error.to_string())?;
    out.extend(total.to_le_bytes());
    out.extend(list);
    Ok(out)
}

/// A ring without leaps at the antimeridian; one around a pole is closed there.
fn unwrapped(ring: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut out: Vec<(f64, f64)> = Vec::with_capacity(ring.len() + 2);
    let mut shift = 0.0;
    for &(x, y) in ring {
        if let Some(&(before, _)) = out.last() {
            let leap = x + shift - before;
            if leap.abs() > 180.0 {
                shift -= 360.0 * leap.signum();
            }
        }
        out.push((x + shift, y));
    }
    if let (Some(&(first, y)), Some(&(last, _))) = (out.first(), out.last())
        && (first - last).abs() > 180.0
    {
        let (pole, end) = (
            90.0_f64.copysign(y),
            first + 360.0_f64.copysign(last - first),
        );
        out.extend([(end, y), (end, pole), (first, pole)]);
    }
    out
}

/// Twice the area inside a ring.
fn area(ring: &[(f64, f64)]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
        .sum::<f64>()
        .abs()
}

/// The part of a ring where a coordinate (`axis` 0 or 1) is between two values.
fn cut(ring: &[(f64, f64)], axis: usize, low: f64, high: f64) -> Vec<(f64, f64)> {
    let half = |ring: &[(f64, f64)], bound: f64, sign: f64| {
        let depth = |point: &(f64, f64)| sign * (if axis == 0 { point.0 } else { point.1 } - bound);
        let mut out = Vec::new();
        let Some(mut before) = ring.last() else {
            return out;
        };
        for point in ring {
            let (a, b) = (depth(before), depth(point));
            if (a >= 0.0) != (b >= 0.0) {
                let part = a / (a - b);
                out.push((
                    before.0 + part * (point.0 - before.0),
                    before.1 + part * (point.1 - before.1),
                ));
            }
            if b >= 0.0 {
                out.push(*point);
            }
            before = point;
        }
        out
    };
    half(&half(ring, low, 1.0), high, -1.0)
}

/// A country's name and one ring of its border.
type Piece<'a> = (&'a str, Vec<(f64, f64)>);

/// The borders by cell; of several countries in one place the smallest comes first, because holes are left out.
fn borders(countries: &[Country]) -> Result<Vec<Vec<u8>>, String> {
    let mut rings: Vec<Piece<'_>> = countries
        .iter()
        .flat_map(|country| {
            country
                .rings
                .iter()
                .map(|ring| (country.name.as_str(), unwrapped(ring)))
        })
        .collect();
    rings.sort_by(|(_, a), (_, b)| area(a).total_cmp(&area(b)));
    let mut cells: Vec<Vec<Piece<'_>>> = vec![Vec::new(); CELLS as usize];
    for (name, ring) in &rings {
        for row in 0..ROWS {
            let south = f64::from(row) - 90.0;
            if !ring.iter().any(|point| point.1 > south)
                || !ring.iter().any(|point| point.1 < south + 1.0)
            {
                continue;
            }
            let band = cut(ring, 1, south, south + 1.0);
            for column in 0..COLUMNS {
                for turn in [-360.0, 0.0, 360.0] {
                    let west = f64::from(column) - 180.0 + turn;
                    if !band.iter().any(|point| point.0 > west)
                        || !band.iter().any(|point| point.0 < west + 1.0)
                    {
                        continue;
                    }
                    let piece: Vec<_> = cut(&band, 0, west, west + 1.0)
                        .into_iter()
                        .map(|(x, y)| (x - west, y - south))
                        .collect();
                    if area(&piece) > 0.0
                        && let Some(cell) = cells.get_mut((row * COLUMNS + column) as usize)
                    {
                        cell.push((*name, piece));
                    }
                }
            }
        }
    }
    cells.iter().map(|pieces| border_list(pieces)).collect()
}

fn border_list(pieces: &[Piece<'_>]) -> Result<Vec<u8>, String> {
    if pieces.is_empty() {
        return Ok(Vec::new());
    }
    let mut out = count(pieces.len())?.to_vec();
    for (name, piece) in pieces {
        text(&mut out, name)?;
        out.extend(count(piece.len())?);
        for (x, y) in piece {
            for value in [x, y] {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "0 to 1"
                )]
                let place = (value.clamp(0.0, 1.0) * 65_535.0).round() as u16;
                out.extend(place.to_le_bytes());
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
