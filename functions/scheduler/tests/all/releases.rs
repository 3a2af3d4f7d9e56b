//! The look for a new release.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use edge_platform::stmt;
use edge_testkit::{Area, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    Vec::new()
}

const HOUR: i64 = 60 * 60 * 1000;
/// An answer is there at once or not at all; a test that waits for ever says nothing.
const WAIT: Duration = Duration::from_secs(10);

/// A server that answers each request with the next of these bodies; the first lines of what it was asked.
fn releases(bodies: &'static [&'static str]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/version", listener.local_addr().unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        for body in bodies {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = [0; 4096];
            let mut text = String::new();
            while !text.contains("\r\n\r\n") {
                let count = stream.read(&mut bytes).unwrap();
                text.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).unwrap();
            tell.send(text.lines().next().unwrap_or_default().to_owned())
                .unwrap();
        }
    });
    (address, told)
}

async fn state(app: &TestApp) -> Value {
    let rows = app
        .sql(stmt!(
            "select value from system_metadata where key = 'version-check-state'"
        ))
        .await;
    let text: Option<String> = rows.first().map(|row| row.get("value").unwrap());
    text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
}

async fn minute(app: &TestApp) {
    app.tick().await;
    app.run_jobs().await;
}

/// What the devices were told of releases.
fn told(app: &TestApp) -> Vec<Value> {
    let events = app.take_events().into_iter().map(|(_, event)| event);
    events
        .filter(|event| event[0] == "on_new_release")
        .collect()
}

on_each_database! {
    async fn nobody_is_asked_unless_an_address_is_configured(app: TestApp) {
        app.admin().await;
        minute(&app).await;
        assert_eq!(state(&app).await, Value::Null);
        let (address, asked) = releases(&[r#"{"version":"9.0.0"}"#]);
        app.variables.set("version_check_url", &address);
        let off = json!({ "newVersionCheck": { "enabled": false } }).to_string();
        app.sql(stmt!("insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0)", off)).await;
        minute(&app).await;
        assert_eq!((state(&app).await, asked.try_recv().is_err()), (Value::Null, true));
    }

    async fn a_newer_release_is_told_once_an_hour(app: TestApp) {
        app.admin().await;
        let (address, asked) = releases(&[r#"{"version":"v3.1.0"}"#, "nothing", r#"{"version":"v4.0.0","published_at":"x"}"#]);
        app.variables.set("version_check_url", &address);
        minute(&app).await;
        assert_eq!(asked.recv_timeout(WAIT).unwrap(), "GET /version?channel=stable HTTP/1.1");
        assert_eq!(state(&app).await["releaseVersion"], "v3.1.0");
        assert!(told(&app).is_empty());
        minute(&app).await;
        app.clock.advance(HOUR);
        minute(&app).await;
        asked.recv_timeout(WAIT).unwrap();
        assert_eq!(state(&app).await["releaseVersion"], "v3.1.0", "an answer without a version changes nothing");
        minute(&app).await;
        assert!(asked.try_recv().is_err(), "not before the next hour");
        app.clock.advance(HOUR);
        minute(&app).await;
        asked.recv_timeout(WAIT).unwrap();
        let state = state(&app).await;
        assert_eq!(state["releaseVersion"], "v4.0.0");
        let version = |major: u32, minor: u32, patch: u32| json!({ "major": major, "minor": minor, "patch": patch, "prerelease": null });
        assert_eq!(told(&app), [json!(["on_new_release", {
            "isAvailable": true, "checkedAt": state["checkedAt"], "serverVersion": version(3, 2, 2), "releaseVersion": version(4, 0, 0),
            "type": "major",
        }])]);
    }
}
