//! Crops the photo: a frame above it is dragged, or moved by the arrows of the keyboard. The photo is seen as it was before it was edited,
//! which is what the frame is of.
use edge_web_core::crop::{self, Frame, Part};
use edge_web_core::model::Edit;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent, PointerEvent};

use super::{Screen, edit};
use crate::app::put;
use crate::format::t;
use crate::kit::{self, Views};

/// How far an arrow moves, in parts of the photo, and how far it does with Shift.
const STEP: (f64, f64) = (0.01, 0.1);

/// The photo with the frame, and what can be done with it.
pub fn draw(screen: Screen) -> AnyView {
    let size = screen
        .asset
        .with_untracked(|asset| asset.as_ref().and_then(crop::size));
    let Some(size) = size else {
        // Nobody is asked to crop such a photo.
        return ().into_any();
    };
    let frame = RwSignal::new(Frame::ALL);
    let edits = RwSignal::new(None::<Vec<Edit>>);
    edit::ask(screen, move |found| {
        put(frame, Frame::of(&found, size));
        put(edits, Some(found));
    });
    let save = move || {
        if let Some(edits) = edits.get_untracked() {
            edit::put(screen, frame.get_untracked().among(edits, size));
            screen.is_cropping.set(false);
        }
    };
    let is_known = Memo::new(move |_| edits.with(Option::is_some));
    let draw = move || {
        let close = kit::button(t("do.close"), move || screen.is_cropping.set(false));
        if !is_known.get() {
            // What is chosen now would be gone when the present frame comes.
            return vec![kit::row(vec![close])];
        }
        let buttons = vec![
            kit::button(t("crop.do"), save),
            kit::button(t("crop.all"), move || frame.set(Frame::ALL)),
            close,
        ];
        let id = screen.id.get_value();
        vec![area(&id, size.0 / size.1, frame), kit::row(buttons)]
    };
    view! { <div class="cropping">{kit::changing(draw)}</div> }.into_any()
}

/// The photo, as large as there is room, with the frame.
fn area(id: &str, ratio: f64, frame: RwSignal<Frame>) -> AnyView {
    let node = NodeRef::<html::Div>::new();
    let width = format!("min(90vw, calc((100vh - 12rem) * {ratio}))");
    let parts = [
        (Part::Whole, t("crop.frame")),
        (Part::Corner(false, false), t("crop.top-left")),
        (Part::Corner(true, false), t("crop.top-right")),
        (Part::Corner(false, true), t("crop.bottom-left")),
        (Part::Corner(true, true), t("crop.bottom-right")),
    ];
    let parts = parts.map(|(part, label)| handle(node, frame, part, label));
    view! {
        <div class="crop" node_ref=node style:width=width style:aspect-ratio=ratio.to_string()>
            <img src=format!("/api/assets/{id}/thumbnail?size=preview&edited=false") alt="" draggable="false" />
            {Views::from(parts)}
        </div>
    }
    .into_any()
}

/// Something of the frame that can be moved.
fn handle(
    area: NodeRef<html::Div>,
    frame: RwSignal<Frame>,
    part: Part,
    label: &'static str,
) -> AnyView {
    let from = StoredValue::new(None::<(f64, f64, Frame)>);
    let began = move |event: PointerEvent| {
        // Wherever the pointer goes now, this is what it moves.
        let pressed = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if let Some(pressed) = pressed {
            drop(pressed.set_pointer_capture(event.pointer_id()));
        }
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        from.set_value(Some((x, y, frame.get_untracked())));
    };
    let moved = move |event: PointerEvent| {
        let (Some((x, y, start)), Some(area)) = (from.get_value(), area.get_untracked()) else {
            return;
        };
        let x = (f64::from(event.client_x()) - x) / f64::from(area.offset_width().max(1));
        let y = (f64::from(event.client_y()) - y) / f64::from(area.offset_height().max(1));
        frame.set(start.moved(part, x, y));
    };
    let ended = move |_event: PointerEvent| from.set_value(None);
    let key = move |event: KeyboardEvent| {
        let step = if event.shift_key() { STEP.1 } else { STEP.0 };
        let (x, y) = match event.key().as_str() {
            "ArrowLeft" => (-step, 0.0),
            "ArrowRight" => (step, 0.0),
            "ArrowUp" => (0.0, -step),
            "ArrowDown" => (0.0, step),
            _ => return,
        };
        event.prevent_default();
        frame.update(|frame| *frame = frame.moved(part, x, y));
    };
    let class = match part {
        Part::Whole => "crop-frame",
        Part::Corner(_, _) => "crop-corner",
    };
    let place = move |of: fn(Frame, Part) -> f64| format!("{}%", of(frame.get(), part) * 100.0);
    let is_whole = part == Part::Whole;
    view! {
        <button
            type="button"
            class=class
            aria-label=label
            style:left=move || place(left)
            style:top=move || place(top)
            style:width=move || if is_whole { place(width) } else { String::new() }
            style:height=move || if is_whole { place(height) } else { String::new() }
            on:pointerdown=began
            on:pointermove=moved
            on:pointerup=ended
            on:pointercancel=ended
            on:keydown=key
        ></button>
    }
    .into_any()
}

fn left(frame: Frame, part: Part) -> f64 {
    match part {
        Part::Corner(true, _) => frame.right,
        _ => frame.left,
    }
}

fn top(frame: Frame, part: Part) -> f64 {
    match part {
        Part::Corner(_, true) => frame.bottom,
        _ => frame.top,
    }
}

fn width(frame: Frame, _part: Part) -> f64 {
    frame.right - frame.left
}

fn height(frame: Frame, _part: Part) -> f64 {
    frame.bottom - frame.top
}
