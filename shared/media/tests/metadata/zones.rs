//! Which zone a date is in: told by a tag, by the place, by another date, by the satellites.

use crate::common::exif::{V, iso_box, jpeg_with_exif, tiff, with_segments, xmp};
use crate::common::{fixtures, small_jpeg};
use edge_media::metadata::{Metadata, read, read_with_sidecar};

type Directory = Vec<(u16, V)>;

/// Instant and local time as ISO texts without fractions, and the zone.
fn when(metadata: &Metadata) -> (String, String, String) {
    let capture = metadata.capture.as_ref().unwrap();
    let text = |millis: i64| {
        let whole = jiff::Timestamp::from_second(millis.div_euclid(1000)).unwrap();
        whole.to_string()
    };
    let local = text(capture.local).trim_end_matches('Z').to_owned();
    let zone = capture.zone.clone().unwrap_or_default();
    (text(capture.instant), local, zone)
}

fn expect(metadata: &Metadata, instant: &str, local: &str, zone: &str) {
    let expected = (instant.to_owned(), local.to_owned(), zone.to_owned());
    assert_eq!(when(metadata), expected);
}

/// A position as EXIF has it.
fn gps(latitude: f64, longitude: f64) -> Directory {
    let part = |value: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "degrees are few"
        )]
        let millionths = (value.abs() * 1e6).round() as u32;
        V::Fractions(vec![(millionths, 1_000_000), (0, 1), (0, 1)])
    };
    vec![
        (1, V::Text(if latitude < 0.0 { "S" } else { "N" })),
        (2, part(latitude)),
        (3, V::Text(if longitude < 0.0 { "W" } else { "E" })),
        (4, part(longitude)),
    ]
}

fn photo(exif: Directory, gps: Directory) -> Vec<u8> {
    jpeg_with_exif(&small_jpeg(), &tiff(vec![], exif, gps))
}

const DENVER: (f64, f64) = (39.115, -108.400_969);

#[test]
fn a_date_without_zone_is_in_the_zone_of_the_place() {
    // the official "datetimeoriginal-gps": 18:30Z
    let original = || (0x9003, V::Text("2023:11:15 11:30:00"));
    let metadata = read(&photo(vec![original()], gps(DENVER.0, DENVER.1)), "a.jpg");
    expect(
        &metadata,
        "2023-11-15T18:30:00Z",
        "2023-11-15T11:30:00",
        "America/Denver",
    );
    let summer = (0x9003, V::Text("2023:07:15 11:30:00"));
    let metadata = read(&photo(vec![summer], gps(DENVER.0, DENVER.1)), "a.jpg");
    expect(
        &metadata,
        "2023-07-15T17:30:00Z",
        "2023-07-15T11:30:00",
        "America/Denver",
    );
    let metadata = read(&photo(vec![original()], gps(0.0, -30.0)), "a.jpg");
    expect(
        &metadata,
        "2023-11-15T13:30:00Z",
        "2023-11-15T11:30:00",
        "Etc/GMT+2",
    );
}

#[test]
fn a_zone_that_is_told_wins_over_the_place() {
    let exif = vec![
        (0x9003, V::Text("2023:11:15 11:30:00")),
        (0x9011, V::Text("+02:00")),
    ];
    let metadata = read(&photo(exif, gps(DENVER.0, DENVER.1)), "a.jpg");
    expect(
        &metadata,
        "2023-11-15T09:30:00Z",
        "2023-11-15T11:30:00",
        "UTC+2",
    );
}

#[test]
fn satellite_time_is_shown_as_clocks_at_the_place() {
    let time = vec![
        (7, V::Fractions(vec![(12, 1), (30, 1), (0, 1)])),
        (29, V::Text("2023:11:15")),
    ];
    let place = [gps(37.774_9, -122.419_4), time]
        .into_iter()
        .flatten()
        .collect();
    let metadata = read(&photo(vec![], place), "a.jpg");
    expect(
        &metadata,
        "2023-11-15T12:30:00Z",
        "2023-11-15T04:30:00",
        "America/Los_Angeles",
    );
}

