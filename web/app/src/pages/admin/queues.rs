//! Queues: what is being worked on, what failed and why.
use edge_web_core::manage::{Progress, STARTED, start};
use edge_web_core::model::{FailedJob, Queue};
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::api;
use crate::app::{Globals, put};
use crate::format::{self, number, say, t};
use crate::kit;
use crate::pages::maintenance;
use crate::share::Dialog;

/// How many failed jobs are shown of a queue.
const SHOWN: usize = 100;

/// All queues.
#[component]
pub fn Queues() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let queues = RwSignal::new(Vec::<(Queue, Option<f64>)>::new());
    let failed = RwSignal::new(None::<String>);
    let progress = StoredValue::new(Progress::default());
    let load = move || {
        if maintenance::has_begun() {
            return;
        }
        globals.run(api::get::<Vec<Queue>>("/queues"), move |found| {
            let shares = progress.try_update_value(|progress| {
                let share = |queue: Queue| {
                    let share = progress.share(&queue);
                    (queue, share)
                };
                found.into_iter().map(share).collect::<Vec<_>>()
            });
            put(queues, shares.unwrap_or_default());
        })
    };
    load();
    let again = set_interval_with_handle(load, std::time::Duration::from_secs(5));
    on_cleanup(move || {
        if let Ok(again) = again {
            again.clear();
        }
    });
    view! {
        <section class="panel wide">
            <h2>{t("admin.queues")}</h2>
            <div class="table">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{t("admin.queue")}</th>
                            <th scope="col">{t("admin.active")}</th>
                            <th scope="col">{t("admin.waiting")}</th>
                            <th scope="col">{t("admin.failed")}</th>
                            <th scope="col">{t("admin.progress")}</th>
                            <th scope="col"></th>
                        </tr>
                    </thead>
                    <tbody>
                        {move || queues.get().into_iter().map(|(queue, share)| view! { <Line queue=queue share=share failed=failed reload=load /> }).collect_view()}
                    </tbody>
                </table>
            </div>
            {starts(globals, load)}
            {by_hand(globals, load)}
        </section>
        {move || failed.get().map(|queue| view! { <Reasons queue=queue failed=failed reload=load /> })}
    }
}

/// Has a queue filled with jobs: for what is missing, or for everything anew.
fn starts(globals: Globals, reload: impl Fn() + Copy + 'static) -> AnyView {
    let queues = STARTED.map(|name| (name.to_owned(), name.to_owned()));
    let amounts = [("", t("admin.missing")), ("all", t("admin.everything"))];
    let amounts = amounts.map(|(key, words)| (key.to_owned(), words.to_owned()));
    let name = RwSignal::new(STARTED[0].to_owned());
    let amount = RwSignal::new(String::new());
    let send = move || {
        let is_all = amount.with_untracked(|amount| !amount.is_empty());
        if is_all && !kit::is_sure(t("admin.sure-everything")) {
            return;
        }
        let path = format!("/jobs/{}", name.get_untracked());
        run(globals, "PUT", path, start(is_all), reload);
    };
    let fields = vec![
        kit::choice(t("admin.queue"), Vec::from(queues), name),
        kit::choice(t("admin.amount"), Vec::from(amounts), amount),
    ];
    let form = kit::form(fields, t("admin.start"), send);
    kit::fold(t("admin.start-queue").to_owned(), vec![form])
}

/// Jobs that are no queue's own (`POST /jobs`). Backups and checks of the files have their own places.
fn by_hand(globals: Globals, reload: impl Fn() + Copy + 'static) -> AnyView {
    let jobs = [
        ("person-cleanup", t("job.person-cleanup")),
        ("tag-cleanup", t("job.tag-cleanup")),
        ("user-cleanup", t("job.user-cleanup")),
        ("memory-cleanup", t("job.memory-cleanup")),
        ("memory-create", t("job.memory-create")),
    ];
    let buttons = jobs.map(|(name, words)| {
        kit::button(words, move || {
            let body = json!({ "name": name });
            run(globals, "POST", "/jobs".to_owned(), body, reload);
        })
    });
    let row = kit::row(Vec::from(buttons));
    kit::fold(t("admin.by-hand").to_owned(), vec![row])
}

