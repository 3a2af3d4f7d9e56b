//! Pictures that the edge handed over: by our own decoders with this machine's memory, else by ffmpeg; raw files by LibRaw's `dcraw_emu`, or
//! by the JPEG inside them, as the server is configured and whatever can be done (docs/decisions/0035-companion.md).

use std::path::{Path, PathBuf};
use std::time::Duration;

use edge_protocol::wire::{Edited, Edits, Look, Outcome, Reading, Rendition};

use crate::child::{self, Limits};
use crate::context::{Context, Trouble, broken};
use crate::order::Next;
use crate::renditions::{self, Made, Wanted};
use crate::spool::Spool;

/// Largest file that is read into memory, bytes: the largest raw files are half of it.
const LARGEST: u64 = 512 << 20;
/// How long ffmpeg may take.
const TIME: Duration = Duration::from_mins(2);
/// How long a raw file may be developed.
const DEVELOPING: Duration = Duration::from_mins(5);
/// Largest picture that they may give, bytes: 300 megapixels.
const DECODED: u64 = 900 << 20;
/// Most that they may say, bytes.
const OUTPUT: usize = 64 << 10;
/// What ffmpeg may take a picture for: AVIF, JPEG 2000, PSD, TIFF and the like. SVG, which may name other files, is not among them.
const CONTAINERS: &str =
    "mov,mp4,m4a,3gp,3g2,mj2,j2k_pipe,psd_pipe,tiff_pipe,webp_pipe,png_pipe,jpeg_pipe,jpegxl_pipe";

/// What is made of a picture.
pub fn wanted<'a>(
    renditions: &'a [Rendition],
    reading: &'a Reading,
    edits: &'a Edits,
) -> Wanted<'a> {
    Wanted {
        renditions,
        orientation: reading.orientation,
        original: None,
        colors: &reading.colors,
        least: reading.embedded.unwrap_or(u32::MAX),
        edits,
        is_sent: true,
    }
}

/// Renditions of a picture.
pub fn run(context: &Context<'_>, spool: &Spool, wanted: &Wanted<'_>) -> Result<Outcome, Trouble> {
    let Drawn { look, seen, .. } = drawn(context, spool, wanted)?;
    Ok(Outcome::Picture { look, seen })
}

/// Renditions of a picture as its owner edited it.
pub fn edited(
    context: &Context<'_>,
    spool: &Spool,
    wanted: &Wanted<'_>,
    version: &str,
) -> Result<Outcome, Trouble> {
    let Drawn { look, shown, .. } = drawn(context, spool, wanted)?;
    Ok(Outcome::Edited(Edited {
        look,
        shown,
        version: version.to_owned(),
    }))
}

/// A picture whose renditions were made.
struct Drawn {
    /// How it looks.
    look: Look,
    /// Width and height after the edits, pixels.
    shown: (u32, u32),
    /// What copies of it have in common with it.
    seen: Option<String>,
}

/// Has the renditions made by whoever can decode the original.
fn drawn(context: &Context<'_>, spool: &Spool, wanted: &Wanted<'_>) -> Result<Drawn, Trouble> {
    let original = spool.fetch(context.server, context.lease, context.halt)?;
    let size = std::fs::metadata(&original);
    let size = size.map_err(|error| Trouble::Passing(format!("the companion's disk: {error}")))?;
    if size.len() > LARGEST {
        let text = format!("a picture of {} bytes is not read", size.len());
        return Err(Trouble::Final(text));
    }
    let make = |input, wanted: &Wanted<'_>| renditions::make(context, spool, input, wanted);
    let made = match make(original.clone(), wanted)? {
        Made::Refused(_, Next::Ffmpeg { is_opaque }) => {
            let mut decoded = Wanted {
                original: Some(&original),
                ..*wanted
            };
            let picture = match by_ffmpeg(context, spool, &original, is_opaque) {
                // There are raw files that only LibRaw knows, and not by their beginning.
                Err(Trouble::Final(reason)) => {
                    decoded.orientation = None;
                    let developed = developed(context, spool, &original)?;
                    developed.map_err(|why| Trouble::Final(format!("{reason}, {why}")))?
                }
                picture => picture?,
            };
            make(picture, &decoded)?
        }
        Made::Refused(reason, Next::Developer) => match developed(context, spool, &original)? {
            Ok(picture) => {
                let upright = Wanted {
                    orientation: None,
                    original: Some(&original),
                    ..*wanted
                };
                make(picture, &upright)?
            }
            Err(why) => {
                let any = Wanted {
                    least: 1,
                    ..*wanted
                };
                match make(original, &any)? {
                    Made::Refused(..) => Made::Refused(format!("{reason}, {why}"), Next::Nobody),
                    made @ Made::Sent { .. } => made,
                }
            }
        },
        made => made,
    };
    match made {
        Made::Sent { look, shown, seen } => Ok(Drawn { look, shown, seen }),
        Made::Refused(reason, Next::Again) => {
            let text = format!("a tool wrote a part of the picture only: {reason}");
            Err(Trouble::Passing(text))
        }
        Made::Refused(reason, _) => Err(Trouble::Final(reason)),
    }
}

