//! Media made on the spot for the tests.
#![allow(dead_code, clippy::unwrap_used, reason = "tests")]

use jpeg_encoder::{ColorType, Encoder};

/// Interleaved RGB with areas and edges.
pub fn rgb(width: u16, height: u16) -> Vec<u8> {
    let mut out = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    for y in 0..height {
        for x in 0..width {
            let level = |v: u32| u8::try_from(v.min(255)).unwrap();
            out.push(level(u32::from(x) * 220 / u32::from(width)));
            out.push(level(u32::from(y) * 220 / u32::from(height)));
            out.push(if (x / 50 + y / 50) % 2 == 0 { 40 } else { 210 });
        }
    }
    out
}

/// A JPEG with EXIF: camera, orientation, a local date with its offset, a description.
pub fn jpeg(width: u16, height: u16, orientation: u16) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 90);
    encoder.add_app_segment(1, exif(orientation)).unwrap();
    encoder
        .encode(&rgb(width, height), width, height, ColorType::Rgb)
        .unwrap();
    out
}

/// A JPEG without any metadata.
pub fn plain_jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut out = Vec::new();
    let encoder = Encoder::new(&mut out, 90);
    encoder
        .encode(&rgb(width, height), width, height, ColorType::Rgb)
        .unwrap();
    out
}

/// A JPEG whose XMP tells of a film behind the picture.
pub fn motion_photo(width: u16, height: u16, film: &[u8]) -> Vec<u8> {
    let xmp = format!(
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description \
         xmlns:GCamera=\"http://ns.google.com/photos/1.0/camera/\" GCamera:MicroVideo=\"1\" \
         GCamera:MicroVideoVersion=\"1\" GCamera:MicroVideoOffset=\"{}\"/></rdf:RDF></x:xmpmeta>",
        film.len()
    );
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 90);
    encoder.add_app_segment(1, xmp.into_bytes()).unwrap();
    encoder
        .encode(&rgb(width, height), width, height, ColorType::Rgb)
        .unwrap();
    [out, film.to_vec()].concat()
}

/// A JPEG of hills of light, other ones for each seed, with XMP in it if there is any.
pub fn hills(width: u16, height: u16, seed: u16, xmp: Option<&str>) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (x, y) = (
                f64::from(x) / f64::from(width),
                f64::from(y) / f64::from(height),
            );
            let wave = (x * f64::from(5 + seed)).sin() + (y * f64::from(9 - seed)).cos();
            let light = u8::try_from(
                ((wave + 2.0) * 63.0)
                    .round()
                    .to_string()
                    .parse::<u32>()
                    .unwrap()
                    .min(255),
            )
            .unwrap();
            pixels.extend([light, light / 2, 255 - light]);
        }
    }
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 85);
    if let Some(xmp) = xmp {
        let segment = format!("http://ns.adobe.com/xap/1.0/\0{xmp}");
        encoder.add_app_segment(1, segment.into_bytes()).unwrap();
    }
    encoder
        .encode(&pixels, width, height, ColorType::Rgb)
        .unwrap();
    out
}

/// XMP with regions: name, centre, sides.
pub fn regions(faces: &[(&str, [f64; 4])]) -> String {
    let item = |(name, [x, y, w, h]): &(&str, [f64; 4])| {
        format!(
            "<rdf:li><rdf:Description mwg-rs:Name=\"{name}\" mwg-rs:Type=\"Face\"><mwg-rs:Area stArea:x=\"{x}\" \
             stArea:y=\"{y}\" stArea:w=\"{w}\" stArea:h=\"{h}\" stArea:unit=\"normalized\"/></rdf:Description></rdf:li>"
        )
    };
    let items: String = faces.iter().map(item).collect();
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description xmlns:mwg-rs=\"http://www.metadataworkinggroup.com/schemas/regions/\" \
         xmlns:stArea=\"http://ns.adobe.com/xmp/sType/Area#\"><mwg-rs:Regions rdf:parseType=\"Resource\"><mwg-rs:RegionList>\
         <rdf:Bag>{items}</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
}

