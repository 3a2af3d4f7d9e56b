//! The faces on a photo: whose they are, and where.
use std::collections::BTreeSet;

use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Face, Person};
use leptos::prelude::*;

use super::Screen;
use crate::app::put;
use crate::format::t;
use crate::kit::{self, Views};
use crate::route::Link;

/// Who is on it, with the ways to their photos. Asks for the faces.
pub fn list(screen: Screen) -> AnyView {
    let path = format!("/faces?id={}", screen.id.get_value());
    kit::send(screen.photos.globals, "GET", path, None, move |answer| {
        put(screen.faces, Vec::from_value(&answer));
    });
    let draw = move || {
        let faces = screen.faces.get();
        let mut people: Vec<&Person> = faces.iter().filter_map(|it| it.person.as_ref()).collect();
        let mut known = BTreeSet::new();
        people.retain(|person| !person.is_hidden && known.insert(person.id.as_str()));
        people.into_iter().map(person).collect::<Views>()
    };
    view! { <div class="on-photo" role="group" aria-label=t("info.people")>{kit::changing(draw)}</div> }
        .into_any()
}

fn person(person: &Person) -> AnyView {
    let name = if person.name.is_empty() {
        t("people.unnamed").to_owned()
    } else {
        person.name.clone()
    };
    let picture = format!("/api/people/{}/thumbnail", person.id);
    view! {
        <Link to=format!("/people/{}", person.id) class="line">
            <img class="face" src=picture alt="" />
            <span>{name}</span>
        </Link>
    }
    .into_any()
}

/// Where they are, above the photo, while its information is shown.
pub fn boxes(screen: Screen) -> AnyView {
    kit::changing(move || {
        let is_photo = screen
            .asset
            .with(|asset| asset.as_ref().is_some_and(|asset| asset.kind == "IMAGE"));
        let is_small = !screen.is_large.get() && !screen.is_cropping.get();
        if !(is_photo && is_small && screen.with_info.get()) {
            return Views::new();
        }
        screen
            .faces
            .with(|faces| faces.iter().map(around).collect::<Views>())
    })
}

/// A picture of the same proportions lies exactly above the photo.
fn around(face: &Face) -> AnyView {
    let picture = format!("0 0 {} {}", face.image_width, face.image_height);
    let (x, y) = (face.left.to_string(), face.top.to_string());
    let width = (face.right - face.left).max(0.0).to_string();
    let height = (face.bottom - face.top).max(0.0).to_string();
    view! {
        <svg class="box" viewBox=picture aria-hidden="true">
            <rect x=x y=y width=width height=height vector-effect="non-scaling-stroke"></rect>
        </svg>
    }
    .into_any()
}
