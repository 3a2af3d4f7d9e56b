//! The contract in the form of its OpenAPI document, which is not part of the project: used where it is at hand.

use std::{collections::BTreeMap, rc::Rc};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::differences;
use crate::official::{Answer, Contract, Described, Parameter, Request, Schema};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Reads a document of OpenAPI 3.0: answers have no keys but its own and those of later versions.
pub fn read(text: &str) -> Result<Contract> {
    let mut document: Value = serde_json::from_str(text)?;
    differences::extend(&mut document["components"]["schemas"]);
    contract(&document, true)
}

/// The same of the generation before, whose clients ignore keys that they do not know.
pub fn read_open(text: &str) -> Result<Contract> {
    contract(&serde_json::from_str(text)?, false)
}

fn contract(document: &Value, is_closed: bool) -> Result<Contract> {
    let schemas = &document["components"]["schemas"];
    // Answers have no keys but the contract's; in requests others are ignored.
    let closed = Rc::new(definitions(schemas, is_closed));
    let open = Rc::new(definitions(schemas, false));
    let mut operations = BTreeMap::new();
    let paths = document["paths"].as_object().context("no paths")?;
    for (path, item) in paths {
        for method in METHODS {
            let operation = &item[method];
            let Some(name) = operation["operationId"].as_str() else {
                continue;
            };
            let described = Described {
                method: method.to_uppercase(),
                path: format!("/api{path}"),
                statuses: statuses(operation),
                answer: answer(operation, &closed, is_closed),
                request: request(operation, &open),
            };
            operations.insert(name.to_owned(), described);
        }
    }
    let version = document["info"]["version"].as_str().unwrap_or_default();
    Ok(Contract::new(
        format!("OpenAPI {version}"),
        operations,
        closed,
    ))
}

fn statuses(operation: &Value) -> Vec<u16> {
    let listed = operation["responses"].as_object().into_iter().flatten();
    listed
        .filter_map(|(status, _)| status.parse().ok())
        .filter(|status| *status < 400)
        .collect()
}

fn answer(operation: &Value, definitions: &Rc<Value>, is_closed: bool) -> Answer {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let contents = responses.filter_map(|(_, response)| response["content"].as_object());
    let Some((kind, content)) = contents.flatten().next() else {
        return Answer::Nothing;
    };
    if kind != "application/json" {
        return Answer::Bytes;
    }
    Answer::Json(Schema::new(
        converted(&content["schema"], is_closed),
        definitions,
    ))
}

fn request(operation: &Value, definitions: &Rc<Value>) -> Request {
    let mut query = BTreeMap::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        if parameter["in"] != "query" {
            continue;
        }
        let schema = &parameter["schema"];
        let resolved = resolve(schema, definitions);
        let many = resolved["type"] == "array";
        let element = if many {
            resolve(&resolved["items"], definitions)
        } else {
            resolved
        };
        let parameter = Parameter {
            required: parameter["required"] == true,
            many,
            kind: element["type"].as_str().unwrap_or_default().to_owned(),
            schema: Schema::new(converted(schema, false), definitions),
        };
        query.insert(name.to_owned(), parameter);
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body = (!body.is_null()).then(|| Schema::new(converted(body, false), definitions));
    Request { query, body }
}

fn resolve<'a>(schema: &'a Value, definitions: &'a Value) -> &'a Value {
    let name = schema["$ref"]
        .as_str()
        .and_then(|name| name.rsplit('/').next());
    name.map_or(schema, |name| &definitions[name])
}

fn definitions(schemas: &Value, is_closed: bool) -> Value {
    let schemas = schemas.as_object().into_iter().flatten();
    let converted = schemas.map(|(name, schema)| (name.clone(), converted(schema, is_closed)));
    Value::Object(converted.collect())
}

/// A schema of OpenAPI 3.0 as one of JSON Schema: `nullable` becomes a choice, references point to
/// `definitions`, and objects admit no further keys if `is_closed`.
fn converted(schema: &Value, is_closed: bool) -> Value {
    let mut result = match schema {
        Value::Object(keys) => {
            let keys = keys.iter().filter(|(key, _)| {
                !matches!(
                    key.as_str(),
                    "nullable" | "description" | "example" | "default"
                )
            });
            Value::Object(
                keys.map(|(key, value)| (key.clone(), key_converted(key, value, is_closed)))
                    .collect(),
            )
        }
        Value::Array(variants) => variants
            .iter()
            .map(|variant| converted(variant, is_closed))
            .collect(),
        plain => plain.clone(),
    };
    // A flag beside the bound in OpenAPI 3.0, the bound itself in JSON Schema.
    for (flag, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        if let (Some(Value::Bool(is_exclusive)), Some(keys)) =
            (schema.get(flag), result.as_object_mut())
        {
            keys.remove(flag);
            let value = if *is_exclusive {
                keys.remove(bound)
            } else {
                None
            };
            keys.extend(value.map(|value| (flag.to_owned(), value)));
        }
    }
    let is_listed = schema["properties"].is_object() && schema["additionalProperties"].is_null();
    if is_closed && is_listed {
        result["additionalProperties"] = json!(false);
    }
    if schema["nullable"] == true {
        result = json!({ "anyOf": [result, { "type": "null" }] });
    }
    result
}

fn key_converted(key: &str, value: &Value, is_closed: bool) -> Value {
    match (key, value) {
        ("$ref", Value::String(target)) => target
            .replace("#/components/schemas/", "#/definitions/")
            .into(),
        ("properties", Value::Object(fields)) => Value::Object(
            fields
                .iter()
                .map(|(name, field)| (name.clone(), converted(field, is_closed)))
                .collect(),
        ),
        ("items" | "additionalProperties" | "allOf" | "anyOf" | "oneOf", value) => {
            converted(value, is_closed)
        }
        (_, value) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nullable_references_and_unknown_keys_are_understood() {
        let schemas = json!({
            "A": { "type": "object", "required": ["b"], "properties": {
                "b": { "allOf": [{ "$ref": "#/components/schemas/B" }], "nullable": true },
                "nullable": { "type": "integer", "minimum": 0, "exclusiveMinimum": true },
            } },
            "B": { "type": "string", "enum": ["x"] },
        });
        let check = |is_closed: bool, value: Value| {
            let reference = converted(&json!({ "$ref": "#/components/schemas/A" }), is_closed);
            let definitions = Rc::new(definitions(&schemas, is_closed));
            Schema::new(reference, &definitions).errors(&value).len()
        };
        assert_eq!(check(true, json!({ "b": null, "nullable": 1 })), 0);
        assert_eq!(check(true, json!({ "b": "x" })), 0);
        assert_eq!(check(true, json!({ "b": "y" })), 1);
        assert_eq!(check(true, json!({ "b": "x", "nullable": 0 })), 1);
        assert_eq!(check(true, json!({})), 1);
        assert_eq!(check(true, json!({ "b": "x", "nullable": 1.5 })), 1);
        assert_eq!(check(true, json!({ "b": "x", "c": 1 })), 1);
        assert_eq!(check(false, json!({ "b": "x", "c": 1 })), 0);
    }
}