#[test]
fn dates_with_an_offset_of_their_own() {
    let photo = photo(vec![], gps(DENVER.0, DENVER.1));
    let of = |date: &str| {
        let sidecar = xmp(&format!("exif:DateTimeOriginal=\"{date}\""), "");
        read_with_sidecar(&photo, "a.jpg", Some(&sidecar))
    };
    let agreed = of("2023-11-15T11:30:00-07:00");
    expect(
        &agreed,
        "2023-11-15T18:30:00Z",
        "2023-11-15T11:30:00",
        "America/Denver",
    );
    // set by hand to another zone
    let other = of("2023-11-15T11:30:00+09:00");
    expect(
        &other,
        "2023-11-15T02:30:00Z",
        "2023-11-15T11:30:00",
        "UTC+9",
    );
    // UTC says that the program knew no better
    let zulu = of("2023-11-15T18:30:00Z");
    expect(
        &zulu,
        "2023-11-15T18:30:00Z",
        "2023-11-15T11:30:00",
        "America/Denver",
    );
}

#[test]
fn the_offset_of_another_date_is_the_zone_of_the_first() {
    // as in the official "cyclamen": the camera's date is without zone, a program repeated it with one
    let iptc = [
        &[0x1c, 2, 55, 0, 8][..],
        b"20071206",
        &[0x1c, 2, 60, 0, 11],
        b"143318+0900",
    ]
    .concat();
    let size = u32::try_from(iptc.len()).unwrap().to_be_bytes();
    let photoshop = [b"Photoshop 3.0\08BIM\x04\x04\0\0", &size[..], &iptc].concat();
    let camera = photo(vec![(0x9003, V::Text("2007:12:06 14:33:18"))], vec![]);
    let metadata = read(&with_segments(&camera, &[(0xed, photoshop)]), "a.jpg");
    expect(
        &metadata,
        "2007-12-06T05:33:18Z",
        "2007-12-06T14:33:18",
        "UTC+9",
    );
}

#[test]
fn times_of_films_are_utc_and_shown_as_at_the_place() {
    let words = |list: &[u32]| -> Vec<u8> { list.iter().flat_map(|w| w.to_be_bytes()).collect() };
    // 2024-05-06T07:08:09Z
    let created = 1_714_979_289 + 2_082_844_800;
    let mvhd = iso_box(b"mvhd", &words(&[0, created, created, 1000, 3000]));
    let place = b"+48.8577+002.2950/";
    let length = u16::try_from(place.len()).unwrap().to_be_bytes();
    let xyz = iso_box(b"\xa9xyz", &[&length[..], b"\x15\xc7", place].concat());
    let film = iso_box(b"moov", &[mvhd, iso_box(b"udta", &xyz)].concat());
    let metadata = read(&film, "a.mp4");
    expect(
        &metadata,
        "2024-05-06T07:08:09Z",
        "2024-05-06T09:08:09",
        "Europe/Paris",
    );
}

#[test]
fn shared_example_photos_have_their_zones() {
    let Some(folder) = fixtures() else { return };
    let of = |name: &str| read(&std::fs::read(folder.join(name)).unwrap(), name);
    for (name, instant, local, zone) in [
        (
            "metadata/gps-position/thompson-springs.jpg",
            "2022-01-10T22:15:44Z",
            "2022-01-10T15:15:44",
            "America/Denver",
        ),
        (
            "albums/nature/cyclamen_persicum.jpg",
            "2007-12-06T05:33:18Z",
            "2007-12-06T14:33:18",
            "UTC+9",
        ),
        (
            "formats/heic/IMG_2682.heic",
            "2019-03-21T16:04:22Z",
            "2019-03-21T11:04:22",
            "America/Chicago",
        ),
        (
            "metadata/dates/gps-datetime.jpg",
            "2023-11-15T12:30:00Z",
            "2023-11-15T04:30:00",
            "America/Los_Angeles",
        ),
    ] {
        expect(&of(name), instant, local, zone);
    }
}
