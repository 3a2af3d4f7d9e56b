//! `POST /assets`: the upload (api/assets.md sections 1 and 3, api/gumnut-upload.md).

use std::collections::HashSet;

use axum::{
    Json,
    extract::{Request, State},
    response::IntoResponse,
};
use edge_api::{
    assets::{AssetMediaResponse, AssetMetadataItem, AssetUpload, REPLACES},
    enums::{AssetMediaStatus, AssetVisibility, JobName, WorkflowTrigger},
    gumnut::GumnutUpload,
    id::AssetId,
    input,
    permission::perm,
    realtime::Announcement,
};
use edge_http::{App, Error, Guard, Response, Result, WithLink, rest::skim};
use edge_platform::Rows;
use edge_store::{
    albums,
    asset_metadata::Item,
    assets::{
        insert::{self, Facts, NewAsset, NewSidecar},
        motion::Motion,
        read,
    },
    caller::{Caller, Kind},
    jobs::{self, NewJob},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde_json::json;

use crate::{
    dialect, rules,
    upload::{
        form::{Dialect, File, Form},
        spool::{Digests, Spool},
    },
};

/// What the text fields ask for, in either dialect.
pub struct Wanted {
    /// Epoch ms.
    pub file_created_at: i64,
    /// Epoch ms.
    pub file_modified_at: i64,
    duration_ms: Option<i64>,
    file_name: Option<String>,
    is_favorite: bool,
    live_photo_video_id: Option<AssetId>,
    metadata: Vec<AssetMetadataItem>,
    visibility: AssetVisibility,
    /// What the second dialect echoes.
    pub gumnut: Option<GumnutUpload>,
}

/// What became of an upload.
pub struct Outcome {
    /// The new asset, or the one that was there.
    pub id: String,
    /// Which of both.
    pub status: AssetMediaStatus,
}

/// Receives a photo or video.
pub async fn upload(
    guard: Guard<perm::AssetUpload, WithLink>,
    State(app): State<App>,
    request: Request,
) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let checksum = sent_checksum(&parts.headers);
    let asked = checksum.iter().map(|sum| read::duplicate_statement(sum));
    let (who, known) = guard.admit(&app, asked.collect()).await?;
    if let Some(row) = known.first().and_then(edge_platform::Rows::first) {
        let (id, status) = (row.get("id")?, AssetMediaStatus::Duplicate);
        skim(body.into_data_stream()).await;
        return Ok(answer(&Outcome { id, status }));
    }
    let is_guest = link_of(&who.caller).is_some();
    let mut form = Form::new(&app, &who.caller.user_id, may_upload(&who.caller), is_guest);
    match receive(&app, &who.caller, &mut form, &parts.headers, body).await {
        Ok(response) if is_guest => Ok(back_to_page(&parts, response, "")),
        Ok(response) => Ok(response),
        Err(error) => {
            form.discard().await;
            match reason(&error) {
                Some(reason) if is_guest => Ok(back_to_page(&parts, error.into_response(), reason)),
                _ => Err(error),
            }
        }
    }
}

/// How the page of a link is told why it did not get a file; `None`: that is nothing the guest could mend.
fn reason(error: &Error) -> Option<&'static str> {
    match error {
        Error::PayloadTooLarge => Some("?refused=size"),
        Error::BadRequest(words) if words.starts_with("Quota") => Some("?refused=quota"),
        Error::BadRequest(words) if words.starts_with("Unsupported file") => Some("?refused=type"),
        Error::BadRequest(_) | Error::Validation(_) => Some("?refused=file"),
        _ => None,
    }
}

/// Leads a browser that sent the form of a link's page (functions/shared-links) back there: no script of it reads the answer, and that of
/// a refusal has no body. `query` is that of the page, which says of a refusal why.
fn back_to_page(parts: &Parts, mut answer: Response, query: &str) -> Response {
    let accepted = parts.headers.get(header::ACCEPT);
    let is_page = accepted
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kinds| kinds.contains("text/html"));
    let page = parts.uri.query().and_then(page_of);
    let page = page.and_then(|page| HeaderValue::from_str(&(page + query)).ok());
    if let Some(page) = page.filter(|_| is_page) {
        if !query.is_empty() {
            answer = Response::default();
        }
        *answer.status_mut() = StatusCode::FOUND;
        answer.headers_mut().insert(header::LOCATION, page);
    }
    answer
}

