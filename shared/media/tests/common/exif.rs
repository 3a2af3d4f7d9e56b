//! Builds EXIF blocks and files around them by hand.

/// A value of a directory entry.
pub enum V {
    /// Text.
    Text(&'static str),
    /// 16-bit number.
    Short(u16),
    /// Fractions.
    Fractions(Vec<(u32, u32)>),
    /// Raw bytes.
    Bytes(Vec<u8>),
}

type Directory = Vec<(u16, V)>;

/// A little-endian TIFF block with main, EXIF and GPS directories.
pub fn tiff(main: Directory, exif: Directory, gps: Directory) -> Vec<u8> {
    let size = |d: &Directory| 2 + 12 * u32::try_from(d.len()).unwrap() + 4;
    let main_size = size(&main) + 24;
    let exif_at = 8 + main_size;
    let gps_at = exif_at + size(&exif);
    let mut heap_at = gps_at + size(&gps);
    let mut heap = Vec::new();
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    let pointers = [(0x8769_u16, exif_at), (0x8825, gps_at)];
    for (directory, extra) in [(main, &pointers[..]), (exif, &[]), (gps, &[])] {
        out.extend(
            u16::try_from(directory.len() + extra.len())
                .unwrap()
                .to_le_bytes(),
        );
        for (tag, value) in directory {
            let (kind, count, bytes) = encode(value);
            out.extend(tag.to_le_bytes());
            out.extend(kind.to_le_bytes());
            out.extend(count.to_le_bytes());
            if bytes.len() <= 4 {
                let mut inline = bytes;
                inline.resize(4, 0);
                out.extend(inline);
            } else {
                out.extend(heap_at.to_le_bytes());
                heap_at += u32::try_from(bytes.len()).unwrap();
                heap.extend(bytes);
            }
        }
        for (tag, at) in extra {
            out.extend(tag.to_le_bytes());
            out.extend(4_u16.to_le_bytes());
            out.extend(1_u32.to_le_bytes());
            out.extend(at.to_le_bytes());
        }
        out.extend([0; 4]);
    }
    out.extend(heap);
    out
}

fn encode(value: V) -> (u16, u32, Vec<u8>) {
    let count = |n: usize| u32::try_from(n).unwrap();
    match value {
        V::Text(text) => {
            let bytes = [text.as_bytes(), &[0]].concat();
            (2, count(bytes.len()), bytes)
        }
        V::Short(number) => (3, 1, number.to_le_bytes().to_vec()),
        V::Fractions(list) => {
            let bytes = list
                .iter()
                .flat_map(|(a, b)| [a.to_le_bytes(), b.to_le_bytes()].concat())
                .collect();
            (5, count(list.len()), bytes)
        }
        V::Bytes(bytes) => (7, count(bytes.len()), bytes),
    }
}

/// Puts segments (marker, body) behind the start of a JPEG.
pub fn with_segments(jpeg: &[u8], segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    for (marker, body) in segments {
        out.extend([0xff, *marker]);
        out.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        out.extend(body);
    }
    out.extend(&jpeg[2..]);
    out
}

/// A JPEG with an EXIF block.
pub fn jpeg_with_exif(jpeg: &[u8], tiff: &[u8]) -> Vec<u8> {
    with_segments(jpeg, &[(0xe1, [b"Exif\0\0", tiff].concat())])
}

/// An XMP packet with these attributes and child elements of its one description.
pub fn xmp(attributes: &str, children: &str) -> Vec<u8> {
    format!(
        r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
        xmlns:digiKam="http://www.digikam.org/ns/1.0/" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"
        xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" xmlns:Container="http://ns.google.com/photos/1.0/container/"
        xmlns:Item="http://ns.google.com/photos/1.0/container/item/" {attributes}>{children}</rdf:Description></rdf:RDF></x:xmpmeta>"#
    )
    .into_bytes()
}

/// An ISO base media box.
pub fn iso_box(kind: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
    [&size[..], kind, body].concat()
}
