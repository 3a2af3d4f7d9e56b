//! One photo on the whole screen, with what is known of it.
use edge_web_core::model::{Asset, Exif};
use leptos::html;
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{self, t};
use crate::icons::{Icon, IconButton};
use crate::photos::{Kind, Photos};
use crate::route;
use crate::share::{AlbumChoice, Deed, is_sure, perform};

/// How far a finger goes for the next photo, in pixels.
const SWIPE: f64 = 60.0;

/// Shows the open photo, if one is. `path` is that of the page below.
#[component]
pub fn Viewer(
    photos: Photos,
    kind: Kind,
    path: StoredValue<String>,
    photo: Memo<Option<String>>,
) -> impl IntoView {
    let kind = StoredValue::new(kind);
    move || {
        photo.get().map(|id| {
            view! { <Open photos=photos kind=kind.get_value() path=path id=id /> }
        })
    }
}

/// What the viewer of one photo needs.
#[derive(Clone, Copy)]
struct Screen {
    globals: Globals,
    photos: Photos,
    path: StoredValue<String>,
    id: StoredValue<String>,
    asset: RwSignal<Option<Asset>>,
    with_info: RwSignal<bool>,
    is_large: RwSignal<bool>,
    is_trash: bool,
    is_locked: bool,
}

impl Screen {
    fn close(self) {
        let path = self.path.get_value();
        route::go(
            self.globals,
            if path.is_empty() { "/photos" } else { &path },
        );
    }

    fn step(self, step: isize) {
        let beside = untrack(|| self.photos.beside(&self.id.get_value(), step));
        if let Some(id) = beside {
            route::replace(
                self.globals,
                &format!("{}/photos/{id}", self.path.get_value()),
            );
        }
    }

    /// Whether it lies where other photos do not.
    fn is_apart(self) -> bool {
        self.is_trash || self.is_locked
    }

    fn is_favorite(self) -> bool {
        self.asset
            .with(|asset| asset.as_ref().is_some_and(|asset| asset.is_favorite))
    }

    fn act(self, deed: Deed) {
        if !is_sure(deed) {
            return;
        }
        let id = self.id.get_value();
        if let Deed::Favorite(on) = deed {
            self.asset.update(|asset| {
                if let Some(asset) = asset {
                    asset.is_favorite = on;
                }
            });
        } else {
            untrack(|| self.leave(&id));
        }
        perform(self.globals, self.photos, deed, vec![id]);
    }

    /// The photo will not be here any more: on to the next one.
    fn leave(self, id: &str) {
        let next = self.photos.beside(id, 1);
        match next.or_else(|| self.photos.beside(id, -1)) {
            Some(next) => route::replace(
                self.globals,
                &format!("{}/photos/{next}", self.path.get_value()),
            ),
            None => self.close(),
        }
    }

    fn key(self, event: &web_sys::KeyboardEvent) {
        if event.target().is_some_and(|target| is_field(&target)) {
            return;
        }
        match event.key().as_str() {
            "Escape" => self.close(),
            "ArrowRight" => self.step(1),
            "ArrowLeft" => self.step(-1),
            "i" => self.with_info.update(|on| *on = !*on),
            "f" if !self.is_apart() => {
                self.act(Deed::Favorite(!untrack(move || self.is_favorite())))
            }
            "z" => self.is_large.update(|on| *on = !*on),
            "Delete" if !self.is_apart() => self.act(Deed::Trash),
            _ => return,
        }
        event.prevent_default();
    }
}

/// Whether keys are for this element.
fn is_field(target: &web_sys::EventTarget) -> bool {
    use wasm_bindgen::JsCast as _;
    let element = target.dyn_ref::<web_sys::Element>();
    element.is_some_and(|it| {
        matches!(
            it.tag_name().as_str(),
            "INPUT" | "TEXTAREA" | "SELECT" | "VIDEO"
        )
    })
}

#[component]
fn Open(photos: Photos, kind: Kind, path: StoredValue<String>, id: String) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let screen = Screen {
        globals,
        photos,
        path,
        id: StoredValue::new(id.clone()),
        asset: RwSignal::new(None),
        with_info: RwSignal::new(false),
        is_large: RwSignal::new(false),
        is_trash: kind == Kind::Trash,
        is_locked: kind == Kind::Locked,
    };
    Effect::new(move |_| {
        let month = screen
            .asset
            .with(|asset| asset.as_ref().and_then(Asset::month));
        photos.around(&screen.id.get_value(), month.as_deref());
    });
    let address = format!("/assets/{id}");
    globals.run(
        async move { api::get::<Asset>(&address).await },
        move |found| put(screen.asset, Some(found)),
    );
    let keys = window_event_listener(leptos::ev::keydown, move |event| screen.key(&event));
    on_cleanup(move || keys.remove());
    let node = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(element) = node.get() {
            drop(element.focus());
        }
    });
    let touched = StoredValue::new(None::<f64>);
    let first_x = |event: &web_sys::TouchEvent| {
        event
            .changed_touches()
            .get(0)
            .map(|touch| f64::from(touch.client_x()))
    };
    let released = move |event: web_sys::TouchEvent| {
        let moved = touched
            .get_value()
            .zip(first_x(&event))
            .map_or(0.0, |(from, to)| to - from);
        if moved.abs() > SWIPE && !screen.is_large.get_untracked() {
            screen.step(if moved < 0.0 { 1 } else { -1 });
        }
    };
    view! {
        <div class="viewer" role="dialog" aria-modal="true" aria-label=t("viewer.label") tabindex="-1" node_ref=node>
            <Bar screen=screen />
            <div class="stage" on:touchstart=move |event| touched.set_value(first_x(&event)) on:touchend=released>
                <Picture screen=screen />
                <Show when=move || photos.beside(&screen.id.get_value(), -1).is_some()>
                    <button type="button" class="turn previous" aria-label=t("viewer.previous") on:click=move |_event| screen.step(-1)>
                        <Icon name="previous" />
                    </button>
                </Show>
                <Show when=move || photos.beside(&screen.id.get_value(), 1).is_some()>
                    <button type="button" class="turn next" aria-label=t("viewer.next") on:click=move |_event| screen.step(1)>
                        <Icon name="next" />
                    </button>
                </Show>
            </div>
            <Show when=move || screen.with_info.get()>
                {move || screen.asset.get().map(|asset| view! { <Info screen=screen asset=asset /> })}
            </Show>
        </div>
    }
}

