//! `cargo xtask models`: which models are installed, installing and removing them.
//!
//! A program of its own, because the engine takes a minute to compile and nothing else of xtask needs it.
mod beside;
mod bring;
mod catalogue;
mod convert;
mod cut;
mod external;
mod fetch;
mod fold;
mod folder;
mod inputs;
mod install;
mod options;
mod packages;
mod prove;
mod reading;
mod reference;
mod time;
mod tokenizer;
mod verify;
mod weights;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod testing_server;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_far;

use std::process::ExitCode;

use options::Command;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = options::parse(&words).and_then(|command| match command {
        Command::List { folder } => install::list(&folder),
        Command::Add { folder, wanted } => install::add(&folder, &wanted),
        Command::Remove { folder, name } => install::remove(&folder, &name),
        Command::Prove { folder, clip } => prove::prove(&folder, clip.as_deref()),
        Command::Time { folder } => time::time(&folder),
        Command::Samples { folder } => time::samples(&folder),
        Command::Help => say(options::USAGE),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(say(&format!("error: {error:#}")));
            ExitCode::FAILURE
        }
    }
}

/// Prints a line for the person who asked.
fn say(line: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    Ok(writeln!(std::io::stderr(), "{line}")?)
}
