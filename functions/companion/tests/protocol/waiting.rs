//! Asking for work and waiting for it: the answer comes when a job does, and no question is put for ever.

use edge_platform::stmt;
use edge_protocol::{token::Scope, wire::LEASE_HEADER};
use edge_testkit::{Reply, TestApp, on_each_database};
use serde_json::{Value, json};

use super::{Held, areas, lease, outcome, state, token, token_of, video};

/// Asks for work and is ready to wait so many milliseconds for it.
async fn wait(app: &TestApp, token: &str, millis: u64) -> Reply {
    let body = json!({"version": "1", "ffmpeg": "5", "wait": millis});
    let request = app.post("/api/companion/lease").json(&body);
    request
        .header("authorization", &format!("Bearer {token}"))
        .send()
        .await
}

/// Pauses until a companion is noted: it has asked once.
async fn asked(app: &TestApp) {
    for _ in 0..1_000 {
        if app
            .count(stmt!("select count(*) as n from companion"))
            .await
            > 0
        {
            return;
        }
        app.app.pause(5).await;
    }
    panic!("nobody asks");
}

on_each_database! {
    async fn who_waits_in_vain_is_told_after_some_seconds_and_few_questions(app: TestApp) {
        let token = token(&app);
        for (asked, waited, questions) in [(0, 0, 1), (249, 0, 1), (1_000, 1_000, 5), (8_000, 8_000, 33), (u64::MAX, 8_000, 33)] {
            let before = app.app.now();
            app.take_round_trips();
            wait(&app, &token, asked).await.expect(204);
            assert_eq!(app.app.now() - before, waited, "{asked}");
            assert_eq!(app.take_round_trips(), questions, "{asked}");
        }
        // what it tells of itself does not change with how long it waits
        assert_eq!(app.count(stmt!("select count(*) as n from companion where about like '%wait%'")).await, 0);
        let body = json!({"wait": -1});
        let request = app.post("/api/companion/lease").json(&body);
        request.header("authorization", &format!("Bearer {token}")).send().await.expect(400);
    }

    async fn a_delayed_job_is_given_when_its_time_comes(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (_, job) = video(&app, &alice).await;
        let held = Held::take(&app, &token).await;
        held.post(&app, "fail", &json!({"reason": "the disk is full", "mayPass": true})).await.expect(204);
        wait(&app, &token, 8_000).await.expect(204);
        let before = app.app.now();
        let leased = wait(&app, &token, 8_000).await.expect(200).json();
        assert_eq!(leased["job"], json!(job));
        assert_eq!(app.app.now() - before, 2_000);
        assert_eq!(state(&app, &job).await, "active/companion/2");
    }

    async fn jobs_that_need_nothing_do_not_make_one_call_ask_more_than_a_worker_may(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        // Twelve whose videos became motion parts, and one that is to be done. At first their time is still to come.
        for _ in 0..12 {
            let (asset, _) = video(&app, &alice).await;
            app.sql(stmt!("update asset set visibility = 'hidden' where id = ?1", asset)).await;
        }
        let (_, last) = video(&app, &alice).await;
        app.sql(stmt!("update job set turn = null, run_after = ?1", app.app.now() + 6_000)).await;
        app.sql(stmt!("update job set run_after = run_after + 1 where id = ?1", &last)).await;
        let mut calls = 0;
        let leased = loop {
            app.take_round_trips();
            let told = wait(&app, &token, 8_000).await;
            let questions = app.take_round_trips();
            assert!(questions <= 50, "{questions}");
            calls += 1;
            assert!(calls <= 4, "no call gets on");
            if told.status == 200 {
                break told.json();
            }
            told.expect(204);
        };
        assert_eq!(leased["job"], json!(last));
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 1);
    }

    async fn a_job_that_comes_meanwhile_is_given_at_once(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        app.clock.take_time();
        let (leased, (_, job)) = tokio::join!(wait(&app, &token, 8_000), async {
            asked(&app).await;
            video(&app, &alice).await
        });
        assert_eq!(leased.expect(200).json()["job"], json!(job));
    }

    async fn two_companions_that_wait_get_a_job_each_and_none_twice(app: TestApp) {
        let alice = app.user("alice").await;
        let tokens = [token_of(&app, "nas", &Scope::ALL), token_of(&app, "cellar", &Scope::ALL)];
        app.clock.take_time();
        let (first, second, made) = tokio::join!(wait(&app, &tokens[0], 8_000), wait(&app, &tokens[1], 8_000), async {
            asked(&app).await;
            [video(&app, &alice).await.1, video(&app, &alice).await.1]
        });
        let leases = [first.expect(200).json(), second.expect(200).json()];
        let mut given: Vec<&str> = leases.iter().map(|lease| lease["job"].as_str().unwrap()).collect();
        let mut made: Vec<&str> = made.iter().map(String::as_str).collect();
        given.sort_unstable();
        made.sort_unstable();
        assert_eq!(given, made);
        // neither does what the other holds
        let [one, other] = [&leases[0], &leases[1]];
        let text = |of: &Value, name: &str| of[name].as_str().unwrap().to_owned();
        let path = format!("/api/companion/jobs/{}/finish", text(one, "job"));
        let stolen = app.post(&path).json(&outcome()).header(LEASE_HEADER, &text(other, "lease"));
        stolen.header("authorization", &format!("Bearer {}", tokens[1])).send().await.expect(412);
        for (lease, token) in leases.iter().zip(&tokens) {
            let held = Held { token: token.clone(), job: text(lease, "job"), lease: text(lease, "lease") };
            held.write_both(&app).await;
            held.post(&app, "finish", &outcome()).await.expect(204);
        }
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 4);
    }

    async fn one_job_for_two_that_wait_is_given_once(app: TestApp) {
        let alice = app.user("alice").await;
        let tokens = [token_of(&app, "nas", &Scope::ALL), token_of(&app, "cellar", &Scope::ALL)];
        app.clock.take_time();
        let (first, second, _) = tokio::join!(wait(&app, &tokens[0], 5_000), wait(&app, &tokens[1], 5_000), async {
            asked(&app).await;
            video(&app, &alice).await
        });
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 204]);
    }

    async fn a_token_that_is_revoked_and_a_queue_that_is_paused_meanwhile_give_nothing(app: TestApp) {
        let (alice, admin, token) = (app.user("alice").await, app.admin().await, token(&app));
        app.sql(stmt!("insert into queue_state (queue, is_paused, updated_at) values ('thumbnailGeneration', 1, 0)")).await;
        let (_, job) = video(&app, &alice).await;
        wait(&app, &token, 1_000).await.expect(204);
        app.sql(stmt!("delete from queue_state")).await;
        lease(&app, &token).await.expect(200);
        assert_eq!(state(&app, &job).await, "active/companion/1");
        app.clock.take_time();
        let (told, _) = tokio::join!(wait(&app, &token, 8_000), async {
            app.app.pause(300).await;
            app.delete("/api/companion/nas-1").user(&admin).send().await.expect(204)
        });
        told.expect(401);
        let nothing = token_of(&app, "none", &[]);
        wait(&app, &nothing, 250).await.expect(204);
    }
}
