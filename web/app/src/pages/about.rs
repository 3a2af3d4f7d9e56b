//! What runs here, and whose data it shows.
use edge_web_core::model::About as Server;
use leptos::prelude::*;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{say, t};

/// Whose data are shown.
struct Origin {
    name: &'static str,
    address: &'static str,
    licence: &'static str,
    /// Address of the licence.
    terms: &'static str,
    /// What of it is shown.
    shown: &'static str,
}

fn origins() -> [Origin; 3] {
    [
        Origin {
            name: "GeoNames",
            address: "https://www.geonames.org",
            licence: "CC BY 4.0",
            terms: "https://creativecommons.org/licenses/by/4.0/",
            shown: t("about.places"),
        },
        Origin {
            name: "Natural Earth",
            address: "https://www.naturalearthdata.com",
            licence: t("about.public-domain"),
            terms: "https://www.naturalearthdata.com/about/terms-of-use/",
            shown: t("about.borders"),
        },
        Origin {
            name: "© OpenStreetMap contributors",
            address: "https://www.openstreetmap.org/copyright",
            licence: "ODbL 1.0",
            terms: "https://opendatacommons.org/licenses/odbl/1-0/",
            shown: t("about.zones"),
        },
    ]
}

/// All of it.
#[component]
pub fn About() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let version = RwSignal::new(String::new());
    globals.run(api::get::<Server>("/server/about"), move |server| {
        put(version, server.version);
    });
    view! {
        <h1 class="page-title">{t("nav.about")}</h1>
        <div class="panels">
            <section class="panel">
                <h2>{t("app.name")}</h2>
                <p>{move || version.with(|version| (!version.is_empty()).then(|| say("about.version", &[version])))}</p>
                <p>{t("about.independent")}</p>
            </section>
            <section class="panel">
                <h2>{t("about.data")}</h2>
                <ul class="list">
                    {origins().map(|origin| view! {
                        <li class="line">
                            <span>{origin.shown}": "<a href=origin.address rel="noreferrer">{origin.name}</a></span>
                            <small><a href=origin.terms rel="noreferrer">{origin.licence}</a></small>
                        </li>
                    })}
                </ul>
                <p>{t("about.changed")}</p>
            </section>
        </div>
    }
}