/// The photo, or the video.
#[component]
fn Picture(screen: Screen) -> impl IntoView {
    let id = screen.id.get_value();
    let what = Memo::new(move |_| {
        screen.asset.with(|asset| {
            let asset = asset.as_ref();
            asset.map(|asset| {
                (
                    asset.kind == "VIDEO",
                    asset.thumbhash.is_some(),
                    asset.original_file_name.clone(),
                )
            })
        })
    });
    move || {
        let preview = api::picture(&id, "preview");
        match what.get() {
            None => ().into_any(),
            Some((true, has_picture, _)) => {
                let poster = has_picture.then_some(preview);
                let source = format!("/api/assets/{id}/video/playback");
                view! { <video src=source poster=poster controls=true autoplay=true playsinline=true></video> }.into_any()
            }
            Some((false, false, _)) => {
                view! { <p class="empty">{t("photo.making")}</p> }.into_any()
            }
            Some((false, true, name)) => view! {
                <img
                    class:large=move || screen.is_large.get()
                    src=preview
                    alt=name
                    on:dblclick=move |_event| screen.is_large.update(|on| *on = !*on)
                />
            }
            .into_any(),
        }
    }
}

/// What can be done with the photo.
#[component]
fn Bar(screen: Screen) -> impl IntoView {
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
    let is_own = move || {
        let user = screen
            .globals
            .user
            .with(|user| user.as_ref().map(|user| user.id.clone()));
        screen
            .asset
            .with(|asset| asset.as_ref().map(|asset| asset.owner_id.clone()))
            == user
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
        is_own().then(|| {
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
    view! {
        <div class="bar" role="toolbar" aria-label=t("viewer.label")>
            <IconButton name="back" label=t("do.close") action=move || screen.close() />
            <span class="name">{name}</span>
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

/// What is known of the photo.
#[component]
fn Info(screen: Screen, asset: Asset) -> impl IntoView {
    let description = RwSignal::new(asset.exif_info.description.clone().unwrap_or_default());
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let path = format!("/assets/{}", screen.id.get_value());
        let body = json!({ "description": description.get_untracked() });
        screen.globals.run(
            async move { api::act("PUT", &path, Some(body)).await },
            move |()| screen.globals.tell(t("done.saved")),
        );
    };
    let people = asset
        .people
        .iter()
        .map(|person| person.name.clone())
        .filter(|name| !name.is_empty());
    let tags = asset.tags.iter().map(|tag| tag.value.clone());
    let mut facts = vec![
        (t("info.file"), asset.original_file_name.clone()),
        (t("info.taken"), format::written(&asset.local_date_time)),
    ];
    facts.extend(camera(&asset));
    facts.push((t("info.place"), place(&asset.exif_info)));
    facts.push((t("info.people"), people.collect::<Vec<_>>().join(", ")));
    facts.push((t("info.tags"), tags.collect::<Vec<_>>().join(", ")));
    facts.retain(|(_, words)| !words.is_empty());
    view! {
        <aside class="info" aria-label=t("viewer.info")>
            <form class="line" on:submit=save>
                <input
                    name="description"
                    aria-label=t("info.description")
                    placeholder=t("info.description")
                    prop:value=move || description.get()
                    on:input=move |event| description.set(event_target_value(&event))
                />
                <button type="submit">{t("do.save")}</button>
            </form>
            <dl>
                {facts.into_iter().map(|(name, words)| view! { <dt>{name}</dt><dd>{words}</dd> }).collect_view()}
            </dl>
        </aside>
    }
}

/// Size, camera and exposure.
fn camera(asset: &Asset) -> Vec<(&'static str, String)> {
    let exif = &asset.exif_info;
    let joined =
        |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let pixels = asset
        .width
        .zip(asset.height)
        .map(|(width, height)| format!("{width} × {height}"));
    let exposure = vec![
        exif.f_number
            .map(|number| format!("f/{}", format::number(number))),
        exif.exposure_time.clone().map(|time| format!("{time} s")),
        exif.focal_length
            .map(|length| format!("{} mm", format::number(length))),
        exif.iso.map(|iso| format!("ISO {iso}")),
    ];
    vec![
        (
            t("info.size"),
            joined(vec![pixels, exif.file_size_in_byte.map(format::bytes)]),
        ),
        (
            t("info.camera"),
            joined(vec![
                exif.make.clone(),
                exif.model.clone(),
                exif.lens_model.clone(),
            ]),
        ),
        (t("info.exposure"), joined(exposure)),
    ]
}

fn place(exif: &Exif) -> String {
    let parts = [&exif.city, &exif.state, &exif.country];
    parts
        .into_iter()
        .flatten()
        .cloned()
        .collect::<Vec<_>>()
        .join(", ")
}