/// The page of the link that a query names; an empty value names none, as where the credential is looked for.
fn page_of(query: &str) -> Option<String> {
    let mut given = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(_, value)| !value.is_empty());
    given.find_map(|(name, value)| match name {
        "key" => Some(format!("/share/{value}")),
        "slug" => Some(format!("/s/{value}")),
        _ => None,
    })
}

fn sent_checksum(headers: &HeaderMap) -> Option<String> {
    headers
        .get("x-immich-checksum")
        .and_then(|value| value.to_str().ok())
        .and_then(rules::checksum)
}

fn may_upload(caller: &Caller) -> bool {
    match &caller.kind {
        Kind::Link(link) => link.allow_upload,
        Kind::Session(_) | Kind::ApiKey(_) => true,
    }
}

fn answer(outcome: &Outcome) -> Response {
    let status = match outcome.status {
        AssetMediaStatus::Created => StatusCode::CREATED,
        AssetMediaStatus::Duplicate => StatusCode::OK,
    };
    let body = AssetMediaResponse {
        id: AssetId::from_trusted(outcome.id.as_str()),
        status: outcome.status,
    };
    (status, Json(body)).into_response()
}

async fn receive(
    app: &App,
    caller: &Caller,
    form: &mut Form,
    headers: &HeaderMap,
    body: axum::body::Body,
) -> Result<Response> {
    form.read(headers, body).await?;
    let mut wanted = wanted(form)?;
    check_replaced(&wanted, headers)?;
    if !may_upload(caller) {
        return Err(Error::unauthorized("Unauthorized"));
    }
    let Some(mut file) = form.file.take() else {
        return Err(Error::internal("a form without a file passed its check"));
    };
    let mut digests = file.spool.digests();
    if let Some(link) = link_of(caller) {
        wanted = of_guest(wanted)?;
        digests.sha1 = rules::checksum_of_guest(link, &digests.sha1);
    }
    let stored = store(app, caller, form, &mut file, &digests, &wanted).await;
    let outcome = match stored {
        Ok(Stored::Done) => Outcome {
            id: form.id.clone(),
            status: AssetMediaStatus::Created,
        },
        Ok(Stored::Known(id)) => {
            file.spool.discard().await;
            form.discard().await;
            let status = AssetMediaStatus::Duplicate;
            Outcome { id, status }
        }
        // Whether the batch happened is not known: the sweeper deletes the object unless a row names it.
        Err(Failure::Unknown(error)) => {
            form.sidecar = None;
            return Err(error);
        }
        Err(Failure::Refused(error)) => {
            file.spool.discard().await;
            return Err(error);
        }
    };
    match (form.dialect, &wanted.gumnut) {
        // Whose faces are on it is for users to know.
        (Dialect::Gumnut, Some(sent)) if link_of(caller).is_none() => {
            dialect::answer(app, caller, &outcome, sent).await
        }
        _ => Ok(answer(&outcome)),
    }
}

/// What the file takes the place of is not its motion part.
fn check_replaced(wanted: &Wanted, headers: &HeaderMap) -> Result<()> {
    let replaced = headers.get(REPLACES).and_then(|id| id.to_str().ok());
    match (&wanted.live_photo_video_id, replaced) {
        (Some(video), Some(replaced)) => rules::check_itself(video, replaced),
        _ => Ok(()),
    }
}

