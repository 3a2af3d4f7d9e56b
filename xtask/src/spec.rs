//! functions/server/src/spec.json: an OpenAPI document of what is built, from the route tables and nothing else. It tells
//! tools which operations there are; how their bodies look is told by the official document.
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::routes::{Area, Route};

/// Version of the API whose operations these are (`edge_api::server::VERSION`).
const VERSION: &str = "3.1.0";

/// The path and text of the document. A line for each operation, so that changes can be read.
pub fn text(areas: &[Area]) -> (&'static str, String) {
    let mut paths: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut tags = Vec::new();
    for area in areas {
        let before = paths.values().map(Vec::len).sum::<usize>();
        for route in area.routes.iter().filter(|route| is_listed(route)) {
            let path = route.path.strip_prefix("/api").unwrap_or(&route.path);
            let method = route.method.to_lowercase();
            let line = format!("{}:{}", json!(method), operation(&area.name, route));
            paths.entry(path).or_default().push(line);
        }
        if paths.values().map(Vec::len).sum::<usize>() > before {
            tags.push(json!({ "name": area.name }));
        }
    }
    let paths: Vec<String> = paths
        .into_iter()
        .map(|(path, lines)| format!("{}:{{\n{}\n}}", json!(path), lines.join(",\n")))
        .collect();
    let security = json!({
        "bearer": { "type": "http", "scheme": "bearer" },
        "cookie": { "type": "apiKey", "in": "cookie", "name": "immich_access_token" },
        "api_key": { "type": "apiKey", "in": "header", "name": "x-api-key" },
    });
    (
        "functions/server/src/spec.json",
        format!(
            "{{\"openapi\":\"3.0.0\",\n\"info\":{},\n\"servers\":{},\n\"tags\":{},\n\"components\":{},\n\"paths\":{{\n{}\n}}}}\n",
            json!({ "title": "immich-edge", "version": VERSION }),
            json!([{ "url": "/api" }]),
            Value::from(tags),
            json!({ "securitySchemes": security }),
            paths.join(",\n"),
        ),
    )
}

/// Hidden routes are twins of others, or none of the API's.
fn is_listed(route: &Route) -> bool {
    route.built && !route.hidden
}

fn operation(area: &str, route: &Route) -> Value {
    let mut operation = Map::new();
    operation.insert("operationId".into(), route.operation.clone().into());
    operation.insert("tags".into(), json!([area]));
    let parameters: Vec<Value> = route
        .path
        .split('/')
        .filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        })
        .collect();
    if !parameters.is_empty() {
        operation.insert("parameters".into(), parameters.into());
    }
    operation.insert(
        "responses".into(),
        json!({ "default": { "description": "" } }),
    );
    Value::Object(operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_and_official_is_listed() {
        let route = |method: &str, path: &str, hidden, built| Route {
            method: method.into(),
            path: path.into(),
            operation: format!("{method}It"),
            hidden,
            built,
        };
        let routes = vec![
            route("GET", "/api/tags/{id}", false, true),
            route("PUT", "/api/tags/{id}", false, true),
            route("PATCH", "/api/tags/{id}", true, true),
            route("POST", "/api/tags", false, false),
            route("GET", "/custom.css", true, true),
        ];
        let area = Area {
            name: "tags".into(),
            routes,
        };
        let empty = Area {
            name: "faces".into(),
            routes: Vec::new(),
        };
        let (_, text) = text(&[area, empty]);
        let document: Value = serde_json::from_str(&text).unwrap();
        let paths = document["paths"].as_object().unwrap();
        assert_eq!(paths.keys().collect::<Vec<_>>(), ["/tags/{id}"]);
        assert_eq!(
            document["paths"]["/tags/{id}"]["put"]["operationId"],
            "PUTIt"
        );
        assert_eq!(
            document["paths"]["/tags/{id}"].as_object().unwrap().len(),
            2
        );
        assert_eq!(
            document["paths"]["/tags/{id}"]["get"]["parameters"][0]["name"],
            "id"
        );
        assert_eq!(document["tags"], json!([{ "name": "tags" }]));
    }
}
