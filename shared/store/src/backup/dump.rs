//! Reading tables for a dump.

use edge_platform::{Statement, Value, stmt};

use super::{Column, Kind, Table, is_own};

/// Rows of one page.
pub const ROWS: usize = 400;

/// A part of a dump: the rows of a table, or what of them points to other rows of the same table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The table.
    pub table: Table,
    /// Only the key and the column that points to the table itself.
    pub is_link: bool,
}

impl Section {
    /// The columns that are dumped, in this order.
    pub fn columns(&self) -> Vec<Column> {
        let own = self.table.own_reference();
        let is_own = |name: &str| own.is_some_and(|own| own.columns.contains(&name));
        let is_key = |name: &str| self.table.key.contains(&name);
        let columns = self.table.columns.iter().copied();
        columns
            .filter(|column| {
                let is_own = is_own(column.name);
                is_own == self.is_link || (self.is_link && is_key(column.name))
            })
            .collect()
    }
}

/// All parts of a dump, in order.
pub fn sections() -> Vec<Section> {
    let mut sections = Vec::new();
    for table in super::tables() {
        let has_links = table.own_reference().is_some();
        sections.push(Section {
            table: table.clone(),
            is_link: false,
        });
        if has_links {
            sections.push(Section {
                table,
                is_link: true,
            });
        }
    }
    sections
}

/// The next rows of a part, [`ROWS`] at most, in the order of their key; `after` is the key of the last row that is dumped already.
pub fn page(section: &Section, after: Option<&[Value]>) -> Statement {
    let table = &section.table;
    let columns: Vec<&str> = section.columns().iter().map(|column| column.name).collect();
    let key = table.key.join(", ");
    let mut conditions = Vec::new();
    let mut params = Vec::new();
    if let Some(after) = after {
        let of = |name: &str| table.column(name).map_or(Kind::Text, |column| column.kind);
        let places = table
            .key
            .iter()
            .zip(1..)
            .map(|(name, place)| match of(name) {
                Kind::Text => format!("cast(?{place} as text)"),
                Kind::Int | Kind::Real => format!("cast(?{place} as bigint)"),
            });
        let places: Vec<String> = places.collect();
        conditions.push(format!("({key}) > ({})", places.join(", ")));
        params.extend(after.iter().cloned());
    }
    if table.name == "system_metadata" {
        conditions.push(format!("not ({})", is_own("key")));
    }
    if let Some(own) = table.own_reference().filter(|_| section.is_link) {
        conditions.push(format!("{} is not null", own.columns.join(", ")));
    }
    let condition = if conditions.is_empty() {
        String::new()
    } else {
        format!(" where {}", conditions.join(" and "))
    };
    let mut page = stmt!(format!(
        "select {} from {}{condition} order by {key} limit {ROWS}",
        columns.join(", "),
        table.name
    ));
    page.params = params;
    page
}
