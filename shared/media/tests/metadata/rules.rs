//! The rule table of api/assets.md section 9, on files built by hand.

use crate::common::exif::{V, iso_box, jpeg_with_exif, tiff, with_segments, xmp};
use crate::common::{fixtures, sample, small_jpeg};
use edge_media::color::ColorSpace;
use edge_media::metadata::{Metadata, read, read_with_sidecar};

/// 2024-05-06 07:08:09 as if it were UTC.
const WALL: i64 = 1_714_979_289_000;
const HOUR: i64 = 3_600_000;

pub fn from_exif(main: Vec<(u16, V)>, exif: Vec<(u16, V)>, gps: Vec<(u16, V)>) -> Metadata {
    read(
        &jpeg_with_exif(&small_jpeg(), &tiff(main, exif, gps)),
        "a.jpg",
    )
}

fn when(exif: Vec<(u16, V)>, gps: Vec<(u16, V)>) -> Option<(i64, i64, Option<String>)> {
    from_exif(vec![], exif, gps)
        .capture
        .map(|c| (c.instant, c.local, c.zone))
}

fn original(text: &'static str) -> (u16, V) {
    (0x9003, V::Text(text))
}

fn degrees(d: u32, m: u32, s: u32) -> V {
    V::Fractions(vec![(d, 1), (m, 1), (s, 100)])
}

#[test]
fn camera_fields_come_out_of_exif() {
    let metadata = from_exif(
        vec![
            (0x010e, V::Text("  A view ")),
            (0x010f, V::Text("Maker")),
            (0x0110, V::Text("Model X")),
            (0x0112, V::Short(6)),
            (0x4746, V::Short(4)),
        ],
        vec![
            (0x829a, V::Fractions(vec![(4, 1000)])),
            (0x829d, V::Fractions(vec![(178, 100)])),
            (0x8827, V::Short(64)),
            (0x920a, V::Fractions(vec![(686, 100)])),
            (0xa001, V::Short(1)),
            (0xa434, V::Text(" Wide 24mm ")),
        ],
        vec![
            (1, V::Text("S")),
            (2, degrees(48, 51, 3000)),
            (3, V::Text("W")),
            (4, degrees(2, 30, 0)),
        ],
    );
    assert_eq!(metadata.description, "A view");
    assert_eq!(
        (metadata.make.as_deref(), metadata.model.as_deref()),
        (Some("Maker"), Some("Model X"))
    );
    assert_eq!((metadata.orientation, metadata.rating), (Some(6), Some(4)));
    assert_eq!(
        (metadata.exif_width, metadata.exif_height),
        (Some(64), Some(48))
    );
    assert_eq!(metadata.upright_size(), Some((48, 64)));
    assert_eq!(metadata.exposure_time.as_deref(), Some("1/250"));
    assert_eq!(
        (metadata.f_number, metadata.iso, metadata.focal_length),
        (Some(1.8), Some(64), Some(6.86))
    );
    assert_eq!(metadata.lens_model.as_deref(), Some("Wide 24mm"));
    assert_eq!(
        metadata.latitude.zip(metadata.longitude),
        Some((-48.858_333_333_333_334, -2.5))
    );
    assert_eq!(
        (metadata.bits_per_sample, metadata.colorspace.as_deref()),
        (Some(8), Some("sRGB"))
    );
    assert_eq!(metadata.output_space(), ColorSpace::Srgb);
    assert_eq!(metadata.capture, None);
}

#[test]
fn dates_carry_fractions_and_offsets() {
    let plain = || original("2024:05:06 07:08:09");
    assert_eq!(when(vec![plain()], vec![]), Some((WALL, WALL, None)));
    assert_eq!(
        when(vec![plain(), (0x9291, V::Text("12"))], vec![]),
        Some((WALL + 120, WALL + 120, None))
    );
    let east = when(
        vec![
            plain(),
            (0x9291, V::Text("123456")),
            (0x9011, V::Text("+05:30")),
        ],
        vec![],
    );
    assert_eq!(
        east,
        Some((
            WALL + 123 - 11 * HOUR / 2,
            WALL + 123,
            Some("UTC+5:30".to_owned())
        ))
    );
    let west = when(vec![plain(), (0x9010, V::Text("-03:00"))], vec![]);
    assert_eq!(
        west,
        Some((WALL + 3 * HOUR, WALL, Some("UTC-3".to_owned())))
    );
    let zulu = when(vec![plain(), (0x9011, V::Text("+00:00"))], vec![]);
    assert_eq!(zulu, Some((WALL, WALL, Some("UTC+0".to_owned()))));
}

