//! People on photos.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{self, Person};
use leptos::prelude::*;
use serde_json::json;

use crate::app::{Globals, put, renew};
use crate::format::{say, t};
use crate::icons::IconButton;
use crate::kit::{self, Views};
use crate::photos::{Kind, Source};
use crate::share::Dialog;
use crate::timeline::Timeline;

/// How many people are asked for at a time.
const PAGE: usize = 200;
/// How many such pages the server gives at a time.
const MOST_PAGES: usize = 5;

fn name_of(person: &Person) -> String {
    if person.name.is_empty() {
        t("people.unnamed").to_owned()
    } else {
        person.name.clone()
    }
}

fn picture_of(person: &Person) -> String {
    format!("/api/people/{}/thumbnail", person.id)
}

fn card(person: &Person) -> AnyView {
    let to = format!("/people/{}", person.id);
    kit::card(to, picture_of(person), name_of(person), Views::new())
}

/// Asks for a page of people.
fn ask(
    globals: Globals,
    page: usize,
    size: usize,
    with_hidden: bool,
    done: impl FnOnce(model::People) + 'static,
) {
    let path = format!("/people?withHidden={with_hidden}&size={size}&page={page}");
    kit::send(globals, "GET", path, None, move |answer| {
        done(model::People::from_value(&answer))
    });
}

/// All people, those with names first, as the server orders them.
#[component]
pub fn People() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let people = RwSignal::new(None::<Vec<Person>>);
    // How many pages there are on the screen, and how many with those that were asked for.
    let (pages, has_more) = (RwSignal::new(0), RwSignal::new(false));
    let wanted = StoredValue::new(0);
    let with_hidden = RwSignal::new(false);
    let rounds = kit::Rounds::new();
    // Whoever asks twice for a page gets the second answer only.
    let load = move || {
        let (page, is_last) = (pages.get_untracked() + 1, rounds.begin());
        let hidden = with_hidden.get_untracked();
        wanted.set_value(page);
        ask(globals, page, PAGE, hidden, move |found| {
            if is_last() {
                people.update(|people| people.get_or_insert_default().extend(found.people));
                pages.set(page);
                has_more.set(found.has_next_page);
            }
        });
    };
    // Begins anew when the hidden ones are to be seen, or not any more.
    Effect::new(move |_| {
        with_hidden.track();
        people.set(None);
        pages.set(0);
        load();
    });
    // After a change those that are on the screen or on their way are asked for at once, as far as the server gives so many.
    let is_begun = StoredValue::new(false);
    kit::follow(globals, move || {
        let shown = wanted.get_value();
        let is_change = is_begun.try_update_value(|it| std::mem::replace(it, true));
        if is_change != Some(true) || !(1..=MOST_PAGES).contains(&shown) {
            return;
        }
        let (hidden, is_last) = (with_hidden.get_untracked(), rounds.begin());
        ask(globals, 1, PAGE * shown, hidden, move |found| {
            if is_last() {
                renew(people, Some(found.people));
                pages.set(shown);
                has_more.set(found.has_next_page);
            }
        });
    });
    let is_empty = move || people.with(|people| people.as_ref().is_some_and(Vec::is_empty));
    let more = move |_event| load();
    let draw = move || {
        let people = people.get().unwrap_or_default();
        people.iter().map(card).collect::<Views>()
    };
    view! {
        <h1 class="page-title">{t("nav.people")}</h1>
        <div class="hint">{kit::tick(t("people.show-hidden"), with_hidden)}</div>
        <Show when=is_empty>
            <p class="empty">{t("people.none")}</p>
        </Show>
        <ul class="cards faces">{kit::changing(draw)}</ul>
        <Show when=move || has_more.get()>
            <button type="button" class="more" on:click=more>{t("do.more")}</button>
        </Show>
    }
}

/// What is open above a person.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// What is known of the person.
    Edit,
    /// Others that may be the same.
    Merge,
}

