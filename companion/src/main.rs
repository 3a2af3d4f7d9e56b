//! `immich-companion`: asks a server of immich-edge for jobs that do not fit an isolate, does them with ffmpeg, and sends back what
//! came out (docs/companion.md). It needs nothing but HTTP to the server: no database, no bucket.

mod child;
mod context;
mod decoder;
mod drawing;
mod kept;
mod learning;
mod lease;
mod log;
mod metrics;
mod options;
mod order;
mod packets;
mod picture;
mod poster;
mod probe;
mod raw;
mod renditions;
mod rest;
mod server;
mod spool;
mod stream;
mod talk;
mod task;
mod tools;
mod transcode;
mod upload;
mod worker;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use signal_hook::consts::{SIGINT, SIGTERM};

use options::Command;

fn main() -> ExitCode {
    if let Err(missing) = processor() {
        log::say(&missing);
        return ExitCode::FAILURE;
    }
    if let Some(words) = child::asked() {
        return child::become_tool(words);
    }
    if let Some(order) = decoder::asked() {
        return decoder::run(&order);
    }
    if let Some(order) = learning::pixels::asked() {
        return learning::pixels::run(&order);
    }
    if let Some(order) = learning::looker::asked() {
        return learning::looker::run(&order);
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Refuses processors that lack what this program is compiled for (x86-64-v2). The processor itself is asked:
/// `is_x86_feature_detected!` says yes to whatever the compiler was allowed to use.
fn processor() -> std::result::Result<(), String> {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(feature) = lacking(std::arch::x86_64::__cpuid(1).ecx) {
            return Err(format!(
                "this processor lacks {feature}: immich-companion needs x86-64-v2 (Intel since 2008, AMD since 2011)"
            ));
        }
    }
    Ok(())
}

/// What of x86-64-v2 a processor lacks, by ECX of leaf 1 of CPUID (Intel's manual, volume 2A).
#[cfg_attr(
    not(target_arch = "x86_64"),
    expect(dead_code, reason = "other processors have no such leaf")
)]
fn lacking(ecx: u32) -> Option<&'static str> {
    let features = [
        ("sse3", 0),
        ("ssse3", 9),
        ("cmpxchg16b", 13),
        ("sse4.1", 19),
        ("sse4.2", 20),
        ("popcnt", 23),
    ];
    let lacks = |bit: u32| ecx & (1 << bit) == 0;
    let first = features.into_iter().find(|(_, bit)| lacks(*bit));
    first.map(|(feature, _)| feature)
}

fn run() -> Result<()> {
    let options = match options::read(lexopt::Parser::from_env())? {
        Command::Run(options) => options,
        Command::Say(text) => return log::print(&text),
    };
    if options.with_parent {
        child::die_with_parent()?;
    }
    let tools = tools::Tools::find()?;
    let server = server::Server::new(
        &options.server,
        &options.token,
        options.authorities.as_deref(),
        &tools.version,
        options.learn,
    )?;
    spool::clear(&options.work);
    std::fs::create_dir_all(&options.work)
        .with_context(|| format!("cannot make {}", options.work.display()))?;
    if let Some(port) = options.metrics {
        metrics::serve(port)?;
    }
    let stop = stop_on_signals()?;
    log::say(&format!(
        "immich-companion {} with ffmpeg {} works for {}, {} jobs at a time{}{}",
        env!("CARGO_PKG_VERSION"),
        tools.version,
        options.server,
        options.jobs,
        if tools.developer.is_some() {
            ""
        } else {
            "; there is no dcraw_emu to develop raw files"
        },
        if tools.missing.is_empty() {
            String::new()
        } else {
            format!("; this ffmpeg lacks {}", tools.missing.join(", "))
        }
    ));
    worker::run(&server, &tools, &options, &stop)
}

/// A flag that SIGTERM and SIGINT set. The second one ends the program at once.
fn stop_on_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register_conditional_shutdown(signal, 1, stop.clone())?;
        signal_hook::flag::register(signal, stop.clone())?;
    }
    debug_assert!(!stop.load(Ordering::Relaxed));
    Ok(stop)
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn processors_from_before_2008_are_refused_by_what_they_lack() {
        // As CPUID answers on: Nehalem (2008), Bulldozer (2011), Core 2 of 65 nm (2006), Athlon 64 X2 (2005).
        assert_eq!(lacking(0x0098_E3FD), None);
        assert_eq!(lacking(0x1E98_220B), None);
        assert_eq!(lacking(0x0000_E3BD), Some("sse4.1"));
        assert_eq!(lacking(0x0000_2001), Some("ssse3"));
        assert_eq!(lacking(0), Some("sse3"));
        assert_eq!(lacking(!(1 << 23)), Some("popcnt"));
    }
}
