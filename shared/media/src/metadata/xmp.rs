//! Reads XMP packets, embedded or as a sidecar file.

use super::date;
use super::packet::{self, OWN, RDF, descriptions};
use super::panorama::GPANO;
use super::regions;
use super::tags::{Tags, Value};
use super::text::{exposure, number};
use roxmltree::Node;

const XMP_BASIC: &str = "http://ns.adobe.com/xap/1.0/";
const DUBLIN_CORE: &str = "http://purl.org/dc/elements/1.1/";
const AUX: &str = "http://ns.adobe.com/exif/1.0/aux/";

/// Adds the tags of a packet. EXIF already there wins over the XMP copies of EXIF values, but the
/// rating and description of XMP win, as in exiftool. Damaged packets, and those that would cost a parser
/// too much, add nothing.
pub fn read(packet: &[u8], tags: &mut Tags) {
    let Some(text) = packet::rdf_text(packet) else {
        return;
    };
    if !packet::steps(text).is_some_and(|steps| tags.spend(steps)) {
        return;
    }
    let Some(document) = packet::parse(text) else {
        return;
    };
    for description in packet::rdf(&document).into_iter().flat_map(descriptions) {
        for attribute in description.attributes() {
            let space = attribute.namespace().unwrap_or_default();
            let value = [attribute.value().to_owned()];
            property(space, attribute.name(), &value, tags);
        }
        for element in description.children().filter(Node::is_element) {
            let name = element.tag_name();
            if name.name() == "Directory" {
                directory(element, tags);
            }
            let space = name.namespace().unwrap_or_default();
            if (name.name(), space) == (regions::ELEMENT, regions::SPACE) {
                regions::read(element, tags);
                continue;
            }
            property(space, name.name(), &values(element), tags);
        }
    }
}

/// The texts of a property: of its list items, or its own.
fn values(element: Node<'_, '_>) -> Vec<String> {
    let items: Vec<String> = element
        .descendants()
        .filter(|n| n.has_tag_name((RDF, "li")))
        .filter_map(|n| n.text().map(str::to_owned))
        .collect();
    if items.is_empty() {
        element.text().map(str::to_owned).into_iter().collect()
    } else {
        items
    }
}

fn property(space: &str, name: &str, values: &[String], tags: &mut Tags) {
    let Some(first) = values.first().map(|v| v.trim()).filter(|v| !v.is_empty()) else {
        return;
    };
    match name {
        "Rating" if space == XMP_BASIC => set_number("Rating", first, true, tags),
        "description" if space == DUBLIN_CORE => tags.set_text("Description", first),
        "ImageDescription"
        | "Make"
        | "Model"
        | "LensModel"
        | "DateTimeOriginal"
        | "CreateDate"
        | "ContentIdentifier"
        | "BurstID"
        | "BurstUUID"
        | "CameraBurstID"
        | "MediaUniqueID"
        | "MediaGroupUUID"
        | "OffsetTimeOriginal"
        | "OffsetTimeDigitized"
        | "OffsetTime" => tags.set_default(owned(name), Value::Text(first.to_owned())),
        "GPSTimeStamp" => tags.set_default("GPSDateTime", Value::Text(with_utc(first))),
        "ProjectionType" => tags.set_text("ProjectionType", first),
        "Lens" if space == AUX => tags.set_default("LensID", Value::Text(first.to_owned())),
        "TimeZone" if space == OWN => tags.set_text("TimeZone", first),
        "TagsList" => tags.set("TagsList", Value::List(trimmed(values))),
        "hierarchicalSubject" => tags.set("HierarchicalSubject", Value::List(trimmed(values))),
        "Orientation" | "FNumber" | "FocalLength" | "MotionPhoto" | "MicroVideo"
        | "MicroVideoOffset" => {
            set_number(name, first, false, tags);
        }
        "ISOSpeedRatings" | "PhotographicSensitivity" => set_number("ISO", first, false, tags),
        "ExposureTime" => {
            if let Some(seconds) = number(first) {
                tags.set_default("ExposureTime", Value::Text(exposure(seconds)));
            }
        }
        "ColorSpace" if first == "1" => {
            tags.set_default("ColorSpace", Value::Text("sRGB".to_owned()));
        }
        "ColorSpace" if first == "65535" => {
            tags.set_default("ColorSpace", Value::Text("Uncalibrated".to_owned()));
        }
        "GPSLatitude" | "GPSLongitude" => {
            if let Some(degrees) = coordinate(first) {
                tags.set_default(owned(name), Value::Number(degrees));
            }
        }
        _ if space == GPANO => tags.set_text(format!("GPano:{name}"), first),
        _ => {}
    }
    if space == GPANO && name == "ProjectionType" {
        tags.set_text("GPano:ProjectionType", first);
    }
}

fn owned(name: &str) -> String {
    name.to_owned()
}

