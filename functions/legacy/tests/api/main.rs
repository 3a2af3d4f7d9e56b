//! Clients of 2.7 over HTTP, in process, on SQLite and PostgreSQL, beside today's.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

mod albums;
mod assets;
mod older;
mod removed;
mod replaced;
mod small;

use edge_testkit::{Area, NewUser, TestApp};

/// The areas under test.
fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_legacy::ROUTES, fn_legacy::entrances()),
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
        Area::new(fn_api_keys::ROUTES, fn_api_keys::routes()),
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_auth::ROUTES, fn_auth::routes()),
        Area::new(fn_delivery::ROUTES, fn_delivery::routes()),
        Area::new(fn_faces::ROUTES, fn_faces::routes()),
        Area::new(fn_plugins::ROUTES, fn_plugins::routes()),
        Area::new(fn_search::ROUTES, fn_search::routes()),
        Area::new(fn_server::ROUTES, fn_server::routes()),
        Area::new(fn_shared_links::ROUTES, fn_shared_links::routes()),
        Area::new(fn_sync::ROUTES, fn_sync::routes()),
        Area::new(fn_system_config::ROUTES, fn_system_config::routes()),
        Area::new(fn_timeline::ROUTES, fn_timeline::routes()),
        Area::new(fn_users::ROUTES, fn_users::routes()),
        Area::new(fn_workflows::ROUTES, fn_workflows::routes()),
    ]
}

/// The form of an upload as the app of 2.7 sends it.
fn form(name: &str, content: &str, duration: &str) -> String {
    let field = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    format!(
        "{}{}{}{}{}--b\r\nContent-Disposition: form-data; name=\"assetData\"; filename=\"{name}\"\r\n\r\n{content}\r\n--b--\r\n",
        field("deviceAssetId", &format!("{name}-1")),
        field("deviceId", "phone"),
        field("fileCreatedAt", "2024-03-01T10:00:00.000Z"),
        field("fileModifiedAt", "2024-03-01T10:00:00.000Z"),
        field("duration", duration),
    )
}

/// Uploads a file as the app of 2.7 does; its id.
async fn upload(app: &TestApp, user: &NewUser, name: &str, content: &str) -> String {
    let reply = app
        .post("/v2/api/assets")
        .user(user)
        .body(
            "multipart/form-data; boundary=b",
            form(name, content, "0:00:12.500000"),
        )
        .send()
        .await
        .expect(201);
    reply.json()["id"].as_str().unwrap().to_owned()
}
