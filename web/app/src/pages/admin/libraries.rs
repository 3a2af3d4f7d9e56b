//! Libraries: folders that the server reads photos from.
use edge_web_core::answer::FromValue as _;
use edge_web_core::manage;
use edge_web_core::model::{Library, LibraryStatistics, PathState, Validation};
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::kit::{self, Views};
use crate::share::Dialog;

/// All of them, and a form for another one.
pub fn panel(globals: Globals) -> AnyView {
    let libraries = RwSignal::new(Vec::<Library>::new());
    let edited = RwSignal::new(None::<Library>);
    let load = move || {
        let path = "/libraries".to_owned();
        kit::send(globals, "GET", path, None, move |answer| {
            put(libraries, Vec::from_value(&answer));
        });
    };
    load();
    let lines = move || {
        let line = |library: &Library| line(globals, library, edited, load);
        libraries.with(|all| all.iter().map(line).collect::<Views>())
    };
    let parts = vec![
        kit::list(vec![kit::changing(lines)]),
        kit::fold(
            t("library.new").to_owned(),
            vec![new(globals, edited, load)],
        ),
    ];
    let close = move || edited.set(None);
    let dialog = move || {
        edited.get().map(|library| {
            view! {
                <Dialog title=library.name.clone() close=close>
                    {edit(globals, library, move || { close(); load(); })}
                </Dialog>
            }
            .into_any()
        })
    };
    vec![kit::panel(t("library.title"), parts), dialog.into_any()].into_any()
}

fn path_of(library: &Library) -> String {
    format!("/libraries/{}", library.id)
}

fn line(
    globals: Globals,
    library: &Library,
    edited: RwSignal<Option<Library>>,
    load: impl Fn() + Copy + 'static,
) -> AnyView {
    let path = path_of(library);
    let seen = library.refreshed_at.as_deref().map(format::here);
    let (scan, scanned) = (
        format!("{path}/scan"),
        format!("{}: {}", t("library.scan"), library.name),
    );
    let own = library.clone();
    let (delete, sure) = (path.clone(), say("library.sure", &[&library.name]));
    kit::line(vec![
        kit::name(library.name.clone()),
        count(globals, &path),
        kit::small(seen.unwrap_or_default()),
        kit::labelled(t("library.scan"), scanned, move || {
            let told = move |_answer| globals.tell(t("library.scanning"));
            kit::send(globals, "POST", scan.clone(), None, told);
        }),
        kit::icon("edit", say("library.edit", &[&library.name]), move || {
            edited.set(Some(own.clone()));
        }),
        kit::icon(
            "trash",
            say("library.delete", &[&library.name]),
            move || {
                if kit::is_sure(&sure) {
                    let told = move |_answer| load();
                    kit::send(globals, "DELETE", delete.clone(), None, told);
                }
            },
        ),
    ])
}

/// How many photos and videos a library has.
fn count(globals: Globals, path: &str) -> AnyView {
    let count = RwSignal::new(None::<u64>);
    let path = format!("{path}/statistics");
    kit::send(globals, "GET", path, None, move |answer| {
        put(count, Some(LibraryStatistics::from_value(&answer).total));
    });
    let words = move || {
        let count = count.get();
        let words = count.map(format::items);
        vec![kit::small(words.unwrap_or_default())]
    };
    kit::changing(words)
}

/// Makes one. The server does not look at the paths then, so that they are looked at afterwards.
fn new(
    globals: Globals,
    edited: RwSignal<Option<Library>>,
    load: impl Fn() + Copy + 'static,
) -> AnyView {
    let (name, paths) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let make = move || {
        let owner = globals.user.get_untracked().unwrap_or_default().id;
        let mut body =
            json!({ "ownerId": owner, "importPaths": manage::lines(&paths.get_untracked()) });
        let own = name.get_untracked();
        if !own.trim().is_empty() {
            body["name"] = json!(own.trim());
        }
        let path = "/libraries".to_owned();
        kit::send(globals, "POST", path, Some(body), move |answer| {
            globals.tell(t("done.saved"));
            put(name, String::new());
            put(paths, String::new());
            load();
            let made = Library::from_value(&answer);
            let (path, paths) = (path_of(&made), made.import_paths.clone());
            validate(globals, &path, &paths, move |states| {
                if !are_valid(&states) {
                    put(edited, Some(made));
                }
            });
        });
    };
    let fields = vec![
        kit::field(t("library.name"), "text", name),
        kit::area(t("library.folders"), paths),
    ];
    kit::form(fields, t("library.make"), make)
}

/// Asks what there is to say about paths; `library` is its path.
fn validate(
    globals: Globals,
    library: &str,
    paths: &[String],
    done: impl FnOnce(Vec<PathState>) + 'static,
) {
    let path = format!("{library}/validate");
    let body = Some(json!({ "importPaths": paths }));
    kit::send(globals, "POST", path, body, move |answer| {
        done(Validation::from_value(&answer).import_paths);
    });
}

fn are_valid(states: &[PathState]) -> bool {
    states.iter().all(|state| state.is_valid)
}

/// Name, folders and what is left out. Paths that cannot be looked through are named, and nothing is saved then.
fn edit(globals: Globals, library: Library, done: impl Fn() + Copy + 'static) -> AnyView {
    let states = RwSignal::new(Vec::<PathState>::new());
    let name = RwSignal::new(library.name.clone());
    let paths = RwSignal::new(library.import_paths.join("\n"));
    let patterns = RwSignal::new(library.exclusion_patterns.join("\n"));
    let path = path_of(&library);
    validate(globals, &path, &library.import_paths, move |found| {
        put(states, found);
    });
    let save = move || {
        let paths = manage::lines(&paths.get_untracked());
        let body: Value = json!({
            "name": name.get_untracked().trim(),
            "importPaths": paths,
            "exclusionPatterns": manage::lines(&patterns.get_untracked()),
        });
        let saved = path.clone();
        validate(globals, &path, &paths, move |found| {
            let is_good = are_valid(&found);
            put(states, found);
            if is_good {
                kit::save(globals, "PUT", saved, body, done);
            }
        });
    };
    let fields = vec![
        kit::field(t("library.name"), "text", name),
        kit::area(t("library.folders"), paths),
        kit::area(t("library.patterns"), patterns),
    ];
    let problems = move || {
        let states = states.get();
        let bad = states.iter().filter(|state| !state.is_valid);
        let words = |state: &PathState| {
            let why = state.message.clone().unwrap_or_default();
            let words = format!("{}: {why}", state.import_path);
            view! { <p class="error" role="alert">{words}</p> }.into_any()
        };
        bad.map(words).collect::<Views>()
    };
    let form = kit::form(fields, t("do.save"), save);
    vec![kit::changing(problems), form].into_any()
}
