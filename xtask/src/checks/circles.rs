//! Files of one crate that import each other in a circle: none of them can be read, tested or moved without the others. Types go
//! down into a file of their own, dispatch goes up. A file and those in its own folder are one: a module may use its parts, and
//! they what it has for them.
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use crate::project;

/// What each module of a crate uses, by their paths (`decode::jpeg`); the root is left out.
type Uses = BTreeMap<String, BTreeSet<String>>;

/// A type that holds itself: a component of the host runs with a state, which knows all components, for they call each other.
const RECURSIVE: &str = "edge-host";

/// Checks every crate of the workspace.
///
/// # Errors
/// There are circles.
pub fn run() -> Result<()> {
    let mut found = Vec::new();
    let packages = project::packages()?.into_iter();
    for package in packages.filter(|package| package.name != RECURSIVE) {
        let Some(target) = package.main_target() else {
            continue;
        };
        let sources = target.sources()?;
        let modules: BTreeMap<String, &str> = sources
            .iter()
            .map(|(path, text)| {
                let inside = path.strip_prefix(target.folder()).unwrap_or(path);
                (module_of(inside), text.as_str())
            })
            .collect();
        let circle = circle(&uses(&modules));
        found.extend(circle.map(|circle| format!("{}: {}", package.name, circle.join(" -> "))));
    }
    super::report(&found, "circles of files that import each other")
}

/// The path of the module in a file; empty for the root.
fn module_of(file: &Path) -> String {
    let without = file.with_extension("");
    let mut steps: Vec<_> = without.iter().map(|step| step.to_string_lossy()).collect();
    if steps.last().is_some_and(|last| *last == "mod") || steps == ["lib"] || steps == ["main"] {
        steps.pop();
    }
    steps.join("::")
}

fn uses(modules: &BTreeMap<String, &str>) -> Uses {
    let mut uses = Uses::new();
    for (module, text) in modules {
        let targets = mentioned(module, text).into_iter();
        let targets = targets.filter_map(|path| closest(&path, modules));
        let others = targets.filter(|other| !is_within(other, module) && !is_within(module, other));
        uses.insert(module.clone(), others.collect());
    }
    uses
}

fn is_within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || outer.is_empty())
}

/// The module that a path leads into.
fn closest(path: &[String], modules: &BTreeMap<String, &str>) -> Option<String> {
    let lengths = (1..=path.len()).rev();
    let mut candidates = lengths.map(|length| path[..length].join("::"));
    candidates.find(|candidate| modules.contains_key(candidate))
}

/// All paths in `text`, the source of `module`, that start with `crate`, `super` or `self`: from the root of the crate.
fn mentioned(module: &str, text: &str) -> Vec<Vec<String>> {
    let code = code(text);
    let mut paths = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            // `$crate` in a macro is no import, `super` after `::` was taken with its start.
            if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | ':')) {
                continue;
            }
            let mut written = Vec::new();
            tree(&code[at..], Vec::new(), &mut written);
            paths.extend(written.into_iter().map(|path| from_root(module, path)));
        }
    }
    paths
}

/// Without comments and without the module `tests` at the end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next();
    let lines = text.unwrap_or_default().lines();
    let lines = lines.map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Reads the tree of a `use` at the start of `text` and gives what is behind it; paths go to `found`.
fn tree<'a>(text: &'a str, prefix: Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if rest.is_empty() || rest.starts_with('}') {
                return rest.get(1..).unwrap_or_default();
            }
            let before = rest.len();
            rest = tree(rest, prefix.clone(), found).trim_start();
            if let Some((_, renamed)) = rest
                .strip_prefix("as ")
                .and_then(|it| it.split_once([',', '}']))
            {
                let name = rest.len() - renamed.len() - 1;
                rest = &rest[name..];
            }
            rest = rest.strip_prefix(',').unwrap_or(rest);
            if rest.len() == before {
                return rest;
            }
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    if name.is_empty() {
        found.push(prefix);
        return rest.strip_prefix('*').unwrap_or(rest);
    }
    let path: Vec<String> = prefix.into_iter().chain([name.to_owned()]).collect();
    if let Some(further) = rest.strip_prefix("::") {
        return tree(further, path, found);
    }
    found.push(path);
    rest
}

fn from_root(module: &str, path: Vec<String>) -> Vec<String> {
    let mut steps: Vec<String> = match path.first().map(String::as_str) {
        Some("crate") => Vec::new(),
        _ => module.split("::").map(str::to_owned).collect(),
    };
    for step in path {
        match step.as_str() {
            "crate" | "self" => {}
            "super" => drop(steps.pop()),
            _ => steps.push(step),
        }
    }
    steps
}

/// One circle, from a module back to itself.
fn circle(uses: &Uses) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    uses.keys()
        .find_map(|module| visit(module, uses, &mut Vec::new(), &mut done))
}

fn visit(
    module: &str,
    uses: &Uses,
    way: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(at) = way.iter().position(|step| step == module) {
        let mut circle = way[at..].to_vec();
        circle.push(module.to_owned());
        return Some(circle);
    }
    if done.contains(module) {
        return None;
    }
    way.push(module.to_owned());
    let used = uses.get(module).into_iter().flatten();
    let found = used
        .into_iter()
        .find_map(|other| visit(other, uses, way, done));
    way.pop();
    done.insert(module.to_owned());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(modules: &[(&str, &str)]) -> Option<Vec<String>> {
        let modules = modules
            .iter()
            .map(|(name, text)| ((*name).to_owned(), *text));
        circle(&uses(&modules.collect()))
    }

    #[test]
    fn a_circle_of_three_is_found() {
        let circle = found(&[
            ("a", "use crate::{b::{self, x as y}, d};\n"),
            ("b", "fn f() { super::c::g() }"),
            ("c", "use crate::a::h;"),
            ("d", ""),
        ]);
        assert_eq!(circle.unwrap(), ["a", "b", "c", "a"]);
    }

    #[test]
    fn what_is_no_import_makes_no_circle() {
        let free = |text| {
            found(&[
                ("a", "use crate::b;"),
                ("b", text),
                ("b::inner", "use super::f;"),
            ])
        };
        for text in [
            "// crate::a\n",
            "macro_rules! m { () => { $crate::a::f() } }",
            "#[cfg(test)]\nmod tests {\n    use crate::a;\n}\n",
            "use self::inner::f;\nmod inner;",
            "use other::crate_name::a;",
        ] {
            assert_eq!(free(text), None, "{text}");
        }
        assert!(free("use crate::{a};").is_some());
    }

    #[test]
    fn modules_are_named_by_their_files() {
        for (file, module) in [
            ("lib.rs", ""),
            ("main.rs", ""),
            ("a/mod.rs", "a"),
            ("a/b.rs", "a::b"),
        ] {
            assert_eq!(module_of(Path::new(file)), module);
        }
    }
}
