//! What ffprobe tells of a file.

use std::path::Path;
use std::time::Duration;

use edge_protocol::wire::VideoFacts;
use serde_json::Value;

use crate::child::{self, Limits};
use crate::context::{Context, Trouble, broken};

/// How long it may take.
const TIME: Duration = Duration::from_mins(1);
/// Most text of it, bytes: files with thousands of streams exist.
const OUTPUT: usize = 4 << 20;

/// The containers that are opened, as ffmpeg calls them: all of the extensions that are taken for videos. Playlists, lists of files,
/// scripts and devices are not among them, so a file cannot make ffmpeg open another.
pub const CONTAINERS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,flv,asf,ogg,mxf,dv,h264,hevc";

/// The options by which a tool opens a file: nothing but files, no other container, and a name that cannot be an option.
pub fn input(path: &Path) -> Vec<String> {
    [
        "-protocol_whitelist",
        "file",
        "-format_whitelist",
        CONTAINERS,
        "-i",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([format!("file:{}", path.display())])
    .collect()
}

/// The facts of a video.
pub fn probe(context: &Context<'_>, path: &Path) -> Result<VideoFacts, Trouble> {
    let mut arguments: Vec<String> = [
        "-v",
        "error",
        "-show_format",
        "-show_streams",
        "-of",
        "json",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.extend(input(path));
    let limits = Limits {
        time: TIME,
        memory: context.memory,
        output: OUTPUT,
        file: None,
    };
    let tool = &context.tools.ffprobe;
    let said = child::run(tool, &arguments, limits, context.halt, None);
    let said = said.map_err(|error| broken("ffprobe", &error))?;
    let said: Value = serde_json::from_slice(&said)
        .map_err(|error| Trouble::Final(format!("ffprobe: {error}")))?;
    let facts = read(&said).ok_or_else(|| Trouble::Final("no video in this file".to_owned()))?;
    if facts.is_sound() {
        Ok(facts)
    } else {
        Err(Trouble::Final("a video without pixels".to_owned()))
    }
}

/// Reads what ffprobe printed; `None`: there is no video.
fn read(said: &Value) -> Option<VideoFacts> {
    let streams = said["streams"].as_array()?;
    let is = |stream: &&Value, kind: &str| stream["codec_type"] == kind;
    let is_picture = |stream: &Value| stream["disposition"]["attached_pic"] == 1;
    // The one that ffmpeg calls 0:V:0, whichever the file says is to be shown: that is encoded.
    let video = streams
        .iter()
        .find(|stream| is(stream, "video") && !is_picture(stream))?;
    let audio = streams.iter().find(|stream| is(stream, "audio"));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let color = |name: &str| text(&video[name]).filter(|text| text != "unknown");
    let format = &said["format"];
    Some(VideoFacts {
        container: container(format).to_owned(),
        video_codec: text(&video["codec_name"]).unwrap_or_default(),
        audio_codec: audio.and_then(|audio| text(&audio["codec_name"])),
        width: side(&video["width"]),
        height: side(&video["height"]),
        rotation: rotation(video),
        fps: rate(&video["avg_frame_rate"]).or_else(|| rate(&video["r_frame_rate"])),
        duration_ms: duration(&format["duration"]).or_else(|| duration(&video["duration"])),
        bit_rate: number(&format["bit_rate"]),
        pixel_format: text(&video["pix_fmt"]),
        color_primaries: color("color_primaries"),
        color_transfer: color("color_transfer"),
        color_space: color("color_space"),
        timing: None,
    })
}

/// The container by the names of the configuration (api/jobs-ml.md section 5).
fn container(format: &Value) -> &str {
    let names = format["format_name"].as_str().unwrap_or_default();
    let first = names.split(',').next().unwrap_or_default();
    let brand = format["tags"]["major_brand"].as_str().unwrap_or_default();
    match first {
        "mov" if brand.trim() == "qt" => "mov",
        "mov" => "mp4",
        "matroska" => "webm",
        other => other,
    }
}

fn side(value: &Value) -> u32 {
    value
        .as_u64()
        .and_then(|side| u32::try_from(side).ok())
        .unwrap_or(0)
}

fn number(value: &Value) -> Option<i64> {
    value.as_str()?.parse().ok().filter(|number| *number >= 0)
}

/// `30000/1001`, rounded to thousandths.
fn rate(value: &Value) -> Option<f64> {
    let (above, below) = value.as_str()?.split_once('/')?;
    let (above, below): (f64, f64) = (above.parse().ok()?, below.parse().ok()?);
    let rate = (above / below * 1000.0).round() / 1000.0;
    (rate.is_finite() && rate > 0.0).then_some(rate)
}

/// Seconds as text to milliseconds.
fn duration(value: &Value) -> Option<i64> {
    let length = Duration::try_from_secs_f64(value.as_str()?.parse().ok()?).ok()?;
    let millis = i64::try_from((length + Duration::from_micros(500)).as_millis()).ok()?;
    (millis > 0).then_some(millis)
}

/// How players turn it: by the display matrix, or a tag of older files. Other angles than quarters count as none.
fn rotation(video: &Value) -> i32 {
    let matrix = video["side_data_list"]
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|data| data["rotation"].as_i64());
    let tag = || -> Option<i64> {
        let clockwise: i64 = video["tags"]["rotate"].as_str()?.parse().ok()?;
        Some(-clockwise)
    };
    match matrix.or_else(tag).unwrap_or(0).rem_euclid(360) {
        90 => 90,
        180 => 180,
        270 => -90,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_ffprobe_prints_becomes_facts() {
        let said = json!({
            "streams": [
                {"codec_type": "video", "codec_name": "mjpeg", "disposition": {"attached_pic": 1}},
                {"codec_type": "audio", "codec_name": "aac"},
                {"codec_type": "video", "codec_name": "hevc", "disposition": {"default": 0}, "width": 3840, "height": 2160, "pix_fmt": "yuv420p10le",
                 "color_transfer": "smpte2084", "color_space": "unknown", "avg_frame_rate": "30000/1001",
                 "side_data_list": [{"side_data_type": "x"}, {"rotation": -90}]},
                {"codec_type": "video", "codec_name": "h264", "width": 320, "height": 180, "disposition": {"default": 1}},
            ],
            "format": {"format_name": "mov,mp4", "duration": "12.3456", "bit_rate": "1000", "tags": {"major_brand": "qt  "}},
        });
        let facts = read(&said).unwrap();
        assert_eq!(
            (facts.video_codec.as_str(), facts.audio_codec.as_deref()),
            ("hevc", Some("aac"))
        );
        assert_eq!(facts.container, "mov");
        assert_eq!((facts.fps, facts.duration_ms), (Some(29.97), Some(12_346)));
        assert_eq!((facts.orientation(), facts.upright()), (6, (2160, 3840)));
        assert!(facts.is_hdr() && facts.color_space.is_none() && facts.is_sound());
    }

    #[test]
    fn numbers_that_mean_nothing_are_left_out() {
        let stream = json!({"codec_type": "video", "avg_frame_rate": "0/0", "r_frame_rate": "x",
            "tags": {"rotate": "90"}, "width": -1});
        let said = json!({"streams": [stream], "format": {"duration": "nan", "bit_rate": "N/A"}});
        let facts = read(&said).unwrap();
        assert_eq!(
            (facts.fps, facts.duration_ms, facts.bit_rate),
            (None, None, None)
        );
        assert_eq!((facts.rotation, facts.width), (-90, 0));
        assert!(!facts.is_sound());
        assert!(read(&json!({})).is_none());
        assert!(read(&json!({"streams": [{"codec_type": "audio"}]})).is_none());
        for length in ["0.000000", "-1", "1e300", "inf", ""] {
            assert_eq!(duration(&json!(length)), None, "{length}");
        }
    }
}