#[test]
fn zone_is_the_distance_between_camera_and_satellite() {
    let gps = |hour| {
        vec![
            (7, V::Fractions(vec![(hour, 1), (7, 1), (0, 1)])),
            (29, V::Text("2024:05:06")),
        ]
    };
    let exif = || vec![original("2024:05:06 07:08:09")];
    assert_eq!(
        when(exif(), gps(5)),
        Some((WALL - 2 * HOUR, WALL, Some("UTC+2".to_owned())))
    );
    assert_eq!(
        when(exif(), gps(14)),
        Some((WALL + 7 * HOUR, WALL, Some("UTC-7".to_owned())))
    );
    // satellite time alone is the date
    let alone = when(vec![], gps(5)).unwrap();
    assert_eq!(
        (alone.0, alone.2),
        (WALL - 2 * HOUR - 69_000, Some("UTC+0".to_owned()))
    );
}

#[test]
fn absurd_dates_are_dropped() {
    for text in [
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "2024:13:06 07:08:09",
        "2023:02:29 00:00:00",
        "9999:99:99 99:99:99",
        "-2024:05:06",
        "99999999",
        "now",
    ] {
        assert_eq!(when(vec![original(text)], vec![]), None, "{text}");
    }
    let next = when(
        vec![
            original("0000:00:00 00:00:00"),
            (0x9004, V::Text("2024:05:06 07:08:09")),
        ],
        vec![],
    );
    assert_eq!(next, Some((WALL, WALL, None)));
    let offset = when(
        vec![original("2024:05:06 07:08:09"), (0x9011, V::Text("+99:00"))],
        vec![],
    );
    assert_eq!(offset, Some((WALL, WALL, None)));
    assert_eq!(
        when(vec![original("2024:05:06 07:08:60")], vec![]),
        Some((WALL + 50_000, WALL + 50_000, None))
    );
}

#[test]
fn absurd_positions_and_numbers_are_dropped() {
    let place = |latitude: V, longitude: V| {
        let metadata = from_exif(
            vec![],
            vec![],
            vec![
                (1, V::Text("N")),
                (2, latitude),
                (3, V::Text("E")),
                (4, longitude),
            ],
        );
        metadata.latitude.zip(metadata.longitude)
    };
    assert_eq!(place(degrees(0, 0, 0), degrees(0, 0, 0)), None);
    assert_eq!(place(degrees(91, 0, 0), degrees(0, 0, 0)), None);
    assert_eq!(place(degrees(10, 0, 0), degrees(4_000_000_000, 0, 0)), None);
    assert_eq!(place(V::Fractions(vec![(1, 0)]), degrees(1, 0, 0)), None);
    assert_eq!(place(degrees(0, 0, 0), degrees(7, 0, 0)), Some((0.0, 7.0)));
    let odd = from_exif(
        vec![(0x0112, V::Short(9)), (0x4746, V::Short(6))],
        vec![
            (0x829a, V::Fractions(vec![(1, 0)])),
            (0x829d, V::Fractions(vec![(0, 0)])),
            (0x8827, V::Text("high")),
            (0xa434, V::Text("----")),
        ],
        vec![],
    );
    let dropped = (
        odd.orientation,
        odd.rating,
        odd.f_number,
        odd.iso,
        odd.lens_model,
        odd.exposure_time,
    );
    assert_eq!(dropped, (None, None, None, None, None, None));
}

#[test]
fn sidecar_wins_and_its_date_drops_the_zone_of_the_file() {
    let file = jpeg_with_exif(
        &small_jpeg(),
        &tiff(
            vec![(0x010f, V::Text("Maker"))],
            vec![
                original("2020:01:01 00:00:00"),
                (0x9291, V::Text("5")),
                (0x9011, V::Text("+09:00")),
            ],
            vec![],
        ),
    );
    let sidecar = xmp(
        r#"xmp:Rating="5" exif:DateTimeOriginal="2024-05-06T07:08:09" exif:GPSLatitude="10,30.0N" exif:GPSLongitude="20,0.0W""#,
        "<dc:description><rdf:Alt><rdf:li>From the sidecar</rdf:li></rdf:Alt></dc:description>
         <lr:hierarchicalSubject><rdf:Bag><rdf:li>Places|Rome/Lazio</rdf:li></rdf:Bag></lr:hierarchicalSubject>",
    );
    let metadata = read_with_sidecar(&file, "a.jpg", Some(&sidecar));
    let capture = metadata.capture.unwrap();
    // an hour behind UTC out there in the Atlantic
    assert_eq!(
        (capture.instant, capture.zone.as_deref()),
        (WALL + HOUR, Some("Etc/GMT+1"))
    );
    assert_eq!(
        (metadata.rating, metadata.make.as_deref()),
        (Some(5), Some("Maker"))
    );
    assert_eq!(
        metadata.latitude.zip(metadata.longitude),
        Some((10.5, -20.0))
    );
    assert_eq!(metadata.description, "From the sidecar");
    assert_eq!(metadata.tags, ["Places/Rome|Lazio"]);
    // a sidecar without date leaves the file's alone
    let metadata = read_with_sidecar(&file, "a.jpg", Some(&xmp("xmp:Rating=\"1\"", "")));
    assert_eq!(metadata.capture.unwrap().zone.as_deref(), Some("UTC+9"));
    let metadata = read_with_sidecar(&file, "a.jpg", Some(b"not xml"));
    assert_eq!(metadata.make.as_deref(), Some("Maker"));
}

