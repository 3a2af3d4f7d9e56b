//! HTTP in, HTTP out. A playlist takes two round trips, a segment that is there as many; one that is not takes two and a look every
//! now and then.

use axum::{extract::State, response::IntoResponse};
use edge_api::{
    error::{Issue, Key},
    hls::{PlaylistRequest, SegmentRequest},
    id::AssetId,
    input::{self, Input},
    permission::{Permission, perm},
};
use edge_http::{
    App, Error, Guard, Id, Response, Result, WithLink,
    extract::Params,
    media::{self, CACHE_PRIVATE, Delivery},
    serve::no_content,
    settings,
};
use edge_protocol::stream::{INIT, VARIANTS, parse_piece};
use edge_store::{
    caller::{Caller, Kind},
    companions,
    hls::{self, Look, Session},
    system::{self, key},
};
use http::{HeaderMap, header};

use crate::playlists;

/// Content type of playlists.
const PLAYLIST: &str = "application/vnd.apple.mpegurl";
/// Content type of segments.
const SEGMENT: &str = "video/mp4";
/// What every segment that will not come is answered (api/hls.md section 1).
const GONE: &str = "Not Found";
/// Text of a media playlist that cannot be had.
const NO_PLAYLIST: &str = "Asset not found or metadata not yet ready for streaming";

/// Pauses of a waiting request, ms, and how many of each: 15 s in all (api/hls.md section 5). Together with what comes before they
/// are fewer than the fifty questions that a Worker of the free plan may ask.
const PAUSES: [(u64, u32); 2] = [(200, 20), (500, 22)];

/// Begins a session and lists its variants (`getMainPlaylist`).
pub async fn main_playlist(
    guard: Guard<perm::AssetView, WithLink>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
) -> Result<Response> {
    let reads = vec![
        hls::find_video(id.as_str()),
        system::find_statement(key::SYSTEM_CONFIG),
        companions::streams(app.now()),
    ];
    let (auth, rows) = guard.admit(&app, reads).await?;
    let video = hls::video(rows.first())?;
    let video = video.ok_or_else(|| Error::no_access(Permission::AssetView))?;
    let config = settings::read(rows.get(1).map(system::value).transpose()?.flatten());
    if !config.flag("/ffmpeg/realtime/enabled") {
        return Err(Error::bad_request("Real-time transcoding is not enabled"));
    }
    let video =
        video.ok_or_else(|| Error::not_found("Asset metadata is not yet ready for streaming"))?;
    let variants = playlists::variants(&config, &video.facts);
    if variants.is_empty() {
        return Err(Error::not_found("No supported variants for this video"));
    }
    if !companions::has_streams(rows.get(2))? {
        return Err(Error::internal("no companion has asked for streams"));
    }
    let session = app.uuid();
    let begin = hls::begin(&session, id.as_str(), viewer(&auth), app.now());
    app.db().batch(begin).await?;
    Ok(playlist(playlists::main(&session, &video, &variants)))
}

