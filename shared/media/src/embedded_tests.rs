//! Raw files made of directories and boxes only.

use super::*;

/// A directory in Intel order: entries of (tag, kind, count, value), and where the next one is.
fn directory(entries: &[(u16, u16, u32, u32)], next: u32) -> Vec<u8> {
    let mut out = u16::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
    for (tag, kind, count, value) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend(next.to_le_bytes());
    out
}

/// A file of pieces that begin at the named places.
fn file(pieces: &[(usize, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, piece) in pieces {
        out.resize(*at, 0);
        out.extend(piece);
    }
    out
}

const HEAD: [u8; 8] = [b'I', b'I', b'*', 0, 8, 0, 0, 0];

fn at(start: u64, length: u64) -> Embedded {
    Embedded { start, length }
}

#[test]
fn pointers_of_all_directories_are_followed() {
    let data = file(&[
        (0, HEAD.to_vec()),
        // one that is nested twice, and one behind the first
        (
            8,
            directory(
                &[
                    (0x014a, 4, 2, 200),
                    (0x0201, 4, 1, 9000),
                    (0x0202, 4, 1, 2000),
                ],
                300,
            ),
        ),
        (200, [220_u32.to_le_bytes(), 260_u32.to_le_bytes()].concat()),
        (
            220,
            directory(&[(0x0201, 4, 1, 70_000_000), (0x0202, 4, 1, 5_000_000)], 0),
        ),
        // Adobe's: one strip of a JPEG
        (
            260,
            directory(
                &[
                    (0x0103, 3, 1, 7),
                    (0x0111, 4, 1, 4000),
                    (0x0117, 4, 1, 3000),
                ],
                0,
            ),
        ),
    ]);
    assert_eq!(
        find(&data),
        [at(70_000_000, 5_000_000), at(4000, 3000), at(9000, 2000)]
    );
}

#[test]
fn values_are_found_although_they_lie_behind_the_beginning() {
    let panasonic = file(&[
        (0, HEAD.to_vec()),
        (8, directory(&[(0x002e, 7, 800_000, 2_000_000)], 0)),
    ]);
    assert_eq!(find(&panasonic), [at(2_000_000, 800_000)]);
    let mut fujifilm = b"FUJIFILMCCD-RAW ".to_vec();
    fujifilm.resize(84, 0);
    fujifilm.extend(148_u32.to_be_bytes());
    fujifilm.extend(3_000_000_u32.to_be_bytes());
    assert_eq!(find(&fujifilm), [at(148, 3_000_000)]);
}

#[test]
fn the_preview_of_olympus_counts_from_the_makers_note() {
    for (name, head) in [
        (&b"OLYMPUS\0II\x03\0"[..], 12),
        (b"OM SYSTEM\0\0\0II\x04\0", 16),
    ] {
        let note = [name, &directory(&[(0x2020, 13, 1, 60)], 0)].concat();
        assert_eq!(name.len(), head);
        let data = file(&[
            (0, [&b"IIRO\x08\0\0\0"[..]].concat()),
            (8, directory(&[(0x8769, 4, 1, 100)], 0)),
            (100, directory(&[(0x927c, 7, 4000, 200)], 0)),
            (200, note),
            (
                260,
                directory(
                    &[
                        (0x0100, 4, 1, 1),
                        (0x0101, 4, 1, 5000),
                        (0x0102, 4, 1, 1500),
                    ],
                    0,
                ),
            ),
        ]);
        assert_eq!(find(&data), [at(5200, 1500)]);
    }
}

/// A box.
fn boxed(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap();
    [&length.to_be_bytes(), &kind[..], body].concat()
}

#[test]
fn canons_tracks_and_preview_are_found() {
    let numbers =
        |numbers: &[u32]| -> Vec<u8> { numbers.iter().flat_map(|n| n.to_be_bytes()).collect() };
    let track = |size: u32, offset: Vec<u8>| {
        let table = [boxed(*b"stsz", &numbers(&[0, size, 1])), offset].concat();
        boxed(
            *b"trak",
            &boxed(*b"mdia", &boxed(*b"minf", &boxed(*b"stbl", &table))),
        )
    };
    let moov = [
        track(6_000_000, boxed(*b"co64", &numbers(&[0, 1, 0, 700_000]))),
        track(1_500_000, boxed(*b"stco", &numbers(&[0, 1, 6_700_000]))),
    ];
    let ftyp = boxed(*b"ftyp", b"crx \0\0\0\x01crx isom");
    let jpeg = [&[0xff, 0xd8, 0xff][..], &[7; 2000]].concat();
    let head = [
        &numbers(&[0])[..],
        &[0, 1, 6, 0x54, 4, 0x38, 0, 1],
        &numbers(&[2003]),
    ]
    .concat();
    let preview = boxed(*b"PRVW", &[head, jpeg].concat());
    let uuid = [
        &[
            0xea, 0xf4, 0x2b, 0x5e, 0x1c, 0x98, 0x4b, 0x88, 0xb9, 0xfb, 0xb7, 0xdc, 0x40, 0x6e,
            0x4d, 0x16,
        ][..],
        &[0; 8],
        &preview,
    ];
    let data = [
        ftyp,
        boxed(*b"moov", &moov.concat()),
        boxed(*b"uuid", &uuid.concat()),
        boxed(*b"mdat", &[]),
    ]
    .concat();
    let found = find(&data);
    assert_eq!(
        found[..2],
        [at(700_000, 6_000_000), at(6_700_000, 1_500_000)]
    );
    let last = found[2];
    assert_eq!((found.len(), last.length), (3, 2003));
    assert_eq!(
        data[usize::try_from(last.start).unwrap()..][..4],
        [0xff, 0xd8, 0xff, 7]
    );
}

#[test]
fn circles_and_damage_end() {
    let circle = file(&[
        (0, HEAD.to_vec()),
        (8, directory(&[(0x014a, 4, 1, 8), (0x8769, 4, 1, 8)], 8)),
    ]);
    assert_eq!(find(&circle), []);
    let wild = file(&[
        (0, HEAD.to_vec()),
        (
            8,
            directory(
                &[
                    (0x014a, 4, u32::MAX, u32::MAX - 3),
                    (0x927c, 7, 9, u32::MAX),
                ],
                u32::MAX,
            ),
        ),
    ]);
    assert_eq!(find(&wild), []);
    for length in 0..circle.len() {
        find(&circle[..length]);
        find(
            &[
                b"\0\0\0\x18ftypcrx \0\0\0\0",
                &wild[..length.min(wild.len())],
            ]
            .concat(),
        );
    }
}

#[test]
fn a_sensors_lossless_jpeg_is_no_picture() {
    let frame = |marker: u8| {
        vec![
            0xff, 0xd8, 0xff, marker, 0, 17, 8, 1, 0, 2, 0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1,
        ]
    };
    assert_eq!(size(&frame(0xc0)), Some((512, 256)));
    assert_eq!(size(&frame(0xc3)), None);
    assert_eq!(size(b"BM"), None);
}
