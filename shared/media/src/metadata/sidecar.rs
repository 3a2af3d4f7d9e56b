//! Writes what users change into an XMP sidecar, and leaves everything else in it alone
//! (api/assets.md section 9, SidecarWrite).

use super::packet::{self, OWN, RDF, descriptions, rdf_text};
use std::fmt::Write;
use std::ops::Range;

/// What happens to one property.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Edit<T> {
    /// Stays as it is.
    #[default]
    Keep,
    /// Is taken out.
    Remove,
    /// Gets this value.
    Set(T),
}

/// The properties that can be written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SidecarEdits {
    /// Description and ImageDescription.
    pub description: Edit<String>,
    /// DateTimeOriginal as ISO text with its zone, such as `2024-05-06T07:08:09.000+02:00`.
    pub date_time_original: Edit<String>,
    /// The zone of that date by name, such as `Asia/Tokyo`. A new date takes out an older one.
    pub time_zone: Option<String>,
    /// Degrees north and east.
    pub position: Edit<(f64, f64)>,
    /// Stars.
    pub rating: Edit<i32>,
    /// Tags as paths with slashes.
    pub tags: Edit<Vec<String>>,
}

const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const XMP: &str = "http://ns.adobe.com/xap/1.0/";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const DIGIKAM: &str = "http://www.digikam.org/ns/1.0/";
const LIGHTROOM: &str = "http://ns.adobe.com/lightroom/1.0/";

impl SidecarEdits {
    /// The properties that are replaced or taken out, by namespace and name.
    fn touched(&self) -> Vec<(&'static str, &'static str)> {
        let mut names = Vec::new();
        if self.description != Edit::Keep {
            names.extend([(DC, "description"), (TIFF, "ImageDescription")]);
        }
        if self.date_time_original != Edit::Keep {
            names.extend([(EXIF, "DateTimeOriginal"), (OWN, "TimeZone")]);
        }
        if self.position != Edit::Keep {
            names.extend([(EXIF, "GPSLatitude"), (EXIF, "GPSLongitude")]);
        }
        if self.rating != Edit::Keep {
            names.push((XMP, "Rating"));
        }
        if self.tags != Edit::Keep {
            // where there is no list of ours, that of Lightroom is read
            names.extend([(DIGIKAM, "TagsList"), (LIGHTROOM, "hierarchicalSubject")]);
        }
        if self.tags == Edit::Remove {
            names.push((DC, "subject"));
        }
        names
    }

    /// A description element with the new values; nothing where there are none.
    fn description_element(&self) -> Result<String, std::fmt::Error> {
        let mut out = format!(
            "<rdf:Description xmlns:rdf=\"{RDF}\" rdf:about=\"\" xmlns:exif=\"{EXIF}\" xmlns:tiff=\"{TIFF}\" \
             xmlns:xmp=\"{XMP}\" xmlns:dc=\"{DC}\" xmlns:digiKam=\"{DIGIKAM}\">"
        );
        let begun = out.len();
        if let Edit::Set(text) = &self.description {
            let text = escape(text);
            let item = format!("<rdf:Alt><rdf:li xml:lang=\"x-default\">{text}</rdf:li></rdf:Alt>");
            write!(out, "<dc:description>{item}</dc:description>")?;
            write!(out, "<tiff:ImageDescription>{item}</tiff:ImageDescription>")?;
        }
        if let Edit::Set(date) = &self.date_time_original {
            write!(
                out,
                "<exif:DateTimeOriginal>{}</exif:DateTimeOriginal>",
                escape(date)
            )?;
        }
        if let Some(zone) = &self.time_zone {
            let zone = escape(zone);
            write!(
                out,
                "<edge:TimeZone xmlns:edge=\"{OWN}\">{zone}</edge:TimeZone>"
            )?;
        }
        if let Edit::Set((latitude, longitude)) = self.position {
            write!(
                out,
                "<exif:GPSLatitude>{}</exif:GPSLatitude>",
                degrees(latitude, ['N', 'S'])
            )?;
            write!(
                out,
                "<exif:GPSLongitude>{}</exif:GPSLongitude>",
                degrees(longitude, ['E', 'W'])
            )?;
        }
        if let Edit::Set(stars) = self.rating {
            write!(out, "<xmp:Rating>{stars}</xmp:Rating>")?;
        }
        if let Edit::Set(tags) = &self.tags {
            out.push_str("<digiKam:TagsList><rdf:Seq>");
            for tag in tags {
                write!(out, "<rdf:li>{}</rdf:li>", escape(tag))?;
            }
            out.push_str("</rdf:Seq></digiKam:TagsList>");
        }
        if out.len() == begun {
            return Ok(String::new());
        }
        out.push_str("</rdf:Description>");
        Ok(out)
    }
}

