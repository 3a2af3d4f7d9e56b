//! Transcoding: what of a video has to be encoded ([`plan`]), by which arguments of ffmpeg ([`arguments`]), and doing it.

pub mod arguments;
pub mod config;
pub mod device;
pub mod filters;
mod plan;

use std::path::{Path, PathBuf};
use std::time::Duration;

use edge_protocol::wire::{Encoded, Outcome, VideoFacts};
use serde_json::Value;

use crate::child::{self, Bounds, Broken, Limits};
use crate::context::{Context, Trouble, broken};
use crate::spool::Spool;
use crate::{log, packets, upload};
use arguments::Pass;
use config::Config;
use device::Device;
use plan::Plan;

/// How long encoding may take beside [`SLOWEST`], for what is short.
const LEAST_TIME: Duration = Duration::from_mins(10);
/// How many times its own length a video may take.
const SLOWEST: u32 = 30;
/// How long encoding may take where nobody knows how long the video is.
const UNKNOWN: Duration = Duration::from_hours(8);
/// Text of ffmpeg's progress, bytes: half a kilobyte each half second, for a week.
const OUTPUT: usize = 1 << 30;
/// Name of the encoded file.
const RESULT: &str = "encoded.mp4";

/// Encodes what the configuration wants, and nothing where it wants nothing.
pub fn run(context: &Context<'_>, spool: &Spool, config: &Value) -> Result<Outcome, Trouble> {
    let original = spool.fetch(context.server, context.lease, context.halt)?;
    let facts = packets::facts(context, &original)?;
    let config = Config::read(config)
        .map_err(|error| Trouble::Final(format!("the configuration of ffmpeg: {error}")))?;
    let encoded = match plan::plan(&config, &facts) {
        Some(plan) => {
            let result = encode(context, spool, &original, &config, &facts, plan)?;
            drop(std::fs::remove_file(original));
            Some(upload::send(context, &result)?)
        }
        None => None,
    };
    let encoded = encoded.map(|(upload, tags)| Encoded { upload, tags });
    Ok(Outcome::Transcoded {
        video: facts,
        encoded,
    })
}

/// Encodes with the device that is configured, then without it where that does not work.
fn encode(
    context: &Context<'_>,
    spool: &Spool,
    original: &Path,
    config: &Config,
    facts: &VideoFacts,
    plan: Plan,
) -> Result<PathBuf, Trouble> {
    let result = spool.path(RESULT);
    let mut devices = Device::of(config);
    let last = devices.pop().unwrap_or(Device::SOFTWARE);
    let job = |device| arguments::Job {
        config,
        facts,
        plan,
        device,
        maps_tones: context.tools.maps_tones,
    };
    for device in devices {
        match passes(context, spool, original, &result, &job(device)) {
            Ok(()) => return Ok(result),
            Err(error @ Broken::Halted) => return Err(broken("ffmpeg", &error)),
            // However it ends: drivers crash and hang, too.
            Err(error) => {
                log::say(&format!(
                    "{}: {device} does not do: {error}",
                    context.lease.job
                ));
            }
        }
    }
    let done = passes(context, spool, original, &result, &job(last));
    done.map_err(|error| broken("ffmpeg", &error))?;
    Ok(result)
}

fn passes(
    context: &Context<'_>,
    spool: &Spool,
    original: &Path,
    result: &Path,
    job: &arguments::Job<'_>,
) -> Result<(), Broken> {
    let log = spool.path("pass");
    let all: &[Pass] = if job.has_two_passes() {
        &[Pass::First, Pass::Second]
    } else {
        &[Pass::Only]
    };
    for (done, pass) in (0_u16..).zip(all) {
        let words = job.arguments(original, result, *pass, &log);
        let share = 100 / u16::try_from(all.len()).unwrap_or(1);
        let seen = |line: &str| {
            if let Some(part) = part(line, job.facts) {
                let percent = done * share + u16::from(part) * share / 100;
                // What is left is sending it.
                context
                    .progress
                    .set(u8::try_from(percent).unwrap_or(99).min(99));
            }
        };
        let limits = Limits {
            time: time(job.facts),
            memory: context.memory,
            output: OUTPUT,
            file: None,
        };
        let tool = &context.tools.ffmpeg;
        let bounds = job.device.bounds(Bounds::of(&limits));
        child::run_within(bounds, tool, &words, limits, context.halt, Some(&seen))?;
    }
    Ok(())
}

/// How much of a video a line of ffmpeg's progress says is done, per cent.
fn part(line: &str, facts: &VideoFacts) -> Option<u8> {
    let length = facts.duration_ms.filter(|length| *length > 0)?;
    let at: i64 = line.strip_prefix("out_time_us=")?.parse().ok()?;
    u8::try_from((at / 10 / length).clamp(0, 100)).ok()
}

/// How long encoding may take.
fn time(facts: &VideoFacts) -> Duration {
    let millis = facts
        .duration_ms
        .and_then(|length| u64::try_from(length).ok());
    millis.map_or(UNKNOWN, |millis| {
        LEAST_TIME + Duration::from_millis(millis).saturating_mul(SLOWEST)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_may_take_long_and_nobody_guesses_how_far_it_is() {
        let of = |duration_ms| VideoFacts {
            duration_ms,
            ..VideoFacts::default()
        };
        let hour = 60 * 60 * 1000;
        assert_eq!(time(&of(Some(hour))), LEAST_TIME + Duration::from_hours(30));
        assert!(time(&of(Some(i64::MAX))) > Duration::from_hours(30));
        assert_eq!(time(&of(None)), UNKNOWN);
        let line = "out_time_us=900000000";
        assert_eq!(part(line, &of(Some(hour))), Some(25));
        assert_eq!(part("out_time_us=-5", &of(Some(hour))), Some(0));
        assert_eq!(part("out_time_us=N/A", &of(Some(hour))), None);
        assert_eq!(part("fps=25", &of(Some(hour))), None);
        assert_eq!(part(line, &of(None)), None);
    }
}
