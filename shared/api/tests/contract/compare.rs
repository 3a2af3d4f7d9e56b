//! Whether a JSON value fits a schema of the contract.

use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

/// The `components.schemas` of the contract, or `None` where the file is missing.
pub fn schemas() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("../shared/api/immich-openapi-3.1.0.json"))
        .find(|path| path.is_file());
    let Some(path) = path else {
        eprintln!("no ../shared/api/immich-openapi-3.1.0.json: nothing compared");
        return None;
    };
    let mut document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    Some(document["components"]["schemas"].take())
}

/// Fields of later versions that answers have because their clients need them (api/v32.md section 1; tests/contract,
/// `differences.rs`, holds every answer against their types).
const LATER: [&str; 8] = [
    "UserAdminResponseDto.clusterGroupId",
    "UserPreferencesResponseDto.memories.sidebarWeb",
    "UserPreferencesResponseDto.people.updateStrategy",
    "ApiKeyCreateResponseDto.id",
    "ApiKeyCreateResponseDto.name",
    "ApiKeyCreateResponseDto.permissions",
    "ApiKeyCreateResponseDto.createdAt",
    "ApiKeyCreateResponseDto.updatedAt",
];

/// Follows `$ref` and a single `allOf`.
fn resolve<'s>(schemas: &'s Value, schema: &'s Value) -> &'s Value {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or_default();
        return resolve(schemas, &schemas[name]);
    }
    match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) => resolve(schemas, only),
        _ => schema,
    }
}

fn is_nullable(schema: &Value) -> bool {
    schema["nullable"] == json!(true)
}

/// Collects into `problems` where `value` does not fit `schema`.
fn compare(schemas: &Value, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
    if value.is_null() {
        if !is_nullable(schema) {
            problems.push(format!("{at}: null"));
        }
        return;
    }
    let schema = resolve(schemas, schema);
    if let Some(variants) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let fits = variants.iter().any(|variant| {
            let mut found = Vec::new();
            compare(schemas, variant, value, at, &mut found);
            found.is_empty()
        });
        if !fits {
            problems.push(format!("{at}: fits no variant"));
        }
        return;
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        problems.push(format!("{at}: {value} is not in the enum"));
    }
    let right = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    if !right {
        problems.push(format!("{at}: {value} is no {}", schema["type"]));
    }
    if let Value::Array(elements) = value {
        for element in elements {
            compare(
                schemas,
                &schema["items"],
                element,
                &format!("{at}[]"),
                problems,
            );
        }
    }
    if let (Value::Object(fields), Some(known)) = (value, schema["properties"].as_object()) {
        for required in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(required.as_str().unwrap()) {
                problems.push(format!("{at}: {required} is missing"));
            }
        }
        for (key, value) in fields {
            match known.get(key) {
                Some(schema) => compare(schemas, schema, value, &format!("{at}.{key}"), problems),
                None if LATER.contains(&format!("{at}.{key}").as_str()) => {}
                None => problems.push(format!("{at}: {key} is unknown")),
            }
        }
    }
}

/// Samples by schema name; collects what does not fit.
pub struct Samples {
    schemas: Value,
    problems: Vec<String>,
}

impl Samples {
    /// Compares one sample.
    pub fn fits(&mut self, schema: &str, sample: impl Serialize) {
        assert!(self.schemas[schema].is_object(), "no schema {schema}");
        let value = serde_json::to_value(sample).unwrap();
        compare(
            &self.schemas,
            &self.schemas[schema],
            &value,
            schema,
            &mut self.problems,
        );
    }
}

/// An empty collection, or `None` where the contract is missing.
pub fn samples() -> Option<Samples> {
    Some(Samples {
        schemas: schemas()?,
        problems: Vec::new(),
    })
}

impl Drop for Samples {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.problems, Vec::<String>::new());
        }
    }
}
