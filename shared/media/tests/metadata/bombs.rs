//! Files made to cost a reader more than their size: all of them end within the budget of one file, and the
//! asset keeps its other facts. Steps are counted, not seconds.

use crate::common::exif::{V, iso_box, tiff, with_segments};
use crate::common::{sample, small_jpeg};
use edge_media::metadata::{MAX_STEPS, Tags, resolve, tags, video, write_sidecar};
use std::fmt::Write;

fn repeat(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut all, i| {
        write!(all, "{}", item(i)).unwrap();
        all
    })
}

fn chunk(kind: &[u8], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&length[..], kind, body, &[0; 4]].concat()
}

/// A PNG of 64 x 48 with these chunks.
fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [0, 0, 0, 64, 0, 0, 0, 48, 8, 2, 0, 0, 0];
    let start = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header)].concat();
    let end = [chunk(b"tEXt", b"Description\0hello"), chunk(b"IEND", b"")].concat();
    [start, chunks.concat(), end].concat()
}

fn read(bytes: &[u8], name: &str) -> Tags {
    let (file, _) = tags(bytes, name);
    assert!(file.steps() <= MAX_STEPS);
    file
}

const HEAD: &str = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">";
const TAIL: &str = "</rdf:RDF></x:xmpmeta>";

fn xmp_bombs() -> Vec<(&'static str, String)> {
    let attributes = repeat(129_000, |i| format!("a{i}=\"\" "));
    let namespaces = repeat(190_000, |i| format!("<a xmlns:n{i}=\"u{i}\">"));
    let siblings = repeat(60_000, |i| format!("<a xmlns:n{i}=\"u{i}\"/>"));
    let wide = repeat(300, |_| {
        format!("<a {}/>", repeat(900, |i| format!("a{i}=\"\" ")))
    });
    vec![
        (
            "attributes",
            format!("{HEAD}<rdf:Description {attributes}/>{TAIL}"),
        ),
        ("attributes of many", format!("{HEAD}{wide}{TAIL}")),
        ("namespaces", format!("{HEAD}{namespaces}{TAIL}")),
        (
            "namespaces beside each other",
            format!("{HEAD}{siblings}{TAIL}"),
        ),
        (
            "depth",
            format!(
                "{HEAD}{}{}{TAIL}",
                "<a>".repeat(190_000),
                "</a>".repeat(190_000)
            ),
        ),
        ("nodes", format!("{HEAD}{}{TAIL}", "<a/>".repeat(900_000))),
        (
            "entities",
            format!("<!DOCTYPE l [<!ENTITY a \"aaa\"><!ENTITY b \"&a;&a;\">]>{HEAD}&b;{TAIL}"),
        ),
    ]
}

#[test]
fn xmp_that_costs_too_much_is_left_out() {
    for (what, packet) in xmp_bombs() {
        let plain = [b"XML:com.adobe.xmp\0\0\0\0\0", packet.as_bytes()].concat();
        let found = read(&png(&[chunk(b"iTXt", &plain)]), "a.png");
        // one look at it, and no work of the parser
        assert!(found.steps() < 1000, "{what}: {}", found.steps());
        assert_eq!(found.number("ImageWidth"), Some(64.0), "{what}");
        assert_eq!(
            found.text("Description").as_deref(),
            Some("hello"),
            "{what}"
        );
        // as a sidecar it is ignored and left alone
        assert!(
            edge_media::metadata::sidecar(packet.as_bytes()).is_empty(),
            "{what}"
        );
        let edits = edge_media::metadata::SidecarEdits::default();
        assert_eq!(
            write_sidecar(Some(packet.as_bytes()), &edits),
            None,
            "{what}"
        );
    }
}

#[test]
fn long_lists_are_read_once_and_cut() {
    let items = repeat(90_000, |i| format!("<rdf:li>t{i}/a</rdf:li>"));
    let packet = format!(
        "{HEAD}<rdf:Description xmlns:d=\"http://www.digikam.org/ns/1.0/\"><d:TagsList><rdf:Seq>{items}</rdf:Seq></d:TagsList></rdf:Description>{TAIL}"
    );
    let found = edge_media::metadata::sidecar(packet.as_bytes());
    assert!(found.steps() < 2 * packet.len(), "{}", found.steps());
    assert_eq!(resolve(&found, "a.jpg").tags.len(), 2000);
}

