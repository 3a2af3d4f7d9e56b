//! Update ids and their clock (docs/decisions/0001-update-ids.md).

use edge_platform::{Database, Dialect, Statement, stmt};

use crate::{Checked, holds, same, statements::run, text};

/// What update ids are made by, as the migrations bring it.
pub async fn clock(db: &dyn Database) -> Checked {
    let script = match db.dialect() {
        Dialect::Sqlite => include_str!("../../../migrations/0009_update_clock.sql"),
        Dialect::Postgres => include_str!("../../../migrations/postgres/0009_update_clock.sql"),
    };
    let there = match db.dialect() {
        Dialect::Sqlite => "select count(*) as n from sqlite_master where name = 'update_clock'",
        Dialect::Postgres => {
            "select count(*) as n from pg_class where relname = 'update_clock' and relkind = 'S'"
        }
    };
    let rows = run(db, stmt!(there)).await?;
    if rows.first().and_then(|row| row.get::<i64>("n").ok()) != Some(0) {
        return Ok(());
    }
    // Functions hold semicolons; statements end with one at the end of a line, before the next begins.
    let parts = script
        .split("\n\n")
        .map(|part| Statement::new(part.trim().trim_end_matches(';'), vec![]));
    db.batch(parts.collect()).await.map_err(text)?;
    Ok(())
}

/// They are UUIDs of version 7 that grow, also while the clock is behind.
pub async fn grow(db: &dyn Database) -> Checked {
    let sql = "insert into conformance_value (id, words) values (?1, uuid7()) returning words, \
               db_now() as now";
    let mut last = String::new();
    for round in 0..20 {
        let rows = run(db, stmt!(sql, format!("uuid{round}"))).await?;
        let row = rows.first().ok_or("nothing returned")?;
        let (id, now) = (row.get::<String>("words"), row.get::<i64>("now"));
        let (id, now) = (id.map_err(text)?, now.map_err(text)?);
        let shape = |(at, c): (usize, char)| match at {
            8 | 13 | 18 | 23 => c == '-',
            14 => c == '7',
            19 => "89ab".contains(c),
            _ => c.is_ascii_digit() || ('a'..='f').contains(&c),
        };
        holds(
            &format!("{id} is a UUID v7"),
            id.len() == 36 && id.chars().enumerate().all(shape),
        )?;
        let hex: String = id.chars().filter(|c| *c != '-').take(12).collect();
        let millis = i64::from_str_radix(&hex, 16).map_err(text)?;
        holds(
            &format!("{id} carries {now}"),
            (-1000..1000).contains(&(now - millis)),
        )?;
        holds("ids differ", id != last)?;
        holds(
            "time does not go back",
            id.get(..13) >= last.get(..13) || last.is_empty(),
        )?;
        last = id;
    }
    let sql = "update conformance_value set words = uuid7() where id like 'uuid%'";
    run(db, stmt!(sql)).await?;
    let sql = "select count(distinct words) as n from conformance_value where id like 'uuid%'";
    let rows = run(db, stmt!(sql)).await?;
    let n: Option<i64> = rows.first().and_then(|row| row.get("n").ok());
    same("different ids of one update of 20 rows", n, Some(20))?;
    bounds(db, &last).await?;
    // As if the clock had been two hours ahead till now: ids go on from the last one, and readers see them.
    let newest = id_of(db, "select uuid7() as id").await?;
    move_clock(db, 7_200_000).await?;
    let later = id_of(db, "select uuid7() as id").await?;
    holds(
        &format!("{later} is two hours after {newest}"),
        newest.get(..13) < later.get(..13),
    )?;
    bounds(db, &later).await?;
    // The suite may run again here.
    move_clock(db, -7_200_000).await
}

/// Moves the clock of update ids by so many milliseconds.
async fn move_clock(db: &dyn Database, by: i64) -> Checked {
    let sql = match db.dialect() {
        Dialect::Sqlite => "update update_clock set at = at + ?1",
        Dialect::Postgres => "select setval('update_clock', last_value + ?1) from update_clock",
    };
    run(db, stmt!(sql, by)).await.map(drop)
}

async fn id_of(db: &dyn Database, sql: &'static str) -> Result<String, String> {
    let rows = run(db, stmt!(sql)).await?;
    rows.first().ok_or("no row")?.get("id").map_err(text)
}

/// The bound lies between what was written and what will be.
async fn bounds(db: &dyn Database, last: &str) -> Checked {
    let bound = id_of(db, "select uuid7_bound() as id").await?;
    let fresh = id_of(db, "select uuid7() as id").await?;
    holds(
        &format!("{bound} lies between {last} and {fresh}"),
        last < bound.as_str() && bound < fresh && bound.ends_with("-7000-8000-000000000000"),
    )
}