fn wanted(form: &Form) -> Result<Wanted> {
    let fields = form.fields.iter().cloned();
    if form.dialect == Dialect::Gumnut {
        let sent: GumnutUpload = input::from_form(fields)?;
        return Ok(Wanted {
            file_created_at: sent.file_created_at.0,
            file_modified_at: sent.file_modified_at.0,
            duration_ms: None,
            file_name: None,
            is_favorite: false,
            live_photo_video_id: None,
            metadata: Vec::new(),
            visibility: AssetVisibility::Timeline,
            gumnut: Some(sent),
        });
    }
    let sent: AssetUpload = input::from_form(fields)?;
    Ok(Wanted {
        file_created_at: sent.file_created_at.0,
        file_modified_at: sent.file_modified_at.0,
        duration_ms: sent.duration.filter(|duration| *duration > 0),
        file_name: sent
            .filename
            .map(|name| rules::file_name(&name))
            .filter(|name| !name.is_empty()),
        is_favorite: sent.is_favorite,
        live_photo_video_id: sent.live_photo_video_id,
        metadata: sent.metadata,
        visibility: sent.visibility.unwrap_or(AssetVisibility::Timeline),
        gumnut: None,
    })
}

/// What guests may decide of it: neither where it is shown nor what is the owner's favourite.
fn of_guest(wanted: Wanted) -> Result<Wanted> {
    if wanted.visibility != AssetVisibility::Timeline {
        return Err(Error::bad_request(
            "Visibility cannot be set through a shared link",
        ));
    }
    Ok(Wanted {
        is_favorite: false,
        ..wanted
    })
}

/// The link of a guest.
fn link_of(caller: &Caller) -> Option<&str> {
    match &caller.kind {
        Kind::Link(link) => Some(&link.id),
        Kind::Session(_) | Kind::ApiKey(_) => None,
    }
}

/// The motion part that the upload names.
fn motion<'a>(wanted: &'a Wanted, caller: &'a Caller) -> Option<Motion<'a>> {
    wanted.live_photo_video_id.as_ref().map(|video| Motion {
        video_id: video.as_str(),
        link_id: link_of(caller),
    })
}

/// How storing ended well.
enum Stored {
    /// The asset is there.
    Done,
    /// The owner has this content already, as this asset.
    Known(String),
}

