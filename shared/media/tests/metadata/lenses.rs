//! The lens in the maker notes of Canon, Nikon, Sony and Panasonic, in notes made by hand.

use crate::common::exif::{V, jpeg_with_exif, tiff};
use crate::common::small_jpeg;
use edge_media::metadata::read;

/// A directory of entries (tag, type, count, bytes) whose long values lie behind it, `base` bytes from where its
/// offsets count.
fn directory(base: usize, entries: &[(u16, u16, u32, Vec<u8>)]) -> Vec<u8> {
    let mut head = u16::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
    let mut tail = Vec::new();
    let behind = base + 2 + entries.len() * 12 + 4;
    for (tag, kind, count, value) in entries {
        head.extend(tag.to_le_bytes());
        head.extend(kind.to_le_bytes());
        head.extend(count.to_le_bytes());
        if value.len() <= 4 {
            let mut inline = value.clone();
            inline.resize(4, 0);
            head.extend(inline);
        } else {
            head.extend(u32::try_from(behind + tail.len()).unwrap().to_le_bytes());
            tail.extend(value);
        }
    }
    [head, vec![0; 4], tail].concat()
}

fn text(tag: u16, text: &str) -> (u16, u16, u32, Vec<u8>) {
    let bytes = [text.as_bytes(), b"\0"].concat();
    (tag, 2, u32::try_from(bytes.len()).unwrap(), bytes)
}

fn shorts(tag: u16, list: &[u16]) -> (u16, u16, u32, Vec<u8>) {
    let bytes = list.iter().flat_map(|n| n.to_le_bytes()).collect();
    (tag, 3, u32::try_from(list.len()).unwrap(), bytes)
}

/// The lens of a photo of this maker whose note starts at the offset that `note` is given.
fn lens(
    make: &'static str,
    model: Option<&'static str>,
    note: impl Fn(usize) -> Vec<u8>,
) -> Option<String> {
    let photo = |note: Vec<u8>| {
        let mut exif = vec![(0x927c, V::Bytes(note))];
        exif.extend(model.map(|model| (0xa434, V::Text(model))));
        tiff(vec![(0x010f, V::Text(make))], exif, vec![])
    };
    // where a note of this length comes to lie
    let length = note(0).len();
    let probe = photo(vec![0xee; length]);
    let mark = vec![0xee; length];
    let at = probe
        .windows(length)
        .position(|window| window == mark)
        .unwrap();
    read(&jpeg_with_exif(&small_jpeg(), &photo(note(at))), "a.jpg").lens_model
}

#[test]
fn canon_writes_a_name_or_a_number() {
    let named = lens("Canon", Some("EF24-105mm f/4L IS USM"), |at| {
        directory(at, &[text(0x0095, "EF24-105mm f/4L IS USM")])
    });
    assert_eq!(named.as_deref(), Some("Canon EF 24-105mm f/4L IS USM"));
    let mut settings = [0; 40];
    settings[22..26].copy_from_slice(&[45, 55, 18, 1]);
    let numbered = lens("Canon", None, |at| {
        directory(at, &[shorts(0x0001, &settings)])
    });
    assert_eq!(
        numbered.as_deref(),
        Some("Canon EF-S 18-55mm f/3.5-5.6 [II]")
    );
    settings[23] = 200;
    let other = lens("Canon", None, |at| {
        directory(at, &[shorts(0x0001, &settings)])
    });
    assert_eq!(other, None);
}

#[test]
fn sony_writes_a_number_and_exif_the_name() {
    let note = |number: u32| {
        move |at: usize| {
            let entry = (0xb027, 4, 1, number.to_le_bytes().to_vec());
            [&b"SONY DSC \0\0\0"[..], &directory(at + 12, &[entry])].concat()
        }
    };
    let found = lens("SONY", Some("FE 24-70mm F2.8 GM"), note(65_535));
    assert_eq!(found.as_deref(), Some("Sony FE 24-70mm F2.8 GM"));
    let found = lens(
        "SONY",
        Some("30mm F1.4 DC DN | Contemporary 016"),
        note(65_535),
    );
    assert_eq!(found.as_deref(), Some("30mm F1.4 DC DN | Contemporary 016"));
    let found = lens("SONY", None, note(62));
    assert_eq!(found.as_deref(), Some("Sony DT 35mm F1.8 SAM (SAL35F18)"));
}

#[test]
fn panasonic_and_fujifilm_write_a_name() {
    let name = "LUMIX G VARIO 12-32/F3.5-5.6";
    let found = lens("Panasonic", None, |at| {
        [
            &b"Panasonic\0\0\0"[..],
            &directory(at + 12, &[text(0x0051, name)]),
        ]
        .concat()
    });
    assert_eq!(found.as_deref(), Some(name));
    // Fujifilm's note has no name, its EXIF has
    let found = lens("FUJIFILM", Some("XF18-55mmF2.8-4 R LM OIS"), |_| {
        b"FUJIFILM\x0c\0\0\0\0\0".to_vec()
    });
    assert_eq!(found.as_deref(), Some("XF18-55mmF2.8-4 R LM OIS"));
}

#[test]
fn nikon_describes_the_lens() {
    let note = |_: usize| {
        let range: Vec<u8> = [(18_u32, 1_u32), (105, 1), (35, 10), (56, 10)]
            .iter()
            .flat_map(|(a, b)| [a.to_le_bytes(), b.to_le_bytes()].concat())
            .collect();
        let entries = [(0x0083, 1, 1, vec![0x0e]), (0x0084, 5, 4, range)];
        [
            &b"Nikon\0\x02\x10\0\0II*\0\x08\0\0\0"[..],
            &directory(8, &entries),
        ]
        .concat()
    };
    let found = lens("NIKON CORPORATION", None, note);
    assert_eq!(found.as_deref(), Some("18-105mm f/3.5-5.6 G VR"));
    let found = lens("NIKON CORPORATION", Some("NIKKOR Z 24-70mm f/4 S"), note);
    assert_eq!(found.as_deref(), Some("NIKKOR Z 24-70mm f/4 S"));
}

#[test]
fn damaged_notes_do_no_harm() {
    for make in ["Canon", "SONY", "NIKON", "Panasonic"] {
        for head in [
            &b"Nikon\0\x02\x10\0\0II*\0\x08\0\0\0"[..],
            b"Panasonic\0\0\0",
            b"SONY DSC \0\0\0",
            b"",
        ] {
            for filling in [0, 1, 0x95, 0xff] {
                let note = [head, &[filling; 500]].concat();
                lens(make, None, |_| note.clone());
                lens(make, None, |_| note[..head.len() + 7].to_vec());
            }
        }
    }
}
