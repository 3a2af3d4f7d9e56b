//! Photos that look the same: which ones to keep.
use edge_web_core::model::{Asset, Duplicates as Group};
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::route::Link;

/// All groups.
#[component]
pub fn Duplicates() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let groups = RwSignal::new(None::<Vec<Group>>);
    Effect::new(move |_| {
        globals.changes.track();
        globals.run(api::get::<Vec<Group>>("/duplicates"), move |found| {
            put(groups, Some(found))
        });
    });
    let is_empty = move || groups.with(|groups| groups.as_ref().is_some_and(Vec::is_empty));
    view! {
        <h1 class="page-title">{t("nav.duplicates")}</h1>
        <Show when=is_empty>
            <p class="empty">{t("duplicates.none")}</p>
        </Show>
        <div class="panels">
            {move || groups.get().unwrap_or_default().into_iter().map(|group| view! { <Choice group=group /> }).collect_view()}
        </div>
    }
}

/// Lets choose which photos of a group stay.
#[component]
fn Choice(group: Group) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let id = StoredValue::new(group.duplicate_id);
    let all = StoredValue::new(
        group
            .assets
            .iter()
            .map(|asset| asset.id.clone())
            .collect::<Vec<_>>(),
    );
    let kept = RwSignal::new(group.suggested_keep_asset_ids);
    let toggle = move |asset: &str, on: bool| {
        kept.update(|kept| {
            kept.retain(|id| id != asset);
            if on {
                kept.push(asset.to_owned());
            }
        });
    };
    let resolve = move |_event| {
        let kept = kept.get_untracked();
        let (keep, trash): (Vec<String>, Vec<String>) = all
            .get_value()
            .into_iter()
            .partition(|id| kept.contains(id));
        let group =
            json!({ "duplicateId": id.get_value(), "keepAssetIds": keep, "trashAssetIds": trash });
        let body = json!({ "groups": [group] });
        globals.run(
            api::act("POST", "/duplicates/resolve", Some(body)),
            move |()| {
                globals.tell(t("done.saved"));
                globals.changed();
            },
        );
    };
    let none_kept = move || kept.with(Vec::is_empty);
    let count = say("timeline.count", &[&group.assets.len().to_string()]);
    view! {
        <section class="panel">
            <h2>{count}</h2>
            <ul class="list">
                {group.assets.into_iter().map(|asset| view! { <Candidate asset=asset kept=kept toggle=toggle /> }).collect_view()}
            </ul>
            <button type="button" class="primary" disabled=none_kept on:click=resolve>{t("duplicates.keep")}</button>
        </section>
    }
}

/// A photo of a group.
#[component]
fn Candidate(
    asset: Asset,
    kept: RwSignal<Vec<String>>,
    toggle: impl Fn(&str, bool) + Copy + 'static,
) -> impl IntoView {
    let (shown, own) = (asset.id.clone(), asset.id.clone());
    let size = asset.exif_info.file_size_in_byte.map(format::bytes);
    let pixels = asset
        .width
        .zip(asset.height)
        .map(|(width, height)| format!("{width} × {height}"));
    let facts = [pixels, size].into_iter().flatten().collect::<Vec<_>>();
    view! {
        <li class="line">
            <Link to=format!("/photos/{}", asset.id) class="small-picture" label=say("photo.label", &[&format::here(&asset.file_created_at)])>
                <img src=api::picture(&asset.id, "thumbnail") alt="" loading="lazy" />
            </Link>
            <span>{asset.original_file_name.clone()}<br /><small>{facts.join(" · ")}</small></span>
            <label class="tick">
                <input
                    type="checkbox"
                    name="keep"
                    prop:checked=move || kept.with(|kept| kept.contains(&shown))
                    on:change=move |event| toggle(&own, event_target_checked(&event))
                />
                {t("duplicates.stays")}
            </label>
        </li>
    }
}
