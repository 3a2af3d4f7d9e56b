//! What everybody is told at first: the first administrator after signing up, others when they sign in for the first time.
use leptos::prelude::*;
use serde_json::json;

use crate::app::Globals;
use crate::format::{say, t};
use crate::kit;
use crate::route::{self, Link};

/// The page's path.
pub const PATH: &str = "/welcome";

/// Where to begin.
#[component]
pub fn Welcome() -> impl IntoView {
    let globals = expect_context::<Globals>();
    let (name, is_admin) = globals.user.with_untracked(|user| {
        let user = user.as_ref();
        (
            user.map(|user| user.name.clone()).unwrap_or_default(),
            user.is_some_and(|user| user.is_admin),
        )
    });
    let address = window().location().origin().unwrap_or_default();
    let administration = is_admin.then(|| {
        let link = view! { <p><Link to="/admin">{t("nav.admin")}</Link></p> }.into_any();
        let hint = kit::words(t("welcome.others-hint"));
        kit::panel(t("welcome.others"), vec![hint, link])
    });
    view! {
        <h1 class="page-title">{say("welcome.title", &[&name])}</h1>
        <div class="panels">
            {kit::panel(t("welcome.photos"), vec![kit::words(t("welcome.photos-hint"))])}
            {kit::panel(t("welcome.phone"), vec![kit::words(say("welcome.phone-hint", &[&address]))])}
            {administration}
            {kit::row(vec![kit::button(t("welcome.begin"), move || begin(globals, is_admin))])}
        </div>
    }
}

/// Nobody is told again, by this page or another client.
fn begin(globals: Globals, is_admin: bool) {
    let body = json!({ "isOnboarded": true });
    let path = "/users/me/onboarding".to_owned();
    kit::send(globals, "PUT", path, Some(body.clone()), move |_answer| {
        if !is_admin {
            return route::go(globals, "/photos");
        }
        let path = "/system-metadata/admin-onboarding".to_owned();
        kit::send(globals, "POST", path, Some(body), move |_answer| {
            route::go(globals, "/photos");
        });
    });
}
