//! Requests whose values are text: query strings and multipart fields.

use serde_json::{Map, Value};

use super::{Context, Input, Issue, read_whole};

/// Reads a query string (without `?`). Booleans are exactly `true` or `false`, numbers are
/// converted, a repeated key is an array (api/auth.md section 11).
pub fn from_query<T: Input>(query: &str) -> Result<T, Vec<Issue>> {
    read(collect(form_urlencoded::parse(query.as_bytes()).map(
        |(name, value)| (name.into_owned(), value.into_owned()),
    )))
}

/// Reads the text fields of a multipart form, by the rules of a query string
/// (api/assets.md section 1).
pub fn from_form<T: Input>(
    fields: impl IntoIterator<Item = (String, String)>,
) -> Result<T, Vec<Issue>> {
    read(collect(fields))
}

fn read<T: Input>(map: Map<String, Value>) -> Result<T, Vec<Issue>> {
    read_whole(Context::text(), &Value::Object(map))
}

fn collect(fields: impl IntoIterator<Item = (String, String)>) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, text) in fields {
        let value = Value::String(text);
        match map.get_mut(&name) {
            None => {
                map.insert(name, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => {
                let values = vec![first.take(), value];
                *first = Value::Array(values);
            }
        }
    }
    map
}
