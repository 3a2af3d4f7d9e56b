//! The frame that stands for a video: of the key frames of its beginning the one that looks most like the others
//! (api/jobs-ml.md section 4).

use std::path::{Path, PathBuf};
use std::time::Duration;

use edge_protocol::wire::VideoFacts;

use crate::child::{self, Limits};
use crate::context::{Context, Trouble, broken};
use crate::probe;
use crate::spool::Spool;
use crate::transcode::filters::assumed;

/// How long it may take.
const TIME: Duration = Duration::from_mins(3);
/// Largest frame, bytes.
const FRAME: u64 = 256 << 20;
/// Most that ffmpeg may say, bytes.
const OUTPUT: usize = 64 << 10;
/// How much of the beginning is looked at, seconds.
const BEGINNING: &str = "30";
/// How many key frames are compared.
const CANDIDATES: u32 = 8;
/// Longer frames are scaled first: comparing them takes their size in memory each.
const LARGE: u64 = 4096 * 2304;

/// A frame whose shorter side has at most `side` pixels (0: any number), upright and in sRGB, in a file.
pub fn frame(
    context: &Context<'_>,
    spool: &Spool,
    video: &Path,
    facts: &VideoFacts,
    side: u32,
) -> Result<PathBuf, Trouble> {
    let frame = spool.path("frame.bmp");
    let is_there = || std::fs::metadata(&frame).is_ok_and(|meta| meta.len() > 0);
    for among in [Among::KeyFrames, Among::All] {
        let filters = filters(facts, side, among, context.tools.maps_tones);
        match extract(context, video, &frame, filters, among) {
            Ok(()) if is_there() => return Ok(frame),
            // Some have no key frame that is marked as one.
            Ok(()) => {}
            Err(Trouble::Final(_)) if among == Among::KeyFrames => {}
            Err(trouble) => return Err(trouble),
        }
    }
    let none = "no frame of this video can be decoded".to_owned();
    Err(Trouble::Final(none))
}

/// Which frames are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Among {
    KeyFrames,
    All,
}

fn extract(
    context: &Context<'_>,
    video: &Path,
    frame: &Path,
    filters: String,
    among: Among,
) -> Result<(), Trouble> {
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<_>>()
    };
    let mut arguments = words(&["-hide_banner", "-nostdin", "-y", "-v", "error"]);
    if among == Among::KeyFrames {
        arguments.extend(words(&["-skip_frame", "nokey", "-t", BEGINNING]));
    }
    arguments.extend(probe::input(video));
    arguments.extend(words(&["-map", "0:V:0", "-an", "-sn", "-dn", "-vf"]));
    arguments.push(filters);
    // BMP takes no time to encode.
    arguments.extend(words(&[
        "-frames:v",
        "1",
        "-c:v",
        "bmp",
        "-pix_fmt",
        "bgr24",
        "-f",
        "image2pipe",
    ]));
    arguments.push(format!("file:{}", frame.display()));
    let limits = Limits {
        time: TIME,
        memory: context.memory,
        output: OUTPUT,
        file: Some(FRAME),
    };
    let tool = &context.tools.ffmpeg;
    let done = child::run(tool, &arguments, limits, context.halt, None);
    done.map_err(|error| broken("ffmpeg", &error)).map(drop)
}

/// The chain of filters: choose, square the pixels, scale, bring to the colours of sRGB.
fn filters(facts: &VideoFacts, side: u32, among: Among, maps_tones: bool) -> String {
    let mut chain = Vec::new();
    let is_large = u64::from(facts.width) * u64::from(facts.height) > LARGE;
    let choose = format!("thumbnail=n={CANDIDATES}");
    if among == Among::KeyFrames && !is_large {
        chain.push(choose.clone());
    }
    chain.push(scale(facts, side));
    chain.push("setsar=1".to_owned());
    if among == Among::KeyFrames && is_large {
        chain.push(choose);
    }
    if facts.is_hdr() && maps_tones {
        chain.extend(assumed(facts));
        chain.push(TONE_MAPPING.to_owned());
    }
    chain.join(",")
}

/// From PQ or HLG to standard range, by the default operator of the configuration (api/jobs-ml.md section 5).
const TONE_MAPPING: &str = "zscale=transfer=linear:npl=100,format=gbrpf32le,zscale=primaries=bt709,\
     tonemap=tonemap=hable:desat=0,zscale=transfer=bt709:matrix=bt709:range=full,format=yuv444p";

fn scale(facts: &VideoFacts, side: u32) -> String {
    let side = if side == 0 { u32::MAX >> 8 } else { side };
    let (width, height) = ("iw*if(gt(sar,0),sar,1)", "ih");
    // What is not told is, by convention, BT.709 above the size of DVDs.
    let matrix = if facts.color_space.is_none() && facts.height > 576 {
        ":in_color_matrix=bt709"
    } else {
        ""
    };
    format!(
        "scale=w='max(1,round({width}*min(1,{side}/min({width},{height}))))':\
         h='max(1,round({height}*min(1,{side}/min({width},{height}))))':flags=bicubic{matrix}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_are_mapped_where_there_are_more_of_them() {
        let hdr = VideoFacts {
            color_transfer: Some("arib-std-b67".to_owned()),
            ..VideoFacts::default()
        };
        let mapped = filters(&hdr, 1440, Among::KeyFrames, true);
        assert!(
            mapped.contains(",setparams=color_primaries=bt2020:colorspace=bt2020nc,zscale="),
            "{mapped}"
        );
        assert!(mapped.contains("tonemap=hable"));
        assert!(!filters(&hdr, 1440, Among::KeyFrames, false).contains("tonemap"));
        let plain = VideoFacts::default();
        assert!(!filters(&plain, 1440, Among::KeyFrames, true).contains("tonemap"));
        assert!(!filters(&plain, 1440, Among::All, true).contains("thumbnail"));
    }
}
