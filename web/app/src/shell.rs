//! The frame around all pages of somebody who is signed in: navigation, search, upload, account.
use edge_web_core::page::Page;
use leptos::prelude::*;

use crate::api;
use crate::app::Globals;
use crate::bell::Bell;
use crate::format::t;
use crate::icons::{Icon, IconButton};
use crate::route::{self, Link};
use crate::upload::{UploadButton, UploadPanel, Uploads};

/// A place of the navigation: path, icon, text, page.
type Entry = (&'static str, &'static str, &'static str, Page);

/// The places that are always there.
fn entries() -> [Entry; 7] {
    [
        ("/photos", "photos", t("nav.photos"), Page::Photos),
        ("/albums", "albums", t("nav.albums"), Page::Albums),
        ("/people", "people", t("nav.people"), Page::People),
        (
            "/favorites",
            "favorite",
            t("nav.favorites"),
            Page::Favorites,
        ),
        ("/archive", "archive", t("nav.archive"), Page::Archive),
        ("/locked", "lock", t("nav.locked"), Page::Locked),
        ("/trash", "trash", t("nav.trash"), Page::Trash),
    ]
}

/// Places that a phone has no room for; there they are in the settings.
pub fn further() -> [Entry; 3] {
    [
        ("/memories", "memories", t("nav.memories"), Page::Memories),
        ("/places", "places", t("nav.places"), Page::Places),
        (
            "/duplicates",
            "duplicates",
            t("nav.duplicates"),
            Page::Duplicates,
        ),
    ]
}

/// A place in the navigation.
fn entry((path, icon, text, own): Entry, class: &'static str, page: Memo<Page>) -> AnyView {
    let is_here = move || page.with(|page| is_within(page, &own));
    view! {
        <Link to=path class=class current=Signal::derive(is_here)>
            <Icon name=icon />
            <span>{text}</span>
        </Link>
    }
    .into_any()
}

/// The frame with the page in it.
#[component]
pub fn Shell() -> impl IntoView {
    let globals = expect_context::<Globals>();
    provide_context(Uploads::new(globals));
    let place = route::place(globals);
    let page = Memo::new(move |_| place.with(|place| place.page.clone()));
    let photo = Memo::new(move |_| place.with(|place| place.photo.clone()));
    let must_choose = move || {
        let user = globals.user.get();
        user.is_some_and(|user| user.should_change_password && !user.is_admin)
    };
    view! {
        <a class="skip" href="#main">{t("nav.skip")}</a>
        <Top />
        <div class="frame">
            <nav class="nav" aria-label=t("nav.label")>
                {entries().map(|it| entry(it, "nav-link", page))}
                {further().map(|it| entry(it, "nav-link further", page))}
            </nav>
            <main id="main" class="main" tabindex="-1">
                <Show when=must_choose>
                    <div class="hint" role="status">
                        <p>{t("settings.must-choose")}</p>
                        <Link to="/settings">{t("nav.settings")}</Link>
                    </div>
                </Show>
                {move || (globals.part.draw)(page.get(), photo)}
            </main>
        </div>
        <UploadPanel />
    }
}

/// Whether a page belongs to an entry of the navigation.
fn is_within(page: &Page, entry: &Page) -> bool {
    match page {
        Page::Album(_) => *entry == Page::Albums,
        Page::Person(_) => *entry == Page::People,
        page => page == entry,
    }
}

/// The bar above all pages.
#[component]
fn Top() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let is_admin = move || {
        globals
            .user
            .with(|user| user.as_ref().is_some_and(|user| user.is_admin))
    };
    let uploads = expect_context::<Uploads>();
    let leave = move || {
        if uploads.may_leave() {
            sign_out(globals);
        }
    };
    let place = route::place(globals);
    let here = move |page: Page| Signal::derive(move || place.with(|place| place.page == page));
    let words = RwSignal::new(route::query(globals, "q"));
    let search = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let query = api::escaped(words.get_untracked().trim());
        route::go(globals, &format!("/search?q={query}"));
    };
    view! {
        <header class="top">
            <Link to="/photos" class="brand">
                <Icon name="photos" />
                <span>{t("app.name")}</span>
            </Link>
            <form class="search" role="search" on:submit=search>
                <input
                    type="search"
                    name="q"
                    aria-label=t("search.label")
                    placeholder=t("search.label")
                    prop:value=move || words.get()
                    on:input=move |event| words.set(event_target_value(&event))
                />
            </form>
            <UploadButton />
            <Bell />
            <Show when=is_admin>
                <Link to="/admin" class="icon-button" label=t("nav.admin") current=here(Page::Admin)>
                    <Icon name="admin" />
                </Link>
            </Show>
            <Link to="/settings" class="icon-button" label=t("nav.settings") current=here(Page::Settings)>
                <Icon name="settings" />
            </Link>
            <IconButton name="leave" label=t("nav.sign-out") action=leave />
        </header>
    }
}

/// Ends the session; a provider of identities may want to know.
fn sign_out(globals: Globals) {
    let request =
        api::ask::<edge_web_core::model::LoggedOut>("POST", "/auth/logout", serde_json::json!({}));
    globals.run(request, move |answer| {
        // First nobody is signed in, so that the frame draws no other page and asks for nothing.
        globals.user.set(None);
        // Otherwise who signs out would be signed in at once where the provider is asked without a click.
        route::name(route::SIGNED_OUT);
        globals.address.set(route::current());
        if answer.redirect_uri.starts_with("http") {
            // Leaves this page; there is nobody left to tell of a failure.
            drop(window().location().set_href(&answer.redirect_uri));
        } else {
            route::arrive(globals);
        }
    });
}
