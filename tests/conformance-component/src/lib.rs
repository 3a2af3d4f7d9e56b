//! Runs the conformance suite against the Spin adapters, inside a component.
//!
//! `GET /database`, `/objects`, `/queue`, `/system`, `/http?url=` and `/patience?url=` answer the outcomes as JSON. The
//! variable `postgres_url` decides which database is meant. `POST /internal/wake` and the Redis trigger note the
//! job ids of wake-ups on the database, and `/received?way=http` or `redis` counts them. `/trap` ends the instance as a bug would.
#![cfg(target_os = "wasi")]

use axum::{
    Json, Router,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use edge_conformance::Outcome;
use edge_http::{App, spin_subscriber::Error as MessageError};
use edge_platform::{
    Database, DbError,
    spin::{Invocation, Ports, SpinHttp},
    stmt,
};
use http::StatusCode;

/// The checks, and where wake-ups arrive.
fn routes() -> Router<App> {
    Router::new()
        .route("/database", get(database))
        .route("/objects", get(objects))
        .route("/queue", get(queue))
        .route("/http", get(http))
        .route("/patience", get(patience))
        .route("/system", get(system))
        .route("/internal/wake", post(note))
        .route("/received", get(received))
        .route("/trap", get(trap))
}

edge_http::spin_service!(|request| edge_http::spin::serve(
    &[],
    routes,
    edge_http::spin::alone,
    request
));
edge_http::spin_subscriber!(|message| note_message(message));

type Answer = Json<Vec<Outcome>>;

async fn database(State(app): State<App>) -> Answer {
    Json(edge_conformance::database(&*app.db).await)
}

async fn objects(State(app): State<App>) -> Answer {
    Json(edge_conformance::objects(&*app.objects).await)
}

async fn queue(State(app): State<App>) -> Result<Answer, Response> {
    let table = "create table if not exists conformance_wake (id text, way text)";
    let statements = vec![stmt!(table), stmt!("delete from conformance_wake")];
    app.db.batch(statements).await.map_err(failed)?;
    Ok(Json(edge_conformance::queue(&*app.queue).await))
}

async fn http(Query(query): Query<Vec<(String, String)>>) -> Answer {
    Json(edge_conformance::http(&SpinHttp, &server(query)).await)
}

async fn patience(Query(query): Query<Vec<(String, String)>>) -> Answer {
    Json(edge_conformance::patience(&SpinHttp, &server(query)).await)
}

fn server(query: Vec<(String, String)>) -> String {
    let server = query.into_iter().find(|(name, _)| name == "url");
    server.map(|(_, url)| url).unwrap_or_default()
}

async fn system() -> Answer {
    let ports = Ports::load(Invocation::Request).await;
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
    keep(&*app.db, ids, "http").await.map_err(failed)?;
    Ok(StatusCode::ACCEPTED)
}

/// What the Redis trigger brings.
async fn note_message(message: Vec<u8>) -> Result<(), MessageError> {
    let failed = |error: String| MessageError::Other(error);
    let ids = serde_json::from_slice(&message).map_err(|error| failed(error.to_string()))?;
    let ports = Ports::load(Invocation::Message).await;
    let kept = keep(&*ports.db, ids, "redis").await;
    kept.map_err(|error| failed(error.to_string()))
}

async fn keep(db: &dyn Database, ids: Vec<String>, way: &str) -> Result<(), DbError> {
    let insert = "insert into conformance_wake (id, way) values (?1, ?2)";
    let statements = ids.into_iter().map(|id| stmt!(insert, id, way)).collect();
    db.batch(statements).await.map(drop)
}

async fn received(
    State(app): State<App>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<String, Response> {
    let way = query.into_iter().find(|(name, _)| name == "way");
    let way = way.map(|(_, way)| way).unwrap_or_default();
    let count = "select count(distinct id) as n from conformance_wake where way = ?1";
    let rows = app.db.run(stmt!(count, way)).await.map_err(failed)?;
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
