//! An XMP packet: where it lies in its file or segment, and its XML tree.

use super::xml_cost;
use roxmltree::{Document, Node};

/// The namespace of RDF.
pub const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// The namespace of what we write beside the properties that others know: `TimeZone`, the name of the zone of
/// `exif:DateTimeOriginal`, whose text has an offset only.
pub const OWN: &str = "urn:immich-edge:xmp:1.0";

/// Larger packets are depth maps and the like, not descriptions.
const MAX_BYTES: usize = 8 << 20;

/// The packet from its root element on, without processing instructions and padding.
pub fn rdf_text(packet: &[u8]) -> Option<&str> {
    let packet = packet.get(..packet.len().min(MAX_BYTES))?;
    let text = match std::str::from_utf8(packet) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(packet.get(..error.valid_up_to())?).ok()?,
    };
    ["x:xmpmeta", "x:xapmeta", "rdf:RDF"]
        .iter()
        .find_map(|root| {
            let start = text.find(&format!("<{root}"))?;
            let close = format!("</{root}>");
            let end = text.rfind(&close)? + close.len();
            text.get(start..end)
        })
}

/// Steps that parsing the text takes; `None` for one that no parser should see.
pub fn steps(text: &str) -> Option<usize> {
    Some(xml_cost::steps(text)? + text.len())
}

/// The tree of a text whose [`steps`] are known to be few; `None` if it is no XML.
pub fn parse(text: &str) -> Option<Document<'_>> {
    Document::parse(text).ok()
}

/// The element that holds the descriptions: the root, or a child of it.
pub fn rdf<'a, 'input>(document: &'a Document<'input>) -> Option<Node<'a, 'input>> {
    let root = document.root_element();
    std::iter::once(root)
        .chain(root.children())
        .find(|node| node.has_tag_name((RDF, "RDF")))
}

/// The descriptions of the picture itself; those nested in properties are structures.
pub fn descriptions<'a, 'input>(rdf: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    rdf.children()
        .filter(|node| node.has_tag_name((RDF, "Description")))
}
