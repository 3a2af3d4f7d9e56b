//! The same jobs and searches where an external service has the networks (docs/external-ml.md).
use std::{thread, time::Duration};

use edge_testkit::{Hasty, MlServer, on_each_database};

use super::*;

/// An hour, ms: longer than any pause of a job.
const HOUR: i64 = 3_600_000;

/// The vector of a colour.
fn vector(nth: usize) -> String {
    let mut numbers = vec![0.0_f32; 512];
    numbers[nth] = 1.0;
    numbers[511] = 0.1;
    json!(numbers).to_string()
}

fn clip(nth: usize) -> (u16, String) {
    let answer = json!({ "clip": vector(nth), "imageHeight": 240, "imageWidth": 240 });
    (200, answer.to_string())
}

/// Knows words and pictures by what they are called: red is the first number, all else the second.
fn knows(red: &'static [u8]) -> impl Fn(&[u8]) -> (u16, String) + Send + Sync + 'static {
    move |form: &[u8]| {
        let holds = |part: &[u8]| form.windows(part.len()).any(|window| window == part);
        clip(usize::from(!holds(red)))
    }
}

/// Has these services look at pictures, and nobody for faces and text. Gives the administrator.
async fn ask(app: &TestApp, urls: &[&str]) -> NewUser {
    let admin = app.admin().await;
    let path = "/api/system-config";
    let mut config = app.get(path).user(&admin).send().await.expect(200).json();
    let section = &mut config["machineLearning"];
    section["urls"] = json!(urls);
    section["facialRecognition"]["enabled"] = json!(false);
    section["ocr"]["enabled"] = json!(false);
    let put = app.put(path).user(&admin).json(&config);
    put.send().await.expect(200);
    let here = fn_clip_text::Here(Arc::new(app.app.clone()));
    app.siblings
        .name(edge_platform::siblings::CLIP_TEXT, Arc::new(here));
    admin
}

async fn has_search(app: &TestApp) -> bool {
    let answer = app.get("/api/server/features").send().await;
    answer.expect(200).json()["smartSearch"] == true
}

/// Runs jobs until all attempts and pauses are over.
async fn run_on(app: &TestApp) {
    for _ in 0..10 {
        run(app).await;
        app.clock.advance(HOUR);
    }
}

const VECTORS: &str = "select count(*) as n from asset_vector";

on_each_database! {
    async fn a_service_looks_at_pictures_and_words(app: TestApp) {
        let server = MlServer::start(|_| clip(0));
        let alice = app.user("alice").await;
        ask(&app, &[&format!("{}/", server.url)]).await;
        assert!(has_search(&app).await);
        let red = upload(&app, &alice, "red.jpg", [RED; 4]).await;
        run(&app).await;
        server.say(|_| clip(1));
        let green = upload(&app, &alice, "green.jpg", [GREEN; 4]).await;
        run(&app).await;
        assert_eq!(failures(&app).await, [] as [&str; 0]);
        let forms = server.take_forms();
        assert_eq!(forms.len(), 2);
        let form = String::from_utf8_lossy(&forms[0]).into_owned();
        assert!(form.contains(r#"{"clip":{"visual":{"modelName":"ViT-B-32__openai"}}}"#), "{form:.400}");
        assert!(form.contains("name=\"image\""));
        server.say(knows(b"\r\n\r\nred\r\n"));
        assert_eq!(found(&app, &alice, json!({ "query": "red", "language": "de" })).await, [red.clone(), green.clone()]);
        assert_eq!(found(&app, &alice, json!({ "query": "green" })).await, [green.clone(), red.clone()]);
        assert_eq!(found(&app, &alice, json!({ "queryAssetId": green })).await, [green, red]);
        let forms = server.take_forms();
        let form = String::from_utf8_lossy(&forms[0]).into_owned();
        let entries = r#"{"clip":{"textual":{"modelName":"ViT-B-32__openai","options":{"language":"de"}}}}"#;
        assert!(form.contains(entries), "{form}");
        assert_eq!((forms.len(), count(&app, VECTORS).await), (2, 2));
        assert_eq!(server.take_pings(), 1, "a check counts for half a minute");
        assert_eq!(count(&app, "select count(*) as n from job").await, 0);
    }

    async fn nobody_is_asked_at_the_address_of_the_defaults(app: TestApp) {
        let alice = app.user("alice").await;
        ask(&app, &["http://immich-machine-learning:3003"]).await;
        assert!(!has_search(&app).await);
        upload(&app, &alice, "red.jpg", [RED; 4]).await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from job").await, 0);
    }

    async fn an_answer_that_is_none_is_a_reason_and_stores_nothing(app: TestApp) {
        let server = MlServer::start(|_| clip(0));
        let alice = app.user("alice").await;
        ask(&app, &[&server.url]).await;
        let red = upload(&app, &alice, "red.jpg", [RED; 4]).await;
        run(&app).await;
        app.sql(stmt!("delete from asset_vector")).await;
        let short = json!({ "clip": "[0.5,0.5]" }).to_string();
        for (status, body, asked, reason) in [
            (500, "secret".to_owned(), 3, "status 500"),
            (404, String::new(), 3, "status 404"),
            (422, "secret".to_owned(), 1, "status 422"),
            (400, String::new(), 1, "status 400"),
            (200, "<html>".to_owned(), 3, "an answer that is none (line 1, column 1)"),
            (200, short, 3, "a vector of 2 numbers"),
            (200, json!({ "clip": "nonsense" }).to_string(), 3, "a vector that cannot be read, at character 2"),
            (200, " ".repeat(9 << 20), 3, "the answer is longer than 8388608 bytes"),
        ] {
            server.take_forms();
            server.say(move |_| (status, body.clone()));
            store(&app, JobName::SmartSearch, json!({ "id": red })).await;
            run_on(&app).await;
            let whole = format!("SmartSearch: machine learning service; {}: {reason}", server.url);
            assert_eq!(failures(&app).await, [whole]);
            assert_eq!((server.take_forms().len(), count(&app, VECTORS).await), (asked, 0), "{reason}");
            app.sql(stmt!("delete from job")).await;
        }
    }

    async fn the_next_address_is_asked(app: TestApp) {
        let mut app = app;
        let hasty = Arc::new(Hasty::default());
        app.app = app.app.clone().with_http(hasty.clone());
        let (first, second) = (MlServer::start(|_| clip(0)), MlServer::start(|_| clip(1)));
        let alice = app.user("alice").await;
        ask(&app, &[&first.url, &second.url]).await;
        let service = app.app.settings().await.unwrap().service().unwrap();
        assert!(app.app.is_service_up(service).await);
        assert_eq!(hasty.take_patience(), Some(Duration::from_secs(1)), "no client waits longer for what the server can do");
        let red = upload(&app, &alice, "red.jpg", [RED; 4]).await;
        run(&app).await;
        assert_eq!((first.take_forms().len(), second.take_forms().len()), (1, 0), "in their order");
        let again = async || {
            app.sql(stmt!("delete from asset_vector")).await;
            app.clock.advance(HOUR);
            store(&app, JobName::SmartSearch, json!({ "id": red })).await;
            run(&app).await;
            assert_eq!((failures(&app).await, count(&app, VECTORS).await), (Vec::new(), 1));
            (first.take_forms().len(), second.take_forms().len())
        };
        first.say(|_| (500, String::new()));
        assert_eq!(again().await, (1, 1));
        first.say(|_| (200, "garbage".to_owned()));
        assert_eq!(again().await, (1, 1));
        first.say(|_| {
            thread::sleep(Duration::from_secs(3));
            clip(0)
        });
        assert_eq!(again().await, (1, 1), "whoever is slow is not waited for");
        first.set_up(false);
        hasty.take_patience();
        assert_eq!(again().await, (0, 1), "whoever is away is not sent pictures");
        assert_eq!(hasty.take_patience(), Some(Duration::from_secs(40)), "and costs the others none of their time");
    }

    async fn a_slow_picture_keeps_nobody_else_waiting(app: TestApp) {
        let mut app = app;
        app.app = app.app.clone().with_http(Arc::new(Hasty::default()));
        let server = MlServer::start(|_| {
            thread::sleep(Duration::from_secs(3));
            clip(0)
        });
        let alice = app.user("alice").await;
        ask(&app, &[&server.url]).await;
        upload(&app, &alice, "slow.jpg", [RED; 4]).await;
        run(&app).await;
        let tried = "select count(*) as n from job where kind = 'SmartSearch' and state = 'waiting' and attempts = 1";
        assert_eq!(count(&app, tried).await, 1, "the attempt is counted");
        assert!(has_search(&app).await, "the service is there");
        server.say(|_| clip(1));
        upload(&app, &alice, "quick.jpg", [GREEN; 4]).await;
        run(&app).await;
        assert_eq!(count(&app, VECTORS).await, 1);
    }

    async fn nobody_is_asked_where_nothing_is_wanted(app: TestApp) {
        let server = MlServer::start(|_| clip(0));
        let admin = ask(&app, &[&server.url]).await;
        let path = "/api/system-config";
        let mut config = app.get(path).user(&admin).send().await.expect(200).json();
        config["machineLearning"]["enabled"] = json!(false);
        app.put(path).user(&admin).json(&config).send().await.expect(200);
        server.take_pings();
        app.clock.advance(HOUR);
        assert!(!has_search(&app).await);
        assert_eq!(server.take_pings(), 0);
    }

    async fn no_picture_is_read_for_a_service_that_is_away(app: TestApp) {
        let server = MlServer::start(|_| clip(0));
        let alice = app.user("alice").await;
        ask(&app, &[&server.url]).await;
        let red = upload(&app, &alice, "red.jpg", [RED; 4]).await;
        run(&app).await;
        let preview = "select path as n from asset_file where asset_id = ?1 and type = 'preview'";
        let key: String = app.sql(stmt!(preview, &red)).await.first().unwrap().get("n").unwrap();
        app.app.objects.delete(&[key]).await.unwrap();
        app.clock.advance(HOUR);
        server.set_up(false);
        store(&app, JobName::SmartSearch, json!({ "id": red })).await;
        run(&app).await;
        let reason: String = app.sql(stmt!("select last_error as n from job")).await.first().unwrap().get("n").unwrap();
        assert_eq!(reason, format!("machine learning service; {}: does not answer", server.url), "not that it has no preview");
    }

    async fn pictures_that_take_long_leave_others_for_the_next_turn(app: TestApp) {
        let server = MlServer::start(|_| clip(0));
        let alice = app.user("alice").await;
        ask(&app, &[&server.url]).await;
        let clock = app.clock.clone();
        server.say(move |_| {
            clock.advance(65_000);
            clip(0)
        });
        for name in ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg"] {
            upload(&app, &alice, name, [RED; 4]).await;
        }
        run(&app).await;
        let left = "select count(*) as n from job where kind = 'SmartSearch' and state = 'waiting' and attempts = 0";
        assert_eq!((count(&app, VECTORS).await, count(&app, left).await), (4, 1));
        app.clock.advance(HOUR);
        run(&app).await;
        assert_eq!((count(&app, VECTORS).await, failures(&app).await), (5, Vec::new()));
    }

    async fn jobs_wait_for_a_service_that_is_away(app: TestApp) {
        let server = MlServer::start(|_| clip(0));
        let alice = app.user("alice").await;
        ask(&app, &[&server.url]).await;
        server.set_up(false);
        assert!(!has_search(&app).await);
        upload(&app, &alice, "1.jpg", [RED; 4]).await;
        upload(&app, &alice, "2.jpg", [BLUE; 4]).await;
        run(&app).await;
        let sql = "select count(*) as n from job where kind = 'SmartSearch' and state = 'waiting' and attempts = 0";
        assert_eq!(count(&app, sql).await, 2, "no attempt is counted");
        let reason: String = app.sql(stmt!("select last_error as n from job")).await.first().unwrap().get("n").unwrap();
        assert_eq!(reason, format!("machine learning service; {}: does not answer", server.url));
        server.set_up(true);
        app.clock.advance(29_999);
        run(&app).await;
        assert!(!has_search(&app).await, "as last checked, however often jobs come");
        app.clock.advance(1);
        assert!(has_search(&app).await);
        app.clock.advance(HOUR);
        assert!(has_search(&app).await);
        run(&app).await;
        assert_eq!((count(&app, VECTORS).await, server.take_pings()), (2, 2));
        // One that stays away is a reason in the end.
        server.set_up(false);
        app.clock.advance(HOUR);
        upload(&app, &alice, "3.jpg", [GREEN; 4]).await;
        run_on(&app).await;
        assert_eq!(failures(&app).await, [format!("SmartSearch: {reason}")]);
        let body = json!({ "query": "red" });
        app.stop_recording();
        app.post("/api/search/smart").user(&alice).json(&body).send().await.expect(503);
    }
}
