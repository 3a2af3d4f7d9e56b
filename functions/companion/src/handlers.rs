//! Handlers of the companion area, in the order of its route table.

use axum::{Json, body::Body, extract::State, response::IntoResponse};
use edge_api::{enums::JobName, input, permission::perm};
use edge_http::{
    App, Auth, Error, Response, Result,
    consumer::{self, Done, Failure},
    extract::{Params, read_limited},
    media::{self, Delivery},
    serve::no_content,
};
use edge_leases::caller::{Companion, Holder, Told, admitted};
use edge_protocol::{
    token::Scope,
    wire::{
        Failed, LONGEST_TEXT, Lease, LeaseRequest, Outcome, PART, Part, Renewal, Renewed, Upload,
        WHOLE_OUTPUT, parse_output,
    },
};
use edge_store::{
    companions,
    jobs::{
        self, Job, LEASE,
        companion::{self, Asker, FIRST_LEASE},
    },
    media::{Source, encoded, renditions},
    objects,
};
use http::HeaderMap;
use serde_json::{Value, json};

use crate::{learning, pictures, tasks};

/// Questions that one call puts to the database. A Worker of the free plan may ask fifty in all.
const QUESTIONS: u64 = 48;
/// Of these, what a job takes that turns out to need nothing, because its asset is gone: its claim, the asset, the settings, its end,
/// and the message of an end that is none.
const JOB: u64 = 5;
/// Pause between two looks whether a job is due, ms: half of it passes, on average, before one is taken.
const LOOK: u64 = 250;
/// Most looks in one call, 8 s in all.
const LOOKS: u64 = 32;

/// The companions that have asked for work or were revoked (`getCompanions`).
pub async fn list(
    _auth: Auth<perm::Admin<perm::SystemConfigRead>>,
    State(app): State<App>,
) -> Result<Json<Value>> {
    let all = companions::list(app.db()).await?;
    let all = all.into_iter().map(|one| {
        json!({
            "id": one.id,
            "name": one.name,
            "about": one.about,
            "seenAt": one.seen_at,
            "revokedAt": one.revoked_at,
        })
    });
    Ok(Json(all.collect()))
}

/// Revokes a companion's token for good (`revokeCompanion`).
pub async fn revoke(
    _auth: Auth<perm::Admin<perm::SystemConfigUpdate>>,
    State(app): State<App>,
    params: Params,
) -> Result<Response> {
    let id = params.text("id");
    if id.chars().count() > LONGEST_TEXT {
        return Err(Error::bad_request("This is no id of a token"));
    }
    companions::revoke(app.db(), id, app.now()).await?;
    Ok(no_content())
}

/// Gives the companion the job whose turn it is. When there is none it waits for one as long as it was asked to, some seconds at most,
/// then 204, as it does when it has asked enough for one call (`leaseCompanionJob`).
pub async fn lease(
    Companion(grant): Companion,
    State(app): State<App>,
    Told(request): Told<LeaseRequest>,
) -> Result<Response> {
    let about = about(&request, &grant.scopes)?;
    let asker = Asker {
        id: &grant.id,
        name: &grant.name,
        about: &about,
    };
    let kinds = tasks::kinds(&grant.scopes, &request);
    let mut left = QUESTIONS;
    let mut leased = claim(&app, asker, &kinds, &mut left).await?;
    let mut looks = (request.wait.unwrap_or(0) / LOOK).min(LOOKS);
    while leased.is_none() && looks > 0 && left > JOB {
        app.pause(LOOK).await;
        looks -= 1;
        left -= 1;
        let due = companion::is_due(app.db(), asker.id, &kinds, app.now()).await?;
        if admitted(due)?.is_some() {
            leased = claim(&app, asker, &kinds, &mut left).await?;
        }
    }
    Ok(leased.map_or_else(no_content, |lease| Json(lease).into_response()))
}

