//! What is known of the photo.
use edge_web_core::model::{Asset, Exif};
use leptos::prelude::*;
use serde_json::json;

use super::{Screen, edit, faces};
use crate::api;
use crate::format::{self, t};

/// All of it.
#[component]
pub fn Info(screen: Screen, asset: Asset) -> impl IntoView {
    let may_change = !screen.is_trash && untrack(|| screen.is_own());
    let mut facts = vec![
        (t("info.file"), asset.original_file_name.clone()),
        (t("info.taken"), format::written(&asset.local_date_time)),
    ];
    facts.extend(camera(&asset));
    facts.push((t("info.place"), place(&asset.exif_info)));
    if !may_change {
        let said = asset.exif_info.description.clone();
        facts.push((t("info.description"), said.unwrap_or_default()));
        let tags = asset.tags.iter().map(|tag| tag.value.clone());
        facts.push((t("info.tags"), tags.collect::<Vec<_>>().join(", ")));
    }
    facts.retain(|(_, words)| !words.is_empty());
    let form = may_change.then(|| description(screen, &asset));
    let own = may_change.then(|| edit::all(screen, &asset));
    view! {
        <aside class="info" aria-label=t("viewer.info")>
            {form}
            <dl>
                {facts.into_iter().map(|(name, words)| view! { <dt>{name}</dt><dd>{words}</dd> }).collect_view()}
            </dl>
            {faces::list(screen)}
            {own}
        </aside>
    }
}

/// The form for words about it.
fn description(screen: Screen, asset: &Asset) -> AnyView {
    let description = RwSignal::new(asset.exif_info.description.clone().unwrap_or_default());
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let path = format!("/assets/{}", screen.id.get_value());
        let body = json!({ "description": description.get_untracked() });
        screen.photos.globals.run(
            async move { api::act("PUT", &path, Some(body)).await },
            move |()| screen.photos.globals.tell(t("done.saved")),
        );
    };
    view! {
        <form class="line" on:submit=save>
            <textarea
                name="description"
                rows="2"
                aria-label=t("info.description")
                placeholder=t("info.description")
                prop:value=move || description.get()
                on:input=move |event| description.set(event_target_value(&event))
            ></textarea>
            <button type="submit">{t("do.save")}</button>
        </form>
    }
    .into_any()
}

/// Size, camera and exposure.
fn camera(asset: &Asset) -> Vec<(&'static str, String)> {
    let exif = &asset.exif_info;
    let joined =
        |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let pixels = asset
        .width
        .zip(asset.height)
        .map(|(width, height)| format!("{width} × {height}"));
    let exposure = vec![
        exif.f_number
            .map(|number| format!("f/{}", format::number(number))),
        exif.exposure_time.clone().map(|time| format!("{time} s")),
        exif.focal_length
            .map(|length| format!("{} mm", format::number(length))),
        exif.iso.map(|iso| format!("ISO {iso}")),
    ];
    vec![
        (
            t("info.size"),
            joined(vec![pixels, exif.file_size_in_byte.map(format::bytes)]),
        ),
        (
            t("info.camera"),
            joined(vec![
                exif.make.clone(),
                exif.model.clone(),
                exif.lens_model.clone(),
            ]),
        ),
        (t("info.exposure"), joined(exposure)),
    ]
}

fn place(exif: &Exif) -> String {
    let parts = [&exif.city, &exif.state, &exif.country];
    parts
        .into_iter()
        .flatten()
        .cloned()
        .collect::<Vec<_>>()
        .join(", ")
}
