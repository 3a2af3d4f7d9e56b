//! Libraries say in Cargo.toml whether they hold tests: one that holds none is not built a second time to run them.
use anyhow::Result;

use crate::project;

/// What marks a test in a source file.
const TESTS: [&str; 2] = ["#[test]", "#[cfg(test)]"];

/// Checks the library of every crate.
///
/// # Errors
/// One says that it has no tests and has some, which nobody would run, or the other way round.
pub fn run() -> Result<()> {
    let mut found = Vec::new();
    for package in project::packages()? {
        let Some(library) = package.library_target() else {
            continue;
        };
        let sources: Vec<String> = library
            .sources()?
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        for words in complaints(&sources, library.test, library.doctest) {
            found.push(format!("{}: {words}", package.name));
        }
    }
    super::report(&found, "complaints about [lib] in Cargo.toml")
}

fn complaints(sources: &[String], test: bool, doctest: bool) -> Vec<String> {
    let has_tests = sources
        .iter()
        .any(|text| TESTS.iter().any(|mark| text.contains(mark)));
    let has_examples = sources.iter().any(|text| has_example(text));
    let settings = [
        ("test", test, has_tests),
        ("doctest", doctest, has_examples),
    ];
    let wrong = settings.iter().filter(|(_, says, holds)| says != holds);
    wrong
        .map(|(name, _, holds)| match holds {
            true => format!("[lib] {name} = false, but it holds some: nobody runs them"),
            false => format!("[lib] {name} = false is missing: it holds none"),
        })
        .collect()
}

/// Whether a comment for the documentation holds an example.
fn has_example(text: &str) -> bool {
    let comments = text.lines().map(str::trim_start);
    comments
        .filter(|line| line.starts_with("///") || line.starts_with("//!"))
        .any(|line| line.contains("```"))
}

#[cfg(test)]
mod tests {
    use super::complaints;

    fn says(text: &str, test: bool, doctest: bool) -> usize {
        complaints(&[text.to_owned()], test, doctest).len()
    }

    #[test]
    fn what_it_says_must_be_so() {
        for (text, test, doctest) in [
            ("fn f() {}", false, false),
            ("#[cfg(test)]\nmod tests;", true, false),
            ("    #[test]\nfn f() {}", true, false),
            ("/// ```\n/// f();\n/// ```\nfn f() {}", false, true),
            ("let fence = \"```\";", false, false),
        ] {
            assert_eq!(says(text, test, doctest), 0, "{text}");
            assert_eq!(says(text, !test, !doctest), 2, "{text}");
            assert_eq!(says(text, !test, doctest), 1, "{text}");
        }
    }
}
