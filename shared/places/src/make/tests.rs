//! Places made of a few cities and borders, looked up and searched.

use super::*;
use crate::{Found, Lookup, Named, Search};

fn city(name: &str, latitude: f64, longitude: f64, country: &str) -> City {
    City {
        name: name.to_owned(),
        latitude,
        longitude,
        country: country.to_owned(),
        ..City::default()
    }
}

fn square(name: &str, west: f64, south: f64, side: f64) -> Country {
    let ring = vec![
        (west, south),
        (west + side, south),
        (west + side, south + side),
        (west, south + side),
    ];
    let ring = ring
        .into_iter()
        .map(|(x, y)| (if x > 180.0 { x - 360.0 } else { x }, y));
    Country {
        name: name.to_owned(),
        rings: vec![ring.collect()],
    }
}

fn part(object: &[u8], range: std::ops::Range<u64>) -> &[u8] {
    &object[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
}

fn at(object: &[u8], latitude: f64, longitude: f64) -> [Option<String>; 3] {
    let mut lookup = Lookup::new(latitude, longitude);
    while let Some(range) = lookup.wanted() {
        lookup.give(part(object, range));
    }
    let Named {
        city,
        state,
        country,
    } = lookup.answer();
    [city, state, country]
}

fn search(object: &[u8], text: &str) -> Vec<Found> {
    let mut search = Search::new(text);
    while let Some(range) = search.wanted() {
        search.give(part(object, range));
    }
    search.answer()
}

fn texts(texts: [&str; 3]) -> [Option<String>; 3] {
    texts.map(|text| (!text.is_empty()).then(|| text.to_owned()))
}

fn world() -> Vec<u8> {
    let mut paris = city("Paris", 48.85341, 2.3488, "France");
    paris.admin1 = Some("Île-de-France".to_owned());
    paris.admin2 = Some("Paris".to_owned());
    paris.others = vec![
        "Lutetia".to_owned(),
        "Parigi".to_owned(),
        "Париж".to_owned(),
    ];
    paris.population = 2_138_551;
    let mut texan = city("Paris", 33.66094, -95.55551, "United States of America");
    texan.admin1 = Some("Texas".to_owned());
    texan.others = vec!["Paris".to_owned()];
    let mut york = city(
        "New York City",
        40.71427,
        -74.00597,
        "United States of America",
    );
    york.admin1 = Some("New York".to_owned());
    york.others = vec!["NYC".to_owned()];
    york.population = 8_175_133;
    let mut touquet = city("Le Touquet-Paris-Plage", 50.52366, 1.58571, "France");
    touquet.admin1 = Some("Hauts-de-France".to_owned());
    touquet.admin2 = Some("Pas-de-Calais".to_owned());
    let cities = [
        paris,
        texan,
        york,
        touquet,
        city("Versailles", 48.80359, 2.13424, "France"),
        city("East", -17.0, 179.95, "Fiji"),
        city("West", -17.0, -179.5, "Fiji"),
        city("Pole", 89.9, -120.0, "Nowhere"),
    ];
    let countries = [
        square("Large", 10.0, 10.0, 20.0),
        square("Enclave", 15.2, 15.2, 0.5),
        square("Fiji", 178.5, -20.0, 3.0),
        Country {
            name: "Antarctica".to_owned(),
            rings: vec![
                (0..36)
                    .map(|step| (f64::from(step * 10 % 360) - 180.0, -70.0))
                    .collect(),
            ],
        },
    ];
    make("2026-11-01", &cities, &countries).unwrap()
}

#[test]
fn the_nearest_city_within_reach_names_a_place() {
    let world = world();
    assert_eq!(
        at(&world, 48.8566, 2.3522),
        texts(["Paris", "Île-de-France", "France"])
    );
    // 11 and 6 km.
    assert_eq!(at(&world, 48.83, 2.20), texts(["Versailles", "", "France"]));
    // 70 km from both.
    assert_eq!(at(&world, 48.2, 2.0), texts(["", "", ""]));
}

#[test]
fn cities_are_found_across_the_antimeridian_and_at_the_poles() {
    let world = world();
    assert_eq!(at(&world, -17.0, -179.99), texts(["East", "", "Fiji"]));
    assert_eq!(at(&world, -17.0, 180.0), texts(["East", "", "Fiji"]));
    assert_eq!(at(&world, -17.0, -180.0), texts(["East", "", "Fiji"]));
    assert_eq!(at(&world, -17.0, -179.6), texts(["West", "", "Fiji"]));
    for longitude in [-180.0, 0.0, 60.0, 180.0] {
        assert_eq!(
            at(&world, 90.0, longitude),
            texts(["Pole", "", "Nowhere"]),
            "{longitude}"
        );
        assert_eq!(
            at(&world, -90.0, longitude),
            texts(["", "", "Antarctica"]),
            "{longitude}"
        );
        assert_eq!(
            at(&world, -70.5, longitude),
            texts(["", "", "Antarctica"]),
            "{longitude}"
        );
        assert_eq!(
            at(&world, -69.5, longitude),
            texts(["", "", ""]),
            "{longitude}"
        );
    }
}

#[test]
fn far_from_any_city_the_border_tells_the_country() {
    let world = world();
    assert_eq!(at(&world, 10.5, 29.9), texts(["", "", "Large"]));
    assert_eq!(at(&world, 15.4, 15.4), texts(["", "", "Enclave"]));
    assert_eq!(at(&world, 15.8, 15.8), texts(["", "", "Large"]));
    assert_eq!(at(&world, -18.5, 179.9), texts(["", "", "Fiji"]));
    assert_eq!(at(&world, -18.5, -178.9), texts(["", "", "Fiji"]));
    assert_eq!(at(&world, -18.5, 180.0), texts(["", "", "Fiji"]));
    assert_eq!(at(&world, -18.5, -178.4), texts(["", "", ""]));
    assert_eq!(at(&world, 0.0, -30.0), texts(["", "", ""]));
}

#[test]
fn a_text_finds_places_by_their_names() {
    let world = world();
    let names = |text: &str| -> Vec<String> {
        search(&world, text)
            .into_iter()
            .map(|found| found.name)
            .collect()
    };
    let paris = search(&world, "Paris");
    assert_eq!(paris.len(), 3);
    assert_eq!(paris[0].admin2.as_deref(), Some("Paris"));
    assert_eq!(paris[2].name, "Le Touquet-Paris-Plage");
    assert_eq!(names("pâri").len(), 3);
    assert_eq!(names("new york"), ["New York City"]);
    assert_eq!(names("Lutetia"), ["Paris"]);
    assert_eq!(names("париж"), ["Paris"]);
    for nothing in ["", "!?", "xyz", "pa", &"a ".repeat(5_000)] {
        assert!(names(nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn what_cannot_be_read_is_nothing() {
    let world = world();
    for step in 0..200_u8 {
        let mut lookup = Lookup::new(48.8566, 2.3522);
        let mut search = Search::new("paris");
        let broken = vec![step; usize::from(step)];
        for _ in 0..20 {
            if lookup.wanted().is_some() {
                lookup.give(&broken);
            }
            if search.wanted().is_some() {
                search.give(&broken);
            }
        }
    }
    assert_eq!(&world[..8], MAGIC);
}
