//! What jobs cost does not grow with the jobs that wait: half a million of one owner, and each claim, sweep and count reads a few
//! rows, on SQLite (steps of its virtual machine) and PostgreSQL (pages).
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Mutex;

use async_trait::async_trait;
use edge_api::enums::{JobName, QueueJobStatus, QueueName};
use edge_platform::{
    Consumer, Database, DbError, Dialect, Rows, Statement,
    native::{Postgres, Sqlite},
    stmt,
};
use edge_store::{
    assets::remove,
    companions,
    jobs::{
        self, NewJob,
        companion::{self, Answer, Asker},
        many::{self, Wanted},
        queues,
    },
    objects,
};
use edge_testkit::{block_on, postgres};
use serde_json::json;

const NOW: i64 = 1_700_000_000_000;
/// Jobs that wait.
const JOBS: i64 = 500_000;
/// A row that SQLite reads takes about ten steps: at most a thousand rows.
const STEPS: i64 = 12_000;
/// Pages of PostgreSQL that one statement may touch; a look-up touches three or four.
const PAGES: i64 = 1_500;

/// Measures each statement in a transaction that is rolled back, and then runs it.
struct Measured<D> {
    db: D,
    costs: Mutex<Vec<(i64, String)>>,
}

#[async_trait]
trait Measure: Database {
    async fn script(&self, sql: &str);
    /// What it costs, and how it is done.
    async fn cost(&self, statement: Statement) -> (i64, String);
}

#[async_trait]
impl Measure for Sqlite {
    async fn script(&self, sql: &str) {
        Sqlite::script(self, sql).await.unwrap();
    }

    async fn cost(&self, statement: Statement) -> (i64, String) {
        let sql = statement.sql.to_string();
        (self.steps(statement).await.unwrap(), sql)
    }
}

#[async_trait]
impl Measure for Postgres {
    async fn script(&self, sql: &str) {
        Postgres::script(self, sql).await.unwrap();
    }

    async fn cost(&self, mut statement: Statement) -> (i64, String) {
        let sql = statement.sql.to_string();
        let explain = "explain (analyze, buffers, costs off, timing off)";
        statement.sql = format!("{explain} {}", statement.sql).into();
        let rows = self.run(statement).await.unwrap();
        let lines = rows
            .iter()
            .map(|row| row.get::<String>("QUERY PLAN").unwrap());
        let lines: Vec<String> = lines.collect();
        let first = lines.iter().find(|line| line.contains("Buffers: shared"));
        let number = |name: &str| {
            let rest = first.and_then(|line| line.split_once(name));
            let digits =
                rest.and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next());
            digits.unwrap_or_default().parse::<i64>().unwrap_or(0)
        };
        let plan = format!("{sql}\n{}", lines.join("\n"));
        (number("hit=") + number("read="), plan)
    }
}

#[async_trait]
impl<D: Measure> Database for Measured<D> {
    fn dialect(&self) -> Dialect {
        self.db.dialect()
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        let mut rows = Vec::new();
        for statement in statements {
            self.db.script("begin").await;
            let cost = self.db.cost(statement.clone()).await;
            self.db.script("rollback").await;
            self.costs.lock().unwrap().push(cost);
            rows.push(self.db.run(statement).await?);
        }
        Ok(rows)
    }
}

impl<D: Measure> Measured<D> {
    /// Fails where a statement since the last call cost more than `most`.
    fn check(&self, what: &str, most: i64) {
        for (cost, sql) in self.costs.lock().unwrap().drain(..) {
            println!("{cost:8} {what}");
            assert!(cost <= most, "{what}: {cost} for {sql}");
        }
    }
}

fn numbers(count: i64) -> String {
    format!("with recursive n(i) as (select 1 union all select i + 1 from n where i < {count})")
}

/// Jobs of one owner: most wait, others are delayed, due again, failed, or wait for the companion.
async fn fill(db: &dyn Database) {
    let sql = format!(
        "insert into job (id, queue, kind, payload, state, runner, run_after, turn, owner_id, created_at, updated_at) {} \
         select 'job' || cast(n.i as text), case when n.i % 2 = 0 then 'thumbnailGeneration' else 'metadataExtraction' end, \
         'AssetGenerateThumbnails', '{{\"id\":\"x\"}}', case when n.i % 20 = 3 then 'failed' else 'waiting' end, \
         case when n.i % 20 = 4 then 'companion' else 'edge' end, \
         cast({NOW} as bigint) + case when n.i % 20 = 5 then 1000000 else 0 end, \
         case when n.i % 20 < 5 or n.i % 20 > 6 then n.i * 2 end, 'a', {NOW}, {NOW} - 100000 from n",
        numbers(JOBS)
    );
    db.run(Statement::new(sql, Vec::new())).await.unwrap();
}

fn job(id: &str, owner: &str) -> NewJob {
    NewJob::new(
        id.to_owned(),
        JobName::AssetGenerateThumbnails,
        json!({ "id": id }),
        NOW,
    )
    .of(owner)
}

