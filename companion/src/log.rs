//! Lines for the log, which is standard error, and for people who ask.

use std::io::Write as _;

use anyhow::Result;

/// Writes a line to the log. That nobody reads it is no error.
pub fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// Writes a text to standard output.
pub fn print(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{}", text.trim_end())?)
}
