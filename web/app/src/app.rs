//! The root: what all pages share, and whether somebody is signed in.
use edge_web_core::model::{Config, Features, User};
use edge_web_core::page::{Module, Page};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;

use crate::api::{self, Answer, Failure};
use crate::format::{language, t};
use crate::kit;
use crate::live;
use crate::pages::maintenance::Maintenance;
use crate::pages::sign_in::{SignIn, SignUp};
use crate::route;
use crate::shell::Shell;

/// The part of the page that runs.
#[derive(Clone, Copy)]
pub struct Part {
    /// Which one.
    pub module: Module,
    /// Draws its pages; the second value is the open photo.
    pub draw: fn(Page, Memo<Option<String>>) -> AnyView,
    /// Draws the backups that can be restored while the server is in maintenance, where this part has them.
    pub restore: fn(Globals) -> AnyView,
}

/// What all pages share.
#[derive(Clone, Copy)]
pub struct Globals {
    /// Which pages there are.
    pub part: Part,
    /// Path and query.
    pub address: RwSignal<(String, String)>,
    /// Who is signed in.
    pub user: RwSignal<Option<User>>,
    /// What the server is configured to.
    pub config: RwSignal<Config>,
    /// What the server can do.
    pub features: RwSignal<Features>,
    /// Words at the bottom of the screen, and whether they are of an error.
    pub notice: RwSignal<Option<(String, bool)>>,
    /// Counts changes of photos and albums, so that what shows them asks again.
    pub changes: RwSignal<u32>,
    /// Those of photos that searches find.
    pub found: RwSignal<Changes>,
    /// Counts answers that the locked folder is locked: another window may have locked it.
    pub refusals: RwSignal<u32>,
}

/// How often photos have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// By what was done on this page.
    pub here: u32,
    /// As other devices tell.
    pub elsewhere: u32,
}

impl Globals {
    fn new(part: Part) -> Self {
        Self {
            part,
            address: RwSignal::new(route::current()),
            user: RwSignal::new(None),
            config: RwSignal::default(),
            features: RwSignal::default(),
            notice: RwSignal::new(None),
            changes: RwSignal::new(0),
            found: RwSignal::default(),
            refusals: RwSignal::new(0),
        }
    }

    /// Tells something went well.
    pub fn tell(self, words: impl Into<String>) {
        self.notice.set(Some((words.into(), false)));
    }

    /// Tells what went wrong.
    pub fn fail(self, failure: &Failure) {
        self.notice.set(Some((failure.message.clone(), true)));
    }

    /// Runs a request; tells what went wrong, or hands on what it led to.
    pub fn run<T: 'static>(
        self,
        request: impl Future<Output = Answer<T>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        spawn_local(async move {
            match request.await {
                Ok(value) => done(value),
                Err(failure) => self.fail(&failure),
            }
        });
    }

    /// Photos have changed, by what was done on this page.
    pub fn changed(self) {
        self.found.update(|changes| changes.here += 1);
        self.changes.update(|count| *count += 1);
    }

    /// Other devices tell that something has changed: photos, or only albums.
    pub fn heard(self, has_photos: bool) {
        if has_photos {
            self.found.update(|changes| changes.elsewhere += 1);
        }
        self.changes.update(|count| *count += 1);
    }
}

/// Sets a signal whose page may be gone by now.
pub fn put<T: Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    // What a page that is gone would have shown matters to nobody.
    let _unshown = signal.try_set(value);
}

/// As [`put`], but what is there already stays, so that nothing is drawn anew for it; tells whether it was.
pub fn renew<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) -> bool {
    let is_same = signal.try_with_untracked(|old| *old == value);
    if is_same == Some(false) {
        put(signal, value);
    }
    is_same != Some(false)
}

/// Where the browser keeps who is signed in, by id: all its windows have one session.
const WHOSE: &str = "edge-user";

/// Tells other windows of the browser who signs in or out here, and begins anew where one of them tells of somebody else: what this one would
/// send from now on, files that wait among it, would be theirs.
fn agree(globals: Globals) {
    let own = move |user: &Option<User>| user.as_ref().map(|user| user.id.clone());
    Effect::new(move |last: Option<String>| {
        let (own, last) = (globals.user.with(own), last.unwrap_or_default());
        let own = own.unwrap_or_default();
        // A browser that keeps nothing has windows that do not know of each other.
        let storage = window().local_storage().ok().flatten();
        if let Some(storage) = storage.filter(|_| own != last) {
            let kept = storage.get_item(WHOSE).ok().flatten();
            // Whoever signed in elsewhere meanwhile stays it.
            if !own.is_empty() || kept.as_ref() == Some(&last) {
                drop(storage.set_item(WHOSE, &own));
            }
        }
        own
    });
    // For as long as the page lives.
    drop(window_event_listener(leptos::ev::storage, move |event| {
        let own = globals.user.with_untracked(own).unwrap_or_default();
        if event.key().as_deref() != Some(WHOSE) || event.new_value().unwrap_or_default() == own {
            return;
        }
        // First the frame goes with its uploads, for which the browser would ask whether to leave.
        if globals.user.with_untracked(Option::is_some) {
            route::name(route::SIGNED_OUT);
            globals.user.set(None);
            globals.address.set(route::current());
        }
        set_timeout(route::reload, std::time::Duration::ZERO);
    }));
}

