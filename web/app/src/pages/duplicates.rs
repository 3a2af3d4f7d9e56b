//! Photos that look the same: which to keep.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Asset, Duplicate};
use edge_web_core::pieces::Objects;
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, renew};
use crate::format::{self, say, t};
use crate::kit::{self, Views};
use crate::share::{Deed, has_trash, is_sure};
use crate::watch::{Looked, watch};

/// How many groups are read and shown at a time.
const MOST: usize = 50;

/// The first groups of them; the next ones come when these are settled.
#[component]
pub fn Duplicates() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let groups = RwSignal::new(None::<Vec<Duplicate>>);
    let ask = move || -> Looked {
        Box::pin(async move {
            let (mut objects, mut found) = (Objects::default(), Vec::new());
            let take = |piece: &[u8]| {
                objects.take(piece, &mut |group| {
                    found.push(Duplicate::from_value(&group))
                });
                found.len() <= MOST && !groups.is_disposed()
            };
            api::pieces("/duplicates", take).await?;
            Ok(renew(groups, Some(found)))
        })
    };
    watch(globals, ask);
    let done = move || globals.tell(t("done.saved"));
    let above = move || match groups.with(|groups| groups.as_ref().map(Vec::len)) {
        Some(0) => vec![kit::empty(t("duplicates.none"))],
        Some(count) if count > MOST => {
            vec![kit::words(say("duplicates.first", &[&MOST.to_string()]))]
        }
        _ => Views::new(),
    };
    let part = move |group: Duplicate| -> kit::Lasting {
        let ids = group.assets.iter().map(|asset| asset.id.as_str());
        let key = std::iter::once(group.duplicate_id.as_str()).chain(ids);
        let key = key.collect::<Vec<_>>().join(" ");
        (key, Box::new(move || draw(globals, group, done)))
    };
    let parts = move || -> Vec<kit::Lasting> {
        let groups = groups.get().unwrap_or_default();
        groups.into_iter().take(MOST).map(part).collect()
    };
    view! {
        <h1 class="page-title">{t("nav.duplicates")}</h1>
        <div class="panels">{kit::changing(above)}{kit::lasting(parts)}</div>
    }
}

/// A photo, and whether it is kept.
type Kept = (String, RwSignal<bool>);

fn draw(globals: Globals, group: Duplicate, done: impl Fn() + Copy + Send + 'static) -> AnyView {
    let suggested = &group.suggested_keep_asset_ids;
    let is_kept = |asset: &Asset| suggested.is_empty() || suggested.contains(&asset.id);
    let kept: Vec<Kept> = group
        .assets
        .iter()
        .map(|asset| (asset.id.clone(), RwSignal::new(is_kept(asset))))
        .collect();
    let card = |(asset, (_, keep)): (&Asset, &Kept)| {
        let size = asset
            .exif_info
            .file_size_in_byte
            .map(format::bytes)
            .unwrap_or_default();
        let pixels = asset
            .width
            .zip(asset.height)
            .map(|(width, height)| format!("{width} × {height}"));
        let more = vec![
            kit::small(format!("{} {size}", pixels.unwrap_or_default())),
            kit::tick(
                format!("{}: {}", t("duplicates.keep"), asset.original_file_name),
                *keep,
            ),
        ];
        let picture = api::picture(&asset.id, "thumbnail");
        kit::card(
            format!("/photos/{}", asset.id),
            picture,
            asset.original_file_name.clone(),
            more,
        )
    };
    let cards = kit::cards(group.assets.iter().zip(&kept).map(card).collect());
    let (id, every) = (group.duplicate_id, kept.clone());
    let other = id.clone();
    let resolve = move || {
        let of = |wanted: bool| {
            let chosen = kept
                .iter()
                .filter(|(_, keep)| keep.get_untracked() == wanted);
            chosen.map(|(id, _)| id.clone()).collect::<Vec<_>>()
        };
        let others = of(false);
        if others.is_empty() || is_sure(globals, Deed::Trash) {
            send(globals, &id, of(true), others, done);
        }
    };
    let keep_all = move || {
        let all = every.iter().map(|(id, _)| id.clone()).collect();
        send(globals, &other, all, Vec::new(), done);
    };
    let buttons = vec![
        kit::button(resolving(globals), resolve),
        kit::button(t("duplicates.keep-all"), keep_all),
    ];
    kit::wide_panel(String::new(), vec![cards, kit::row(buttons)])
}

/// What becomes of those that are not kept.
fn resolving(globals: Globals) -> &'static str {
    if has_trash(globals) {
        t("duplicates.resolve")
    } else {
        t("duplicates.delete")
    }
}

/// What is not kept goes to the trash.
fn send(
    globals: Globals,
    id: &str,
    keep: Vec<String>,
    trash: Vec<String>,
    done: impl Fn() + 'static,
) {
    let group = json!({ "duplicateId": id, "keepAssetIds": keep, "trashAssetIds": trash });
    let body = json!({ "groups": [group] });
    kit::send(
        globals,
        "POST",
        "/duplicates/resolve".to_owned(),
        Some(body),
        move |_answer| {
            globals.changed();
            done();
        },
    );
}
