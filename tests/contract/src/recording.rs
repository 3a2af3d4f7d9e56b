//! What tests recorded: one JSON object a line, written by `edge_testkit` and by `tests/workers/support/record.mjs`.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::Value;

/// One request and its answer.
#[derive(Debug, Deserialize)]
pub struct Exchange {
    /// HTTP method.
    pub method: String,
    /// Path with its query string.
    pub uri: String,
    /// What the client says it is.
    #[serde(default)]
    pub agent: String,
    /// The JSON body that was sent.
    #[serde(default)]
    pub sent: Option<Value>,
    /// Status code.
    pub status: u16,
    /// The answer's content type; empty when there is none.
    #[serde(rename = "type")]
    pub content_type: String,
    /// Bytes of the answer.
    pub size: u64,
    /// The answer, when it is JSON; an array of its lines, when it is JSON lines.
    #[serde(default)]
    pub body: Option<Value>,
}

impl Exchange {
    /// The path alone.
    pub fn path(&self) -> &str {
        self.uri.split_once('?').map_or(&self.uri, |(path, _)| path)
    }

    /// The names and values of the query string.
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.uri.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }
}

/// Every exchange in the files `*.jsonl` of a folder.
pub fn read(folder: &Path) -> Result<Vec<Exchange>> {
    let mut exchanges = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_none_or(|kind| kind != "jsonl") {
            continue;
        }
        for line in fs::read_to_string(&path)?.lines() {
            let exchange = serde_json::from_str(line)
                .with_context(|| format!("{}: {line}", path.display()))?;
            exchanges.push(exchange);
        }
    }
    Ok(exchanges)
}
