//! What is done with chosen photos, and the choice of an album for them.
use std::collections::BTreeSet;

use edge_web_core::model::Album;
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::albums::links;
use crate::api;
use crate::app::{Globals, put};
use crate::focus;
use crate::format::{self, say, t};
use crate::icons::IconButton;
use crate::kit;
use crate::photos::{Kind, Photos};

/// Something that is done with photos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Makes them favourites, or not.
    Favorite(bool),
    /// Archives them, or brings them back to the timeline.
    Archive(bool),
    /// Puts them into the locked folder, or takes them out again.
    Lock(bool),
    /// Moves them to the trash.
    Trash,
    /// Brings them back from there.
    Restore,
    /// Deletes them for good.
    Delete,
}

/// Whether the person is sure, where there is no way back.
pub fn is_sure(deed: Deed) -> bool {
    deed != Deed::Delete
        || window()
            .confirm_with_message(t("trash.sure-chosen"))
            .unwrap_or(false)
}

/// The request for it, and what to say when it is done.
fn request(deed: Deed, ids: &[String]) -> (&'static str, &'static str, Value, &'static str) {
    let shown = |visibility: &str, words| {
        let body = json!({ "ids": ids, "visibility": visibility });
        ("PUT", "/assets", body, words)
    };
    let only = json!({ "ids": ids });
    let favorite = |on: bool| json!({ "ids": ids, "isFavorite": on });
    match deed {
        Deed::Favorite(true) => ("PUT", "/assets", favorite(true), t("done.favorite")),
        Deed::Favorite(false) => ("PUT", "/assets", favorite(false), t("done.no-favorite")),
        Deed::Archive(true) => shown("archive", t("done.archived")),
        Deed::Archive(false) => shown("timeline", t("done.unarchived")),
        Deed::Lock(true) => shown("locked", t("done.locked")),
        Deed::Lock(false) => shown("timeline", t("done.unlocked")),
        Deed::Trash => ("DELETE", "/assets", only, t("done.trashed")),
        Deed::Restore => ("POST", "/trash/restore/assets", only, t("done.restored")),
        Deed::Delete => {
            let body = json!({ "ids": ids, "force": true });
            ("DELETE", "/assets", body, t("done.deleted"))
        }
    }
}

/// Does it, tells so, and lets everything that shows photos ask again.
pub fn perform(globals: Globals, photos: Photos, deed: Deed, ids: Vec<String>) {
    let (method, path, body, words) = request(deed, &ids);
    globals.run(api::act(method, path, Some(body)), move |()| {
        if let Deed::Favorite(on) = deed {
            photos.update(&ids, |tile| tile.is_favorite = on);
        }
        photos.chosen.try_update(BTreeSet::clear);
        globals.tell(words);
        globals.changed();
    });
}

/// The bar that appears when photos are chosen.
#[component]
pub fn Selection(photos: Photos, kind: Kind) -> impl IntoView {
    let count = move || photos.chosen.with(BTreeSet::len);
    let ids = move || {
        photos
            .chosen
            .get_untracked()
            .into_iter()
            .collect::<Vec<_>>()
    };
    let is_choosing_album = RwSignal::new(false);
    let is_linking = RwSignal::new(false);
    let may_link = !matches!(kind, Kind::Trash | Kind::Locked);
    let kind = StoredValue::new(kind);
    view! {
        <Show when=move || count() != 0>
            <div class="selection" role="toolbar" aria-label=t("selection.label")>
                <IconButton name="close" label=t("selection.end") action=move || photos.chosen.update(BTreeSet::clear) />
                <span>{move || say("selection.count", &[&format::count(count() as u64)])}</span>
                {may_link.then(|| kit::icon("share", t("do.link"), move || is_linking.set(true)))}
                <Deeds kind=kind.get_value() ids=Signal::derive(ids) photos=photos is_choosing_album=is_choosing_album />
            </div>
        </Show>
        <Show when=move || is_linking.get()>
            <Dialog title=t("do.link") close=move || {
                is_linking.set(false);
                photos.chosen.update(BTreeSet::clear);
            }>
                {links::to_photos(photos.globals, &ids())}
            </Dialog>
        </Show>
        <Show when=move || is_choosing_album.get()>
            <AlbumChoice ids=Signal::derive(ids) done=move || {
                is_choosing_album.set(false);
                photos.chosen.update(BTreeSet::clear);
            } />
        </Show>
    }
}

