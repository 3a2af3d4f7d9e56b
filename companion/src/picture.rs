//! Pictures that the edge handed over: by our own decoders with this machine's memory, by the JPEG inside raw files, else by ffmpeg.

use std::path::Path;
use std::time::Duration;

use edge_media::color::{self, ColorSpace};
use edge_media::decode::{
    self, Checked, DecodeError, Format, ImageInfo, Limits as Pixels, LoadOptions, Picture,
};
use edge_media::look;
use edge_protocol::wire::{Colors, Look, Outcome, Rendition};

use crate::child::{self, Limits};
use crate::context::{Context, Trouble, broken};
use crate::renditions;
use crate::spool::Spool;

/// Largest file that is read into memory, bytes: the largest raw files are half of it.
const LARGEST: u64 = 512 << 20;
/// How long ffmpeg may take.
const TIME: Duration = Duration::from_secs(120);
/// Largest picture that it may give, bytes: 300 megapixels.
const OUTPUT: usize = 900 << 20;
/// Most places inside a raw file that are looked at, whether a JPEG begins there or not: by chance there are three in 50 MB.
const EMBEDDED: usize = 256;
/// So much of each, bytes: its own metadata and a preview lie before its size.
const HEAD: usize = 1 << 20;
/// What ffmpeg may take a picture for: AVIF, JPEG 2000, PSD, TIFF and the like. SVG, which may name other files, is not among them.
const CONTAINERS: &str =
    "mov,mp4,m4a,3gp,3g2,mj2,j2k_pipe,psd_pipe,tiff_pipe,webp_pipe,png_pipe,jpeg_pipe,jpegxl_pipe";

/// Renditions of a picture.
pub fn run(
    context: &Context<'_>,
    spool: &Spool,
    wanted: &[Rendition],
    orientation: Option<u8>,
    colors: &Colors,
) -> Result<Outcome, Trouble> {
    let original = spool.fetch(context.server, context.lease, context.halt)?;
    let short_side = |one: &Rendition| if one.size == 0 { u32::MAX } else { one.size };
    let options = LoadOptions {
        short_side: wanted.iter().map(short_side).max().unwrap_or(0),
        limits: Pixels::native(),
        orientation,
        space: space(colors),
    };
    let (Checked { picture, damage }, upright) = load(context, &original, &options)?;
    drop(std::fs::remove_file(original));
    let seen = look::look(&picture).map(|bits| format!("{bits:032x}"));
    let look = Look {
        damage,
        ..renditions::make(context, picture, upright, wanted)?
    };
    Ok(Outcome::Picture { look, seen })
}

fn space(colors: &Colors) -> ColorSpace {
    let (space, profile) = (colors.colorspace.as_deref(), colors.profile.as_deref());
    if colors.is_p3 {
        color::output_space(space, profile, colors.bits)
    } else {
        ColorSpace::Srgb
    }
}

/// A picture, and the size of its original upright.
type Loaded = (Checked, (u32, u32));

fn load(context: &Context<'_>, path: &Path, options: &LoadOptions) -> Result<Loaded, Trouble> {
    let disk = |error: std::io::Error| Trouble::Passing(format!("the companion's disk: {error}"));
    let size = std::fs::metadata(path).map_err(disk)?.len();
    if size > LARGEST {
        return Err(Trouble::Final(format!(
            "a picture of {size} bytes is not read"
        )));
    }
    let bytes = std::fs::read(path).map_err(disk)?;
    let refused = match native(&bytes, options) {
        Ok(loaded) => return Ok(loaded),
        Err(error) => error,
    };
    let is_raw = decode::probe(&bytes).is_ok_and(|info| info.format == Format::Raw);
    if is_raw {
        let none = || Trouble::Final("no JPEG in this raw file".to_owned());
        let jpeg = embedded(&bytes).ok_or_else(none)?;
        return native(jpeg, options).map_err(|error| Trouble::Final(error.to_string()));
    }
    let goes_on = refused.needs_companion() || refused == DecodeError::Unrecognised;
    if !goes_on {
        return Err(Trouble::Final(refused.to_string()));
    }
    drop(bytes);
    let bytes = by_ffmpeg(context, path)?;
    native(&bytes, options).map_err(|error| Trouble::Final(error.to_string()))
}

fn native(bytes: &[u8], options: &LoadOptions) -> Result<Loaded, DecodeError> {
    let info = decode::probe(bytes)?;
    let checked = decode::load_checked(bytes, options)?;
    let upright = if is_turned(&info, &checked.picture) {
        (info.height, info.width)
    } else {
        (info.width, info.height)
    };
    Ok((checked, upright))
}

/// Whether turning the picture upright swapped its sides.
fn is_turned(info: &ImageInfo, picture: &Picture) -> bool {
    let is_square = info.width == info.height || picture.width == picture.height;
    !is_square && (info.width > info.height) != (picture.width > picture.height)
}

/// The largest JPEG inside a raw file: cameras put their own rendition there.
fn embedded(bytes: &[u8]) -> Option<&[u8]> {
    let jpegs = beginnings(bytes).filter_map(|(at, head)| {
        let info = decode::probe(head).ok()?;
        Some((u64::from(info.width) * u64::from(info.height), at))
    });
    let (_, at) = jpegs.max_by_key(|(pixels, _)| *pixels)?;
    bytes.get(at..)
}

/// What may be a JPEG, by its place and as much as is needed to know its size. A file that consists of such beginnings is not looked
/// through again for each of them.
fn beginnings(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let starts = bytes.windows(3).enumerate();
    let starts = starts.filter(|(_, window)| *window == [0xFF, 0xD8, 0xFF]);
    starts.take(EMBEDDED).map(|(at, _)| {
        let end = bytes.len().min(at + HEAD);
        (at, bytes.get(at..end).unwrap_or_default())
    })
}

fn by_ffmpeg(context: &Context<'_>, path: &Path) -> Result<Vec<u8>, Trouble> {
    let input = format!("file:{}", path.display());
    let words = [
        "-hide_banner",
        "-nostdin",
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
        "-c:v",
        "bmp",
        "-pix_fmt",
        "bgr24",
        "-f",
        "image2pipe",
        "pipe:1",
    ];
    let limits = Limits {
        time: TIME,
        memory: context.memory,
        output: OUTPUT,
    };
    let words = words.map(str::to_owned);
    let bytes = child::run(&context.tools.ffmpeg, &words, limits, context.halt, None);
    let bytes = bytes.map_err(|error| broken("ffmpeg", &error))?;
    if bytes.is_empty() {
        return Err(Trouble::Final(
            "ffmpeg finds no picture in this file".to_owned(),
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_nothing_but_beginnings_is_not_read_again_for_each() {
        let hostile = [0xFF, 0xD8, 0xFF, 0x00].repeat(1 << 20);
        let looked_at: Vec<usize> = beginnings(&hostile).map(|(_, head)| head.len()).collect();
        assert_eq!(looked_at.len(), EMBEDDED);
        assert!(looked_at.iter().all(|length| *length <= HEAD));
        assert!(embedded(&hostile).is_none());
    }

    #[test]
    fn the_space_follows_configuration_and_original() {
        let wide = Colors {
            is_p3: true,
            profile: Some("Display P3".to_owned()),
            ..Colors::default()
        };
        assert_eq!(space(&wide), ColorSpace::DisplayP3);
        assert_eq!(
            space(&Colors {
                is_p3: false,
                ..wide
            }),
            ColorSpace::Srgb
        );
        let plain = Colors {
            is_p3: true,
            ..Colors::default()
        };
        assert_eq!(space(&plain), ColorSpace::Srgb);
    }
}
