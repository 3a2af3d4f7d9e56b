//! Checks of the database port: values, batches, tokens.

use edge_platform::{Database, Rows, Statement, Value, stmt};

use crate::{
    Checked, Outcome, database_errors, database_reads, holds, outcome, same,
    statements::{count, run},
    text, update_ids,
};

/// The largest integer that survives a JavaScript number.
const SAFE_INTEGER: i64 = (1 << 53) - 1;

/// Runs all checks. Creates tables whose names start with `conformance_`, dropping older ones first.
pub async fn database(db: &dyn Database) -> Vec<Outcome> {
    if let Err(error) = set_up(db).await {
        return vec![Outcome {
            check: "tables can be created",
            failure: Some(error),
        }];
    }
    let mut outcomes = vec![
        outcome("values of every kind come back", Box::pin(values(db))).await,
        outcome(
            "unicode and odd characters come back",
            Box::pin(unicode(db)),
        )
        .await,
        outcome("a batch is all or nothing", Box::pin(atomicity(db))).await,
        outcome("a warm batch is all or nothing", Box::pin(atomicity(db))).await,
        outcome("a batch answers in order", Box::pin(order(db))).await,
        outcome("a statement sees those before it", Box::pin(visibility(db))).await,
        outcome(
            "lists travel as one JSON parameter",
            Box::pin(json_list(db)),
        )
        .await,
        outcome(
            "uuid7() is a version 7 UUID that grows",
            Box::pin(update_ids::grow(db)),
        )
        .await,
        outcome("db_now() is epoch milliseconds", Box::pin(now(db))).await,
        outcome("upserts return rows", Box::pin(upsert(db))).await,
        outcome("changed rows are counted", Box::pin(changed(db))).await,
        outcome("aggregates are numbers", Box::pin(aggregates(db))).await,
        outcome("a hundred parameters fit", Box::pin(many_parameters(db))).await,
        outcome("a large batch works", Box::pin(large_batch(db))).await,
        outcome("columns of joins keep their aliases", Box::pin(aliases(db))).await,
        outcome("many batches at once work", Box::pin(concurrency(db))).await,
        outcome(
            "unique violations are conflicts",
            Box::pin(database_errors::unique(db)),
        )
        .await,
        outcome(
            "foreign keys are enforced",
            Box::pin(database_errors::foreign_key(db)),
        )
        .await,
        outcome(
            "other errors are told apart",
            Box::pin(database_errors::others(db)),
        )
        .await,
    ];
    outcomes.extend(database_reads::all(db).await);
    outcomes
}

async fn set_up(db: &dyn Database) -> Checked {
    let statements = [
        "drop table if exists conformance_child",
        "drop table if exists conformance_parent",
        "drop table if exists conformance_value",
        "create table conformance_parent (id text primary key, name text unique, \
         hits bigint not null default 0)",
        "create table conformance_child (id text primary key, \
         parent_id text not null references conformance_parent (id) on delete cascade)",
        "create table conformance_value (id text primary key, whole bigint, small integer, \
         fraction double precision, words text)",
    ];
    db.batch(statements.map(|sql| Statement::new(sql, vec![])).into())
        .await
        .map_err(text)?;
    update_ids::clock(db).await
}

async fn values(db: &dyn Database) -> Checked {
    let sql = "insert into conformance_value (id, whole, small, fraction, words) \
               values (?1, ?2, ?3, ?4, ?5)";
    let rows = [
        (
            "v1",
            Value::Int(SAFE_INTEGER),
            Value::Int(-7),
            Value::Real(0.1),
            Value::from("a"),
        ),
        (
            "v2",
            Value::Int(-SAFE_INTEGER),
            Value::Int(1),
            Value::Real(-2.5e-8),
            Value::from(""),
        ),
        ("v3", Value::Null, Value::Null, Value::Null, Value::Null),
        (
            "v4",
            Value::Int(0),
            Value::Int(0),
            Value::Int(3),
            Value::from("12"),
        ),
    ];
    let insert = |(id, whole, small, fraction, words): &(&str, Value, Value, Value, Value)| {
        let values = vec![
            Value::from(*id),
            whole.clone(),
            small.clone(),
            fraction.clone(),
        ];
        Statement::new(sql, [values, vec![words.clone()]].concat())
    };
    db.batch(rows.iter().map(insert).collect())
        .await
        .map_err(text)?;
    let sql = "select id, whole, small, fraction, words from conformance_value order by id";
    let found = run(db, stmt!(sql)).await?;
    same("rows", found.len(), rows.len())?;
    for (row, (id, whole, small, fraction, words)) in found.iter().zip(&rows) {
        same("id", row.get::<String>("id").map_err(text)?.as_str(), *id)?;
        same("whole", int(row.get("whole"))?, whole.clone())?;
        same("small", int(row.get("small"))?, small.clone())?;
        let real = row.get::<Option<f64>>("fraction").map_err(text)?;
        same("fraction", real, number(fraction))?;
        let found = row.get::<Option<String>>("words").map_err(text)?;
        same("words", Value::from(found), words.clone())?;
    }
    let rows = run(
        db,
        stmt!("select id from conformance_value where words = ?1", "12"),
    )
    .await?;
    same("a text of digits stays a text", rows.len(), 1)
}