/// The job whose turn it is, if there is one that is still to be done and so many questions are `left`.
async fn claim(
    app: &App,
    asker: Asker<'_>,
    kinds: &[JobName],
    left: &mut u64,
) -> Result<Option<Lease>> {
    while *left >= JOB {
        let lease_id = app.uuid();
        *left -= 1;
        let answer = companion::claim(app.db(), asker, kinds, &lease_id, app.now()).await?;
        let Some(job) = admitted(answer)? else {
            return Ok(None);
        };
        *left -= JOB - 1;
        match tasks::task(app, &job).await {
            Ok(Some(task)) => return Ok(Some(leased(job, task))),
            Ok(None) => drop(consumer::conclude(app, &job, Done::nothing()).await?),
            Err(failure) => consumer::fail(app, &job, failure).await?,
        }
    }
    Ok(None)
}

/// What a companion tells of itself, as it is stored. 400: too much.
pub fn about(request: &LeaseRequest, scopes: &[Scope]) -> Result<String> {
    let mut about = json!({ "version": request.version, "ffmpeg": request.ffmpeg });
    if request.learn && scopes.contains(&Scope::Learning) {
        let learning = if request.sees {
            companions::LEARNING_ALL
        } else {
            companions::LEARNING
        };
        about["learning"] = learning.into();
    }
    let about = about.to_string();
    input::check_text("about", &about)?;
    if about.chars().count() > LONGEST_TEXT {
        return Err(Error::bad_request("about: Too long"));
    }
    Ok(about)
}

fn leased(job: Job, task: edge_protocol::wire::Task) -> Lease {
    Lease {
        kind: job.kind.as_str().to_owned(),
        job: job.id,
        lease: job.lease_id,
        expires_in: FIRST_LEASE,
        attempt: job.attempts,
        task,
    }
}

/// Keeps a job (`renewCompanionJob`). 412: it is somebody else's by now.
pub async fn renew(
    holder: Holder,
    State(app): State<App>,
    Told(renewal): Told<Renewal>,
) -> Result<Json<Renewed>> {
    let ids = (holder.job_id.as_str(), holder.lease_id.as_str());
    let progress = renewal.progress.map(|progress| progress.min(100));
    let id = holder.companion_id();
    if !companion::renew(app.db(), id, ids, progress, app.now()).await? {
        return Err(Error::PreconditionFailed);
    }
    Ok(Json(Renewed { expires_in: LEASE }))
}

/// Stores what was found and made, and ends the job (`finishCompanionJob`). 412: it is somebody else's by now.
pub async fn finish(
    holder: Holder,
    State(app): State<App>,
    Told(outcome): Told<Outcome>,
) -> Result<Response> {
    let job = holder.job(&app).await?;
    let done = if jobs::is_seen(job.kind) {
        learning::done(&app, &job, outcome).await?
    } else {
        match asset(&app, &job).await? {
            Some(source) => tasks::done(&app, &job, &source, outcome).await?,
            None => Done::nothing(),
        }
    };
    let wakes = consumer::conclude(&app, &job, done).await?;
    app.wake(wakes.ok_or(Error::PreconditionFailed)?).await;
    Ok(no_content())
}

/// Gives a job up, or leaves it for a later try (`failCompanionJob`).
pub async fn fail(
    holder: Holder,
    State(app): State<App>,
    Told(failed): Told<Failed>,
) -> Result<Response> {
    let reason: String = failed
        .reason
        .replace('\0', "")
        .chars()
        .take(LONGEST_TEXT)
        .collect();
    let job = holder.job(&app).await?;
    let failure = if failed.may_pass {
        Failure::Passing(reason)
    } else {
        Failure::Final(reason)
    };
    consumer::fail(&app, &job, failure).await?;
    Ok(no_content())
}

/// Gives a job back untried: the companion stops (`releaseCompanionJob`).
pub async fn release(holder: Holder, State(app): State<App>) -> Result<Response> {
    let job = holder.job(&app).await?;
    jobs::companion::release(app.db(), &job, app.now()).await?;
    Ok(no_content())
}