/// The sidecar with the edits made. `existing` is the sidecar so far; `None` for one that cannot be edited (it is no UTF-8 or no XML, has
/// other prefixes or a document type, or would cost a parser too much): what else its owner has in it would be lost.
pub fn write_sidecar(existing: Option<&[u8]>, edits: &SidecarEdits) -> Option<String> {
    let addition = edits.description_element().ok()?;
    let body = match existing {
        Some(file) => edited(rdf_text(file)?, &edits.touched(), &addition)?,
        None => format!(
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{RDF}\">{addition}</rdf:RDF></x:xmpmeta>"
        ),
    };
    Some(format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n{body}\n<?xpacket end=\"w\"?>\n"
    ))
}

/// The text without these properties of the picture and with an addition to its RDF; `None` if it is no
/// XML or has no RDF.
fn edited(text: &str, names: &[(&str, &str)], addition: &str) -> Option<String> {
    const END: &str = "</rdf:RDF>";
    packet::steps(text)?;
    let document = packet::parse(text)?;
    let root = packet::rdf(&document)?;
    text.get(root.range())?.strip_suffix(END)?;
    let end = root.range().end - END.len();
    let wanted = |space: Option<&str>, name: &str| {
        names.iter().any(|(s, n)| Some(*s) == space && *n == name)
    };
    let mut cuts: Vec<Range<usize>> = Vec::new();
    for description in descriptions(root) {
        let attributes = description
            .attributes()
            .filter(|a| wanted(a.namespace(), a.name()));
        cuts.extend(attributes.map(|a| a.range()));
        let elements = description
            .children()
            .filter(|c| wanted(c.tag_name().namespace(), c.tag_name().name()));
        cuts.extend(elements.map(|e| e.range()));
    }
    cuts.sort_by_key(|cut| cut.start);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for cut in cuts {
        out.push_str(text.get(at..cut.start)?);
        at = cut.end;
    }
    out.push_str(text.get(at..end)?);
    out.push_str(addition);
    out.push_str(text.get(end..)?);
    Some(out)
}

/// XML text; characters that XML cannot hold are left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' | '\r' | ' '.. if c != '\u{fffe}' && c != '\u{ffff}' => out.push(c),
            _ => {}
        }
    }
    out
}

/// XMP's form of a coordinate: whole degrees, minutes with decimals, the direction.
fn degrees(value: f64, [positive, negative]: [char; 2]) -> String {
    let whole = value.abs().trunc();
    let minutes = (value.abs() - whole) * 60.0;
    let direction = if value < 0.0 { negative } else { positive };
    format!("{whole},{minutes:.8}{direction}")
}

#[cfg(test)]
mod tests {
    use super::super::{resolve, sidecar};
    use super::*;

