//! Regions with names: who is where on a photo (Metadata Working Group, "Guidelines for handling image metadata", 2.0,
//! section 5.9), as photo managers write them into XMP.

use super::packet::RDF;
use super::tags::{Tags, Value};
use super::text::number;
use roxmltree::Node;

/// Name of the element that holds the regions.
pub(super) const ELEMENT: &str = "Regions";
/// Its namespace.
pub(super) const SPACE: &str = "http://www.metadataworkinggroup.com/schemas/regions/";

/// The tag of the regions: a list of texts `<centre x> <centre y> <width> <height> <name>`, parts of the picture's sides.
const TAG: &str = "RegionInfo";

/// Kinds of regions that show nobody.
const NOBODY: [&str; 2] = ["Focus", "BarCode"];

/// A named part of a picture. Places are parts of the sides of the picture as it is stored, 0 to 1, from the upper left.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Who it shows.
    pub name: String,
    /// Left side.
    pub left: f64,
    /// Upper side.
    pub top: f64,
    /// Right side.
    pub right: f64,
    /// Lower side.
    pub bottom: f64,
}

impl Region {
    /// The region on the picture turned upright by an EXIF orientation, 1 to 8.
    #[must_use]
    pub fn upright(&self, orientation: u8) -> Self {
        let turn = |x: f64, y: f64| match orientation {
            2 => (1.0 - x, y),
            3 => (1.0 - x, 1.0 - y),
            4 => (x, 1.0 - y),
            5 => (y, x),
            6 => (1.0 - y, x),
            7 => (1.0 - y, 1.0 - x),
            8 => (y, 1.0 - x),
            _ => (x, y),
        };
        let (one, other) = (turn(self.left, self.top), turn(self.right, self.bottom));
        Self {
            name: self.name.clone(),
            left: one.0.min(other.0),
            top: one.1.min(other.1),
            right: one.0.max(other.0),
            bottom: one.1.max(other.1),
        }
    }
}

/// Adds the regions of the element. Every node is looked at once.
pub(super) fn read(regions: Node<'_, '_>, tags: &mut Tags) {
    let lists = regions
        .children()
        .flat_map(inner)
        .filter(|node| node.tag_name().name() == "RegionList");
    let bags = lists.flat_map(|list| list.children().filter(Node::is_element));
    let items = bags.flat_map(|bag| bag.children().filter(|n| n.has_tag_name((RDF, "li"))));
    let texts: Vec<String> = items.filter_map(region).collect();
    tags.set(TAG, Value::List(texts));
}

/// A structure is written as it is, or inside an `rdf:Description`.
fn inner<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    if node.has_tag_name((RDF, "Description")) {
        return node.children().filter(Node::is_element).collect();
    }
    vec![node]
}

/// The fields of a structure: attributes or elements, by their names without prefix.
fn field<'a>(structure: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let nested = structure
        .children()
        .filter(|n| n.has_tag_name((RDF, "Description")));
    for node in [structure].into_iter().chain(nested) {
        let attribute = node.attributes().find(|a| a.name() == name);
        let element = || {
            let mut children = node.children().filter(Node::is_element);
            children
                .find(|n| n.tag_name().name() == name)
                .and_then(|n| n.text())
        };
        let found = attribute.map(|a| a.value()).or_else(element);
        if let Some(text) = found.map(str::trim).filter(|text| !text.is_empty()) {
            return Some(text);
        }
    }
    None
}

/// A region as a text of the tag.
fn region(item: Node<'_, '_>) -> Option<String> {
    let name = field(item, "Name")?;
    if field(item, "Type").is_some_and(|kind| NOBODY.contains(&kind)) {
        return None;
    }
    let area = item
        .children()
        .flat_map(inner)
        .find(|n| n.tag_name().name() == "Area")?;
    if field(area, "unit").is_some_and(|unit| unit != "normalized") {
        return None;
    }
    let side = |name| field(area, name).and_then(number);
    let (x, y, w, h) = (side("x")?, side("y")?, side("w")?, side("h")?);
    Some(format!("{x} {y} {w} {h} {name}"))
}

/// The regions of merged tags; what lies outside the picture is cut off, and what is empty then left out.
pub(super) fn regions(tags: &Tags) -> Vec<Region> {
    let texts = tags.list(TAG).unwrap_or_default();
    texts.iter().filter_map(|text| parse(text)).collect()
}