/// The original of a job's asset, whole or a range of it (`readCompanionOriginal`).
pub async fn original(
    holder: Holder,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response> {
    let missing = "The original is missing";
    let (_, source) = held(&app, &holder).await?;
    let source = source.ok_or_else(|| Error::not_found(missing))?;
    let delivery = Delivery {
        key: &source.original_path,
        content_type: "application/octet-stream",
        file_name: None,
        cache: None,
        missing,
    };
    media::deliver(&app, &headers, delivery).await
}

/// Takes what a job made, in one piece (`writeCompanionOutput`). It counts when the job is finished. 412: what was there before is being
/// deleted at this moment, and the job waits for that.
pub async fn output(
    holder: Holder,
    State(app): State<App>,
    params: Params,
    body: Body,
) -> Result<Response> {
    let name = params.text("name");
    let unknown = || Error::not_found(format!("There is no output {name}"));
    let (kind, format) = parse_output(name).ok_or_else(unknown)?;
    let (job, source) = held(&app, &holder).await?;
    let source = source.ok_or(Error::PreconditionFailed)?;
    let bytes = read_limited(body, WHOLE_OUTPUT).await?;
    if bytes.is_empty() {
        return Err(Error::bad_request("The output is empty"));
    }
    let key = pictures::key(&job, &source, kind, format);
    let keys = [key.clone()];
    if !renditions::register(app.db(), &keys, app.now()).await? {
        let waits = Failure::Waiting(renditions::DELETED_NOW.to_owned());
        consumer::fail(&app, &job, waits).await?;
        return Err(Error::PreconditionFailed);
    }
    app.objects.put(&key, bytes, format.mime_type()).await?;
    Ok(no_content())
}

/// Starts the upload of an encoded video (`startCompanionVideo`). Its parts may come in any order.
pub async fn start_video(holder: Holder, State(app): State<App>) -> Result<Json<Upload>> {
    let (job, source) = held(&app, &holder).await?;
    let source = source.ok_or(Error::PreconditionFailed)?;
    let key = encoded::key(&source, &job.lease_id);
    app.db().run(objects::register(&key, app.now())).await?;
    let upload = app.objects.start_parts(&key, encoded::MIME_TYPE).await?;
    app.db().run(objects::set_upload_id(&key, &upload)).await?;
    Ok(Json(Upload { upload }))
}

/// Takes a part of it (`writeCompanionVideoPart`).
pub async fn video_part(
    holder: Holder,
    State(app): State<App>,
    params: Params,
    body: Body,
) -> Result<Json<Part>> {
    let number = params
        .text("number")
        .parse()
        .ok()
        .filter(|number| *number > 0);
    let number = number.ok_or_else(|| Error::bad_request("Parts are numbered from 1"))?;
    let (job, source) = held(&app, &holder).await?;
    let source = source.ok_or(Error::PreconditionFailed)?;
    let bytes = read_limited(body, PART).await?;
    if bytes.is_empty() {
        return Err(Error::bad_request("The part is empty"));
    }
    let key = encoded::key(&source, &job.lease_id);
    let upload = params.text("upload");
    app.db().run(objects::keep(&key, app.now())).await?;
    let tag = app.objects.put_part(&key, upload, number, bytes).await?;
    Ok(Json(Part { tag }))
}

/// The job that the companion holds, and its asset; `None`: it is gone meanwhile. 404: networks are given previews, no originals, and what
/// they say is no file.
async fn held(app: &App, holder: &Holder) -> Result<(Job, Option<Source>)> {
    let job = holder.job(app).await?;
    if jobs::is_seen(job.kind) {
        return Err(Error::not_found("Networks read previews and write nothing"));
    }
    let source = asset(app, &job).await?;
    Ok((job, source))
}

/// The asset of a job; `None`: it is gone meanwhile.
async fn asset(app: &App, job: &Job) -> Result<Option<Source>> {
    match tasks::source(app, job).await {
        Ok(source) => Ok(source),
        Err(Failure::Passing(error) | Failure::Waiting(error)) => Err(Error::Unavailable(error)),
        Err(Failure::Final(error) | Failure::Companion(error)) => Err(Error::internal(error)),
    }
}
