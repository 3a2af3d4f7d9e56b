//! The pages, each for a path.
pub mod about;
pub mod admin;
pub mod duplicates;
pub mod form;
pub mod keys;
pub mod linked;
pub mod locked;
pub mod maintenance;
pub mod memories;
pub mod partners;
pub mod people;
pub mod pin;
pub mod places;
pub mod preferences;
pub mod profile;
pub mod search;
pub mod settings;
pub mod sign_in;
pub mod tiles;
pub mod welcome;
pub mod workflows;

use edge_web_core::page::Page;
use leptos::prelude::*;

use crate::albums::{AlbumPage, Albums};
use crate::app::Globals;
use crate::format::t;
use crate::kit;
use crate::photos::{Kind, Source};
use crate::share::has_trash;
use crate::timeline::Timeline;

/// Draws a page of the library; `photo` is the open one.
pub fn library(page: Page, photo: Memo<Option<String>>) -> AnyView {
    let all = |title, kind, query: &str| {
        let source = Source::Months(query.to_owned());
        view! { <Timeline title=title kind=kind source=source photo=photo /> }.into_any()
    };
    match page {
        Page::Photos | Page::SignIn => all(
            t("nav.photos"),
            Kind::Photos,
            "visibility=timeline&withStacked=true&withPartners=true",
        ),
        Page::Favorites => all(t("nav.favorites"), Kind::Favorites, "isFavorite=true"),
        Page::Archive => all(t("nav.archive"), Kind::Archive, "visibility=archive"),
        Page::Trash => view! {
            <Trash />
            {all(t("nav.trash"), Kind::Trash, "isTrashed=true")}
        }
        .into_any(),
        Page::Locked => view! { <locked::Locked photo=photo /> }.into_any(),
        Page::Albums => view! { <Albums /> }.into_any(),
        Page::Album(id) => view! { <AlbumPage id=id photo=photo /> }.into_any(),
        Page::People => view! { <people::People /> }.into_any(),
        Page::Person(id) => view! { <people::PersonPage id=id photo=photo /> }.into_any(),
        Page::Partner(id) => partners::photos(expect_context::<Globals>(), &id, photo),
        Page::Search => view! { <search::Search photo=photo /> }.into_any(),
        // Those that the other module has are never asked for (`crate::route`).
        Page::Memories
        | Page::Places
        | Page::Duplicates
        | Page::Settings
        | Page::Admin
        | Page::About
        | Page::Welcome
        | Page::Workflows
        | Page::Maintenance
        | Page::Unknown => unknown(),
    }
}

/// Draws a page of what is opened now and then; no photo is open above one.
pub fn manage(page: Page, _photo: Memo<Option<String>>) -> AnyView {
    match page {
        Page::Memories => view! { <memories::Memories /> }.into_any(),
        Page::Places => view! { <places::Places /> }.into_any(),
        Page::Duplicates => view! { <duplicates::Duplicates /> }.into_any(),
        Page::Settings => view! { <settings::Settings /> }.into_any(),
        Page::Admin => view! { <admin::Admin /> }.into_any(),
        Page::About => view! { <about::About /> }.into_any(),
        Page::Welcome => view! { <welcome::Welcome /> }.into_any(),
        Page::Workflows => view! { <workflows::Workflows /> }.into_any(),
        Page::Maintenance => {
            // It is over, or never began: the address is for that time only.
            let globals = expect_context::<Globals>();
            maintenance::leave(globals);
            nothing(globals)
        }
        _ => unknown(),
    }
}

/// What a module shows where another one has something.
pub fn nothing(_globals: Globals) -> AnyView {
    ().into_any()
}

fn unknown() -> AnyView {
    kit::empty(t("app.no-page"))
}

/// What one does with the trash as a whole.
#[component]
fn Trash() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let days = move || globals.config.with(|config| config.trash_days.to_string());
    let hint = move || {
        if has_trash(globals) {
            crate::format::say("trash.hint", &[&days()])
        } else {
            t("trash.off").to_owned()
        }
    };
    let empty = move |_event| {
        let is_sure = window()
            .confirm_with_message(t("trash.sure"))
            .unwrap_or(false);
        if is_sure {
            globals.run(crate::api::act("POST", "/trash/empty", None), move |()| {
                globals.changed()
            });
        }
    };
    view! {
        <div class="hint">
            <p>{hint}</p>
            <button type="button" on:click=empty>{t("trash.empty")}</button>
        </div>
    }
}
