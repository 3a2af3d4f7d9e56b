//! The map with tiles: a document of its own in a frame (web/app/map), which is told where circles are and tells which one was pressed.
use std::time::Duration;

use edge_web_core::map::{Circle, Spot, View};
use edge_web_core::tiles::{self, Said, Seen};
use leptos::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsValue;
use web_sys::{MessageEvent, Window};

use crate::app::Globals;
use crate::format::{self, language, t};
use crate::route;

/// Where the document is (xtask/src/web/map.rs).
const DOCUMENT: &str = "/map-frame";
/// How long the style may take, also on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The frame and what it showed last.
#[derive(Clone, Copy)]
struct Tiles {
    globals: Globals,
    frame: NodeRef<html::Iframe>,
    spots: RwSignal<Vec<Spot>>,
    /// The part of the world to show; what is seen then has the form of the frame.
    view: RwSignal<View>,
    /// Addresses of the styles for day and night.
    styles: StoredValue<(String, String)>,
    /// The part that it began with.
    begun: StoredValue<View>,
    is_shown: RwSignal<bool>,
    seen: RwSignal<Option<Seen>>,
    /// Circles, and how often some were drawn.
    drawn: StoredValue<(u32, Vec<Circle>)>,
    has_failed: RwSignal<bool>,
}

/// The origin of this page and of the document.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Draws it, with `styles` for day and night; `has_failed` is set when there is no map to be had.
pub fn map(
    globals: Globals,
    spots: RwSignal<Vec<Spot>>,
    view: RwSignal<View>,
    styles: (String, String),
    has_failed: RwSignal<bool>,
) -> AnyView {
    let frame = NodeRef::<html::Iframe>::new();
    let map = Tiles {
        globals,
        frame,
        spots,
        view,
        styles: StoredValue::new(styles),
        begun: StoredValue::new(View::WORLD),
        is_shown: RwSignal::new(false),
        seen: RwSignal::new(None),
        drawn: StoredValue::new((0, Vec::new())),
        has_failed,
    };
    map.listen();
    map.follow();
    view! { <iframe class="tiles" title=t("places.map") src=DOCUMENT node_ref=frame></iframe> }
        .into_any()
}

impl Tiles {
    /// Hears what the document says, and nobody else.
    fn listen(self) {
        let message = ev::Custom::<MessageEvent>::new("message");
        let heard = window_event_listener(message, move |event| {
            if event.origin() != origin() || !self.is_from_document(&event) {
                return;
            }
            let words = event.data().as_string();
            if let Some(said) = words.as_deref().and_then(tiles::said) {
                self.hear(said);
            }
        });
        on_cleanup(move || heard.remove());
        let give_up = move || {
            if self.is_shown.try_get_untracked() == Some(false) {
                self.has_failed.set(true);
            }
        };
        set_timeout(give_up, PATIENCE);
    }

    fn document(self) -> Option<Window> {
        self.frame.get_untracked()?.content_window()
    }

    fn is_from_document(self, event: &MessageEvent) -> bool {
        let own = self.document().map(JsValue::from);
        own.is_some() && own == event.source().map(JsValue::from)
    }

    fn post(self, words: &str) {
        if let Some(document) = self.document() {
            // A frame that is about to go needs to know nothing more.
            drop(document.post_message(&JsValue::from_str(words), &origin()));
        }
    }

    fn hear(self, said: Said) {
        match said {
            Said::Ready => self.begin(),
            Said::Shown => {
                self.is_shown.set(true);
                let view = self.view.get_untracked();
                // Where photos are may have come to be known meanwhile.
                if view != self.begun.get_value() {
                    self.post(&tiles::show(view));
                }
            }
            Said::Failed => self.has_failed.set(true),
            Said::Seen(seen) => self.seen.set(Some(seen)),
            Said::Pressed { round, index } => self.press(round, index),
        }
    }

    fn begin(self) {
        let view = self.view.get_untracked();
        self.begun.set_value(view);
        let (light, dark) = self.styles.get_value();
        let words = [t("places.map"), t("places.nearer"), t("places.farther")];
        self.post(&tiles::begin(&light, &dark, language(), words, view));
    }

    /// Comes nearer, and opens the photo where there is only one, or all were taken at one place.
    fn press(self, round: u32, index: usize) {
        let (drawn, circles) = self.drawn.get_value();
        let circle = circles.into_iter().nth(index).filter(|_| drawn == round);
        let (Some(circle), Some(seen)) = (circle, self.seen.get_untracked()) else {
            return;
        };
        if circle.middle.count == 1 || seen.is_near(circle.view) {
            route::go(self.globals, &format!("/photos/{}", circle.middle.first));
        } else {
            self.view.set(circle.view);
        }
    }

    /// Tells the document what to show, and draws circles for what is seen.
    fn follow(self) {
        Effect::new(move |last: Option<()>| {
            let view = self.view.get();
            if last.is_some() && self.is_shown.get_untracked() {
                self.post(&tiles::show(view));
            }
        });
        Effect::new(move |_| {
            let Some(seen) = self.seen.get() else {
                return;
            };
            let circles = self.spots.with(|spots| seen.circles(spots));
            let (round, _) = self.drawn.get_value();
            let round = round.wrapping_add(1);
            let words = |count: u32| (format::count(count.into()), format::items(count.into()));
            self.post(&tiles::draw(round, &circles, words));
            self.drawn.set_value((round, circles));
        });
    }
}
