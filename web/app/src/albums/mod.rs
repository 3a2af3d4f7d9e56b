//! Albums: the list, one of them, who sees it, links to it, what is said about it.
mod activity;
mod details;
pub mod links;
mod members;

use edge_web_core::model::Album;
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, renew};
use crate::format::{self, t};
use crate::icons::{Icon, IconButton};
use crate::kit;
use crate::photos::{Kind, Source};
use crate::route::{self, Link};
use crate::share::Dialog;
use crate::timeline::Timeline;
use crate::upload::Uploads;

/// All albums that one sees.
#[component]
pub fn Albums() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let albums = RwSignal::new(None::<Vec<Album>>);
    let rounds = kit::Rounds::new();
    kit::follow(globals, move || {
        let is_last = rounds.begin();
        globals.run(api::get::<Vec<Album>>("/albums"), move |found| {
            if is_last() {
                renew(albums, Some(found));
            }
        });
    });
    let name = RwSignal::new(String::new());
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = json!({ "albumName": name.get_untracked() });
        globals.run(api::ask::<Album>("POST", "/albums", body), move |album| {
            route::go(globals, &format!("/albums/{}", album.id));
        });
    };
    let is_empty = move || albums.with(|albums| albums.as_ref().is_some_and(Vec::is_empty));
    view! {
        <h1 class="page-title">{t("nav.albums")}</h1>
        <form class="line narrow" on:submit=create>
            <input name="album" aria-label=t("album.name") placeholder=t("album.name") required=true on:input=move |event| name.set(event_target_value(&event)) />
            <button type="submit" class="primary">{t("album.create")}</button>
        </form>
        <Show when=is_empty>
            <p class="empty">{t("album.none")}</p>
        </Show>
        <ul class="cards">
            {move || albums.get().unwrap_or_default().into_iter().map(|album| view! { <li><Card album=album /></li> }).collect_view()}
        </ul>
    }
}

/// An album in the list.
#[component]
fn Card(album: Album) -> impl IntoView {
    let cover = album
        .album_thumbnail_asset_id
        .as_deref()
        .map(|id| api::picture(id, "thumbnail"));
    let cover = match cover {
        Some(source) => view! { <img src=source alt="" loading="lazy" /> }.into_any(),
        None => view! { <span class="no-cover"><Icon name="albums" /></span> }.into_any(),
    };
    let shared = (album.shared || album.has_shared_link).then(|| view! { <Icon name="share" /> });
    let count = format::items(album.asset_count as u64);
    view! {
        <Link to=format!("/albums/{}", album.id) class="card">
            {cover}
            <span class="card-name">{album.album_name.clone()} {shared}</span>
            <small>{count}</small>
        </Link>
    }
}

/// What is open above an album.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// Members and links.
    Share,
    /// Members, for those who are not the owner.
    Members,
    /// Name and description.
    Details,
    /// What is said about it.
    Activity,
}

/// A window above the album.
fn above(
    title: &'static str,
    close: impl Fn() + Copy + Send + Sync + 'static,
    inside: AnyView,
) -> AnyView {
    view! { <Dialog title=title close=close>{inside}</Dialog> }.into_any()
}

fn heading(words: &'static str) -> AnyView {
    view! { <h3>{words}</h3> }.into_any()
}