    fn edits() -> SidecarEdits {
        SidecarEdits {
            description: Edit::Set("Tom & <Jerry>\u{1}".to_owned()),
            date_time_original: Edit::Set("2024-05-06T07:08:09.000+02:00".to_owned()),
            time_zone: None,
            position: Edit::Set((-48.858_222, 2.2945)),
            rating: Edit::Set(4),
            tags: Edit::Set(vec!["a/b".to_owned(), "c&d".to_owned()]),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let other = format!(
            "<rdf:RDF xmlns:rdf=\"{RDF}\"><rdf:Description xmlns:dc=\"{DC}\" dc:format=\"a\"/></rdf:RDF>"
        );
        for existing in [None, Some(other.as_bytes())] {
            let written = write_sidecar(existing, &edits()).unwrap();
            assert_eq!(written.contains("dc:format"), existing.is_some());
            let metadata = resolve(&sidecar(written.as_bytes()), "a.jpg");
            assert_eq!(metadata.description, "Tom & <Jerry>");
            assert_eq!(metadata.rating, Some(4));
            assert_eq!(metadata.tags, ["a/b", "c&d"]);
            let (latitude, longitude) = metadata.latitude.zip(metadata.longitude).unwrap();
            assert!((latitude + 48.858_222).abs() < 1e-9 && (longitude - 2.2945).abs() < 1e-9);
            let capture = metadata.capture.unwrap();
            assert_eq!(
                (capture.instant, capture.zone.as_deref()),
                (1_714_972_089_000, Some("UTC+2"))
            );
        }
    }

    #[test]
    fn zones_by_name_are_read_back_and_go_with_their_date() {
        let write =
            |existing: Option<&[u8]>, edits: &SidecarEdits| write_sidecar(existing, edits).unwrap();
        let zone = |written: &str| {
            let capture = resolve(&sidecar(written.as_bytes()), "a.jpg").capture;
            capture.and_then(|capture| capture.zone)
        };
        let mut edits = SidecarEdits {
            date_time_original: Edit::Set("2024-05-06T14:08:09.000+09:00".to_owned()),
            time_zone: Some("Asia/Tokyo".to_owned()),
            ..SidecarEdits::default()
        };
        let tokyo = write(None, &edits);
        assert_eq!(zone(&tokyo).as_deref(), Some("Asia/Tokyo"));
        edits.date_time_original = Edit::Set("2024-05-06T07:08:09.000+02:00".to_owned());
        edits.time_zone = None;
        let fixed = write(Some(tokyo.as_bytes()), &edits);
        assert_eq!(zone(&fixed).as_deref(), Some("UTC+2"));
        // a zone that disagrees with its date was left by another program
        edits.time_zone = Some("Asia/Tokyo".to_owned());
        let other = write(None, &edits);
        assert_eq!(zone(&other).as_deref(), Some("UTC+2"));
    }

    #[test]
    fn what_cannot_be_edited_is_left_alone() {
        let nested = "<a>".repeat(200_000);
        let bomb = format!("<rdf:RDF xmlns:rdf=\"{RDF}\">{nested}</rdf:RDF>");
        let typed = format!("<rdf:RDF xmlns:rdf=\"{RDF}\"><!DOCTYPE a></rdf:RDF>");
        let prefix = format!("<r:RDF xmlns:r=\"{RDF}\"></r:RDF>");
        let utf16: Vec<u8> = prefix.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let cut = write_sidecar(None, &edits()).unwrap();
        let left: [&[u8]; 9] = [
            bomb.as_bytes(),
            typed.as_bytes(),
            prefix.as_bytes(),
            utf16.as_slice(),
            cut.as_bytes().get(..cut.len() / 2).unwrap(),
            b"rubbish",
            b"<rdf:RDF></rdf:RDF>",
            // found by the fuzzer: the prefix of RDF, but not its name space
            b"<x><rdf:RDF xmlns:rdf=\"http://www.w0.org/\"></rdf:RDF></x>",
            b"\xff\xff",
        ];
        for existing in left {
            assert_eq!(write_sidecar(Some(existing), &edits()), None);
        }
    }

    #[test]
    fn tags_of_other_programs_do_not_come_back() {
        let list = |name: &str| format!("<{name}><rdf:Bag><rdf:li>old</rdf:li></rdf:Bag></{name}>");
        let foreign = format!(
            "<rdf:RDF xmlns:rdf=\"{RDF}\"><rdf:Description xmlns:dc=\"{DC}\" xmlns:lr=\"{LIGHTROOM}\">{}{}</rdf:Description></rdf:RDF>",
            list("lr:hierarchicalSubject"),
            list("dc:subject")
        );
        let tags = |edit| {
            let edits = SidecarEdits {
                tags: edit,
                ..SidecarEdits::default()
            };
            let written = write_sidecar(Some(foreign.as_bytes()), &edits).unwrap();
            let read = resolve(&sidecar(written.as_bytes()), "a.jpg").tags;
            (read, written.matches("old").count())
        };
        assert_eq!(tags(Edit::Keep), (vec!["old".to_owned()], 2));
        assert_eq!(tags(Edit::Remove), (Vec::new(), 0));
        let new = vec!["new".to_owned()];
        assert_eq!(tags(Edit::Set(new.clone())), (new, 1));
    }

    #[test]
    fn other_properties_stay_and_old_values_go() {
        let write =
            |existing: Option<&[u8]>, edits: &SidecarEdits| write_sidecar(existing, edits).unwrap();
        let first = write(None, &edits());
        let foreign = first
            .replace("<xmp:Rating>4</xmp:Rating>", "<xmp:Label>Red</xmp:Label>")
            .replace("rdf:about=\"\"", "rdf:about=\"\" xmp:Rating=\"2\"");
        let second = SidecarEdits {
            rating: Edit::Set(5),
            description: Edit::Remove,
            ..SidecarEdits::default()
        };
        let written = write(Some(foreign.as_bytes()), &second);
        let metadata = resolve(&sidecar(written.as_bytes()), "a.jpg");
        assert_eq!(
            (metadata.rating, metadata.description.as_str()),
            (Some(5), "")
        );
        assert_eq!(metadata.tags, ["a/b", "c&d"]);
        assert!(
            written.contains("<xmp:Label>Red</xmp:Label>") && !written.contains("xmp:Rating=\"2\"")
        );
        // again and again does not pile up
        let again = write(Some(written.as_bytes()), &second);
        assert_eq!(again.matches("xmp:Rating").count(), 2);
        let gone = SidecarEdits {
            rating: Edit::Remove,
            tags: Edit::Remove,
            ..SidecarEdits::default()
        };
        let written = write(Some(again.as_bytes()), &gone);
        let metadata = resolve(&sidecar(written.as_bytes()), "a.jpg");
        assert_eq!((metadata.rating, metadata.tags.len()), (None, 0));
        assert!(written.contains("<xmp:Label>Red</xmp:Label>"));
        assert_eq!(write(Some(written.as_bytes()), &gone), written);
    }
}
