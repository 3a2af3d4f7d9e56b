//! The rule table: from tags to the fields of an asset (api/assets.md section 9).

use super::date::{self, Capture};
use super::lens;
use super::panorama;
use super::regions::{self, Region};
use super::tags::Tags;
use crate::color::{self, ColorSpace};
use edge_api::{enums::AssetType, media_type};

/// The fields of an asset and its EXIF row. `None` is "unknown"; there are no empty texts or
/// zeros standing for it, except `description`, which is empty when there is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// When it was taken: instant (`dateTimeOriginal`, `fileCreatedAt`), `localDateTime`,
    /// `timeZone`. Without it the caller takes the earliest of upload date and file times.
    pub capture: Option<Capture>,
    /// `exifImageWidth`: stored width in pixels.
    pub exif_width: Option<u32>,
    /// `exifImageHeight`: stored height in pixels.
    pub exif_height: Option<u32>,
    /// EXIF orientation, 1 to 8; of HEIF files and videos translated from their rotation.
    pub orientation: Option<u8>,
    /// Degrees north. Never without longitude.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Camera maker.
    pub make: Option<String>,
    /// Camera model.
    pub model: Option<String>,
    /// Lens.
    pub lens_model: Option<String>,
    /// Aperture as f-number.
    pub f_number: Option<f64>,
    /// Focal length in millimetres.
    pub focal_length: Option<f64>,
    /// ISO speed.
    pub iso: Option<i32>,
    /// Exposure time in seconds as text, such as `1/250`.
    pub exposure_time: Option<String>,
    /// Frames a second.
    pub fps: Option<f64>,
    /// Description, empty when there is none.
    pub description: String,
    /// Stars, 1 to 5.
    pub rating: Option<i32>,
    /// Kind of panorama in capitals, such as `EQUIRECTANGULAR`.
    pub projection_type: Option<String>,
    /// Links the two parts of a live photo (`livePhotoCID`).
    pub live_photo_cid: Option<String>,
    /// `autoStackId`: what links the pictures of a burst, else a name of the picture alone, which its copies share.
    pub auto_stack_id: Option<String>,
    /// What links the pictures of a burst.
    pub burst_id: Option<String>,
    /// Bits a channel.
    pub bits_per_sample: Option<u32>,
    /// Colour space by name.
    pub colorspace: Option<String>,
    /// Name of the ICC profile.
    pub profile_description: Option<String>,
    /// Tags as paths with slashes.
    pub tags: Vec<String>,
    /// Duration in milliseconds.
    pub duration: Option<i64>,
    /// Offset and length of the film embedded in a motion photo, bytes.
    pub motion_part: Option<(u64, u64)>,
    /// XMP packet with the panorama properties, to be embedded into renditions.
    pub panorama_xmp: Option<String>,
    /// Who is where, on the picture as it is stored.
    pub regions: Vec<Region>,
}

impl Metadata {
    /// Width and height of the asset: swapped when the orientation lies on its side (5 to 8).
    pub fn upright_size(&self) -> Option<(u32, u32)> {
        let (width, height) = self.exif_width.zip(self.exif_height)?;
        let turned = self.orientation.is_some_and(|o| (5..=8).contains(&o));
        Some(if turned {
            (height, width)
        } else {
            (width, height)
        })
    }

    /// The colour space renditions get under the default setting `image.colorspace = p3`.
    pub fn output_space(&self) -> ColorSpace {
        color::output_space(
            self.colorspace.as_deref(),
            self.profile_description.as_deref(),
            self.bits_per_sample,
        )
    }
}

/// Applies the rule table to merged tags. `file_name` decides between picture, HEIF and video.
pub fn resolve(tags: &Tags, file_name: &str) -> Metadata {
    let is_video = media_type::asset_type(file_name) == Some(AssetType::Video);
    let (latitude, longitude) = position(tags).unzip();
    let text = |names: &[&str]| names.iter().find_map(|name| tags.text(name));
    Metadata {
        capture: date::capture(tags, is_video, latitude.zip(longitude)),
        exif_width: side(tags, "ImageWidth").filter(|_| side(tags, "ImageHeight").is_some()),
        exif_height: side(tags, "ImageHeight").filter(|_| side(tags, "ImageWidth").is_some()),
        orientation: orientation(tags, is_video),
        latitude,
        longitude,
        make: text(&["Make", "AndroidMake", "DeviceManufacturer"]),
        model: text(&["Model", "AndroidModel", "DeviceModelName"]),
        lens_model: lens_name(tags),
        f_number: f_number(tags),
        focal_length: positive(tags, "FocalLength").map(|v| (v * 1e6).round() / 1e6),
        iso: whole(tags, "ISO").filter(|iso| *iso > 0),
        exposure_time: text(&["ExposureTime"]),
        fps: ["FrameRate", "VideoFrameRate"]
            .iter()
            .find_map(|name| positive(tags, name)),
        description: text(&["ImageDescription", "Description"]).unwrap_or_default(),
        rating: whole(tags, "Rating").filter(|r| (1..=5).contains(r)),
        projection_type: text(&["ProjectionType"]).map(|p| p.to_uppercase()),
        live_photo_cid: text(&["ContentIdentifier", "MediaGroupUUID"]),
        auto_stack_id: text(&["BurstID", "BurstUUID", "CameraBurstID", "MediaUniqueID"]),
        burst_id: text(&["BurstID", "BurstUUID", "CameraBurstID"]).filter(|id| is_name(id)),
        bits_per_sample: bits(tags),
        colorspace: text(&["ColorSpace"]),
        profile_description: text(&["ProfileDescription"]),
        tags: tag_paths(tags),
        duration: milliseconds(tags),
        motion_part: None,
        panorama_xmp: panorama::packet(tags),
        regions: regions::regions(tags),
    }
}