/// Photos of one person, of whom more can be told.
#[component]
pub fn PersonPage(id: String, photo: Memo<Option<String>>) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let person = RwSignal::new(None::<Person>);
    let path = StoredValue::new(format!("/people/{id}"));
    let rounds = kit::Rounds::new();
    let load = move || {
        let is_last = rounds.begin();
        kit::send(globals, "GET", path.get_value(), None, move |answer| {
            if is_last() {
                put(person, Some(Person::from_value(&answer)));
            }
        });
    };
    kit::follow(globals, load);
    let open = RwSignal::new(None::<Open>);
    let close = move || open.set(None);
    let done = move || {
        close();
        globals.changed();
    };
    let title = move || person.with(|person| person.as_ref().map(name_of).unwrap_or_default());
    view! {
        <div class="page-tools">
            <IconButton name="edit" label=t("people.edit") action=move || open.set(Some(Open::Edit)) />
            <IconButton name="people" label=t("people.merge") action=move || open.set(Some(Open::Merge)) />
        </div>
        <Timeline title=Signal::derive(title) kind=Kind::Photos source=Source::Months(format!("personId={id}&visibility=timeline")) photo=photo />
        {move || open.get().zip(person.get_untracked()).map(|(open, person)| {
            let (title, inside) = match open {
                Open::Edit => (t("people.edit"), edit(globals, person, done)),
                Open::Merge => (t("people.merge"), merge(globals, person, done)),
            };
            view! { <Dialog title=title close=close>{inside}</Dialog> }
        })}
    }
}

/// Name, birthday, whether the person is shown, and first.
fn edit(globals: Globals, person: Person, done: impl Fn() + Copy + 'static) -> AnyView {
    let path = format!("/people/{}", person.id);
    let name = RwSignal::new(person.name);
    let birth_date = RwSignal::new(person.birth_date.unwrap_or_default());
    let is_favorite = RwSignal::new(person.is_favorite);
    let is_hidden = RwSignal::new(person.is_hidden);
    let save = move || {
        let birth_date = Some(birth_date.get_untracked()).filter(|date| !date.is_empty());
        let body = json!({
            "name": name.get_untracked(),
            "birthDate": birth_date,
            "isFavorite": is_favorite.get_untracked(),
            "isHidden": is_hidden.get_untracked(),
        });
        kit::save(globals, "PUT", path.clone(), body, done);
    };
    let fields = vec![
        kit::field(t("people.name"), "text", name),
        kit::field(t("people.birth-date"), "date", birth_date),
        kit::tick(t("people.is-favorite"), is_favorite),
        kit::tick(t("people.is-hidden"), is_hidden),
    ];
    kit::form(fields, t("do.save"), save)
}

/// Others whose photos are to be this person's.
fn merge(globals: Globals, person: Person, done: impl Fn() + Copy + Send + 'static) -> AnyView {
    let others = RwSignal::new(Vec::<Person>::new());
    ask(globals, 1, PAGE, true, move |found| {
        put(others, found.people);
    });
    let path = format!("/people/{}/merge", person.id);
    let lines = move || {
        let line = |other: &Person| {
            let (path, id) = (path.clone(), other.id.clone());
            let face = view! { <img class="face" src=picture_of(other) alt="" loading="lazy" /> };
            let sure = say("people.sure", &[&name_of(other)]);
            let merge = move || {
                if kit::is_sure(&sure) {
                    let body = Some(json!({ "ids": [id] }));
                    kit::send(globals, "POST", path.clone(), body, move |_answer| done());
                }
            };
            let label = format!("{}: {}", t("people.is-same"), name_of(other));
            kit::line(vec![
                face.into_any(),
                kit::name(name_of(other)),
                kit::labelled(t("people.is-same"), label, merge),
            ])
        };
        let others = others.get();
        let others = others.iter().filter(|other| other.id != person.id);
        others.map(line).collect::<Views>()
    };
    let note = kit::words(t("people.merge-hint"));
    vec![note, kit::list(vec![kit::changing(lines)])].into_any()
}
