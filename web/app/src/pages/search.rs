//! Search by words and filters: by what is in photos where the server can, else by names, words about them and cities.
use std::collections::BTreeSet;
use std::sync::Arc;

use edge_web_core::model::{Asset, Found, Tile};
use edge_web_core::search::Search as Wanted;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Value, json};

use crate::api::{self, Answer};
use crate::app::Globals;
use crate::format::{say, t};
use crate::kit;
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
    /// Counts searches: answers to an earlier one do not matter.
    round: u32,
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
    let results = RwSignal::new(Results::default());
    Effect::new(move |_| {
        let wanted = wanted.get();
        results.update(|results| {
            *results = Results {
                round: results.round.wrapping_add(1),
                ..Results::default()
            };
        });
        if wanted.is_empty() {
            return;
        }
        let is_smart = globals.features.with_untracked(|it| it.smart_search);
        look(globals, results, wanted.requests(is_smart));
    });
    let more = move |_event| look(globals, results, results.get_untracked().left);
    let title = move || {
        let words = wanted.with(|wanted| wanted.words.clone());
        if words.is_empty() {
            t("search.filtered").to_owned()
        } else {
            say("search.title", &[&words])
        }
    };
    let has_more = Memo::new(move |_| results.with(|results| !results.left.is_empty()));
    view! {
        <Timeline
            title=Signal::derive(title)
            kind=Kind::Photos
            source=Signal::derive(move || Source::List(results.with(|results| results.tiles.clone())))
            photo=photo
        />
        <div class="hint">
            {kit::changing(move || vec![filters(globals, wanted.get())])}
            <Show when=move || has_more.get()>
                <button type="button" on:click=more>{t("do.more")}</button>
            </Show>
        </div>
    }
}

/// Asks in each way there is for a page; a photo appears once.
fn look(globals: Globals, results: RwSignal<Results>, requests: Vec<Left>) {
    let round = results.with_untracked(|results| results.round);
    spawn_local(async move {
        for (path, body) in requests {
            match one(path, &body).await {
                Ok((tiles, next)) => {
                    let add = |results: &mut Results| {
                        if results.round == round {
                            add(results, &(path, body), tiles, next);
                        }
                    };
                    // The page may be gone.
                    let _shown = results.try_update(add);
                }
                Err(failure) => globals.fail(&failure),
            }
        }
    });
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
        results.left.push((path, body));
    }
}

async fn one(path: &str, body: &Value) -> Answer<(Vec<Tile>, Option<u64>)> {
    let found: Found = api::ask("POST", path, body.clone()).await?;
    let next = found.assets.next_page.and_then(|page| page.parse().ok());
    let tiles = found.assets.items.into_iter().map(Asset::tile);
    Ok((tiles.collect(), next))
}

/// The form that narrows the search down.
fn filters(globals: Globals, wanted: Wanted) -> AnyView {
    let text = |value: &str| RwSignal::new(value.to_owned());
    let (kind, from, to) = (text(&wanted.kind), text(&wanted.from), text(&wanted.to));
    let (city, make) = (text(&wanted.city), text(&wanted.make));
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
            is_favorite: is_favorite.get_untracked(),
        };
        let pairs = wanted.pairs();
        let pairs = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", api::escaped(value)));
        route::go(
            globals,
            &format!("/search?{}", pairs.collect::<Vec<_>>().join("&")),
        );
    };
    let kinds = [
        ("", t("search.all")),
        ("IMAGE", t("admin.photos")),
        ("VIDEO", t("admin.videos")),
    ];
    let kinds = kinds.map(|(kind, words)| (kind.to_owned(), words.to_owned()));
    let fields = vec![
        kit::choice(t("search.kind"), kinds.to_vec(), kind),
        kit::field(t("search.from"), "date", from),
        kit::field(t("search.to"), "date", to),
        kit::field(t("search.city"), "text", city),
        kit::field(t("info.camera"), "text", make),
        kit::tick(t("nav.favorites"), is_favorite),
    ];
    kit::fold(
        t("search.filters").to_owned(),
        vec![kit::form(fields, t("search.label"), submit)],
    )
}
