//! What the owner changes about a photo: when it was taken, its tags, how it is turned, mirrored and cropped.
use std::time::Duration;

use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Asset, Edit, Edits, Tag};
use edge_web_core::{crop, edits};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::Screen;
use crate::format::{say, t};
use crate::kit::{
    self, Views, bare_field, button, field, fold, icon, line, list, name, short_form,
};

/// When to look for the picture of a photo that was edited, in seconds; the server may tell earlier that it is there.
const LOOK: [u64; 4] = [2, 5, 15, 40];

/// All of it.
pub fn all(screen: Screen, asset: &Asset) -> AnyView {
    let mut parts: Views = vec![tags(screen, &asset.tags), date(screen, asset)];
    // The server edits neither videos nor live photos.
    if asset.kind == "IMAGE" && asset.live_photo_video_id.is_none() {
        let mut buttons = vec![
            button(t("edit.left"), move || lay(screen, edits::turned, false)),
            button(t("edit.right"), move || lay(screen, edits::turned, true)),
            button(t("edit.mirror"), move || {
                lay(screen, edits::mirrored, false)
            }),
            button(t("edit.upside-down"), move || {
                lay(screen, edits::mirrored, true)
            }),
        ];
        if crop::size(asset).is_some() {
            buttons.push(button(t("edit.crop"), move || {
                // On a phone there is no room for both.
                screen.with_info.set(false);
                screen.is_cropping.set(true);
            }));
        }
        parts.push(kit::row(buttons));
    }
    parts.into_any()
}

/// When it was taken.
fn date(screen: Screen, asset: &Asset) -> AnyView {
    let written = asset.local_date_time.get(..19).unwrap_or_default();
    let value = RwSignal::new(written.to_owned());
    let offset = edits::offset(&asset.local_date_time, &asset.file_created_at);
    let path = format!("/assets/{}", asset.id);
    let input = field(t("info.taken"), "datetime-local", value);
    let save = move || {
        let Some(moment) = edits::moment(&value.get_untracked(), &offset) else {
            return;
        };
        let body = json!({ "dateTimeOriginal": moment });
        kit::save(
            screen.photos.globals,
            "PUT",
            path.clone(),
            body,
            move || {
                screen.photos.globals.changed();
            },
        );
    };
    fold(
        t("edit.date").to_owned(),
        vec![kit::form(vec![input], t("do.save"), save)],
    )
}

/// How it is tagged.
fn tags(screen: Screen, tags: &[Tag]) -> AnyView {
    let globals = screen.photos.globals;
    let photo = screen.id.get_value();
    let ids = json!({ "ids": [photo] });
    let lines: Views = tags
        .iter()
        .map(|tag| {
            let (path, ids) = (format!("/tags/{}/assets", tag.id), ids.clone());
            let remove = move || {
                let ids = Some(ids.clone());
                kit::send(globals, "DELETE", path.clone(), ids, move |_answer| {
                    screen.load()
                });
            };
            let label = say("edit.remove-tag", &[&tag.value]);
            line(vec![name(tag.value.clone()), icon("close", label, remove)])
        })
        .collect();
    let new = RwSignal::new(String::new());
    let add = move || {
        let (tags, ids) = (json!({ "tags": [new.get_untracked()] }), ids.clone());
        kit::send(
            globals,
            "PUT",
            "/tags".to_owned(),
            Some(tags),
            move |answer| {
                let Some(tag) = Vec::<Tag>::from_value(&answer).pop() else {
                    return;
                };
                let path = format!("/tags/{}/assets", tag.id);
                kit::send(globals, "PUT", path, Some(ids), move |_answer| {
                    screen.load()
                });
            },
        );
    };
    let form = short_form(vec![bare_field(t("edit.tag"), new)], t("edit.add-tag"), add);
    vec![list(lines), form].into_any()
}

/// Lays the photo down another way.
fn lay(screen: Screen, change: fn(Vec<Edit>, bool) -> Vec<Edit>, way: bool) {
    ask(screen, move |edits| put(screen, change(edits, way)));
}

/// Asks how the photo is edited.
pub fn ask(screen: Screen, done: impl FnOnce(Vec<Edit>) + 'static) {
    kit::send(
        screen.photos.globals,
        "GET",
        path_of(screen),
        None,
        move |answer| {
            done(Edits::from_value(&answer).edits);
        },
    );
}

/// Has the photo edited so, and looks for its picture.
pub fn put(screen: Screen, edits: Vec<Edit>) {
    let globals = screen.photos.globals;
    let (method, body) = if edits.is_empty() {
        ("DELETE", None)
    } else {
        let edits: Vec<Value> = edits
            .into_iter()
            .map(|edit| json!({ "action": edit.action, "parameters": edit.parameters }))
            .collect();
        ("PUT", Some(json!({ "edits": edits })))
    };
    kit::send(globals, method, path_of(screen), body, move |_answer| {
        globals.tell(t("edit.done"));
        for seconds in LOOK {
            set_timeout(move || globals.changed(), Duration::from_secs(seconds));
        }
    });
}

fn path_of(screen: Screen) -> String {
    format!("/assets/{}/edits", screen.id.get_value())
}
