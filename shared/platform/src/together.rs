//! A batch that reads as one PostgreSQL statement, and its rows taken apart again.

use std::fmt::Write as _;

use crate::{DbError, FromValue as _, Rows, Value, json_rows::Table};

/// Place in a batch of the statement whose rows come as they are: the first may say who calls, in one row, and behind it
/// comes what was asked for.
const MAIN: usize = 1;
/// Name of the column in front of rows that come as they are. It is null where there are none, else a number.
const ROW: &str = "edge_row";
/// Name of a column that holds all rows of a statement as the text of a JSON array.
const JSON: &str = "edge_json";

/// One statement of a batch.
pub(crate) struct Part {
    pub text: String,
    /// See [`crate::Statement::single`].
    pub is_single: bool,
}

/// One statement in place of several. The rows of [`MAIN`] come as they are. Where they are `few`, those of the others that
/// give one row stand beside each of them; else, and those that give more, they come as JSON, beside the first one. Without
/// rows of the main one there is one row, in which [`ROW`] is null.
pub(crate) fn join(mut parts: Vec<Part>, are_few: bool) -> Option<String> {
    if parts.len() <= MAIN {
        return None;
    }
    let main = parts.remove(MAIN);
    let are_few = are_few || main.is_single;
    let needs_numbers = !are_few || main.text.contains("order by") && !main.is_single;
    let number = if needs_numbers {
        "row_number() over ()"
    } else {
        "1"
    };
    let mut columns = String::from("edge_main.*");
    let mut tables = format!(
        "(select 1) edge_one{}",
        beside(number, &main.text, "edge_main")
    );
    for (place, Part { text, is_single }) in parts.iter().enumerate() {
        if are_few && *is_single {
            let name = format!("edge_{place}");
            write!(columns, ", {name}.*").ok()?;
            tables.push_str(&beside("1", text, &name));
            continue;
        }
        let json = format!("(select json_agg(edge_other)::text from ({text}) edge_other)");
        if are_few {
            write!(columns, ", {json} as {JSON}").ok()?;
        } else {
            let first = format!("coalesce(edge_main.{ROW}, 1) = 1");
            write!(columns, ", case when {first} then {json} end as {JSON}").ok()?;
        }
    }
    Some(format!("select {columns} from {tables}"))
}

/// Rows of a statement beside those that are there, which stay where it has none.
fn beside(number: &str, text: &str, name: &str) -> String {
    format!(
        " left join (select {number} as {ROW}, edge_rows.* from ({text}) edge_rows) {name} on true"
    )
}

/// The rows of `count` statements that [`join`] made one, in their order. Errors: rows that are not of such a statement.
pub(crate) fn split(
    columns: Vec<String>,
    found: Vec<Vec<Value>>,
    count: usize,
) -> Result<Vec<Rows>, DbError> {
    let width = columns.len();
    let mut shares = shares(columns);
    if shares.len() != count || count <= MAIN || found.is_empty() {
        return Err(DbError::Other("a batch gave too few results".into()));
    }
    for values in found {
        if values.len() != width {
            return Err(DbError::Other("a batch gave too few columns".into()));
        }
        let mut values = values.into_iter();
        for (place, share) in shares.iter_mut().enumerate() {
            let mark = values.next().unwrap_or(Value::Null);
            let own = values.by_ref().take(share.width()).collect();
            if place == 0 || share.rows.is_empty() {
                share.add(&mark, own)?;
            }
        }
    }
    let mut results: Vec<_> = shares.into_iter().map(Share::into_rows).collect();
    let main = results.remove(0);
    results.insert(MAIN, main);
    Ok(results)
}

/// What belongs to one statement of the columns and rows of a joint one.
struct Share {
    columns: Vec<String>,
    is_json: bool,
    /// With their numbers.
    rows: Vec<(i64, Vec<Value>)>,
}

/// The share of each statement, that of [`MAIN`] in front, as [`join`] puts them.
fn shares(columns: Vec<String>) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for column in columns {
        let is_json = column == JSON;
        if is_json || column == ROW {
            shares.push(Share {
                columns: Vec::new(),
                is_json,
                rows: Vec::new(),
            });
        } else if let Some(share) = shares.last_mut() {
            share.columns.push(column);
        }
    }
    shares
}

impl Share {
    /// Columns that it has in the joint statement behind the one that begins it.
    fn width(&self) -> usize {
        if self.is_json { 0 } else { self.columns.len() }
    }