/// Whether it tells bursts apart: no camera counts with zeros alone.
fn is_name(id: &str) -> bool {
    id.chars().any(|it| it.is_alphanumeric() && it != '0')
}

/// A number that fits 32 bits and is above zero.
fn positive(tags: &Tags, name: &str) -> Option<f64> {
    tags.number(name)
        .filter(|n| *n > 0.0 && *n <= f64::from(i32::MAX))
}

/// A number rounded to a whole one that fits 32 bits.
fn whole(tags: &Tags, name: &str) -> Option<i32> {
    let number = tags.number(name)?.round();
    #[expect(clippy::cast_possible_truncation, reason = "range checked")]
    (f64::from(i32::MIN)..=f64::from(i32::MAX))
        .contains(&number)
        .then_some(number as i32)
}

fn side(tags: &Tags, name: &str) -> Option<u32> {
    whole(tags, name)
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n > 0)
}

fn orientation(tags: &Tags, is_video: bool) -> Option<u8> {
    let from = |name: &str, pairs: [(i32, u8); 4]| {
        let value = whole(tags, name)?;
        pairs
            .iter()
            .find(|(rotation, _)| *rotation == value)
            .map(|(_, orientation)| *orientation)
    };
    if is_video {
        return from("VideoRotation", [(-90, 6), (0, 1), (90, 8), (180, 3)]);
    }
    // The HEIF reader sets one of them; a JPEG that is called .heic turns by its EXIF.
    if tags.get("Rotation").is_some() {
        return from("Rotation", [(0, 1), (1, 8), (2, 3), (3, 6)]);
    }
    whole(tags, "Orientation")
        .and_then(|o| u8::try_from(o).ok())
        .filter(|o| (1..=8).contains(o))
}

/// Degrees within the globe; 0/0 is what devices without a fix write.
fn position(tags: &Tags) -> Option<(f64, f64)> {
    let latitude = tags
        .number("GPSLatitude")
        .filter(|l| (-90.0..=90.0).contains(l))?;
    let longitude = tags
        .number("GPSLongitude")
        .filter(|l| (-180.0..=180.0).contains(l))?;
    (latitude != 0.0 || longitude != 0.0).then_some((latitude, longitude))
}

fn lens_name(tags: &Tags) -> Option<String> {
    let text = |name: &&str| tags.text(name);
    let sony = || lens::sony_name(&tags.text("SonyMount").and(tags.text("LensModel"))?);
    let lens = ["LensID"].iter().find_map(text).or_else(sony);
    // put together from a maker note, where nothing has a name
    let names = ["LensType", "LensSpec", "LensModel", "MakerLens"];
    let lens = lens.or_else(|| names.iter().find_map(text))?;
    let lens = lens.trim();
    (lens != "----" && !lens.starts_with("Unknown") && !lens.is_empty()).then(|| lens.to_owned())
}

/// The f-number as cameras show it: one decimal, two below 1.
fn f_number(tags: &Tags) -> Option<f64> {
    let scale = |value: f64| if value < 1.0 { 100.0 } else { 10.0 };
    positive(tags, "FNumber")
        .map(|v| (v * scale(v)).round() / scale(v))
        .filter(|v| *v > 0.0)
}

/// Bits a channel; totals of three channels are divided.
fn bits(tags: &Tags) -> Option<u32> {
    const NAMES: [&str; 5] = [
        "BitsPerSample",
        "ComponentBitDepth",
        "ImagePixelDepth",
        "BitDepth",
        "ColorBitDepth",
    ];
    let bits = NAMES.iter().find_map(|name| side(tags, name))?;
    Some(if bits >= 24 && bits.is_multiple_of(3) {
        bits / 3
    } else {
        bits
    })
}

fn tag_paths(tags: &Tags) -> Vec<String> {
    if let Some(list) = tags.list("TagsList") {
        return list;
    }
    if let Some(list) = tags.list("HierarchicalSubject") {
        // the separator is a bar there, and a slash is part of a name
        let swap = |c| match c {
            '|' => '/',
            '/' => '|',
            other => other,
        };
        return list
            .iter()
            .map(|tag| tag.chars().map(swap).collect())
            .collect();
    }
    tags.list("Keywords").unwrap_or_default()
}

fn milliseconds(tags: &Tags) -> Option<i64> {
    let seconds = tags
        .number("Duration")
        .filter(|s| (0.0..=1e9).contains(s))?;
    #[expect(clippy::cast_possible_truncation, reason = "range checked")]
    Some((seconds * 1000.0).round() as i64)
}
