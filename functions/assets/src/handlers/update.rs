//! `PUT` and `PATCH` of one asset or many (api/assets.md sections 3 and 10).

use axum::{Json, extract::State};
use edge_api::{
    Patch,
    assets::{AssetBulkUpdate, AssetResponse, UpdateAsset},
    common::distinct,
    enums::{AssetVisibility, JobName},
    id::AssetId,
    permission::{Permission, perm},
    realtime::Announcement,
    time::OffsetTime,
};
use edge_http::{App, Error, Guard, Id, Response, Result, Valid, serve::no_content};
use edge_platform::{DbError, Rows, Statement};
use edge_store::{
    assets::{
        lock, motion, read,
        remove::{AT_ONCE, hold_all},
        update::{Change, Changeable, Time, changeable, changeable_statement},
    },
    caller::Caller,
    jobs, people,
};
use edge_zones::Zone;

use crate::rules;

/// Changes one asset and answers with it.
pub async fn update_one(
    guard: Guard<perm::AssetUpdate>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    Valid(body): Valid<UpdateAsset>,
) -> Result<Json<AssetResponse>> {
    let mut statements = vec![changeable_statement(&[id.as_str()])];
    if let Patch::Value(video) = &body.live_photo_video_id {
        statements.push(motion::statement(video.as_str(), id.as_str()));
    }
    let (who, rows) = guard.admit(&app, statements).await?;
    let assets = changeable(rows.first().unwrap_or(&Rows::default()))?;
    let asset = assets
        .first()
        .ok_or_else(|| Error::no_access(Permission::AssetUpdate))?;
    let now = app.now();
    let (mut batch, mut last) = (Vec::new(), Vec::new());
    let visibility = body
        .visibility
        .or_else(|| AssetVisibility::parse(&asset.visibility));
    let visibility = visibility.unwrap_or(AssetVisibility::Timeline);
    let linked = match &body.live_photo_video_id {
        Patch::Absent => None,
        Patch::Null => {
            last = unlink(asset, visibility, &who, now)?;
            Some(None)
        }
        Patch::Value(video) => {
            let found = motion::read(rows.get(1).unwrap_or(&Rows::default()))?;
            rules::check_live_photo(found.as_ref(), &who.user_id, visibility)?;
            rules::check_itself(video, &asset.id)?;
            let (id, owner) = (video.as_str(), who.user_id.as_str());
            batch.push(motion::unless_nested(id, &asset.id));
            batch.extend(lock::become_motion(id, owner, visibility, now));
            batch.extend(people::batch_conceal(owner, &[id], now));
            Some(Some(video.as_str()))
        }
    };
    let change = Change {
        is_favorite: body.is_favorite,
        visibility: body.visibility,
        live_photo_video_id: linked,
        description: body.description.as_deref(),
        rating: body.rating.change(),
        place: body.latitude.zip(body.longitude),
        time: body.date_time_original.map(moment),
        ..Change::default()
    };
    batch.extend(change.statements(&assets, &who.user_id, now));
    batch.extend(followers(body.visibility, &assets, &who, now));
    batch.append(&mut last);
    let detail = read::own_detail_statements(id.as_str());
    let wanted = detail.len();
    batch.extend(detail.into_iter().map(|statement| who.scoped(statement)));
    let results = write(&app, batch, &change, &assets, now).await?;
    if let Patch::Value(video) = &body.live_photo_video_id {
        let hidden = Announcement::video_hidden(&who.user_id, video.as_str());
        app.announce(vec![hidden]).await;
    }
    let detail = results.get(results.len().saturating_sub(wanted)..);
    let asset = read::detail(detail.unwrap_or_default(), Some(&who.user_id))?;
    Ok(Json(asset.ok_or_else(|| {
        Error::no_access(Permission::AssetUpdate)
    })?))
}

/// What a new visibility brings along.
fn followers(
    visibility: Option<AssetVisibility>,
    assets: &[Changeable],
    caller: &Caller,
    now: i64,
) -> Vec<Statement> {
    visibility.map_or_else(Vec::new, |visibility| {
        lock::follow(assets, &caller.user_id, visibility, now)
    })
}

/// The motion part becomes visible as its still is, so it needs pictures of its own (api/jobs-ml.md section
/// 2); parts cut out of a still cannot stand alone.
fn unlink(
    asset: &Changeable,
    visibility: AssetVisibility,
    caller: &Caller,
    now: i64,
) -> Result<Vec<Statement>> {
    let Some((video, path)) = &asset.motion else {
        return Ok(Vec::new());
    };
    if path.starts_with("encoded-video/") {
        return Err(Error::bad_request("Cannot unlink Android motion photos"));
    }
    let (owner, visibility) = (&caller.user_id, visibility.as_str());
    let ids = [video.clone()];
    let kind = JobName::AssetGenerateThumbnails;
    Ok(vec![
        lock::stand_alone(video, owner, visibility, now),
        jobs::many::insert_for_assets(kind, &ids, Some("notify"), None, now),
    ])
}

