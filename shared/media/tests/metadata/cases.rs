//! Small files of programs and cameras that were read wrong once, in `tests/cases`, and their neighbours.

use crate::common::exif::{V, iso_box, tiff, with_segments, xmp};
use crate::common::small_jpeg;
use edge_media::metadata::{Metadata, read};

fn case(name: &str) -> Metadata {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    read(&std::fs::read(folder.join(name)).unwrap(), name)
}

fn instant(metadata: &Metadata) -> Option<(String, Option<&str>)> {
    let capture = metadata.capture.as_ref()?;
    let instant = jiff::Timestamp::from_millisecond(capture.instant).ok()?;
    Some((instant.to_string(), capture.zone.as_deref()))
}

/// 2021-02-03T04:05:06+09:00
fn japan(metadata: &Metadata) -> bool {
    instant(metadata) == Some(("2021-02-02T19:05:06Z".to_owned(), Some("UTC+9")))
}

fn small_tiff() -> Vec<u8> {
    tiff(
        vec![(0x010f, V::Text("Maker"))],
        vec![
            (0x9003, V::Text("2021:02:03 04:05:06")),
            (0x9011, V::Text("+09:00")),
        ],
        vec![],
    )
}

#[test]
fn motion_photo_whose_structures_are_elements() {
    let film = 2969;
    let metadata = case("motion-photo-rewritten-by-exiftool.jpg");
    assert_eq!(metadata.motion_part, Some((7330 - film, film)));
    assert_eq!(metadata.rating, Some(3));
}

#[test]
fn exif_with_an_unusual_beginning() {
    for name in [
        "heic-exif-item-without-offset.heic",
        "png-exif-with-prefix.png",
    ] {
        let metadata = case(name);
        assert!(japan(&metadata), "{name}");
        assert_eq!(metadata.description, "hello", "{name}");
    }
}

#[test]
fn packed_blocks_of_jpeg_xl() {
    let metadata = case("jxl-brotli-exif.jxl");
    assert!(japan(&metadata), "{:?}", metadata.capture);
    assert_eq!(
        (metadata.rating, metadata.description.as_str()),
        (Some(4), "hello")
    );
}

