//! What PostgreSQL is going to do, as it says itself.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::{Database, Statement};
use edge_store::caller::{self, Credential};

/// The lines of PostgreSQL's plan of a statement, for somebody who calls with this credential.
pub async fn explained_by_postgres(
    db: &dyn Database,
    credential: &Credential,
    statement: Statement,
) -> Vec<String> {
    let mut statement = caller::scoped(credential, 0, statement);
    statement.sql = format!("explain {}", statement.sql).into();
    let rows = db.run(statement).await.unwrap();
    rows.iter()
        .map(|row| row.get("QUERY PLAN").unwrap())
        .collect()
}
