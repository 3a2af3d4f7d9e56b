//! Albums: the list, one of them, who sees it, links to it, what is said about it.
mod activity;
mod details;
mod links;
mod members;

use edge_web_core::model::Album;
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{say, t};
use crate::icons::{Icon, IconButton};
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
    globals.run(api::get::<Vec<Album>>("/albums"), move |found| {
        put(albums, Some(found))
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
    let count = say("timeline.count", &[&album.asset_count.to_string()]);
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
    /// Name and description.
    Details,
    /// What is said about it.
    Activity,
}

/// One album.
#[component]
pub fn AlbumPage(id: String, photo: Memo<Option<String>>) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let album = RwSignal::new(None::<Album>);
    let key = StoredValue::new(id.clone());
    let load = move || {
        let path = format!("/albums/{}", key.get_value());
        globals.run(
            async move { api::get::<Album>(&path).await },
            move |found| put(album, Some(found)),
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
    let is_owner = move || {
        let own = globals
            .user
            .with(|user| user.as_ref().map(|user| user.id.clone()));
        album.with(|album| {
            album
                .as_ref()
                .is_some_and(|album| is_of(album, own.as_deref()))
        })
    };
    let role = role(globals, album, key);
    let source = Source::Months(format!("albumId={id}"));
    view! {
        <div class="page-tools">
            <Show when=has_activity>
                <IconButton name="comment" label=t("album.activity") action=move || open.set(Some(Open::Activity)) />
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
            Open::Share => view! {
                <Dialog title=t("album.share") close=close>
                    {members::all(globals, album, key.get_value(), load)}
                    {links::all(globals, key.get_value(), load)}
                </Dialog>
            }.into_any(),
            Open::Details => view! {
                <Dialog title=t("album.edit") close=close>
                    {details::form(globals, album.get_untracked().unwrap_or_default(), move || { close(); load(); })}
                </Dialog>
            }.into_any(),
            Open::Activity => view! {
                <Dialog title=t("album.activity") close=close>{activity::all(globals, key.get_value())}</Dialog>
            }.into_any(),
        })}
    }
}

/// Whether people say something about it.
fn has_activity(album: &Album) -> bool {
    album.is_activity_enabled && (album.shared || album.has_shared_link)
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