fn run(
    globals: Globals,
    method: &'static str,
    path: String,
    body: Value,
    reload: impl Fn() + Copy + 'static,
) {
    kit::send(globals, method, path, Some(body), move |_answer| {
        globals.tell(t("admin.started"));
        reload();
    });
}

/// How far a queue is: nothing where there is nothing to do.
fn progress_of(name: &str, share: Option<f64>) -> AnyView {
    let Some(share) = share else {
        return ().into_any();
    };
    let words = say("admin.percent", &[&number((share * 100.0).floor())]);
    let label = format!("{}: {name}", t("admin.progress"));
    view! { <progress max="1" value=share.to_string() aria-label=label></progress> " " {words} }
        .into_any()
}

/// One of them.
#[component]
fn Line(
    queue: Queue,
    share: Option<f64>,
    failed: RwSignal<Option<String>>,
    reload: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let (name, is_paused) = (StoredValue::new(queue.name.clone()), queue.is_paused);
    let pause = move |_event| {
        let path = format!("/queues/{}", name.get_value());
        let body = json!({ "isPaused": !is_paused });
        globals.run(
            async move { api::act("PUT", &path, Some(body)).await },
            move |()| reload(),
        );
    };
    let waits = &queue.statistics;
    let waiting = waits.waiting + waits.delayed + waits.paused;
    let words = if is_paused {
        t("admin.resume")
    } else {
        t("admin.pause")
    };
    let count = format::count(queue.statistics.failed);
    let reasons = if queue.statistics.failed == 0 {
        count.into_any()
    } else {
        // What is to be seen must be in the name, for those who speak to their browser.
        let label = format!("{count} {}", say("admin.reasons", &[&queue.name]));
        view! { <button type="button" aria-label=label on:click=move |_event| failed.set(Some(name.get_value()))>{count}</button> }.into_any()
    };
    view! {
        <tr>
            <th scope="row">{queue.name.clone()}</th>
            <td>{format::count(queue.statistics.active)}</td>
            <td>{format::count(waiting)}</td>
            <td>{reasons}</td>
            <td>{progress_of(&queue.name, share)}</td>
            <td><button type="button" aria-label=format!("{words}: {}", queue.name) on:click=pause>{words}</button></td>
        </tr>
    }
}

/// Why jobs of a queue failed.
#[component]
fn Reasons(
    queue: String,
    failed: RwSignal<Option<String>>,
    reload: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let globals = expect_context::<Globals>();
    let jobs = RwSignal::new(Vec::<FailedJob>::new());
    let path = StoredValue::new(format!("/jobs/{queue}"));
    let asked = format!("/queues/{queue}/jobs?status=failed");
    globals.run(
        async move { api::get::<Vec<FailedJob>>(&asked).await },
        move |found| put(jobs, found),
    );
    // Emptying the queue would take what waits along.
    let clear = move |_event| {
        let path = path.get_value();
        let body = json!({ "command": "clear-failed", "force": false });
        globals.run(
            async move { api::act("PUT", &path, Some(body)).await },
            move |()| {
                failed.set(None);
                reload();
            },
        );
    };
    let more = move || {
        let hidden = jobs.with(Vec::len).saturating_sub(SHOWN);
        (hidden > 0).then(|| say("admin.more-failed", &[&hidden.to_string()]))
    };
    view! {
        <Dialog title=say("admin.reasons", &[&queue]) close=move || failed.set(None)>
            <ul class="list">
                {move || jobs.get().into_iter().take(SHOWN).map(|job| {
                    let reason = job.data.reason.unwrap_or_else(|| t("admin.no-reason").to_owned());
                    view! { <li><strong>{job.name}</strong><br />{reason}<br /><small>{job.data.id}</small></li> }
                }).collect_view()}
            </ul>
            <p>{more}</p>
            <button type="button" on:click=clear>{t("admin.clear-failed")}</button>
        </Dialog>
    }
}
