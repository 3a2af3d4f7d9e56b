//! Partners: who sees all of one's photos, and whose one sees.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::{Partner, User};
use leptos::prelude::*;
use serde_json::json;

use crate::app::{Globals, put};
use crate::format::{say, t};
use crate::kit::{self, Views};
use crate::photos::{Kind, Source};
use crate::route::Link;
use crate::timeline::Timeline;

/// Both lists, and everybody who may become a partner.
pub fn panel(globals: Globals) -> AnyView {
    let (given, got) = (
        RwSignal::new(Vec::<Partner>::new()),
        RwSignal::new(Vec::<Partner>::new()),
    );
    let users = RwSignal::new(Vec::<User>::new());
    let load = move || {
        for (direction, signal) in [("shared-by", given), ("shared-with", got)] {
            let path = format!("/partners?direction={direction}");
            kit::send(globals, "GET", path, None, move |answer| {
                put(signal, Vec::from_value(&answer))
            });
        }
    };
    load();
    kit::send(globals, "GET", "/users".to_owned(), None, move |answer| {
        put(users, Vec::from_value(&answer));
    });
    let own = globals.user.get_untracked().unwrap_or_default().id;
    let mine = move || {
        let given = given.get();
        let mut lines: Views = given
            .iter()
            .map(|partner| sees_mine(globals, partner, load))
            .collect();
        let users = users.get();
        let others = users
            .iter()
            .filter(|user| user.id != own && !given.iter().any(|partner| partner.id == user.id));
        lines.extend(others.map(|user| may_see(globals, user, load)));
        lines
    };
    let theirs = move || {
        got.with(|got| {
            got.iter()
                .map(|partner| seen(globals, partner))
                .collect::<Views>()
        })
    };
    let parts = vec![
        kit::words(t("partner.mine")),
        kit::list(vec![kit::changing(mine)]),
        kit::words(t("partner.theirs")),
        kit::list(vec![kit::changing(theirs)]),
    ];
    kit::panel(t("partner.title"), parts)
}

fn sees_mine(globals: Globals, partner: &Partner, load: impl Fn() + Copy + 'static) -> AnyView {
    let path = format!("/partners/{}", partner.id);
    let label = say("partner.remove", &[&partner.name]);
    let remove = move || kit::send(globals, "DELETE", path.clone(), None, move |_answer| load());
    kit::line(vec![
        kit::name(partner.name.clone()),
        kit::icon("close", label, remove),
    ])
}

fn may_see(globals: Globals, user: &User, load: impl Fn() + Copy + 'static) -> AnyView {
    let body = json!({ "sharedWithId": user.id });
    let sure = say("partner.sure", &[&user.name]);
    let add = move || {
        if kit::is_sure(&sure) {
            kit::send(
                globals,
                "POST",
                "/partners".to_owned(),
                Some(body.clone()),
                move |_answer| load(),
            );
        }
    };
    let label = say("partner.add", &[&user.name]);
    kit::line(vec![
        kit::name(user.name.clone()),
        kit::icon("add", label, add),
    ])
}

/// Photos of a partner.
pub fn photos(globals: Globals, id: &str, photo: Memo<Option<String>>) -> AnyView {
    let name = RwSignal::new(String::new());
    let path = format!("/users/{id}");
    kit::send(globals, "GET", path, None, move |answer| {
        put(name, User::from_value(&answer).name);
    });
    let title = move || match name.get() {
        unknown if unknown.is_empty() => t("nav.photos").to_owned(),
        name => say("partner.photos", &[&name]),
    };
    let source = Source::Months(format!("userId={id}&visibility=timeline"));
    view! { <Timeline title=Signal::derive(title) kind=Kind::Photos source=source photo=photo /> }
        .into_any()
}

/// Somebody whose photos one sees; they may be among one's own.
fn seen(globals: Globals, partner: &Partner) -> AnyView {
    let path = format!("/partners/{}", partner.id);
    let is_in = RwSignal::new(partner.in_timeline);
    let change = move |event| {
        is_in.set(event_target_checked(&event));
        let body = json!({ "inTimeline": is_in.get_untracked() });
        kit::save(globals, "PUT", path.clone(), body, || {});
    };
    let words = partner.name.clone();
    let tick = view! {
        <label class="tick">
            <input type="checkbox" prop:checked=move || is_in.get() on:change=change />
            {words}
        </label>
    };
    let (to, label) = (
        format!("/partners/{}", partner.id),
        say("partner.photos", &[&partner.name]),
    );
    let link = view! { <Link to=to>{label}</Link> };
    kit::line(vec![tick.into_any(), link.into_any()])
}
