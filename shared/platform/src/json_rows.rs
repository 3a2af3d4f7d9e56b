//! Rows from a JSON array of objects, for adapters whose database gives them so.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use crate::Value;

/// Rows as arrays: all objects of one result have the same keys in the same order, so names are kept
/// once.
#[derive(Default)]
pub(crate) struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(TableVisitor)
    }
}

struct TableVisitor;

impl<'de> Visitor<'de> for TableVisitor {
    type Value = Table;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Table, A::Error> {
        let mut table = Table::default();
        if let Some(Named(columns, first)) = rows.next_element()? {
            (table.columns, table.rows) = (columns, vec![first]);
        }
        while let Some(Unnamed(row)) = rows.next_element()? {
            table.rows.push(row);
        }
        Ok(table)
    }
}

/// The first row, with the names of its columns.
struct Named(Vec<String>, Vec<Value>);
/// A further row.
struct Unnamed(Vec<Value>);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Row;
        impl<'de> Visitor<'de> for Row {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
                let (mut names, mut values) = (Vec::new(), Vec::new());
                while let Some((name, Cell(value))) = map.next_entry()? {
                    names.push(name);
                    values.push(value);
                }
                Ok(Named(names, values))
            }
        }
        deserializer.deserialize_map(Row)
    }
}

impl<'de> Deserialize<'de> for Unnamed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Row;
        impl<'de> Visitor<'de> for Row {
            type Value = Unnamed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unnamed, A::Error> {
                let mut values = Vec::new();
                while map.next_key::<serde::de::IgnoredAny>()?.is_some() {
                    values.push(map.next_value::<Cell>()?.0);
                }
                Ok(Unnamed(values))
            }
        }
        deserializer.deserialize_map(Row)
    }
}

/// One value of a row.
struct Cell(Value);

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl Visitor<'_> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a number or a text")
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell(Value::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Cell, E> {
        Ok(Cell(Value::Int(flag.into())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Cell, E> {
        Ok(Cell(Value::Int(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Cell, E> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "JavaScript numbers are no more precise"
        )]
        let real = || Value::Real(number as f64);
        Ok(Cell(
            i64::try_from(number).map_or_else(|_| real(), Value::Int),
        ))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Cell, E> {
        Ok(Cell(Value::Real(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell(Value::Text(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Cell, E> {
        Ok(Cell(Value::Text(text)))
    }
}
