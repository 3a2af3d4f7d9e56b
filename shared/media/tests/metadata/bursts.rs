//! What links the photos of a burst, and what does not.

use edge_media::metadata::{Metadata, read};

use crate::common::exif::{V, with_segments, xmp};
use crate::common::small_jpeg;
use crate::rules::from_exif;

#[test]
fn a_name_of_one_picture_is_no_burst() {
    let of = |attribute: &str| {
        let metadata = from_xmp(attribute);
        (metadata.auto_stack_id, metadata.burst_id)
    };
    let text = |text: &str| Some(text.to_owned());
    for name in ["BurstID", "BurstUUID", "CameraBurstID"] {
        let attribute = format!("GCamera:{name}=\"b1\" GCamera:MediaUniqueID=\"m1\"");
        assert_eq!(of(&attribute), (text("b1"), text("b1")), "{name}");
    }
    assert_eq!(of("GCamera:MediaUniqueID=\"m1\""), (text("m1"), None));
    assert_eq!(of("GCamera:ImageUniqueID=\"i1\""), (None, None));
    assert_eq!(of("GCamera:BurstID=\"00-00\""), (text("00-00"), None));
    let unique = from_exif(vec![], vec![(0xa420, V::Text("i1"))], vec![]);
    assert_eq!((unique.auto_stack_id, unique.burst_id), (None, None));
}

/// A photo whose XMP has these attributes.
fn from_xmp(attributes: &str) -> Metadata {
    let packet = xmp(attributes, "");
    let body = [b"http://ns.adobe.com/xap/1.0/\0", &packet[..]].concat();
    read(&with_segments(&small_jpeg(), &[(0xe1, body)]), "a.jpg")
}
