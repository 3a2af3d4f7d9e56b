//! The route tables, as `cargo xtask contract` reads them from the functions' sources.

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// One line of a route table.
#[derive(Debug, Clone, Deserialize)]
pub struct Operation {
    /// Its function.
    pub area: String,
    /// HTTP method.
    pub method: String,
    /// Path from the root, with `{name}` parameters.
    pub path: String,
    /// Operation id.
    pub name: String,
    /// Whether the OpenAPI document leaves it out.
    pub hidden: bool,
    /// Whether it has a handler.
    pub built: bool,
}

/// The operations in a file of JSON.
pub fn read(text: &str) -> Result<Vec<Operation>> {
    serde_json::from_str(text).context("route tables")
}

/// The index of the operation that a request reaches; literal steps go before parameters, as in the router.
pub fn find(table: &[Operation], method: &str, path: &str) -> Option<usize> {
    let fitting = table
        .iter()
        .enumerate()
        .filter(|(_, operation)| operation.method == method && matches(&operation.path, path));
    fitting
        .min_by_key(|(_, operation)| shape(&operation.path))
        .map(|(index, _)| index)
}

/// The path with its parameters' names left out: what has to be equal between two descriptions.
pub fn nameless(path: &str) -> String {
    let steps = path
        .split('/')
        .map(|step| if step.starts_with('{') { "{}" } else { step });
    steps.collect::<Vec<_>>().join("/")
}

fn shape(pattern: &str) -> Vec<bool> {
    pattern
        .split('/')
        .map(|step| step.starts_with('{'))
        .collect()
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || (a.starts_with('{') && !b.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(path: &str) -> Operation {
        Operation {
            area: "albums".into(),
            method: "GET".into(),
            path: path.into(),
            name: "x".into(),
            hidden: false,
            built: true,
        }
    }

    #[test]
    fn a_literal_step_goes_before_a_parameter() {
        let table = [
            operation("/api/albums/{id}"),
            operation("/api/albums/statistics"),
        ];
        assert_eq!(find(&table, "GET", "/api/albums/statistics"), Some(1));
        assert_eq!(find(&table, "GET", "/api/albums/7"), Some(0));
        assert_eq!(find(&table, "POST", "/api/albums/7"), None);
        assert_eq!(find(&table, "GET", "/api/albums"), None);
    }

    #[test]
    fn names_of_parameters_do_not_matter() {
        assert_eq!(nameless("/api/a/{id}/b"), "/api/a/{}/b");
    }
}
