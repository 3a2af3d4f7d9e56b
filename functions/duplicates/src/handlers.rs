//! HTTP in, HTTP out. Reads take one database round trip (a second where a group has dissolved by itself), writes two.

use std::collections::{HashMap, HashSet};

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    common::{BulkIdResponse, IdsAtOnce, distinct},
    duplicates::{DuplicateResponse, Resolve, ResolveGroup},
    enums::{AssetVisibility, BulkIdErrorReason, JobName},
    id::DuplicateId,
    permission::perm,
    realtime::{Announcement, Event},
};
use edge_http::{App, Error, Guard, Id, Response, Result, Valid, serve::no_content, settings};
use edge_platform::{Rows, Statement};
use edge_store::{
    assets::{lock, remove, update::Changeable},
    caller::Caller,
    duplicates::{self, Kept, Member},
    jobs::{self, NewJob},
    system, tags,
};
use serde_json::json;

use crate::rules::{self, Plan};

/// Assets that one batch resolves at most.
const BATCH: usize = 2_000;

/// The caller's groups (`getAssetDuplicates`).
pub async fn list(
    guard: Guard<perm::DuplicateRead>,
    State(app): State<App>,
) -> Result<Json<Vec<DuplicateResponse>>> {
    let (auth, answers) = guard.admit(&app, vec![duplicates::list()]).await?;
    let rows = answers.first().map(duplicates::read).transpose()?;
    let (groups, alone) = rows.unwrap_or_default();
    if !alone.is_empty() {
        let leave = duplicates::leave_alone(&auth.user_id, &alone, app.now());
        app.db().run(leave).await?;
    }
    Ok(Json(groups))
}

/// Dissolves a group (`deleteDuplicate`).
pub async fn dismiss(
    guard: Guard<perm::DuplicateDelete>,
    State(app): State<App>,
    Id(id): Id<DuplicateId>,
) -> Result<Response> {
    dissolve(guard, &app, &[id.as_str()]).await
}

/// Dissolves groups, all or none (`deleteDuplicates`).
pub async fn dismiss_many(
    guard: Guard<perm::DuplicateDelete>,
    State(app): State<App>,
    Valid(body): Valid<IdsAtOnce>,
) -> Result<Response> {
    dissolve(guard, &app, &distinct(&body.ids)).await
}

async fn dissolve(
    guard: Guard<perm::DuplicateDelete>,
    app: &App,
    ids: &[&str],
) -> Result<Response> {
    let (auth, answers) = guard.admit(app, vec![duplicates::owned(ids)]).await?;
    if answers.first().map_or(0, Rows::len) != ids.len() {
        return Err(Error::no_access(Permission::DuplicateDelete));
    }
    app.run_as(&auth, vec![duplicates::dismiss(ids, app.now())])
        .await?;
    Ok(no_content())
}

/// Keeps some of each group and throws the others away; one result per group, in order (`resolveDuplicates`).
pub async fn resolve(
    auth: Guard<perm::DuplicateDelete>,
    State(app): State<App>,
    Valid(body): Valid<Resolve>,
) -> Result<Json<Vec<BulkIdResponse>>> {
    let ids: Vec<&str> = body
        .groups
        .iter()
        .map(|group| group.duplicate_id.as_str())
        .collect();
    let asked = distinct(ids.iter().copied());
    let reads = vec![
        duplicates::members(&asked),
        system::find_statement(system::key::SYSTEM_CONFIG),
    ];
    let (caller, answers) = auth.admit(&app, reads).await?;
    let members = answers.first().map(duplicates::read_members).transpose()?;
    let members = members.unwrap_or_default();
    let stored = answers.get(1).map(system::value).transpose()?.flatten();
    let has_trash = settings::read(stored).trash_enabled();
    let mut groups: HashMap<&str, Vec<&Member>> = HashMap::new();
    for member in &members {
        groups.entry(&member.group).or_default().push(member);
    }
    let plans = plans(&body, &groups);
    let mut failed = HashSet::new();
    let good: Vec<(usize, &Plan<'_>)> = plans
        .iter()
        .enumerate()
        .filter_map(|(at, plan)| Some((at, plan.as_ref().ok()?)))
        .collect();
    for piece in pieces(&good) {
        let some: Vec<&Plan<'_>> = piece.iter().map(|(_, plan)| *plan).collect();
        if let Err(error) = carry_out(&app, &caller, &some, &members, has_trash).await {
            edge_http::serve::log(&format!("duplicates were not resolved: {error:?}"));
            failed.extend(piece.iter().map(|(at, _)| *at));
        }
    }
    let answers = plans.into_iter().zip(ids).enumerate();
    let answers = answers.map(|(at, (plan, id))| match plan {
        Err(answer) => answer,
        Ok(_) if failed.contains(&at) => BulkIdResponse::failed(id, BulkIdErrorReason::Unknown),
        Ok(_) => BulkIdResponse::ok(id),
    });
    Ok(Json(answers.collect()))
}

/// What becomes of each group.
fn plans<'a>(
    body: &'a Resolve,
    groups: &'a HashMap<&str, Vec<&'a Member>>,
) -> Vec<std::result::Result<Plan<'a>, BulkIdResponse>> {
    let mut once = HashSet::new();
    let plan = |group: &'a ResolveGroup| {
        let id = group.duplicate_id.as_str();
        // Of a group that is named twice, the first counts.
        let found = groups.get(id).filter(|_| once.insert(id));
        rules::plan(group, found.map_or(&[], Vec::as_slice))
    };
    body.groups.iter().map(plan).collect()
}

