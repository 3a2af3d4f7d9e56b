//! Name and description of an album, and whether others may say something about it.
use edge_web_core::model::Album;
use leptos::prelude::*;
use serde_json::json;

use crate::app::Globals;
use crate::format::t;
use crate::kit;

/// The form; `done` when it is saved.
pub fn form(globals: Globals, album: Album, done: impl Fn() + Copy + 'static) -> AnyView {
    let path = format!("/albums/{}", album.id);
    let name = RwSignal::new(album.album_name);
    let description = RwSignal::new(album.description);
    let has_activity = RwSignal::new(album.is_activity_enabled);
    let save = move || {
        let body = json!({
            "albumName": name.get_untracked(),
            "description": description.get_untracked(),
            "isActivityEnabled": has_activity.get_untracked(),
        });
        kit::save(globals, "PATCH", path.clone(), body, done);
    };
    let fields = vec![
        kit::field(t("album.name"), "text", name),
        kit::area(t("info.description"), description),
        kit::tick(t("album.may-say"), has_activity),
    ];
    kit::form(fields, t("do.save"), save)
}
