//! What the checks of the database port have in common.

use edge_platform::{Database, Rows, Statement, stmt};

use crate::text;

pub(crate) async fn run(db: &dyn Database, statement: Statement) -> Result<Rows, String> {
    db.run(statement).await.map_err(text)
}

pub(crate) async fn count(db: &dyn Database, id: &str) -> Result<i64, String> {
    let sql = "select count(*) as n from conformance_parent where id = ?1";
    let rows = run(db, stmt!(sql, id)).await?;
    rows.first()
        .ok_or("count gave no row")?
        .get("n")
        .map_err(text)
}
