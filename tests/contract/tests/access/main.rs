//! Every operation that is built, called by everybody who might: `table.txt` says who gets what.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

mod areas;
mod contract;
mod engine;
mod secrets;
mod table;
mod world;

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use edge_http::Route;

/// Whether a request of the table reaches this route; literal routes beside it go first, as in the router.
fn reaches(route: &Route, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let pattern = format!("{}{}", route.prefix, route.path);
    let (wanted, found): (Vec<_>, Vec<_>) =
        (pattern.split('/').collect(), path.split('/').collect());
    wanted.len() == found.len()
        && wanted
            .iter()
            .zip(&found)
            .all(|(a, b)| a == b || a.starts_with('{'))
}

#[test]
fn every_built_operation_has_a_line_and_every_line_an_operation() {
    let rows = table::rows();
    let routes = areas::routes();
    let is_line_of = |row: &table::Row, route: &Route| {
        row.operation == route.operation
            && row.call.method.as_str() == route.method
            && reaches(route, &row.call.path)
    };
    let missing: Vec<_> = routes
        .iter()
        .filter(|route| route.built && !rows.iter().any(|row| is_line_of(row, route)))
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(
        missing,
        Vec::<String>::new(),
        "operations without a line in table.txt"
    );
    let unknown: Vec<_> = rows
        .iter()
        .filter(|row| {
            !routes
                .iter()
                .any(|route| route.built && is_line_of(row, route))
        })
        .map(|row| row.operation)
        .collect();
    assert_eq!(
        unknown,
        Vec::<&str>::new(),
        "lines without a built operation"
    );
}

#[test]
fn every_area_is_looked_at() {
    let functions = concat!(env!("CARGO_MANIFEST_DIR"), "/../../functions");
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(functions).expect("the functions") {
        let folder = entry.expect("a folder").path();
        let source = std::fs::read_to_string(folder.join("src/lib.rs")).unwrap_or_default();
        if source.contains("area! {") || source.contains("edge_http::routes! {") {
            found.insert(
                folder
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default(),
            );
        }
    }
    let known: BTreeSet<String> = areas::NAMES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(known, found);
}

#[test]
fn everybody_gets_what_the_table_says() {
    let rows = table::rows();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = edge_testkit::block_on(engine::check(row));
                    failures.lock().expect("no thread panicked").extend(found);
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no thread panicked");
    assert!(
        failures.is_empty(),
        "{} deviations:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
