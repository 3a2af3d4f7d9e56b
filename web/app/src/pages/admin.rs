//! Administration: users, queues, numbers.
use edge_web_core::model::{Queue, Statistics, User};
use leptos::prelude::*;
use serde_json::json;

use crate::api;
use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::icons::IconButton;
use crate::pages::settings::float;
use crate::pages::sign_in::Field;

/// All of it. The server answers 403 to everybody who is no administrator.
#[component]
pub fn Admin() -> impl IntoView {
    view! {
        <h1 class="page-title">{t("nav.admin")}</h1>
        <div class="panels">
            <Numbers />
            <Users />
            <Queues />
        </div>
    }
}

#[component]
fn Numbers() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let numbers = RwSignal::new(Statistics::default());
    globals.run(api::get::<Statistics>("/server/statistics"), move |found| {
        put(numbers, found)
    });
    view! {
        <section class="panel">
            <h2>{t("admin.server")}</h2>
            {move || {
                let numbers = numbers.get();
                view! {
                    <dl>
                        <dt>{t("admin.photos")}</dt><dd>{numbers.photos}</dd>
                        <dt>{t("admin.videos")}</dt><dd>{numbers.videos}</dd>
                        <dt>{t("admin.usage")}</dt><dd>{format::bytes(numbers.usage)}</dd>
                    </dl>
                }
            }}
        </section>
    }
}

#[component]
fn Users() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let users = RwSignal::new(Vec::<User>::new());
    let load = move || {
        globals.run(api::get::<Vec<User>>("/admin/users"), move |found| {
            put(users, found)
        })
    };
    load();
    let (name, email, password) = (
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
    );
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = json!({ "name": name.get_untracked(), "email": email.get_untracked(), "password": password.get_untracked(), "shouldChangePassword": true });
        globals.run(api::act("POST", "/admin/users", Some(body)), move |()| {
            for field in [name, email, password] {
                field.set(String::new());
            }
            globals.tell(t("done.saved"));
            load();
        });
    };
    let delete = move |id: String, name: &str| {
        if window()
            .confirm_with_message(&say("admin.sure-user", &[name]))
            .unwrap_or(false)
        {
            globals.run(async move { api::act("DELETE", &format!("/admin/users/{id}"), Some(json!({}))).await }, move |()| load());
        }
    };
    view! {
        <section class="panel">
            <h2>{t("admin.users")}</h2>
            <ul class="list">
                {move || users.get().into_iter().map(|user| {
                    let (id, name) = (user.id.clone(), user.name.clone());
                    let role = if user.is_admin { t("admin.is-admin") } else { "" };
                    let used = user.quota_usage_in_bytes.map(|used| format::bytes(float(used)));
                    let label = say("admin.delete-user", &[&user.name]);
                    let button = (!user.is_admin).then(|| view! { <IconButton name="trash" label=label action=move || delete(id.clone(), &name) /> });
                    view! { <li class="line"><span>{user.name.clone()}<br /><small>{user.email.clone()}</small></span><small>{role}</small><small>{used}</small>{button}</li> }
                }).collect_view()}
            </ul>
            <form on:submit=create>
                <Field name="user-name" label=t("user.name") complete="off" value=name />
                <Field name="user-email" label=t("user.email") kind="email" complete="off" value=email />
                <Field name="user-password" label=t("user.password") kind="password" complete="new-password" value=password />
                <button type="submit" class="primary">{t("admin.make-user")}</button>
            </form>
        </section>
    }
}

#[component]
fn Queues() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let queues = RwSignal::new(Vec::<Queue>::new());
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
    let pause = move |name: String, on: bool| {
        let path = format!("/queues/{name}");
        globals.run(
            async move { api::act("PUT", &path, Some(json!({ "isPaused": on }))).await },
            move |()| load(),
        );
    };
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
                        {move || queues.get().into_iter().map(|queue| {
                            let (name, is_paused) = (queue.name.clone(), queue.is_paused);
                            let words = if is_paused { t("admin.resume") } else { t("admin.pause") };
                            view! {
                                <tr>
                                    <th scope="row">{queue.name.clone()}</th>
                                    <td>{queue.statistics.active}</td>
                                    <td>{queue.statistics.waiting + queue.statistics.delayed}</td>
                                    <td>{queue.statistics.failed}</td>
                                    <td><button type="button" aria-label=format!("{words}: {}", queue.name) on:click=move |_event| pause(name.clone(), !is_paused)>{words}</button></td>
                                </tr>
                            }
                        }).collect_view()}
                    </tbody>
                </table>
            </div>
        </section>
    }
}
