//! Who sees an album, who may do what there, and leaving it.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Album, Member, User};
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::app::{Globals, put};
use crate::format::{say, t};
use crate::kit::{self, Views};
use crate::route;

/// What somebody may do who is not the owner.
const ROLES: [&str; 2] = ["viewer", "editor"];

/// Its members, and those who may become some, where the person may say so. All but the last owner may leave.
pub fn all(
    globals: Globals,
    album: RwSignal<Option<Album>>,
    key: String,
    reload: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    let users = RwSignal::new(Vec::<User>::new());
    kit::send(globals, "GET", "/users".to_owned(), None, move |answer| {
        put(users, Vec::from_value(&answer));
    });
    let own = globals.user.get_untracked().unwrap_or_default().id;
    let lines = move || {
        let album = album.get().unwrap_or_default();
        let is_own = |member: &&Member| member.user.id == own;
        let role = album.album_users.iter().find(is_own);
        let role = role.map_or("", |member| member.role.as_str());
        let may_change = matches!(role, "owner" | "editor");
        let own = (own.as_str(), may_change);
        let mut lines = members(globals, &album, &key, own, reload);
        if may_change {
            lines.extend(others(globals, &album, &users.get(), &key, reload));
        }
        lines
    };
    kit::list(vec![kit::changing(lines)])
}

fn role_name(role: &str) -> &'static str {
    match role {
        "owner" => t("role.owner"),
        "editor" => t("role.editor"),
        _ => t("role.viewer"),
    }
}

/// Gives somebody a role.
fn give(
    globals: Globals,
    name: &str,
    role: &str,
    path: String,
    body: Value,
    reload: impl Fn() + Copy + 'static,
) -> AnyView {
    let words = role_name(role);
    kit::labelled(words, format!("{name}: {words}"), move || {
        let body = Some(body.clone());
        kit::send(globals, "PUT", path.clone(), body, move |_answer| reload());
    })
}

/// A member's way out of the album.
fn leave(globals: Globals, key: &str) -> AnyView {
    let path = format!("/albums/{key}/user/me");
    kit::button(t("album.leave"), move || {
        if kit::is_sure(t("album.sure-leave")) {
            kit::send(globals, "DELETE", path.clone(), None, move |_answer| {
                route::replace(globals, "/albums");
            });
        }
    })
}

fn members(
    globals: Globals,
    album: &Album,
    key: &str,
    (own, may_change): (&str, bool),
    reload: impl Fn() + Copy + 'static,
) -> Views {
    let is_owner = |member: &&Member| member.role == "owner";
    // The last one stays.
    let has_others = album.album_users.iter().filter(is_owner).count() > 1;
    let members = album.album_users.iter().map(|member| {
        let words = role_name(&member.role);
        let mut parts = vec![kit::name(member.user.name.clone()), kit::small(words)];
        let is_owner = is_owner(&member);
        if member.user.id == own {
            if !is_owner || has_others {
                parts.push(leave(globals, key));
            }
        } else if may_change && !is_owner {
            let path = format!("/albums/{key}/user/{}", member.user.id);
            let name = &member.user.name;
            let other = ROLES.into_iter().filter(|role| *role != member.role);
            parts.extend(other.map(|role| {
                let body = json!({ "role": role });
                give(globals, name, role, path.clone(), body, reload)
            }));
            let label = say("album.remove-member", &[&member.user.name]);
            parts.push(kit::icon("close", label, move || {
                kit::send(globals, "DELETE", path.clone(), None, move |_answer| {
                    reload()
                });
            }));
        }
        kit::line(parts)
    });
    members.collect()
}

fn others(
    globals: Globals,
    album: &Album,
    users: &[User],
    key: &str,
    reload: impl Fn() + Copy + 'static,
) -> Views {
    let is_member = |user: &User| {
        let mut members = album.album_users.iter();
        members.any(|member| member.user.id == user.id)
    };
    let others = users.iter().filter(|user| !is_member(user)).map(|user| {
        let mut parts = vec![kit::name(user.name.clone())];
        parts.extend(ROLES.into_iter().map(|role| {
            let path = format!("/albums/{key}/users");
            let body = json!({ "albumUsers": [{ "userId": user.id, "role": role }] });
            give(globals, &user.name, role, path, body, reload)
        }));
        kit::line(parts)
    });
    others.collect()
}
