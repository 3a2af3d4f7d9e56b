//! Photos that are shown as one: below the open one lie the others.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Asset, InStack, Stack};
use leptos::prelude::*;
use serde_json::json;

use super::Screen;
use crate::api;
use crate::app::put;
use crate::format::{say, t};
use crate::kit::{self, Views};

/// All of them; nothing where the photo is alone, or of somebody else.
pub fn strip(screen: Screen) -> AnyView {
    let stack = Memo::new(move |_| screen.stack().filter(|_| screen.is_own()));
    let photos = RwSignal::new(Vec::<Asset>::new());
    let rounds = kit::Rounds::new();
    Effect::new(move |_| {
        put(photos, Vec::new());
        let is_last = rounds.begin();
        if let Some(InStack { id, .. }) = stack.get() {
            let path = format!("/stacks/{id}");
            kit::send(screen.photos.globals, "GET", path, None, move |answer| {
                if is_last() {
                    put(photos, Stack::from_value(&answer).assets);
                }
            });
        }
    });
    kit::changing(move || {
        let found = photos.get();
        match stack.get() {
            Some(stack) if !found.is_empty() => vec![draw(screen, &stack, &found)],
            _ => Views::new(),
        }
    })
}

fn draw(screen: Screen, stack: &InStack, photos: &[Asset]) -> AnyView {
    let id = screen.id.get_value();
    let path = format!("/stacks/{}", stack.id);
    let mut parts: Views = photos
        .iter()
        .enumerate()
        .map(|(at, photo)| one(screen, photo, at, photo.id == id))
        .collect();
    if id != stack.primary_asset_id {
        let (path, body) = (path.clone(), json!({ "primaryAssetId": id }));
        parts.push(kit::button(t("stack.first"), move || {
            kit::save(
                screen.photos.globals,
                "PUT",
                path.clone(),
                body.clone(),
                move || screen.photos.globals.changed(),
            );
        }));
    }
    parts.push(kit::button(t("stack.end"), move || {
        kit::send(
            screen.photos.globals,
            "DELETE",
            path.clone(),
            None,
            move |_answer| screen.photos.globals.changed(),
        );
    }));
    view! { <div class="stack" role="group" aria-label=t("stack.label")>{parts}</div> }.into_any()
}

/// A photo of it; `at` counts from 0.
fn one(screen: Screen, photo: &Asset, at: usize, is_shown: bool) -> AnyView {
    let picture = api::current_picture(&photo.id, "thumbnail", photo.thumbhash.as_deref());
    let id = photo.id.clone();
    let current = is_shown.then_some("true");
    let label = say("stack.photo", &[&(at + 1).to_string()]);
    view! {
        <button type="button" class="in-stack" aria-label=label aria-current=current on:click=move |_event| screen.show(&id)>
            <img src=picture alt="" />
        </button>
    }
    .into_any()
}
