//! What the official contract says of an operation, from either of its two forms.

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use anyhow::{Context as _, Result, anyhow};
use jsonschema::Validator;
use serde_json::Value;

use crate::{
    differences,
    recording::Exchange,
    routes::{Operation, nameless},
};

/// A contract: JSON schemas by operation.
pub struct Contract {
    /// What it is, for messages.
    pub title: String,
    operations: BTreeMap<String, Described>,
    by_route: BTreeMap<(String, String), String>,
    definitions: Rc<Value>,
    /// Schemas of types that no operation names, once asked for.
    types: RefCell<BTreeMap<String, Rc<Schema>>>,
}

/// One operation of a contract.
pub struct Described {
    /// HTTP method.
    pub method: String,
    /// Path from the root; names of parameters as the contract has them, or `{}`.
    pub path: String,
    /// Status codes of success; empty where the contract does not say.
    pub statuses: Vec<u16>,
    /// What a success gives.
    pub answer: Answer,
    /// What has to hold of a request that succeeds.
    pub request: Request,
}

/// The body of a success.
pub enum Answer {
    /// No body.
    Nothing,
    /// Anything but JSON.
    Bytes,
    /// JSON that fits.
    Json(Schema),
}

/// What may be sent.
#[derive(Default)]
pub struct Request {
    /// Query parameters by name.
    pub query: BTreeMap<String, Parameter>,
    /// The JSON body.
    pub body: Option<Schema>,
}

/// One query parameter.
pub struct Parameter {
    /// Must be there.
    pub required: bool,
    /// Takes several values.
    pub many: bool,
    /// `boolean`, `integer`, `number` or `string`: how its text is to be read.
    pub kind: String,
    /// What it must fit, once read.
    pub schema: Schema,
}

/// A schema, compiled when it is first needed: most are not.
pub struct Schema {
    source: Value,
    definitions: Rc<Value>,
    /// Or why it is no schema, which takes as long to find out.
    compiled: OnceCell<Result<Validator, String>>,
}

impl Schema {
    /// A schema whose references point into `definitions`.
    pub fn new(source: Value, definitions: &Rc<Value>) -> Self {
        let definitions = Rc::clone(definitions);
        Self {
            source,
            definitions,
            compiled: OnceCell::new(),
        }
    }

    /// Where and how a value does not fit; indices are left out, so that equal mistakes read equal.
    pub fn errors(&self, value: &Value) -> Vec<String> {
        match self.compiled() {
            Ok(validator) => errors(validator, value),
            Err(error) => vec![format!("the contract's schema is none: {error}")],
        }
    }

    fn compiled(&self) -> &Result<Validator, String> {
        self.compiled.get_or_init(|| {
            let mut schema = self.source.clone();
            schema["definitions"] = (*self.definitions).clone();
            validator(&schema).map_err(|error| error.to_string())
        })
    }
}

impl Contract {
    /// A contract from its operations by name, and the types of answers.
    pub fn new(
        title: String,
        operations: BTreeMap<String, Described>,
        definitions: Rc<Value>,
    ) -> Self {
        let by_route = operations.iter().map(|(name, described)| {
            let route = (described.method.clone(), nameless(&described.path));
            (route, name.clone())
        });
        Self {
            title,
            by_route: by_route.collect(),
            operations,
            definitions,
            types: RefCell::default(),
        }
    }

    /// Where and how a value does not fit the type of this name.
    pub fn errors_of_type(&self, name: &str, value: &Value) -> Vec<String> {
        if self.definitions.get(name).is_none() {
            return vec![format!("{} has no type {name}", self.title)];
        }
        let schema = Rc::clone(
            self.types
                .borrow_mut()
                .entry(name.to_owned())
                .or_insert_with(|| {
                    let reference = serde_json::json!({ "$ref": format!("#/definitions/{name}") });
                    Rc::new(Schema::new(reference, &self.definitions))
                }),
        );
        schema.errors(value)
    }

    /// The names of all operations with what is said of them.
    pub fn operations(&self) -> impl Iterator<Item = (&String, &Described)> {
        self.operations.iter()
    }

    /// What is said of a line of our tables: by its route, else (hidden twins, renamed ones) by its name.
    pub fn find(&self, operation: &Operation) -> Option<(&str, &Described)> {
        let route = (operation.method.clone(), nameless(&operation.path));
        let name = self.by_route.get(&route).unwrap_or(&operation.name);
        let (name, described) = self.operations.get_key_value(name)?;
        Some((name, described))
    }
}

