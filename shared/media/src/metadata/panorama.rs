//! The panorama properties of a picture as an XMP packet, for its renditions.

use super::packet::RDF;
use super::tags::Tags;

/// The namespace of Google's panorama properties.
pub const GPANO: &str = "http://ns.google.com/photos/1.0/panorama/";

const NAMES: [&str; 14] = [
    "ProjectionType",
    "UsePanoramaViewer",
    "CaptureSoftware",
    "StitchingSoftware",
    "CroppedAreaImageWidthPixels",
    "CroppedAreaImageHeightPixels",
    "FullPanoWidthPixels",
    "FullPanoHeightPixels",
    "CroppedAreaLeftPixels",
    "CroppedAreaTopPixels",
    "PoseHeadingDegrees",
    "InitialViewHeadingDegrees",
    "InitialViewPitchDegrees",
    "InitialViewRollDegrees",
];

/// Longest value that is taken over, bytes. All of them fit a segment of a JPEG, whatever they are made of.
const LONGEST: usize = 500;

/// A packet with nothing but the panorama properties
/// (api/jobs-ml.md section 4: metadata is stripped except XMP-GPano).
pub fn packet(tags: &Tags) -> Option<String> {
    tags.get("GPano:ProjectionType")?;
    let mut body = String::new();
    for name in NAMES {
        let value = tags.text(&format!("GPano:{name}"));
        if let Some(value) = value.filter(|value| value.len() <= LONGEST) {
            let value = value
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('"', "&quot;");
            body.extend([" GPano:", name, "=\"", &value, "\""]);
        }
    }
    Some(format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{RDF}\"><rdf:Description rdf:about=\"\" \
         xmlns:GPano=\"{GPANO}\"{body}/></rdf:RDF></x:xmpmeta>"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::xmp;
    use super::*;

    #[test]
    fn packet_is_read_back() {
        let mut tags = Tags::new();
        tags.set_text("GPano:ProjectionType", "equirectangular");
        tags.set_text("GPano:FullPanoWidthPixels", "6000");
        tags.set_text("GPano:StitchingSoftware", "<\"&");
        let mut again = Tags::new();
        xmp::read(packet(&tags).unwrap().as_bytes(), &mut again);
        for name in [
            "GPano:ProjectionType",
            "GPano:FullPanoWidthPixels",
            "GPano:StitchingSoftware",
        ] {
            assert_eq!(again.text(name), tags.text(name));
        }
        assert_eq!(
            again.text("ProjectionType").as_deref(),
            Some("equirectangular")
        );
        assert_eq!(packet(&Tags::new()), None);
    }

    #[test]
    fn packet_fits_a_segment_of_a_jpeg_whatever_the_file_says() {
        let mut tags = Tags::new();
        for name in NAMES {
            tags.set_text(format!("GPano:{name}"), &"\"".repeat(LONGEST));
        }
        assert!(packet(&tags).unwrap().len() < 60_000);
        tags.set_text("GPano:CaptureSoftware", &"x".repeat(LONGEST + 1));
        assert!(!packet(&tags).unwrap().contains("CaptureSoftware"));
    }
}
