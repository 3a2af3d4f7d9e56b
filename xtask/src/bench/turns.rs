//! `cargo xtask bench --baseline REV`: this checkout and another revision measured by turns, so that a change is a ratio and not
//! what the machine happened to do.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::{project, shell};

/// Measurements of each side unless told otherwise.
const ROUNDS: usize = 3;

/// What stands in the first column of one table: its title and the operation.
type Figure = (String, String);

/// Measures both by turns with `options` of `cargo xtask bench` and prints medians and ratios.
///
/// # Errors
/// The revision is none, or a run fails.
pub fn run(revision: &str, rounds: Option<&str>, options: &[&str]) -> Result<()> {
    let rounds = rounds
        .map_or(Ok(ROUNDS), str::parse)
        .context("--rounds N")?;
    let other = checkout(revision)?;
    let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
    for round in 1..=rounds {
        for (folder, figures) in [(other.as_path(), &mut theirs), (project::root(), &mut ours)] {
            let title = format!("round {round} of {rounds}: {}", folder.display());
            let text = shell::step(&title, || measure(folder, options))?;
            for (figure, value) in read(&text) {
                figures.entry(figure).or_insert_with(Vec::new).push(value);
            }
        }
    }
    print(revision, &theirs, &ours)
}

/// A worktree with this revision, in the target folder; left there for the next time.
fn checkout(revision: &str) -> Result<PathBuf> {
    let mut git = shell::command("git", project::root());
    let commit =
        shell::output(git.args(["rev-parse", "--verify", &format!("{revision}^{{commit}}")]))?;
    let folder = project::target().join("baseline").join(&commit);
    if !folder.join("Cargo.toml").is_file() {
        let mut git = shell::command("git", project::root());
        git.args(["worktree", "add", "--detach", "--force"])
            .arg(&folder);
        shell::run(git.arg(&commit))?;
    }
    Ok(folder)
}

/// One run of `cargo xtask bench` in a checkout, by its own program: what it printed.
fn measure(folder: &Path, options: &[&str]) -> Result<String> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder).env_remove("CARGO_MANIFEST_DIR");
    // A target folder of its own where older revisions do not tell their crates from ours.
    cargo.env("CARGO_TARGET_DIR", target_of(folder));
    cargo.args(["xtask", "bench"]).args(options);
    let output = cargo.stderr(Stdio::inherit()).output()?;
    ensure!(
        output.status.success(),
        "cargo xtask bench: {}",
        output.status
    );
    Ok(String::from_utf8(output.stdout)?)
}

fn target_of(folder: &Path) -> PathBuf {
    if folder == project::root() || folder.join(".cargo/rustc").is_file() {
        project::target()
    } else {
        project::target().join("baseline/target")
    }
}

/// The numbers in the second column of each table that counts something per second; headings of parts stay with their tables.
fn read(text: &str) -> Vec<(Figure, f64)> {
    let (mut part, mut counts, mut found) = (String::new(), false, Vec::new());
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading
                .split(':')
                .next()
                .unwrap_or(heading)
                .clone_into(&mut part);
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match cells.as_slice() {
            _ if !line.starts_with('|') => counts = false,
            [_, "requests/s", ..] => counts = true,
            [name, number, ..] if counts => {
                let value = number.parse().ok();
                found.extend(value.map(|value| ((part.clone(), (*name).to_owned()), value)));
            }
            _ => {}
        }
    }
    found
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    let lower = sorted.get(sorted.len().div_ceil(2).checked_sub(1)?)?;
    Some(f64::midpoint(upper, *lower))
}

type Figures = BTreeMap<Figure, Vec<f64>>;

fn print(revision: &str, theirs: &Figures, ours: &Figures) -> Result<()> {
    ensure!(!ours.is_empty(), "the runs printed no table of requests");
    let mut lines = vec![format!(
        "| operation | {revision}, requests/s | here, requests/s | ratio |\n|---|---|---|---|"
    )];
    for ((part, name), values) in ours {
        let before = theirs.get(&(part.clone(), name.clone()));
        let before = before.and_then(|values| median(values));
        let Some(here) = median(values) else { continue };
        // An older revision does not measure what it did not have.
        let cells = before.map_or_else(
            || format!("| {here:.0} |"),
            |before| format!("{before:.0} | {here:.0} | {:.2}", here / before),
        );
        lines.push(format!("| {part} {name} | {cells} |"));
    }
    shell::print(&lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "cpu, 2 cores\n\n## spin-sqlite, new: first answer\n\n### Upload\n\n| run | upload |\n|---|---|\n| 1 | 9 |\n\n\
                        ### Requests\n\n| operation | requests/s | p50 |\n|---|---|---|\n| ping | 8283 | 0.8 |\n| bucket | 614 | 1 |\n";

    #[test]
    fn requests_per_second_are_read_of_each_part() {
        let part = || "spin-sqlite, new".to_owned();
        let expected = [
            ((part(), "ping".to_owned()), 8283.0),
            ((part(), "bucket".to_owned()), 614.0),
        ];
        assert_eq!(read(TEXT), expected);
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }
}
