//! Photos by month: only what is on the screen is drawn, only months near it are asked for.
use std::collections::BTreeSet;

use edge_web_core::layout::{self, Anchor, HEADER};
use edge_web_core::model::Tile;
use edge_web_core::placeholder;
use edge_web_core::scroll::{self, Place};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use crate::api;
use crate::app::Globals;
use crate::format::{self, say, t};
use crate::icons::Icon;
use crate::photos::{Group, Kind, Photos, Source};
use crate::route;
use crate::share::Selection;
use crate::viewer::Viewer;

/// How much is drawn above and below the screen, in its heights.
const MARGIN: f64 = 0.75;
/// A row on the screen. Rows are drawn anew when anything in them changes.
#[derive(Clone, PartialEq)]
enum Line {
    Head {
        bucket: String,
        count: usize,
        top: i64,
    },
    Row {
        tiles: Vec<(Tile, i64, i64)>,
        top: i64,
        height: i64,
    },
}

/// Photos of a source, with what can be done with them; `photo` is the open one.
#[component]
pub fn Timeline(
    #[prop(into)] title: Signal<String>,
    kind: Kind,
    #[prop(into)] source: Signal<Source>,
    photo: Memo<Option<String>>,
) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let scroller = NodeRef::<html::Div>::new();
    let (width, height) = (RwSignal::new(0.0), RwSignal::new(800.0));
    measure(scroller, width, height);
    let photos = Photos::new(globals, width);
    Effect::new(move |_| {
        globals.changes.track();
        photos.load(&source.get());
    });
    let scroll = Scroll::new(photos, scroller, height);
    scroll.stay();
    let range = Memo::new(move |_| {
        let (from, margin) = (scroll.place.get().top(), height.get() * MARGIN);
        (from - margin, from + height.get() + margin)
    });
    let ahead = Memo::new(move |_| scroll.place.get().ahead);
    ask_for_what_is_seen(photos, range);
    let path = StoredValue::new(kind.path(&globals.address.get_untracked().0));
    let is_empty = move || photos.is_answered.get() && photos.groups.with(Vec::is_empty);
    view! {
        <h1 class="page-title">{move || title.get()}</h1>
        <Selection photos=photos kind=kind.clone() />
        <div class="scroll-area">
            <div
                class="scroller"
                node_ref=scroller
                tabindex="0"
                role="region"
                aria-label=move || title.get()
                on:scroll=move |_event| scroll.follow()
            >
                <Show when=is_empty>
                    <p class="empty">{t("timeline.empty")}</p>
                </Show>
                <div class="sheet" node_ref=scroll.sheet>
                    <For
                        each=move || lines(photos, range, ahead)
                        key=|line| key(line)
                        children=move |line| draw(photos, path, line)
                    />
                </div>
            </div>
            <Scrubber photos=photos scroll=scroll />
        </div>
        <Viewer photos=photos kind=kind path=path photo=photo />
    }
}

/// Where the timeline stands, and the element that is scrolled.
#[derive(Clone, Copy)]
struct Scroll {
    photos: Photos,
    scroller: NodeRef<html::Div>,
    /// What all photos lie on.
    sheet: NodeRef<html::Div>,
    /// Height of the visible part.
    height: RwSignal<f64>,
    /// Height of all photos.
    total: Memo<f64>,
    place: RwSignal<Place>,
    /// The month at the upper edge of the screen, and which part of it.
    anchor: StoredValue<Option<(String, Anchor)>>,
}

impl Scroll {
    fn new(photos: Photos, scroller: NodeRef<html::Div>, height: RwSignal<f64>) -> Self {
        let end = |all: &Vec<layout::Section>| all.last().map_or(0.0, |it| it.top + it.height);
        Self {
            photos,
            scroller,
            sheet: NodeRef::new(),
            height,
            total: Memo::new(move |_| photos.sections.with(end)),
            place: RwSignal::new(Place::default()),
            anchor: StoredValue::new(None),
        }
    }

