//! What runs here, and whose data it shows.
use edge_web_core::model::About as Server;
use leptos::prelude::*;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{say, t};

/// Where data come from: name, address, licence, address of the licence, what of it is shown.
fn sources() -> [(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
); 3] {
    [
        (
            "GeoNames",
            "https://www.geonames.org",
            "CC BY 4.0",
            "https://creativecommons.org/licenses/by/4.0/",
            t("about.places"),
        ),
        (
            "Natural Earth",
            "https://www.naturalearthdata.com",
            t("about.public-domain"),
            "https://www.naturalearthdata.com/about/terms-of-use/",
            t("about.borders"),
        ),
        (
            "© OpenStreetMap contributors",
            "https://www.openstreetmap.org/copyright",
            "ODbL 1.0",
            "https://opendatacommons.org/licenses/odbl/1-0/",
            t("about.zones"),
        ),
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
                    {sources().map(|(name, address, licence, terms, what)| view! {
                        <li class="line">
                            <span>{what}": "<a href=address rel="noreferrer">{name}</a></span>
                            <small><a href=terms rel="noreferrer">{licence}</a></small>
                        </li>
                    })}
                </ul>
                <p>{t("about.changed")}</p>
            </section>
        </div>
    }
}
