//! Reading a dump: every line is looked at before anything is made of it. Tables and columns are found among our own.

use bytes::Bytes;
use edge_http::{
    App,
    backup::{self, Cursor, Damage, Member},
    consumer::Failure,
};
use edge_platform::ByteRange;
use edge_store::backup::{Column, Kind, Section};
use serde_json::Value;

/// Bytes of the file that are read at once: more than a member has.
const WINDOW: u64 = 6 << 20;

/// Whole numbers are exact up to here (2^53), as D1 carries them.
const LARGEST: i64 = 1 << 53;

/// Some of a file.
pub struct Window {
    bytes: Bytes,
    at: usize,
    offset: u64,
    /// How large the file is.
    pub size: u64,
}

impl Window {
    /// What is behind `offset`. Errors: there is no such file, or it is shorter.
    pub async fn open(app: &App, file: &str, offset: u64) -> Result<Self, Failure> {
        let last = Some(offset + WINDOW - 1);
        let range = ByteRange::FromTo {
            first: offset,
            last,
        };
        let object = match app.objects.get(&backup::key(file), Some(range)).await {
            Err(edge_platform::ObjectError::Range) => None,
            other => other?,
        };
        let missing = || Failure::Final(format!("ENOENT: no such file {file}"));
        let object = object.ok_or_else(missing)?;
        let size = object.meta.size;
        let limit = usize::try_from(WINDOW).unwrap_or(usize::MAX);
        let bytes = object.body.collect(limit).await?;
        Ok(Self {
            bytes,
            at: 0,
            offset,
            size,
        })
    }

    /// The bytes of the file that are read.
    pub fn position(&self) -> u64 {
        self.offset + u64::try_from(self.at).unwrap_or(u64::MAX)
    }

    /// The next member that is here as a whole.
    pub fn next(&mut self) -> Result<Option<Member>, Failure> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        match backup::member(rest).map_err(damaged)? {
            Some(member) => {
                self.at += member.length;
                Ok(Some(member))
            }
            None if self.at == 0 || self.has_end() => Err(Failure::Final(
                "The backup is damaged: it ends too early".to_owned(),
            )),
            None => Ok(None),
        }
    }

    fn has_end(&self) -> bool {
        self.offset + u64::try_from(self.bytes.len()).unwrap_or(u64::MAX) >= self.size
    }
}

fn damaged(damage: Damage) -> Failure {
    Failure::Final(damage.0)
}

fn wrong(what: impl core::fmt::Display) -> Failure {
    Failure::Final(format!("The backup is damaged: {what}"))
}

/// What a line is.
pub enum Line {
    /// A row of the part that the cursor is in.
    Row(Vec<Value>),
    /// Anything else; the cursor says what it changed.
    Other,
}

/// Reads a line and moves the cursor on. Errors: it is nothing that may stand there.
pub fn line(cursor: &mut Cursor, sections: &[Section], text: &str) -> Result<Line, Failure> {
    if cursor.is_ended {
        return Err(wrong("lines behind its end"));
    }
    if !cursor.has_header {
        backup::is_header(text).map_err(damaged)?;
        cursor.has_header = true;
        return Ok(Line::Other);
    }
    match serde_json::from_str(text).map_err(wrong)? {
        Value::Array(values) => {
            check(cursor, sections, &values)?;
            cursor.rows += 1;
            Ok(Line::Row(values))
        }
        Value::Object(head) if head.contains_key("table") => {
            begin(cursor, sections, &Value::Object(head))?;
            Ok(Line::Other)
        }
        Value::Object(end) if end.get("end").and_then(Value::as_i64) == Some(cursor.rows) => {
            cursor.is_ended = true;
            Ok(Line::Other)
        }
        _ => Err(wrong("a line that is no row, or rows are missing")),
    }
}

/// A part of the dump begins. Parts come in our order, and their columns are ours; of those that a row needs none is missing.
fn begin(cursor: &mut Cursor, sections: &[Section], head: &Value) -> Result<(), Failure> {
    let (table, is_link) = (head["table"].as_str(), head["link"] == Value::Bool(true));
    let found = sections
        .iter()
        .position(|section| Some(section.table.name) == table && section.is_link == is_link);
    let later = || Failure::Final("The backup is of a later version of this server".to_owned());
    let index = found.ok_or_else(later)?;
    if cursor.section.is_some_and(|before| before >= index) {
        return Err(wrong("tables in another order"));
    }
    let known = sections
        .get(index)
        .map(Section::columns)
        .unwrap_or_default();
    let names = head["columns"]
        .as_array()
        .ok_or_else(|| wrong("no columns"))?;
    let mut columns: Vec<String> = Vec::new();
    for name in names {
        let column = known
            .iter()
            .find(|column| Some(column.name) == name.as_str());
        let column = column.ok_or_else(later)?;
        if columns.iter().any(|other| other == column.name) {
            return Err(wrong("a column twice"));
        }
        columns.push(column.name.to_owned());
    }
    let is_there = |column: &Column| columns.iter().any(|name| name == column.name);
    let is_needed = |column: &&Column| {
        let is_key = is_link || !column.is_optional;
        is_key && column.name != "update_id" && !is_there(column)
    };
    if let Some(column) = known.iter().find(is_needed) {
        return Err(wrong(format!("no column {}", column.name)));
    }
    cursor.section = Some(index);
    cursor.columns = columns;
    Ok(())
}

/// The columns of the part that the cursor is in.
pub fn columns(cursor: &Cursor, sections: &[Section]) -> Result<Vec<Column>, Failure> {
    let section = cursor.section.and_then(|index| sections.get(index));
    let section = section.ok_or_else(|| wrong("rows without a table"))?;
    let column = |name: &String| section.table.column(name).ok_or_else(|| wrong(name));
    cursor.columns.iter().map(column).collect()
}

/// A row has a value of the right kind for each column.
fn check(cursor: &mut Cursor, sections: &[Section], values: &[Value]) -> Result<(), Failure> {
    let columns = columns(cursor, sections)?;
    if columns.len() != values.len() {
        return Err(wrong("a row with other columns"));
    }
    for (column, value) in columns.iter().zip(values) {
        let is_right = match (column.kind, value) {
            (_, Value::Null) => column.is_nullable || column.name == "update_id",
            (Kind::Text, Value::String(text)) => !text.contains('\0'),
            (Kind::Int, Value::Number(number)) => number
                .as_i64()
                .is_some_and(|number| (-LARGEST..=LARGEST).contains(&number)),
            (Kind::Real, Value::Number(_)) => true,
            _ => false,
        };
        if !is_right {
            return Err(wrong(format!("another kind of value in {}", column.name)));
        }
    }
    let of = |name: &str| {
        let place = columns.iter().position(|column| column.name == name);
        place.and_then(|place| values.get(place))
    };
    let is_user = cursor.section.and_then(|index| sections.get(index));
    let is_user = is_user.is_some_and(|section| section.table.name == "users");
    let is_gone = of("deleted_at").is_some_and(|at| !at.is_null());
    if is_user && !is_gone && of("is_admin").and_then(Value::as_i64) == Some(1) {
        cursor.admins += 1;
    }
    Ok(())
}
