//! Photos of this day in earlier years.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Asset, Memory};
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, renew};
use crate::format::{self, say, t};
use crate::kit::{self, Views};

/// Those of today.
#[component]
pub fn Memories() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let memories = RwSignal::new(None::<Vec<Memory>>);
    let rounds = kit::Rounds::new();
    let load = move || {
        let is_last = rounds.begin();
        let path = format!("/memories?for={}T00:00:00.000Z", format::today());
        kit::send(globals, "GET", path, None, move |answer| {
            if is_last() {
                renew(memories, Some(Vec::from_value(&answer)));
            }
        });
    };
    kit::follow(globals, load);
    let draw = move || match memories.get() {
        None => Views::new(),
        Some(memories) if memories.is_empty() => vec![kit::empty(t("memories.none"))],
        Some(memories) => memories
            .into_iter()
            .map(|memory| draw(globals, memory, load))
            .collect(),
    };
    view! {
        <h1 class="page-title">{t("nav.memories")}</h1>
        <div class="panels">{kit::changing(draw)}</div>
    }
}

fn draw(globals: Globals, memory: Memory, load: impl Fn() + Copy + 'static) -> AnyView {
    let year = memory.data.year.to_string();
    let card = |asset: &Asset| {
        let picture = api::picture(&asset.id, "thumbnail");
        let when = format::written(&asset.local_date_time);
        kit::card(format!("/photos/{}", asset.id), picture, when, Views::new())
    };
    let cards = kit::cards(memory.assets.iter().map(card).collect());
    let path = format!("/memories/{}", memory.id);
    let (save, is_saved) = (path.clone(), memory.is_saved);
    let words = if is_saved {
        t("memories.unsave")
    } else {
        t("memories.save")
    };
    let keep = kit::labelled(words, format!("{words}: {year}"), move || {
        let body = json!({ "isSaved": !is_saved });
        kit::save(globals, "PUT", save.clone(), body, load);
    });
    let remove = kit::labelled(
        t("memories.delete"),
        format!("{}: {year}", t("memories.delete")),
        move || {
            kit::send(globals, "DELETE", path.clone(), None, move |_answer| load());
        },
    );
    kit::wide_panel(
        say("memories.title", &[&year]),
        vec![cards, kit::row(vec![keep, remove])],
    )
}
