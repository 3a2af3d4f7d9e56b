//! When the packets of a video come, read from all of them: how live transcoding cuts it (api/hls.md section 4).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use edge_protocol::stream::Timing;
use edge_protocol::wire::VideoFacts;

use crate::child::{self, Broken, Limits};
use crate::context::{Context, Trouble, broken};
use crate::kept::Kept;
use crate::probe;

/// How long it may take: the whole file is read.
const TIME: Duration = Duration::from_mins(10);
/// Most text of it, bytes: a day of sixty frames a second.
const OUTPUT: usize = 256 << 20;
/// A frame that comes so much too late or too early, in frames, is repeated or left out.
const SLACK: f64 = 1.1;
/// Packets that are put into the order of their times before they are kept: decoders reorder 16 frames at most.
const REORDERED: usize = 1_024;

/// What has been read so far.
#[derive(Default)]
struct Scan {
    base: Option<[i64; 2]>,
    /// Sum of the lengths of all packets.
    ticks: i64,
    /// When the first one begins and the last one ends.
    span: Option<(i64, i64)>,
    /// Shown packets that may not be in order yet: when, and how long.
    waiting: BinaryHeap<Reverse<(i64, i64)>>,
    /// Shown packets in order.
    kept: Kept,
}

/// What packets tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scanned {
    /// How live transcoding cuts the video; `None`: it cannot.
    pub timing: Option<Timing>,
    /// Length, ms.
    pub length: Option<i64>,
}

/// The facts of a video, also when its packets come.
pub fn facts(context: &Context<'_>, path: &Path) -> Result<VideoFacts, Trouble> {
    let facts = probe::probe(context, path)?;
    let scanned = scan(context, path)?;
    Ok(timed(facts, scanned))
}

/// The facts with what its packets tell: the length, too, where the file does not (recordings of browsers, live streams).
pub fn timed(facts: VideoFacts, scanned: Scanned) -> VideoFacts {
    let (timing, length) = (scanned.timing, scanned.length);
    VideoFacts {
        duration_ms: facts.duration_ms.or(length),
        timing,
        ..facts
    }
}

/// Reads the packets of a video; nothing when they cannot be used, or there are too many.
pub fn scan(context: &Context<'_>, path: &Path) -> Result<Scanned, Trouble> {
    let words = ["-v", "error", "-select_streams", "V:0", "-show_entries"];
    let entries = "packet=pts,duration,flags:stream=time_base";
    let mut arguments: Vec<String> = words.map(str::to_owned).to_vec();
    arguments.extend([entries, "-of", "compact"].map(str::to_owned));
    arguments.extend(probe::input(path));
    let limits = Limits {
        time: TIME,
        memory: context.memory,
        output: OUTPUT,
        file: None,
    };
    let scan = Mutex::new(Scan::default());
    let seen = |line: &str| {
        scan.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(line);
    };
    let tool = &context.tools.ffprobe;
    match child::run(tool, &arguments, limits, context.halt, Some(&seen)) {
        Ok(_) => {}
        // It can be shown all the same, but not cut.
        Err(Broken::TooMuch(_) | Broken::TimedOut(_) | Broken::Ended(_) | Broken::Refused(_)) => {
            return Ok(Scanned::default());
        }
        Err(error) => return Err(broken("ffprobe", &error)),
    }
    let scan = scan.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(scan.ended())
}

impl Scan {
    /// Takes a line such as `packet|pts=0|duration=512|flags=K_` or `stream|time_base=1/15360`.
    fn take(&mut self, line: &str) {
        let mut words = line.split('|');
        let kind = words.next();
        let (mut at, mut length, mut is_shown) = (None, 0_i64, true);
        for (name, value) in words.filter_map(|word| word.split_once('=')) {
            match name {
                "pts" => at = value.parse().ok(),
                "duration" => length = value.parse().unwrap_or(0),
                "flags" => is_shown = !value.contains('D'),
                "time_base" => self.base = fraction(value),
                _ => {}
            }
        }
        if kind != Some("packet") {
            return;
        }
        let length = length.max(0);
        self.ticks = self.ticks.saturating_add(length);
        if let Some(at) = at.filter(|_| is_shown) {
            self.shown(at, length);
        }
    }

    /// Takes a packet that is shown.
    fn shown(&mut self, at: i64, length: i64) {
        let end = at.saturating_add(length);
        let (first, last) = self.span.unwrap_or((at, end));
        self.span = Some((first.min(at), last.max(end)));
        self.waiting.push(Reverse((at, length)));
        if self.waiting.len() > REORDERED {
            self.keep();
        }
    }

    /// Keeps the packet that is next.
    fn keep(&mut self) -> bool {
        let Some(Reverse((at, length))) = self.waiting.pop() else {
            return false;
        };
        self.kept.push(at, length);
        true
    }

    fn ended(mut self) -> Scanned {
        while self.keep() {}
        Scanned {
            length: self.length(),
            timing: self.timing(),
        }
    }

    /// How long all packets take, ms.
    fn length(&self) -> Option<i64> {
        let (first, last) = self.span?;
        let [above, below] = self.base?.map(i128::from);
        let ticks = i128::from(last) - i128::from(first);
        let millis = ticks.checked_mul(above)?.checked_mul(1000)?;
        let millis = millis.checked_div(below)?;
        i64::try_from(millis).ok().filter(|millis| *millis > 0)
    }