#[test]
fn embedded_xmp_and_iptc_are_read() {
    let packet = [
        b"http://ns.adobe.com/xap/1.0/\0",
        &xmp(
            "xmp:Rating=\"2\" GPano:ProjectionType=\"equirectangular\"",
            "",
        )[..],
    ]
    .concat();
    let iptc = [
        &[0x1c, 2, 25, 0, 3][..],
        b"Sea",
        &[0x1c, 2, 25, 0, 4],
        b"Sand",
        &[0x1c, 2, 55, 0, 8],
        b"20240506",
        &[0x1c, 2, 60, 0, 11],
        b"070809+0200",
    ]
    .concat();
    let size = u32::try_from(iptc.len()).unwrap().to_be_bytes();
    let photoshop = [b"Photoshop 3.0\08BIM\x04\x04\0\0", &size[..], &iptc].concat();
    let metadata = read(
        &with_segments(&small_jpeg(), &[(0xe1, packet), (0xed, photoshop)]),
        "a.jpg",
    );
    assert_eq!(
        (metadata.rating, metadata.projection_type.as_deref()),
        (Some(2), Some("EQUIRECTANGULAR"))
    );
    assert!(
        metadata
            .panorama_xmp
            .unwrap()
            .contains("GPano:ProjectionType=\"equirectangular\"")
    );
    assert_eq!(metadata.tags, ["Sea", "Sand"]);
    let capture = metadata.capture.unwrap();
    assert_eq!(
        (capture.instant, capture.zone.as_deref()),
        (WALL - 2 * HOUR, Some("UTC+2"))
    );
}

#[test]
fn apple_maker_note_links_live_photos_and_bursts() {
    let mut note = b"Apple iOS\0\0\x01MM\0\x02".to_vec();
    for (tag, at) in [(0x000b_u16, 44_u32), (0x0011, 48)] {
        note.extend(tag.to_be_bytes());
        note.extend([0, 2, 0, 0, 0, if tag == 0x000b { 5 } else { 6 }]);
        note.extend(at.to_be_bytes());
    }
    note.resize(44, 0);
    note.extend(b"BUR\0LIVE1\0");
    let metadata = from_exif(vec![], vec![(0x927c, V::Bytes(note))], vec![]);
    assert_eq!(
        (
            metadata.auto_stack_id.as_deref(),
            metadata.live_photo_cid.as_deref()
        ),
        (Some("BUR"), Some("LIVE1"))
    );
    assert_eq!(metadata.burst_id.as_deref(), Some("BUR"));
}

#[test]
fn motion_part_is_found_by_directory_and_by_offset() {
    let film = [iso_box(b"ftyp", b"mp42"), iso_box(b"mdat", &[7; 40])].concat();
    let length = film.len();
    let directory = xmp(
        "GCamera:MotionPhoto=\"1\"",
        &format!(
            "<Container:Directory><rdf:Seq><rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"Primary\" Item:Padding=\"0\"/></rdf:li><rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Mime=\"video/mp4\" Item:Semantic=\"MotionPhoto\" Item:Length=\"{length}\"/></rdf:li></rdf:Seq></Container:Directory>"
        ),
    );
    let offset = xmp(
        &format!("GCamera:MicroVideo=\"1\" GCamera:MicroVideoOffset=\"{length}\""),
        "",
    );
    let lying = xmp(
        "GCamera:MicroVideo=\"1\" GCamera:MicroVideoOffset=\"999999999\"",
        "",
    );
    let wrong = xmp(
        &format!(
            "GCamera:MicroVideo=\"1\" GCamera:MicroVideoOffset=\"{}\"",
            length - 3
        ),
        "",
    );
    for (packet, expected) in [
        (directory, true),
        (offset, true),
        (lying, false),
        (wrong, false),
    ] {
        let body = [b"http://ns.adobe.com/xap/1.0/\0", &packet[..]].concat();
        let photo = with_segments(&small_jpeg(), &[(0xe1, body)]);
        let start = photo.len() as u64;
        let metadata = read(&[photo, film.clone()].concat(), "a.jpg");
        assert_eq!(
            metadata.motion_part,
            expected.then_some((start, length as u64))
        );
    }
    let samsung = [
        small_jpeg(),
        b"MotionPhoto_Data".to_vec(),
        film.clone(),
        b"SEFH....SEFT".to_vec(),
    ]
    .concat();
    assert_eq!(
        read(&samsung, "a.jpg").motion_part,
        Some((small_jpeg().len() as u64 + 16, length as u64))
    );
    assert_eq!(read(&small_jpeg(), "a.jpg").motion_part, None);
}

