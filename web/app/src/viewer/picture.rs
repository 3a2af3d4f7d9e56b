//! The photo itself, the film of a live photo, or the video.
use edge_web_core::model::Asset;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::Screen;
use crate::api;
use crate::app::put;
use crate::format::t;
use crate::icons::Icon;

/// The photo, or the video.
#[component]
pub fn Picture(screen: Screen) -> impl IntoView {
    let id = screen.id.get_value();
    let what = Memo::new(move |_| screen.asset.with(|asset| asset.as_ref().map(shown)));
    move || {
        let Some((is_video, thumbhash, name)) = what.get() else {
            return ().into_any();
        };
        let preview = api::current_picture(&id, "preview", thumbhash.as_deref());
        if is_video {
            let poster = thumbhash.is_some().then_some(preview);
            return video(screen, &id, poster);
        }
        if let Some(film) = screen.film.get() {
            // Without sound: hovering must not startle anybody.
            let source = playback(&film);
            return view! {
                <video
                    class="film"
                    src=source
                    poster=preview
                    autoplay=true
                    playsinline=true
                    prop:muted=true
                    on:ended=move |_event| screen.film.set(None)
                ></video>
            }
            .into_any();
        }
        if thumbhash.is_none() {
            return view! { <p class="empty">{t("photo.making")}</p> }.into_any();
        }
        let whole = api::current_picture(&id, "fullsize", thumbhash.as_deref());
        let source = move || {
            if screen.is_large.get() {
                whole.clone()
            } else {
                preview.clone()
            }
        };
        let failed = move |_event| {
            // The preview is there where the whole photo cannot be had.
            if screen.is_large.try_get_untracked() == Some(true) {
                put(screen.is_large, false);
            }
        };
        view! {
            <img
                class:large=move || screen.is_large.get()
                src=source
                alt=name
                on:error=failed
                on:dblclick=move |_event| screen.is_large.update(|on| *on = !*on)
            />
        }
        .into_any()
    }
}

/// A video, in pieces of the size that the connection is good for where the server and the browser can; else, or when that fails, its
/// file.
fn video(screen: Screen, id: &str, poster: Option<String>) -> AnyView {
    let features = screen.photos.globals.features;
    let is_piecewise = features.with_untracked(|it| it.realtime_transcoding) && plays_lists();
    let is_piecewise = RwSignal::new(is_piecewise);
    let (file, list) = (
        playback(id),
        format!("/api/assets/{id}/video/stream/main.m3u8"),
    );
    let source = move || {
        if is_piecewise.get() {
            list.clone()
        } else {
            file.clone()
        }
    };
    let failed = move |_event| {
        if is_piecewise.get_untracked() {
            is_piecewise.set(false);
        }
    };
    view! { <video src=source poster=poster controls=true autoplay=true playsinline=true on:error=failed></video> }
        .into_any()
}

/// Whether the browser itself plays lists of pieces (HLS).
fn plays_lists() -> bool {
    let video = document().create_element("video").ok();
    let video = video.and_then(|it| it.dyn_into::<web_sys::HtmlMediaElement>().ok());
    video.is_some_and(|it| !it.can_play_type("application/vnd.apple.mpegurl").is_empty())
}

/// Whether it is a video, its placeholder, its name.
fn shown(asset: &Asset) -> (bool, Option<String>, String) {
    let name = asset.original_file_name.clone();
    (asset.kind == "VIDEO", asset.thumbhash.clone(), name)
}

fn playback(id: &str) -> String {
    format!("/api/assets/{id}/video/playback")
}

/// Plays the film of a live photo while the mouse is above it, or once when it is pressed.
#[component]
pub fn Film(screen: Screen) -> impl IntoView {
    let play = move || {
        let film = screen
            .asset
            .with_untracked(|asset| asset.as_ref()?.live_photo_video_id.clone());
        screen.film.set(film);
    };
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=t("viewer.film")
            title=t("viewer.film")
            on:mouseenter=move |_event| play()
            on:mouseleave=move |_event| screen.film.set(None)
            on:click=move |_event| play()
        >
            <Icon name="play" />
        </button>
    }
}
