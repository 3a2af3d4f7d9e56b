//! Memories made and cleared away at night.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_store::{
    jobs::{self, NewJob},
    memories::nightly,
};
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

const DAY: i64 = 86_400_000;
/// 2020-06-15T10:00Z and 2021-06-15T10:00Z; the clock stands at noon of 2024-06-15.
const IN_2020: i64 = 1_592_215_200_000;
const IN_2021: i64 = 1_623_751_200_000;

fn areas() -> Vec<Area> {
    Vec::new()
}

/// Runs a job and those in which it goes on; how many there were.
async fn run(app: &TestApp, kind: JobName) -> usize {
    let job = NewJob::new(app.app.uuid(), kind, json!({}), app.app.now());
    app.sql(jobs::insert(&job, app.app.now())).await;
    let runs = app.run_jobs().await;
    assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    runs
}

/// An asset with a preview.
async fn photo(app: &TestApp, owner: &NewUser, taken: i64) -> String {
    let asset = app.asset(owner).taken(taken).insert().await;
    preview(app, &asset).await;
    asset
}

async fn preview(app: &TestApp, asset: &str) {
    app.sql(stmt!(
        "insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) \
         values (?1, 'preview', ?1, ?1, 'image/jpeg', 1, 0, 0)",
        asset
    ))
    .await;
}

/// Years and days on which memories show, with the number of their assets.
async fn made(app: &TestApp, owner: &NewUser) -> Vec<String> {
    let rows = app
        .sql(stmt!(
            "select m.data || ' ' || m.show_at || ' ' || (select count(*) from memory_asset x where x.memory_id = m.id) as n \
             from memory m where m.owner_id = ?1 order by m.show_at, m.data",
            &owner.id
        ))
        .await;
    rows.iter().map(|row| row.get("n").unwrap()).collect()
}

