//! How the values of a row become the `data` of a line. A line's shape is data, not a type with a
//! serialiser of its own: there are forty of them, and a first sync writes hundreds of thousands of lines.

use core::fmt::{self, Write as _};

use crate::timeline::write_clock;
use crate::{Date, Millis};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Int,
    Real,
    Flag,
    Time,
    Day,
    Object,
}

/// One field of a line's `data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Key on the wire.
    pub name: &'static str,
    kind: Kind,
    nullable: bool,
}

impl Field {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            nullable: false,
        }
    }

    /// The same, but it may be null.
    pub(super) const fn or_null(self) -> Self {
        Self {
            nullable: true,
            ..self
        }
    }
}

/// A text: ids, names, enums, base64.
pub(super) const fn text(name: &'static str) -> Field {
    Field::new(name, Kind::Text)
}

/// A whole number. Clients refuse `5.0` here.
pub(super) const fn int(name: &'static str) -> Field {
    Field::new(name, Kind::Int)
}

/// A floating point number; whole ones are written without fraction, as the official server does.
pub(super) const fn real(name: &'static str) -> Field {
    Field::new(name, Kind::Real)
}

/// A boolean, stored as 0 or 1.
pub(super) const fn flag(name: &'static str) -> Field {
    Field::new(name, Kind::Flag)
}

/// An instant, stored as epoch ms.
pub(super) const fn time(name: &'static str) -> Field {
    Field::new(name, Kind::Time)
}

/// A date stored as `YYYY-MM-DD`, told as the instant it begins in UTC.
pub(super) const fn day(name: &'static str) -> Field {
    Field::new(name, Kind::Day)
}

/// An object, stored as JSON.
pub(super) const fn object(name: &'static str) -> Field {
    Field::new(name, Kind::Object)
}

/// The `data` of one kind of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The contract's name.
    pub name: &'static str,
    /// All fields; every one is always there.
    pub fields: &'static [Field],
}

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// A whole number, a flag (0, 1), a time (epoch ms).
    Int(i64),
    /// A floating point number.
    Real(f64),
    /// A text, a date, JSON.
    Text(&'a str),
}

/// A row that does not fit its shape: our mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Shape and field.
    pub field: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} does not hold what its column does", self.field)
    }
}

impl core::error::Error for Misfit {}

impl Shape {
    /// Appends the object of a row, whose cells come in the order of the fields.
    pub fn write<'a>(
        &self,
        cells: impl IntoIterator<Item = Cell<'a>>,
        out: &mut String,
    ) -> Result<(), Misfit> {
        let mut cells = cells.into_iter();
        for (index, field) in self.fields.iter().enumerate() {
            out.push_str(if index == 0 { "{\"" } else { ",\"" });
            out.push_str(field.name);
            out.push_str("\":");
            let written = cells.next().and_then(|cell| field.write(cell, out));
            written.ok_or_else(|| Misfit {
                field: format!("{}.{}", self.name, field.name),
            })?;
        }
        out.push('}');
        Ok(())
    }
}

impl Field {
    fn write(&self, cell: Cell<'_>, out: &mut String) -> Option<()> {
        match (self.kind, cell) {
            (_, Cell::Null) if self.nullable => out.push_str("null"),
            (Kind::Text, Cell::Text(value)) => write_text(value, out),
            (Kind::Int | Kind::Real, Cell::Int(value)) => write!(out, "{value}").ok()?,
            (Kind::Real, Cell::Real(value)) if value.is_finite() => write!(out, "{value}").ok()?,
            (Kind::Flag, Cell::Int(0)) => out.push_str("false"),
            (Kind::Flag, Cell::Int(1)) => out.push_str("true"),
            (Kind::Time, Cell::Int(value)) => write_time(Millis(value), out),
            (Kind::Day, Cell::Text(value)) => {
                write_time(Millis(Date::parse(value)?.start().0), out);
            }
            (Kind::Object, Cell::Text(value)) if value.starts_with('{') => {
                // Between its tokens JSON may hold line breaks, which would end our line.
                out.extend(value.chars().map(|letter| match letter {
                    '\n' | '\r' => ' ',
                    other => other,
                }));
            }
            _ => return None,
        }
        Some(())
    }
}

fn write_time(at: Millis, out: &mut String) {
    out.push('"');
    write_clock(at, out);
    out.push_str("Z\"");
}

/// A JSON string. Most texts need no escape, so they are copied as they are.
fn write_text(value: &str, out: &mut String) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if value.bytes().all(is_plain) {
        out.push('"');
        out.push_str(value);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(value).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        name: "Sample",
        fields: &[
            text("text"),
            int("int").or_null(),
            real("real").or_null(),
            flag("flag"),
            time("time").or_null(),
            day("day").or_null(),
            object("object"),
        ],
    };

    fn written(cells: [Cell<'_>; 7]) -> Result<String, Misfit> {
        let mut out = String::new();
        SHAPE.write(cells, &mut out).map(|()| out)
    }

    #[test]
    fn every_kind_has_its_form() {
        let full = [
            Cell::Text("a\"b\n\u{1}ü"),
            Cell::Int(5),
            Cell::Real(5.0),
            Cell::Int(1),
            Cell::Int(1_700_000_000_120),
            Cell::Text("1990-02-03"),
            Cell::Text("{\"a\":\n1}"),
        ];
        assert_eq!(
            written(full).unwrap(),
            r#"{"text":"a\"b\n\u0001ü","int":5,"real":5,"flag":true,"time":"2023-11-14T22:13:20.120Z","day":"1990-02-03T00:00:00.000Z","object":{"a": 1}}"#
        );
        let [text, _, _, flag, _, _, object] = full;
        let sparse = [
            text,
            Cell::Null,
            Cell::Null,
            flag,
            Cell::Null,
            Cell::Null,
            object,
        ];
        let line: serde_json::Value = serde_json::from_str(&written(sparse).unwrap()).unwrap();
        assert_eq!(line["int"], serde_json::Value::Null);
    }

    #[test]
    fn numbers_are_json() {
        for number in [0.1, -1e-7, 1.5e300, 2.0, -0.0] {
            let mut out = String::new();
            real("x").write(Cell::Real(number), &mut out).unwrap();
            assert_eq!(
                serde_json::from_str::<f64>(&out).ok(),
                Some(number),
                "{out}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut out = String::new();
        for (field, cell) in [
            (text("x"), Cell::Null),
            (int("x"), Cell::Real(5.0)),
            (real("x"), Cell::Real(f64::NAN)),
            (flag("x"), Cell::Int(2)),
            (day("x"), Cell::Text("1990-02-30")),
            (object("x"), Cell::Text("[]")),
            (time("x"), Cell::Text("now")),
        ] {
            assert_eq!(field.write(cell, &mut out), None, "{field:?} {cell:?}");
        }
        let error = SHAPE.write([Cell::Int(1)], &mut out).unwrap_err();
        assert_eq!(error.field, "Sample.text");
    }
}
