//! What can be done with the photo.
use edge_web_core::model::Asset;
use leptos::prelude::*;

use super::Screen;
use super::picture::Film;
use crate::format::t;
use crate::icons::{Icon, IconButton};
use crate::kit;
use crate::share::{AlbumChoice, Deed, deleting};

/// All of it.
#[component]
pub fn Bar(screen: Screen) -> impl IntoView {
    let is_choosing = RwSignal::new(false);
    let original = format!("/api/assets/{}/original", screen.id.get_value());
    let name = move || of(screen, |asset| asset.original_file_name.clone());
    let has_picture = |asset: &Asset| asset.kind == "IMAGE" && asset.thumbhash.is_some();
    let is_photo = move || !screen.is_cropping.get() && of(screen, has_picture);
    let has_film = move || of(screen, |asset| asset.live_photo_video_id.is_some());
    view! {
        <div class="bar" role="toolbar" aria-label=t("viewer.label")>
            <IconButton name="back" label=t("do.close") action=move || screen.close() />
            <span class="name">{name}</span>
            {kit::when(is_photo, move || zoom(screen))}
            {kit::when(has_film, move || view! { <Film screen=screen /> }.into_any())}
            {kit::when(move || screen.may_share(), move || kit::icon("add", t("do.add-to-album"), move || is_choosing.set(true)))}
            <a class="icon-button" href=original download=name aria-label=t("do.download") title=t("do.download")>
                <Icon name="download" />
            </a>
            {kit::when(move || screen.is_own(), move || own(screen))}
            <IconButton
                name="info"
                label=t("viewer.info")
                pressed=Signal::derive(move || screen.with_info.get())
                action=move || screen.with_info.update(|on| *on = !*on)
            />
        </div>
        <Show when=move || is_choosing.get()>
            <AlbumChoice ids=Signal::derive(move || vec![screen.id.get_value()]) done=move || is_choosing.set(false) />
        </Show>
    }
}

/// Shows it as large as it is, or as a whole again.
fn zoom(screen: Screen) -> AnyView {
    let pressed = Signal::derive(move || screen.is_large.get());
    let toggle = move || screen.is_large.update(|on| *on = !*on);
    view! { <IconButton name="zoom" label=t("viewer.zoom") pressed=pressed action=toggle /> }
        .into_any()
}

/// What `look` sees in the photo; nothing while it is not loaded.
fn of<T: Default>(screen: Screen, look: impl FnOnce(&Asset) -> T) -> T {
    let seen = |asset: &Option<Asset>| asset.as_ref().map(look);
    screen.asset.with(seen).unwrap_or_default()
}

/// What only the owner may do, where the photo lies.
fn own(screen: Screen) -> AnyView {
    if screen.is_trash {
        return view! {
            <IconButton name="restore" label=t("do.restore") action=move || screen.act(Deed::Restore) />
            <IconButton name="trash" label=t("do.delete") action=move || screen.act(Deed::Delete) />
        }
        .into_any();
    }
    if screen.is_locked {
        return view! {
            <IconButton name="unlock" label=t("do.unlock") action=move || screen.act(Deed::Lock(false)) />
            <IconButton name="trash" label=t("do.delete") action=move || screen.act(Deed::Delete) />
        }
        .into_any();
    }
    let is_archived = move || of(screen, |asset| asset.visibility == "archive");
    let archive = move || said(is_archived(), "do.unarchive", "do.archive");
    let favorite = move || said(screen.is_favorite(), "do.no-favorite", "do.favorite");
    view! {
        <IconButton name="favorite" label=Signal::derive(favorite) pressed=Signal::derive(move || screen.is_favorite()) action=move || screen.act(Deed::Favorite(!untrack(move || screen.is_favorite()))) />
        <IconButton name="archive" label=Signal::derive(archive) action=move || screen.act(Deed::Archive(!untrack(is_archived))) />
        <IconButton name="lock" label=t("do.lock") action=move || screen.act(Deed::Lock(true)) />
        <IconButton name="trash" label=deleting(screen.photos.globals) action=move || screen.act(Deed::Trash) />
    }
    .into_any()
}

/// One of two texts.
fn said(is_so: bool, yes: &'static str, no: &'static str) -> String {
    t(if is_so { yes } else { no }).to_owned()
}