/// What can be done with photos of a page.
#[component]
fn Deeds(
    kind: Kind,
    #[prop(into)] ids: Signal<Vec<String>>,
    photos: Photos,
    is_choosing_album: RwSignal<bool>,
) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let act = move |deed| {
        if is_sure(deed) {
            perform(globals, photos, deed, ids.get_untracked());
        }
    };
    if kind == Kind::Trash {
        return view! {
            <IconButton name="restore" label=t("do.restore") action=move || act(Deed::Restore) />
            <IconButton name="trash" label=t("do.delete") action=move || act(Deed::Delete) />
        }
        .into_any();
    }
    if kind == Kind::Locked {
        return view! {
            <IconButton name="unlock" label=t("do.unlock") action=move || act(Deed::Lock(false)) />
            <IconButton name="trash" label=t("do.delete") action=move || act(Deed::Delete) />
        }
        .into_any();
    }
    let (is_archive, is_favorites) = (kind == Kind::Archive, kind == Kind::Favorites);
    let archive = if is_archive {
        t("do.unarchive")
    } else {
        t("do.archive")
    };
    let favorite = if is_favorites {
        t("do.no-favorite")
    } else {
        t("do.favorite")
    };
    let album = match kind {
        Kind::Album(id) => Some(id),
        _ => None,
    };
    let cover = album.clone().map(|album| {
        let is_one = move || photos.chosen.with(|chosen| chosen.len() == 1);
        let album = StoredValue::new(album);
        view! {
            <Show when=is_one>
                <IconButton name="photos" label=t("album.cover") action=move || cover_with(photos, &album.get_value(), ids.get_untracked()) />
            </Show>
        }
    });
    view! {
        {cover}
        <Show when=move || photos.chosen.with(|chosen| chosen.len() > 1)>
            <IconButton name="stack" label=t("do.stack") action=move || stack(photos, &ids.get_untracked()) />
        </Show>
        <IconButton name="add" label=t("do.add-to-album") action=move || is_choosing_album.set(true) />
        {album.map(|album| view! {
            <IconButton name="close" label=t("do.remove-from-album") action=move || remove_from(globals, photos, &album, ids.get_untracked()) />
        })}
        <IconButton name="favorite" label=favorite action=move || act(Deed::Favorite(!is_favorites)) />
        <IconButton name="archive" label=archive action=move || act(Deed::Archive(!is_archive)) />
        <IconButton name="lock" label=t("do.lock") action=move || act(Deed::Lock(true)) />
        <IconButton name="trash" label=t("do.trash") action=move || act(Deed::Trash) />
    }
    .into_any()
}

/// Shows the album with the chosen photo.
fn cover_with(photos: Photos, album: &str, ids: Vec<String>) {
    let body = json!({ "albumThumbnailAssetId": ids.first() });
    kit::save(
        photos.globals,
        "PATCH",
        format!("/albums/{album}"),
        body,
        move || {
            photos.chosen.try_update(BTreeSet::clear);
        },
    );
}

/// Has photos shown as one.
fn stack(photos: Photos, ids: &[String]) {
    let body = Some(json!({ "assetIds": ids }));
    let path = "/stacks".to_owned();
    kit::send(photos.globals, "POST", path, body, move |_answer| {
        photos.chosen.try_update(BTreeSet::clear);
        photos.globals.tell(t("done.stacked"));
        photos.globals.changed();
    });
}

fn remove_from(globals: Globals, photos: Photos, album: &str, ids: Vec<String>) {
    let path = format!("/albums/{album}/assets");
    globals.run(
        async move { api::act("DELETE", &path, Some(json!({ "ids": ids }))).await },
        move |()| {
            photos.chosen.try_update(BTreeSet::clear);
            globals.tell(t("done.removed"));
            globals.changed();
        },
    );
}

/// Lets choose an album, or make a new one, for photos.
#[component]
pub fn AlbumChoice(
    #[prop(into)] ids: Signal<Vec<String>>,
    done: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let albums = RwSignal::new(Vec::<Album>::new());
    globals.run(api::get::<Vec<Album>>("/albums"), move |found| {
        put(albums, found)
    });
    let name = RwSignal::new(String::new());
    let finished = move |()| {
        globals.tell(t("done.added"));
        globals.changed();
        done();
    };
    let add = move |album: String| {
        let (path, body) = (
            format!("/albums/{album}/assets"),
            json!({ "ids": ids.get_untracked() }),
        );
        globals.run(
            async move { api::act("PUT", &path, Some(body)).await },
            finished,
        );
    };
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = json!({ "albumName": name.get_untracked(), "assetIds": ids.get_untracked() });
        globals.run(api::act("POST", "/albums", Some(body)), finished);
    };
    view! {
        <Dialog title=t("do.add-to-album") close=done>
            <form class="line" on:submit=create>
                <input name="album" aria-label=t("album.name") placeholder=t("album.name") required=true on:input=move |event| name.set(event_target_value(&event)) />
                <button type="submit" class="primary">{t("album.create")}</button>
            </form>
            <ul class="list">
                {move || albums.get().into_iter().map(|album| {
                    let id = album.id.clone();
                    view! { <li><button type="button" class="wide" on:click=move |_event| add(id.clone())>{album.album_name}</button></li> }
                }).collect_view()}
            </ul>
        </Dialog>
    }
}

/// A window above the page, which keeps the keyboard. Escape closes it.
#[component]
pub fn Dialog(
    #[prop(into)] title: String,
    close: impl Fn() + Copy + Send + Sync + 'static,
    children: Children,
) -> AnyView {
    let keys = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" {
            close();
        }
    });
    on_cleanup(move || keys.remove());
    let button = view! { <IconButton name="close" label=t("do.close") action=close /> };
    window_with(title, button.into_any(), children())
}

/// Not generic, as in [`crate::icons`].
fn window_with(title: String, button: AnyView, children: AnyView) -> AnyView {
    let node = NodeRef::<leptos::html::Div>::new();
    focus::keep(node);
    view! {
        <div class="veil">
            <div class="dialog" role="dialog" aria-modal="true" aria-label=title.clone() tabindex="-1" node_ref=node>
                <div class="line">
                    <h2>{title.clone()}</h2>
                    {button}
                </div>
                {children}
            </div>
        </div>
    }
    .into_any()
}
