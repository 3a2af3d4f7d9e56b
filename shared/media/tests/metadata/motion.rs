//! Where the film inside a motion photo lies: old and new forms of Google and Samsung.

use crate::common::exif::{iso_box, with_segments, xmp};
use crate::common::{sample, small_jpeg};
use edge_media::metadata::{motion_places, read};

fn film() -> Vec<u8> {
    [iso_box(b"ftyp", b"mp42"), iso_box(b"mdat", &[7; 40])].concat()
}

/// XMP of a motion photo by directory.
fn directory(length: usize, padding: usize) -> Vec<u8> {
    let item = format!(
        "<Container:Directory><rdf:Seq><rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"MotionPhoto\" \
         Item:Mime=\"video/mp4\" Item:Length=\"{length}\" Item:Padding=\"{padding}\"/></rdf:li></rdf:Seq></Container:Directory>"
    );
    xmp("GCamera:MotionPhoto=\"1\"", &item)
}

fn jpeg(packet: &[u8]) -> Vec<u8> {
    let body = [b"http://ns.adobe.com/xap/1.0/\0", packet].concat();
    with_segments(&small_jpeg(), &[(0xe1, body)])
}

#[test]
fn padding_is_in_front_or_part_of_the_length() {
    let length = film().len();
    let plain = jpeg(&directory(length, 24));
    let google = [plain.clone(), film(), vec![0; 24]].concat();
    let found = Some((plain.len() as u64, length as u64));
    assert_eq!(read(&google, "a.jpg").motion_part, found);
    let plain = jpeg(&directory(length + 24, 24));
    let samsung = [plain.clone(), vec![0; 24], film()].concat();
    let found = Some((plain.len() as u64 + 24, length as u64));
    assert_eq!(read(&samsung, "a.jpg").motion_part, found);
}

#[test]
fn of_a_large_photo_the_beginning_tells_where_the_film_is() {
    let length = film().len();
    let offset = xmp(
        &format!("GCamera:MicroVideo=\"1\" GCamera:MicroVideoOffset=\"{length}\""),
        "",
    );
    for (packet, padding) in [(directory(length, 24), 24), (offset, 0)] {
        let plain = jpeg(&packet);
        let photo = [plain.clone(), film(), vec![0; padding]].concat();
        let place = read(&photo, "a.jpg").motion_part.unwrap();
        assert_eq!(place, (plain.len() as u64, length as u64));
        // As if 100 MB of picture lay between.
        let between = 100_000_000;
        let places = motion_places(&plain, "a.jpg", photo.len() as u64 + between);
        assert!(places.contains(&(place.0 + between, place.1)), "{places:?}");
        for (name, size) in [
            ("a.mp4", photo.len() as u64),
            ("shorter than its film.jpg", 10),
        ] {
            assert!(motion_places(&plain, name, size).is_empty(), "{name}");
        }
    }
    assert!(motion_places(&small_jpeg(), "a.jpg", 1_000).is_empty());
}

#[test]
fn a_box_of_heif_holds_the_film_wherever_it_is() {
    let still = sample::bytes(sample::HEIC);
    let found = Some((still.len() as u64 + 8, film().len() as u64));
    let trailer = iso_box(b"sefd", b"SEFH....SEFT");
    for behind in [&trailer[..], b""] {
        let photo = [&still, &iso_box(b"mpvd", &film())[..], behind].concat();
        assert_eq!(read(&photo, "a.heic").motion_part, found);
    }
    let other = [&still, &iso_box(b"mpvd", b"no film at all")[..]].concat();
    assert_eq!(read(&other, "a.heic").motion_part, None);
}

/// Samsung's trailer with these blocks of (type, name, data).
fn trailer(blocks: &[(u16, &str, &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut starts = Vec::new();
    for (kind, name, body) in blocks {
        starts.push(data.len());
        data.extend([0, 0]);
        data.extend(kind.to_le_bytes());
        data.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
        data.extend(name.as_bytes());
        data.extend(*body);
    }
    let total = data.len();
    let mut directory = [&b"SEFH"[..], &106_u32.to_le_bytes()].concat();
    directory.extend(u32::try_from(blocks.len()).unwrap().to_le_bytes());
    let ends = starts.iter().skip(1).copied().chain([total]);
    for ((kind, _, _), (start, end)) in blocks.iter().zip(starts.iter().zip(ends)) {
        directory.extend([0, 0]);
        directory.extend(kind.to_le_bytes());
        directory.extend(u32::try_from(total - start).unwrap().to_le_bytes());
        directory.extend(u32::try_from(end - start).unwrap().to_le_bytes());
    }
    let length = u32::try_from(directory.len()).unwrap().to_le_bytes();
    [&data, &directory, &length[..], b"SEFT"].concat()
}

#[test]
fn samsung_has_a_directory_behind_the_picture() {
    let still = small_jpeg();
    let film = film();
    let blocks = [
        (0x0a01, "Image_UTC_Data", &b"1615892171859"[..]),
        (0x0a30, "MotionPhoto_Data", &film),
        (0x0aa1, "MCC_Data", b"234"),
    ];
    let photo = [still.clone(), trailer(&blocks)].concat();
    let start = still.len() + 8 + 14 + 13 + 8 + 16;
    assert_eq!(
        read(&photo, "a.jpg").motion_part,
        Some((start as u64, film.len() as u64))
    );
    // a damaged one never breaks the reader
    for at in still.len()..photo.len() {
        let mut damaged = photo.clone();
        damaged[at] = 0xff;
        read(&damaged, "a.jpg");
        read(&photo[at..], "a.jpg");
    }
}
