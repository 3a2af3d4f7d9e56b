//! Reads the route tables (`edge_http::area!`) of all functions from their sources, without compiling them.
use std::fs;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};

use crate::project;

/// One line of a route table.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// HTTP method.
    pub method: String,
    /// Path from the root, e.g. `/api/albums/{id}`.
    pub path: String,
    /// Operation id of the contract.
    pub operation: String,
    /// Whether the OpenAPI document leaves it out.
    pub hidden: bool,
    /// Whether it has a handler.
    pub built: bool,
}

impl Route {
    /// As `edge-contract` reads it.
    pub fn to_json(&self, area: &str) -> Value {
        json!({
            "area": area,
            "method": self.method,
            "path": self.path,
            "name": self.operation,
            "hidden": self.hidden,
            "built": self.built,
        })
    }
}

/// The route table of one function.
pub struct Area {
    /// Its folder.
    pub name: String,
    /// Its operations in the order of the table.
    pub routes: Vec<Route>,
}

/// The function that answers clients of the generation 2.7 (docs/generations.md): all below `/v2`, and what only they ask for.
pub const LEGACY: &str = "legacy";

impl Area {
    /// Whether it answers in the name of others.
    pub fn is_legacy(&self) -> bool {
        self.name == LEGACY
    }

    /// Name of the gateway's service binding to it.
    pub fn binding(&self) -> String {
        self.name.replace('-', "_").to_uppercase()
    }
}

/// The tables of all functions that answer HTTP, by name.
pub fn read() -> Result<Vec<Area>> {
    let mut areas = Vec::new();
    for function in project::functions()? {
        let source = function.manifest_path.with_file_name("src").join("lib.rs");
        let text = fs::read_to_string(&source).with_context(|| source.display().to_string())?;
        let routes = parse(&text).with_context(|| source.display().to_string())?;
        if !routes.is_empty() {
            areas.push(Area {
                name: function.folder(),
                routes,
            });
        }
    }
    Ok(areas)
}

fn parse(source: &str) -> Result<Vec<Route>> {
    let table = source
        .split_once("area! {")
        .or_else(|| source.split_once("edge_http::routes! {"));
    let Some((_, table)) = table else {
        return Ok(Vec::new());
    };
    let (table, _) = table
        .split_once("\n}")
        .ok_or_else(|| anyhow!("the route table has no end"))?;
    // The first entry is the name of the area.
    let entries = table
        .split(';')
        .skip(1)
        .map(str::trim)
        .filter(|entry| !entry.is_empty());
    entries
        .map(|entry| parse_entry(entry).with_context(|| entry.to_owned()))
        .collect()
}

/// `#[flag] METHOD "/path" => handler as operation`.
fn parse_entry(entry: &str) -> Result<Route> {
    let words: Vec<&str> = entry.split_whitespace().collect();
    let (flag, words) = match words.split_first() {
        Some((flag, rest)) if flag.starts_with("#[") => (*flag, rest),
        _ => ("", words.as_slice()),
    };
    let [method, path, "=>", handler, "as", operation] = words else {
        bail!("not of the form METHOD \"/path\" => handler as operation");
    };
    let prefix = if flag == "#[root]" { "" } else { "/api" };
    Ok(Route {
        method: (*method).to_owned(),
        path: format!("{prefix}{}", path.trim_matches('"')),
        operation: (*operation).to_owned(),
        hidden: !flag.is_empty(),
        built: *handler != "unbuilt",
    })
}

#[cfg(test)]
mod tests {
    use super::{Route, parse};

    #[test]
    fn a_table_is_read_with_its_flags() {
        let source = "edge_http::area! {\n    \"tags\";\n    GET \"/tags\" => handlers::list as getAllTags;\n    \
                      #[root] GET \"/custom.css\" => unbuilt as getCustomCss;\n}\n";
        let routes = parse(source).unwrap();
        let route = |path: &str, operation: &str, hidden, built| Route {
            method: "GET".into(),
            path: path.into(),
            operation: operation.into(),
            hidden,
            built,
        };
        assert_eq!(
            routes,
            [
                route("/api/tags", "getAllTags", false, true),
                route("/custom.css", "getCustomCss", true, false)
            ]
        );
    }

    #[test]
    fn an_entry_of_another_form_is_an_error() {
        assert!(parse("area! {\n \"tags\";\n GET => x;\n}\n").is_err());
    }
}
