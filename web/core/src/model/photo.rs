//! What belongs to one photo, and which files are photos.
use super::{Asset, Person};
use crate::answer::answers;

answers! {
    /// Photos that are shown as one, as one of them tells of it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct InStack {
        /// Its id.
        pub id: String,
        /// The photo that is shown.
        pub primary_asset_id: String,
    }

    /// `GET /stacks/{id}`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Stack {
        /// Its photos, the one that is shown first.
        pub assets: Vec<Asset>,
    }

    /// A face on a photo: one of `GET /faces`. The box is in pixels of a picture of this size, as the photo is seen.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Face {
        /// Its id.
        pub id: String,
        /// Left side.
        pub left: f64 = "boundingBoxX1",
        /// Right side.
        pub right: f64 = "boundingBoxX2",
        /// Upper side.
        pub top: f64 = "boundingBoxY1",
        /// Lower side.
        pub bottom: f64 = "boundingBoxY2",
        /// Width of the picture.
        pub image_width: f64,
        /// Height of the picture.
        pub image_height: f64,
        /// Whose face it is, if anybody knows.
        pub person: Option<Person>,
    }

    /// `GET /server/media-types`: how names of files end.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MediaTypes {
        image: Vec<String>,
        video: Vec<String>,
    }
}

/// What a browser offers to choose from for an upload. Where it does not know that raw files are pictures their endings say so; it must
/// know before anybody asks the server.
pub const OFFERED: &str = "image/*,video/*,\
    .3fr,.ari,.arw,.cap,.cin,.cr2,.cr3,.crw,.dcr,.dng,.erf,.fff,.iiq,.k25,.kdc,.mrw,.nef,.nrw,.orf,.ori,.pef,.psd,.raf,.raw,.rw2,.rwl,\
    .sr2,.srf,.srw,.x3f,.heic,.heif,.hif,.insp,.jp2,.jxl,.mpo,.flv,.insv,.m2t,.m2ts,.mkv,.mts,.mxf,.vob";

impl MediaTypes {
    /// Whether a file of this name is a photo or a video. Hidden ones are not: macOS writes `._beach.jpg` beside a photo.
    pub fn has(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let mut endings = self.image.iter().chain(&self.video);
        !name.starts_with('.') && endings.any(|ending| name.ends_with(ending.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::answer::FromValue;

    #[test]
    fn folders_hold_other_things_too() {
        let types = json!({ "image": [".jpg", ".heic"], "video": [".mp4"], "sidecar": [".xmp"] });
        let types = MediaTypes::from_value(&types);
        assert!(types.has("Beach.JPG") && types.has("a.b.mp4"));
        for name in ["._beach.jpg", ".DS_Store", "beach.xmp", "Thumbs.db", "jpg"] {
            assert!(!types.has(name), "{name}");
        }
    }

    #[test]
    fn what_is_offered_is_what_the_server_takes() {
        let server = include_str!("../../../../shared/api/src/media_type.rs");
        let list = |from: &str| -> Vec<&str> {
            let (_, list) = server.split_once(from).unwrap();
            let (list, _) = list.split_once("];").unwrap();
            let quoted = list.split('"').skip(1).step_by(2);
            quoted.filter(|it| it.starts_with('.')).collect()
        };
        let images = list("const IMAGE: &[&str] = &[");
        let videos = list("const VIDEO: &[&str] = &[");
        let offered: Vec<&str> = OFFERED.split(',').collect();
        assert_eq!(offered[..2], ["image/*", "video/*"]);
        for ending in &offered[2..] {
            assert!(
                images.contains(ending) || videos.contains(ending),
                "{ending}"
            );
        }
        // Raw files and PSD come first in the server's list.
        let raw = images.iter().take_while(|ending| **ending != ".avif");
        let missing: Vec<_> = raw.filter(|ending| !offered.contains(ending)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn faces_have_boxes() {
        let face = json!({ "id": "f", "boundingBoxX1": 1, "boundingBoxX2": 3, "boundingBoxY1": 2, "boundingBoxY2": 5,
            "imageWidth": 10, "imageHeight": 20, "person": null });
        let face = Face::from_value(&face);
        let sides = [face.left, face.right, face.top, face.bottom];
        assert_eq!((sides, face.person), ([1.0, 3.0, 2.0, 5.0], None));
    }
}
