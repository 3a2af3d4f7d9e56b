//! What those who see an album say about it.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::Activity;
use leptos::prelude::*;
use serde_json::json;

use crate::app::{Globals, put};
use crate::format::{self, t};
use crate::kit::{self, Views};

/// Comments and likes of the album with this id; its owner may remove what others say.
pub fn all(globals: Globals, album: String, is_owner: bool) -> AnyView {
    let said = RwSignal::new(Vec::<Activity>::new());
    let album = StoredValue::new(album);
    let load = move || {
        // The window may be closed when an answer has them asked for again.
        let Some(id) = album.try_get_value() else {
            return;
        };
        let path = format!("/activities?albumId={id}");
        kit::send(globals, "GET", path, None, move |answer| {
            put(said, Vec::from_value(&answer));
        });
    };
    load();
    let own = globals.user.get_untracked().unwrap_or_default().id;
    let like_of_own = {
        let own = own.clone();
        move |said: &[Activity]| {
            let like = said
                .iter()
                .find(|it| it.kind == "like" && it.asset_id.is_none() && it.user.id == own);
            like.map(|like| like.id.clone())
        }
    };
    let lines = move || {
        let own = (!is_owner).then_some(own.as_str());
        lines(globals, &said.get(), own, load)
    };
    let liked = kit::changing(move || {
        let like = said.with(|said| like_of_own(said));
        let words = if like.is_some() {
            t("activity.unlike")
        } else {
            t("activity.like")
        };
        let toggle = move || match &like {
            Some(like) => {
                let path = format!("/activities/{like}");
                kit::send(globals, "DELETE", path, None, move |_answer| load());
            }
            None => say(globals, &album.get_value(), None, load),
        };
        vec![kit::button(words, toggle)]
    });
    let words = RwSignal::new(String::new());
    let submit = move || {
        say(
            globals,
            &album.get_value(),
            Some(words.get_untracked()),
            load,
        );
        words.set(String::new());
    };
    let form = kit::short_form(
        vec![kit::bare_field(t("activity.comment"), words)],
        t("activity.send"),
        submit,
    );
    vec![kit::list(vec![kit::changing(lines)]), liked, form].into_any()
}

/// Says something, or likes.
fn say(globals: Globals, album: &str, words: Option<String>, done: impl Fn() + 'static) {
    let body = match words {
        Some(words) => json!({ "albumId": album, "type": "comment", "comment": words }),
        None => json!({ "albumId": album, "type": "like" }),
    };
    kit::send(
        globals,
        "POST",
        "/activities".to_owned(),
        Some(body),
        move |_answer| done(),
    );
}

/// What is said; only what is by `own` can be removed, if somebody is named.
fn lines(
    globals: Globals,
    said: &[Activity],
    own: Option<&str>,
    load: impl Fn() + Copy + 'static,
) -> Views {
    let line = |it: &Activity| {
        let words = it
            .comment
            .clone()
            .unwrap_or_else(|| t("activity.likes").to_owned());
        let mut parts = vec![
            kit::name(format!("{}: {words}", it.user.name)),
            kit::small(format::here(&it.created_at)),
        ];
        if own.is_none_or(|own| it.user.id == own) {
            let path = format!("/activities/{}", it.id);
            parts.push(kit::icon("close", t("activity.remove"), move || {
                kit::send(globals, "DELETE", path.clone(), None, move |_answer| load());
            }));
        }
        kit::line(parts)
    };
    said.iter().map(line).collect()
}