    fn timing(&self) -> Option<Timing> {
        let timing = Timing {
            ticks: self.ticks,
            packets: self.kept.count,
            frames: frames(&self.kept, self.ticks),
            base: self.base?,
        };
        (timing.is_sound() && !self.kept.is_full).then_some(timing)
    }
}

fn fraction(text: &str) -> Option<[i64; 2]> {
    let (above, below) = text.split_once('/')?;
    Some([above.parse().ok()?, below.parse().ok()?])
}

/// Frames that an output with a constant rate makes of these packets.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts of frames; floats saturate"
)]
fn frames(packets: &Kept, ticks: i64) -> i64 {
    let a_tick = packets.count as f64 / ticks.max(1) as f64;
    let first = packets.all().next().map_or(0, |(at, _)| at);
    let (mut count, mut repeats) = (0_i64, [0_i64; 3]);
    for (at, length) in packets.all() {
        let at = at.saturating_sub(first) as f64 * a_tick;
        let late = at - count as f64;
        let end = late + length as f64 * a_tick;
        let (made, repeated) = if end < -SLACK {
            (0, 0)
        } else if end > SLACK {
            let before = if late > SLACK {
                (late - 0.6).round()
            } else {
                0.0
            };
            (end.round() as i64, before as i64)
        } else {
            (1, 0)
        };
        count = count.saturating_add(made);
        repeats = [repeats[1], repeats[2], repeated];
    }
    repeats.sort_unstable();
    count.saturating_add(repeats[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(lines: impl IntoIterator<Item = String>) -> Option<Timing> {
        let mut scan = Scan::default();
        for line in lines {
            scan.take(&line);
        }
        scan.take("stream|time_base=1/30000");
        scan.ended().timing
    }

    fn packet(at: i64, length: i64) -> String {
        format!("packet|pts={at}|duration={length}|flags=__")
    }

    #[test]
    fn packets_that_come_in_time_are_a_frame_each() {
        let all = timing((0..100).rev().map(|number| packet(number * 1_001, 1_001))).unwrap();
        let expected = Timing {
            ticks: 100_100,
            packets: 100,
            frames: 100,
            base: [1, 30_000],
        };
        assert_eq!(all, expected);
    }

    #[test]
    fn packets_tell_the_length_where_the_file_does_not() {
        let scanned = || {
            let mut scan = Scan::default();
            scan.take("stream|time_base=1/1000");
            for number in 0..90 {
                // What browsers record lasts a tick, as ffprobe has it.
                scan.take(&packet(7_000 + number * 33, 1));
            }
            scan.ended()
        };
        let facts = timed(VideoFacts::default(), scanned());
        assert_eq!(facts.duration_ms, Some(89 * 33 + 1));
        let told = VideoFacts {
            duration_ms: Some(3_210),
            ..VideoFacts::default()
        };
        assert_eq!(timed(told, scanned()).duration_ms, Some(3_210));
        let nothing = timed(VideoFacts::default(), Scanned::default());
        assert_eq!((nothing.duration_ms, nothing.timing), (None, None));
    }

    #[test]
    fn packets_of_a_night_are_put_in_order_while_they_come() {
        // Each group of four in the order of decoders: the last one first.
        let groups = (0..100_000_i64).map(|group| group * 4);
        let times = groups.flat_map(|group| [3, 0, 1, 2].map(|number| group + number));
        let all = timing(times.map(|number| packet(number * 1_001, 1_001))).unwrap();
        assert_eq!((all.packets, all.frames), (400_000, 400_000));
    }

    #[test]
    fn one_that_is_discarded_counts_with_its_length_only() {
        let first = "packet|pts=-1000|duration=1000|flags=KD".to_owned();
        let all = timing(
            [first]
                .into_iter()
                .chain((0..10).map(|number| packet(number * 1_000, 1_000))),
        );
        let all = all.unwrap();
        assert_eq!((all.ticks, all.packets), (11_000, 10));
    }

    #[test]
    fn gaps_are_filled_and_bursts_thinned() {
        // Ten frames, a pause of ten, ten frames: the last one before it is shown meanwhile.
        let times = (0..10).chain(20..30);
        let lines =
            times.map(|number| packet(number * 1_000, if number == 9 { 11_000 } else { 1_000 }));
        let all = timing(lines).unwrap();
        assert_eq!(all.ticks, 30_000);
        assert!((18..=22).contains(&all.frames), "{}", all.frames);
    }

    #[test]
    fn what_cannot_be_used_gives_nothing() {
        assert_eq!(timing([]), None);
        assert_eq!(
            timing(["packet|pts=N/A|duration=N/A|flags=K_".to_owned()]),
            None
        );
        assert_eq!(timing([packet(0, 0)]), None);
        assert_eq!(
            timing([packet(i64::MAX, i64::MAX), packet(i64::MIN + 1, i64::MAX)]),
            None
        );
        let mut scan = Scan::default();
        scan.take(&packet(0, 1));
        assert_eq!(scan.ended(), Scanned::default());
        let mut scan = Scan::default();
        for line in [
            "",
            "|",
            "stream|time_base=1",
            "stream|time_base=x/y",
            "packet",
            "packet|pts",
        ] {
            scan.take(line);
        }
        assert_eq!(scan.ended(), Scanned::default());
    }
}