#[test]
fn heif_rotation_counts_and_exif_orientation_does_not() {
    for (bytes, name) in [
        (sample::bytes(sample::HEIC), "a.heic"),
        (sample::bytes(sample::AVIF), "a.avif"),
    ] {
        let metadata = read(&bytes, name);
        assert_eq!(
            (
                metadata.exif_width,
                metadata.exif_height,
                metadata.orientation
            ),
            (Some(64), Some(48), Some(1)),
            "{name}"
        );
        assert_eq!(metadata.bits_per_sample, Some(8), "{name}");
    }
    let metadata = read(&sample::bytes(sample::JXL), "a.jxl");
    assert_eq!(metadata.upright_size(), Some((64, 48)));
}

#[test]
fn exif_is_found_in_png_webp_and_tiff() {
    let block = tiff(
        vec![
            (0x0100, V::Short(20)),
            (0x0101, V::Short(10)),
            (0x010f, V::Text("Maker")),
            (0x0112, V::Short(8)),
        ],
        vec![],
        vec![],
    );
    let chunk = |name: &[u8], body: &[u8]| {
        [
            &u32::try_from(body.len()).unwrap().to_be_bytes()[..],
            name,
            body,
            &[0; 4],
        ]
        .concat()
    };
    let header = [&[0, 0, 0, 20, 0, 0, 0, 10, 16, 2, 0, 0, 0][..]].concat();
    let png = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"eXIf", &block),
        chunk(b"IEND", &[]),
    ]
    .concat();
    let size = u32::try_from(block.len()).unwrap().to_le_bytes();
    let extended = [
        b"VP8X\x0a\0\0\0\x08\0\0\0\x13\0\0\x09\0\0EXIF".to_vec(),
        size.to_vec(),
        block.clone(),
    ]
    .concat();
    let webp = [b"RIFF\0\0\0\0WEBP".to_vec(), extended].concat();
    for (bytes, name, bits) in [
        (png, "a.png", Some(16)),
        (webp, "a.webp", None),
        (block, "a.tif", None),
    ] {
        let metadata = read(&bytes, name);
        assert_eq!(metadata.make.as_deref(), Some("Maker"), "{name}");
        assert_eq!(metadata.upright_size(), Some((10, 20)), "{name}");
        assert_eq!(metadata.bits_per_sample, bits, "{name}");
    }
}

#[test]
fn shared_example_photos_say_what_is_known_of_them() {
    let Some(folder) = fixtures() else { return };
    let of = |name: &str| read(&std::fs::read(folder.join(name)).unwrap(), name);
    let phone = of("formats/heic/IMG_2682.heic");
    assert_eq!(
        (phone.make.as_deref(), phone.model.as_deref()),
        (Some("Apple"), Some("iPhone 7"))
    );
    assert_eq!(phone.capture.as_ref().unwrap().local, 1_553_166_262_348);
    assert_eq!(
        (phone.orientation, phone.upright_size()),
        (Some(1), Some((4032, 3024)))
    );
    assert_eq!(phone.profile_description.as_deref(), Some("Display P3"));
    let rated = of("metadata/rating/mongolels.jpg");
    assert_eq!(
        (rated.rating, rated.description.as_str(), rated.iso),
        (Some(3), "Mongol Els", Some(200))
    );
    let placed = of("metadata/gps-position/thompson-springs.jpg");
    assert!(placed.latitude.is_some_and(|l| (l - 39.115).abs() < 1e-9));
    let satellite = of("metadata/dates/gps-datetime.jpg");
    assert_eq!(satellite.capture.unwrap().instant, 1_700_051_400_000);
}
