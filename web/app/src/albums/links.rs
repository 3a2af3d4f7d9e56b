//! Links that anybody may follow: those to an album, one to chosen photos, and all of one's own.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::Link;
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::kit::{self, Rounds, Views};

/// Where links are.
const PATH: &str = "/shared-links";

/// A list of links.
#[derive(Clone, Copy)]
struct Links {
    globals: Globals,
    all: RwSignal<Option<Vec<Link>>>,
    /// Which ones: the query that the server is asked with. None: there is nothing to ask for yet.
    query: StoredValue<Option<String>>,
    /// The one that is being changed, by id.
    edited: RwSignal<Option<String>>,
    rounds: Rounds,
}

impl Links {
    fn new(globals: Globals, query: Option<String>) -> Self {
        let links = Self {
            globals,
            all: RwSignal::new(None),
            query: StoredValue::new(query),
            edited: RwSignal::new(None),
            rounds: Rounds::new(),
        };
        links.load();
        links
    }

    fn load(self) {
        let Some(query) = self.query.try_get_value().flatten() else {
            return;
        };
        let is_last = self.rounds.begin();
        let path = format!("{PATH}{query}");
        kit::send(self.globals, "GET", path, None, move |answer| {
            if is_last() {
                put(self.all, Some(Vec::from_value(&answer)));
            }
        });
    }

    /// Shows what has become of them, also on the page of their album.
    fn changed(self) {
        put(self.edited, None);
        self.load();
        self.globals.changed();
    }

    fn draw(self) -> AnyView {
        let lines = move || {
            let edited = self.edited.get();
            let line = |link: &Link| self.line(link, edited.as_ref() == Some(&link.id));
            self.all.with(|links| match links {
                Some(links) if links.is_empty() => {
                    vec![kit::line(vec![kit::name(t("link.none"))])]
                }
                links => links.iter().flatten().map(line).collect(),
            })
        };
        kit::list(vec![kit::changing(lines)])
    }

    /// What a link leads to, how long, where it is, and what can be done with it.
    fn line(self, link: &Link, is_edited: bool) -> AnyView {
        let globals = self.globals;
        let what = match &link.album {
            Some(album) => album.album_name.clone(),
            None => format::items(link.assets.0 as u64),
        };
        let ends = link.expires_at.as_deref();
        let ends = ends.map(|ends| say("link.ends", &[&format::here(ends)]));
        let secret = link.password.as_ref().filter(|it| !it.is_empty());
        let secret = secret.map(|_| t("link.with-password").to_owned());
        let facts: Vec<String> = ends.into_iter().chain(secret).collect();
        let (id, path) = (link.id.clone(), format!("{PATH}/{}", link.id));
        let edit = move || {
            let id = id.clone();
            self.edited
                .update(|edited| *edited = Some(id).filter(|id| edited.as_ref() != Some(id)));
        };
        let remove = path.clone();
        let remove = move || {
            kit::send(globals, "DELETE", remove.clone(), None, move |_answer| {
                self.changed();
            });
        };
        let address = format!("{}{}", start(globals), link.path());
        let shown = address.clone();
        let anchor =
            view! { <a class="address" href=address target="_blank" rel="noopener">{shown}</a> };
        let [edit_label, remove_label] =
            ["link.edit", "link.remove"].map(|deed| format!("{}: {what}", t(deed)));
        let mut parts = vec![
            kit::name(what),
            kit::small(facts.join(", ")),
            kit::icon("edit", edit_label, edit),
            kit::icon("trash", remove_label, remove),
            anchor.into_any(),
        ];
        if is_edited {
            let form = Form::of(link);
            let save = move || {
                let mut body = json!({});
                form.fill(&mut body);
                kit::save(globals, "PATCH", path.clone(), body, move || self.changed());
            };
            parts.push(kit::form(form.fields(), t("do.save"), save));
        }
        kit::line(parts)
    }

    /// Makes another one to `target`, which is what the request for it begins with.
    fn form(self, target: Value) -> AnyView {
        let form = Form::of(&Link {
            allow_download: true,
            show_metadata: true,
            ..Link::default()
        });
        let create = move || {
            let mut body = target.clone();
            form.fill(&mut body);
            let path = PATH.to_owned();
            kit::send(self.globals, "POST", path, Some(body), move |answer| {
                let made = Link::from_value(&answer);
                // Those of an album are asked for together; of links to photos the last one is shown.
                self.query.try_update_value(|query| {
                    if query.as_ref().is_none_or(|query| query.starts_with("?id=")) {
                        *query = Some(format!("?id={}", made.id));
                    }
                });
                self.changed();
            });
        };
        let options = kit::fold(t("link.options").to_owned(), form.fields());
        kit::form(vec![options], t("link.create"), create)
    }
}

/// The links to the album with this id, and a form for another.
pub fn of_album(globals: Globals, album: &str) -> AnyView {
    let links = Links::new(globals, Some(format!("?albumId={album}")));
    let target = json!({ "type": "ALBUM", "albumId": album });
    vec![links.draw(), links.form(target)].into_any()
}

/// A form for a link to these photos, and the link once it is made.
pub fn to_photos(globals: Globals, ids: &[String]) -> AnyView {
    let links = Links::new(globals, None);
    let target = json!({ "type": "INDIVIDUAL", "assetIds": ids });
    vec![links.draw(), links.form(target)].into_any()
}

/// All of one's own.
pub fn panel(globals: Globals) -> AnyView {
    let links = Links::new(globals, Some(String::new()));
    kit::panel(t("link.own"), vec![links.draw()])
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

/// What can be said about a link.
#[derive(Clone, Copy)]
struct Form {
    password: RwSignal<String>,
    slug: RwSignal<String>,
    ends: RwSignal<String>,
    may_upload: RwSignal<bool>,
    may_download: RwSignal<bool>,
    has_data: RwSignal<bool>,
}

impl Form {
    fn of(link: &Link) -> Self {
        let text = |text: Option<String>| RwSignal::new(text.unwrap_or_default());
        Self {
            password: text(link.password.clone()),
            slug: text(link.slug.clone()),
            ends: text(link.expires_at.as_deref().map(format::clock)),
            may_upload: RwSignal::new(link.allow_upload),
            may_download: RwSignal::new(link.allow_download),
            has_data: RwSignal::new(link.show_metadata),
        }
    }

    fn fields(self) -> Views {
        vec![
            // Its owner tells it to others, and must be able to read it.
            kit::field(t("link.password"), "text", self.password),
            kit::field(t("link.slug"), "text", self.slug),
            kit::field(t("link.expires"), "datetime-local", self.ends),
            kit::tick(t("link.upload"), self.may_upload),
            kit::tick(t("link.download"), self.may_download),
            kit::tick(t("link.metadata"), self.has_data),
        ]
    }

    /// Adds it to a request. What is empty is null: a link that is changed has it no more.
    fn fill(self, body: &mut Value) {
        let given =
            |field: RwSignal<String>| Some(field.get_untracked()).filter(|it| !it.is_empty());
        body["password"] = json!(given(self.password));
        body["slug"] = json!(given(self.slug));
        body["expiresAt"] = json!(given(self.ends).and_then(|ends| instant(&ends)));
        body["allowUpload"] = json!(self.may_upload.get_untracked());
        body["allowDownload"] = json!(self.may_download.get_untracked());
        body["showMetadata"] = json!(self.has_data.get_untracked());
    }
}

/// The instant of a time by the person's own clock.
fn instant(written: &str) -> Option<Value> {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_str(written));
    let is_one = !date.get_time().is_nan();
    is_one.then(|| Value::from(String::from(date.to_iso_string())))
}
