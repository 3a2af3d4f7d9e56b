//! Search by words and filters: by what is in photos where the server can, else by names, words about them and cities.
use std::collections::BTreeSet;
use std::sync::Arc;

use edge_web_core::answer::FromValue as _;
use edge_web_core::live::Patience;
use edge_web_core::model::{Asset, Found, People, Tag, Tile};
use edge_web_core::search::{self, Search as Wanted};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Value, json};

use crate::api::{self, Answer};
use crate::app::{Changes, Globals, put};
use crate::format::{say, t};
use crate::kit::{self, Views};
use crate::photos::{Kind, Source};
use crate::route;
use crate::timeline::Timeline;

/// A request that has a page left.
type Left = (&'static str, Value);

/// What was found so far.
#[derive(Clone, Default)]
struct Results {
    tiles: Arc<Vec<Tile>>,
    left: Vec<Left>,
    /// How many pages were asked for in each way.
    pages: usize,
    /// How many changes of photos there were when the first page was asked for.
    changes: Changes,
}

/// Results of the search in the address.
#[component]
pub fn Search(photo: Memo<Option<String>>) -> impl IntoView {
    let globals = expect_context::<Globals>();
    // Opening a photo must not forget what was looked for.
    let wanted = Memo::new(move |last: Option<&Wanted>| {
        let wanted = Wanted::of(|name| route::query(globals, name));
        if wanted.is_empty() {
            last.cloned().unwrap_or_default()
        } else {
            wanted
        }
    });
    let known = Known::ask(globals);
    let finder = Finder {
        globals,
        wanted,
        results: RwSignal::default(),
        rounds: kit::Rounds::new(),
        is_asking: StoredValue::new(false),
        is_waiting: StoredValue::new(false),
        patience: StoredValue::default(),
    };
    let results = finder.results;
    // Also after a change: here, or on another device.
    Effect::new(move |last: Option<Wanted>| {
        globals.found.track();
        let wanted = wanted.get();
        if last.as_ref() == Some(&wanted) {
            finder.follow();
        } else {
            results.set(Results::default());
            finder.patience.set_value(Patience::default());
            finder.begin();
        }
        wanted
    });
    let more = move |_event| {
        let found = results.get_untracked();
        let pages = found.pages + 1;
        finder.ask(found, pages);
    };
    let title = move || wanted.with(title_of);
    let has_more =
        Memo::new(move |_| results.with(|found| found.pages > 0 && !found.left.is_empty()));
    view! {
        <Timeline
            title=Signal::derive(title)
            kind=Kind::Photos
            source=Signal::derive(move || results.with(|found| Source::List(found.tiles.clone(), found.pages > 0 && found.left.is_empty())))
            photo=photo
        />
        <div class="hint">
            {kit::changing(move || vec![filters(globals, known, wanted.get())])}
            <Show when=move || has_more.get()>
                <button type="button" on:click=more>{t("do.more")}</button>
            </Show>
        </div>
    }
}

fn title_of(wanted: &Wanted) -> String {
    if wanted.words.is_empty() {
        t("search.filtered").to_owned()
    } else {
        say("search.title", &[&wanted.words])
    }
}

/// Asks for what is looked for.
#[derive(Clone, Copy)]
struct Finder {
    globals: Globals,
    wanted: Memo<Wanted>,
    results: RwSignal<Results>,
    rounds: kit::Rounds,
    /// Whether answers are on their way.
    is_asking: StoredValue<bool>,
    /// Whether it is going to look for changes of other devices.
    is_waiting: StoredValue<bool>,
    patience: StoredValue<Patience>,
}

impl Finder {
    /// Begins anew where photos have changed since the first page was asked for, and not before all answers are there: others may
    /// upload for longer than a search takes. At once for what was done on this page; other devices may change what is not found, again
    /// and again.
    fn follow(self) {
        if self.is_asking.get_value() {
            return;
        }
        let now = self.globals.found.get_untracked();
        let asked = self.results.with_untracked(|shown| shown.changes);
        if now.here != asked.here {
            return self.begin();
        }
        if now == asked || self.is_waiting.get_value() {
            return;
        }
        let left = self.patience.get_value().left(js_sys::Date::now());
        if left.is_zero() {
            return self.begin();
        }
        self.is_waiting.set_value(true);
        let look = move || {
            let is_there = self.is_waiting.try_update_value(|it| *it = false);
            if is_there.is_some() {
                self.follow();
            }
        };
        set_timeout(look, left);
    }

    /// Asks from the beginning for as many pages as are shown.
    fn begin(self) {
        let wanted = self.wanted.get_untracked();
        let is_smart = self.globals.features.with_untracked(|it| it.smart_search);
        let left = if wanted.is_empty() {
            Vec::new()
        } else {
            wanted.requests(is_smart)
        };
        let pages = self.results.with_untracked(|shown| shown.pages).max(1);
        let found = Results {
            left,
            changes: self.globals.found.get_untracked(),
            ..Results::default()
        };
        self.ask(found, pages);
    }

    /// Asks for what is missing of so many pages, in each way there is; a photo appears once.
    fn ask(self, mut found: Results, pages: usize) {
        let is_last = self.rounds.begin();
        let before = self.results.with_untracked(|shown| shown.tiles.clone());
        self.is_asking.set_value(true);
        spawn_local(async move {
            let mut is_whole = true;
            while found.pages < pages {
                for request in found.left.clone() {
                    let answer = one(request.0, &request.1).await;
                    if !is_last() {
                        return;
                    }
                    match answer {
                        Ok((tiles, next)) => add(&mut found, &request, tiles, next),
                        Err(failure) => {
                            is_whole = false;
                            self.globals.fail(&failure);
                        }
                    }
                    self.show(&found, false);
                }
                found.pages += 1;
            }
            self.show(&found, is_whole);
            self.is_asking.set_value(false);
            // Who is not answered waits, too.
            let is_same = !is_whole || found.tiles == before;
            let now = js_sys::Date::now();
            self.patience.update_value(|it| it.end(is_same, now));
            self.follow();
        });
    }

    /// Shows what was found: at once where it is no less than before, and less only where that `is_whole`.
    fn show(self, found: &Results, is_whole: bool) {
        self.results.update(|shown| {
            if is_whole || found.tiles.len() >= shown.tiles.len() {
                shown.clone_from(found);
            }
            // Also where the answer is not shown it has been asked for.
            shown.changes = found.changes;
        });
    }
}

fn add(results: &mut Results, request: &Left, tiles: Vec<Tile>, next: Option<u64>) {
    let known: BTreeSet<&str> = results.tiles.iter().map(|tile| tile.id.as_str()).collect();
    let new = tiles
        .into_iter()
        .filter(|tile| !known.contains(tile.id.as_str()));
    let new: Vec<Tile> = new.collect();
    let all = results.tiles.iter().cloned().chain(new);
    results.tiles = Arc::new(all.collect());
    results.left.retain(|left| left != request);
    if let Some(next) = next {
        let (path, mut body) = request.clone();
        body["page"] = json!(next);
        // Whoever presses twice asks for the same page twice.
        if !results.left.contains(&(path, body.clone())) {
            results.left.push((path, body));
        }
    }
}

async fn one(path: &str, body: &Value) -> Answer<(Vec<Tile>, Option<u64>)> {
    let found: Found = api::ask("POST", path, body.clone()).await?;
    let next = found.assets.next_page.and_then(|page| page.parse().ok());
    let tiles = found.assets.items.into_iter().map(Asset::tile);
    Ok((tiles.collect(), next))
}

/// What can be chosen from in the form: keys and words.
type Choices = RwSignal<Vec<(String, String)>>;

/// What the server knows that photos can be found by.
#[derive(Clone, Copy)]
struct Known {
    people: Choices,
    tags: Choices,
    models: Choices,
}

impl Known {
    /// Asks for all of it.
    fn ask(globals: Globals) -> Self {
        let choices = |path: &str, read: fn(&Value) -> Vec<(String, String)>| {
            let choices = Choices::default();
            kit::send(globals, "GET", path.to_owned(), None, move |answer| {
                put(choices, read(&answer));
            });
            choices
        };
        Self {
            people: choices("/people?size=500", people),
            tags: choices("/tags", tags),
            models: choices("/search/suggestions?type=camera-model", models),
        }
    }
}

/// Those who have names.
fn people(answer: &Value) -> Vec<(String, String)> {
    let people = People::from_value(answer).people.into_iter();
    let named = people.filter(|person| !person.name.is_empty());
    named.map(|person| (person.id, person.name)).collect()
}

fn tags(answer: &Value) -> Vec<(String, String)> {
    let tags = Vec::<Tag>::from_value(answer).into_iter();
    tags.map(|tag| (tag.id, tag.value)).collect()
}

/// The first choice is any camera.
fn models(answer: &Value) -> Vec<(String, String)> {
    let models = Vec::<String>::from_value(answer).into_iter();
    let models = models.filter(|model| !model.is_empty());
    let any = (String::new(), t("search.all").to_owned());
    let models = models.map(|model| (model.clone(), model));
    std::iter::once(any).chain(models).collect()
}

/// Some of several to be ticked; nothing where there are none. Of very many those are drawn that somebody looks for.
fn some(label: &'static str, choices: Choices, chosen: RwSignal<Vec<String>>) -> AnyView {
    let part = RwSignal::new(String::new());
    let ticks = move || {
        let (choices, chosen_now) = (choices.read(), chosen.read_untracked());
        let offered = part.with(|part| search::offered(&choices, part, &chosen_now));
        let tick = |((key, words), is_on): (&(String, String), bool)| {
            let (key, words) = (key.clone(), words.clone());
            let switch = move |event| {
                let is_on = event_target_checked(&event);
                chosen.update(|chosen| {
                    chosen.retain(|it| *it != key);
                    if is_on {
                        chosen.push(key.clone());
                    }
                });
            };
            view! { <label class="tick"><input type="checkbox" prop:checked=is_on on:change=switch />{words}</label> }.into_any()
        };
        offered.into_iter().map(tick).collect::<Views>()
    };
    kit::changing(move || {
        let count = choices.with(Vec::len);
        if count == 0 {
            return Views::new();
        }
        let ticks = kit::changing(ticks);
        let field = (count > search::CHOICES).then(|| kit::field(t("search.among"), "text", part));
        vec![
            view! { <fieldset class="some"><legend>{label}</legend>{field}{ticks}</fieldset> }
                .into_any(),
        ]
    })
}

/// The form that narrows the search down.
fn filters(globals: Globals, known: Known, wanted: Wanted) -> AnyView {
    let text = |value: &str| RwSignal::new(value.to_owned());
    let (kind, from, to) = (text(&wanted.kind), text(&wanted.from), text(&wanted.to));
    let (city, make, model) = (text(&wanted.city), text(&wanted.make), text(&wanted.model));
    let rating = text(&wanted.rating);
    let (people, tags) = (RwSignal::new(wanted.people), RwSignal::new(wanted.tags));
    let is_favorite = RwSignal::new(wanted.is_favorite);
    let words = wanted.words;
    let submit = move || {
        let wanted = Wanted {
            words: words.clone(),
            kind: kind.get_untracked(),
            from: from.get_untracked(),
            to: to.get_untracked(),
            city: city.get_untracked(),
            make: make.get_untracked(),
            model: model.get_untracked(),
            rating: rating.get_untracked(),
            people: people.get_untracked(),
            tags: tags.get_untracked(),
            is_favorite: is_favorite.get_untracked(),
        };
        go(globals, &wanted);
    };
    let all = || (String::new(), t("search.all").to_owned());
    let kinds = [("IMAGE", t("admin.photos")), ("VIDEO", t("admin.videos"))];
    let kinds = kinds.map(|(kind, words)| (kind.to_owned(), words.to_owned()));
    let kinds = std::iter::once(all()).chain(kinds).collect();
    let stars = (1..=5_usize).map(|stars| (stars.to_string(), "★".repeat(stars)));
    let stars = std::iter::once(all()).chain(stars).collect();
    let models = move || vec![kit::choice(t("search.model"), known.models.get(), model)];
    let fields = vec![
        kit::choice(t("search.kind"), kinds, kind),
        kit::field(t("search.from"), "date", from),
        kit::field(t("search.to"), "date", to),
        kit::field(t("search.city"), "text", city),
        kit::field(t("info.camera"), "text", make),
        kit::changing(models),
        kit::choice(t("search.rating"), stars, rating),
        some(t("info.people"), known.people, people),
        some(t("info.tags"), known.tags, tags),
        kit::tick(t("nav.favorites"), is_favorite),
    ];
    kit::fold(
        t("search.filters").to_owned(),
        vec![kit::form(fields, t("search.label"), submit)],
    )
}

/// Looks for this.
fn go(globals: Globals, wanted: &Wanted) {
    let pairs = wanted.pairs();
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", api::escaped(value)));
    let query = pairs.collect::<Vec<_>>().join("&");
    route::go(globals, &format!("/search?{query}"));
}
