//! The area oauth over HTTP, with a provider on a real socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod accounts;
mod links;
mod login;
mod logout;
mod provider;
#[path = "../../../../shared/oidc/tests/signer/mod.rs"]
mod signer;
mod tokens;

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, Request, TestApp};
use provider::Provider;
use serde_json::{Value, json};

/// Where the web app waits.
const WEB: &str = "https://photos.test/auth/login";

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_oauth::ROUTES, fn_oauth::routes()),
        Area::new(fn_auth::ROUTES, fn_auth::routes()),
        Area::new(fn_auth_admin::ROUTES, fn_auth_admin::routes()),
    ]
}

/// The `name=value` of each cookie that an answer sets.
fn cookies(reply: &Reply) -> Vec<String> {
    let lines = reply.headers.get_all("set-cookie").iter();
    lines
        .map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect()
}

/// A login that was approved and waits to be finished.
struct Approved {
    /// The cookies of the browser.
    cookies: String,
    /// The address that it was sent back to.
    url: String,
}

/// Begins a login as the web app does, and says yes at the provider.
async fn approve(app: &TestApp, provider: &Provider) -> Approved {
    let body = json!({ "redirectUri": WEB });
    let begun = app
        .post("/api/oauth/authorize")
        .json(&body)
        .send()
        .await
        .expect(201);
    let url = begun.json()["url"].as_str().unwrap().to_owned();
    Approved {
        cookies: cookies(&begun).join("; "),
        url: provider.approve(&url),
    }
}

/// Finishes a login or a link.
async fn finish(request: Request<'_>, approved: &Approved) -> Reply {
    let request = request.header("cookie", &approved.cookies);
    request.json(&json!({ "url": approved.url })).send().await
}

/// Logs in as the web app does.
async fn log_in(app: &TestApp, provider: &Provider) -> Reply {
    let approved = approve(app, provider).await;
    finish(app.post("/api/oauth/callback"), &approved).await
}

/// Links the account of a user as the web app does.
async fn link(app: &TestApp, provider: &Provider, user: &NewUser) -> Reply {
    let approved = approve(app, provider).await;
    finish(app.post("/api/oauth/link").user(user), &approved).await
}

async fn sessions(app: &TestApp) -> i64 {
    app.count(stmt!("select count(*) as n from session")).await
}

/// One column of the account with this e-mail, as text.
async fn column(app: &TestApp, email: &str, name: &str) -> Option<String> {
    let sql = format!("select cast({name} as text) as it from users where email = ?1");
    let rows = app
        .sql(edge_platform::Statement::new(sql, vec![email.into()]))
        .await;
    rows.first().and_then(|row| row.get("it").unwrap())
}

fn failed(reply: Reply) {
    assert_eq!(
        reply.expect(500).json(),
        json!({ "message": "Failed to finish oauth" })
    );
}

/// A provider, and an app that is configured for it.
async fn start(app: &TestApp, changes: &Value) -> Provider {
    let provider = Provider::start("ES256");
    provider.configure(app, changes).await;
    provider
}