    /// Takes in one row: what stands in the column that begins it, and behind that.
    fn add(&mut self, mark: &Value, values: Vec<Value>) -> Result<(), DbError> {
        if matches!(mark, Value::Null) {
            return Ok(());
        }
        if self.is_json {
            let Table { columns, rows } = of_json(mark)?;
            self.columns = columns;
            self.rows = rows.into_iter().map(|row| (1, row)).collect();
        } else {
            self.rows.push((i64::from_value(mark)?, values));
        }
        Ok(())
    }

    fn into_rows(mut self) -> Rows {
        // A join keeps the order in practice; nothing says that it must.
        self.rows.sort_by_key(|(number, _)| *number);
        let rows = self.rows.into_iter().map(|(_, values)| values);
        Rows::new(self.columns, rows.collect(), 0)
    }
}

/// Rows from the text of a JSON array of objects.
fn of_json(text: &Value) -> Result<Table, DbError> {
    let table = serde_json::from_str(text.as_text()?);
    table.map_err(|error| DbError::Other(format!("rows as JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn parts(texts: [(&str, bool); 3]) -> Vec<Part> {
        let part = |(text, is_single): (&str, bool)| Part {
            text: text.into(),
            is_single,
        };
        texts.into_iter().map(part).collect()
    }

    #[test]
    fn what_gives_one_row_stands_beside_few() {
        let all = [("caller", true), ("assets", false), ("tags", false)];
        let many = join(parts(all), false).unwrap();
        assert!(
            many.contains("case when") && many.contains("row_number()"),
            "{many}"
        );
        assert!(!many.contains("edge_0.*"), "{many}");
        let few = join(parts(all), true).unwrap();
        assert!(
            few.starts_with("select edge_main.*, edge_0.*, (select json_agg"),
            "{few}"
        );
        assert!(
            !few.contains("case when") && !few.contains("row_number()"),
            "{few}"
        );
        let ordered = [all[0], ("assets order by id", false), all[2]];
        assert!(join(parts(ordered), true).unwrap().contains("row_number()"));
        let one = [all[0], ("asset", true), all[2]];
        assert_eq!(join(parts(one), false), join(parts(one), true));
    }

    #[test]
    fn rows_come_back_in_their_order() {
        let json = r#"[{"b":1,"a":"x"},{"b":null,"a":0.5}]"#;
        let results = split(
            names(&["edge_row", "id", "edge_json", "edge_json"]),
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
        let results = split(names(&["edge_row", "id", "edge_json"]), vec![row], 2).unwrap();
        assert!(results[1].is_empty());
        let first = results[0].first().unwrap();
        assert!(first.get::<bool>("a").unwrap());
    }

    #[test]
    fn one_row_beside_several_is_there_once() {
        let columns = ["edge_row", "id", "edge_row", "id", "name", "edge_row", "n"];
        let row = |id: &str, caller: [Value; 3]| {
            let [mark, key, name] = caller;
            let id = if id.is_empty() {
                Value::Null
            } else {
                id.into()
            };
            let there = Value::Int(1);
            vec![there, id, mark, key, name, Value::Null, Value::Null]
        };
        let caller = || [Value::Int(1), "c".into(), Value::Null];
        let rows = vec![row("a", caller()), row("", caller())];
        let results = split(names(&columns), rows, 3).unwrap();
        assert_eq!(results[0].columns(), ["id", "name"]);
        assert_eq!(results[0].len(), 1);
        let ids = results[1].iter().map(|row| row.get("id").unwrap());
        assert_eq!(
            ids.collect::<Vec<Option<String>>>(),
            [Some("a".into()), None]
        );
        assert!(results[2].is_empty());
    }

    #[test]
    fn what_is_no_such_row_is_an_error() {
        assert!(join(parts([("", true); 3]).into_iter().take(1).collect(), true).is_none());
        let columns = || names(&["edge_row", "id", "edge_json"]);
        assert!(split(Vec::new(), Vec::new(), 2).is_err());
        assert!(split(columns(), Vec::new(), 2).is_err());
        assert!(split(columns(), vec![vec![1.into()]], 2).is_err());
        let row = || vec![1.into(), 1.into(), "no JSON".into()];
        assert!(split(columns(), vec![row()], 2).is_err());
        assert!(split(columns(), vec![row()], 3).is_err());
        assert!(split(names(&["id", "edge_row", "edge_json"]), vec![row()], 2).is_err());
    }
}
