//! Decisions about albums: who may become a member, what becomes of each id of a bulk request
//! (api/features.md sections A and F).

use std::collections::{HashMap, HashSet};

use edge_api::{
    Permission,
    albums::{AlbumUserAdd, AlbumUserCreate},
    common::BulkIdResponse,
    enums::{AlbumUserRole, BulkIdErrorReason},
};
use edge_http::{Error, Result};
use edge_store::albums::{NewMember, Standing};

/// Members of a new album beside its owner. Errors: users that do not exist, further owners.
pub fn first_members<'a>(
    owner: &str,
    asked: &'a [AlbumUserCreate],
    active: &[String],
) -> Result<Vec<NewMember<'a>>> {
    let mut seen: HashSet<&str> = HashSet::from([owner]);
    let mut members = Vec::new();
    for member in asked {
        let user_id = member.user_id.as_str();
        if !seen.insert(user_id) {
            continue;
        }
        if member.role == AlbumUserRole::Owner {
            return Err(Error::bad_request("Cannot add another owner"));
        }
        if !active.iter().any(|id| id == user_id) {
            return Err(Error::bad_request("Invalid user"));
        }
        members.push(NewMember {
            user_id,
            role: member.role,
        });
    }
    Ok(members)
}

/// Who of the asked is not a member yet. Errors: users that do not exist, further owners.
pub fn new_members<'a>(
    asked: &'a [AlbumUserAdd],
    members: &[String],
    active: &[String],
) -> Result<Vec<NewMember<'a>>> {
    let mut seen: HashSet<&str> = members.iter().map(String::as_str).collect();
    let mut invited = Vec::new();
    for member in asked {
        if member.role == AlbumUserRole::Owner {
            return Err(Error::bad_request("Cannot add another owner"));
        }
        let user_id = member.user_id.as_str();
        if !seen.insert(user_id) {
            continue;
        }
        if !active.iter().any(|id| id == user_id) {
            return Err(Error::bad_request("User not found"));
        }
        invited.push(NewMember {
            user_id,
            role: member.role,
        });
    }
    Ok(invited)
}

/// What becomes of each id of a removal, and which ones to remove. `contents` holds what is in the album
/// and whether the caller may share it; owners may remove everything.
pub fn removed<'a>(
    asked: &[&'a str],
    contents: &[(String, bool)],
    role: Option<AlbumUserRole>,
) -> (Vec<BulkIdResponse>, Vec<&'a str>) {
    let is_owner = role == Some(AlbumUserRole::Owner);
    let mut inside: HashMap<&str, bool> = contents
        .iter()
        .map(|(id, shareable)| (id.as_str(), *shareable || is_owner))
        .collect();
    let mut removed = Vec::new();
    let mut answer = |id: &&'a str| match inside.get(*id) {
        None => BulkIdResponse::failed(*id, BulkIdErrorReason::NotFound),
        Some(false) => BulkIdResponse::failed(*id, BulkIdErrorReason::NoPermission),
        Some(true) => {
            inside.remove(*id);
            removed.push(*id);
            BulkIdResponse::ok(*id)
        }
    };
    let answers = asked.iter().map(&mut answer).collect();
    (answers, removed)
}

/// Whether the caller may give the target this role: editors may, but only an owner makes an owner.
pub fn role_change(standing: Option<Standing>, role: AlbumUserRole) -> Result<Standing> {
    let standing = standing
        .filter(Standing::may_edit)
        .filter(|standing| role != AlbumUserRole::Owner || standing.owns())
        .ok_or_else(|| Error::no_access(Permission::AlbumShare))?;
    match standing.target_role {
        None => Err(Error::bad_request("Album not shared with user")),
        Some(AlbumUserRole::Owner) => Err(Error::bad_request("User is owner")),
        Some(AlbumUserRole::Editor | AlbumUserRole::Viewer) => Ok(standing),
    }
}

/// Whether the caller may end the target's membership. A stranger hears the same as when there is no
/// such album.
pub fn removal(standing: Option<Standing>, is_self: bool) -> Result<Standing> {
    let not_shared = || Error::bad_request("Album not shared with user");
    let no_access = || Error::no_access(Permission::AlbumShare);
    let standing = standing
        .filter(|standing| standing.role.is_some())
        .ok_or_else(|| if is_self { not_shared() } else { no_access() })?;
    let role = standing.target_role.ok_or_else(not_shared)?;
    let may_remove = match role {
        AlbumUserRole::Owner => standing.owns(),
        AlbumUserRole::Editor | AlbumUserRole::Viewer => standing.may_edit(),
    };
    if !is_self && !may_remove {
        return Err(no_access());
    }
    if role == AlbumUserRole::Owner && standing.owners < 2 {
        return Err(Error::bad_request("Cannot remove the last album owner"));
    }
    Ok(standing)
}
