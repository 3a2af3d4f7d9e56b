//! What one is told: a bell with the number of news, and the list behind it.
use edge_web_core::answer::FromValue as _;
use edge_web_core::manage::told;
use edge_web_core::model::{GroupRequest, Notification};
use leptos::prelude::*;
use serde_json::json;

use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::icons::IconButton;
use crate::kit::{self, Views};
use crate::route;
use crate::share::Dialog;

/// Where notifications are.
const PATH: &str = "/notifications";

/// What is not read, and whether it is on the screen.
#[derive(Clone, Copy)]
struct News {
    globals: Globals,
    all: RwSignal<Vec<Notification>>,
    is_open: RwSignal<bool>,
}

impl News {
    fn load(self) {
        let path = format!("{PATH}?unread=true");
        kit::send(self.globals, "GET", path, None, move |answer| {
            put(self.all, Vec::from_value(&answer));
        });
    }
}

/// The bell. It asks again whenever something has changed.
#[component]
pub fn Bell() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let news = News {
        globals,
        all: RwSignal::new(Vec::new()),
        is_open: RwSignal::new(false),
    };
    Effect::new(move |_| {
        globals.changes.track();
        news.load();
    });
    let count = move || news.all.with(Vec::len);
    let label = move || match count() {
        0 => t("bell.label").to_owned(),
        count => say("bell.count", &[&format::count(count as u64)]),
    };
    let badge = move || {
        (count() > 0).then(|| view! { <span class="badge" aria-hidden="true">{count()}</span> })
    };
    view! {
        <span class="bell">
            <IconButton name="bell" label=Signal::derive(label) action=move || news.is_open.set(true) />
            {badge}
        </span>
        <Show when=move || news.is_open.get()>
            <Dialog title=t("bell.label") close=move || news.is_open.set(false)>
                {list(news)}
            </Dialog>
        </Show>
    }
}

fn list(news: News) -> AnyView {
    let draw = move || {
        let all = news.all.get();
        if all.is_empty() {
            return vec![kit::words(t("bell.none"))];
        }
        let ids: Vec<String> = all.iter().map(|one| one.id.clone()).collect();
        let lines = all.iter().map(|one| line(news, one));
        let read = kit::button(t("bell.read"), move || {
            let body = json!({ "ids": ids, "readAt": format::now() });
            let path = PATH.to_owned();
            kit::send(news.globals, "PUT", path, Some(body), move |_answer| {
                news.load();
            });
        });
        vec![kit::list(lines.collect()), read]
    };
    kit::changing(draw)
}

/// One of them, with what can be done about it.
fn line(news: News, one: &Notification) -> AnyView {
    let when = format::here(&one.created_at);
    let (title, words) = (one.title.clone(), one.description.clone());
    let buttons = kit::row(buttons(news, one));
    view! {
        <li><strong>{title}</strong><br />{words}<br /><small>{when}</small>{buttons}</li>
    }
    .into_any()
}

fn buttons(news: News, one: &Notification) -> Views {
    let globals = news.globals;
    let path = format!("{PATH}/{}", one.id);
    let label = |words: &str| format!("{words}: {}", one.title);
    let mut buttons = Views::new();
    if let Some(album) = told(&one.data, "albumId") {
        let open = move || {
            news.is_open.set(false);
            route::go(globals, &format!("/albums/{album}"));
        };
        let words = t("bell.album");
        buttons.push(kit::labelled(words, label(words), open));
    }
    if one.kind == "ClusterGroupRequest" {
        let group = told(&one.data, "clusterGroupId").unwrap_or_default();
        let own = path.clone();
        let words = t("bell.accept");
        let accept = move || accept(news, &group, &own);
        buttons.push(kit::labelled(words, label(words), accept));
    }
    let read = path.clone();
    let words = t("bell.read-one");
    buttons.push(kit::labelled(words, label(words), move || {
        let body = Some(json!({ "readAt": format::now() }));
        kit::send(globals, "PUT", read.clone(), body, move |_answer| {
            news.load();
        });
    }));
    buttons.push(kit::icon("trash", label(t("bell.delete")), move || {
        kit::send(globals, "DELETE", path.clone(), None, move |_answer| {
            news.load();
        });
    }));
    buttons
}

/// Joins the group whose people are to be recognised together with one's own; there is nothing to be told of afterwards.
fn accept(news: News, group: &str, path: &str) {
    if !kit::is_sure(t("bell.sure")) {
        return;
    }
    let globals = news.globals;
    let (group, path) = (group.to_owned(), path.to_owned());
    let asked = "/cluster-groups/requests".to_owned();
    kit::send(globals, "GET", asked, None, move |answer| {
        let requests = Vec::<GroupRequest>::from_value(&answer);
        let request = requests.into_iter().find(|it| it.cluster_group_id == group);
        let Some(request) = request else {
            globals.notice.set(Some((t("bell.gone").to_owned(), true)));
            return;
        };
        let accepted = format!("/cluster-groups/requests/{}/accept", request.id);
        kit::send(globals, "POST", accepted, None, move |_answer| {
            globals.tell(t("done.saved"));
            kit::send(globals, "DELETE", path, None, move |_answer| news.load());
        });
    });
}
