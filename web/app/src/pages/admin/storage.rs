//! What lies where: libraries, backups of the database, how much everybody has.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Backup, Backups, Library, Statistics, UsageByUser};
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::kit::{self, Views};

/// How much there is, and whose it is.
pub fn numbers(globals: Globals) -> AnyView {
    let numbers = RwSignal::new(Statistics::default());
    kit::send(
        globals,
        "GET",
        "/server/statistics".to_owned(),
        None,
        move |answer| {
            put(numbers, Statistics::from_value(&answer));
        },
    );
    let draw = move || {
        let numbers = numbers.get();
        let all = view! {
            <dl>
                <dt>{t("admin.photos")}</dt><dd>{numbers.photos.to_string()}</dd>
                <dt>{t("admin.videos")}</dt><dd>{numbers.videos.to_string()}</dd>
                <dt>{t("admin.usage")}</dt><dd>{format::bytes(numbers.usage)}</dd>
            </dl>
        };
        let users = numbers.usage_by_user.iter().map(usage);
        vec![all.into_any(), kit::list(users.collect())]
    };
    kit::panel(t("admin.server"), vec![kit::changing(draw)])
}

fn usage(user: &UsageByUser) -> AnyView {
    let used = format::bytes(user.usage);
    let used = match user.quota_size_in_bytes {
        Some(quota) => say("settings.usage-of", &[&used, &format::bytes(quota)]),
        None => say("settings.usage", &[&used]),
    };
    let count = (user.photos + user.videos).to_string();
    kit::line(vec![
        kit::name(user.user_name.clone()),
        kit::small(say("timeline.count", &[&count])),
        kit::small(used),
    ])
}

/// Folders that the server reads photos from.
pub fn libraries(globals: Globals) -> AnyView {
    let libraries = RwSignal::new(Vec::<Library>::new());
    let load = move || {
        kit::send(
            globals,
            "GET",
            "/libraries".to_owned(),
            None,
            move |answer| {
                put(libraries, Vec::from_value(&answer));
            },
        );
    };
    load();
    let line = move |library: &Library| {
        let path = format!("/libraries/{}/scan", library.id);
        let seen = library.refreshed_at.as_deref().map(format::here);
        let label = format!("{}: {}", t("library.scan"), library.name);
        kit::line(vec![
            kit::name(library.name.clone()),
            kit::small(say("timeline.count", &[&library.asset_count.to_string()])),
            kit::small(seen.unwrap_or_default()),
            kit::labelled(t("library.scan"), label, move || {
                let told = move |_answer| globals.tell(t("library.scanning"));
                kit::send(globals, "POST", path.clone(), None, told);
            }),
        ])
    };
    let lines = move || libraries.with(|all| all.iter().map(line).collect::<Views>());
    let (name, folder) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let make = move || {
        let owner = globals.user.get_untracked().unwrap_or_default().id;
        let body = json!({ "ownerId": owner, "name": name.get_untracked(), "importPaths": [folder.get_untracked()] });
        kit::save(globals, "POST", "/libraries".to_owned(), body, load);
    };
    let fields = vec![
        kit::field(t("library.name"), "text", name),
        kit::field(t("library.folder"), "text", folder),
    ];
    let form = kit::form(fields, t("library.make"), make);
    let parts = vec![
        kit::list(vec![kit::changing(lines)]),
        kit::fold(t("library.new").to_owned(), vec![form]),
    ];
    kit::panel(t("library.title"), parts)
}

/// Backups of the database.
pub fn backups(globals: Globals) -> AnyView {
    let backups = RwSignal::new(Vec::<Backup>::new());
    let load = move || {
        let path = "/admin/database-backups".to_owned();
        kit::send(globals, "GET", path, None, move |answer| {
            put(backups, Backups::from_value(&answer).backups);
        });
    };
    load();
    let line = move |backup: &Backup| {
        let address = format!(
            "/api/admin/database-backups/{}",
            api::escaped(&backup.filename)
        );
        let name = backup.filename.clone();
        let link =
            view! { <a class="address" href=address download=name.clone()>{name.clone()}</a> };
        let label = say("backup.delete", &[&name]);
        kit::line(vec![
            link.into_any(),
            kit::small(format::bytes(backup.filesize)),
            kit::icon("trash", label.clone(), move || {
                if kit::is_sure(&label) {
                    let (path, body) = (
                        "/admin/database-backups".to_owned(),
                        json!({ "backups": [name] }),
                    );
                    kit::send(globals, "DELETE", path, Some(body), move |_answer| load());
                }
            }),
        ])
    };
    let lines = move || backups.with(|all| all.iter().map(line).collect::<Views>());
    let make = move || {
        let body = json!({ "name": "backup-database" });
        kit::send(
            globals,
            "POST",
            "/jobs".to_owned(),
            Some(body),
            move |_answer| {
                globals.tell(t("backup.making"));
            },
        );
    };
    let buttons = vec![
        kit::button(t("backup.make"), make),
        kit::button(t("do.reload"), load),
    ];
    let parts = vec![kit::list(vec![kit::changing(lines)]), kit::row(buttons)];
    kit::panel(t("backup.title"), parts)
}
