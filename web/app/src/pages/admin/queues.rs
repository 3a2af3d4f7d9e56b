//! Queues: what is being worked on, what failed and why.
use edge_web_core::model::{FailedJob, Queue};
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{say, t};
use crate::share::Dialog;

/// How many failed jobs are shown of a queue.
const SHOWN: usize = 100;

/// All queues.
#[component]
pub fn Queues() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let queues = RwSignal::new(Vec::<Queue>::new());
    let failed = RwSignal::new(None::<String>);
    let load = move || {
        globals.run(api::get::<Vec<Queue>>("/queues"), move |found| {
            put(queues, found)
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
                            <th scope="col"></th>
                        </tr>
                    </thead>
                    <tbody>
                        {move || queues.get().into_iter().map(|queue| view! { <Line queue=queue failed=failed reload=load /> }).collect_view()}
                    </tbody>
                </table>
            </div>
        </section>
        {move || failed.get().map(|queue| view! { <Reasons queue=queue failed=failed reload=load /> })}
    }
}

/// One of them.
#[component]
fn Line(
    queue: Queue,
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
    let words = if is_paused {
        t("admin.resume")
    } else {
        t("admin.pause")
    };
    let count = queue.statistics.failed;
    let reasons = if count == 0 {
        count.into_any()
    } else {
        // What is to be seen must be in the name, for those who speak to their browser.
        let label = format!("{count} {}", say("admin.reasons", &[&queue.name]));
        view! { <button type="button" aria-label=label on:click=move |_event| failed.set(Some(name.get_value()))>{count}</button> }.into_any()
    };
    view! {
        <tr>
            <th scope="row">{queue.name.clone()}</th>
            <td>{queue.statistics.active}</td>
            <td>{queue.statistics.waiting + queue.statistics.delayed}</td>
            <td>{reasons}</td>
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