/// One album.
#[component]
pub fn AlbumPage(id: String, photo: Memo<Option<String>>) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let album = RwSignal::new(None::<Album>);
    let key = StoredValue::new(id.clone());
    let rounds = kit::Rounds::new();
    let load = move || {
        // The page may be gone when an answer has it asked for again.
        let Some(id) = key.try_get_value() else {
            return;
        };
        let (path, is_last) = (format!("/albums/{id}"), rounds.begin());
        globals.run(
            async move { api::get::<Album>(&path).await },
            move |found| {
                if is_last() {
                    renew(album, Some(found));
                }
            },
        );
    };
    Effect::new(move |_| {
        globals.changes.track();
        load();
    });
    let title = move || album.with(|album| name_of(album.as_ref()));
    let open = RwSignal::new(None::<Open>);
    let close = move || open.set(None);
    let has_activity = move || album.with(|album| album.as_ref().is_some_and(has_activity));
    let is_owner = move || is_own(globals, album);
    let role = role(globals, album, key);
    let source = Source::Months(format!("albumId={id}"));
    view! {
        <div class="page-tools">
            <Show when=has_activity>
                <IconButton name="comment" label=t("album.activity") action=move || open.set(Some(Open::Activity)) />
            </Show>
            <Show when=move || album.with(Option::is_some) && !is_owner()>
                <IconButton name="people" label=t("album.members") action=move || open.set(Some(Open::Members)) />
            </Show>
            <Show when=is_owner>
                <IconButton name="share" label=t("album.share") action=move || open.set(Some(Open::Share)) />
                <IconButton name="edit" label=t("album.edit") action=move || open.set(Some(Open::Details)) />
                <IconButton name="trash" label=t("album.delete") action=move || delete(globals, &key.get_value()) />
            </Show>
        </div>
        {move || words(album)}
        <Timeline title=Signal::derive(title) kind=Kind::Album(id, role) source=source photo=photo />
        {move || open.get().map(|part| match part {
            Open::Share => {
                let members = members::all(globals, album, key.get_value(), load);
                let links = links::of_album(globals, &key.get_value());
                let parts = vec![heading(t("album.members")), members, heading(t("link.title")), links];
                above(t("album.share"), close, parts.into_any())
            }
            Open::Members => above(t("album.members"), close, members::all(globals, album, key.get_value(), load)),
            Open::Details => {
                let album = album.get_untracked().unwrap_or_default();
                above(t("album.edit"), close, details::form(globals, album, move || { close(); load(); }))
            }
            Open::Activity => above(t("album.activity"), close, activity::all(globals, key.get_value(), untrack(is_owner))),
        })}
    }
}

/// Whether people say something about it.
fn has_activity(album: &Album) -> bool {
    album.is_activity_enabled && (album.shared || album.has_shared_link)
}

/// Whether the one who is signed in owns it.
fn is_own(globals: Globals, album: RwSignal<Option<Album>>) -> bool {
    let own = globals
        .user
        .with(|user| user.as_ref().map(|user| user.id.clone()));
    album.with(|album| {
        album
            .as_ref()
            .is_some_and(|album| is_of(album, own.as_deref()))
    })
}

/// Whether `user` owns it.
fn is_of(album: &Album, user: Option<&str>) -> bool {
    let mut owners = album
        .album_users
        .iter()
        .filter(|member| member.role == "owner");
    owners.any(|owner| Some(owner.user.id.as_str()) == user)
}

/// What the one who is signed in is in it. A viewer's uploads do not go into it.
fn role(
    globals: Globals,
    album: RwSignal<Option<Album>>,
    key: StoredValue<String>,
) -> Memo<Option<String>> {
    let role = Memo::new(move |_| {
        let own = globals.user.get()?.id;
        album.with(|album| {
            let mut members = album.as_ref()?.album_users.iter();
            let member = members.find(|member| member.user.id == own)?;
            Some(member.role.clone())
        })
    });
    let uploads = expect_context::<Uploads>();
    Effect::new(move |_| {
        let is_viewer = role.with(|role| role.as_deref() == Some("viewer"));
        uploads.close(is_viewer.then(|| key.get_value()));
    });
    role
}

/// Its description, if it has one.
fn words(album: RwSignal<Option<Album>>) -> Option<impl IntoView> {
    let words = album.with(|album| album.as_ref().map(|album| album.description.clone()));
    let words = words.filter(|words| !words.is_empty());
    words.map(|words| view! { <div class="hint"><p>{words}</p></div> })
}

fn name_of(album: Option<&Album>) -> String {
    album
        .map(|album| album.album_name.clone())
        .unwrap_or_default()
}

/// Deletes an album whose owner is sure.
fn delete(globals: Globals, id: &str) {
    let is_sure = window().confirm_with_message(t("album.sure"));
    if !is_sure.unwrap_or(false) {
        return;
    }
    let path = format!("/albums/{id}");
    globals.run(
        async move { api::act("DELETE", &path, None).await },
        move |()| route::replace(globals, "/albums"),
    );
}
