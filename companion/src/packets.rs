//! When the packets of a video come, read from all of them: how live transcoding cuts it (api/hls.md section 4).

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use edge_protocol::stream::Timing;
use edge_protocol::wire::VideoFacts;

use crate::child::{self, Broken, Limits};
use crate::context::{Context, Trouble, broken};
use crate::probe;

/// How long it may take: the whole file is read.
const TIME: Duration = Duration::from_mins(10);
/// Most text of it, bytes: a day of sixty frames a second.
const OUTPUT: usize = 256 << 20;
/// A frame that comes so much too late or too early, in frames, is repeated or left out.
const SLACK: f64 = 1.1;

/// One packet, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Packet {
    at: i64,
    length: i64,
    is_shown: bool,
}

/// What has been read so far.
#[derive(Default)]
struct Scan {
    base: Option<[i64; 2]>,
    packets: Vec<Packet>,
}

/// The facts of a video, also when its packets come.
pub fn facts(context: &Context<'_>, path: &Path) -> Result<VideoFacts, Trouble> {
    let facts = probe::probe(context, path)?;
    let timing = scan(context, path)?;
    Ok(timed(facts, timing))
}

/// The facts with what its packets tell: the length, too, where the file does not (recordings of browsers, live streams).
pub fn timed(facts: VideoFacts, timing: Option<Timing>) -> VideoFacts {
    let length = timing.as_ref().and_then(|timing| {
        let [above, below] = timing.base.map(i128::from);
        let millis = i128::from(timing.ticks) * above * 1000 / below.max(1);
        i64::try_from(millis).ok().filter(|millis| *millis > 0)
    });
    VideoFacts {
        duration_ms: facts.duration_ms.or(length),
        timing,
        ..facts
    }
}

/// Reads the packets of a video; `None` when they cannot be used, or there are too many.
pub fn scan(context: &Context<'_>, path: &Path) -> Result<Option<Timing>, Trouble> {
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
            return Ok(None);
        }
        Err(error) => return Err(broken("ffprobe", &error)),
    }
    let scan = scan.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(scan.timing())
}

impl Scan {
    /// Takes a line such as `packet|pts=0|duration=512|flags=K_` or `stream|time_base=1/15360`.
    fn take(&mut self, line: &str) {
        let mut words = line.split('|');
        let kind = words.next();
        let mut packet = Packet {
            at: i64::MIN,
            length: 0,
            is_shown: true,
        };
        for (name, value) in words.filter_map(|word| word.split_once('=')) {
            match name {
                "pts" => packet.at = value.parse().unwrap_or(i64::MIN),
                "duration" => packet.length = value.parse().unwrap_or(0),
                "flags" => packet.is_shown = !value.contains('D'),
                "time_base" => self.base = fraction(value),
                _ => {}
            }
        }
        if kind == Some("packet") {
            self.packets.push(packet);
        }
    }

    fn timing(mut self) -> Option<Timing> {
        let ticks = self.packets.iter().map(|packet| packet.length.max(0));
        let ticks = ticks.fold(0_i64, i64::saturating_add);
        self.packets
            .retain(|packet| packet.is_shown && packet.at != i64::MIN);
        let packets = i64::try_from(self.packets.len()).ok()?;
        self.packets.sort_unstable_by_key(|packet| packet.at);
        let timing = Timing {
            ticks,
            packets,
            frames: frames(&self.packets, ticks),
            base: self.base?,
        };
        timing.is_sound().then_some(timing)
    }
}

fn fraction(text: &str) -> Option<[i64; 2]> {
    let (above, below) = text.split_once('/')?;
    Some([above.parse().ok()?, below.parse().ok()?])
}

/// Frames that an output with a constant rate makes of these packets, which are in the order of their times.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts of frames; floats saturate"
)]
fn frames(packets: &[Packet], ticks: i64) -> i64 {
    let a_tick = packets.len() as f64 / ticks.max(1) as f64;
    let first = packets.first().map_or(0, |packet| packet.at);
    let (mut count, mut repeats) = (0_i64, [0_i64; 3]);
    for packet in packets {
        let at = packet.at.saturating_sub(first) as f64 * a_tick;
        let late = at - count as f64;
        let end = late + packet.length.max(0) as f64 * a_tick;
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
        scan.timing()
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
        let lines = || (0..90).map(|number| packet(number * 1_000, 1_000));
        let facts = timed(VideoFacts::default(), timing(lines()));
        assert_eq!(facts.duration_ms, Some(3_000));
        assert!(facts.timing.is_some());
        let told = VideoFacts {
            duration_ms: Some(3_210),
            ..VideoFacts::default()
        };
        assert_eq!(timed(told, timing(lines())).duration_ms, Some(3_210));
        assert_eq!(timed(VideoFacts::default(), None).duration_ms, None);
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
        assert_eq!(scan.timing(), None);
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
        assert_eq!(scan.timing(), None);
    }
}
