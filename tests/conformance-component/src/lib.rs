//! Runs the conformance suite against the Spin adapters, inside a component.
//!
//! `GET /database`, `/objects`, `/queue`, `/system` and `/http?url=` answer the outcomes as JSON. The
//! variable `postgres_url` decides which database is meant. `POST /internal/wake` notes the job ids of
//! wake-ups on the database, and `/received` counts them. `/trap` ends the instance as a bug would.
#![cfg(target_os = "wasi")]

use axum::{
    Json, Router,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use edge_conformance::Outcome;
use edge_http::App;
use edge_platform::{
    DbError,
    spin::{Ports, SpinHttp},
    stmt,
};
use http::StatusCode;

/// The checks, and where wake-ups arrive.
fn routes(_path: &str) -> Router<App> {
    Router::new()
        .route("/database", get(database))
        .route("/objects", get(objects))
        .route("/queue", get(queue))
        .route("/http", get(http))
        .route("/system", get(system))
        .route("/internal/wake", post(note))
        .route("/received", get(received))
        .route("/trap", get(trap))
}

edge_http::spin_service!(|request| edge_http::spin::serve(&[], routes, request));

type Answer = Json<Vec<Outcome>>;

async fn database(State(app): State<App>) -> Answer {
    Json(edge_conformance::database(&*app.db).await)
}

async fn objects(State(app): State<App>) -> Answer {
    Json(edge_conformance::objects(&*app.objects).await)
}

async fn queue(State(app): State<App>) -> Result<Answer, Response> {
    let table = "create table if not exists conformance_wake (id text)";
    let statements = vec![stmt!(table), stmt!("delete from conformance_wake")];
    app.db.batch(statements).await.map_err(failed)?;
    Ok(Json(edge_conformance::queue(&*app.queue).await))
}

async fn http(Query(query): Query<Vec<(String, String)>>) -> Answer {
    let server = query.into_iter().find(|(name, _)| name == "url");
    let server = server.map(|(_, url)| url).unwrap_or_default();
    Json(edge_conformance::http(&SpinHttp, &server).await)
}

async fn system() -> Answer {
    let ports = Ports::load().await;
    Json(edge_conformance::system(&*ports.clock, &*ports.random))
}

/// What a bug could do: the instance ends with its connection open.
async fn trap(State(app): State<App>) {
    drop(app.db.run(stmt!("select 1 as one")).await);
    std::process::abort();
}

async fn note(
    State(app): State<App>,
    Json(ids): Json<Vec<String>>,
) -> Result<StatusCode, Response> {
    let insert = "insert into conformance_wake (id) values (?1)";
    let statements = ids.into_iter().map(|id| stmt!(insert, id)).collect();
    app.db.batch(statements).await.map_err(failed)?;
    Ok(StatusCode::ACCEPTED)
}

async fn received(State(app): State<App>) -> Result<String, Response> {
    let count = "select count(distinct id) as n from conformance_wake";
    let rows = app.db.run(stmt!(count)).await.map_err(failed)?;
    let row = rows
        .first()
        .ok_or_else(|| failed(DbError::Other("no row".into())))?;
    let count: i64 = row.get("n").map_err(failed)?;
    Ok(count.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn failed(error: DbError) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
}
