//! Pages of rows in the order of their ids.

use edge_api::sync::{Cell, Misfit, Shape};
use edge_platform::{DbError, Rows, Statement, Value};

/// Where the lines of one type come from. The constants are in [`super::sources`].
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// What a line's `data` looks like.
    pub shape: &'static Shape,
    /// Expressions for the shape's fields in their order.
    pub(super) columns: &'static str,
    /// Table of the rows, `t` in the template.
    pub(super) table: &'static str,
    /// The statement; braces name a [`Range`]'s values and the two above.
    pub(super) template: &'static str,
}

/// Which rows are wanted. Ids compare as texts; an empty text is before all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// The caller.
    pub me: String,
    /// After this id.
    pub after: String,
    /// Before this id; up to it in a backfill.
    pub until: String,
    /// Album or partner of a backfill; for updates of album rows the last `album_asset.update_id` that the client
    /// knows.
    pub within: String,
}

impl Source {
    /// The row that `column` finds, for [`Page::write`]: for what is told outside the stream.
    pub fn one(&self, column: &str, id: &str) -> Statement {
        let Self { columns, table, .. } = self;
        let sql =
            format!("select t.update_id as ack_id, {columns} from {table} t where {column} = ?1");
        Statement::new(sql, vec![id.into()]).single()
    }

    /// The rows that `column` finds, in the order of another one, for [`Page::write`].
    pub fn all(&self, column: &str, id: &str, order: &str) -> Statement {
        let Self { columns, table, .. } = self;
        let sql = format!(
            "select t.update_id as ack_id, {columns} from {table} t where {column} = ?1 order by {order}"
        );
        Statement::new(sql, vec![id.into()])
    }

    /// The next rows of a range, at most `limit`, for [`Page::write`].
    pub fn page(&self, range: &Range, limit: i64) -> Statement {
        let template = self
            .template
            .replace("{columns}", self.columns)
            .replace("{table}", self.table);
        let values: [(&str, Value); 5] = [
            ("{me}", Value::from(&range.me)),
            ("{after}", Value::from(&range.after)),
            ("{until}", Value::from(&range.until)),
            ("{within}", Value::from(&range.within)),
            ("{limit}", Value::Int(limit)),
        ];
        // Both databases refuse parameters that no place names.
        let (mut sql, mut params) = (template, Vec::new());
        for (name, value) in values {
            if sql.contains(name) {
                params.push(value);
                sql = sql.replace(name, &format!("?{}", params.len()));
            }
        }
        Statement::new(sql, params)
    }
}

/// A page that was read.
pub struct Page<'a>(pub &'a Rows);

impl Page<'_> {
    /// Gives the id and the data of each row as JSON, in order: `line(id, data)`.
    pub fn write(&self, shape: &Shape, mut line: impl FnMut(&str, &str)) -> Result<(), DbError> {
        let mut data = String::new();
        for row in self.0.iter() {
            let [Value::Text(id), values @ ..] = row.values() else {
                return Err(DbError::Other(format!(
                    "{} has a row without id",
                    shape.name
                )));
            };
            data.clear();
            shape
                .write(values.iter().map(cell), &mut data)
                .map_err(|error: Misfit| DbError::Other(error.to_string()))?;
            line(id, &data);
        }
        Ok(())
    }
}

fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Null => Cell::Null,
        Value::Int(number) => Cell::Int(*number),
        Value::Real(number) => Cell::Real(*number),
        Value::Text(text) => Cell::Text(text),
    }
}
