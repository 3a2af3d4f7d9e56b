//! Search by words: by what is in photos where the server can, else by names, words about them and text in them.
use std::sync::Arc;

use edge_web_core::model::{Asset, Found, Tile};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Value, json};

use crate::api::{self, Answer};
use crate::app::{Globals, put};
use crate::format::say;
use crate::photos::{Kind, Source};
use crate::route;
use crate::timeline::Timeline;

/// How many photos of each search are shown.
const SIZE: usize = 250;

/// Results of the search in the address.
#[component]
pub fn Search(photo: Memo<Option<String>>) -> impl IntoView {
    let globals = expect_context::<Globals>();
    // Opening a photo must not forget what was looked for.
    let words = Memo::new(move |last: Option<&String>| {
        let words = route::query(globals, "q");
        if words.is_empty() {
            last.cloned().unwrap_or_default()
        } else {
            words
        }
    });
    let found = RwSignal::new(Arc::new(Vec::<Tile>::new()));
    Effect::new(move |_| {
        let words = words.get();
        if words.is_empty() {
            return;
        }
        let is_smart = globals.features.with_untracked(|it| it.smart_search);
        spawn_local(async move {
            match look(&words, is_smart).await {
                Ok(tiles) => put(found, Arc::new(tiles)),
                Err(failure) => globals.fail(&failure),
            }
        });
    });
    let title = move || say("search.title", &[&words.get()]);
    view! {
        <Timeline
            title=Signal::derive(title)
            kind=Kind::Photos
            source=Signal::derive(move || Source::List(found.get()))
            photo=photo
        />
    }
}

/// Asks in each way there is; a photo appears once.
async fn look(words: &str, is_smart: bool) -> Answer<Vec<Tile>> {
    let mut asked = vec![
        (
            "/search/metadata",
            json!({ "originalFileName": words, "size": SIZE, "withExif": false }),
        ),
        (
            "/search/metadata",
            json!({ "description": words, "size": SIZE }),
        ),
        ("/search/metadata", json!({ "city": words, "size": SIZE })),
    ];
    if is_smart {
        asked.insert(0, ("/search/smart", json!({ "query": words, "size": 100 })));
    }
    let mut assets: Vec<Asset> = Vec::new();
    for (path, body) in asked {
        let more = one(path, body).await?;
        assets.extend(more);
    }
    let mut seen = std::collections::BTreeSet::new();
    assets.retain(|asset| seen.insert(asset.id.clone()));
    Ok(assets.into_iter().map(Asset::tile).collect())
}

async fn one(path: &str, body: Value) -> Answer<Vec<Asset>> {
    let found: Found = api::ask("POST", path, body).await?;
    Ok(found.assets.items)
}