/// The picture in a format of our own decoders, as it is stored.
fn by_ffmpeg(
    context: &Context<'_>,
    spool: &Spool,
    original: &Path,
    is_opaque: bool,
) -> Result<PathBuf, Trouble> {
    let picture = spool.path("decoded.png");
    let (input, output) = (file(original), file(&picture));
    // With transparency where there is some.
    let pixels = if is_opaque {
        "format=rgb24"
    } else {
        "format=rgb24|rgba"
    };
    let words = [
        "-hide_banner",
        "-nostdin",
        "-y",
        "-v",
        "error",
        "-noautorotate",
        "-protocol_whitelist",
        "file",
        "-format_whitelist",
        CONTAINERS,
        "-i",
        &input,
        "-map",
        "0:v:0",
        "-frames:v",
        "1",
        "-vf",
        pixels,
        "-c:v",
        "png",
        "-compression_level",
        "1",
        "-f",
        "image2pipe",
        &output,
    ];
    let words = words.map(str::to_owned);
    let tool = &context.tools.ffmpeg;
    let done = child::run(tool, &words, limits(context, TIME), context.halt, None);
    done.map_err(|error| broken("ffmpeg", &error))?;
    if is_there(&picture) {
        return Ok(picture);
    }
    let none = "ffmpeg finds no picture in this file".to_owned();
    Err(Trouble::Final(none))
}

/// A raw file developed by LibRaw, upright and in sRGB: with the camera's white balance, whatever else it does of itself. The inner
/// error says why it was not.
fn developed(
    context: &Context<'_>,
    spool: &Spool,
    original: &Path,
) -> Result<Result<PathBuf, String>, Trouble> {
    let Some(tool) = &context.tools.developer else {
        let missing =
            "and there is no dcraw_emu to develop it (Debian: apt-get install libraw-bin)";
        return Ok(Err(missing.to_owned()));
    };
    let picture = spool.path("developed.tiff");
    let (input, output) = (original.display(), picture.display());
    // A name with a dot is that of the file; it begins with a slash or the folder's name, never with a dash.
    let words = ["-w", "-o", "1", "-T", "-Z"].map(str::to_owned);
    let words: Vec<String> = words
        .into_iter()
        .chain([output.to_string(), input.to_string()])
        .collect();
    match child::run(
        tool,
        &words,
        limits(context, DEVELOPING),
        context.halt,
        None,
    ) {
        // It ends well also when it could not do anything.
        Ok(_) if is_there(&picture) => Ok(Ok(picture)),
        Ok(_) => Ok(Err("and dcraw_emu does not know it".to_owned())),
        Err(error) => match broken("dcraw_emu", &error) {
            Trouble::Final(text) => Ok(Err(text)),
            trouble => Err(trouble),
        },
    }
}

fn limits(context: &Context<'_>, time: Duration) -> Limits {
    Limits {
        time,
        memory: context.memory,
        output: OUTPUT,
        file: Some(DECODED),
    }
}

fn file(path: &Path) -> String {
    format!("file:{}", path.display())
}

fn is_there(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|meta| meta.len() > 0)
}
