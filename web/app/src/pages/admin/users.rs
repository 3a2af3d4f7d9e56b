//! Accounts: making, changing, deleting them and bringing them back.
use edge_web_core::answer::FromValue as _;
use edge_web_core::model::User;
use leptos::prelude::*;
use serde_json::json;

use crate::app::{Globals, put};
use crate::format::{self, float, say, t};
use crate::kit::{self, Views};
use crate::pages::sign_in::Field;
use crate::share::Dialog;

/// Bytes of a gibibyte, in which quotas are given.
const GIB: f64 = 1_073_741_824.0;

/// All of them.
#[component]
pub fn Users() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let users = RwSignal::new(Vec::<User>::new());
    let edited = RwSignal::new(None::<User>);
    let load = move || {
        let path = "/admin/users?withDeleted=true".to_owned();
        kit::send(globals, "GET", path, None, move |answer| {
            put(users, Vec::from_value(&answer));
        });
    };
    load();
    let lines = move || {
        let line = |user: &User| line(globals, user, edited, load);
        users.with(|users| users.iter().map(line).collect::<Views>())
    };
    let close = move || edited.set(None);
    view! {
        <section class="panel">
            <h2>{t("admin.users")}</h2>
            {kit::list(vec![kit::changing(lines)])}
            {new(globals, load)}
        </section>
        {move || edited.get().map(|user| view! {
            <Dialog title=user.name.clone() close=close>
                {edit(globals, user, move || { close(); load(); })}
            </Dialog>
        })}
    }
}

fn line(
    globals: Globals,
    user: &User,
    edited: RwSignal<Option<User>>,
    load: impl Fn() + Copy + 'static,
) -> AnyView {
    let used = user
        .quota_usage_in_bytes
        .map(|used| format::bytes(float(used)));
    let who = view! { <span>{user.name.clone()}<br /><small>{user.email.clone()}</small></span> };
    let role = if user.is_admin {
        t("admin.is-admin")
    } else {
        ""
    };
    let mut parts = vec![
        who.into_any(),
        kit::small(role),
        kit::small(used.unwrap_or_default()),
    ];
    let path = format!("/admin/users/{}", user.id);
    if user.deleted_at.is_some() {
        parts.push(kit::small(t("admin.deleted")));
        let label = say("admin.restore-user", &[&user.name]);
        parts.push(kit::icon("restore", label, move || {
            let path = format!("{path}/restore");
            kit::send(globals, "POST", path, None, move |_answer| load());
        }));
        return kit::line(parts);
    }
    let (label, own) = (say("admin.edit-user", &[&user.name]), user.clone());
    parts.push(kit::icon("edit", label, move || {
        edited.set(Some(own.clone()))
    }));
    if !user.is_admin {
        let (label, name) = (say("admin.delete-user", &[&user.name]), user.name.clone());
        parts.push(kit::icon("trash", label, move || {
            if kit::is_sure(&say("admin.sure-user", &[&name])) {
                let path = path.clone();
                kit::send(globals, "DELETE", path, Some(json!({})), move |_answer| {
                    load()
                });
            }
        }));
    }
    kit::line(parts)
}

/// Makes an account.
fn new(globals: Globals, load: impl Fn() + Copy + 'static) -> AnyView {
    let text = || RwSignal::new(String::new());
    let (name, email, password) = (text(), text(), text());
    let create = move || {
        let body = json!({ "name": name.get_untracked(), "email": email.get_untracked(), "password": password.get_untracked(), "shouldChangePassword": true });
        kit::save(
            globals,
            "POST",
            "/admin/users".to_owned(),
            body,
            move || {
                for field in [name, email, password] {
                    field.set(String::new());
                }
                load();
            },
        );
    };
    let fields = vec![
        view! { <Field name="user-name" label=t("user.name") complete="off" value=name /> }.into_any(),
        view! { <Field name="user-email" label=t("user.email") kind="email" complete="off" value=email /> }.into_any(),
        view! { <Field name="user-password" label=t("user.password") kind="password" complete="new-password" value=password /> }.into_any(),
    ];
    kit::form(fields, t("admin.make-user"), create)
}

/// Changes an account.
fn edit(globals: Globals, user: User, done: impl Fn() + Copy + 'static) -> AnyView {
    let quota = user
        .quota_size_in_bytes
        .map(|quota| (float(quota) / GIB).to_string());
    let (name, email) = (RwSignal::new(user.name), RwSignal::new(user.email));
    let (quota, password) = (
        RwSignal::new(quota.unwrap_or_default()),
        RwSignal::new(String::new()),
    );
    let is_admin = RwSignal::new(user.is_admin);
    let path = format!("/admin/users/{}", user.id);
    let is_own = globals
        .user
        .with_untracked(|own| own.as_ref().is_some_and(|own| own.id == user.id));
    let save = move || {
        let quota = quota.get_untracked().trim().parse::<f64>().ok();
        let mut body = json!({
            "name": name.get_untracked(),
            "email": email.get_untracked(),
            "quotaSizeInBytes": quota.map(bytes),
        });
        let password = password.get_untracked();
        if !password.is_empty() {
            body["password"] = json!(password);
            body["shouldChangePassword"] = json!(true);
        }
        if !is_own {
            body["isAdmin"] = json!(is_admin.get_untracked());
        }
        kit::save(globals, "PUT", path.clone(), body, done);
    };
    let mut fields = vec![
        kit::field(t("user.name"), "text", name),
        kit::field(t("user.email"), "email", email),
        kit::field(t("admin.quota"), "number", quota),
        kit::field(t("admin.new-password"), "new-password", password),
    ];
    if !is_own {
        fields.push(kit::tick(t("admin.is-admin"), is_admin));
    }
    kit::form(fields, t("do.save"), save)
}

/// Whole bytes of so many gibibytes.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounded; floats beyond are cut off"
)]
fn bytes(gib: f64) -> i64 {
    (gib.max(0.0) * GIB).round() as i64
}
