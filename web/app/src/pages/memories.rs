//! What was on this day in other years: above the timeline, and a page for each year.
use std::sync::Arc;

use edge_web_core::model::{Asset, Memory, Tile};
use leptos::prelude::*;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{say, t, today};
use crate::icons::Icon;
use crate::photos::{Kind, Source};
use crate::route::Link;
use crate::timeline::Timeline;

/// Today's memories, one picture each; nothing on a day without.
#[component]
pub fn Today() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let memories = RwSignal::new(Vec::<Memory>::new());
    let path = format!("/memories?for={}&type=on_this_day", api::escaped(&today()));
    globals.run(
        async move { api::get::<Vec<Memory>>(&path).await },
        move |found| put(memories, found),
    );
    let has_some = move || memories.with(|memories| !memories.is_empty());
    view! {
        <Show when=has_some>
            <nav class="memories" aria-label=t("memory.label")>
                {move || memories.get().into_iter().map(|memory| view! { <Card memory=memory /> }).collect_view()}
            </nav>
        </Show>
    }
}

#[component]
fn Card(memory: Memory) -> impl IntoView {
    let cover = memory
        .assets
        .iter()
        .find(|asset| asset.thumbhash.is_some())
        .map(|asset| api::picture(&asset.id, "thumbnail"));
    let cover = match cover {
        Some(source) => view! { <img src=source alt="" loading="lazy" /> }.into_any(),
        None => view! { <span class="no-cover"><Icon name="photos" /></span> }.into_any(),
    };
    view! {
        <Link to=format!("/memories/{}", memory.id) class="memory">
            {cover}
            <span>{memory.data.year}</span>
        </Link>
    }
}

/// The photos of a memory.
#[component]
pub fn MemoryPage(id: String, photo: Memo<Option<String>>) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let (title, tiles) = (
        RwSignal::new(String::new()),
        RwSignal::new(Arc::new(Vec::<Tile>::new())),
    );
    let path = StoredValue::new(format!("/memories/{id}"));
    Effect::new(move |_| {
        globals.changes.track();
        let path = path.get_value();
        globals.run(
            async move { api::get::<Memory>(&path).await },
            move |memory| {
                put(title, say("memory.title", &[&memory.data.year.to_string()]));
                let found = memory.assets.into_iter().map(Asset::tile);
                put(tiles, Arc::new(found.collect()));
            },
        );
    });
    view! {
        <Timeline
            title=title
            kind=Kind::Photos
            source=Signal::derive(move || Source::List(tiles.get()))
            photo=photo
        />
    }
}