fn trimmed(values: &[String]) -> Vec<String> {
    values
        .iter()
        .map(|v| v.trim().to_owned())
        .filter(|v| !v.is_empty())
        .collect()
}

fn set_number(name: &str, text: &str, replace: bool, tags: &mut Tags) {
    let Some(number) = number(text) else { return };
    if replace {
        tags.set(owned(name), Value::Number(number));
    } else {
        tags.set_default(owned(name), Value::Number(number));
    }
}

/// `48,51.5N`, `48,51,30N` or signed decimal degrees.
fn coordinate(text: &str) -> Option<f64> {
    let text = text.trim();
    let (body, negative) = match text.chars().last()? {
        'N' | 'n' | 'E' | 'e' => (text.get(..text.len() - 1)?, false),
        'S' | 's' | 'W' | 'w' => (text.get(..text.len() - 1)?, true),
        _ => (text, false),
    };
    let mut degrees = 0.0;
    for (part, unit) in body.split(',').zip([1.0, 60.0, 3600.0]) {
        degrees += part.trim().parse::<f64>().ok()? / unit;
    }
    Some(if negative { -degrees } else { degrees }).filter(|d| d.is_finite())
}

/// Satellite time is UTC even where the zone is left out.
fn with_utc(text: &str) -> String {
    let zoned = date::parse(text).is_some_and(|r| r.offset.is_some());
    if zoned {
        text.to_owned()
    } else {
        format!("{text}Z")
    }
}

/// Google's container directory: how long the motion part at the end of the file is. Its items are
/// structures: attributes as cameras write them, or elements as exiftool does when it rewrites a file.
fn directory(element: Node<'_, '_>, tags: &mut Tags) {
    const FIELDS: [(&str, &str); 2] = [
        ("Length", "MotionPhotoLength"),
        ("Padding", "MotionPhotoPadding"),
    ];
    for item in element.descendants().filter(Node::is_element) {
        let attributes = item.attributes().map(|a| (a.name(), Some(a.value())));
        let elements = item.children().filter(Node::is_element);
        let elements = elements.map(|e| (e.tag_name().name(), e.text()));
        let fields: Vec<(&str, &str)> = attributes
            .chain(elements)
            .filter_map(|(name, value)| Some((name, value?.trim())))
            .collect();
        if !fields.contains(&("Semantic", "MotionPhoto")) {
            continue;
        }
        for (name, tag) in FIELDS {
            let value = fields.iter().find(|field| field.0 == name);
            if let Some(value) = value.and_then(|field| number(field.1)) {
                tags.set(tag, Value::Number(value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Tags {
        let mut tags = Tags::new();
        read(text.as_bytes(), &mut tags);
        tags
    }

    #[test]
    fn attributes_elements_and_lists_are_read() {
        let tags = read_text(
            r#"<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
              xmlns:ms="http://ns.microsoft.com/photo/1.0/" xmlns:digiKam="http://www.digikam.org/ns/1.0/"
              xmlns:exif="http://ns.adobe.com/exif/1.0/" xmp:Rating="4" ms:Rating="75" exif:GPSLatitude="48,51.5S" exif:FNumber="28/10">
              <dc:description><rdf:Alt><rdf:li xml:lang="x-default"> A &amp; B </rdf:li></rdf:Alt></dc:description>
              <digiKam:TagsList><rdf:Seq><rdf:li>a/b</rdf:li><rdf:li>c</rdf:li></rdf:Seq></digiKam:TagsList>
              <exif:GPSLongitude>-2.5</exif:GPSLongitude><exif:ExposureTime>1/250</exif:ExposureTime>
            </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#,
        );
        assert_eq!(tags.number("Rating"), Some(4.0));
        assert_eq!(tags.text("Description").as_deref(), Some("A & B"));
        assert_eq!(
            tags.list("TagsList"),
            Some(vec!["a/b".to_owned(), "c".to_owned()])
        );
        assert_eq!(tags.number("GPSLatitude"), Some(-48.858_333_333_333_334));
        assert_eq!(tags.number("GPSLongitude"), Some(-2.5));
        assert_eq!(tags.number("FNumber"), Some(2.8));
        assert_eq!(tags.text("ExposureTime").as_deref(), Some("1/250"));
    }

    #[test]
    fn damaged_packets_add_nothing() {
        for text in [
            "",
            "<x:xmpmeta",
            "<x:xmpmeta></x:xmpmeta>",
            "<rdf:RDF>\u{0}</rdf:RDF>",
            "no xml at all",
        ] {
            assert!(read_text(text).is_empty(), "{text}");
        }
        let entities =
            "<!DOCTYPE x [<!ENTITY a \"&b;&b;\">]><rdf:RDF xmlns:rdf=\"x\">&a;</rdf:RDF>";
        assert!(read_text(entities).is_empty());
    }
}
