//! `cargo xtask files`: how long a source file may be, how it opens, and what it must not contain.
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::{project, shell};

/// Longest source file, in lines.
const MAX_LINES: usize = 500;
/// Patterns that lose the cause of an error or a result; each with what to do instead.
const FORBIDDEN: [(&str, &str); 2] = [
    ("map_err(|_|", "keep the cause: name the error and wrap it"),
    ("#[allow(", "use #[expect(lint, reason = \"…\")]"),
];

/// Checks every source file that git knows.
pub fn run() -> Result<()> {
    let root = project::root();
    let mut git = shell::command("git", root);
    let list = shell::output(git.args([
        "ls-files",
        "-co",
        "--exclude-standard",
        "*.rs",
        "*.js",
        "*.mjs",
    ]))?;
    let mut found = Vec::new();
    for name in list.lines() {
        let path = root.join(name);
        // Deleted but not yet committed as such.
        if !path.exists() {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| name.to_owned())?;
        found.extend(
            complaints(name, &text)
                .into_iter()
                .map(|words| format!("{name}: {words}")),
        );
    }
    super::report(&found, "complaints about source files")
}

fn complaints(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        found.push(format!("{lines} lines, more than {MAX_LINES}: split it"));
    }
    let is_rust = Path::new(name).extension().is_some_and(|kind| kind == "rs");
    let opening = if is_rust { "//!" } else { "//" };
    if !text.starts_with(opening) {
        found.push(format!(
            "must open with a few lines of {opening} that say what it is for"
        ));
    }
    // This file names the patterns to look for them.
    if is_rust && !name.ends_with("checks/files.rs") {
        let hits = FORBIDDEN.iter().filter(|(pattern, _)| {
            let mut places = text.split(pattern).skip(1);
            places.any(|rest| !has_reason(rest))
        });
        found.extend(hits.map(|(pattern, instead)| format!("contains `{pattern}`: {instead}")));
    }
    found
}

/// Whether the attribute that `rest` continues gives a reason.
fn has_reason(rest: &str) -> bool {
    let attribute = rest.split(")]").next().unwrap_or_default();
    attribute.contains("reason = ")
}

#[cfg(test)]
mod tests {
    use super::complaints;

    #[test]
    fn a_lost_cause_is_found() {
        let text = "//! Doc.\nfn f() { g().map_err(|_| Error) }\n";
        assert_eq!(complaints("a.rs", text).len(), 1);
    }

    #[test]
    fn a_long_file_without_opening_gets_two_complaints() {
        assert_eq!(complaints("a.rs", &"x\n".repeat(501)).len(), 2);
    }
}
