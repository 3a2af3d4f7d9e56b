//! Answers to clients of the generation 2.7, against the OpenAPI document of 2.7.4 (docs/generations.md). They are recognised as the
//! server recognises them: by their address, by the agent of the app, and by what only they ask for.

use std::collections::BTreeSet;

use anyhow::Result;
use jsonschema::Validator;

use crate::{
    differences,
    official::{Contract, errors, validator},
    recording::Exchange,
    routes::{self, Operation},
};

/// Where their addresses begin.
const PREFIX: &str = "/v2";
/// The function that answers them.
const AREA: &str = "legacy";

/// Whether it is an answer to such a client.
pub fn is_old(exchange: &Exchange, table: &[Operation]) -> bool {
    let is_app = ["immich-android/2.", "immich-ios/2."]
        .iter()
        .any(|agent| exchange.agent.to_ascii_lowercase().starts_with(agent));
    let is_file = exchange.path().ends_with("/thumbnail") || exchange.path().contains("/video/");
    exchange.uri.starts_with(PREFIX)
        || (is_app && !is_file)
        || routes::find(table, &exchange.method, exchange.path()).is_some_and(|index| {
            table
                .get(index)
                .is_some_and(|operation| operation.area == AREA)
        })
}

fn path(exchange: &Exchange) -> &str {
    let path = exchange.path();
    path.strip_prefix(PREFIX).unwrap_or(path)
}

/// What was found in them.
#[derive(Default)]
pub struct Judged {
    /// How many there are.
    pub answers: usize,
    /// Operations that gave a success.
    pub operations: BTreeSet<String>,
    /// Operation, problem and an example.
    pub problems: Vec<(String, String, String)>,
}

/// Judges them.
pub fn judge(table: &[Operation], contract: &Contract, exchanges: &[Exchange]) -> Result<Judged> {
    let operations = operations(contract);
    let error = error_body()?;
    let mut judged = Judged::default();
    for exchange in exchanges.iter().filter(|exchange| is_old(exchange, table)) {
        let Some(operation) = operation(&operations, table, exchange) else {
            continue;
        };
        judged.answers += 1;
        let example = format!("{} {} {}", exchange.method, exchange.uri, exchange.status);
        let name = format!("2.7 {}", operation.name);
        let problems = problems(contract, operation, &error, exchange).into_iter();
        judged
            .problems
            .extend(problems.map(|problem| (name.clone(), problem, example.clone())));
        if exchange.status < 400 {
            judged.operations.insert(operation.name.clone());
        }
    }
    Ok(judged)
}

/// The operation of 2.7 that an exchange is of. One of the addresses of before 2.7 has its name in our table.
fn operation<'a>(
    operations: &'a [Operation],
    table: &[Operation],
    exchange: &Exchange,
) -> Option<&'a Operation> {
    let found = routes::find(operations, &exchange.method, path(exchange));
    if let Some(index) = found {
        return operations.get(index);
    }
    let name = &table.get(own(table, exchange)?)?.name;
    operations.iter().find(|operation| operation.name == *name)
}

/// The line of the tables that an answer to such a client belongs to, if it is an operation that exists for them alone.
pub fn own(table: &[Operation], exchange: &Exchange) -> Option<usize> {
    let index = routes::find(table, &exchange.method, path(exchange))?;
    let is_theirs = table.get(index)?.area == AREA;
    is_theirs.then_some(index)
}

fn problems(
    contract: &Contract,
    operation: &Operation,
    error: &Validator,
    exchange: &Exchange,
) -> Vec<String> {
    if exchange.status >= 400 {
        let mut found = match &exchange.body {
            Some(body) => errors(error, body),
            None => vec![format!(
                "an error that is {:?}, not JSON",
                exchange.content_type
            )],
        };
        if exchange.status >= 500 && ![501, 503].contains(&exchange.status) {
            found.push(format!("status {}", exchange.status));
        }
        return found;
    }
    let described = contract.find(operation);
    let found = described.map(|(_, described)| described.problems(contract, exchange));
    let mut found = found.unwrap_or_default();
    found.retain(|problem| {
        let reason = |list| differences::reason(list, &operation.name, problem);
        reason(differences::CONTRADICTIONS).is_none() && reason(differences::OLD).is_none()
    });
    found
}

/// The operations of a document as lines of a table.
fn operations(contract: &Contract) -> Vec<Operation> {
    contract
        .operations()
        .map(|(name, described)| Operation {
            area: AREA.to_owned(),
            method: described.method.clone(),
            path: described.path.clone(),
            name: name.clone(),
            hidden: false,
            built: true,
        })
        .collect()
}

/// What every error body of 2.7 fits (api/v32.md section 14).
fn error_body() -> Result<Validator> {
    validator(&serde_json::json!({
        "type": "object",
        "required": ["message", "error", "statusCode", "correlationId"],
        "additionalProperties": false,
        "properties": {
            "message": { "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } },
            ] },
            "error": { "type": "string", "minLength": 1 },
            "statusCode": { "type": "integer", "minimum": 400, "maximum": 599 },
            "correlationId": { "type": "string", "minLength": 1 },
        },
    }))
}