/// The contract in the types of the SDK, as `schema.mjs` writes them down.
pub fn sdk(text: &str) -> Result<Contract> {
    let mut document: Value = serde_json::from_str(text)?;
    differences::extend(&mut document["definitions"]);
    let version = document["version"].as_str().unwrap_or_default();
    let operations = document["operations"]
        .as_object()
        .context("no operations")?;
    let definitions = Rc::new(document["definitions"].clone());
    let described = operations.iter().map(|(name, operation)| {
        let word = |key: &str| operation[key].as_str().unwrap_or_default().to_owned();
        let answer = match word("answer").as_str() {
            "nothing" => Answer::Nothing,
            "bytes" => Answer::Bytes,
            _ => Answer::Json(Schema::new(operation["schema"].clone(), &definitions)),
        };
        let described = Described {
            method: word("method"),
            path: word("path"),
            statuses: Vec::new(),
            answer,
            request: Request::default(),
        };
        (name.clone(), described)
    });
    let title = format!("@immich/sdk {version}");
    Ok(Contract::new(
        title,
        described.collect(),
        definitions.clone(),
    ))
}

/// Compiles a schema; formats count.
pub fn validator(schema: &Value) -> Result<Validator> {
    let options = jsonschema::draft7::options().should_validate_formats(true);
    options.build(schema).map_err(|error| anyhow!("{error}"))
}

/// What every error body fits (api/auth.md section 11).
pub fn error_body() -> Result<Validator> {
    validator(&serde_json::json!({
        "type": "object",
        "required": ["message"],
        "additionalProperties": false,
        "properties": {
            "message": { "type": "string", "minLength": 1 },
            "errors": { "type": "array", "minItems": 1, "items": {
                "type": "object",
                "required": ["code", "path", "message"],
                "properties": {
                    "code": { "type": "string" },
                    "path": { "type": "array", "items": { "type": ["string", "integer"] } },
                    "message": { "type": "string", "minLength": 1 },
                },
            } },
        },
    }))
}

impl Request {
    /// What does not fit in a request.
    pub fn problems(&self, exchange: &Exchange) -> Vec<String> {
        let mut problems = Vec::new();
        let sent = exchange.query();
        for (name, parameter) in &self.query {
            let texts = sent.iter().filter(|(key, _)| key == name);
            let values: Vec<Value> = texts.map(|(_, text)| parameter.read(text)).collect();
            match (values.as_slice(), parameter.many) {
                ([], _) if parameter.required => problems.push(format!("?{name} is missing")),
                ([], _) => {}
                ([one], false) => problems.extend(errors_at(&parameter.schema, one, name)),
                (many, _) => {
                    problems.extend(errors_at(&parameter.schema, &many.to_vec().into(), name));
                }
            }
        }
        if let (Some(schema), Some(sent)) = (&self.body, &exchange.sent) {
            problems.extend(
                schema
                    .errors(sent)
                    .into_iter()
                    .map(|problem| format!("body {problem}")),
            );
        }
        problems
    }
}

impl Parameter {
    /// The text as a value of the parameter's type; what cannot be read so stays text, which then does not fit.
    fn read(&self, text: &str) -> Value {
        let number = || text.parse().ok().map(Value::Number);
        let value = match self.kind.as_str() {
            "boolean" => text.parse().ok().map(Value::Bool),
            "integer" | "number" => number(),
            _ => None,
        };
        value.unwrap_or_else(|| text.into())
    }
}

/// Where and how a value does not fit; indices are left out, so that equal mistakes read equal. What an asset lacks that a link
/// shows without its metadata is no mistake, wherever it stands.
pub fn errors(schema: &Validator, value: &Value) -> Vec<String> {
    let mut found: Vec<String> = schema
        .iter_errors(value)
        .filter(|error| {
            let place = value.pointer(error.instance_path().as_str());
            !place.is_some_and(differences::is_stripped_asset)
        })
        .map(|error| {
            let steps = error.instance_path().to_string();
            let steps: Vec<&str> = steps
                .split('/')
                .map(|step| {
                    if step.parse::<usize>().is_ok() {
                        "*"
                    } else {
                        step
                    }
                })
                .collect();
            let what = error.masked().to_string();
            format!("{}: {what}", steps.join("/"))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

fn errors_at(schema: &Schema, value: &Value, name: &str) -> Vec<String> {
    let problems = schema.errors(value);
    problems
        .into_iter()
        .map(|problem| format!("?{name} {problem}"))
        .collect()
}
