//! Requests and answers of the routes below [`BASE`], as JSON. Field names are camelCase, times are milliseconds.

use serde::{Deserialize, Serialize};

use crate::learning::{Model, Seen};
pub use crate::picture::{Colors, Edits, Reading};
pub use crate::rendition::{Format, Rendition, output_name, parse_output};
use crate::stream::Timing;

/// Where the routes of companions begin.
pub const BASE: &str = "/api/companion";
/// The header that proves that a companion holds a job: its lease.
pub const LEASE_HEADER: &str = "x-companion-lease";
/// Largest output that is sent in one piece, bytes: half of what an isolate can spare.
pub const WHOLE_OUTPUT: usize = 32 << 20;
/// Size of all parts of a large output but the last, bytes (R2 and S3 want 5 MiB or more).
pub const PART: usize = 8 << 20;
/// Longest text in a request, characters.
pub const LONGEST_TEXT: usize = 1_000;

/// What a companion is: in the bodies of `POST …/lease` and `POST …/streams`. Short texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LeaseRequest {
    /// Version of the companion.
    pub version: String,
    /// Version of its ffmpeg.
    pub ffmpeg: String,
    /// How long `POST …/lease` may wait for a job, ms; the server waits some seconds at most, and without this not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<u64>,
    /// It does [`Task::Edit`]. Companions from before that task do not say so, and could not read its lease.
    pub edits: bool,
    /// It has networks look at pictures (docs/companion.md, "Networks").
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub learn: bool,
    /// With [`LeaseRequest::learn`]: it does [`Task::Faces`] and [`Task::Text`], too. Companions from before those do not say so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sees: bool,
}

/// A job that the companion holds for [`Lease::expires_in`], and as long as it renews its lease, for [`Renewed::expires_in`] each time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lease {
    /// Id of the job.
    pub job: String,
    /// Proof of holding it, for [`LEASE_HEADER`].
    pub lease: String,
    /// `JobName`, for logs.
    pub kind: String,
    /// How long the lease lasts before it is renewed, ms. Relative, for the clocks of two computers differ.
    pub expires_in: i64,
    /// The first try is 1.
    pub attempt: i64,
    /// What is to be done.
    pub task: Task,
}

/// Work that needs nothing but the original, or, for networks, the preview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Task {
    /// Facts and renditions of a video.
    VideoThumbnails {
        /// Name of the file as uploaded.
        name: String,
        /// What to make, largest first.
        renditions: Vec<Rendition>,
    },
    /// Renditions of a picture that the edge handed over.
    Picture {
        /// What to make, largest first.
        renditions: Vec<Rendition>,
        /// How its original is decoded. Its fields are those of the task: companions from before [`Reading`] look for them there.
        #[serde(flatten)]
        reading: Reading,
    },
    /// A picture as its owner edited it (api/assets.md section 12).
    Edit {
        /// What to make of it, largest first.
        renditions: Vec<Rendition>,
        /// How its original is decoded.
        reading: Reading,
        /// What is done to it.
        edits: Edits,
        /// Which edits these are, for [`Outcome::Edited`].
        version: String,
    },
    /// A video as clients can play it, if it is not one already.
    Transcode {
        /// Name of the file as uploaded.
        name: String,
        /// The part `ffmpeg` of the system configuration.
        config: serde_json::Value,
    },
    /// What a picture shows, for searches by meaning.
    Vector {
        /// Who looks at its preview.
        model: Model,
    },
    /// The faces in a picture.
    Faces {
        /// Who looks at its preview.
        model: Model,
        /// How sure the network must be, 0 to 1.
        least_score: f64,
    },
    /// The lines of text in a picture.
    Text {
        /// Who looks at its preview.
        model: Model,
        /// Pixels of the shorter side at which it is looked at, at most.
        shorter: u32,
        /// How likely the pixels of a line must be text, 0 to 1.
        least_score: f64,
    },
}

