//! Files that are no good: nothing is changed, or it is put back.

use edge_http::backup::{gzip, member};
use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{
    areas, back_up,
    contents::{assert_same, contents, fill},
    restore, status,
};

/// All lines of a dump.
fn lines(mut bytes: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let member = member(bytes).unwrap().unwrap();
        all.extend(member.text.lines().map(str::to_owned));
        bytes = &bytes[member.length..];
    }
    all
}

/// A dump of these lines, whose end is right.
fn packed(lines: &[String]) -> Vec<u8> {
    let mut lines = lines.to_vec();
    let rows = lines.iter().filter(|line| line.starts_with('[')).count();
    *lines.last_mut().unwrap() = json!({ "end": rows }).to_string();
    gzip(&(lines.join("\n") + "\n"))
}

/// Changes the first row of a table.
fn change(lines: &[String], table: &str, column: &str, value: &Value) -> Vec<String> {
    let mut lines = lines.to_vec();
    let head = format!("\"table\":\"{table}\"");
    let at = lines.iter().position(|line| line.contains(&head)).unwrap();
    let head: Value = serde_json::from_str(&lines[at]).unwrap();
    let place = head["columns"]
        .as_array()
        .unwrap()
        .iter()
        .position(|name| name == column)
        .unwrap();
    let mut row: Value = serde_json::from_str(&lines[at + 1]).unwrap();
    row[place] = value.clone();
    lines[at + 1] = row.to_string();
    lines
}

/// Replaces a part of the heads of tables.
fn rename(lines: &[String], from: &str, to: &str) -> Vec<String> {
    lines
        .iter()
        .map(|line| {
            if line.starts_with('{') {
                line.replace(from, to)
            } else {
                line.clone()
            }
        })
        .collect()
}