/// A PNG of one pixel with these chunks.
fn png(chunks: &[(&[u8], Vec<u8>)]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = (&b"IHDR"[..], vec![0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
    for (kind, body) in std::iter::once(&header).chain(chunks) {
        out.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        out.extend(*kind);
        out.extend(body);
        out.extend([0; 4]);
    }
    out
}

fn packed(keyword: &[u8], text: &[u8]) -> Vec<u8> {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(text, 6);
    [keyword, b"\0\0", &packed].concat()
}

/// ImageMagick's form of a block.
fn raw_profile(name: &str, block: &[u8]) -> Vec<u8> {
    use std::fmt::Write;
    let mut text = format!("\n{name}\n{:8}", block.len());
    for (i, byte) in block.iter().enumerate() {
        if i % 36 == 0 {
            text.push('\n');
        }
        write!(text, "{byte:02x}").unwrap();
    }
    text.push('\n');
    text.into_bytes()
}

#[test]
fn texts_of_png_hold_exif_iptc_and_xmp() {
    assert!(japan(&case("png-compressed-itxt-xmp.png")));
    let exif = [&b"Exif\0\0"[..], &small_tiff()].concat();
    let packet = xmp("xmp:Rating=\"5\"", "");
    let app1 = [b"http://ns.adobe.com/xap/1.0/\0", &packet[..]].concat();
    let keyword = [&[0x1c, 2, 25, 0, 3][..], b"Sea"].concat();
    let resource = [b"8BIM\x04\x04\0\0\0\0\0\x08", &keyword[..]].concat();
    let raw = |kind: &'static [u8], keyword: &str, block: &[u8]| {
        let name = format!("Raw profile type {keyword}");
        let text = raw_profile(keyword, block);
        let body = if kind == b"zTXt" {
            packed(name.as_bytes(), &text)
        } else {
            [name.as_bytes(), b"\0", &text].concat()
        };
        read(&png(&[(kind, body)]), "a.png")
    };
    for kind in [&b"zTXt"[..], b"tEXt"] {
        assert!(japan(&raw(kind, "exif", &exif)));
        assert!(japan(&raw(kind, "APP1", &exif)));
        assert_eq!(raw(kind, "xmp", &packet).rating, Some(5));
        assert_eq!(raw(kind, "APP1", &app1).rating, Some(5));
        assert_eq!(raw(kind, "iptc", &resource).tags, ["Sea"]);
        assert_eq!(raw(kind, "iptc", &keyword).tags, ["Sea"]);
    }
    let packed_international = [
        &b"XML:com.adobe.xmp\0\x01\0en\0\0"[..],
        &miniz_oxide::deflate::compress_to_vec_zlib(&packet, 6),
    ]
    .concat();
    let metadata = read(&png(&[(b"iTXt", packed_international)]), "a.png");
    assert_eq!(metadata.rating, Some(5));
    let metadata = read(
        &png(&[(b"zTXt", packed(b"Description", b"Z\xfcrich"))]),
        "a.png",
    );
    assert_eq!(metadata.description, "Zürich");
}

#[test]
fn keywords_of_iptc_are_utf8_or_latin() {
    assert_eq!(
        case("iptc-keywords-latin1.jpg").tags,
        ["Zürich", "dänemark"]
    );
    let utf8 = [
        &[0x1c, 1, 90, 0, 3, 0x1b, b'%', b'G', 0x1c, 2, 25, 0, 7][..],
        "Zürich".as_bytes(),
    ]
    .concat();
    let size = u32::try_from(utf8.len()).unwrap().to_be_bytes();
    let photoshop = [b"Photoshop 3.0\08BIM\x04\x04\0\0", &size[..], &utf8].concat();
    let jpeg = with_segments(&small_jpeg(), &[(0xed, photoshop)]);
    assert_eq!(read(&jpeg, "a.jpg").tags, ["Zürich"]);
}

#[test]
fn films_that_count_from_1970() {
    assert_eq!(
        instant(&case("mp4-unix-epoch-dates.mp4")),
        Some(("2012-05-29T06:55:06Z".to_owned(), Some("UTC")))
    );
}

#[test]
fn films_with_xmp() {
    let metadata = case("mp4-xmp-date-rating.mp4");
    assert_eq!(
        instant(&metadata),
        Some(("2019-01-02T01:04:05Z".to_owned(), Some("UTC+2")))
    );
    assert_eq!(
        (metadata.rating, metadata.description.as_str()),
        (Some(4), "vd")
    );
    let packet = xmp("xmp:Rating=\"2\"", "");
    let moov = iso_box(b"moov", &iso_box(b"udta", &iso_box(b"XMP_", &packet)));
    assert_eq!(read(&moov, "a.mov").rating, Some(2));
    let data = iso_box(
        b"data",
        &[&[0, 0, 0, 1, 0, 0, 0, 0][..], b"A walk"].concat(),
    );
    let list = iso_box(b"ilst", &iso_box(b"desc", &data));
    let meta = iso_box(b"meta", &[&[0; 4][..], &list].concat());
    let moov = iso_box(b"moov", &iso_box(b"udta", &meta));
    assert_eq!(read(&moov, "a.mp4").description, "A walk");
}

/// A moov box of a fragmented film with one track of 600 ticks a second.
fn fragmented(extra: &[u8]) -> Vec<u8> {
    let mvhd = iso_box(
        b"mvhd",
        &[&[0; 12][..], &1000_u32.to_be_bytes(), &[0; 8]].concat(),
    );
    let tkhd = iso_box(
        b"tkhd",
        &[&[0; 12][..], &7_u32.to_be_bytes(), &[0; 60]].concat(),
    );
    let mdhd = iso_box(
        b"mdhd",
        &[&[0; 12][..], &600_u32.to_be_bytes(), &[0; 8]].concat(),
    );
    let trak = iso_box(b"trak", &[tkhd, iso_box(b"mdia", &mdhd)].concat());
    let trex = [
        &[0; 4][..],
        &7_u32.to_be_bytes(),
        &[0; 4],
        &20_u32.to_be_bytes(),
        &[0; 8],
    ];
    let mvex = iso_box(
        b"mvex",
        &[&iso_box(b"trex", &trex.concat()), extra].concat(),
    );
    iso_box(b"moov", &[mvhd, trak, mvex].concat())
}

fn words(list: &[u32]) -> Vec<u8> {
    list.iter().flat_map(|word| word.to_be_bytes()).collect()
}

#[test]
fn fragmented_films_add_up() {
    assert_eq!(case("mp4-fragmented-no-duration.mp4").duration, Some(1000));
    let mehd = iso_box(b"mehd", &words(&[0, 2500]));
    assert_eq!(read(&fragmented(&mehd), "a.mp4").duration, Some(2500));
    let fragment = |header: &[u32], run: &[u32]| {
        let traf = [
            iso_box(b"tfhd", &words(header)),
            iso_box(b"trun", &words(run)),
        ];
        iso_box(b"moof", &iso_box(b"traf", &traf.concat()))
    };
    let film = [
        fragmented(&[]),
        // by the default of the track, of the fragment, and sample by sample
        fragment(&[0, 7], &[0, 30]),
        fragment(&[0x0a, 7, 1, 10], &[0, 30]),
        fragment(&[0, 7], &[0x0301, 2, 99, 100, 5, 200, 5]),
        // another track, and a lie
        fragment(&[0, 8], &[0, 30_000]),
        fragment(&[0, 7], &[0x0100, u32::MAX, 1]),
    ]
    .concat();
    assert_eq!(read(&film, "a.mp4").duration, Some(2000));
    let sidx = iso_box(
        b"sidx",
        &words(&[0, 1, 90_000, 0, 0, 2, 5, 90_000, 0, 5, 45_000, 0]),
    );
    let film = [sidx, fragmented(&[])].concat();
    assert_eq!(read(&film, "a.mp4").duration, Some(1500));
}
