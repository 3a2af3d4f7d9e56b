//! Members of albums.

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    albums::{AddUsers, AlbumResponse, UpdateAlbumUser},
    id::{AlbumId, UserId},
    perm::{AlbumUserCreate, AlbumUserDelete, AlbumUserUpdate},
};
use edge_http::{
    App, Error, Guard, Id, Response, Result, Valid, extract::Params, mail::Post, serve::no_content,
};
use edge_platform::Statement;
use edge_store::{
    albums::{self, NewMember, Standing},
    caller::Caller,
    jobs, mails,
    notifications::{self, AlbumMessage},
    system,
};

use super::{run_and_read, scoped, split};
use crate::rules;

/// Adds members to an album (`addUsersToAlbum`).
pub async fn invite(
    guard: Guard<AlbumUserCreate>,
    State(app): State<App>,
    Id(id): Id<AlbumId>,
    Valid(body): Valid<AddUsers>,
) -> Result<Json<AlbumResponse>> {
    let asked: Vec<&str> = body
        .album_users
        .iter()
        .map(|m| m.user_id.as_str())
        .collect();
    let reads = vec![
        albums::standing(id.as_str(), None),
        albums::members(id.as_str()),
        albums::active_users(&asked),
        system::find_statement(system::key::SYSTEM_CONFIG),
    ];
    let (auth, results) = guard.admit(&app, reads).await?;
    let [standing, members, users, config] = split(results)?;
    let standing = Standing::read(&standing)?
        .filter(Standing::may_edit)
        .ok_or_else(|| Error::no_access(Permission::AlbumShare))?;
    let (members, active) = (
        albums::read_texts(&[members])?,
        albums::read_texts(&[users])?,
    );
    let invited = rules::new_members(&body.album_users, &members, &active)?;
    let mut batch = Vec::new();
    if !invited.is_empty() {
        let writes = albums::batch_invite(id.as_str(), &invited, app.now());
        batch.extend(scoped(&auth, writes));
        let name = &standing.album_name;
        batch.extend(invitations(&app, &auth, id.as_str(), name, &invited));
    }
    if Post::is_on_in(&config)? {
        batch.extend(invitation_mails(&app, &auth, id.as_str(), &invited));
    }
    Ok(Json(run_and_read(&app, &auth, batch, id.as_str()).await?))
}

/// One message per new member.
pub(super) fn invitations(
    app: &App,
    caller: &Caller,
    album_id: &str,
    album_name: &str,
    invited: &[NewMember<'_>],
) -> Vec<Statement> {
    let description = format!("{} shared an album ({album_name}) with you", caller.name);
    let message = |member: &NewMember<'_>| {
        let message = AlbumMessage {
            id: &app.uuid(),
            user_id: member.user_id,
            album_id,
            title: "Shared Album Invitation",
            description: &description,
        };
        notifications::album_invite(&message, app.now())
    };
    invited.iter().map(message).collect()
}

/// One mail per new member; the sweeper wakes them when a minute is over.
pub(super) fn invitation_mails(
    app: &App,
    caller: &Caller,
    album_id: &str,
    invited: &[NewMember<'_>],
) -> Vec<Statement> {
    let mail = |member: &NewMember<'_>| {
        let (to, from, now) = (member.user_id, &caller.user_id, app.now());
        jobs::insert(&mails::invite(app.uuid(), album_id, to, from, now), now)
    };
    invited.iter().map(mail).collect()
}

/// The user of the path; `None` stands for the caller (`me`).
fn target(params: &Params) -> Result<Option<UserId>> {
    if params.text("userId") == "me" {
        return Ok(None);
    }
    params.id("userId").map(Some)
}

/// Changes what a member may do (`updateAlbumUser`).
pub async fn set_role(
    guard: Guard<AlbumUserUpdate>,
    State(app): State<App>,
    params: Params,
    Valid(body): Valid<UpdateAlbumUser>,
) -> Result<Response> {
    let (id, user): (AlbumId, _) = (params.id("id")?, target(&params)?);
    let read = albums::standing(id.as_str(), user.as_ref().map(AsRef::as_ref));
    let (auth, results) = guard.admit(&app, vec![read]).await?;
    let [standing] = split(results)?;
    let standing = rules::role_change(Standing::read(&standing)?, body.role)?;
    let write = albums::set_role(id.as_str(), &standing.target, body.role, app.now());
    app.run_as(&auth, vec![write]).await?;
    Ok(no_content())
}

/// Ends a membership (`removeUserFromAlbum`).
pub async fn remove_user(
    guard: Guard<AlbumUserDelete>,
    State(app): State<App>,
    params: Params,
) -> Result<Response> {
    let (id, user): (AlbumId, _) = (params.id("id")?, target(&params)?);
    let read = albums::standing(id.as_str(), user.as_ref().map(AsRef::as_ref));
    let (auth, results) = guard.admit(&app, vec![read]).await?;
    let [standing] = split(results)?;
    let is_self = user.is_none_or(|user| user.as_str() == auth.user_id);
    let standing = rules::removal(Standing::read(&standing)?, is_self)?;
    let writes = albums::batch_remove_member(id.as_str(), &standing.target);
    app.run_as(&auth, writes).await?;
    Ok(no_content())
}