/// How storing failed.
enum Failure {
    /// Nothing was inserted.
    Refused(Error),
    /// The database did not say whether it did.
    Unknown(Error),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Asks whether the file is wanted, stores its object, then inserts everything in one batch.
async fn store(
    app: &App,
    caller: &Caller,
    form: &mut Form,
    file: &mut File,
    digests: &Digests,
    wanted: &Wanted,
) -> std::result::Result<Stored, Failure> {
    let size = i64::try_from(file.spool.size()).unwrap_or(i64::MAX);
    let facts = ask(app, caller, form, file, digests, wanted).await?;
    check(&facts, caller, size, wanted)?;
    if let Some(id) = facts.duplicate_id {
        return Ok(Stored::Known(id));
    }
    file.spool.commit().await?;
    if let Some(sidecar) = &mut form.sidecar {
        sidecar.commit().await?;
    }
    let (batch, job, started) = batch(app, caller, form, file, digests, wanted);
    let results = app.db().batch(batch).await;
    let results = results.map_err(|error| Failure::Unknown(error.into()))?;
    let facts = insert::facts(results.last().unwrap_or(&Rows::default()))?;
    match facts.duplicate_id {
        Some(id) if id == form.id => {
            // What cannot be read here, the sweeper wakes.
            let started = results.get(started);
            let started = started.and_then(|rows| jobs::many::stored(rows).ok());
            let mut wakes = started.unwrap_or_default();
            wakes.push(job.wake());
            app.wake(wakes).await;
            // Only a link to an album has read members, before the facts.
            let members = results.iter().rev().nth(1);
            announce(app, caller, wanted, members).await;
            Ok(Stored::Done)
        }
        Some(id) => Ok(Stored::Known(id)),
        None => {
            check(&facts, caller, size, wanted)?;
            Err(Error::Unavailable("the sweeper took the object of an upload".into()).into())
        }
    }
}

/// Tells of what the upload changed beside it: its motion part is hidden, the album of a link has more in it, for its `members`.
async fn announce(app: &App, caller: &Caller, wanted: &Wanted, members: Option<&Rows>) {
    if let Some(video) = &wanted.live_photo_video_id {
        let hidden = Announcement::video_hidden(&caller.user_id, video.as_str());
        app.announce(vec![hidden]).await;
    }
    if let Kind::Link(link) = &caller.kind
        && let (Some(album), Some(members)) = (&link.album_id, members)
    {
        app.announce_album(album, members).await;
    }
}

/// Reads the facts; in the same round trip the objects of a small file are registered.
async fn ask(
    app: &App,
    caller: &Caller,
    form: &mut Form,
    file: &mut File,
    digests: &Digests,
    wanted: &Wanted,
) -> Result<Facts> {
    let (owner, now) = (&caller.user_id, app.now());
    let motion = motion(wanted, caller);
    let mut batch = vec![insert::facts_statement(owner, &digests.sha1, motion)];
    let mut register = |spool: &mut Spool| {
        let key = spool.key();
        batch.push(insert::register_unless_known(
            key,
            owner,
            &digests.sha1,
            now,
        ));
        spool.registered();
    };
    if file.spool.is_small() {
        register(&mut file.spool);
    }
    if let Some(sidecar) = &mut form.sidecar {
        register(sidecar);
    }
    let results = app.db().batch(batch).await?;
    Ok(insert::facts(results.first().unwrap_or(&Rows::default()))?)
}

fn check(facts: &Facts, caller: &Caller, size: i64, wanted: &Wanted) -> Result<()> {
    if !facts.has_room(size) {
        return Err(Error::bad_request("Quota has been exceeded!"));
    }
    if wanted.live_photo_video_id.is_some() {
        rules::check_live_photo(facts.video.as_ref(), &caller.user_id, wanted.visibility)?;
    }
    Ok(())
}

/// The statements, the job that they store, and the place of the one that stores runs of workflows.
fn batch(
    app: &App,
    caller: &Caller,
    form: &Form,
    file: &File,
    digests: &Digests,
    wanted: &Wanted,
) -> (Vec<edge_platform::Statement>, NewJob, usize) {
    let now = app.now();
    let asset = NewAsset {
        id: &form.id,
        owner_id: &caller.user_id,
        kind: file.kind,
        visibility: wanted.visibility,
        checksum: &digests.sha1,
        checksum_sha256: digests.sha256.as_deref(),
        original_path: file.spool.key(),
        file_name: wanted.file_name.as_ref().unwrap_or(&file.name),
        size: i64::try_from(file.spool.size()).unwrap_or(i64::MAX),
        duration_ms: wanted.duration_ms,
        is_favorite: wanted.is_favorite,
        live_photo_video_id: wanted.live_photo_video_id.as_ref().map(AsRef::as_ref),
        file_created_at: wanted.file_created_at,
        file_modified_at: wanted.file_modified_at,
        now,
    };
    let sidecar_id = app.uuid();
    let sidecar = form.sidecar.as_ref().map(|spool| NewSidecar {
        id: &sidecar_id,
        path: spool.key(),
        size: i64::try_from(spool.size()).unwrap_or(i64::MAX),
    });
    let payload = json!({ "id": form.id, "source": "upload" });
    let job =
        NewJob::new(app.uuid(), JobName::AssetExtractMetadata, payload, now).of(&caller.user_id);
    let items = key_values(&form.id, &wanted.metadata);
    let mut batch = insert::statements(&asset, sidecar.as_ref(), &items);
    batch.push(jobs::insert_for_asset(&job, &form.id, now));
    let started = batch.len();
    batch.push(jobs::triggers::insert(
        &form.id,
        WorkflowTrigger::AssetCreate,
        now,
    ));
    if let Kind::Link(link) = &caller.kind {
        batch.extend(insert::add_to_link(&link.id, &form.id, now));
        batch.extend(link.album_id.as_deref().map(albums::members));
    }
    batch.push(insert::facts_statement(
        &caller.user_id,
        &digests.sha1,
        motion(wanted, caller),
    ));
    (batch, job, started)
}

/// The key-values an upload brings along; the last one of a key counts.
fn key_values<'a>(asset_id: &'a str, items: &'a [AssetMetadataItem]) -> Vec<Item<'a>> {
    let mut seen = HashSet::new();
    items
        .iter()
        .rev()
        .filter(|item| seen.insert(item.key.as_str()))
        .map(|item| Item {
            asset_id,
            key: &item.key,
            value: &item.value,
        })
        .collect()
}
