//! Sessions of live transcoding in the hands of companions (docs/companion.md, "Live transcoding").

use axum::{Json, body::Body, extract::State};
use edge_http::{
    App, Error, Response, Result,
    extract::{Params, read_limited},
    media::{self, Delivery},
    serve::{log, no_content},
};
use edge_leases::caller::{Companion, Holder, Told, admitted};
use edge_protocol::{
    stream::{VARIANTS, parse_piece, piece_name},
    token::Scope,
    wire::{Failed, Known, LONGEST_TEXT, LeaseRequest, Next, Stream, WHOLE_OUTPUT, Wanted},
};
use edge_store::{companions, hls::held, jobs::companion::Answer};
use http::HeaderMap;

use crate::handlers::about;

/// When a companion asks again that has nothing to do here, ms: live transcoding is switched off.
const OFF: u64 = 30_000;
/// When one asks again that found nothing, ms.
const SOON: u64 = 50;
/// Pause between two looks for a session, ms, and how many there are. A Worker of the free plan may ask fifty questions in all.
const LOOKS: (u64, u32) = (250, 32);
/// The same for what a viewer wants; together much less than a lease.
const CHANGES: (u64, u32) = (150, 13);

/// Gives the companion a session that nobody serves; waits some seconds for one (`nextCompanionStream`).
pub async fn next(
    Companion(grant): Companion,
    State(app): State<App>,
    Told(request): Told<LeaseRequest>,
) -> Result<Json<Next>> {
    let nothing = |again| {
        Ok(Json(Next {
            stream: None,
            again,
        }))
    };
    let about = about(&request, &grant.scopes)?;
    if !grant.scopes.contains(&Scope::Transcode) {
        return nothing(OFF);
    }
    let config = app.settings().await?;
    if !config.flag("/ffmpeg/realtime/enabled") {
        return nothing(OFF);
    }
    let now = app.now();
    let seen = vec![
        companions::known(&grant.id, &grant.name, &about, now),
        companions::seen_for_streams(&grant.id, now),
    ];
    app.db().batch(seen).await?;
    for _ in 0..LOOKS.1 {
        let waiting = held::waiting(app.db(), &grant.id, app.now()).await?;
        if let Some(id) = admitted(waiting)? {
            let lease_id = app.uuid();
            let ids = (grant.id.as_str(), lease_id.as_str());
            if let Some(taken) = held::take(app.db(), ids, &id, app.now()).await? {
                let stream = Stream {
                    session: taken.id,
                    lease: lease_id,
                    facts: taken.video.facts,
                    timing: taken.video.timing,
                    config: config.as_value()["ffmpeg"].clone(),
                    wanted: taken.wanted,
                };
                let stream = Some(stream);
                return Ok(Json(Next { stream, again: 0 }));
            }
        }
        app.pause(LOOKS.0).await;
    }
    nothing(SOON)
}

/// Tells what the viewer wants, as soon as that changes, and renews the lease (`readCompanionStream`). 412: the session is over, or
/// somebody else's.
pub async fn wanted(
    holder: Holder,
    State(app): State<App>,
    Told(known): Told<Known>,
) -> Result<Json<Wanted>> {
    let mut answer = held::renew(app.db(), holder.companion_id(), holder.ids(), app.now()).await?;
    for _ in 0..CHANGES.1 {
        match answer {
            Answer::Found(wanted) if wanted.change == known.change => {}
            _ => break,
        }
        app.pause(CHANGES.0).await;
        answer = held::wanted_now(app.db(), holder.companion_id(), holder.ids()).await?;
    }
    kept(answer).map(Json)
}

/// The original of a session's video, whole or a range of it (`readCompanionStreamOriginal`).
pub async fn original(
    holder: Holder,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response> {
    let path = held::original(app.db(), holder.companion_id(), holder.ids()).await?;
    let delivery = Delivery {
        key: &kept(path)?,
        content_type: "application/octet-stream",
        file_name: None,
        cache: None,
        missing: "The original is missing",
    };
    media::deliver(&app, &headers, delivery).await
}

/// Takes a segment and tells what the viewer wants now (`writeCompanionSegment`).
pub async fn segment(
    holder: Holder,
    State(app): State<App>,
    params: Params,
    body: Body,
) -> Result<Json<Wanted>> {
    let unknown = || Error::bad_request("There is no such segment");
    let variant: Option<u8> = params.text("variant").parse().ok();
    let variant = variant
        .filter(|index| usize::from(*index) < VARIANTS.len())
        .ok_or_else(unknown)?;
    let number = parse_piece(params.text("name")).ok_or_else(unknown)?;
    let bytes = read_limited(body, WHOLE_OUTPUT).await?;
    if bytes.is_empty() {
        return Err(Error::bad_request("The segment is empty"));
    }
    let file = format!("{variant}/{}", piece_name(number));
    let (companion, ids) = (holder.companion_id(), holder.ids());
    let key = kept(held::register(app.db(), companion, ids, &file, app.now()).await?)?;
    app.objects.put(&key, bytes, "video/mp4").await?;
    let stored = held::store(app.db(), ids, (variant, number), &key, app.now()).await?;
    stored.map(Json).ok_or(Error::PreconditionFailed)
}

/// Ends a session that cannot be served (`failCompanionStream`). Its viewer is told 404.
pub async fn fail(
    holder: Holder,
    State(app): State<App>,
    Told(failed): Told<Failed>,
) -> Result<Response> {
    let reason: String = failed.reason.chars().take(LONGEST_TEXT).collect();
    kept(held::renew(app.db(), holder.companion_id(), holder.ids(), app.now()).await?)?;
    let (session, lease) = holder.ids();
    log(&format!("stream {session}: {reason}"));
    app.db()
        .batch(held::give_up(session, lease, app.now()))
        .await?;
    Ok(no_content())
}

/// Gives a session back: the companion stops (`releaseCompanionStream`).
pub async fn release(holder: Holder, State(app): State<App>) -> Result<Response> {
    kept(held::renew(app.db(), holder.companion_id(), holder.ids(), app.now()).await?)?;
    let (session, lease) = holder.ids();
    held::release(app.db(), session, lease).await?;
    Ok(no_content())
}

/// What a look for a session gave. 412: it is over, or somebody else's.
fn kept<T>(answer: Answer<T>) -> Result<T> {
    admitted(answer)?.ok_or(Error::PreconditionFailed)
}
