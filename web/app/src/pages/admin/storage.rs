//! How much there is, and whose it is.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Statistics, UsageByUser};
use leptos::prelude::*;

use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::kit;

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
                <dt>{t("admin.photos")}</dt><dd>{format::count(numbers.photos)}</dd>
                <dt>{t("admin.videos")}</dt><dd>{format::count(numbers.videos)}</dd>
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
    kit::line(vec![
        kit::name(user.user_name.clone()),
        kit::small(format::items(user.photos.saturating_add(user.videos))),
        kit::small(used),
    ])
}