/// The beginning of a PNG that claims these sides and has next to nothing behind.
pub fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(b"\0\0\0\x04IDAT\0\0\0\0\0\0\0\0");
    bytes
}

/// One text entry of a TIFF directory.
fn text(tag: u16, text: &str) -> (u16, u16, Vec<u8>) {
    (tag, 2, [text.as_bytes(), b"\0"].concat())
}

/// A directory at `at`, little-endian, its long values behind it.
fn directory(at: usize, entries: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
    // Bytes of a value of kinds 2 (text), 3 (short) and 4 (long).
    let size = |kind: u16| 1_usize << (kind - 2);
    let mut behind = at + 2 + entries.len() * 12 + 4;
    let mut head = u16::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
    let mut tail: Vec<u8> = Vec::new();
    for (tag, kind, value) in entries {
        head.extend(tag.to_le_bytes());
        head.extend(kind.to_le_bytes());
        head.extend(
            u32::try_from(value.len() / size(*kind))
                .unwrap()
                .to_le_bytes(),
        );
        if value.len() <= 4 {
            let mut inline = value.clone();
            inline.resize(4, 0);
            head.extend(inline);
        } else {
            head.extend(u32::try_from(behind).unwrap().to_le_bytes());
            tail.extend(value);
            behind += value.len();
        }
    }
    head.extend([0; 4]);
    head.extend(tail);
    head
}

fn exif(orientation: u16) -> Vec<u8> {
    let details = [text(0x9003, "2021:07:08 09:10:11"), text(0x9011, "+02:00")];
    let main = |pointer: usize| {
        let pointer = u32::try_from(pointer).unwrap();
        let entries = [
            text(0x010e, "A meadow"),
            text(0x010f, "Kamera"),
            (0x0112, 3, orientation.to_le_bytes().to_vec()),
            (0x8769, 4, pointer.to_le_bytes().to_vec()),
        ];
        directory(8, &entries)
    };
    let pointer = 8 + main(0).len();
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.extend(main(pointer));
    tiff.extend(directory(pointer, &details));
    [b"Exif\0\0".to_vec(), tiff].concat()
}

/// An ISO base media box.
fn iso_box(kind: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
    [&size[..], kind, body].concat()
}

/// A film of this many fragments of one second, with four stars in its XMP and `padding` bytes in front of
/// all of that.
pub fn fragmented_film(padding: usize, fragments: usize) -> Vec<u8> {
    let words =
        |list: &[u32]| -> Vec<u8> { list.iter().flat_map(|word| word.to_be_bytes()).collect() };
    let mvhd = iso_box(b"mvhd", &words(&[0, 0, 0, 1000, 0]));
    let tkhd = iso_box(b"tkhd", &words(&[0, 0, 0, 1, 0, 0]));
    let mdhd = iso_box(b"mdhd", &words(&[0, 0, 0, 600, 0, 0]));
    let trak = iso_box(b"trak", &[tkhd, iso_box(b"mdia", &mdhd)].concat());
    let moov = iso_box(b"moov", &[mvhd, trak].concat());
    let traf = [
        iso_box(b"tfhd", &words(&[8, 1, 20])),
        iso_box(b"trun", &words(&[0, 30])),
    ];
    let moof = iso_box(b"moof", &iso_box(b"traf", &traf.concat()));
    let fragment = [moof, iso_box(b"mdat", &[0; 10])].concat();
    let xmp = [
        &b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"[..],
        b"<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description \
          xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmp:Rating=\"4\"/></rdf:RDF>",
    ];
    [
        iso_box(b"ftyp", b"isom"),
        iso_box(b"free", &vec![0; padding]),
        moov,
        iso_box(b"uuid", &xmp.concat()),
        fragment.repeat(fragments),
    ]
    .concat()
}
