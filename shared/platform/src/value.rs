//! The four kinds of value that travel between SQL and Rust, and their conversions.

use crate::DbError;

/// One SQL value: the common subset of SQLite, D1 and PostgreSQL (booleans are 0/1, times epoch ms).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL `NULL`.
    Null,
    /// A whole number; stays within 2^53 because D1 carries numbers as JavaScript numbers.
    Int(i64),
    /// A floating point number.
    Real(f64),
    /// Text: ids, base64, JSON documents.
    Text(String),
}

/// Conversion of one column into a Rust type; a wrong type is our bug, so it is an error, never a panic.
pub trait FromValue: Sized {
    /// Converts, or says which kind of value was found instead.
    fn from_value(value: &Value) -> Result<Self, DbError>;
}

/// Names the kind only: the value may be a secret, and this text goes to the log.
fn mismatch(expected: &str, value: &Value) -> DbError {
    let found = match value {
        Value::Null => "null",
        Value::Int(_) => "an integer",
        Value::Real(_) => "a number",
        Value::Text(_) => "text",
    };
    DbError::Other(format!("expected {expected}, the column holds {found}"))
}

impl Value {
    /// The text that it is. Errors: it is another kind of value.
    pub fn as_text(&self) -> Result<&str, DbError> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(mismatch("text", other)),
        }
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Result<Self, DbError> {
        value.as_text().map(str::to_owned)
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Result<Self, DbError> {
        match value {
            Value::Int(number) => Ok(*number),
            other => Err(mismatch("an integer", other)),
        }
    }
}

impl FromValue for f64 {
    fn from_value(value: &Value) -> Result<Self, DbError> {
        match value {
            Value::Real(number) => Ok(*number),
            // JSON has one number type, so a whole REAL comes back from D1 as an integer.
            #[expect(clippy::cast_precision_loss, reason = "integers stay within 2^53")]
            Value::Int(number) => Ok(*number as f64),
            other => Err(mismatch("a number", other)),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Result<Self, DbError> {
        match value {
            Value::Int(number) => Ok(*number != 0),
            other => Err(mismatch("0 or 1", other)),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Result<Self, DbError> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Int(flag.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Null, Into::into)
    }
}
