//! D1's results from JSON: `{"results": [{"column": value, …}, …], "meta": {"changes": 1, …}}`.

use serde::Deserialize;

use crate::{DbError, Rows, json_rows::Table};

/// The result of one statement.
pub(super) fn one(text: &str) -> Result<Rows, DbError> {
    serde_json::from_str::<Answer>(text)
        .map(Into::into)
        .map_err(unreadable)
}

/// The results of a batch.
pub(super) fn many(text: &str) -> Result<Vec<Rows>, DbError> {
    let answers: Vec<Answer> = serde_json::from_str(text).map_err(unreadable)?;
    Ok(answers.into_iter().map(Into::into).collect())
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn unreadable(error: serde_json::Error) -> DbError {
    DbError::Other(format!("unexpected answer of D1: {error}"))
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    results: Table,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(default)]
    changes: u64,
}

impl From<Answer> for Rows {
    fn from(answer: Answer) -> Self {
        Self::new(
            answer.results.columns,
            answer.results.rows,
            answer.meta.changes,
        )
    }
}
