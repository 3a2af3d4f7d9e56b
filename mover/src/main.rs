//! `immich-move`: copies libraries to a server, over its public API: from another server, a Google Takeout or folders
//! (docs/moving.md).

mod client;
mod files;
mod immich;
mod model;
mod multipart;
mod options;
mod report;
mod state;
mod target;
mod work;

use std::process::ExitCode;

use anyhow::Result;

use client::{Credential, Server};
use options::{Command, Options, Source};
use report::Report;
use state::State;
use target::Target;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    match options::read(lexopt::Parser::from_env())? {
        Command::Say(text) => report::print(text.trim_end()),
        Command::Run(options) => {
            let report = Report::default();
            let moved = start(&options, &report);
            let finished = report.finish(options.dry_run);
            moved.and(finished)
        }
    }
}

fn start(options: &Options, report: &Report) -> Result<()> {
    let tries = options.tries.get();
    let to = Server::new(&options.to, Credential::Key(options.to_key.clone()), tries)?;
    let state = if options.dry_run {
        State::in_memory(&options.state)?
    } else {
        State::open(&options.state, &options.from.name(), to.address())?
    };
    match &options.from {
        Source::Server(url, key) => {
            let from = Server::new(url, Credential::Key(key.clone()), tries)?;
            immich::run(options, &from, &to, &state, report)
        }
        Source::Takeout(parts) => {
            let (store, found) = files::takeout::scan(parts, report)?;
            files::run(options, &store, &found, &Target::new(to), &state, report)
        }
        Source::Folder(folder) => {
            let found = files::folder::scan(folder, options.albums)?;
            let store = files::store::Store::default();
            files::run(options, &store, &found, &Target::new(to), &state, report)
        }
    }
}
