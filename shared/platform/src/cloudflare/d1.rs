//! D1: one `batch` call per batch. Parameters go in one by one, all results come back as one text.

use std::{borrow::Cow, cell::RefCell, collections::HashMap};

use async_trait::async_trait;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::{
    Env,
    js_sys::{Array, JSON, JsString, Promise},
    send::{SendFuture, SendWrapper},
};

use super::{binding, d1_json, message, unbound};
use crate::{Database, DbError, Dialect, Rows, Statement, Value, dialect::SQLITE_TICK};

// The `worker` crate's D1 types convert each value of each row on its own; these few lines allow
// results to cross as one text.
#[wasm_bindgen]
extern "C" {
    type Handle;

    #[wasm_bindgen(method, catch)]
    fn prepare(this: &Handle, sql: &JsString) -> Result<Prepared, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn batch(this: &Handle, statements: &Array) -> Result<Promise, JsValue>;

    type Prepared;

    #[wasm_bindgen(method, catch, variadic)]
    fn bind(this: &Prepared, values: &Array) -> Result<Prepared, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn all(this: &Prepared) -> Result<Promise, JsValue>;
}

thread_local! {
    /// Rendered texts of the statements written as constants, by the constant's place in memory.
    static TEXTS: RefCell<HashMap<(usize, usize), JsString>> = RefCell::default();
}

/// A D1 database.
pub struct D1 {
    handle: Option<SendWrapper<Handle>>,
    name: String,
}

impl D1 {
    /// The database bound as `name`; when there is none, every call says so.
    pub fn new(env: &Env, name: &str) -> Self {
        let handle = binding(env, name).map(|found| SendWrapper::new(found.unchecked_into()));
        Self {
            handle,
            name: name.to_owned(),
        }
    }

    /// Those that make update ids come behind the one that moves their clock on; its result is nobody's.
    async fn run_all(&self, mut statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        let makes_ids = statements.iter().any(Statement::makes_update_ids);
        if makes_ids {
            statements.insert(0, Statement::new(SQLITE_TICK, Vec::new()));
        }
        let mut rows = self.run_as_they_are(statements).await?;
        if makes_ids && !rows.is_empty() {
            rows.remove(0);
        }
        Ok(rows)
    }

    async fn run_as_they_are(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        let Some(handle) = &self.handle else {
            return Err(DbError::Other(unbound(&self.name)));
        };
        let answer = match statements.as_slice() {
            [] => return Ok(Vec::new()),
            [only] => prepare(handle, only)?.all(),
            many => {
                let array = Array::new();
                for statement in many {
                    array.push(&prepare(handle, statement)?.into());
                }
                handle.batch(&array)
            }
        };
        let answer = JsFuture::from(answer.map_err(explain)?)
            .await
            .map_err(explain)?;
        let text: String = JSON::stringify(&answer).map_err(explain)?.into();
        if statements.len() == 1 {
            return Ok(vec![d1_json::one(&text)?]);
        }
        d1_json::many(&text)
    }
}

#[async_trait]
impl Database for D1 {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        SendFuture::new(self.run_all(statements)).await
    }
}

fn prepare(handle: &Handle, statement: &Statement) -> Result<Prepared, DbError> {
    let prepared = handle.prepare(&text(statement)).map_err(explain)?;
    if statement.params.is_empty() {
        return Ok(prepared);
    }
    let values = Array::new();
    for value in &statement.params {
        values.push(&to_js(value));
    }
    prepared.bind(&values).map_err(explain)
}

fn text(statement: &Statement) -> JsString {
    let render = |sql: &str| JsString::from(Dialect::Sqlite.render(sql));
    match &statement.sql {
        Cow::Borrowed(constant) => TEXTS.with_borrow_mut(|texts| {
            let place = (constant.as_ptr().addr(), constant.len());
            texts
                .entry(place)
                .or_insert_with(|| render(constant))
                .clone()
        }),
        Cow::Owned(built) => render(built),
    }
}

fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        #[expect(clippy::cast_precision_loss, reason = "integers stay within 2^53")]
        Value::Int(number) => JsValue::from_f64(*number as f64),
        Value::Real(number) => JsValue::from_f64(*number),
        Value::Text(text) => JsValue::from_str(text),
    }
}

/// D1 tells its errors only by their texts.
#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn explain(thrown: JsValue) -> DbError {
    /// What D1 says when trying again may work (developers.cloudflare.com/d1/observability/debug-d1).
    const TEMPORARY: [&str; 7] = [
        "Network connection lost",
        "overloaded",
        "storage caused object to be reset",
        "reset because its code was updated",
        "transient issue",
        "timeout",
        "internal error",
    ];
    let text = message(&thrown);
    if let Some(error) = DbError::of_sqlite(&text) {
        error
    } else if TEMPORARY.iter().any(|part| text.contains(part)) {
        DbError::Busy(text)
    } else {
        DbError::Other(text)
    }
}