async fn jobs_cost_little(db: Measured<impl Measure>, most: i64) {
    fill(&db.db).await;
    workers_cost_little(&db, most).await;
    let woken = jobs::sweep(&db, NOW + jobs::LEASE).await.unwrap();
    assert!(!woken.is_empty() && woken.len() <= 200);
    assert!(!jobs::due(&db, NOW).await.unwrap().is_empty());
    // Two hundred rows get a new time.
    db.check("sweeping", 3 * most);
    administrators_cost_little(&db, most).await;
    learners_cost_little(&db).await;
}

/// While a companion has networks look at pictures, a sweep reads none of the jobs that wait for it.
async fn learners_cost_little(db: &Measured<impl Measure>) {
    let wait = "update job set kind = 'SmartSearch', queue = 'smartSearch' where runner = 'companion' and state = 'waiting'";
    let about = r#"{"learning":"smartSearch"}"#;
    let learner = companions::seen("learner", "learner", about, NOW);
    db.db.batch(vec![stmt!(wait), learner]).await.unwrap();
    jobs::sweep(db, NOW + 1).await.unwrap();
    let costs = std::mem::take(&mut *db.costs.lock().unwrap());
    let taking_back = costs.iter().find(|(_, sql)| sql.contains("learner"));
    let (cost, sql) = taking_back.unwrap();
    println!("{cost:8} what waits for a learner");
    assert!(*cost <= 500, "{cost} for {sql}");
}

/// A job's way from its storing to its end.
async fn workers_cost_little(db: &Measured<impl Measure>, most: i64) {
    let next = async || {
        jobs::claim_next(db, Consumer::Media, "lease", NOW)
            .await
            .unwrap()
            .unwrap()
    };
    db.run(jobs::insert(&job("of a", "a"), NOW)).await.unwrap();
    db.run(jobs::insert(&job("of b", "b"), NOW)).await.unwrap();
    db.check("storing", most);
    let room = jobs::has_room(db, Consumer::Media, 4, NOW).await.unwrap();
    assert!(room);
    db.check("looking for room", most);
    let claimed = next().await;
    assert_eq!(claimed.id, "of b", "the other owner comes next");
    db.check("claiming", most);
    jobs::retry(db, &claimed, "again", NOW).await.unwrap();
    let claimed = next().await;
    jobs::finish(db, &claimed, Vec::new(), &[job("next", "a")], NOW)
        .await
        .unwrap();
    let claimed = next().await;
    jobs::hand_over(db, &claimed, "reason", NOW).await.unwrap();
    next().await;
    db.check("a job's end", most);
    let none = jobs::claim_next(db, Consumer::Tasks, "lease", NOW).await;
    assert!(none.unwrap().is_none());
    db.check("claiming nothing", most);
    let nas = Asker {
        id: "nas",
        name: "nas",
        about: "{}",
    };
    let kinds = [JobName::AssetGenerateThumbnails];
    let claimed = companion::claim(db, nas, &kinds, "lease", NOW).await;
    assert!(matches!(claimed.unwrap(), Answer::Found(_)));
    db.check("a companion's claim", most);
}

/// What an administrator sees and does.
async fn administrators_cost_little(db: &Measured<impl Measure>, most: i64) {
    let all = queues::list(db, NOW).await.unwrap();
    let jobs = all.iter().map(|queue| {
        let counts = &queue.statistics;
        counts.waiting + counts.delayed + counts.failed + counts.active
    });
    assert_eq!(jobs.sum::<i64>(), JOBS + 2);
    db.check("counting", 2 * most);
    let name = QueueName::ThumbnailGeneration;
    for status in [
        QueueJobStatus::Waiting,
        QueueJobStatus::Failed,
        QueueJobStatus::Delayed,
        QueueJobStatus::Active,
    ] {
        queues::jobs(db, name, &[status], NOW).await.unwrap();
        // Sorts and gives a thousand.
        db.check("listing", 10 * most);
    }
    queues::resume(db, name, NOW).await.unwrap();
    queues::start(db, &job("start", "a"), NOW).await.unwrap();
    db.check("resuming and starting", 2 * most);
}

#[test]
fn jobs_cost_little_on_sqlite() {
    block_on(async {
        jobs_cost_little(sqlite().await, STEPS).await;
    });
}

#[test]
fn jobs_cost_little_on_postgres() {
    block_on(async {
        let db = postgres().await;
        jobs_cost_little(db, PAGES).await;
    });
}

async fn sqlite() -> Measured<Sqlite> {
    let db = Sqlite::in_memory().unwrap();
    db.script(edge_store::schema(Dialect::Sqlite))
        .await
        .unwrap();
    Measured {
        db,
        costs: Mutex::default(),
    }
}

async fn postgres() -> Measured<Postgres> {
    let own = postgres::database(&edge_store::schema(Dialect::Postgres)).await;
    let db = postgres::connect(own.url()).await;
    // Nobody has counted anything yet, and nobody does meanwhile.
    db.script(postgres::NO_AUTOVACUUM).await.unwrap();
    std::mem::forget(own);
    Measured {
        db,
        costs: Mutex::default(),
    }
}

