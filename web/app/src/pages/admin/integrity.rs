//! Checks of the files: what nobody names, what is missing, what is not what was uploaded (docs/integrity.md).
use edge_web_core::answer::FromValue as _;
use edge_web_core::manage::Check;
use edge_web_core::model::{Finding, Findings, IntegritySummary};
use leptos::prelude::*;

use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::kit::{self, Views};
use crate::share::Dialog;

fn name(check: Check) -> &'static str {
    match check {
        Check::Untracked => t("check.untracked"),
        Check::Missing => t("check.missing"),
        Check::Checksum => t("check.checksum"),
    }
}

/// What putting a finding right does (docs/integrity.md).
fn deed(check: Check) -> &'static str {
    match check {
        Check::Untracked => t("check.delete-file"),
        Check::Missing => t("check.forget-file"),
        Check::Checksum => t("check.trash-photo"),
    }
}

/// How much each of them has found.
pub fn panel(globals: Globals) -> AnyView {
    let summary = RwSignal::new(IntegritySummary::default());
    let open = RwSignal::new(None::<Check>);
    let load = move || {
        let path = "/admin/integrity/summary".to_owned();
        kit::send(globals, "GET", path, None, move |answer| {
            put(summary, IntegritySummary::from_value(&answer));
        });
    };
    load();
    let lines = move || {
        let summary = summary.get();
        let line = |check: Check| {
            let count = check.count(&summary);
            let label = format!("{}: {}", t("check.run"), name(check));
            let run = move || start(globals, check, "");
            let mut parts = vec![
                kit::name(name(check)),
                kit::small(say("check.found", &[&format::count(count)])),
            ];
            if count > 0 {
                let label = format!("{}: {}", t("check.show"), name(check));
                let show = move || open.set(Some(check));
                parts.push(kit::labelled(t("check.show"), label, show));
            }
            parts.push(kit::labelled(t("check.run"), label, run));
            kit::line(parts)
        };
        Check::ALL.into_iter().map(line).collect::<Views>()
    };
    let parts = vec![
        kit::words(t("check.about")),
        kit::list(vec![kit::changing(lines)]),
        kit::row(vec![kit::button(t("do.reload"), load)]),
    ];
    let close = move || open.set(None);
    let dialog = move || {
        open.get().map(|check| {
            view! { <Dialog title=name(check) close=close>{report(globals, check, load, close)}</Dialog> }
                .into_any()
        })
    };
    vec![kit::panel(t("check.title"), parts), dialog.into_any()].into_any()
}

/// Has the server do a job of a check.
fn start(globals: Globals, check: Check, kind: &str) {
    let body = Some(check.job(kind));
    kit::send(globals, "POST", "/jobs".to_owned(), body, move |_answer| {
        globals.tell(t("check.running"));
    });
}

/// What a check has found, with what can be done about all of it.
fn report(
    globals: Globals,
    check: Check,
    load: impl Fn() + Copy + Send + 'static,
    close: impl Fn() + Copy + Send + 'static,
) -> AnyView {
    let found = RwSignal::new(Vec::<Finding>::new());
    let next = RwSignal::new(None::<String>);
    let ask = move || {
        let cursor = next.get_untracked();
        let cursor = cursor.map(|cursor| format!("&cursor={cursor}"));
        let path = format!(
            "/admin/integrity/report?type={}{}",
            check.report(),
            cursor.unwrap_or_default()
        );
        kit::send(globals, "GET", path, None, move |answer| {
            let page = Findings::from_value(&answer);
            // What has been closed meanwhile is drawn no more.
            let _unshown = found.try_update(|found| {
                for item in page.items {
                    // Whoever presses twice asks for the same page twice.
                    if !found.iter().any(|known| known.id == item.id) {
                        found.push(item);
                    }
                }
            });
            put(next, page.next_cursor);
        });
    };
    ask();
    let lines = move || {
        let line = |finding: &Finding| line(globals, check, finding, found, load);
        found.with(|found| found.iter().map(line).collect::<Views>())
    };
    let more = move || {
        let more = next.with(|next| next.as_ref().map(|_| kit::button(t("do.more"), ask)));
        more.into_iter().collect::<Views>()
    };
    let address = format!("/api/admin/integrity/report/{}/csv", check.report());
    let table = view! { <a href=address download="">{t("check.table")}</a> };
    let again = kit::button(t("check.again"), move || {
        start(globals, check, "-refresh");
        close();
    });
    let all = kit::button(t("check.all"), move || {
        if kit::is_sure(&format!("{}: {}?", t("check.all"), deed(check))) {
            start(globals, check, "-delete-all");
            close();
        }
    });
    vec![
        kit::words(say("check.deed", &[deed(check)])),
        kit::row(vec![again, all, table.into_any()]),
        kit::list(vec![kit::changing(lines)]),
        kit::changing(more),
    ]
    .into_any()
}

fn line(
    globals: Globals,
    check: Check,
    finding: &Finding,
    found: RwSignal<Vec<Finding>>,
    load: impl Fn() + Copy + 'static,
) -> AnyView {
    let path = format!("/admin/integrity/report/{}", finding.id);
    let address = format!("/api{path}/file");
    // Only what is there can be looked at.
    let file = if check == Check::Missing {
        kit::name(finding.path.clone())
    } else {
        let path = finding.path.clone();
        view! { <a class="address" href=address download="">{path}</a> }.into_any()
    };
    let label = format!("{}: {}", deed(check), finding.path);
    let (id, sure) = (finding.id.clone(), format!("{label}?"));
    let delete = move || {
        if !kit::is_sure(&sure) {
            return;
        }
        let id = id.clone();
        kit::send(globals, "DELETE", path.clone(), None, move |_answer| {
            let _unshown = found.try_update(|found| found.retain(|other| other.id != id));
            load();
        });
    };
    kit::line(vec![file, kit::icon("trash", label, delete)])
}
