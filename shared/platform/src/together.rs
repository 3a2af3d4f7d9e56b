//! A batch that reads as one PostgreSQL statement, and its rows taken apart again.

use std::fmt::Write as _;

use crate::{DbError, FromValue as _, Rows, Value, json_rows::Table};

/// Place in a batch of the statement whose rows come as they are: the first may say who calls, in one row, and behind it
/// comes what was asked for.
const MAIN: usize = 1;

/// One statement in place of several. The rows of [`MAIN`] come as they are, numbered in front; those of each other one as
/// the text of a JSON array, behind the first row. Without rows of the main one there is one row, which has no number.
pub(crate) fn join(mut texts: Vec<String>) -> Option<String> {
    if texts.len() <= MAIN {
        return None;
    }
    let main = texts.remove(MAIN);
    let mut text = String::from("select edge_main.*");
    for other in texts {
        write!(
            text,
            ", case when coalesce(edge_main.edge_row, 1) = 1 \
             then (select json_agg(edge_other)::text from ({other}) edge_other) end"
        )
        .ok()?;
    }
    write!(
        text,
        " from (select 1) edge_one left join (select row_number() over () as edge_row, edge_rows.* \
         from ({main}) edge_rows) edge_main on true"
    )
    .ok()?;
    Some(text)
}

/// The rows of `count` statements that [`join`] made one, in their order. Errors: rows that are not of such a statement.
pub(crate) fn split(
    mut columns: Vec<String>,
    found: Vec<Vec<Value>>,
    count: usize,
) -> Result<Vec<Rows>, DbError> {
    let width = columns.len();
    let Some(at) = width.checked_sub(count.saturating_sub(1)) else {
        return Err(DbError::Other("a batch gave too few columns".into()));
    };
    let mut numbered = Vec::with_capacity(found.len());
    let mut texts = Vec::new();
    for mut values in found.into_iter().filter(|values| values.len() == width) {
        let behind = values.split_off(at);
        let number = values.first().map(i64::from_value).and_then(Result::ok);
        if number.is_none_or(|number| number == 1) {
            texts = behind;
        }
        values.drain(..values.len().min(1));
        numbered.extend(number.map(|number| (number, values)));
    }
    // A join keeps the order in practice; nothing says that it must.
    numbered.sort_by_key(|(number, _)| *number);
    let main = numbered.into_iter().map(|(_, values)| values).collect();
    columns.truncate(at);
    columns.drain(..columns.len().min(1));
    let results: Result<Vec<_>, _> = texts.iter().map(of_json).collect();
    let mut results = results?;
    if results.len() + 1 != count || results.len() < MAIN {
        return Err(DbError::Other("a batch gave too few results".into()));
    }
    results.insert(MAIN, Rows::new(columns, main, 0));
    Ok(results)
}

/// Rows from the text of a JSON array of objects; null stands for none.
fn of_json(text: &Value) -> Result<Rows, DbError> {
    let Value::Text(text) = text else {
        return Ok(Rows::default());
    };
    let Table { columns, rows } = serde_json::from_str(text)
        .map_err(|error| DbError::Other(format!("rows as JSON: {error}")))?;
    Ok(Rows::new(columns, rows, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rows_come_back_in_their_order() {
        let json = r#"[{"b":1,"a":"x"},{"b":null,"a":0.5}]"#;
        let results = split(
            names(&["edge_row", "id", "case", "case"]),
            vec![
                vec![2.into(), "second".into(), Value::Null, Value::Null],
                vec![1.into(), "first".into(), json.into(), Value::Null],
            ],
            3,
        );
        let [others, main, none] = &results.unwrap()[..] else {
            panic!("three statements have three results");
        };
        let ids: Vec<String> = main.iter().map(|row| row.get("id").unwrap()).collect();
        assert_eq!(ids, ["first", "second"]);
        assert_eq!(main.columns(), ["id"]);
        assert_eq!(others.columns(), ["b", "a"]);
        let values: Vec<_> = others.iter().map(|row| row.values().to_vec()).collect();
        assert_eq!(
            values,
            [
                vec![Value::Int(1), "x".into()],
                vec![Value::Null, Value::Real(0.5)]
            ]
        );
        assert!(none.is_empty());
    }

    #[test]
    fn the_others_have_rows_where_the_main_one_has_none() {
        let row = vec![Value::Null, Value::Null, r#"[{"a":true}]"#.into()];
        let results = split(names(&["edge_row", "id", "case"]), vec![row], 2).unwrap();
        assert!(results[1].is_empty());
        let first = results[0].first().unwrap();
        assert!(first.get::<bool>("a").unwrap());
    }

    #[test]
    fn what_is_no_such_row_is_an_error() {
        assert!(join(vec!["select 1".into()]).is_none());
        assert!(split(Vec::new(), Vec::new(), 2).is_err());
        assert!(split(names(&["edge_row", "id", "case"]), Vec::new(), 2).is_err());
        let row = vec![1.into(), 1.into(), "no JSON".into()];
        assert!(split(names(&["edge_row", "id", "case"]), vec![row], 2).is_err());
    }
}