fn int(value: Result<Option<i64>, edge_platform::DbError>) -> Result<Value, String> {
    value.map(Value::from).map_err(text)
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        _ => None,
    }
}

async fn unicode(db: &dyn Database) -> Checked {
    let words = "Zürich 東京 🏔️ 'quoted' \"double\" back\\slash\nline ?1 $1 uuid7()";
    let sql = "insert into conformance_value (id, words) values (?1, ?2) returning words";
    let rows = run(db, stmt!(sql, "unicode", words)).await?;
    let read: String = rows
        .first()
        .ok_or("nothing returned")?
        .get("words")
        .map_err(text)?;
    same("words", read.as_str(), words)?;
    let sql = "select words from conformance_value where words = ?1 and 'it''s ?2' <> ?2";
    same(
        "found by its text",
        run(db, stmt!(sql, words, "x")).await?.len(),
        1,
    )
}

async fn atomicity(db: &dyn Database) -> Checked {
    let insert = "insert into conformance_parent (id) values (?1)";
    let batch = vec![
        stmt!(insert, "atom"),
        stmt!(insert, "atom"),
        stmt!(insert, "behind the failure"),
    ];
    holds("the batch fails", db.batch(batch).await.is_err())?;
    same("rows of the failed batch", count(db, "atom").await?, 0)?;
    same(
        "rows behind the failure",
        count(db, "behind the failure").await?,
        0,
    )
}

async fn order(db: &dyn Database) -> Checked {
    let sql = "select cast(?1 as integer) as n";
    let batch = (0..5).map(|n: i64| stmt!(sql, n)).collect();
    let answers = db.batch(batch).await.map_err(text)?;
    let read = |rows: &Rows| rows.first().and_then(|row| row.get::<i64>("n").ok());
    same(
        "answers",
        answers.iter().map(read).collect(),
        (0..5).map(Some).collect::<Vec<_>>(),
    )?;
    same(
        "answers of no statement",
        db.batch(vec![]).await.map_err(text)?.len(),
        0,
    )
}

async fn visibility(db: &dyn Database) -> Checked {
    let batch = vec![
        stmt!(
            "insert into conformance_parent (id, name) values (?1, ?2)",
            "seen",
            "before"
        ),
        stmt!(
            "update conformance_parent set name = ?2 where id = ?1",
            "seen",
            "after"
        ),
        stmt!("select name from conformance_parent where id = ?1", "seen"),
    ];
    let answers = db.batch(batch).await.map_err(text)?;
    let name = answers
        .last()
        .and_then(|rows| rows.first()?.get::<String>("name").ok());
    same("name", name.as_deref(), Some("after"))
}

