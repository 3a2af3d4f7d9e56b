//! One photo on the whole screen, with what is known of it.
mod bar;
mod crop;
mod edit;
mod faces;
mod info;
mod picture;
mod stack;

use edge_web_core::model::{Asset, Face, InStack};
use leptos::html;
use leptos::prelude::*;

use crate::api;
use crate::app::{Globals, put};
use crate::focus;
use crate::format::t;
use crate::icons::Icon;
use crate::kit::Rounds;
use crate::photos::{Kind, Photos};
use crate::route;
use crate::share::{Deed, is_sure, perform};
use bar::Bar;
use info::Info;
use picture::Picture;

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
    photos: Photos,
    path: StoredValue<String>,
    id: StoredValue<String>,
    asset: RwSignal<Option<Asset>>,
    with_info: RwSignal<bool>,
    is_large: RwSignal<bool>,
    /// The film of a live photo while it plays.
    film: RwSignal<Option<String>>,
    /// Whether a part of it is being chosen.
    is_cropping: RwSignal<bool>,
    /// The faces on it, once somebody wanted to know.
    faces: RwSignal<Vec<Face>>,
    /// How often it was asked what is known of the photo.
    rounds: Rounds,
    is_trash: bool,
    is_locked: bool,
    is_album: bool,
}

impl Screen {
    /// Asks for what is known of the photo. What is the same is not drawn anew: somebody may be writing.
    fn load(self) {
        let address = format!("/assets/{}", self.id.get_value());
        let is_last = self.rounds.begin();
        self.photos.globals.run(
            async move { api::get::<Asset>(&address).await },
            move |found| {
                let is_same = self
                    .asset
                    .try_with_untracked(|asset| asset.as_ref() == Some(&found));
                if is_same == Some(false) && is_last() {
                    put(self.asset, Some(found));
                }
            },
        );
    }

    /// Whether the photo is of the one who is signed in.
    fn is_own(self) -> bool {
        let user = self
            .photos
            .globals
            .user
            .with(|user| user.as_ref().map(|user| user.id.clone()));
        let owner = self
            .asset
            .with(|asset| asset.as_ref().map(|asset| asset.owner_id.clone()));
        owner.or_else(|| self.photos.owner(&self.id.get_value())) == user
    }

    /// Whether it may be put into albums: in an album lie photos of others, too, that are no partner's.
    fn may_share(self) -> bool {
        !self.is_locked && (!self.is_album || self.is_own())
    }

    fn close(self) {
        let path = self.path.get_value();
        let path = if path.is_empty() { "/photos" } else { &path };
        route::go(
            self.photos.globals,
            &route::with_query(self.photos.globals, path),
        );
    }

    fn step(self, step: isize) {
        if let Some(id) = untrack(|| self.beside(step)) {
            self.show(&id);
        }
    }

    /// Another photo instead of this one.
    fn show(self, id: &str) {
        let path = format!("{}/photos/{id}", self.path.get_value());
        route::replace(
            self.photos.globals,
            &route::with_query(self.photos.globals, &path),
        );
    }

    /// The photo after it, or before it. Of a stack only one is among the others.
    fn beside(self, step: isize) -> Option<String> {
        let own = self.photos.beside(&self.id.get_value(), step);
        own.or_else(|| self.photos.beside(&self.stack()?.primary_asset_id, step))
    }

    /// What it is stacked with.
    fn stack(self) -> Option<InStack> {
        self.asset.with(|asset| asset.as_ref()?.stack.clone())
    }

    /// Whether keys change it: those of others cannot be changed, and what lies where other photos do not has other ways.
    fn may_change(self) -> bool {
        !self.is_trash && !self.is_locked && untrack(|| self.is_own())
    }

    fn is_favorite(self) -> bool {
        self.asset
            .with(|asset| asset.as_ref().is_some_and(|asset| asset.is_favorite))
    }