on_each_database! {
    async fn days_around_today_are_remembered_for_each_year(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let today = app.app.now().div_euclid(DAY) * DAY;
        photo(&app, &alice, IN_2020).await;
        photo(&app, &alice, IN_2020 + 1).await;
        photo(&app, &alice, IN_2021).await;
        photo(&app, &alice, IN_2021 - 3 * DAY).await;
        photo(&app, &alice, IN_2021 + 4 * DAY).await;
        photo(&app, &alice, IN_2021 - 4 * DAY).await;
        photo(&app, &alice, today).await;
        app.asset(&alice).taken(IN_2020).insert().await;
        for visibility in ["archive", "hidden", "locked"] {
            let asset = app.asset(&alice).taken(IN_2020).visibility(visibility).insert().await;
            preview(&app, &asset).await;
        }
        let gone = app.asset(&alice).taken(IN_2020).trashed().insert().await;
        preview(&app, &gone).await;
        photo(&app, &bob, IN_2021).await;
        run(&app, JobName::MemoryGenerate).await;
        let early = format!("{{\"year\":2021}} {} 1", today - 3 * DAY);
        let now = [format!("{{\"year\":2020}} {today} 2"), format!("{{\"year\":2021}} {today} 1")];
        let all = [early, now[0].clone(), now[1].clone()];
        assert_eq!(made(&app, &alice).await, all);
        assert_eq!(made(&app, &bob).await, [now[1].clone()]);
        let whole = "select count(*) as n from memory where hide_at = show_at + 86399999 and memory_at % 86400000 = 0 \
             and type = 'on_this_day' and is_saved = 0";
        assert_eq!(app.count(stmt!(whole)).await, 4);
        let at = "select memory_at as n from memory where data = '{\"year\":2020}'";
        assert_eq!(app.count(stmt!(at)).await, IN_2020.div_euclid(DAY) * DAY);

        // Once a day: what was done is not done again, the next day brings one day more.
        run(&app, JobName::MemoryGenerate).await;
        assert_eq!(made(&app, &alice).await, all);
        app.clock.advance(DAY);
        run(&app, JobName::MemoryGenerate).await;
        assert_eq!(made(&app, &alice).await.len(), 4);
        // Even when the notes of it are lost.
        app.sql(stmt!("delete from system_metadata")).await;
        run(&app, JobName::MemoryGenerate).await;
        assert_eq!(made(&app, &alice).await.len(), 4);
    }

    async fn the_year_one_is_no_memory(app: TestApp) {
        let alice = app.user("alice").await;
        // 0001-06-15T10:00Z, 0999 and 1000.
        for taken in [-62_121_304_800_000, -30_627_468_000_000, -30_595_932_000_000] {
            photo(&app, &alice, taken).await;
        }
        photo(&app, &alice, IN_2020).await;
        run(&app, JobName::MemoryGenerate).await;
        let today = app.app.now().div_euclid(DAY) * DAY;
        // The contract knows years of four digits only (`OnThisDayDto`).
        assert_eq!(made(&app, &alice).await, [format!("{{\"year\":1000}} {today} 1"), format!("{{\"year\":2020}} {today} 1")]);
    }

    async fn a_memory_shows_twenty_at_most_and_many_users_take_several_runs(app: TestApp) {
        let alice = app.user("alice").await;
        for n in 0..25 {
            photo(&app, &alice, IN_2020 + n).await;
        }
        assert_eq!(run(&app, JobName::MemoryGenerate).await, 1);
        let shown = "select count(*) as n from memory_asset";
        assert_eq!(app.count(stmt!(shown)).await, 20);
        // One more statement for each user: who comes last is reached in a second run.
        let ids: Vec<String> = (0..=400).map(|n| format!("user-{n:04}")).collect();
        app.sql(stmt!(
            "insert into users (id, email, name, profile_changed_at, created_at, updated_at, update_id) \
             select v.value, v.value, 'u', 0, 0, 0, uuid7() from json_rows(?1) v", json!(ids).to_string()
        )).await;
        let (first, last) = (NewUser { id: ids[0].clone(), ..alice.clone() }, NewUser { id: ids[400].clone(), ..alice.clone() });
        // Today again a year from now, of which nothing was made yet.
        app.clock.advance(365 * DAY);
        for user in [&first, &last] {
            photo(&app, user, IN_2020).await;
        }
        // The second run is chained to the first within one turn of the worker.
        run(&app, JobName::MemoryGenerate).await;
        assert_eq!((made(&app, &first).await.len(), made(&app, &last).await.len()), (1, 1));
        // Both know that all is done: the next one makes nothing.
        assert_eq!(run(&app, JobName::MemoryGenerate).await, 1);
        assert_eq!((made(&app, &first).await.len(), made(&app, &last).await.len()), (1, 1));
    }

    async fn old_memories_are_forgotten_unless_saved_and_what_left_the_timeline_leaves_them(app: TestApp) {
        let alice = app.user("alice").await;
        let (shown, archived) = (photo(&app, &alice, IN_2020).await, photo(&app, &alice, IN_2020 + 1).await);
        run(&app, JobName::MemoryGenerate).await;
        app.sql(stmt!("update asset set visibility = 'archive' where id = ?1", &archived)).await;
        run(&app, JobName::MemoryCleanup).await;
        // Of a partner who shares no more.
        let bob = app.user("bob").await;
        let foreign = photo(&app, &bob, IN_2020).await;
        app.sql(stmt!(
            "insert into memory_asset (memory_id, asset_id, created_at, updated_at, update_id) \
             select m.id, cast(?1 as text), 0, 0, uuid7() from memory m where m.owner_id = ?2", &foreign, &alice.id
        )).await;
        run(&app, JobName::MemoryCleanup).await;
        assert_eq!(app.count(stmt!("select count(*) as n from memory_asset_audit where asset_id = ?1", &foreign)).await, 1);
        let left = stmt!("select count(*) as n from memory_asset where asset_id = ?1", &shown);
        assert_eq!(app.count(left).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from memory_asset")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from memory_asset_audit where asset_id = ?1", &archived)).await, 1);
        for n in 0..nightly::CLEARED + 5 {
            app.sql(stmt!(
                "insert into memory (id, owner_id, type, data, is_saved, memory_at, created_at, updated_at, update_id) \
                 values (?1, ?2, 'on_this_day', '{\"year\":2000}', ?3, 0, 0, 0, uuid7())",
                format!("memory-{n:04}"), &alice.id, n == 0
            )).await;
        }
        app.clock.advance(30 * DAY);
        run(&app, JobName::MemoryCleanup).await;
        assert_eq!(app.count(stmt!("select count(*) as n from memory")).await, 2, "the saved one and today's");
        assert_eq!(app.count(stmt!("select count(*) as n from memory_audit")).await, nightly::CLEARED + 4);
        app.clock.advance(1);
        run(&app, JobName::MemoryCleanup).await;
        assert_eq!(app.count(stmt!("select count(*) as n from memory")).await, 1);
    }
}
