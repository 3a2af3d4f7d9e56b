//! Dumps of the database and their way back (docs/backups.md): rows of the tables that `schema.sql` has, page by page.
//!
//! What an uploaded dump says never becomes SQL: tables and columns are those of the schema, values are parameters.

mod dump;
mod load;
mod tables;

pub use dump::{ROWS, Section, page, sections};
pub use load::{CLEARED, admins, clear, insert, repairs};
pub use tables::{Column, Kind, Table, tables};

use edge_platform::{Statement, stmt};

/// Key of `system_metadata`: how far a restore came; no row: there is none.
pub const RESTORE: &str = "database-restore";

/// Values of the server itself, which belong to no dump: another server's, or an earlier time's, mean nothing here.
const OWN: [&str; 6] = [
    crate::system::key::MAINTENANCE_MODE,
    RESTORE,
    "cron-state",
    "nightly-tasks-state",
    "integrity-checksum-state",
    "integrity-missing-state",
];

/// SQL condition: a value of this key belongs to no dump.
fn is_own(key: &str) -> String {
    let own = OWN.map(|key| format!("'{key}'"));
    format!("{key} in ({})", own.join(", "))
}

/// Begins a restore, unless one is going on.
pub fn begin(state: &str, now: i64) -> Statement {
    stmt!(
        "insert into system_metadata (key, value, updated_at) values (?1, ?2, ?3) on conflict (key) do nothing",
        RESTORE,
        state,
        now
    )
}

/// Replaces the state of a restore, if it is still what the caller read: whoever changes a row goes on with it.
pub fn swap(from: &str, to: &str, now: i64) -> Statement {
    stmt!(
        "update system_metadata set value = ?2, updated_at = ?3 where key = ?4 and value = ?1",
        from,
        to,
        now,
        RESTORE
    )
}

/// Ends a restore whose state is still what the caller read.
pub fn end(from: &str) -> Statement {
    stmt!(
        "delete from system_metadata where key = ?2 and value = ?1",
        from,
        RESTORE
    )
}
