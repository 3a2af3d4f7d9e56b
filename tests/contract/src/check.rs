//! Holds the route tables and every recorded answer against the contracts.

use std::collections::BTreeMap;

use anyhow::Result;
use jsonschema::Validator;
use serde_json::Value;

use crate::{
    differences, generation,
    official::{Contract, error_body, errors},
    recording::Exchange,
    routes::{self, Operation},
};

/// A key that only answers of the second upload dialect have; they follow no contract of Immich's.
const DIALECT: &str = "device_asset_id";
/// Server errors that are answers: not built yet, and out of reach for now.
const ADMITTED_FAILURES: [u16; 2] = [501, 503];

/// What was found, each problem once with how often and an example.
#[derive(Default)]
pub struct Findings {
    /// Mistakes of ours, by operation and problem.
    pub problems: BTreeMap<(String, String), Seen>,
    /// Where only the newer SDK disagrees: reason or `None` if nobody gave one yet.
    pub differences: BTreeMap<(String, String), Option<&'static str>>,
    /// Answers to clients of the generation before.
    pub old: generation::Judged,
    /// What was recorded of each operation, in the order of the tables.
    pub counts: Vec<Counts>,
}

/// How often something was seen, and where.
#[derive(Default)]
pub struct Seen {
    /// Times.
    pub count: usize,
    /// Method, path and status of the first.
    pub example: String,
}

/// What was recorded of one operation.
#[derive(Default, Clone)]
pub struct Counts {
    /// Answers.
    pub answers: usize,
    /// Those that are successes.
    pub successes: usize,
    /// Those that fit.
    pub valid: usize,
}

/// The contracts at hand: the OpenAPI document rules where there is one.
pub struct Contracts {
    /// The types of the SDK.
    pub sdk: Contract,
    /// The OpenAPI document.
    pub openapi: Option<Contract>,
    /// The one of the generation before.
    pub old: Option<Contract>,
}

impl Findings {
    fn problem(&mut self, operation: &str, problem: String, example: &str) {
        let seen = self
            .problems
            .entry((operation.to_owned(), problem))
            .or_default();
        seen.count += 1;
        if seen.example.is_empty() {
            example.clone_into(&mut seen.example);
        }
    }

    fn difference(&mut self, operation: &str, problem: String) -> Option<&'static str> {
        let reason = differences::reason(differences::NEWER, operation, &problem);
        self.differences
            .insert((operation.to_owned(), problem), reason);
        reason
    }
}

/// Checks everything.
pub fn run(table: &[Operation], contracts: &Contracts, exchanges: &[Exchange]) -> Result<Findings> {
    let mut findings = Findings {
        counts: vec![Counts::default(); table.len()],
        ..Findings::default()
    };
    check_tables(table, contracts, &mut findings);
    let error = error_body()?;
    for exchange in exchanges {
        if generation::is_old(exchange, table) {
            if let Some(index) = generation::own(table, exchange) {
                let counts = &mut findings.counts[index];
                counts.answers += 1;
                counts.valid += 1;
                counts.successes += usize::from(exchange.status < 400);
            }
            continue;
        }
        if let Some(index) = routes::find(table, &exchange.method, exchange.path()) {
            let is_valid =
                check_exchange(&table[index], contracts, &error, exchange, &mut findings);
            let counts = &mut findings.counts[index];
            counts.answers += 1;
            counts.successes += usize::from(exchange.status < 400);
            counts.valid += usize::from(is_valid);
        }
    }
    if let Some(old) = &contracts.old {
        findings.old = generation::judge(table, old, exchanges)?;
        for (operation, problem, example) in std::mem::take(&mut findings.old.problems) {
            findings.problem(&operation, problem, &example);
        }
    }
    Ok(findings)
}

/// Whether it fits; what does not is noted.
fn check_exchange(
    operation: &Operation,
    contracts: &Contracts,
    error: &Validator,
    exchange: &Exchange,
    findings: &mut Findings,
) -> bool {
    let name = &operation.name;
    let mut problems = Vec::new();
    if exchange.status >= 400 {
        let failure = format!("status {}", exchange.status);
        let is_known = differences::reason(differences::CONTRADICTIONS, name, &failure).is_some();
        if exchange.status >= 500 && !ADMITTED_FAILURES.contains(&exchange.status) && !is_known {
            problems.push(failure);
        }
        match &exchange.body {
            Some(body) => problems.extend(errors(error, body)),
            None if is_page(operation, exchange) => {}
            None => problems.push(format!(
                "an error that is {:?}, not JSON",
                exchange.content_type
            )),
        }
    } else if !exchange.body.as_ref().is_some_and(is_second_dialect) {
        problems = check_success(operation, contracts, exchange, findings);
    }
    let is_valid = problems.is_empty();
    let example = format!("{} {} {}", exchange.method, exchange.uri, exchange.status);
    for problem in problems {
        findings.problem(name, problem, &example);
    }
    is_valid
}

/// Pages that people open in a browser, beside the API, are HTML whatever they say.
fn is_page(operation: &Operation, exchange: &Exchange) -> bool {
    !operation.path.starts_with("/api/") && exchange.content_type.starts_with("text/html")
}

/// Answers that the contract has no schema for.
fn is_second_dialect(body: &Value) -> bool {
    body.get(DIALECT).is_some()
}

/// The problems of a success: the OpenAPI document rules, and what only the newer SDK minds is a difference.
fn check_success(
    operation: &Operation,
    contracts: &Contracts,
    exchange: &Exchange,
    findings: &mut Findings,
) -> Vec<String> {
    let problems = |contract: &Contract| {
        let described = contract.find(operation);
        described
            .map(|(_, described)| described.problems(contract, exchange))
            .unwrap_or_default()
    };
    let newer = problems(&contracts.sdk);
    let Some(openapi) = &contracts.openapi else {
        return newer
            .into_iter()
            .filter(|problem| {
                findings
                    .difference(&operation.name, problem.clone())
                    .is_none()
            })
            .collect();
    };
    let mut problems = problems(openapi);
    problems.retain(|problem| {
        differences::reason(differences::CONTRADICTIONS, &operation.name, problem).is_none()
    });
    if problems.is_empty() {
        for problem in newer {
            findings.difference(&operation.name, problem);
        }
    }
    problems
}

/// The tables name every operation of the contract with its method, path and id, and no others.
fn check_tables(table: &[Operation], contracts: &Contracts, findings: &mut Findings) {
    let listed: Vec<&Operation> = table.iter().filter(|operation| !operation.hidden).collect();
    for operation in &listed {
        let name = &operation.name;
        if let Some(openapi) = &contracts.openapi {
            let same = openapi.find(operation).is_some_and(|(id, described)| {
                id == name
                    && described.method == operation.method
                    && described.path == operation.path
            });
            if !same {
                findings.problem(
                    name,
                    format!("is not an operation of {}", openapi.title),
                    &operation.path,
                );
            }
        }
        let same = contracts
            .sdk
            .find(operation)
            .is_some_and(|(id, described)| {
                id == name
                    && described.method == operation.method
                    && described.path == routes::nameless(&operation.path)
            });
        let renamed = differences::RENAMED.iter().any(|(old, _)| old == name);
        if !same && !renamed {
            findings.problem(
                name,
                format!("is not a function of {}", contracts.sdk.title),
                &operation.path,
            );
        }
    }
    for (name, described) in contracts.openapi.iter().flat_map(Contract::operations) {
        if !listed.iter().any(|operation| operation.name == *name) {
            findings.problem(name, "is in no route table".into(), &described.path);
        }
    }
}
