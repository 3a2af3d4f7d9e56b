//! HTTP in, HTTP out of the sync stream. All of it belongs to a session: API keys are refused.

use axum::{Json, body::Body, extract::State, response::IntoResponse};
use edge_api::{
    enums::SyncEntityType,
    perm::{SyncCheckpointDelete, SyncCheckpointRead, SyncCheckpointUpdate, SyncStream},
    sync::{Ack, AckResponse, DeleteAcks, SetAcks, StreamRequest},
};
use edge_http::{App, Auth, Error, Guard, Response, Result, Valid, serve};
use edge_store::{
    caller::{Caller, Kind, SessionCaller},
    sync::{self, Opening},
};
use futures::stream;
use http::header;

use crate::{
    lines,
    plan::{self, Of, Plan},
    reader::Reader,
};

/// What the stream's body is called.
const JSON_LINES: &str = "application/jsonlines+json";

/// The session's checkpoints (`getSyncAck`). One round trip.
pub async fn acks(
    guard: Guard<SyncCheckpointRead>,
    State(app): State<App>,
) -> Result<Json<Vec<AckResponse>>> {
    let (auth, results) = guard.admit(&app, vec![sync::checkpoints()]).await?;
    session(&auth)?;
    let rows = results.into_iter().next().unwrap_or_default();
    Ok(Json(sync::responses(&rows)?))
}

/// Moves checkpoints on (`sendSyncAck`). Two round trips.
pub async fn acknowledge(
    auth: Auth<SyncCheckpointUpdate>,
    State(app): State<App>,
    Valid(SetAcks { acks }): Valid<SetAcks>,
) -> Result<Response> {
    let session = session(&auth)?;
    let mut kept: Vec<Ack> = Vec::new();
    for text in &acks {
        let ack = Ack::parse(text).map_err(|error| Error::bad_request(error.to_string()))?;
        if ack.kind == SyncEntityType::SyncResetV1 {
            app.db().batch(sync::batch_reset(&session.id)).await?;
            return Ok(serve::no_content());
        }
        kept.retain(|other| other.kind != ack.kind);
        kept.push(ack);
    }
    if !kept.is_empty() {
        let statement = sync::acknowledge(&session.id, &kept, app.now());
        app.db().run(statement).await?;
    }
    Ok(serve::no_content())
}

/// Forgets checkpoints, so that their lines are sent again (`deleteSyncAck`). Two round trips.
pub async fn forget(
    auth: Auth<SyncCheckpointDelete>,
    State(app): State<App>,
    Valid(DeleteAcks { types }): Valid<DeleteAcks>,
) -> Result<Response> {
    let session = session(&auth)?;
    let statement = match types {
        Some(types) => sync::forget(&session.id, &types),
        None => sync::forget_all(&session.id),
    };
    app.db().run(statement).await?;
    Ok(serve::no_content())
}

/// What has changed since the session's checkpoints, as JSON lines (`getSyncStream`). Two round trips, and one for
/// each further page.
pub async fn stream(
    guard: Guard<SyncStream>,
    State(app): State<App>,
    Valid(StreamRequest { types, reset }): Valid<StreamRequest>,
) -> Result<Response> {
    let [albums, partners] = [Of::Albums, Of::Partners].map(|of| plan::backfills(&types, of));
    let (auth, results) = guard.admit(&app, sync::opening(&albums, &partners)).await?;
    let session = session(&auth)?;
    plan::check(&types)?;
    let mut opening = Opening::read(&results)?;
    let mut writes = Vec::new();
    if reset {
        opening.checkpoints.clear();
        writes = sync::batch_reset(&session.id);
    } else if session.is_pending_sync_reset || plan::was_away_too_long(&opening) {
        let line = lines::mark(SyncEntityType::SyncResetV1, &Ack::reset());
        return Ok(answer(line.into()));
    }
    let plan = Plan::new(&auth.user_id, &types, &opening);
    if !plan.acks.is_empty() {
        writes.push(sync::acknowledge(&session.id, &plan.acks, app.now()));
    }
    let mut reader = Reader::new(app, plan, opening.bound, writes);
    // Before the answer begins, a failure is still an error of its own.
    let first = reader.next().await?;
    Ok(answer(if reader.is_complete() {
        first.into()
    } else {
        rest(first, reader)
    }))
}

/// A body that is read while it is sent. When reading fails it just ends, without the line that calls it complete.
fn rest(first: String, reader: Reader) -> Body {
    let state = (Some(first), reader);
    Body::from_stream(stream::unfold(state, |(first, mut reader)| async move {
        let lines = match first {
            Some(lines) => Ok(lines),
            None if reader.is_complete() || reader.is_exhausted() => return None,
            None => reader.next().await,
        };
        match lines {
            Ok(lines) => Some((Ok::<_, std::convert::Infallible>(lines), (None, reader))),
            Err(error) => {
                serve::log(&format!("POST /api/sync/stream: broke off: {error:?}"));
                None
            }
        }
    }))
}

fn answer(body: Body) -> Response {
    ([(header::CONTENT_TYPE, JSON_LINES)], body).into_response()
}

/// The caller's session. Errors: 403 for API keys.
fn session(caller: &Caller) -> Result<&SessionCaller> {
    match &caller.kind {
        Kind::Session(session) => Ok(session),
        Kind::ApiKey(_) | Kind::Link(_) => Err(Error::forbidden(
            "Sync endpoints cannot be used with API keys",
        )),
    }
}
