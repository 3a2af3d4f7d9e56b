//! Nothing secret reaches the log, whatever goes wrong. The stories below log in, use keys and links and change
//! passwords, first on a sound server, then on one whose database refuses; they print their secrets to standard
//! output. A test runs them in a process of its own and looks for the secrets in what that logged.

use std::process::Command;

use edge_platform::{Statement, stmt};
use edge_testkit::{NewUser, PASSWORD, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{areas::areas, world::link_token};

/// What opens a line with a secret.
const MARK: &str = "secret: ";
const OLD_PASSWORD: &str = "an-old-password-0";
const NEW_PASSWORD: &str = "a-new-password-1";
const WRONG_PASSWORD: &str = "a-wrong-password-2";
const PIN: &str = "918273";
const LINK_KEY: &str = "a-key-of-a-shared-link";
const LINK_PASSWORD: &str = "a-password-of-a-link";

/// Makes every later insert or update of these tables fail, with the row in the database's message if it likes.
const SQLITE: &str = "create trigger break_{table} before {event} on {table} begin select raise(abort, 'broken'); end";
const POSTGRES: &str = "alter table {table} add constraint broken check (false) not valid";

/// What alice proves herself with.
struct Secrets {
    token: String,
    cookie: String,
    key: String,
}

#[expect(clippy::print_stdout, reason = "the other process reads it")]
fn tell(secret: &str) {
    println!("{MARK}{secret}");
}

async fn post(app: &TestApp, path: &str, token: &str, body: &Value) -> Reply {
    let bearer = format!("Bearer {token}");
    app.post(path)
        .header("authorization", &bearer)
        .json(body)
        .send()
        .await
}

async fn login(app: &TestApp, user: &NewUser, password: &str) -> Reply {
    let body = json!({ "email": user.email, "password": password });
    app.post("/api/auth/login").json(&body).send().await
}

/// A user who is logged in, with a key and a link; tells every secret.
async fn begin(app: &TestApp, user: &NewUser) -> Secrets {
    let change = json!({ "password": PASSWORD, "newPassword": OLD_PASSWORD });
    post(app, "/api/auth/change-password", &user.token, &change)
        .await
        .expect(200);
    let answer = login(app, user, OLD_PASSWORD).await.expect(201).json();
    let token = answer["accessToken"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let key = post(
        app,
        "/api/api-keys",
        &token,
        &json!({ "permissions": ["all"] }),
    )
    .await
    .expect(201);
    let key = key.json()["secret"].as_str().unwrap_or_default().to_owned();
    app.sql(stmt!(
        "insert into shared_link (id, key, user_id, type, password, created_at) values ('l', ?1, ?2, 'INDIVIDUAL', ?3, 0)",
        LINK_KEY, &user.id, LINK_PASSWORD
    )).await;
    let cookie = link_token("l", LINK_PASSWORD);
    let digests = "select token_digest as secret from session union all select key_digest from api_key union all select password from users";
    for row in app.sql(stmt!(digests)).await.iter() {
        tell(&row.get::<String>("secret").expect("a text"));
    }
    for secret in [&token, &key, &cookie, &user.email, &user.token] {
        tell(secret);
    }
    for secret in [
        OLD_PASSWORD,
        NEW_PASSWORD,
        WRONG_PASSWORD,
        PIN,
        LINK_KEY,
        LINK_PASSWORD,
    ] {
        tell(secret);
    }
    Secrets { token, cookie, key }
}

/// Says every secret in every place where it may be said; gives the statuses.
async fn say_all(app: &TestApp, user: &NewUser, secrets: &Secrets) -> Vec<u16> {
    let mut replies = say_as_credentials(app, secrets).await;
    replies.extend(say_in_bodies(app, user, &secrets.token).await);
    replies.iter().map(|reply| reply.status).collect()
}

async fn say_as_credentials(app: &TestApp, secrets: &Secrets) -> Vec<Reply> {
    let Secrets { token, cookie, key } = secrets;
    let mut replies = Vec::new();
    for (name, value) in [
        ("sessionKey", token.as_str()),
        ("apiKey", key),
        ("key", LINK_KEY),
    ] {
        for path in ["/api/users/me", "/api/timeline/buckets"] {
            replies.push(app.get(&format!("{path}?{name}={value}")).send().await);
        }
    }
    let cookies = format!("immich_access_token={token}; immich_shared_link_token={cookie}");
    let request = || app.get("/api/users/me").header("cookie", &cookies);
    replies.push(request().send().await);
    replies.push(
        request()
            .header("x-immich-share-key", LINK_KEY)
            .send()
            .await,
    );
    replies.push(app.get("/api/api-keys").key(key).send().await);
    replies
}

async fn say_in_bodies(app: &TestApp, user: &NewUser, token: &str) -> Vec<Reply> {
    let mut replies = vec![
        login(app, user, OLD_PASSWORD).await,
        login(app, user, WRONG_PASSWORD).await,
    ];
    let change = |password: &str| json!({ "password": password, "newPassword": NEW_PASSWORD });
    for (path, body) in [
        ("/api/auth/pin-code", json!({ "pinCode": PIN })),
        ("/api/auth/session/unlock", json!({ "pinCode": PIN })),
        ("/api/api-keys", json!({ "permissions": ["all"] })),
        ("/api/sessions", json!({})),
        ("/api/auth/change-password", change(WRONG_PASSWORD)),
        ("/api/auth/change-password", change(OLD_PASSWORD)),
    ] {
        replies.push(post(app, path, token, &body).await);
    }
    let bearer = format!("Bearer {token}");
    let update = app.put("/api/users/me").header("authorization", &bearer);
    let body = json!({ "password": OLD_PASSWORD });
    replies.push(update.json(&body).send().await);
    replies
}

on_each_database! {
    async fn flows(app: TestApp) {
        let alice = app.user("alice").await;
        let secrets = begin(&app, &alice).await;
        let statuses = say_all(&app, &alice, &secrets).await;
        assert!(statuses.iter().all(|status| *status < 500), "{statuses:?}");

        // From here on failures are what is wanted.
        app.stop_recording();
        let (text, events) = match app.app.db().dialect() {
            edge_platform::Dialect::Sqlite => (SQLITE, &["insert", "update"][..]),
            edge_platform::Dialect::Postgres => (POSTGRES, &["any"][..]),
        };
        for table in ["users", "session", "api_key"] {
            for event in events {
                let sql = text.replace("{table}", table).replace("break_", &format!("break_{event}_")).replace("{event}", event);
                app.sql(Statement::new(sql, Vec::new())).await;
            }
        }
        let statuses = say_all(&app, &alice, &secrets).await;
        assert!(statuses.contains(&500), "writes fail: {statuses:?}");

        for table in ["users", "session"] {
            app.sql(Statement::new(format!("alter table {table} rename to {table}_away"), Vec::new())).await;
        }
        let statuses = say_all(&app, &alice, &secrets).await;
        assert!(statuses.iter().all(|status| *status >= 400), "reads fail: {statuses:?}");
    }
}

#[test]
fn no_secret_is_logged() {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(["secrets::flows", "--nocapture"])
        .output()
        .expect("it runs");
    let (told, logged) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{told}\n{logged}");
    let secrets: Vec<&str> = told
        .lines()
        .filter_map(|line| line.split_once(MARK))
        .map(|(_, secret)| secret)
        .collect();
    assert!(secrets.len() > 20, "{told}");
    assert!(
        logged.contains("POST /api/auth/login: "),
        "failures are logged: {logged}"
    );
    for secret in secrets {
        assert!(
            !logged.contains(secret),
            "{secret} is in the log:\n{logged}"
        );
    }
}