    /// Keeps what is on the screen there while months above it get another height, because their photos are known now.
    fn stay(self) {
        Effect::new(move |_| {
            self.photos.sections.track();
            let (total, old) = (self.total.get(), self.place.get_untracked());
            if let Some(sheet) = self.sheet.get() {
                let height = format!("{}px", scroll::sheet(total));
                // First: the browser scrolls no further than the sheet goes. No height is refused.
                drop(web_sys::HtmlElement::style(&sheet).set_property("height", &height));
            }
            let top = self.anchored().unwrap_or_else(|| old.top());
            self.lead(old.shifted(top, total), old.scrolled);
        });
    }

    /// Where the month is now that was at the upper edge; nothing at the very beginning, where new photos are to be seen.
    fn anchored(self) -> Option<f64> {
        let (name, anchor) = self.anchor.get_value()?;
        let is_it = |group: &Group| group.bucket.time_bucket == name;
        let groups = self.photos.groups;
        let at = groups.with_untracked(|groups| groups.iter().position(is_it))?;
        let sections = self.photos.sections;
        sections.with_untracked(|all| all.get(at).map(|it| anchor.top(it)))
    }

    /// Remembers which month is at the upper edge.
    fn drop_anchor(self, top: f64) {
        let sections = self.photos.sections;
        let anchor = sections.with_untracked(|all| Anchor::of(all, top));
        let anchor = anchor.filter(|_| top >= 1.0).and_then(|anchor| {
            let name = self.photos.groups.with_untracked(|groups| {
                let group = groups.get(anchor.at)?;
                Some(group.bucket.time_bucket.clone())
            });
            Some((name?, anchor))
        });
        self.anchor.set_value(anchor);
    }

    /// The browser has scrolled.
    fn follow(self) {
        if let Some(element) = self.scroller.get_untracked() {
            let scrolled = f64::from(element.scroll_top());
            let (screen, total) = (self.height.get_untracked(), self.total.get_untracked());
            let old = self.place.get_untracked();
            self.lead(old.moved(scrolled, screen, total), scrolled);
        }
    }

    /// Shows what is at this height.
    fn jump(self, top: f64) {
        let place = Place::at(top, self.total.get_untracked());
        self.lead(place, self.place.get_untracked().scrolled);
    }

    /// Shows what is where a finger or the pressed button of a mouse is on the strip of months.
    fn drag(self, event: &web_sys::PointerEvent) {
        let over = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let strip = over.and_then(|it| it.closest(".scrubber").ok().flatten());
        let Some(strip) = strip.filter(|_| event.buttons() == 1) else {
            return;
        };
        // Wherever it goes now, the months follow. Refused only where it is up again.
        drop(strip.set_pointer_capture(event.pointer_id()));
        let (place, total) = (strip.get_bounding_client_rect(), self.total.get_untracked());
        let share = (f64::from(event.client_y()) - place.y()) / place.height().max(1.0);
        let end = (total - self.height.get_untracked()).max(0.0);
        self.jump((share * total).clamp(0.0, end));
    }

    /// Takes a place, and the browser along, which has scrolled to `scrolled`.
    fn lead(self, place: Place, scrolled: f64) {
        self.drop_anchor(place.top());
        if self.place.get_untracked() != place {
            self.place.set(place);
        }
        if (place.scrolled - scrolled).abs() < 0.5 {
            return;
        }
        if let Some(element) = self.scroller.get_untracked() {
            let pixels = i32::try_from(whole(place.scrolled));
            element.set_scroll_top(pixels.unwrap_or(i32::MAX));
        }
    }
}

/// Keeps the size of the visible part, also when the window changes its own.
fn measure(scroller: NodeRef<html::Div>, width: RwSignal<f64>, height: RwSignal<f64>) {
    let measure = move || {
        if let Some(element) = scroller.get_untracked() {
            width.set(f64::from(element.client_width()) - 2.0 * layout::GAP);
            height.set(f64::from(element.client_height()));
        }
    };
    Effect::new(move |_| {
        scroller.track();
        measure();
    });
    let resized = window_event_listener(leptos::ev::resize, move |_event| measure());
    on_cleanup(move || resized.remove());
}

