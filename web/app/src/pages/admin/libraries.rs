//! External libraries: folders whose files are shown where they lie.
use edge_web_core::model::{Library, LibraryStatistics};
use leptos::prelude::*;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{self, say, t};

/// All of them; without any there is nothing to see.
#[component]
pub fn Libraries() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let libraries = RwSignal::new(Vec::<Library>::new());
    globals.run(api::get::<Vec<Library>>("/libraries"), move |found| {
        put(libraries, found)
    });
    let has_some = move || libraries.with(|libraries| !libraries.is_empty());
    view! {
        <Show when=has_some>
            <section class="panel">
                <h2>{t("libraries.title")}</h2>
                <ul class="list">
                    {move || libraries.get().into_iter().map(|library| view! { <Line library=library /> }).collect_view()}
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn Line(library: Library) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let path = StoredValue::new(format!("/libraries/{}/scan", library.id));
    let scan = move |_event| {
        let path = path.get_value();
        globals.run(
            async move { api::act("POST", &path, None).await },
            move |()| globals.tell(t("libraries.begun")),
        );
    };
    let numbers = RwSignal::new(None::<LibraryStatistics>);
    let asked = format!("/libraries/{}/statistics", library.id);
    globals.run(
        async move { api::get::<LibraryStatistics>(&asked).await },
        move |found| put(numbers, Some(found)),
    );
    let count = move || {
        numbers.with(|numbers| {
            let numbers = numbers.as_ref()?;
            let count = say("timeline.count", &[&numbers.total.to_string()]);
            Some(format!("{count}, {}", format::bytes(numbers.usage)))
        })
    };
    let when = library.refreshed_at.as_deref().map(format::here);
    let label = say("libraries.scan-one", &[&library.name]);
    view! {
        <li class="line">
            <span>
                {library.name.clone()}<br />
                <small>{library.import_paths.join(", ")}</small><br />
                <small>{count} " " {when}</small>
            </span>
            <button type="button" aria-label=label on:click=scan>{t("libraries.scan")}</button>
        </li>
    }
}