on_each_database! {
    async fn a_file_that_is_no_good_changes_nothing(app: TestApp) {
        let admin = fill(&app).await;
        let (_, bytes) = back_up(&app, &admin).await;
        let there = contents(&app).await;
        let all = lines(&bytes);
        let mut flipped = bytes.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0x10;
        let without_admin = change(&all, "users", "id", &json!("x"));
        let without_admin: Vec<String> = without_admin.iter().map(|line| line.replace(&format!("[\"{}\"", admin.id), "[\"y\"")).collect();
        let long = [all.clone(), vec![json!(["more"]).to_string()]].concat();
        let reversed: Vec<String> = [&all[..1], &all[1..].iter().rev().cloned().collect::<Vec<_>>()[..]].concat();
        let mut short = all.clone();
        short.remove(5);
        let cases: [(&str, Vec<u8>, &str); 13] = [
            ("cut", bytes[..bytes.len() - 20].to_vec(), "ends too early"),
            ("without its last member", bytes[..member(&bytes).unwrap().unwrap().length].to_vec(), "ends too early"),
            ("flipped", flipped, "damaged"),
            ("rows missing", gzip(&(short.join("\n") + "\n")), "rows are missing"),
            ("psql", gzip("--\n-- PostgreSQL database dump\n--\ndrop table users;\n"), "Not a database backup"),
            ("plain", b"-- PostgreSQL database dump\ndrop table users;\n".to_vec(), "damaged"),
            ("behind the end", gzip(&(long.join("\n") + "\n")), "behind its end"),
            ("another table", packed(&rename(&all, "\"table\":\"users\"", "\"table\":\"users; drop table asset\"")), "later version"),
            ("another column", packed(&rename(&all, "\"email\"", "\"email) values ('')--\"")), "later version"),
            ("a column missing", packed(&change(&all, "users", "email", &json!(7))), "kind of value in email"),
            ("a zero byte", packed(&change(&all, "users", "name", &json!("a\0"))), "kind of value in name"),
            ("another order", packed(&reversed), "damaged"),
            ("bytes of zero", vec![0; 4096], "damaged"),
        ];
        let mut cookie = String::new();
        for (what, bytes, reason) in cases {
            let (told, kept) = restore_again(&app, &admin, &mut cookie, &bytes).await;
            assert_eq!((&told["active"], &told["action"], &told["task"]), (&json!(true), &json!("restore_database"), &json!("error")), "{what}");
            assert!(told["error"].as_str().unwrap().contains(reason), "{what}: {told}");
            assert_eq!(status(&app, "").await["error"], "Something went wrong, see logs!");
            assert_same(&kept, &there);
        }
        let told = restore_again(&app, &admin, &mut cookie, &packed(&rename(&without_admin, "\"is_admin\",", ""))).await.0;
        assert_ne!(told["error"], Value::Null);
        app.post("/api/admin/maintenance").header("cookie", &cookie).json(&json!({ "action": "end" })).send().await.expect(201);
        app.get("/api/server/about").user(&admin).send().await.expect(200);
    }

    /// The database refuses a row when half of the others are there.
    async fn what_fails_late_is_undone(app: TestApp) {
        let admin = fill(&app).await;
        let (_, bytes) = back_up(&app, &admin).await;
        let there = contents(&app).await;
        let broken = packed(&change(&lines(&bytes), "album", "asset_order", &json!("sideways")));
        let (told, cookie) = restore(&app, &admin, &broken).await;
        assert_eq!((&told["active"], &told["task"]), (&json!(true), &json!("error")));
        assert!(told["error"].as_str().unwrap().to_lowercase().contains("check"), "{told}");
        assert_same(&contents(&app).await, &there);
        let (holder, public): (Vec<_>, Vec<_>) = waiting(&app).into_iter().partition(|(room, _)| room == "holder");
        let mut tasks: Vec<&str> = holder.iter().map(|(_, status)| status["task"].as_str().unwrap()).collect();
        tasks.dedup();
        assert_eq!(tasks, ["backup", "restore", "rollback", "error"]);
        assert_eq!(holder.last().unwrap().1, told);
        assert_eq!((public.len(), &public.last().unwrap().1["error"]), (holder.len(), &json!("Something went wrong, see logs!")));
        app.post("/api/admin/maintenance").header("cookie", &cookie).json(&json!({ "action": "end" })).send().await.expect(201);
        app.get("/api/server/about").user(&admin).send().await.expect(200);
    }

    /// Pages are read one after the other: what went meanwhile is in some of them only.
    async fn what_pages_do_not_agree_about_is_left_out(app: TestApp) {
        let admin = app.admin().await;
        let (kept, gone, bare) = (app.asset(&admin).insert().await, app.asset(&admin).insert().await, app.asset(&admin).insert().await);
        let (_, bytes) = back_up(&app, &admin).await;
        let all = lines(&bytes);
        let lost = |line: &&String| {
            let is_asset = line.starts_with(&format!("[\"{gone}\",\"{}\",null", admin.id)) && line.contains("IMAGE");
            let is_exif = line.starts_with(&format!("[\"{bare}\",\"{}\"", admin.id)) && !line.contains("IMAGE");
            !is_asset && !is_exif
        };
        let all: Vec<String> = all.iter().filter(lost).cloned().collect();
        assert_eq!(all.len(), lines(&bytes).len() - 2);
        let hostile = json!(["maintenance-mode", "{\"secret\":\"x\"}", 1]).to_string();
        let at = all.iter().position(|line| line.contains("\"table\":\"system_metadata\""));
        let mut all = all;
        if let Some(at) = at {
            all.insert(at + 1, hostile);
        } else {
            let head = json!({ "table": "system_metadata", "columns": ["key", "value", "updated_at"], "link": false });
            all.insert(all.len() - 1, head.to_string());
            all.insert(all.len() - 1, hostile);
        }
        let (told, _) = restore(&app, &admin, &packed(&all)).await;
        assert_eq!(told, json!({ "active": false, "action": "end" }));
        let left = app.sql(stmt!("select id from asset")).await;
        let left: Vec<String> = left.iter().map(|row| row.get("id").unwrap()).collect();
        assert_eq!(left, [kept]);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_exif")).await, 1);
    }
}

/// What those who wait for the end of the mode were told of it: their room, and the status.
fn waiting(app: &TestApp) -> Vec<(String, Value)> {
    let mut told = app.take_deliveries();
    told.retain(|told| told.user == "maintenance");
    let told = told.into_iter().map(|told| {
        let frame = told.frame.unwrap();
        let status = frame.strip_prefix("42[\"MaintenanceStatusV1\",").unwrap();
        let status = status.strip_suffix(']').unwrap();
        (told.room.unwrap(), serde_json::from_str(status).unwrap())
    });
    told.collect()
}

/// Restores by session the first time, and by cookie when the mode is on. What is said, and what there is then.
async fn restore_again(
    app: &TestApp,
    admin: &edge_testkit::NewUser,
    cookie: &mut String,
    bytes: &[u8],
) -> (Value, Vec<String>) {
    let told = if cookie.is_empty() {
        let (told, new) = restore(app, admin, bytes).await;
        *cookie = new;
        told
    } else {
        let key = edge_http::backup::key("dump.sql.gz");
        app.app
            .objects
            .put(&key, bytes.to_vec().into(), "application/gzip")
            .await
            .unwrap();
        let body = json!({ "action": "restore_database", "restoreBackupFilename": "dump.sql.gz" });
        let request = app.post("/api/admin/maintenance").header("cookie", cookie);
        request.json(&body).send().await.expect(201);
        edge_testkit_jobs::RunJobs::run_jobs(app).await;
        status(app, cookie).await
    };
    (told, contents(app).await)
}
