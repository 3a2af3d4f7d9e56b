//! Who may ask for which timeline (api/features.md section C, api/auth.md sections 5 and 7).

use edge_api::{Permission, enums::AssetVisibility, timeline::TimelineQuery};
use edge_http::{Error, Result};
use edge_store::{
    caller::{Caller, Kind},
    timeline::Grants,
};

/// Refuses queries for scopes that are not open to the caller.
pub fn check(caller: &Caller, query: &TimelineQuery, grants: Grants) -> Result<()> {
    let is_locked = query.visibility == Some(AssetVisibility::Locked);
    if is_locked && !caller.elevated {
        return Err(Error::unauthorized("Elevated permission is required"));
    }
    if !grants.album {
        return Err(Error::no_access(Permission::AlbumRead));
    }
    check_owner(caller, query, grants, is_locked)?;
    if !grants.tag {
        return Err(Error::no_access(Permission::TagRead));
    }
    if query.with_partners == Some(true) && !fits_partners(query) {
        return Err(Error::bad_request(
            "withPartners is only supported for non-archived, non-trashed, non-favorited, non-locked assets",
        ));
    }
    Ok(())
}

fn check_owner(
    caller: &Caller,
    query: &TimelineQuery,
    grants: Grants,
    is_locked: bool,
) -> Result<()> {
    let is_link = matches!(caller.kind, Kind::Link(_));
    if is_link && query.album_id.is_none() {
        return Err(Error::no_access(Permission::TimelineRead));
    }
    let is_foreign = query
        .user_id
        .as_ref()
        .is_some_and(|user| user.as_str() != caller.user_id);
    if is_foreign && is_locked {
        return Err(Error::bad_request(
            "You may not access another user's locked timeline",
        ));
    }
    if !grants.user {
        return Err(Error::no_access(Permission::TimelineRead));
    }
    if is_foreign && query.visibility == Some(AssetVisibility::Archive) {
        return Err(Error::no_access(Permission::ArchiveRead));
    }
    Ok(())
}

/// Partners show only what they have on their own timeline.
fn fits_partners(query: &TimelineQuery) -> bool {
    matches!(
        query.visibility,
        Some(AssetVisibility::Timeline | AssetVisibility::Hidden)
    ) && query.is_favorite.is_none()
        && query.is_trashed.is_none()
}
