//! What can be done with the photo.
use leptos::prelude::*;

use super::Screen;
use super::picture::Film;
use crate::format::t;
use crate::icons::{Icon, IconButton};
use crate::share::{AlbumChoice, Deed};

/// All of it.
#[component]
pub fn Bar(screen: Screen) -> impl IntoView {
    let is_choosing = RwSignal::new(false);
    let original = format!("/api/assets/{}/original", screen.id.get_value());
    let name = move || {
        screen.asset.with(|asset| {
            asset
                .as_ref()
                .map(|asset| asset.original_file_name.clone())
                .unwrap_or_default()
        })
    };
    let is_archived = move || {
        screen.asset.with(|asset| {
            asset
                .as_ref()
                .is_some_and(|asset| asset.visibility == "archive")
        })
    };
    let archive = move || {
        if is_archived() {
            t("do.unarchive")
        } else {
            t("do.archive")
        }
        .to_owned()
    };
    let favorite = move || {
        if screen.is_favorite() {
            t("do.no-favorite")
        } else {
            t("do.favorite")
        }
        .to_owned()
    };
    let own = move || {
        screen.is_own().then(|| {
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
            view! {
                <IconButton name="favorite" label=Signal::derive(favorite) pressed=Signal::derive(move || screen.is_favorite()) action=move || screen.act(Deed::Favorite(!untrack(move || screen.is_favorite()))) />
                <IconButton name="archive" label=Signal::derive(archive) action=move || screen.act(Deed::Archive(!untrack(is_archived))) />
                <IconButton name="lock" label=t("do.lock") action=move || screen.act(Deed::Lock(true)) />
                <IconButton name="trash" label=t("do.trash") action=move || screen.act(Deed::Trash) />
            }
            .into_any()
        })
    };
    let film = move || {
        let has_film = screen.asset.with(|asset| {
            asset
                .as_ref()
                .is_some_and(|asset| asset.live_photo_video_id.is_some())
        });
        has_film.then(|| view! { <Film screen=screen /> })
    };
    view! {
        <div class="bar" role="toolbar" aria-label=t("viewer.label")>
            <IconButton name="back" label=t("do.close") action=move || screen.close() />
            <span class="name">{name}</span>
            {film}
            <IconButton name="add" label=t("do.add-to-album") action=move || is_choosing.set(true) />
            <a class="icon-button" href=original download=name aria-label=t("do.download") title=t("do.download")>
                <Icon name="download" />
            </a>
            {own}
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
