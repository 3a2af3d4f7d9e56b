//! Films: what MP4 and QuickTime files say of themselves, without decoding.

use crate::common::exif::iso_box;
use edge_media::metadata::{read, video};

/// 2024-05-06 07:08:09 as if it were UTC.
const WALL: i64 = 1_714_979_289_000;
const HOUR: i64 = 3_600_000;

/// Big-endian 32-bit words.
fn words(list: &[u32]) -> Vec<u8> {
    list.iter().flat_map(|w| w.to_be_bytes()).collect()
}

/// Apple's list of keys and values.
fn apple_meta() -> Vec<u8> {
    let keys = [
        "com.apple.quicktime.creationdate",
        "com.apple.quicktime.location.ISO6709",
        "com.apple.quicktime.content.identifier",
    ];
    let values = [
        "2024-05-06T09:08:09+0200",
        "+48.8577+002.2950+035.000/",
        "LIVE1",
    ];
    let mut names = words(&[0, 3]);
    let mut list = Vec::new();
    for (i, (key, value)) in keys.iter().zip(values).enumerate() {
        names.extend(iso_box(b"mdta", key.as_bytes()));
        let data = iso_box(
            b"data",
            &[words(&[1, 0]), value.as_bytes().to_vec()].concat(),
        );
        list.extend(iso_box(&u32::try_from(i + 1).unwrap().to_be_bytes(), &data));
    }
    iso_box(
        b"meta",
        &[iso_box(b"keys", &names), iso_box(b"ilst", &list)].concat(),
    )
}

/// A phone's film: 90 frames in 3 seconds, held upright, with place and zone.
fn film() -> Vec<u8> {
    let created = u32::try_from(WALL / 1000 + 2_082_844_800).unwrap();
    let mvhd = iso_box(b"mvhd", &words(&[0, created, created, 1000, 3000]));
    let mut header = words(&[0, created, created, 1, 0, 3000, 0, 0, 0, 0]);
    header.extend(words(&[
        0,
        0x10000,
        0,
        0xffff_0000,
        0,
        0,
        0,
        0,
        0x4000_0000,
    ]));
    let tkhd = iso_box(b"tkhd", &header);
    let mdhd = iso_box(b"mdhd", &words(&[0, created, created, 600, 1800, 0]));
    let hdlr = iso_box(b"hdlr", &[&[0; 8][..], b"vide", &[0; 13]].concat());
    let mut entry = vec![0; 24];
    entry.extend([0x07, 0x80, 0x04, 0x38]);
    entry.resize(70, 0);
    let stsd = iso_box(
        b"stsd",
        &[words(&[0, 1]), iso_box(b"avc1", &entry)].concat(),
    );
    let stts = iso_box(b"stts", &words(&[0, 1, 90, 20]));
    let media = [
        mdhd,
        hdlr,
        iso_box(b"minf", &iso_box(b"stbl", &[stsd, stts].concat())),
    ]
    .concat();
    let track = iso_box(b"trak", &[tkhd, iso_box(b"mdia", &media)].concat());
    let meta = apple_meta();
    let moov = iso_box(b"moov", &[mvhd, track, meta].concat());
    [iso_box(b"ftyp", b"qt  "), iso_box(b"mdat", &[0; 500]), moov].concat()
}

#[test]
fn film_says_when_where_and_how_long() {
    let metadata = read(&film(), "IMG_1.MOV");
    let capture = metadata.capture.clone().unwrap();
    assert_eq!(
        (capture.instant, capture.local, capture.zone.as_deref()),
        (WALL, WALL + 2 * HOUR, Some("Europe/Paris"))
    );
    assert_eq!(
        (
            metadata.exif_width,
            metadata.exif_height,
            metadata.orientation
        ),
        (Some(1920), Some(1080), Some(6))
    );
    assert_eq!(metadata.upright_size(), Some((1080, 1920)));
    assert_eq!((metadata.duration, metadata.fps), (Some(3000), Some(30.0)));
    assert_eq!(
        metadata.latitude.zip(metadata.longitude),
        Some((48.8577, 2.295))
    );
    assert_eq!(metadata.live_photo_cid.as_deref(), Some("LIVE1"));
}

#[test]
fn film_without_zone_is_utc_and_found_by_hopping() {
    let bytes = film();
    let size = bytes.len() as u64;
    let (mut at, mut kinds) = (0, Vec::new());
    while let Some(top) = video::top_box(&bytes[usize::try_from(at).unwrap()..], at, size) {
        kinds.push(top.kind);
        at = top.end;
        if top.kind == *b"moov" {
            let moov =
                &bytes[usize::try_from(top.start).unwrap()..usize::try_from(top.end).unwrap()];
            let mut tags = video::read(moov).file;
            tags.remove("CreationDate");
            tags.remove("GPSLatitude");
            let metadata = edge_media::metadata::resolve(&tags, "a.mp4");
            let capture = metadata.capture.unwrap();
            assert_eq!(
                (capture.instant, capture.zone.as_deref()),
                (WALL, Some("UTC"))
            );
        }
    }
    assert_eq!(kinds, [*b"ftyp", *b"mdat", *b"moov"]);
    assert_eq!(at, size);
    assert_eq!(video::top_box(b"\x89PNG\r\n\x1a\n", 0, 100), None);
}
