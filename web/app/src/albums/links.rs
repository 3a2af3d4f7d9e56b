//! Links that anybody may follow.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::Link;
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::kit::{self, Views};

/// The links to the album with this id, and a form for another; `changed` when the album has more or fewer.
pub fn all(
    globals: Globals,
    album: String,
    changed: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    let links = RwSignal::new(Vec::<Link>::new());
    let key = StoredValue::new(album);
    let load = move || {
        let path = format!("/shared-links?albumId={}", key.get_value());
        kit::send(globals, "GET", path, None, move |answer| {
            put(links, Vec::from_value(&answer));
        });
    };
    load();
    let again = move || {
        load();
        changed();
    };
    let lines = move || lines(globals, &links.get(), again);
    vec![
        view! { <h3>{t("link.title")}</h3> }.into_any(),
        kit::list(vec![kit::changing(lines)]),
        form(globals, key.get_value(), again),
    ]
    .into_any()
}

/// What addresses begin with.
fn start(globals: Globals) -> String {
    let domain = globals
        .config
        .with_untracked(|config| config.external_domain.clone());
    if domain.is_empty() {
        window().location().origin().unwrap_or_default()
    } else {
        domain.trim_end_matches('/').to_owned()
    }
}

fn lines(globals: Globals, links: &[Link], again: impl Fn() + Copy + 'static) -> Views {
    let line = |link: &Link| {
        let address = format!("{}{}", start(globals), link.path());
        let shown = address.clone();
        let anchor =
            view! { <a class="address" href=address target="_blank" rel="noopener">{shown}</a> };
        let ends = link.expires_at.as_deref();
        let ends = ends.map(|ends| say("link.ends", &[&format::here(ends)]));
        let path = format!("/shared-links/{}", link.id);
        kit::line(vec![
            anchor.into_any(),
            kit::small(ends.unwrap_or_default()),
            kit::icon("trash", t("link.remove"), move || {
                kit::send(globals, "DELETE", path.clone(), None, move |_answer| {
                    again()
                });
            }),
        ])
    };
    links.iter().map(line).collect()
}

/// Makes another.
fn form(globals: Globals, album: String, again: impl Fn() + Copy + 'static) -> AnyView {
    let text = || RwSignal::new(String::new());
    let (password, slug, ends) = (text(), text(), text());
    let (may_upload, may_download, has_data) = (
        RwSignal::new(false),
        RwSignal::new(true),
        RwSignal::new(true),
    );
    let create = move || {
        let given =
            |field: RwSignal<String>| Some(field.get_untracked()).filter(|it| !it.is_empty());
        let body = json!({
            "type": "ALBUM",
            "albumId": album,
            "password": given(password),
            "slug": given(slug),
            "expiresAt": given(ends).and_then(|ends| instant(&ends)),
            "allowUpload": may_upload.get_untracked(),
            "allowDownload": may_download.get_untracked(),
            "showMetadata": has_data.get_untracked(),
        });
        kit::send(
            globals,
            "POST",
            "/shared-links".to_owned(),
            Some(body),
            move |_answer| again(),
        );
    };
    let more = vec![
        kit::field(t("link.password"), "password", password),
        kit::field(t("link.slug"), "text", slug),
        kit::field(t("link.expires"), "datetime-local", ends),
        kit::tick(t("link.upload"), may_upload),
        kit::tick(t("link.download"), may_download),
        kit::tick(t("link.metadata"), has_data),
    ];
    let options = kit::fold(t("link.options").to_owned(), more);
    kit::form(vec![options], t("link.create"), create)
}

/// The instant of a time by the person's own clock.
fn instant(written: &str) -> Option<Value> {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_str(written));
    let is_one = !date.get_time().is_nan();
    is_one.then(|| Value::from(String::from(date.to_iso_string())))
}