/// Assets of Alice with stacks, files, albums and faces here and there.
async fn library(db: &dyn Database, assets: i64) {
    let statements = [
        "insert into users (id, email, name, profile_changed_at, created_at, updated_at, update_id) values ('alice', 'a@x', 'a', 0, 0, 0, uuid7())".to_owned(),
        "insert into album (id, created_at, updated_at, update_id) values ('album', 0, 0, uuid7())".to_owned(),
        format!(
            "insert into asset (id, owner_id, type, status, visibility, checksum, original_path, original_file_name, \
             file_name_folded, file_created_at, file_modified_at, local_date_time, local_day, local_month, created_at, \
             created_month, updated_at, deleted_at, update_id) {} select 'asset' || cast(n.i as text), 'alice', 'IMAGE', \
             case when n.i % 10 = 0 then 'deleted' else 'active' end, 'timeline', cast(n.i as text), 'upload/' || cast(n.i as text), \
             'a.jpg', 'a.jpg', 0, 0, 0, 20200101, 202001, 0, 202001, 0, case when n.i % 10 = 0 then 0 end, uuid7() from n",
            numbers(assets)
        ),
        format!("insert into asset_exif (asset_id, owner_id, file_size_in_byte, updated_at, update_id) {} select 'asset' || cast(n.i as text), 'alice', 10, 0, uuid7() from n", numbers(assets)),
        format!("insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) {} select 'asset' || cast(n.i as text), 'thumbnail', 'file' || cast(n.i as text), 'thumbs/' || cast(n.i as text), 'image/webp', 1, 0, 0 from n", numbers(assets)),
        format!("insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) {} select 'stack' || cast(n.i as text), 'alice', 'asset' || cast(n.i * 3 as text), 0, 0, uuid7() from n", numbers(assets / 10)),
        format!("update asset set stack_id = 'stack' || cast(cast(substr(id, 6) as integer) / 3 as text), update_id = uuid7() where cast(substr(id, 6) as integer) between 3 and {}", assets / 10 * 3),
        format!("insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) {} select 'album', 'asset' || cast(n.i * 2 as text), 0, 0, uuid7() from n", numbers(assets / 2)),
        format!("update asset set live_photo_video_id = 'asset' || cast(cast(substr(id, 6) as integer) + 1 as text), update_id = uuid7() where id like '%50' and id <> 'asset{assets}'"),
    ];
    for sql in statements {
        db.run(Statement::new(sql, Vec::new())).await.unwrap();
    }
}

async fn purge_costs(db: Measured<impl Measure>, assets: i64) -> Vec<(i64, String)> {
    library(&db.db, assets).await;
    // Purges come long after assets, so their tables have statistics.
    db.db.script("analyze").await;
    let doomed = jobs::cleanup::doomed(&db, jobs::cleanup::Doomed::Deleted(Some("alice")), 50)
        .await
        .unwrap();
    let ids: Vec<&str> = doomed.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids.len(), 50);
    db.batch(remove::purge(&ids, NOW)).await.unwrap();
    // Objects that writers left behind, some of which assets have.
    let keys =
        (1..=50).map(|n| format!("thumbs/alice/00000000-0000-4000-8000-{n:012}_preview.jpeg"));
    for key in keys {
        db.db.run(objects::register(&key, 0)).await.unwrap();
    }
    objects::sweep(&db, NOW).await.unwrap();
    let expired = jobs::cleanup::Doomed::TrashedBefore(NOW);
    jobs::cleanup::doomed(&db, expired, 50).await.unwrap();
    many::page(
        &db,
        JobName::AssetGenerateThumbnails,
        Wanted::Missing,
        "asset1",
    )
    .await
    .unwrap();
    let costs = std::mem::take(&mut *db.costs.lock().unwrap());
    let left = db
        .db
        .run(stmt!("select cast(count(*) as bigint) as n from asset"))
        .await
        .unwrap();
    assert!(left.first().unwrap().get::<i64>("n").unwrap() <= assets - 50);
    costs
}

/// Fails where a statement costs more with ten times the assets, and more than `enough`.
fn grown(small: Vec<(i64, String)>, large: Vec<(i64, String)>, enough: i64) {
    for ((before, sql), (after, _)) in small.into_iter().zip(large) {
        println!("{before:8} {after:8} {}", &sql[..sql.len().min(90)]);
        assert!(
            after <= enough.max(before * 11 / 10),
            "{before} {after} {sql}"
        );
    }
}

#[test]
fn purging_costs_as_much_in_a_large_library_on_sqlite() {
    block_on(async {
        let small = purge_costs(sqlite().await, 2_000).await;
        grown(small, purge_costs(sqlite().await, 20_000).await, 5_000);
    });
}

#[test]
fn purging_costs_as_much_in_a_large_library_on_postgres() {
    block_on(async {
        let small = purge_costs(postgres().await, 2_000).await;
        grown(small, purge_costs(postgres().await, 20_000).await, PAGES);
    });
}
