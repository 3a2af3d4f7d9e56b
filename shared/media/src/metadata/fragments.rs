//! How long a fragmented MP4 file runs: its index has no samples, they are announced piece by piece.

use super::boxes::{self, Box};
use crate::bytes::{be32, be64, index, slice};

/// More tracks than any camera writes.
const MAX_TRACKS: usize = 64;

/// One track of the index.
struct Track {
    id: u32,
    /// Ticks a second.
    scale: u32,
    /// Ticks of a sample where a fragment does not say better.
    default: u32,
    /// Ticks of all its samples.
    ticks: u64,
}

/// Seconds by the index (`mehd`), else by the segment index (`sidx`), else by the sum of all fragments
/// (`moof`) in `bytes`: the longest track.
pub fn seconds(bytes: &[u8], moov: &[u8]) -> Option<f64> {
    announced(moov)
        .or_else(|| segments(bytes))
        .or_else(|| summed(bytes, moov))
        .filter(|seconds| *seconds > 0.0)
}

#[expect(clippy::cast_precision_loss, reason = "durations are far below 2^52")]
fn divide(ticks: u64, scale: u32) -> Option<f64> {
    (scale > 0).then(|| ticks as f64 / f64::from(scale))
}

/// The time scale of `mvhd` or `mdhd`.
fn scale(header: Box<'_>) -> Option<u32> {
    let (version, body) = header.full()?;
    be32(body, if version == 1 { 16 } else { 8 })
}

fn announced(moov: &[u8]) -> Option<f64> {
    let (version, body) = boxes::find_path(moov, &[b"mvex", b"mehd"])?.full()?;
    let ticks = if version == 1 {
        be64(body, 0)?
    } else {
        be32(body, 0)?.into()
    };
    divide(ticks, scale(boxes::find(moov, b"mvhd")?)?)
}

/// The sum of the first segment index.
fn segments(bytes: &[u8]) -> Option<f64> {
    let (version, body) = boxes::find(bytes, b"sidx")?.full()?;
    let scale = be32(body, 4)?;
    let list = body.get(if version == 0 { 20 } else { 28 }..)?;
    let durations = list.as_chunks::<12>().0.iter();
    let ticks = durations.filter_map(|entry| be32(entry, 4)).map(u64::from);
    divide(ticks.sum(), scale)
}

fn summed(bytes: &[u8], moov: &[u8]) -> Option<f64> {
    let mut tracks: Vec<Track> = boxes::boxes(moov)
        .filter(|part| &part.kind == b"trak")
        .filter_map(|part| track(part.body, moov))
        .take(MAX_TRACKS)
        .collect();
    for fragment in boxes::boxes(bytes).filter(|part| &part.kind == b"moof") {
        for part in boxes::boxes(fragment.body).filter(|part| &part.kind == b"traf") {
            add(part.body, &mut tracks);
        }
    }
    tracks
        .iter()
        .filter_map(|track| divide(track.ticks, track.scale))
        .max_by(f64::total_cmp)
}

fn track(trak: &[u8], moov: &[u8]) -> Option<Track> {
    let (version, body) = boxes::find(trak, b"tkhd")?.full()?;
    let id = be32(body, if version == 1 { 16 } else { 8 })?;
    let extends = boxes::find(moov, b"mvex")
        .into_iter()
        .flat_map(|part| boxes::boxes(part.body))
        .filter(|part| &part.kind == b"trex")
        .take(MAX_TRACKS);
    let default = extends
        .filter_map(|part| Some(part.full()?.1))
        .find(|body| be32(body, 0) == Some(id))
        .and_then(|body| be32(body, 8));
    Some(Track {
        id,
        scale: scale(boxes::find_path(trak, &[b"mdia", b"mdhd"])?)?,
        default: default.unwrap_or(0),
        ticks: 0,
    })
}

/// Adds the samples of a track's fragment.
fn add(traf: &[u8], tracks: &mut [Track]) -> Option<()> {
    let header = boxes::find(traf, b"tfhd")?.body;
    let flags = be32(header, 0)?;
    let id = be32(header, 4)?;
    let track = tracks.iter_mut().find(|track| track.id == id)?;
    // a base offset and a sample description may stand in front
    let at = 8 + if flags & 1 == 0 { 0 } else { 8 } + if flags & 2 == 0 { 0 } else { 4 };
    let default = if flags & 8 == 0 {
        track.default
    } else {
        be32(header, at)?
    };
    for run in boxes::boxes(traf).filter(|part| &part.kind == b"trun") {
        track.ticks = track.ticks.saturating_add(ticks(run.body, default)?);
    }
    Some(())
}

/// Ticks of a run of samples.
fn ticks(run: &[u8], default: u32) -> Option<u64> {
    let flags = be32(run, 0)?;
    let count = be32(run, 4)?;
    if flags & 0x100 == 0 {
        return Some(u64::from(count) * u64::from(default));
    }
    let fields = (flags >> 8 & 0xf).count_ones();
    let at = 8 + if flags & 1 == 0 { 0 } else { 4 } + if flags & 4 == 0 { 0 } else { 4 };
    let size = index(fields.into()) * 4;
    let samples = slice(run, at, size.checked_mul(index(count.into()))?)?;
    let durations = samples.chunks_exact(size);
    Some(durations.filter_map(|s| be32(s, 0)).map(u64::from).sum())
}
