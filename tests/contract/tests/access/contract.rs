//! The table and the official contract say the same of who calls what.

use std::path::Path;

use serde_json::Value;

use crate::table::{self, Needs, Row};

/// Where we ask for more than 3.1.0, with what 3.1.0 asks for (docs/contract.md).
const STRICTER: [(&str, Needs, &str); 1] =
    [("getUserCalendarHeatmapAdmin", Needs::User, "user.read")];
/// Operations without a named permission for which any key will do; the others need `all` (api/auth.md section 1,
/// api/workflows.md section 1).
const ANY_KEY: [&str; 3] = ["getMyApiKey", "getWorkflowTriggers", "validateAccessToken"];

/// The document of 3.1.0, which is not part of the project.
fn document() -> Option<Value> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let path = folders
        .map(|folder| folder.join("../shared/api/immich-openapi-3.1.0.json"))
        .find(|path| path.is_file())?;
    let text = std::fs::read(path).expect("the document");
    Some(serde_json::from_slice(&text).expect("JSON"))
}

fn needs(operation: &Value) -> Needs {
    let parameters = operation["parameters"].as_array();
    let is_open_to_links =
        parameters.is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "slug"));
    if operation["security"].is_null() {
        Needs::Public
    } else if operation["x-immich-admin-only"] == true {
        Needs::Admin
    } else if is_open_to_links {
        Needs::Link
    } else {
        Needs::User
    }
}

fn permission(name: &str, operation: &Value, needs: Needs) -> String {
    let named = operation["x-immich-permission"].as_str();
    let any = needs == Needs::Public || ANY_KEY.contains(&name);
    named.unwrap_or(if any { "any" } else { "all" }).to_owned()
}

fn said(row: &Row) -> (Needs, String) {
    let permission = row
        .permission
        .map_or("any", |permission| permission.as_str());
    (row.needs, permission.to_owned())
}

#[test]
fn callers_and_permissions_are_the_contracts() {
    let Some(document) = document() else {
        eprintln!("no ../shared/api/immich-openapi-3.1.0.json: nothing compared");
        return;
    };
    let operations = document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, item)| item.as_object())
        .flatten();
    let rows = table::rows();
    let mut compared = 0;
    for (_, operation) in operations {
        let name = operation["operationId"].as_str().unwrap_or_default();
        let needs = needs(operation);
        let official = (needs, permission(name, operation, needs));
        for row in rows.iter().filter(|row| row.operation == name) {
            compared += 1;
            if let Some((_, needs, permission)) =
                STRICTER.iter().find(|(stricter, ..)| *stricter == name)
            {
                assert_eq!(
                    (*needs, (*permission).to_owned()),
                    official,
                    "{name} has changed"
                );
                assert_ne!(said(row), official, "{name} is no longer stricter");
            } else {
                assert_eq!(said(row), official, "{name}");
            }
        }
    }
    assert!(compared > 100, "only {compared} lines compared");
}
