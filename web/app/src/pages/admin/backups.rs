//! Backups of the database: making, taking along, bringing and restoring them.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Backup, Backups};
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::files;
use crate::format::{self, say, t};
use crate::kit::{self, Views};
use crate::pages::maintenance;

/// Where backups are.
const PATH: &str = "/admin/database-backups";

/// The part of the administration.
pub fn panel(globals: Globals) -> AnyView {
    let restore = move |name: &str| {
        let body = json!({ "action": "restore_database", "restoreBackupFilename": name });
        maintenance::begin(globals, "/admin/maintenance", Some(body));
    };
    let make = kit::button(t("backup.make"), move || {
        let body = Some(json!({ "name": "backup-database" }));
        kit::send(globals, "POST", "/jobs".to_owned(), body, move |_answer| {
            globals.tell(t("backup.making"));
        });
    });
    parts(globals, vec![make], restore)
}

/// The part of the maintenance page, for whoever holds its cookie.
pub fn choice(globals: Globals) -> AnyView {
    let restore = move |name: &str| {
        let path = "/admin/maintenance".to_owned();
        let body = json!({ "action": "restore_database", "restoreBackupFilename": name });
        kit::send(globals, "POST", path, Some(body), move |_answer| {
            globals.tell(t("backup.restoring"));
        });
    };
    let inside = parts(globals, Views::new(), restore);
    view! { <div class="panels">{inside}</div> }.into_any()
}

fn parts(
    globals: Globals,
    mut buttons: Views,
    restore: impl Fn(&str) + Copy + Send + 'static,
) -> AnyView {
    let backups = RwSignal::new(Vec::<Backup>::new());
    let load = move || {
        kit::send(globals, "GET", PATH.to_owned(), None, move |answer| {
            put(backups, Backups::from_value(&answer).backups);
        });
    };
    load();
    let lines = move || {
        let line = |backup: &Backup| line(globals, backup, restore, load);
        backups.with(|all| all.iter().map(line).collect::<Views>())
    };
    buttons.push(kit::button(t("do.reload"), load));
    let upload = files::field(t("backup.upload"), ".sql,.gz", move |file| {
        let name = file.name();
        files::send(
            globals,
            "/admin/database-backups/upload",
            file.into(),
            name,
            move || {
                globals.tell(t("backup.uploaded"));
                load();
            },
        );
    });
    let parts = vec![
        kit::words(t("backup.about")),
        kit::list(vec![kit::changing(lines)]),
        kit::row(buttons),
        upload,
    ];
    kit::panel(t("backup.title"), parts)
}

fn line(
    globals: Globals,
    backup: &Backup,
    restore: impl Fn(&str) + Copy + 'static,
    load: impl Fn() + Copy + 'static,
) -> AnyView {
    let name = backup.filename.clone();
    let address = format!("/api{PATH}/{}", api::escaped(&name));
    let link = view! { <a class="address" href=address download=name.clone()>{name.clone()}</a> };
    let sure = say("backup.sure", &[&name]);
    let restored = name.clone();
    let label = say("backup.delete", &[&name]);
    kit::line(vec![
        link.into_any(),
        kit::small(format::bytes(backup.filesize)),
        kit::icon("restore", say("backup.restore", &[&name]), move || {
            if kit::is_sure(&sure) {
                restore(&restored);
            }
        }),
        kit::icon("trash", label.clone(), move || {
            if kit::is_sure(&label) {
                let body = json!({ "backups": [name] });
                kit::send(
                    globals,
                    "DELETE",
                    PATH.to_owned(),
                    Some(body),
                    move |_answer| load(),
                );
            }
        }),
    ])
}
