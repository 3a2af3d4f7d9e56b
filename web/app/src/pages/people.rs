//! People on photos.
use edge_web_core::model::{self, Person};
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::t;
use crate::icons::IconButton;
use crate::photos::{Kind, Source};
use crate::route::Link;
use crate::timeline::Timeline;

/// How many people are asked for at a time.
const PAGE: usize = 200;

/// All people, those with names first, as the server orders them.
#[component]
pub fn People() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let people = RwSignal::new(None::<Vec<Person>>);
    let (page, has_more) = (RwSignal::new(1), RwSignal::new(false));
    let load = move || {
        let path = format!(
            "/people?withHidden=false&size={PAGE}&page={}",
            page.get_untracked()
        );
        globals.run(
            async move { api::get::<model::People>(&path).await },
            move |found| {
                people.try_update(|people| people.get_or_insert_default().extend(found.people));
                put(has_more, found.has_next_page);
            },
        );
    };
    load();
    let is_empty = move || people.with(|people| people.as_ref().is_some_and(Vec::is_empty));
    let more = move |_event| {
        page.update(|page| *page += 1);
        load();
    };
    view! {
        <h1 class="page-title">{t("nav.people")}</h1>
        <Show when=is_empty>
            <p class="empty">{t("people.none")}</p>
        </Show>
        <ul class="cards faces">
            {move || people.get().unwrap_or_default().into_iter().map(|person| {
                let name = if person.name.is_empty() { t("people.unnamed").to_owned() } else { person.name.clone() };
                let source = format!("/api/people/{}/thumbnail", person.id);
                view! {
                    <li>
                        <Link to=format!("/people/{}", person.id) class="card">
                            <img src=source alt="" loading="lazy" />
                            <span class="card-name">{name}</span>
                        </Link>
                    </li>
                }
            }).collect_view()}
        </ul>
        <Show when=move || has_more.get()>
            <button type="button" class="more" on:click=more>{t("do.more")}</button>
        </Show>
    }
}

/// Photos of one person, whose name can be given.
#[component]
pub fn PersonPage(id: String, photo: Memo<Option<String>>) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let name = RwSignal::new(String::new());
    let key = StoredValue::new(id.clone());
    let path = format!("/people/{id}");
    globals.run(
        async move { api::get::<Person>(&path).await },
        move |person| put(name, person.name),
    );
    let rename = move || {
        let given =
            window().prompt_with_message_and_default(t("people.name"), &name.get_untracked());
        let Some(given) = given.ok().flatten() else {
            return;
        };
        let path = format!("/people/{}", key.get_value());
        let body = json!({ "name": given });
        globals.run(
            async move { api::act("PUT", &path, Some(body)).await },
            move |()| put(name, given),
        );
    };
    let title = move || {
        let name = name.get();
        if name.is_empty() {
            t("people.unnamed").to_owned()
        } else {
            name
        }
    };
    view! {
        <div class="page-tools">
            <IconButton name="edit" label=t("people.name") action=rename />
        </div>
        <Timeline title=Signal::derive(title) kind=Kind::Photos source=Source::Months(format!("personId={id}&visibility=timeline")) photo=photo />
    }
}
