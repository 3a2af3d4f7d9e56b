//! The findings as text.

use std::fmt::Write as _;

use crate::{
    check::{Counts, Findings},
    routes::Operation,
};

/// Operations that cannot succeed here: with a licence key alone that the makers of Immich have signed, or with a model.
const OUT_OF_REACH: [&str; 5] = [
    "searchSmart",
    "setServerLicense",
    "getServerLicense",
    "setUserLicense",
    "getUserLicense",
];

/// One row an area: operations, built, exercised, answers, valid.
pub fn table(operations: &[Operation], findings: &Findings) -> String {
    let mut text = String::from(
        "| area | operations | built | exercised | answers | valid |\n|---|--:|--:|--:|--:|--:|\n",
    );
    let mut areas: Vec<&str> = operations
        .iter()
        .map(|operation| operation.area.as_str())
        .collect();
    areas.dedup();
    let mut total = [0; 5];
    for area in areas {
        let rows = operations
            .iter()
            .zip(&findings.counts)
            .filter(|(operation, _)| operation.area == area);
        let sums = rows.fold([0; 5], |sums, (operation, counts)| {
            add(sums, cells(operation, counts))
        });
        total = add(total, sums);
        // A write to a string cannot fail.
        _ = writeln!(text, "{}", row(area, sums));
    }
    text + &row("all", total)
}

fn cells(operation: &Operation, counts: &Counts) -> [usize; 5] {
    let built = usize::from(operation.built);
    let exercised = usize::from(operation.built && counts.successes > 0);
    [1, built, exercised, counts.answers, counts.valid]
}

fn add(a: [usize; 5], b: [usize; 5]) -> [usize; 5] {
    std::array::from_fn(|at| a[at] + b[at])
}

fn row(title: &str, cells: [usize; 5]) -> String {
    let cells: Vec<String> = cells.iter().map(usize::to_string).collect();
    format!("| {title} | {} |", cells.join(" | "))
}

/// Built operations of which no success was recorded, though they can succeed.
pub fn not_exercised<'a>(
    operations: &'a [Operation],
    findings: &'a Findings,
) -> impl Iterator<Item = &'a Operation> {
    let rows = operations.iter().zip(&findings.counts);
    rows.filter(|(operation, counts)| {
        operation.built && counts.successes == 0 && !OUT_OF_REACH.contains(&operation.name.as_str())
    })
    .map(|(operation, _)| operation)
}
