//! What a companion has to know of a picture beside its bytes, as JSON.

use serde::{Deserialize, Serialize};

/// How the original of a picture is decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reading {
    /// EXIF orientation, as the metadata have it.
    pub orientation: Option<u8>,
    /// Which colours the renditions have.
    pub colors: Colors,
    /// Pixels that the shorter side of a JPEG inside a raw file has at least, lest the file is developed; `None`: it is, whatever lies
    /// inside it.
    pub embedded: Option<u32>,
}

/// The edits of a picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Edits {
    /// `AssetEditActionItemDto`s, in the order they are applied. None: it has no edits any more, and only its thumbhash is wanted.
    pub steps: Vec<serde_json::Value>,
    /// Width and height of the upright original, in whose pixels the steps count; `None`: as it is decoded.
    pub size: Option<(u32, u32)>,
}

/// What decides on the colour space of renditions (api/jobs-ml.md section 4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Colors {
    /// Display P3 is configured; else all are sRGB.
    pub is_p3: bool,
    /// The original's space, by its metadata.
    pub colorspace: Option<String>,
    /// Name of its profile.
    pub profile: Option<String>,
    /// Bits of a channel.
    pub bits: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{LeaseRequest, Task};

    #[test]
    fn companions_from_before_edits_read_the_task_of_a_picture() {
        let reading = Reading {
            orientation: Some(6),
            ..Reading::default()
        };
        let task = Task::Picture {
            renditions: Vec::new(),
            reading,
        };
        let json = serde_json::to_value(&task).unwrap();
        assert_eq!(json["orientation"], 6);
        assert_eq!(json["colors"]["isP3"], false);
        let read: Task = serde_json::from_value(json).unwrap();
        assert_eq!(read, task);
    }

    #[test]
    fn who_does_not_say_so_does_no_edits() {
        let before: LeaseRequest = serde_json::from_str(r#"{"version":"1"}"#).unwrap();
        assert!(!before.edits);
    }
}
