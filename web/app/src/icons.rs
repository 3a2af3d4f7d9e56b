//! Icons: strokes on a field of 24 by 24, drawn for this page.
use leptos::prelude::*;

/// The strokes of an icon.
fn strokes(name: &str) -> &'static str {
    match name {
        "photos" => "M4 5h16v14H4z M4 16l5-5 4 4 3-3 4 4 M15.5 9h.01",
        "albums" => "M4 8h16v12H4z M6 5h12 M8 2.5h8",
        "people" => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M4 21c0-4 3.5-6 8-6s8 2 8 6",
        "favorite" => {
            "M12 20s-8-5-8-10.5A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8 2.5C20 15 12 20 12 20z"
        }
        "archive" => "M4 4h16v5H4z M5 9v11h14V9 M10 13h4",
        "trash" => "M4 7h16 M9 7V4h6v3 M6 7l1 14h10l1-14 M10 11v6 M14 11v6",
        "search" => "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z M16 16l5 5",
        "zoom" => "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z M16 16l5 5 M8 11h6 M11 8v6",
        "upload" => "M12 16V4 M7 9l5-5 5 5 M4 16v4h16v-4",
        "download" => "M12 4v12 M7 11l5 5 5-5 M4 17v3h16v-3",
        "settings" => {
            "M4 7h10 M18 7h2 M4 17h2 M10 17h10 M16 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z M8 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
        }
        "admin" => "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6z M9 12l2 2 4-4",
        "leave" => "M10 4H4v16h6 M15 8l4 4-4 4 M9 12h10",
        "close" => "M5 5l14 14 M19 5L5 19",
        "back" => "M20 12H4 M11 5l-7 7 7 7",
        "next" => "M9 5l7 7-7 7",
        "previous" => "M15 5l-7 7 7 7",
        "info" => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 11v6 M12 7.5h.01",
        "check" => "M5 13l5 5 9-11",
        "play" => "M8 5l11 7-11 7z",
        "add" => "M12 5v14 M5 12h14",
        "share" => {
            "M6 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z M18 8.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z M18 20.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z M8.300 11l7.500-4 M8.300 13l7.500 4"
        }
        "restore" => "M4 5v5h5 M4.500 10a8 8 0 1 1 0 5",
        "lock" => "M5 11h14v10H5z M8 11V7a4 4 0 0 1 8 0v4 M12 15v2",
        "unlock" => "M5 11h14v10H5z M8 11V7a4 4 0 0 1 7.500-2 M12 15v2",
        "comment" => "M4 5h16v11H11l-4 4v-4H4z",
        "bell" => "M6 17v-6a6 6 0 0 1 12 0v6l2 1H4z M10.500 21h3",
        "places" => {
            "M12 21s-7-6-7-11a7 7 0 0 1 14 0c0 5-7 11-7 11z M12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z"
        }
        "memories" => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 7v5l3 3",
        "duplicates" => "M8 8h12v12H8z M4 16V4h12",
        "stack" => "M3 9h12v11H3z M6 6h12v11 M9 3h12v11",
        "folder" => "M3 6h6l2 2h10v11H3z",
        "edit" => "M4 20l1-5L16 4l4 4L9 19z",
        _ => "",
    }
}

/// An icon beside words or on a button with a label; screen readers pass over it.
#[component]
pub fn Icon(name: &'static str) -> AnyView {
    let class = if name == "favorite" {
        "icon favorite"
    } else {
        "icon"
    };
    view! {
        <svg class=class viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=strokes(name)></path>
        </svg>
    }
    .into_any()
}

/// A button that shows an icon only; `label` is what it does.
#[component]
pub fn IconButton(
    name: &'static str,
    #[prop(into)] label: Signal<String>,
    #[prop(optional)] pressed: Option<Signal<bool>>,
    action: impl Fn() + 'static,
) -> AnyView {
    button(name, label, pressed, Box::new(action))
}

/// Not generic: each kind of action would bring code of its own for the whole button.
fn button(
    name: &'static str,
    label: Signal<String>,
    pressed: Option<Signal<bool>>,
    action: Box<dyn Fn()>,
) -> AnyView {
    let pressed = move || pressed.map(|it| it.get().to_string());
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=move || label.get()
            title=move || label.get()
            aria-pressed=pressed
            on:click=move |_event| action()
        >
            <Icon name=name />
        </button>
    }
    .into_any()
}
