//! Who sees an album.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Album, User};
use leptos::prelude::*;
use serde_json::json;

use crate::app::{Globals, put};
use crate::format::{say, t};
use crate::kit::{self, Views};

/// Its members, and those who may become some.
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
    let lines = move || {
        let album = album.get().unwrap_or_default();
        let mut lines = members(globals, &album, &key, reload);
        lines.extend(others(globals, &album, &users.get(), &key, reload));
        lines
    };
    vec![
        view! { <h3>{t("album.members")}</h3> }.into_any(),
        kit::list(vec![kit::changing(lines)]),
    ]
    .into_any()
}

fn members(
    globals: Globals,
    album: &Album,
    key: &str,
    reload: impl Fn() + Copy + 'static,
) -> Views {
    let members = album.album_users.iter().map(|member| {
        let role = match member.role.as_str() {
            "owner" => t("role.owner"),
            "editor" => t("role.editor"),
            _ => t("role.viewer"),
        };
        let mut parts = vec![kit::name(member.user.name.clone()), kit::small(role)];
        if member.role != "owner" {
            let path = format!("/albums/{key}/user/{}", member.user.id);
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
        for (role, words) in [("viewer", t("role.viewer")), ("editor", t("role.editor"))] {
            let path = format!("/albums/{key}/users");
            let body = json!({ "albumUsers": [{ "userId": user.id, "role": role }] });
            parts.push(kit::labelled(
                words,
                format!("{}: {words}", user.name),
                move || {
                    let body = Some(body.clone());
                    kit::send(globals, "PUT", path.clone(), body, move |_answer| reload());
                },
            ));
        }
        kit::line(parts)
    });
    others.collect()
}
