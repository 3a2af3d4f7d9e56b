//! The frame that stands for a video: of the key frames of its beginning the one that looks most like the others
//! (api/jobs-ml.md section 4).

use std::path::Path;
use std::time::Duration;

use edge_media::color::ColorSpace;
use edge_media::decode::{self, Limits as Pixels, LoadOptions, Picture};
use edge_protocol::wire::VideoFacts;

use crate::child::{self, Limits};
use crate::context::{Context, Trouble, broken};
use crate::probe;

/// How long it may take.
const TIME: Duration = Duration::from_secs(180);
/// Largest frame, bytes.
const OUTPUT: usize = 256 << 20;
/// How much of the beginning is looked at, seconds.
const BEGINNING: &str = "30";
/// How many key frames are compared.
const CANDIDATES: u32 = 8;
/// Longer frames are scaled first: comparing them takes their size in memory each.
const LARGE: u64 = 4096 * 2304;

/// A frame whose shorter side has at most `side` pixels (0: any number), upright and in sRGB.
pub fn frame(
    context: &Context<'_>,
    video: &Path,
    facts: &VideoFacts,
    side: u32,
) -> Result<Picture, Trouble> {
    let key_frames = extract(context, video, facts, side, Among::KeyFrames);
    let bytes = match key_frames {
        Ok(bytes) if !bytes.is_empty() => bytes,
        // Some have no key frame that is marked as one.
        Ok(_) | Err(Trouble::Final(_)) => extract(context, video, facts, side, Among::All)?,
        Err(trouble) => return Err(trouble),
    };
    if bytes.is_empty() {
        return Err(Trouble::Final(
            "no frame of this video can be decoded".to_owned(),
        ));
    }
    let options = LoadOptions {
        short_side: u32::MAX,
        limits: Pixels::native(),
        orientation: None,
        space: ColorSpace::Srgb,
    };
    decode::load(&bytes, &options).map_err(|error| Trouble::Final(format!("the frame: {error}")))
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
    facts: &VideoFacts,
    side: u32,
    among: Among,
) -> Result<Vec<u8>, Trouble> {
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<_>>()
    };
    let mut arguments = words(&["-hide_banner", "-nostdin", "-v", "error"]);
    if among == Among::KeyFrames {
        arguments.extend(words(&["-skip_frame", "nokey", "-t", BEGINNING]));
    }
    arguments.extend(probe::input(video));
    arguments.extend(words(&["-map", "0:V:0", "-an", "-sn", "-dn", "-vf"]));
    arguments.push(filters(facts, side, among, context.tools.maps_tones));
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
        "pipe:1",
    ]));
    let limits = Limits {
        time: TIME,
        memory: context.memory,
        output: OUTPUT,
    };
    let tool = &context.tools.ffmpeg;
    let frame = child::run(tool, &arguments, limits, context.halt, None);
    frame.map_err(|error| broken("ffmpeg", &error))
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
        assert!(filters(&hdr, 1440, Among::KeyFrames, true).contains("tonemap=hable"));
        assert!(!filters(&hdr, 1440, Among::KeyFrames, false).contains("tonemap"));
        let plain = VideoFacts::default();
        assert!(!filters(&plain, 1440, Among::KeyFrames, true).contains("tonemap"));
        assert!(!filters(&plain, 1440, Among::All, true).contains("thumbnail"));
    }
}