/// Groups for one batch each, none of which is cut.
fn pieces<'p>(plans: &[(usize, &'p Plan<'p>)]) -> Vec<Vec<(usize, &'p Plan<'p>)>> {
    let (mut pieces, mut size) = (Vec::new(), BATCH);
    for (at, plan) in plans {
        if size + plan.resolved.len() > BATCH {
            pieces.push(Vec::new());
            size = 0;
        }
        size += plan.resolved.len();
        if let Some(piece) = pieces.last_mut() {
            piece.push((*at, *plan));
        }
    }
    pieces
}

/// Resolves groups in one batch: all of it happens, or nothing.
async fn carry_out(
    app: &App,
    caller: &Caller,
    plans: &[&Plan<'_>],
    members: &[Member],
    has_trash: bool,
) -> Result<()> {
    let now = app.now();
    let mut resolved: Vec<&str> = plans
        .iter()
        .flat_map(|plan| plan.resolved.iter().copied())
        .collect();
    resolved.sort_unstable();
    let trashed: Vec<&str> = plans
        .iter()
        .flat_map(|plan| plan.trashed.iter().copied())
        .collect();
    let kept: Vec<Kept<'_>> = plans.iter().filter_map(|plan| plan.kept.clone()).collect();
    let ids: Vec<&str> = kept.iter().map(|kept| kept.id).collect();
    let mut batch = vec![remove::hold(&resolved)];
    let scoped = duplicates::batch_resolve(&kept, &resolved, now);
    batch.extend(scoped.into_iter().map(|statement| caller.scoped(statement)));
    batch.push(caller.scoped(tags::set_by_hand(&ids, now)));
    batch.extend(follow(&kept, members, caller, now));
    let (gone, wakes) = throw_away(app, caller, &trashed, has_trash, now);
    batch.extend(gone);
    let owned: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
    let kind = JobName::SidecarWrite;
    let written = Some(duplicates::WRITTEN_NOW);
    batch.push(jobs::many::insert_for_assets(
        kind, &owned, None, written, now,
    ));
    let answers = app.db().batch(batch).await?;
    let mut woken = jobs::many::stored(answers.last().unwrap_or(&Rows::default()))?;
    woken.extend(wakes);
    app.wake(woken).await;
    if has_trash && !trashed.is_empty() {
        let event = Event::asset_trash(&trashed);
        app.announce(vec![Announcement::to_user(&caller.user_id, event)])
            .await;
    }
    Ok(())
}

/// What comes along when kept assets become locked.
fn follow(kept: &[Kept<'_>], members: &[Member], caller: &Caller, now: i64) -> Vec<Statement> {
    let locked: HashSet<&str> = kept
        .iter()
        .filter(|kept| kept.visibility == AssetVisibility::Locked.as_str())
        .map(|kept| kept.id)
        .collect();
    let locked: Vec<Changeable> = members
        .iter()
        .filter(|member| locked.contains(member.asset.id.as_str()))
        .map(|member| member.asset.clone())
        .collect();
    if locked.is_empty() {
        return Vec::new();
    }
    lock::follow(&locked, &caller.user_id, AssetVisibility::Locked, now)
}

/// Puts assets into the trash, or away for good where there is none.
fn throw_away(
    app: &App,
    caller: &Caller,
    ids: &[&str],
    has_trash: bool,
    now: i64,
) -> (Vec<Statement>, Vec<edge_platform::Wake>) {
    let owner = &caller.user_id;
    if ids.is_empty() {
        return (Vec::new(), Vec::new());
    }
    if has_trash {
        return (remove::trash(owner, ids, now).into(), Vec::new());
    }
    let mut batch = Vec::from(remove::mark_deleted(owner, ids, now));
    let payload = json!({ "id": owner });
    let job = NewJob::new(app.uuid(), JobName::AssetEmptyTrash, payload, now)
        .once(format!("AssetEmptyTrash:{owner}"));
    batch.push(jobs::insert(&job, now));
    (batch, vec![job.wake()])
}