#[test]
fn packed_texts_have_a_budget() {
    let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![b' '; 64 << 20], 1);
    let text = [b"XML:com.adobe.xmp\0\x01\0\0\0", &bomb[..]].concat();
    let one = chunk(b"iTXt", &text);
    let found = read(&png(&vec![one; 40]), "a.png");
    assert_eq!(found.number("ImageWidth"), Some(64.0));
    // brotli of 16 MB of zeros, as often as it goes
    let zeros = [0x21, 0xfc, 0xff, 0x3f, 0x00, 0x00, 0x03];
    let part = iso_box(b"brob", &[&b"Exif"[..], &zeros].concat());
    let start = iso_box(b"JXL ", b"\r\n\x87\n");
    read(&[start, part.repeat(1000)].concat(), "a.jxl");
}

/// A directory of many entries that all point to the same place.
fn directory(count: u16, tag: u16, kind: u16, length: u32, at: u32) -> Vec<u8> {
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    out.extend(count.to_le_bytes());
    for _ in 0..count {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(length.to_le_bytes());
        out.extend(at.to_le_bytes());
    }
    out.extend([0; 4]);
    out
}

#[test]
fn directories_that_point_at_each_other_end() {
    for tag in [0x8769, 0x8825, 0x014a, 0x02bc, 0x83bb, 0x927c] {
        for is_raw in [true, false] {
            let block = directory(2000, tag, 4, 1, 8);
            let file = if is_raw {
                block
            } else {
                with_segments(&small_jpeg(), &[(0xe1, [b"Exif\0\0", &block[..]].concat())])
            };
            let found = read(&file, if is_raw { "a.tif" } else { "a.jpg" });
            assert!(found.steps() < 10_000, "{tag:x}: {}", found.steps());
        }
    }
}

#[test]
fn texts_that_are_said_again_and_again_have_a_budget() {
    let mut block = directory(2040, 0x010e, 2, 30_000, 30_000);
    block.resize(60_000, b'x');
    let segment = (0xe1, [b"Exif\0\0", &block[..]].concat());
    let found = read(&with_segments(&small_jpeg(), &vec![segment; 50]), "a.jpg");
    assert_eq!(found.number("ImageWidth"), Some(64.0));
    let packet = format!(
        "{HEAD}<a {}/>{TAIL}",
        repeat(2800, |i| format!("a{i}=\"\" "))
    );
    let body = [b"http://ns.adobe.com/xap/1.0/\0", packet.as_bytes()].concat();
    read(
        &with_segments(&small_jpeg(), &vec![(0xe1, body); 500]),
        "a.jpg",
    );
}

#[test]
fn items_of_heif_made_of_nothing_or_of_the_same_bytes_end() {
    let still = sample::bytes(sample::HEIC);
    let entries = |count: u16, extents: u16, sizes: [u8; 2], extent: &[u8]| {
        let mut list = [&[1, 0, 0, 0][..], &sizes, &count.to_be_bytes()].concat();
        for _ in 0..count {
            list.extend([0, 9, 0, 0, 0, 0]);
            list.extend(extents.to_be_bytes());
            list.extend(extent.repeat(usize::from(extents)));
        }
        iso_box(b"iloc", &list)
    };
    let infe = |id: u16| {
        let body = [&[2, 0, 0, 0][..], &id.to_be_bytes(), b"\0\0Exif\0"].concat();
        iso_box(b"infe", &body)
    };
    let infos = (0..3000).flat_map(|_| infe(9)).collect::<Vec<u8>>();
    let iinf = iso_box(b"iinf", &[&[0, 0, 0, 0, 0x0b, 0xb8][..], &infos].concat());
    for iloc in [
        entries(20_000, u16::MAX, [0, 0], &[]),
        // the whole file, 5000 times
        entries(1, 5000, [0x44, 0], &[0, 0, 0, 0, 0, 0, 0x80, 0]),
    ] {
        let meta = iso_box(b"meta", &[&[0; 4][..], &iinf, &iloc].concat());
        read(&[&still[..28], &meta, &still[28..]].concat(), "a.heic");
    }
}

#[test]
fn boxes_of_films_end() {
    let nested = |kind: &[u8]| (0..20_000).fold(Vec::new(), |inner, _| iso_box(kind, &inner));
    let moov = |body: &[u8]| iso_box(b"moov", body);
    for film in [
        nested(b"moov"),
        moov(&nested(b"udta")),
        moov(&iso_box(b"trak", &[]).repeat(500_000)),
        [iso_box(b"free", &[]).repeat(500_000), moov(&[])].concat(),
    ] {
        let found = video::read(&film);
        assert!(found.file.steps() < 1000 && found.file.is_empty());
    }
}

#[test]
fn a_maker_note_is_no_exception() {
    let note = [&b"Apple iOS\0\0\x01MM"[..], &[0xff; 2000]].concat();
    let block = tiff(vec![], vec![(0x927c, V::Bytes(note))], vec![]);
    let segment = (0xe1, [b"Exif\0\0", &block[..]].concat());
    read(&with_segments(&small_jpeg(), &[segment]), "a.jpg");
}
