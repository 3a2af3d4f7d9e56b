//! Checks that errors of every adapter mean the same.

use edge_platform::{Database, DbError, Value, stmt};

use crate::{
    Checked, holds, same,
    statements::{count, run},
};

pub(crate) async fn unique(db: &dyn Database) -> Checked {
    let insert = "insert into conformance_parent (id, name) values (?1, ?2)";
    run(db, stmt!(insert, "u1", "taken")).await?;
    for (id, name) in [("u1", "free"), ("u2", "taken")] {
        let error = db.run(stmt!(insert, id, name)).await.err();
        let conflict = matches!(error, Some(DbError::Conflict(_)));
        holds(
            &format!("({id}, {name}) gave {error:?}, not a conflict"),
            conflict,
        )?;
    }
    let batch = vec![stmt!("select 1 as one"), stmt!(insert, "u1", "x")];
    let error = db.batch(batch).await.err();
    holds(
        &format!("in a batch: {error:?}"),
        matches!(error, Some(DbError::Conflict(_))),
    )
}

pub(crate) async fn foreign_key(db: &dyn Database) -> Checked {
    let insert = "insert into conformance_child (id, parent_id) values (?1, ?2)";
    let error = db.run(stmt!(insert, "orphan", "nobody")).await.err();
    let told = matches!(error, Some(DbError::ForeignKey(_)));
    holds(
        &format!("an orphan gave {error:?}, not a foreign key error"),
        told,
    )?;
    let batch = vec![
        stmt!("insert into conformance_parent (id) values (?1)", "cascade"),
        stmt!(insert, "f1", "cascade"),
        stmt!("delete from conformance_parent where id = ?1", "cascade"),
        stmt!("select id from conformance_child where id = ?1", "f1"),
    ];
    let answers = db.batch(batch).await.map_err(crate::text)?;
    let deleted = answers.get(2).map(edge_platform::Rows::changed);
    // D1 counts the rows of the cascade too.
    holds(
        "the deleted parent is counted",
        deleted.is_some_and(|rows| rows >= 1),
    )?;
    same(
        "children of a deleted parent",
        answers.last().map(edge_platform::Rows::len),
        Some(0),
    )
}

pub(crate) async fn others(db: &dyn Database) -> Checked {
    let batches = [
        vec![stmt!("select nothing from nowhere")],
        vec![stmt!("this is no sql")],
        vec![stmt!(
            "insert into conformance_parent (id, hits) values (?1, ?2)",
            "o",
            Value::Null
        )],
    ];
    for batch in batches {
        let error = db.batch(batch).await.err();
        holds(
            &format!("{error:?} is not Other"),
            matches!(error, Some(DbError::Other(_))),
        )?;
    }
    same("the next statement works", count(db, "o").await?, 0)
}
