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
use crate::kit::{self, Views};
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

impl Deed {
    /// What it is on this server: where the trash is switched off there is no way back.
    fn here(self, globals: Globals) -> Self {
        match self {
            Self::Trash if !has_trash(globals) => Self::Delete,
            deed => deed,
        }
    }
}

/// Whether what is deleted goes to the trash first.
pub fn has_trash(globals: Globals) -> bool {
    globals.features.with_untracked(|it| it.trash)
}

/// What [`Deed::Trash`] is called here.
pub fn deleting(globals: Globals) -> &'static str {
    if has_trash(globals) {
        t("do.trash")
    } else {
        t("do.delete")
    }
}

/// Whether the person is sure, where there is no way back.
pub fn is_sure(globals: Globals, deed: Deed) -> bool {
    deed.here(globals) != Deed::Delete || kit::is_sure(t("trash.sure-chosen"))
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

/// Does it, tells so, and lets everything that shows photos ask again: also where it failed, because some show already what was wanted.
pub fn perform(globals: Globals, photos: Photos, deed: Deed, ids: Vec<String>) {
    let (method, path, body, words) = request(deed.here(globals), &ids);
    let request = async move {
        let done = api::act(method, path, Some(body)).await;
        if done.is_err() {
            globals.changed();
        }
        done
    };
    globals.run(request, move |()| {
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
                {kit::when(
                    move || may_link && photos.are_own(),
                    move || kit::icon("share", t("do.link"), move || is_linking.set(true)),
                )}
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

/// What can be done with photos of a page. What only their owner may do is offered where all of them are one's own: the server refuses the
/// whole request otherwise.
#[component]
fn Deeds(
    kind: Kind,
    #[prop(into)] ids: Signal<Vec<String>>,
    photos: Photos,
    is_choosing_album: RwSignal<bool>,
) -> impl IntoView {
    let are_own = Memo::new(move |_| photos.are_own());
    let is_one = Memo::new(move |_| photos.chosen.with(|chosen| chosen.len() == 1));
    kit::changing(move || {
        let (is_own, is_one) = (are_own.get(), is_one.get());
        let (album, role) = match &kind {
            Kind::Trash => return one_by_one(photos, ids, &[Deed::Restore, Deed::Delete]),
            Kind::Locked => return one_by_one(photos, ids, &[Deed::Lock(false), Deed::Delete]),
            Kind::Album(album, role) => (Some(album), role.get().unwrap_or_default()),
            _ => (None, String::new()),
        };
        let mut buttons = Views::new();
        if let Some(album) = album.filter(|_| is_one && role != "viewer" && !role.is_empty()) {
            let album = album.clone();
            let cover = move || cover_with(photos, &album, ids.get_untracked());
            buttons.push(kit::icon("photos", t("album.cover"), cover));
        }
        if is_own && !is_one {
            let stack = move || stack(photos, &ids.get_untracked());
            buttons.push(kit::icon("stack", t("do.stack"), stack));
        }
        // Outside of albums photos of others are a partner's, which may be shown on.
        if is_own || album.is_none() {
            let choose = move || is_choosing_album.set(true);
            buttons.push(kit::icon("add", t("do.add-to-album"), choose));
        }
        let may_remove = role == "owner" || (role == "editor" && is_own);
        if let Some(album) = album.filter(|_| may_remove) {
            let album = album.clone();
            let remove = move || remove_from(photos.globals, photos, &album, ids.get_untracked());
            buttons.push(kit::icon("close", t("do.remove-from-album"), remove));
        }
        if is_own {
            let deeds = [
                Deed::Favorite(kind != Kind::Favorites),
                Deed::Archive(kind != Kind::Archive),
                Deed::Lock(true),
                Deed::Trash,
            ];
            buttons.extend(one_by_one(photos, ids, &deeds));
        }
        buttons
    })
}

/// A button for each of these.
fn one_by_one(photos: Photos, ids: Signal<Vec<String>>, deeds: &[Deed]) -> Views {
    let globals = photos.globals;
    let button = |deed: &Deed| {
        let deed = *deed;
        let (icon, words) = match deed {
            Deed::Favorite(true) => ("favorite", t("do.favorite")),
            Deed::Favorite(false) => ("favorite", t("do.no-favorite")),
            Deed::Archive(true) => ("archive", t("do.archive")),
            Deed::Archive(false) => ("archive", t("do.unarchive")),
            Deed::Lock(true) => ("lock", t("do.lock")),
            Deed::Lock(false) => ("unlock", t("do.unlock")),
            Deed::Trash => ("trash", deleting(globals)),
            Deed::Restore => ("restore", t("do.restore")),
            Deed::Delete => ("trash", t("do.delete")),
        };
        kit::icon(icon, words, move || {
            if is_sure(globals, deed) {
                perform(globals, photos, deed, ids.get_untracked());
            }
        })
    };
    deeds.iter().map(button).collect()
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
            async move { api::took(&api::send("PUT", &path, Some(body)).await?) },
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
