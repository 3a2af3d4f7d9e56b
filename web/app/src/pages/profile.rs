//! Who one is for others: name, address, picture.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Found, User};
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::files;
use crate::format::{self, float, say, t};
use crate::kit::{self, Views};
use crate::pages::sign_in::Field;
use crate::share::Dialog;

/// Where one's picture is sent to.
const PICTURE: &str = "/users/profile-image";
/// How many photos are offered as a picture.
const OFFERED: usize = 60;

/// Name and address.
pub fn panel(globals: Globals) -> AnyView {
    let user = globals.user.get_untracked().unwrap_or_default();
    let usage = usage(&user);
    let (name, email) = (RwSignal::new(user.name), RwSignal::new(user.email));
    let save = move || {
        let body = json!({ "name": name.get_untracked(), "email": email.get_untracked() });
        let path = "/users/me".to_owned();
        kit::send(globals, "PUT", path, Some(body), move |answer| {
            globals.user.set(Some(User::from_value(&answer)));
            globals.tell(t("done.saved"));
        });
    };
    let fields = vec![
        view! { <Field name="name" label=t("user.name") complete="name" value=name /> }.into_any(),
        view! { <Field name="email" label=t("user.email") kind="email" complete="email" value=email /> }.into_any(),
        kit::words(usage),
    ];
    let form = kit::form(fields, t("do.save"), save);
    kit::panel(t("settings.profile"), vec![form])
}

/// How much of the server is one's own.
fn usage(user: &User) -> String {
    let used = user
        .quota_usage_in_bytes
        .map(|used| format::bytes(float(used)));
    match (used, user.quota_size_in_bytes) {
        (Some(used), Some(quota)) => {
            say("settings.usage-of", &[&used, &format::bytes(float(quota))])
        }
        (Some(used), None) => say("settings.usage", &[&used]),
        (None, _) => String::new(),
    }
}

/// One's picture: a file, or one of one's photos.
pub fn picture(globals: Globals) -> AnyView {
    let is_choosing = RwSignal::new(false);
    let ask = move || {
        let path = "/users/me".to_owned();
        kit::send(globals, "GET", path, None, move |answer| {
            globals.user.set(Some(User::from_value(&answer)));
            globals.tell(t("done.saved"));
        });
    };
    let upload = files::field(t("picture.upload"), "image/*", move |file| {
        let name = file.name();
        files::send(globals, PICTURE, file.into(), name, ask);
    });
    let remove = move || kit::send(globals, "DELETE", PICTURE.to_owned(), None, move |_| ask());
    let now = move || {
        let user = globals.user.get().unwrap_or_default();
        let choose = kit::button(t("picture.choose"), move || is_choosing.set(true));
        if user.profile_image_path.is_empty() {
            return vec![kit::words(t("picture.none")), kit::row(vec![choose])];
        }
        let at = api::escaped(&user.profile_changed_at);
        let address = format!("/api/users/{}/profile-image?c={at}", user.id);
        let image = view! { <img class="own-picture" src=address alt=t("picture.title") /> };
        let remove = kit::button(t("picture.remove"), remove);
        vec![image.into_any(), kit::row(vec![choose, remove])]
    };
    let close = move || is_choosing.set(false);
    let dialog = move || {
        is_choosing.get().then(|| {
            view! { <Dialog title=t("picture.choose") close=close>{offers(globals, move || { close(); ask(); })}</Dialog> }
                .into_any()
        })
    };
    let parts = vec![kit::changing(now), upload];
    vec![kit::panel(t("picture.title"), parts), dialog.into_any()].into_any()
}

/// One's newest photos.
fn offers(globals: Globals, done: impl Fn() + Copy + Send + 'static) -> AnyView {
    let photos = RwSignal::new(Vec::<String>::new());
    let body = json!({ "type": "IMAGE", "size": OFFERED, "visibility": "timeline" });
    let path = "/search/metadata".to_owned();
    kit::send(globals, "POST", path, Some(body), move |answer| {
        let found = Found::from_value(&answer).assets.items;
        let seen = found.into_iter().filter(|photo| photo.thumbhash.is_some());
        put(photos, seen.map(|photo| photo.id).collect());
    });
    let draw = move || {
        let photos = photos.get();
        if photos.is_empty() {
            return vec![kit::words(t("timeline.empty"))];
        }
        let offer = |(at, id): (usize, String)| offer(globals, at, id, done);
        let offers: Views = photos.into_iter().enumerate().map(offer).collect();
        vec![view! { <div class="offers">{offers}</div> }.into_any()]
    };
    kit::changing(draw)
}

/// A photo that becomes one's picture by a click.
fn offer(globals: Globals, at: usize, id: String, done: impl Fn() + Copy + 'static) -> AnyView {
    let address = api::picture(&id, "thumbnail");
    let label = say("picture.take", &[&(at + 1).to_string()]);
    let take = move |_event| {
        // As it is offered: what was cropped away is shown to nobody.
        let path = format!("/assets/{id}/thumbnail?size=preview&edited=true");
        let request = async move {
            let blob = api::blob(&path).await?;
            // The server goes by the name: what kind of picture it is.
            let name = format!(
                "photo.{}",
                blob.type_().rsplit('/').next().unwrap_or("jpeg")
            );
            api::send_file(PICTURE, &blob, &name).await
        };
        globals.run(request, move |_answer| done());
    };
    view! {
        <button type="button" class="offer" aria-label=label on:click=take>
            <img src=address alt="" loading="lazy" />
        </button>
    }
    .into_any()
}
