//! Applies migrations/*.sql to an SQLite file or a PostgreSQL database, each file in one transaction, and remembers them.
//! On PostgreSQL those in migrations/postgres replace others of the same name.
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use tokio_postgres::{Client, NoTls};

use crate::log;

const TABLE: &str = "create table if not exists applied_migration (name text primary key)";
const APPLIED: &str = "select name from applied_migration";
/// Of the files for PostgreSQL the one that is no migration: it is read at each start.
const PGVECTOR: &str = "pgvector.sql";

/// One file: its name and its statements, with the one that remembers it.
struct Step {
    name: String,
    script: String,
}

/// Brings the SQLite database in `file` up to date; gives the names of what was applied.
///
/// # Errors
/// A migration fails; those before it stay.
pub fn sqlite(file: &Path, migrations: &Path) -> Result<Vec<String>> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let database = rusqlite::Connection::open(file)?;
    // The file remembers it. Readers do not wait for writers then, and the components count on it.
    database.pragma_update(None, "journal_mode", "wal")?;
    database.execute_batch(TABLE)?;
    let applied = database
        .prepare(APPLIED)?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let steps = pending(migrations, None, &applied)?;
    for Step { name, script } in &steps {
        let done = database.execute_batch(&format!("begin;{script};commit"));
        done.with_context(|| name.clone())?;
    }
    Ok(steps.into_iter().map(|step| step.name).collect())
}

/// Brings the PostgreSQL database at `url` up to date; gives the names of what was applied. Afterwards the database knows how
/// much its tables hold: without, as after an import, it may take a large one for empty and walk through it.
///
/// # Errors
/// No connection, or a migration fails; those before it stay.
pub async fn postgres(url: &str, migrations: &Path) -> Result<Vec<String>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // It ends with the client, and its errors are those of the statements below.
    tokio::spawn(connection);
    client.batch_execute(TABLE).await?;
    let rows = client.query(APPLIED, &[]).await?;
    let applied = rows.iter().map(|row| row.get(0)).collect();
    let own = migrations.join("postgres");
    let steps = pending(migrations, Some(&own), &applied)?;
    for Step { name, script } in &steps {
        let done = client
            .batch_execute(&format!("begin;{script};commit"))
            .await;
        done.with_context(|| name.clone())?;
    }
    if let Err(error) = pgvector(&client, &own.join(PGVECTOR)).await {
        log::say(&format!("searches go without pgvector: {error:#}"));
    }
    client.batch_execute("analyze").await.context("analyze")?;
    Ok(steps.into_iter().map(|step| step.name).collect())
}

/// Has PostgreSQL compare vectors itself where it has pgvector (docs/decisions/0040-pgvector.md); elsewhere `script` does nothing.
async fn pgvector(client: &Client, script: &Path) -> Result<()> {
    if !script.exists() {
        return Ok(());
    }
    client.batch_execute(&fs::read_to_string(script)?).await?;
    // Some thousand at a time: what is written meanwhile waits for none of them long.
    let fill = "select asset_pgvector_fill($1)";
    let filled = "select to_regclass('asset_pgvector_owner_idx') is not null";
    // Once more where some are missing: they came behind its back, or somebody held them.
    for _ in 0..2 {
        let mut last = Some(String::new());
        while let Some(after) = last {
            last = client.query_one(fill, &[&after]).await?.try_get(0)?;
        }
        if client.query_one(filled, &[]).await?.try_get(0)? {
            break;
        }
    }
    Ok(())
}

