//! One line of text to standard error, where the guests' own output goes too.
use std::io::Write as _;

/// Writes `line`; nobody left to read it is no reason to stop.
pub fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}
