//! Where photos were taken: a map, and the cities.
use edge_web_core::answer::FromValue as _;
use edge_web_core::map::{self, Circle, Spot, Spots, View};
use edge_web_core::model::{Asset, Marker};
use edge_web_core::pieces::Objects;
use edge_web_core::tiles::Style;
use leptos::prelude::*;

use crate::api;
use crate::app::{Globals, put, renew};
use crate::format::{self, t};
use crate::kit::{self, Views};
use crate::pages::tiles;
use crate::route;
use crate::watch::{Looked, watch};

/// The map above the cities.
#[component]
pub fn Places() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let cities = RwSignal::new(Vec::<Asset>::new());
    let ask = move || -> Looked {
        Box::pin(async move {
            let found = api::send("GET", "/search/cities", None).await?;
            let found = Vec::from_value(&api::parsed(&found)?);
            Ok(renew(cities, found))
        })
    };
    watch(globals, ask);
    let draw = move || {
        let cities = cities.get();
        let card = |asset: &Asset| {
            let city = asset.exif_info.city.clone().unwrap_or_default();
            let to = format!("/search?city={}", api::escaped(&city));
            kit::card(to, api::picture(&asset.id, "thumbnail"), city, Views::new())
        };
        cities.iter().map(card).collect::<Views>()
    };
    view! {
        <h1 class="page-title">{t("nav.places")}</h1>
        {world(globals)}
        {kit::cards(vec![kit::changing(draw)])}
    }
}

/// The map: with tiles where the administrator configured a style that can be loaded, else drawn here.
fn world(globals: Globals) -> AnyView {
    let spots = RwSignal::new(Vec::<Spot>::new());
    let view = RwSignal::new(View::WORLD);
    gather(globals, spots, view);
    let has_failed = RwSignal::new(false);
    let origin = tiles::origin();
    let style = globals
        .config
        .with_untracked(|config| Style::of(config, &origin));
    let map = move || {
        let told = |words: &'static str| view! { <p role="status">{words}</p> }.into_any();
        let mut parts = Views::new();
        match &style {
            Style::At { light, dark } if !has_failed.get() => {
                let styles = (light.clone(), dark.clone());
                return vec![tiles::map(globals, spots, view, styles, has_failed)];
            }
            Style::At { .. } => parts.push(told(t("places.no-tiles"))),
            Style::Refused => parts.push(told(t("places.refused"))),
            Style::None => {}
        }
        parts.push(drawn(globals, spots, view));
        parts
    };
    let all = move || view.set(spots.with_untracked(|spots| View::of(spots.iter())));
    view! {
        <div class="map-frame">
            {kit::changing(map)}
            {kit::row(vec![
                kit::button(t("places.all"), all),
                kit::button(t("places.world"), move || view.set(View::WORLD)),
            ])}
        </div>
    }
    .into_any()
}

/// Asks where photos were taken; `view` is where they are, at first.
fn gather(globals: Globals, spots: RwSignal<Vec<Spot>>, view: RwSignal<View>) {
    let ask = move || -> Looked {
        Box::pin(async move {
            let (mut objects, mut found) = (Objects::default(), Spots::default());
            let take = |piece: &[u8]| {
                objects.take(piece, &mut |marker| found.add(Marker::from_value(&marker)));
                !spots.is_disposed()
            };
            api::pieces("/map/markers", take).await?;
            let found = found.all();
            // Whoever has come nearer stays there.
            if spots.try_with_untracked(Vec::is_empty) == Some(true) {
                put(view, View::of(found.iter()));
            }
            Ok(renew(spots, found))
        })
    };
    watch(globals, ask);
}

/// The map without tiles: a click on a circle comes nearer, and opens the photo where there is only one.
fn drawn(globals: Globals, spots: RwSignal<Vec<Spot>>, view: RwSignal<View>) -> AnyView {
    kit::changing(move || {
        let shown = view.get();
        let circles = spots.with(|spots| map::circles(spots, shown));
        let mut parts = lines(shown);
        parts.extend(
            circles
                .into_iter()
                .map(|circle| draw_circle(globals, view, circle)),
        );
        let box_of = format!(
            "{} {} {} {}",
            shown.left, shown.top, shown.width, shown.height
        );
        vec![view! { <svg class="map" viewBox=box_of role="group" aria-label=t("places.map")>{parts}</svg> }.into_any()]
    })
}

fn lines(view: View) -> Views {
    let (meridians, parallels) = view.lines();
    let line = |x1: f64, y1: f64, x2: f64, y2: f64| {
        view! { <line x1=x1.to_string() y1=y1.to_string() x2=x2.to_string() y2=y2.to_string() vector-effect="non-scaling-stroke"></line> }.into_any()
    };
    let (right, bottom) = (view.left + view.width, view.top + view.height);
    let meridians = meridians.into_iter().map(|x| line(x, view.top, x, bottom));
    let parallels = parallels.into_iter().map(|y| line(view.left, y, right, y));
    meridians.chain(parallels).collect()
}

fn draw_circle(globals: Globals, view: RwSignal<View>, circle: Circle) -> AnyView {
    let unit = view.with_untracked(|view| view.width) / 100.0;
    let Circle { middle, view: near } = circle;
    let count = format::count(middle.count.into());
    let label = format::items(middle.count.into());
    let (x, y) = (middle.x.to_string(), middle.y.to_string());
    let open = move || {
        // Nothing comes nearer where all were taken at one place.
        if middle.count == 1 || view.with_untracked(|now| now.width <= near.width) {
            route::go(globals, &format!("/photos/{}", middle.first));
        } else {
            view.set(near);
        }
    };
    let open = std::rc::Rc::new(open);
    let by_key = open.clone();
    let key = move |event: web_sys::KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            // The browser would scroll.
            event.prevent_default();
            by_key();
        }
    };
    view! {
        <g role="button" tabindex="0" aria-label=label on:click=move |_event| open() on:keydown=key>
            <circle cx=x.clone() cy=y.clone() r=(unit * 1.6).to_string()></circle>
            <text x=x y=y font-size=(unit * 1.4).to_string() text-anchor="middle" dominant-baseline="central">{count}</text>
        </g>
    }
    .into_any()
}
