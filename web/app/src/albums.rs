//! Albums: the list, one of them, who sees it, links to it.
use edge_web_core::model::{Album, Link as SharedLink, User};
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
    let is_sharing = RwSignal::new(false);
    let is_owner = move || {
        let own = globals
            .user
            .with(|user| user.as_ref().map(|user| user.id.clone()));
        album.with(|album| {
            let members = album.iter().flat_map(|album| &album.album_users);
            members
                .into_iter()
                .any(|member| member.role == "owner" && Some(&member.user.id) == own.as_ref())
        })
    };
    let source = Source::Months(format!("albumId={id}"));
    view! {
        <Show when=is_owner>
            <div class="page-tools">
                <IconButton name="share" label=t("album.share") action=move || is_sharing.set(true) />
                <IconButton name="edit" label=t("album.rename") action=move || rename(globals, &key.get_value(), &untrack(title), load) />
                <IconButton name="trash" label=t("album.delete") action=move || delete(globals, &key.get_value()) />
            </div>
        </Show>
        <Timeline title=Signal::derive(title) kind=Kind::Album(id) source=source photo=photo />
        <Show when=move || is_sharing.get()>
            <Dialog title=t("album.share") close=move || is_sharing.set(false)>
                <Members album=album key=key reload=load />
                <Links key=key />
            </Dialog>
        </Show>
    }
}

fn name_of(album: Option<&Album>) -> String {
    album
        .map(|album| album.album_name.clone())
        .unwrap_or_default()
}

/// Asks for another name.
fn rename(globals: Globals, id: &str, name: &str, done: impl Fn() + 'static) {
    let named = window().prompt_with_message_and_default(t("album.name"), name);
    let named = named.ok().flatten();
    let Some(name) = named.filter(|name| !name.trim().is_empty()) else {
        return;
    };
    let (path, body) = (format!("/albums/{id}"), json!({ "albumName": name }));
    globals.run(
        async move { api::act("PATCH", &path, Some(body)).await },
        move |()| done(),
    );
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

/// Who sees an album.
#[component]
fn Members(
    album: RwSignal<Option<Album>>,
    key: StoredValue<String>,
    reload: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let users = RwSignal::new(Vec::<User>::new());
    globals.run(api::get::<Vec<User>>("/users"), move |found| {
        put(users, found)
    });
    let members = move || {
        album.with(|album| {
            album
                .as_ref()
                .map(|album| album.album_users.clone())
                .unwrap_or_default()
        })
    };
    let others = move || {
        let members = members();
        users.with(|users| {
            let others = users
                .iter()
                .filter(|user| !members.iter().any(|member| member.user.id == user.id));
            others.cloned().collect::<Vec<_>>()
        })
    };
    let add = move |user: String, role: &'static str| {
        let path = format!("/albums/{}/users", key.get_value());
        let body = json!({ "albumUsers": [{ "userId": user, "role": role }] });
        globals.run(
            async move { api::act("PUT", &path, Some(body)).await },
            move |()| reload(),
        );
    };
    let remove = move |user: String| {
        let path = format!("/albums/{}/user/{user}", key.get_value());
        globals.run(
            async move { api::act("DELETE", &path, None).await },
            move |()| reload(),
        );
    };
    view! {
        <h3>{t("album.members")}</h3>
        <ul class="list">
            {move || members().into_iter().map(|member| {
                let id = member.user.id.clone();
                let role = match member.role.as_str() {
                    "owner" => t("role.owner"),
                    "editor" => t("role.editor"),
                    _ => t("role.viewer"),
                };
                let label = say("album.remove-member", &[&member.user.name]);
                let button = (member.role != "owner").then(|| view! {
                    <IconButton name="close" label=label action=move || remove(id.clone()) />
                });
                view! { <li class="line"><span>{member.user.name.clone()}</span><small>{role}</small>{button}</li> }
            }).collect_view()}
            {move || others().into_iter().map(|user| {
                let (editor, viewer) = (user.id.clone(), user.id.clone());
                view! {
                    <li class="line">
                        <span>{user.name.clone()}</span>
                        <button type="button" aria-label=format!("{}: {}", user.name, t("role.viewer")) on:click=move |_event| add(viewer.clone(), "viewer")>{t("role.viewer")}</button>
                        <button type="button" aria-label=format!("{}: {}", user.name, t("role.editor")) on:click=move |_event| add(editor.clone(), "editor")>{t("role.editor")}</button>
                    </li>
                }
            }).collect_view()}
        </ul>
    }
}

/// Links that anybody may follow.
#[component]
fn Links(key: StoredValue<String>) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let links = RwSignal::new(Vec::<SharedLink>::new());
    let load = move || {
        let path = format!("/shared-links?albumId={}", key.get_value());
        globals.run(
            async move { api::get::<Vec<SharedLink>>(&path).await },
            move |found| put(links, found),
        );
    };
    load();
    let (password, may_upload) = (RwSignal::new(String::new()), RwSignal::new(false));
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let secret = Some(password.get_untracked()).filter(|it| !it.is_empty());
        let body = json!({ "type": "ALBUM", "albumId": key.get_value(), "allowUpload": may_upload.get_untracked(), "password": secret });
        globals.run(api::act("POST", "/shared-links", Some(body)), move |()| {
            load()
        });
    };
    let remove = move |id: String| {
        globals.run(
            async move { api::act("DELETE", &format!("/shared-links/{id}"), None).await },
            move |()| load(),
        );
    };
    let start = move || {
        let domain = globals.config.with(|config| config.external_domain.clone());
        if domain.is_empty() {
            window().location().origin().unwrap_or_default()
        } else {
            domain.trim_end_matches('/').to_owned()
        }
    };
    view! {
        <h3>{t("link.title")}</h3>
        <ul class="list">
            {move || links.get().into_iter().map(|link| {
                let id = link.id.clone();
                let address = format!("{}{}", start(), link.path());
                view! {
                    <li class="line">
                        <a class="address" href=address.clone() target="_blank" rel="noopener">{address.clone()}</a>
                        <IconButton name="trash" label=t("link.remove") action=move || remove(id.clone()) />
                    </li>
                }
            }).collect_view()}
        </ul>
        <form class="line" on:submit=create>
            <input type="password" name="link-password" autocomplete="new-password" aria-label=t("link.password") placeholder=t("link.password") on:input=move |event| password.set(event_target_value(&event)) />
            <label class="tick">
                <input type="checkbox" name="upload" on:change=move |event| may_upload.set(event_target_checked(&event)) />
                {t("link.upload")}
            </label>
            <button type="submit" class="primary">{t("link.create")}</button>
        </form>
    }
}