/// Asks for months that come near the screen.
fn ask_for_what_is_seen(photos: Photos, range: Memo<(f64, f64)>) {
    Effect::new(move |_| {
        let (from, to) = range.get();
        let sections = photos.sections;
        let (first, end) = sections.with(|all| layout::between(all, from, to));
        photos.see(first, end);
    });
}

/// Whole pixels, so that rows can be compared.
#[expect(clippy::cast_possible_truncation, reason = "no screen is that long")]
fn whole(pixels: f64) -> i64 {
    pixels.round() as i64
}

/// What is on the screen; on the sheet it is drawn higher by `ahead` ([`scroll`]).
fn lines(photos: Photos, range: Memo<(f64, f64)>, ahead: Memo<f64>) -> Vec<Line> {
    let ((from, to), ahead) = (range.get(), ahead.get());
    let mut lines = Vec::new();
    photos.sections.with(|sections| {
        photos.groups.with(|groups| {
            let (first, end) = layout::between(sections, from, to);
            for (section, group) in sections.iter().zip(groups).take(end).skip(first) {
                lines.push(Line::Head {
                    bucket: group.bucket.time_bucket.clone(),
                    count: group.bucket.count,
                    top: whole(section.top - ahead),
                });
                let Some(tiles) = &group.tiles else { continue };
                for row in section.rows.iter() {
                    let top = section.top + row.top;
                    if top + row.height < from || top > to {
                        continue;
                    }
                    let mut left = layout::GAP;
                    let places =
                        tiles
                            .iter()
                            .skip(row.start)
                            .zip(&row.widths)
                            .map(|(tile, width)| {
                                let place = (tile.clone(), whole(left), whole(*width));
                                left += width + layout::GAP;
                                place
                            });
                    lines.push(Line::Row {
                        tiles: places.collect(),
                        top: whole(top - ahead),
                        height: whole(row.height),
                    });
                }
            }
        });
    });
    lines
}

/// Tells lines apart, and a line from what it was.
fn key(line: &Line) -> String {
    match line {
        Line::Head { bucket, count, top } => format!("{bucket} {count} {top}"),
        Line::Row { tiles, top, height } => {
            let photos = tiles.iter().map(|(tile, left, width)| {
                let marks = (&tile.thumbhash, tile.is_favorite, &tile.stacked);
                format!(" {} {left} {width} {marks:?}", tile.id)
            });
            format!("{top} {height}{}", photos.collect::<String>())
        }
    }
}

fn draw(photos: Photos, path: StoredValue<String>, line: Line) -> AnyView {
    match line {
        Line::Head { bucket, count, top } => {
            let words = if bucket.is_empty() {
                String::new()
            } else {
                format::month(&bucket)
            };
            let count = format::items(count as u64);
            view! {
                <h2 class="month" style:top=format!("{top}px") style:height=format!("{HEADER}px")>
                    {words}
                    <small>{count}</small>
                </h2>
            }
            .into_any()
        }
        Line::Row { tiles, top, height } => tiles
            .into_iter()
            .map(|(tile, left, width)| {
                let place = (left, top, width, height);
                view! { <Photo photos=photos path=path tile=tile place=place /> }
            })
            .collect_view()
            .into_any(),
    }
}