/// Body of `POST …/jobs/{id}/renew`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Renewal {
    /// How much is done, per cent; `None`: unknown.
    pub progress: Option<u8>,
}

/// Answer of `POST …/jobs/{id}/renew`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Renewed {
    /// How long the lease lasts from now on, ms.
    pub expires_in: i64,
}

/// Body of `POST …/jobs/{id}/fail`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// What the administrator reads.
    pub reason: String,
    /// Trying again may help.
    #[serde(default)]
    pub may_pass: bool,
}

/// Body of `POST …/jobs/{id}/finish`, beside the outputs that were written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Outcome {
    /// Of [`Task::VideoThumbnails`].
    VideoThumbnails {
        /// What the video is; `None` leaves what is known.
        video: Option<VideoFacts>,
        /// The renditions, and the thumbhash of what they show.
        look: Look,
    },
    /// Of [`Task::Picture`].
    Picture {
        /// The renditions, and the thumbhash of what they show.
        look: Look,
        /// What copies of the picture have in common with it, 128 bits in hexadecimal; `None`: nothing to compare.
        seen: Option<String>,
    },
    /// Of [`Task::Edit`].
    Edited(Edited),
    /// Of [`Task::Transcode`].
    Transcoded {
        /// What the original is.
        video: VideoFacts,
        /// The encoded video; `None`: the original will do, and one that was encoded before goes.
        encoded: Option<Encoded>,
    },
    /// Of [`Task::Vector`].
    Seen(Seen),
}

/// What an edited picture looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edited {
    /// The edited renditions, none where it has no edits any more, and the thumbhash of what they show. Its size is that of the upright
    /// original.
    pub look: Look,
    /// Width and height after the edits, pixels.
    pub shown: (u32, u32),
    /// As in the task.
    pub version: String,
}

/// An upload in parts that is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Encoded {
    /// Its id.
    pub upload: String,
    /// The tags of its parts, in order.
    pub tags: Vec<String>,
}

/// Answer of `POST …/jobs/{id}/video`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// Id of the upload.
    pub upload: String,
}

/// Answer of `PUT …/jobs/{id}/video/{upload}/{number}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// Tag of the part.
    pub tag: String,
}

/// Renditions that were written, and what they show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    /// Their output names.
    pub outputs: Vec<String>,
    /// Base64.
    pub thumbhash: String,
    /// Pixels of the upright original.
    pub width: u32,
    /// As `width`.
    pub height: u32,
    /// What is wrong with the original, if they show it only as far as it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
}

/// Answer of `POST …/streams`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Next {
    /// A session to serve.
    pub stream: Option<Stream>,
    /// When to ask again, ms from now.
    pub again: u64,
}

/// A viewer's session in the hands of a companion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stream {
    /// Id of the session.
    pub session: String,
    /// Proof of holding it, for [`LEASE_HEADER`].
    pub lease: String,
    /// What the video is.
    pub facts: VideoFacts,
    /// When its packets come.
    pub timing: Timing,
    /// The part `ffmpeg` of the system configuration.
    pub config: serde_json::Value,
    /// What the viewer waits for.
    pub wanted: Wanted,
}

/// What the viewer of a session waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    /// Grows with each of his requests.
    pub change: i64,
    /// Index in [`crate::stream::VARIANTS`]; `None`: nothing yet.
    pub variant: Option<u8>,
    /// The segment that he last missed.
    pub segment: i64,
    /// The one that he last asked for.
    pub requested: i64,
}

/// Body of `POST …/streams/{id}/wanted`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Known {
    /// [`Wanted::change`] as last heard: the answer waits a while for another one.
    pub change: i64,
}