    fn act(self, deed: Deed) {
        if !is_sure(self.photos.globals, deed) {
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
        perform(self.photos.globals, self.photos, deed, vec![id]);
    }

    /// The photo will not be here any more: on to the next one.
    fn leave(self, id: &str) {
        let next = self.photos.beside(id, 1);
        match next.or_else(|| self.photos.beside(id, -1)) {
            Some(next) => self.show(&next),
            None => self.close(),
        }
    }

    fn key(self, event: &web_sys::KeyboardEvent) {
        // The browser's own: looking for words, going back.
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        // What lies above the viewer has keys of its own.
        let dialog = document().query_selector(".dialog").ok().flatten();
        if dialog.is_some() || event.target().is_some_and(|target| is_field(&target)) {
            return;
        }
        let is_cropping = self.is_cropping.get_untracked();
        match event.key().as_str() {
            "Escape" if is_cropping => self.is_cropping.set(false),
            _ if is_cropping => return,
            "Escape" => self.close(),
            "ArrowRight" => self.step(1),
            "ArrowLeft" => self.step(-1),
            "i" => self.with_info.update(|on| *on = !*on),
            "f" if self.may_change() => {
                self.act(Deed::Favorite(!untrack(move || self.is_favorite())))
            }
            "z" => self.is_large.update(|on| *on = !*on),
            "Delete" if self.may_change() => self.act(Deed::Trash),
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

/// How much larger fingers have made the page.
fn zoom() -> f64 {
    window().visual_viewport().map_or(1.0, |it| it.scale())
}

/// The photo between the ways to its neighbours.
fn stage(screen: Screen) -> AnyView {
    let touched = StoredValue::new(None::<f64>);
    let first_x = |event: &web_sys::TouchEvent| {
        event
            .changed_touches()
            .get(0)
            .map(|touch| f64::from(touch.client_x()))
    };
    let began = move |event: web_sys::TouchEvent| {
        // Two fingers zoom, and one moves what is zoomed: the browser does both.
        let is_swipe = event.touches().length() == 1 && zoom() <= 1.0;
        let is_swipe = is_swipe && !screen.is_cropping.get_untracked();
        touched.set_value(first_x(&event).filter(|_| is_swipe));
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
    let has = move |step: isize| !screen.is_cropping.get() && screen.beside(step).is_some();
    let inside = move || {
        if screen.is_cropping.get() {
            crop::draw(screen)
        } else {
            view! { <Picture screen=screen /> }.into_any()
        }
    };
    view! {
        <div class="stage" on:touchstart=began on:touchend=released>
            {inside}
            {faces::boxes(screen)}
            <Show when=move || has(-1)>
                <button type="button" class="turn previous" aria-label=t("viewer.previous") on:click=move |_event| screen.step(-1)>
                    <Icon name="previous" />
                </button>
            </Show>
            <Show when=move || has(1)>
                <button type="button" class="turn next" aria-label=t("viewer.next") on:click=move |_event| screen.step(1)>
                    <Icon name="next" />
                </button>
            </Show>
        </div>
    }
    .into_any()
}

#[component]
fn Open(photos: Photos, kind: Kind, path: StoredValue<String>, id: String) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let screen = Screen {
        photos,
        path,
        id: StoredValue::new(id),
        asset: RwSignal::new(None),
        with_info: RwSignal::new(false),
        is_large: RwSignal::new(false),
        film: RwSignal::new(None),
        is_cropping: RwSignal::new(false),
        faces: RwSignal::new(Vec::new()),
        rounds: Rounds::new(),
        is_trash: kind == Kind::Trash,
        is_locked: kind == Kind::Locked,
        is_album: matches!(kind, Kind::Album(..)),
    };
    Effect::new(move |_| {
        let month = screen
            .asset
            .with(|asset| asset.as_ref().and_then(Asset::month));
        photos.around(&screen.id.get_value(), month.as_deref());
    });
    // Also after a change: here, or on another device.
    Effect::new(move |_| {
        globals.changes.track();
        screen.load();
    });
    let keys = window_event_listener(leptos::ev::keydown, move |event| screen.key(&event));
    on_cleanup(move || keys.remove());
    let node = NodeRef::<html::Div>::new();
    focus::keep(node);
    view! {
        <div class="viewer" role="dialog" aria-modal="true" aria-label=t("viewer.label") tabindex="-1" node_ref=node>
            <Bar screen=screen />
            {stage(screen)}
            {stack::strip(screen)}
            <Show when=move || screen.with_info.get()>
                {move || screen.asset.get().map(|asset| view! { <Info screen=screen asset=asset /> })}
            </Show>
        </div>
    }
}