/// A photo in its place: left, top, width, height.
#[component]
fn Photo(
    photos: Photos,
    path: StoredValue<String>,
    tile: Tile,
    place: (i64, i64, i64, i64),
) -> impl IntoView {
    let (left, top, width, height) = place;
    let id = StoredValue::new(tile.id.clone());
    let is_chosen = move || {
        photos
            .chosen
            .with(|chosen| id.with_value(|id| chosen.contains(id)))
    };
    let when = format::here(&tile.taken);
    let label = if tile.is_image {
        say("photo.label", &[&when])
    } else {
        say("video.label", &[&when])
    };
    let background = tile.thumbhash.as_deref().and_then(placeholder::address);
    let background = background
        .map(|address| format!("url({address})"))
        .unwrap_or_default();
    let picture = tile.thumbhash.is_some().then(|| {
        let source = api::current_picture(&tile.id, "thumbnail", tile.thumbhash.as_deref());
        view! { <img src=source alt="" loading="lazy" decoding="async" draggable="false" /> }
    });
    let open = move |event: web_sys::MouseEvent| {
        if event.ctrl_key() || event.meta_key() {
            return;
        }
        event.prevent_default();
        if photos.chosen.with_untracked(BTreeSet::is_empty) {
            let path = id.with_value(|id| format!("{}/photos/{id}", path.get_value()));
            route::go(photos.globals, &route::with_query(photos.globals, &path));
        } else {
            photos.toggle(&id.get_value());
        }
    };
    let length = (!tile.is_image).then(|| {
        let words = tile.duration.map(format::duration);
        view! { <span class="length"><Icon name="play" />{words}</span> }
    });
    let stacked = tile
        .stacked
        .map(|count| view! { <span class="length stacked"><Icon name="stack" />{count}</span> });
    let favorite = tile
        .is_favorite
        .then(|| view! { <span class="mark"><Icon name="favorite" /></span> });
    let address = format!("{}/photos/{}", path.get_value(), tile.id);
    let wait = tile
        .thumbhash
        .is_none()
        .then(|| view! { <span class="making">{t("photo.making")}</span> });
    // Names of links say what is written in them (WCAG 2.5.3).
    let name = match wait {
        Some(_) => format!("{label}, {}", t("photo.making")),
        None => label.clone(),
    };
    view! {
        <div
            class="photo"
            class:chosen=is_chosen
            style:left=format!("{left}px")
            style:top=format!("{top}px")
            style:width=format!("{width}px")
            style:height=format!("{height}px")
            style:background-image=background
        >
            <a href=address aria-label=name on:click=open>{picture}{wait}</a>
            {length}
            {stacked}
            {favorite}
            <button
                type="button"
                class="choose"
                aria-pressed=move || is_chosen().to_string()
                aria-label=say("photo.choose", &[&label])
                on:click=move |_event| photos.toggle(&id.get_value())
            >
                <Icon name="check" />
            </button>
        </div>
    }
}

/// The months along the right edge: a click leads to one, and what is pressed and moved leads through all of them.
#[component]
fn Scrubber(photos: Photos, scroll: Scroll) -> impl IntoView {
    let total = move || scroll.total.get().max(1.0);
    // Months that would lie upon each other are left out.
    let marks = move || {
        let total = total();
        let mut last = -10.0;
        photos.sections.with(|sections| {
            photos.groups.with(|groups| {
                let marks = sections.iter().zip(groups).filter_map(|(section, group)| {
                    let at = section.top / total * 100.0;
                    let is_apart = at - last >= 4.0 && !group.bucket.time_bucket.is_empty();
                    is_apart.then(|| {
                        last = at;
                        (group.bucket.time_bucket.clone(), at, section.top)
                    })
                });
                marks.collect::<Vec<_>>()
            })
        })
    };
    let here = move || format!("{}%", scroll.place.get().top() / total() * 100.0);
    let is_useful = move || photos.groups.with(|groups| groups.len() > 1);
    view! {
        <Show when=is_useful>
            <nav class="scrubber" aria-label=t("timeline.scrubber") on:pointermove=move |event| scroll.drag(&event)>
                <span class="here" style:top=here></span>
                {move || marks().into_iter().map(|(bucket, at, top)| {
                    let words = format::month(&bucket);
                    view! {
                        // Drawn by the style sheet: the name is the month in full.
                        <button type="button" style:top=format!("{at}%") aria-label=words.clone() title=words
                            data-short=format::short_month(&bucket) on:click=move |_event| scroll.jump(top)></button>
                    }
                }).collect_view()}
            </nav>
        </Show>
    }
}