const MINUTE: i64 = 60_000;

fn moment<'a>(time: OffsetTime) -> Time<'a> {
    Time::At {
        instant: time.instant().0,
        local: time.local.0,
        zone: time
            .offset_minutes
            .map(|minutes| edge_zones::offset_name(i64::from(minutes) * MINUTE)),
    }
}

/// Changes many assets alike; one id that is not the caller's fails all.
pub async fn update_many(
    guard: Guard<perm::AssetUpdate>,
    State(app): State<App>,
    Valid(body): Valid<AssetBulkUpdate>,
) -> Result<Response> {
    let ids = distinct(&body.ids);
    let (who, rows) = guard.admit(&app, vec![changeable_statement(&ids)]).await?;
    let assets = changeable(rows.first().unwrap_or(&Rows::default()))?;
    if assets.len() != ids.len() {
        return Err(Error::no_access(Permission::AssetUpdate));
    }
    if ids.is_empty() {
        return Ok(no_content());
    }
    let now = app.now();
    let duplicate_id = body.duplicate_id.change();
    let change = Change {
        is_favorite: body.is_favorite,
        visibility: body.visibility,
        duplicate_id: duplicate_id
            .as_ref()
            .map(|id| id.as_ref().map(AsRef::as_ref)),
        description: body.description.as_deref(),
        rating: body.rating.change(),
        place: body.latitude.zip(body.longitude),
        time: time(
            body.date_time_original,
            body.date_time_relative,
            body.time_zone.as_deref(),
        ),
        ..Change::default()
    };
    let mut batch = Vec::new();
    for some in assets.chunks(AT_ONCE) {
        batch.extend(change.statements(some, &who.user_id, now));
        batch.extend(followers(body.visibility, some, &who, now));
    }
    write(&app, batch, &change, &assets, now).await?;
    Ok(no_content())
}

/// How the capture times of many assets change. A date with a zone of its own stays that moment and is shown as
/// clocks in the zone told beside it; a date without is what those clocks show.
fn time(
    original: Option<OffsetTime>,
    minutes: Option<i64>,
    zone: Option<&str>,
) -> Option<Time<'_>> {
    let rules = zone.and_then(Zone::named);
    if let Some(original) = original {
        let mut time = moment(original);
        if let (
            Time::At {
                instant,
                local,
                zone: told,
            },
            Some(zone),
        ) = (&mut time, zone)
        {
            match (&rules, original.offset_minutes) {
                (Some(rules), Some(_)) => *local = *instant + rules.ahead_at(*instant),
                (Some(rules), None) => *instant = rules.instant_of(*local),
                (None, _) => {}
            }
            *told = Some(zone.to_owned());
        }
        return Some(time);
    }
    if minutes.is_none() && zone.is_none() {
        return None;
    }
    Some(Time::Moved {
        minutes: minutes.unwrap_or(0),
        zone,
        rules,
    })
}

/// The assets, and their motion parts now and then.
fn held<'a>(change: &Change<'a>, assets: &'a [Changeable]) -> Vec<&'a str> {
    let mut ids: Vec<&str> = assets.iter().map(|asset| asset.id.as_str()).collect();
    let motion = assets.iter().filter_map(|asset| asset.motion.as_ref());
    ids.extend(motion.map(|(id, _)| id.as_str()));
    ids.extend(change.live_photo_video_id.flatten());
    ids
}

/// Runs the changes; what belongs into sidecar files is written there by jobs.
async fn write(
    app: &App,
    mut batch: Vec<Statement>,
    change: &Change<'_>,
    assets: &[Changeable],
    now: i64,
) -> Result<Vec<Rows>> {
    let has_jobs = change.touches_exif();
    if has_jobs {
        let ids: Vec<String> = assets.iter().map(|asset| asset.id.clone()).collect();
        let jobs = jobs::many::insert_for_assets(JobName::SidecarWrite, &ids, None, None, now);
        batch.insert(0, jobs);
    }
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let holds = hold_all(held(change, assets));
    let jobs = holds.len();
    batch.splice(0..0, holds);
    let results = app.db().batch(batch).await;
    let results = results.map_err(|error| match error {
        // See `motion::unless_nested`.
        DbError::Conflict(_) if change.live_photo_video_id.flatten().is_some() => rules::nested(),
        error => error.into(),
    })?;
    if has_jobs && let Some(rows) = results.get(jobs) {
        app.wake(jobs::many::stored(rows)?).await;
    }
    Ok(results)
}