/// The files of `folder` that have not been applied, in their order; where `own` has one of the same name, that.
fn pending(folder: &Path, own: Option<&Path>, applied: &BTreeSet<String>) -> Result<Vec<Step>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut steps = Vec::new();
    for entry in entries {
        let entry = entry?;
        let file = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_sql = file.extension().is_some_and(|kind| kind == "sql");
        if is_sql && !applied.contains(&name) {
            let replaced = own.map(|own| own.join(&name)).filter(|own| own.exists());
            let script = fs::read_to_string(replaced.unwrap_or(file))?;
            let quoted = name.replace('\'', "''");
            let script =
                format!("{script}\n;insert into applied_migration (name) values ('{quoted}')");
            steps.push(Step { name, script });
        }
    }
    steps.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_engine_replaces_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("postgres");
        fs::create_dir(&own).unwrap();
        for (file, sql) in [
            ("0001_a.sql", "one"),
            ("0002_b.sql", "two"),
            ("postgres/0002_b.sql", "own"),
        ] {
            fs::write(folder.path().join(file), sql).unwrap();
        }
        let first = |own| {
            let steps = pending(folder.path(), own, &BTreeSet::new()).unwrap();
            let words = steps
                .iter()
                .map(|step| step.script.lines().next().unwrap().to_owned());
            words.collect::<Vec<_>>()
        };
        assert_eq!(first(None), ["one", "two"]);
        assert_eq!(first(Some(&own)), ["one", "own"]);
    }

    /// What `sql` counts in a new database of this server, after `steps`.
    async fn counted(server: &str, name: &str, steps: &Path, sql: &str) -> i64 {
        let name = format!("edge_{name}_{}", std::process::id());
        let (admin, connection) = tokio_postgres::connect(server, NoTls).await.unwrap();
        tokio::spawn(connection);
        admin
            .batch_execute(&format!("create database {name}"))
            .await
            .unwrap();
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        // What is done is done once.
        for _ in 0..2 {
            postgres(&url, steps).await.unwrap();
        }
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let count = client.query_one(sql, &[]).await.unwrap().get(0);
        drop(client);
        admin
            .batch_execute(&format!("drop database {name} with (force)"))
            .await
            .unwrap();
        count
    }

    /// The statistics of one table, in a database of its own. Without `EDGE_TEST_POSTGRES` nothing answers, as elsewhere.
    #[tokio::test]
    async fn postgres_knows_its_tables_afterwards() {
        let Ok(server) = std::env::var("EDGE_TEST_POSTGRES") else {
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let table =
            "create table many (x integer); insert into many select generate_series(1, 5000)";
        fs::write(folder.path().join("0001_a.sql"), table).unwrap();
        let sql = "select reltuples::int8 from pg_class where relname = 'many'";
        let rows = counted(&server, "host", folder.path(), sql).await;
        assert_eq!(rows, 5000);
    }

    /// Behind our own migrations. Without `EDGE_TEST_PGVECTOR` nothing answers.
    #[tokio::test]
    async fn pgvector_is_used_where_it_is() {
        let Ok(server) = std::env::var("EDGE_TEST_PGVECTOR") else {
            return;
        };
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        let sql = "select count(*) from pg_class where relname = 'asset_pgvector_owner_idx'";
        assert_eq!(counted(&server, "pgvector", &migrations, sql).await, 1);
    }

    #[test]
    fn each_migration_is_applied_once_and_a_bad_one_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/test.db");
        let write = |name: &str, sql: &str| fs::write(folder.path().join(name), sql).unwrap();
        let run = || sqlite(&file, folder.path());
        write("0002_b.sql", "insert into a values (1)");
        write("0001_a.sql", "create table a (x integer); -- end\n");
        assert_eq!(run().unwrap(), ["0001_a.sql", "0002_b.sql"]);
        assert!(run().unwrap().is_empty());
        write(
            "0003_c.sql",
            "insert into a values (2); insert into b values (1);",
        );
        assert!(run().is_err());
        write("0003_c.sql", "insert into a values (3)");
        assert_eq!(run().unwrap(), ["0003_c.sql"]);
        let database = rusqlite::Connection::open(&file).unwrap();
        let sum: i64 = database
            .query_row("select sum(x) from a", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sum, 4);
    }
}