/// Lists the segments of a variant, and has it encoded where the player tells from where on (`getMediaPlaylist`).
pub async fn media_playlist(
    guard: Guard<perm::AssetView, WithLink>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response> {
    let session_id = session_id(&params)?;
    let request: PlaylistRequest = read(&params, &headers, "x-immich-hls-pos")?;
    let index = request.variant_index;
    let find = hls::find(id.as_str(), &session_id, index, INIT, app.now());
    let (_, rows) = guard.admit(&app, vec![find]).await?;
    let session = hls::session(rows.first())?;
    let session = session.ok_or_else(|| Error::not_found(NO_PLAYLIST))?;
    let timing = session.video.as_ref().map(|video| video.timing);
    let timing = timing.ok_or_else(|| Error::not_found(NO_PLAYLIST))?;
    let position = request.position.map(|second| timing.segment_at(second));
    let from = position.or(session.requested.map(|number| number + 1));
    if let (Some(from), Some(variant)) = (from, known(index))
        && session.variant != Some(index)
        && from < timing.segments()
    {
        app.db()
            .run(hls::prepare(&session_id, variant, from))
            .await?;
    }
    Ok(playlist(playlists::media(&timing)))
}

/// Sends a file of a session; what is not there is encoded (`getSegment`).
pub async fn segment(
    guard: Guard<perm::AssetView, WithLink>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response> {
    let session_id = session_id(&params)?;
    let request: SegmentRequest = read(&params, &headers, "x-immich-hls-msn")?;
    let number = parse_piece(params.text("filename")).ok_or_else(bad_name)?;
    let find = hls::find(
        id.as_str(),
        &session_id,
        request.variant_index,
        number,
        app.now(),
    );
    let (_, rows) = guard.admit(&app, vec![find]).await?;
    let gone = || Error::not_found(GONE);
    let session = hls::session(rows.first())?.ok_or_else(gone)?;
    let variant = known(request.variant_index).ok_or_else(gone)?;
    let key = if let Some(key) = session.object {
        let shown = (number != INIT).then_some(number.into());
        let watched = hls::watched(&session_id, variant, shown, app.now());
        app.db().run(watched).await?;
        key
    } else {
        let wanted = wanted(&session, number, request.next).ok_or_else(gone)?;
        let missed = hls::missed(&session_id, variant, wanted, app.now());
        app.db().run(missed).await?;
        wait(&app, &session_id, variant, number).await?
    };
    let delivery = Delivery {
        key: &key,
        content_type: SEGMENT,
        file_name: None,
        cache: Some(CACHE_PRIVATE),
        missing: GONE,
    };
    media::deliver(&app, &headers, delivery).await
}

/// Ends a session; one that is none is ended, too (`endSession`).
pub async fn end(
    guard: Guard<perm::AssetView, WithLink>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    params: Params,
) -> Result<Response> {
    let session_id = session_id(&params)?;
    let find = hls::find_video(id.as_str());
    let (_, rows) = guard.admit(&app, vec![find]).await?;
    hls::video(rows.first())?.ok_or_else(|| Error::no_access(Permission::AssetView))?;
    app.db()
        .batch(hls::end(&session_id, id.as_str(), app.now()))
        .await?;
    Ok(no_content())
}

/// The segment that has to be encoded for a file (api/hls.md section 5: the beginning of a variant counts as the next segment);
/// `None`: the video has no such segment.
fn wanted(session: &Session, number: i32, next: Option<i64>) -> Option<i64> {
    let segments = session.video.as_ref()?.timing.segments();
    let wanted = if number == INIT {
        let next = next.or(session.requested.map(|number| number + 1));
        // Behind the end its beginning is as good as any.
        next.filter(|next| *next < segments).unwrap_or(0)
    } else {
        number.into()
    };
    (wanted < segments).then_some(wanted)
}

/// Waits for a file of a session: the key of its object.
async fn wait(app: &App, session_id: &str, variant: u8, number: i32) -> Result<String> {
    for (pause, times) in PAUSES {
        for _ in 0..times {
            app.pause(pause).await;
            match hls::look(app.db(), session_id, variant, number).await? {
                Look::There(key) => return Ok(key),
                Look::NotYet => {}
                Look::Over => return Err(Error::not_found(GONE)),
            }
        }
    }
    Err(Error::not_found(GONE))
}

/// An index of the table.
fn known(index: i64) -> Option<u8> {
    u8::try_from(index)
        .ok()
        .filter(|index| usize::from(*index) < VARIANTS.len())
}

/// Whose sessions are counted together.
fn viewer(caller: &Caller) -> &str {
    match &caller.kind {
        Kind::Link(link) => &link.id,
        Kind::Session(_) | Kind::ApiKey(_) => &caller.user_id,
    }
}

fn session_id(params: &Params) -> Result<String> {
    // Any UUID will do: it is looked up.
    Ok(params.id::<AssetId>("sessionId")?.as_str().to_owned())
}

/// Reads the variant of the path and a header.
fn read<T: Input>(params: &Params, headers: &HeaderMap, name: &str) -> Result<T> {
    let told = headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let index = (
        "variantIndex".to_owned(),
        params.text("variantIndex").to_owned(),
    );
    let told = told.map(|told| (name.to_owned(), told.into_owned()));
    Ok(input::from_form([index].into_iter().chain(told))?)
}

fn bad_name() -> Error {
    let path = vec![Key::Name("filename".to_owned())];
    Error::Validation(vec![Issue::custom(path, "Invalid HLS segment filename")])
}

fn playlist(text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, PLAYLIST),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