/// How far the start has come.
#[derive(Clone, PartialEq)]
enum Start {
    Waiting,
    Ready,
    Failed(String),
}

/// Draws the page.
pub fn start(part: Part) {
    mount_to_body(move || view! { <App part=part /> });
}

/// The whole page.
#[component]
pub fn App(part: Part) -> impl IntoView {
    let globals = Globals::new(part);
    provide_context(globals);
    route::follow(globals);
    live::follow(globals);
    agree(globals);
    let start = RwSignal::new(Start::Waiting);
    if let Some(root) = document().document_element() {
        // No value is refused for this attribute.
        drop(root.set_attribute("lang", language()));
    }
    spawn_local(async move {
        let ready = begin(globals).await;
        start.set(ready.map_or_else(|failure| Start::Failed(failure.message), |()| Start::Ready));
    });
    let place = route::place(globals);
    let is_initialized = Memo::new(move |_| globals.config.with(|it| it.is_initialized));
    let is_in_maintenance = Memo::new(move |_| globals.config.with(|it| it.maintenance_mode));
    let is_signed_in = Memo::new(move |_| globals.user.with(Option::is_some));
    let is_here = Memo::new(move |_| {
        globals
            .address
            .with(|(path, _)| route::is_here(globals, path))
    });
    let waiting = || view! { <p class="wait" role="status">{t("app.loading")}</p> }.into_any();
    let body = move || match start.get() {
        Start::Waiting => waiting(),
        // The browser loads the module that has the page.
        _ if !is_here.get() => waiting(),
        Start::Failed(words) => {
            let again = kit::button(t("upload.retry"), route::reload);
            view! { <div class="wait"><p role="alert">{words}</p>{again}</div> }.into_any()
        }
        Start::Ready if is_in_maintenance.get() => view! { <Maintenance /> }.into_any(),
        Start::Ready if !is_initialized.get() => view! { <SignUp /> }.into_any(),
        Start::Ready if is_signed_in.get() => {
            if place.with_untracked(|place| place.page == Page::SignIn) {
                route::replace(globals, "/photos");
            }
            view! { <Shell /> }.into_any()
        }
        Start::Ready => view! { <SignIn /> }.into_any(),
    };
    view! {
        {body}
        <Notice />
    }
}

/// Asks what the server is and who is signed in.
async fn begin(globals: Globals) -> Answer<()> {
    let config: Config = api::get("/server/config").await?;
    let is_in_maintenance = config.maintenance_mode;
    globals.config.set(config);
    if is_in_maintenance {
        // Nobody is signed in then, and nothing else is answered.
        return Ok(());
    }
    globals.features.set(api::get("/server/features").await?);
    if may_be_signed_in() {
        match api::get("/users/me").await {
            Ok(user) => globals.user.set(Some(user)),
            Err(failure) if failure.status == 401 => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// The cookie of the session cannot be read; this one tells that it is there.
fn may_be_signed_in() -> bool {
    let document = document().dyn_into::<web_sys::HtmlDocument>().ok();
    let cookies = document.and_then(|it| it.cookie().ok()).unwrap_or_default();
    cookies.contains("immich_is_authenticated=true")
}

/// What just happened, at the bottom of the screen for some seconds.
#[component]
fn Notice() -> impl IntoView {
    let globals = expect_context::<Globals>();
    Effect::new(move |last: Option<u32>| {
        let number = last.unwrap_or_default() + 1;
        if globals.notice.with(Option::is_some) {
            let shown = globals.notice.get_untracked();
            let end = move || {
                if globals.notice.get_untracked() == shown {
                    globals.notice.set(None);
                }
            };
            set_timeout(end, std::time::Duration::from_secs(6));
        }
        number
    });
    let class = move || match globals.notice.get() {
        Some((_, true)) => "notice error",
        Some(_) => "notice",
        None => "notice hidden",
    };
    let words = move || globals.notice.get().map(|(words, _)| words);
    view! { <div class=class role="status" aria-live="polite">{words}</div> }
}