async fn json_list(db: &dyn Database) -> Checked {
    let insert = "insert into conformance_parent (id) values (?1)";
    let ids = ["l1", "l2", "l'3\"🏔️"];
    db.batch(ids.iter().map(|id| stmt!(insert, *id)).collect())
        .await
        .map_err(text)?;
    let sql = "select id from conformance_parent where id in json_list(?1) order by id";
    let found = run(db, stmt!(sql, r#"["l2","l'3\"🏔️","nobody"]"#)).await?;
    same("found", found.len(), 2)?;
    same("an empty list", run(db, stmt!(sql, "[]")).await?.len(), 0)?;
    let sql = "delete from conformance_parent where id in json_list(?1)";
    same(
        "deleted",
        run(db, stmt!(sql, r#"["l1","l2"]"#)).await?.changed(),
        2,
    )
}

async fn now(db: &dyn Database) -> Checked {
    let rows = run(db, stmt!("select db_now() as now")).await?;
    let now: i64 = rows.first().ok_or("no row")?.get("now").map_err(text)?;
    // Between the years 2025 and 2100.
    holds(
        &format!("{now} is now"),
        (1_735_000_000_000..4_102_000_000_000).contains(&now),
    )
}

async fn upsert(db: &dyn Database) -> Checked {
    let sql = "insert into conformance_parent (id, name, hits) values (?1, ?2, 1) \
               on conflict (id) do update set hits = conformance_parent.hits + 1 returning hits";
    for expected in 1..=3 {
        let rows = run(db, stmt!(sql, "upsert", "u")).await?;
        let hits: Option<i64> = rows.first().and_then(|row| row.get("hits").ok());
        same("hits", hits, Some(expected))?;
    }
    let sql = "insert into conformance_parent (id, name) values (?1, ?2) on conflict do nothing \
               returning id";
    let rows = run(db, stmt!(sql, "upsert", "u")).await?;
    same(
        "rows of an insert that does nothing",
        (rows.len(), rows.changed()),
        (0, 0),
    )
}

async fn changed(db: &dyn Database) -> Checked {
    let batch = vec![
        stmt!("insert into conformance_parent (id, hits) values ('c1', 5), ('c2', 5)"),
        stmt!("update conformance_parent set hits = 6 where hits = ?1", 5),
        stmt!("select id from conformance_parent where hits = ?1", 6),
        stmt!(
            "delete from conformance_parent where hits = ?1 returning id",
            6
        ),
        stmt!("delete from conformance_parent where hits = ?1", 6),
    ];
    let answers = db.batch(batch).await.map_err(text)?;
    let found: Vec<_> = answers
        .iter()
        .map(|rows| (rows.changed(), rows.len()))
        .collect();
    same(
        "(changed, rows)",
        found,
        vec![(2, 0), (2, 0), (0, 2), (2, 2), (0, 0)],
    )
}

async fn aggregates(db: &dyn Database) -> Checked {
    let sql = "select count(*) as n, sum(whole) as total, avg(small) as mean, max(words) as last, \
               sum(small * 1.5) as odd from conformance_value where id in ('v1', 'v4')";
    let rows = run(db, stmt!(sql)).await?;
    let row = rows.first().ok_or("no row")?;
    same("count", row.get::<i64>("n").map_err(text)?, 2)?;
    same("sum", row.get::<i64>("total").map_err(text)?, SAFE_INTEGER)?;
    same("mean", row.get::<f64>("mean").map_err(text)?, -3.5)?;
    same(
        "max",
        row.get::<String>("last").map_err(text)?,
        "a".to_owned(),
    )?;
    same("sum of reals", row.get::<f64>("odd").map_err(text)?, -10.5)?;
    let sql = "select sum(whole) as total from conformance_value where id = 'nobody'";
    let rows = run(db, stmt!(sql)).await?;
    let total = rows
        .first()
        .ok_or("no row")?
        .get::<Option<i64>>("total")
        .map_err(text)?;
    same("sum of nothing", total, None)
}

async fn many_parameters(db: &dyn Database) -> Checked {
    let marks: Vec<_> = (1..=100).map(|n| format!("?{n}")).collect();
    let sql = format!(
        "select id from conformance_value where id in ({})",
        marks.join(", ")
    );
    let mut params = vec![Value::from("nobody"); 99];
    params.push(Value::from("v3"));
    same(
        "found",
        run(db, Statement::new(sql, params)).await?.len(),
        1,
    )
}

async fn large_batch(db: &dyn Database) -> Checked {
    let insert = "insert into conformance_parent (id, name) values (?1, ?2)";
    let row = |n| stmt!(insert, format!("large{n}"), format!("large{n}"));
    // Twice, because an adapter may treat statements it has seen before differently.
    for hundred in 0..2 {
        let batch = (hundred * 100..hundred * 100 + 100).map(row).collect();
        same("answers", db.batch(batch).await.map_err(text)?.len(), 100)?;
    }
    let mut failing: Vec<_> = (200..240).map(row).collect();
    failing.push(row(0));
    holds(
        "a conflict at the end fails the batch",
        db.batch(failing).await.is_err(),
    )?;
    let sql = "delete from conformance_parent where id like 'large%'";
    same("rows there were", run(db, stmt!(sql)).await?.changed(), 200)
}

async fn aliases(db: &dyn Database) -> Checked {
    let batch = vec![
        stmt!("insert into conformance_parent (id, name) values ('p', 'parent')"),
        stmt!("insert into conformance_child (id, parent_id) values ('c', 'p')"),
        stmt!(
            "select c.id as child, p.id as parent, p.id as \"camelCase\" from conformance_child c \
             join conformance_parent p on p.id = c.parent_id"
        ),
    ];
    let answers = db.batch(batch).await.map_err(text)?;
    let row = answers.last().and_then(Rows::first).ok_or("no row")?;
    same(
        "child",
        row.get::<String>("child").map_err(text)?,
        "c".to_owned(),
    )?;
    same(
        "parent",
        row.get::<String>("parent").map_err(text)?,
        "p".to_owned(),
    )?;
    same(
        "camelCase",
        row.get::<String>("camelCase").map_err(text)?,
        "p".to_owned(),
    )?;
    holds(
        "an unknown column is an error",
        row.get::<String>("nothing").is_err(),
    )
}

async fn concurrency(db: &dyn Database) -> Checked {
    run(
        db,
        stmt!("insert into conformance_parent (id) values ('busy')"),
    )
    .await?;
    let update = "update conformance_parent set hits = hits + 1 where id = ?1";
    let batch = || db.batch(vec![stmt!(update, "busy"), stmt!(update, "busy")]);
    for result in futures::future::join_all((0..20).map(|_| batch())).await {
        result.map_err(text)?;
    }
    let rows = run(
        db,
        stmt!("select hits from conformance_parent where id = 'busy'"),
    )
    .await?;
    let hits: Option<i64> = rows.first().and_then(|row| row.get("hits").ok());
    same("hits", hits, Some(40))
}