fn parse(text: &str) -> Option<Region> {
    let mut parts = text.splitn(5, ' ');
    let mut side = || parts.next()?.parse::<f64>().ok().filter(|n| n.is_finite());
    let (x, y, w, h) = (side()?, side()?, side()?, side()?);
    let name = parts.next()?.to_owned();
    let cut = |from: f64, to: f64| (from.clamp(0.0, 1.0), to.clamp(0.0, 1.0));
    let (left, right) = cut(x - w / 2.0, x + w / 2.0);
    let (top, bottom) = cut(y - h / 2.0, y + h / 2.0);
    (left < right && top < bottom).then_some(Region {
        name,
        left,
        top,
        right,
        bottom,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sidecar;
    use super::*;

    /// A packet with these items.
    fn packet(items: &str) -> String {
        format!(
            "<rdf:RDF xmlns:rdf=\"{RDF}\"><rdf:Description xmlns:mwg-rs=\"{SPACE}\" xmlns:stArea=\"area#\">\
             <mwg-rs:Regions rdf:parseType=\"Resource\"><mwg-rs:RegionList><rdf:Bag>{items}</rdf:Bag>\
             </mwg-rs:RegionList></mwg-rs:Regions></rdf:Description></rdf:RDF>"
        )
    }

    fn read_items(items: &str) -> Vec<Region> {
        regions(&sidecar(packet(items).as_bytes()))
    }

    #[test]
    fn regions_are_read_in_every_form_they_are_written_in() {
        let attributes = r#"<rdf:li><rdf:Description mwg-rs:Name="Anna B." mwg-rs:Type="Face">
            <mwg-rs:Area stArea:x="0.5" stArea:y="0.25" stArea:w="0.5" stArea:h="0.25" stArea:unit="normalized"/>
            </rdf:Description></rdf:li>"#;
        let elements = r#"<rdf:li rdf:parseType="Resource"><mwg-rs:Area rdf:parseType="Resource"><stArea:h>0.25</stArea:h>
            <stArea:unit>normalized</stArea:unit><stArea:w>0.5</stArea:w><stArea:x>0.5</stArea:x><stArea:y>0.25</stArea:y>
            </mwg-rs:Area><mwg-rs:Name>Anna B.</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type></rdf:li>"#;
        let region = Region {
            name: "Anna B.".to_owned(),
            left: 0.25,
            top: 0.125,
            right: 0.75,
            bottom: 0.375,
        };
        for items in [attributes, elements] {
            assert_eq!(read_items(items), std::slice::from_ref(&region), "{items}");
        }
        assert_eq!(read_items(&format!("{attributes}{elements}")).len(), 2);
    }

    #[test]
    fn what_shows_nobody_is_left_out() {
        let item = |name: &str, kind: &str, area: &str| {
            format!(
                "<rdf:li><rdf:Description mwg-rs:Name=\"{name}\" mwg-rs:Type=\"{kind}\"><mwg-rs:Area {area}/>\
                 </rdf:Description></rdf:li>"
            )
        };
        let area = "stArea:x=\"0.5\" stArea:y=\"0.5\" stArea:w=\"0.1\" stArea:h=\"0.1\"";
        for (name, kind, area) in [
            ("", "Face", area),
            ("x", "Focus", area),
            ("x", "BarCode", area),
            ("x", "Face", "stArea:x=\"0.5\""),
            ("x", "Face", &area.replace("0.1", "0")),
            ("x", "Face", &area.replace("0.5", "7")),
            ("x", "Face", &area.replace("0.5", "NaN")),
            ("x", "Face", &format!("{area} stArea:unit=\"pixel\"")),
        ] {
            assert!(
                read_items(&item(name, kind, area)).is_empty(),
                "{name} {kind} {area}"
            );
        }
        assert_eq!(read_items(&item("x", "Pet", area)).len(), 1);
        assert!(read_items("<rdf:li/>").is_empty());
    }

    #[test]
    fn regions_turn_with_the_picture() {
        let region = Region {
            name: String::new(),
            left: 0.1,
            top: 0.2,
            right: 0.3,
            bottom: 0.6,
        };
        let text = |side: f64| format!("{side:.1}");
        let sides = |orientation| {
            let turned = region.upright(orientation);
            [turned.left, turned.top, turned.right, turned.bottom].map(text)
        };
        for (orientation, wanted) in [
            (1, [0.1, 0.2, 0.3, 0.6]),
            (2, [0.7, 0.2, 0.9, 0.6]),
            (3, [0.7, 0.4, 0.9, 0.8]),
            (4, [0.1, 0.4, 0.3, 0.8]),
            (5, [0.2, 0.1, 0.6, 0.3]),
            (6, [0.4, 0.1, 0.8, 0.3]),
            (7, [0.4, 0.7, 0.8, 0.9]),
            (8, [0.2, 0.7, 0.6, 0.9]),
        ] {
            assert_eq!(sides(orientation), wanted.map(text), "{orientation}");
        }
    }
}