/// What ffprobe tells of a video (api/assets.md section 9).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VideoFacts {
    /// The container: `mp4`, `mov`, `webm` (and other Matroska), or as ffmpeg calls it.
    pub container: String,
    /// Codec of the pictures, as ffmpeg calls it.
    pub video_codec: String,
    /// Codec of the sound.
    pub audio_codec: Option<String>,
    /// Pixels as stored.
    pub width: u32,
    /// As `width`.
    pub height: u32,
    /// How players turn it, degrees: -90, 0, 90, 180.
    pub rotation: i32,
    /// Frames a second.
    pub fps: Option<f64>,
    /// Length, ms.
    pub duration_ms: Option<i64>,
    /// Bits a second.
    pub bit_rate: Option<i64>,
    /// Such as `yuv420p`.
    pub pixel_format: Option<String>,
    /// Such as `bt2020`.
    pub color_primaries: Option<String>,
    /// Such as `smpte2084`.
    pub color_transfer: Option<String>,
    /// Matrix, such as `bt2020nc`.
    pub color_space: Option<String>,
    /// When its packets come; `None`: not read, or it cannot be cut into segments.
    pub timing: Option<Timing>,
}

/// Transfer functions of high dynamic range: PQ and HLG (api/jobs-ml.md section 5).
const HDR: [&str; 2] = ["smpte2084", "arib-std-b67"];

impl VideoFacts {
    /// Whether it has a high dynamic range.
    pub fn is_hdr(&self) -> bool {
        let transfer = self.color_transfer.as_deref();
        transfer.is_some_and(|transfer| HDR.contains(&transfer))
    }

    /// EXIF's number for the rotation.
    pub fn orientation(&self) -> u8 {
        match self.rotation {
            -90 | 270 => 6,
            90 | -270 => 8,
            180 | -180 => 3,
            _ => 1,
        }
    }

    /// Pixels as players show it.
    pub fn upright(&self) -> (u32, u32) {
        if matches!(self.orientation(), 6 | 8) {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        }
    }

    /// Texts as they may be stored: short, and the numbers sensible.
    pub fn is_sound(&self) -> bool {
        let short = |text: &str| text.chars().count() <= LONGEST_TEXT && !text.contains('\0');
        let texts = [
            &self.audio_codec,
            &self.pixel_format,
            &self.color_primaries,
            &self.color_transfer,
            &self.color_space,
        ];
        let sides = 1..=1 << 20;
        short(&self.container)
            && short(&self.video_codec)
            && texts.into_iter().flatten().all(|text| short(text))
            && sides.contains(&self.width)
            && sides.contains(&self.height)
            && self
                .fps
                .is_none_or(|fps| fps.is_finite() && (0.0..=100_000.0).contains(&fps))
            && self.duration_ms.is_none_or(|length| length >= 0)
            && self.bit_rate.is_none_or(|rate| rate >= 0)
            && self.timing.as_ref().is_none_or(Timing::is_sound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_follows_the_table_of_the_contract() {
        for (rotation, orientation, upright) in [
            (-90, 6, (9, 16)),
            (0, 1, (16, 9)),
            (90, 8, (9, 16)),
            (180, 3, (16, 9)),
        ] {
            let facts = VideoFacts {
                width: 16,
                height: 9,
                rotation,
                ..VideoFacts::default()
            };
            assert_eq!(
                (facts.orientation(), facts.upright()),
                (orientation, upright)
            );
            assert!(facts.is_sound());
        }
    }

    #[test]
    fn facts_that_no_video_has_are_not_sound() {
        let good = VideoFacts {
            width: 1,
            height: 1,
            ..VideoFacts::default()
        };
        let bad = [
            VideoFacts {
                width: 0,
                ..good.clone()
            },
            VideoFacts {
                height: u32::MAX,
                ..good.clone()
            },
            VideoFacts {
                fps: Some(f64::NAN),
                ..good.clone()
            },
            VideoFacts {
                duration_ms: Some(-1),
                ..good.clone()
            },
            VideoFacts {
                container: "x".repeat(LONGEST_TEXT + 1),
                ..good.clone()
            },
            VideoFacts {
                pixel_format: Some("a\0b".to_owned()),
                ..good.clone()
            },
        ];
        assert!(good.is_sound());
        assert!(bad.iter().all(|facts| !facts.is_sound()));
    }
}
