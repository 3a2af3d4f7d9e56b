//! Uploads: each file's checksum first, so that nothing is sent that is there already; four files at a time.
mod folders;
mod held;

use std::collections::VecDeque;
use std::rc::Rc;

use edge_web_core::model::{Checks, MediaTypes, OFFERED, Uploaded};
use edge_web_core::page::{Place, Target};
use js_sys::{ArrayBuffer, Date, Promise, Uint8Array};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::json;
use sha1::{Digest as _, Sha1};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileSystemEntry, FormData, ProgressEvent, XmlHttpRequest};

use crate::api::{self, Answer, Failure};
use crate::app::{Globals, put};
use crate::format::{self, say, t};
use crate::icons::{Icon, IconButton};
use crate::kit;
use crate::route::{self, Link};
use held::{FAILED, FILES, Job, REQUESTS, forget};

/// Files that are worked on at a time.
const AT_A_TIME: usize = 4;
/// How much of a file is read at a time; the page stands still while it is taken in.
const PIECE: f64 = 2_000_000.0;

/// How far a file is.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Waiting,
    Reading,
    /// Share that is sent.
    Sending(f64),
    Done(String),
    /// It is there already: its id, and whether it is in the trash.
    Duplicate(String, bool),
    Failed(String),
}

impl Stage {
    fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Duplicate(..) | Self::Failed(_))
    }
}

/// A file that was given.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    number: usize,
    name: String,
    size: f64,
    stage: Stage,
}

/// All uploads of this page.
#[derive(Clone, Copy)]
pub struct Uploads {
    globals: Globals,
    entries: RwSignal<Vec<Entry>>,
    running: RwSignal<usize>,
    /// The album that is shown and that one may not add to.
    closed: RwSignal<Option<String>>,
}

impl Uploads {
    /// Without any. Also takes files that are dropped on the page, and warns who leaves too early. They end with the frame of the one who is
    /// signed in.
    pub fn new(globals: Globals) -> Self {
        let uploads = Self {
            globals,
            entries: RwSignal::new(Vec::new()),
            running: RwSignal::new(0),
            closed: RwSignal::new(None),
        };
        let over = window_event_listener(leptos::ev::dragover, |event| event.prevent_default());
        let drop = window_event_listener(leptos::ev::drop, move |event| {
            event.prevent_default();
            let Some(data) = event.data_transfer() else {
                return;
            };
            let (entries, target) = (folders::dropped(&data), uploads.target());
            if entries.iter().any(FileSystemEntry::is_directory) {
                let wanted = async move {
                    let (files, unread) = folders::inside(entries).await;
                    uploads.add_wanted(files, unread, target).await
                };
                globals.run(wanted, |()| {});
            } else if let Some(files) = data.files() {
                uploads.add(folders::files(&files), &target);
            }
        });
        let leave = window_event_listener(leptos::ev::beforeunload, move |event| {
            if uploads.running.get_untracked() > 0 {
                event.prevent_default();
                event.set_return_value("uploads");
            }
        });
        on_cleanup(move || {
            over.remove();
            drop.remove();
            leave.remove();
            forget();
        });
        uploads
    }

    /// Tells which album one may not add to: what is uploaded there is one's own only.
    pub fn close(self, album: Option<String>) {
        put(self.closed, album);
    }

    /// Whether nothing is being uploaded, or the person leaves all the same.
    pub fn may_leave(self) -> bool {
        self.running.get_untracked() == 0 || kit::is_sure(t("upload.leave"))
    }

    /// Where what is uploaded now belongs: the address says so.
    fn target(self) -> Target {
        let address = self.globals.address;
        let target = address.with_untracked(|(path, _)| Place::of(path).page.target());
        let closed = self.closed.try_get_untracked().flatten();
        match target {
            Target::Album(album) if Some(&album) == closed.as_ref() => Target::Timeline,
            target => target,
        }
    }

    /// Fails where the one who began it is gone: what follows would be done for somebody else.
    fn stay(self) -> Answer<()> {
        if self.running.is_disposed() {
            return Err(unreadable(JsValue::NULL));
        }
        Ok(())
    }

    fn add(self, files: Vec<File>, target: &Target) {
        self.entries.update(|entries| {
            for file in files {
                let number = entries.len();
                entries.push(Entry {
                    number,
                    name: file.name(),
                    size: file.size(),
                    stage: Stage::Waiting,
                });
                let target = target.clone();
                let job = Job {
                    number,
                    file,
                    target,
                };
                FILES.with_borrow_mut(|files| files.push_back(job));
            }
        });
        self.start();
    }

    /// Adds the photos and videos among the files of folders, which hold other things, too; so many could not be read.
    async fn add_wanted(self, mut files: Vec<File>, unread: usize, target: Target) -> Answer<()> {
        let types: MediaTypes = api::get("/server/media-types").await?;
        files.retain(|file| types.has(&file.name()));
        if unread > 0 {
            self.globals
                .tell(say("upload.unread", &[&unread.to_string()]));
        } else if files.is_empty() {
            self.globals.tell(t("upload.none"));
        }
        self.add(files, &target);
        Ok(())
    }

    fn retry(self) {
        let again = FAILED.with_borrow_mut(std::mem::take);
        for job in again {
            self.set(job.number, Stage::Waiting);
            FILES.with_borrow_mut(|files| files.push_back(job));
        }
        self.start();
    }

    fn start(self) {
        let Some(running) = self.running.try_get_untracked() else {
            return;
        };
        let free = AT_A_TIME.saturating_sub(running);
        let waiting = FILES.with_borrow(VecDeque::len);
        for _ in 0..free.min(waiting) {
            self.running.update(|running| *running += 1);
            spawn_local(self.work());
        }
    }

    async fn work(self) {
        // Those that wait later on are another one's.
        while self.stay().is_ok() {
            let Some(job) = FILES.with_borrow_mut(VecDeque::pop_front) else {
                break;
            };
            let (number, ended) = (job.number, self.upload(&job).await);
            if self.stay().is_err() {
                return;
            }
            let stage = match ended {
                Ok(stage) => stage,
                Err(failure) => {
                    FAILED.with_borrow_mut(|files| files.push(job));
                    Stage::Failed(failure.message)
                }
            };
            self.set(number, stage);
        }
        self.running.update(|running| *running -= 1);
        if self.running.try_get_untracked() == Some(0) {
            self.globals.changed();
        }
    }

    fn set(self, number: usize, stage: Stage) {
        self.entries.update(|entries| {
            if let Some(entry) = entries.get_mut(number) {
                entry.stage = stage;
            }
        });
    }

    async fn upload(self, job: &Job) -> Answer<Stage> {
        let number = job.number;
        self.set(number, Stage::Reading);
        let checksum = checksum(self, &job.file).await?;
        let asked = json!({ "assets": [{ "id": number.to_string(), "checksum": checksum }] });
        let checks: Checks = api::ask("POST", "/assets/bulk-upload-check", asked).await?;
        let known = checks
            .results
            .into_iter()
            .find(|check| check.action == "reject");
        self.stay()?;
        if let Some(known) = known.filter(|known| known.asset_id.is_some()) {
            let id = known.asset_id.unwrap_or_default();
            if !known.is_trashed {
                collect(&job.target, &id, true).await?;
            }
            return Ok(Stage::Duplicate(id, known.is_trashed));
        }
        self.set(number, Stage::Sending(0.0));
        let sent = send(job, &checksum, move |share| {
            self.set(number, Stage::Sending(share))
        })
        .await?;
        let uploaded: Uploaded = api::read(&sent)?;
        self.stay()?;
        let was_there = uploaded.status == "duplicate";
        collect(&job.target, &uploaded.id, was_there).await?;
        Ok(if was_there {
            Stage::Duplicate(uploaded.id, false)
        } else {
            Stage::Done(uploaded.id)
        })
    }
}

fn unreadable(_error: JsValue) -> Failure {
    Failure {
        status: 0,
        message: t("upload.unreadable").to_owned(),
    }
}

/// Puts what is on the server where it belongs: into the album, or, where it was there before, into the locked folder, as what is sent is from
/// the beginning.
async fn collect(target: &Target, id: &str, was_there: bool) -> Answer<()> {
    let (path, body) = match target {
        Target::Album(album) => (format!("/albums/{album}/assets"), json!({ "ids": [id] })),
        Target::Locked if was_there => (
            "/assets".to_owned(),
            json!({ "ids": [id], "visibility": "locked" }),
        ),
        _ => return Ok(()),
    };
    let answer = api::send("PUT", &path, Some(body)).await;
    let answer = answer.map_err(|failure| match (target, failure.status) {
        // It lies in the folder already, which was locked meanwhile: nobody hears what is in there.
        (Target::Locked, 400) => Failure {
            message: t("error.locked").to_owned(),
            ..failure
        },
        _ => failure,
    })?;
    api::took(&answer)
}

/// SHA-1 of a file, in hexadecimal. The browser's own needs all of it in memory, and HTTPS.
async fn checksum(uploads: Uploads, file: &File) -> Answer<String> {
    let mut hash = Sha1::new();
    let (mut from, size) = (0.0, file.size());
    while from < size {
        let piece = file
            .slice_with_f64_and_f64(from, from + PIECE)
            .map_err(unreadable)?;
        let buffer = JsFuture::from(piece.array_buffer())
            .await
            .map_err(unreadable)?;
        uploads.stay()?;
        let buffer: ArrayBuffer = buffer.dyn_into().map_err(unreadable)?;
        hash.update(Uint8Array::new(&buffer).to_vec());
        from += PIECE;
    }
    Ok(hex::encode(hash.finalize()))
}

/// Sends a file; `told` hears which share of it is sent. `fetch` does not tell of that.
async fn send(job: &Job, checksum: &str, told: impl Fn(f64) + 'static) -> Answer<String> {
    let file = &job.file;
    let form = FormData::new().map_err(unreadable)?;
    let modified: String = Date::new(&JsValue::from_f64(file.last_modified()))
        .to_iso_string()
        .into();
    // What comes after the file is not read before it is stored.
    for (name, value) in [
        ("fileCreatedAt", &modified),
        ("fileModifiedAt", &modified),
        ("filename", &file.name()),
    ] {
        form.append_with_str(name, value).map_err(unreadable)?;
    }
    if job.target == Target::Locked {
        let shown = form.append_with_str("visibility", "locked");
        shown.map_err(unreadable)?;
    }
    form.append_with_blob_and_filename("assetData", file, &file.name())
        .map_err(unreadable)?;
    let request = XmlHttpRequest::new().map_err(unreadable)?;
    request.open("POST", "/api/assets").map_err(unreadable)?;
    request
        .set_request_header("x-immich-checksum", checksum)
        .map_err(unreadable)?;
    let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        told(event.loaded() / event.total().max(1.0));
    });
    if let Ok(upload) = request.upload() {
        upload.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    }
    REQUESTS.with_borrow_mut(|all| all.push(request.clone()));
    let request = Rc::new(request);
    let ended = Promise::new(&mut |resolve, _reject| {
        request.set_onloadend(Some(&resolve));
    });
    request
        .send_with_opt_form_data(Some(&form))
        .map_err(unreadable)?;
    let ended = JsFuture::from(ended).await;
    REQUESTS.with_borrow_mut(|all| all.retain(|it| *it != *request));
    ended.map_err(unreadable)?;
    let status = request.status().unwrap_or_default();
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match status {
        200..=299 => Ok(text),
        0 => Err(Failure {
            status,
            message: t("error.unreachable").to_owned(),
        }),
        _ => {
            if status == 401 {
                route::session_is_over();
            }
            Err(Failure::of(status, &text))
        }
    }
}

/// Chooses files, or a folder.
#[component]
pub fn UploadButton() -> impl IntoView {
    let uploads = expect_context::<Uploads>();
    let input = NodeRef::<html::Input>::new();
    // One field for both: it chooses folders when it is told to.
    let choose = move |is_folder: bool| {
        if let Some(input) = input.get_untracked() {
            input.set_webkitdirectory(is_folder);
            input.click();
        }
    };
    let chosen = move |_event| {
        if let Some(input) = input.get_untracked() {
            let files = input.files().map(|list| folders::files(&list));
            let (files, target) = (files.unwrap_or_default(), uploads.target());
            if input.webkitdirectory() {
                let wanted = uploads.add_wanted(files, 0, target);
                uploads.globals.run(wanted, |()| {});
            } else {
                uploads.add(files, &target);
            }
            // The same files may be chosen again.
            input.set_value("");
        }
    };
    view! {
        <IconButton name="upload" label=t("upload.do") action=move || choose(false) />
        <span class="not-on-phones">
            <IconButton name="folder" label=t("upload.folder") action=move || choose(true) />
        </span>
        <input
            class="hidden"
            type="file"
            name="files"
            multiple=true
            accept=OFFERED
            aria-label=t("upload.do")
            tabindex="-1"
            node_ref=input
            on:change=chosen
        />
    }
}

/// How far the uploads are.
#[component]
pub fn UploadPanel() -> impl IntoView {
    let uploads = expect_context::<Uploads>();
    let is_shown = move || uploads.entries.with(|entries| !entries.is_empty());
    let count = move |wanted: fn(&Stage) -> bool| {
        uploads
            .entries
            .with(|entries| entries.iter().filter(|entry| wanted(&entry.stage)).count())
    };
    let summary = move || {
        let over = count(Stage::is_over);
        let all = uploads.entries.with(Vec::len);
        let shown = |count: usize| format::count(count as u64);
        say("upload.summary", &[&shown(over), &shown(all)])
    };
    let has_failed = move || count(|stage| matches!(stage, Stage::Failed(_))) > 0;
    let is_over = move || uploads.running.get() == 0;
    let line = |entry: Entry| -> kit::Lasting {
        let key = format!("{} {:?}", entry.number, entry.stage);
        let draw = move || view! { <Line entry=entry /> }.into_any();
        (key, Box::new(draw))
    };
    let lines = move || -> Vec<kit::Lasting> { shown(uploads).into_iter().map(line).collect() };
    let close = move || {
        FAILED.with_borrow_mut(Vec::clear);
        uploads.entries.set(Vec::new());
    };
    view! {
        <Show when=is_shown>
            <section class="uploads" aria-label=t("upload.title")>
                <div class="line">
                    <h2 role="status">{summary}</h2>
                    <Show when=has_failed>
                        <button type="button" on:click=move |_event| uploads.retry()>{t("upload.retry")}</button>
                    </Show>
                    <Show when=is_over>
                        <IconButton name="close" label=t("do.close") action=close />
                    </Show>
                </div>
                <ul class="list">{kit::lasting(lines)}</ul>
            </section>
        </Show>
    }
}

/// Those being worked on and what went otherwise than expected first; of thousands, a screenful.
fn shown(uploads: Uploads) -> Vec<Entry> {
    uploads.entries.with(|entries| {
        let rank = |stage: &Stage| match stage {
            Stage::Failed(_) => 0,
            Stage::Reading | Stage::Sending(_) => 1,
            Stage::Duplicate(..) => 2,
            Stage::Waiting => 3,
            Stage::Done(_) => 4,
        };
        let mut shown: Vec<&Entry> = entries.iter().collect();
        shown.sort_by_key(|entry| (rank(&entry.stage), entry.number));
        shown.truncate(50);
        shown.into_iter().cloned().collect()
    })
}

/// A file.
#[component]
fn Line(entry: Entry) -> impl IntoView {
    let stage = match entry.stage {
        Stage::Waiting => view! { <small>{t("upload.waiting")}</small> }.into_any(),
        Stage::Reading => view! { <small>{t("upload.reading")}</small> }.into_any(),
        Stage::Sending(share) => view! { <progress max="1" value=share.to_string() aria-label=t("upload.sending")></progress> }.into_any(),
        Stage::Done(_) => view! { <small class="good"><Icon name="check" />{t("upload.done")}</small> }.into_any(),
        Stage::Duplicate(_, true) => view! { <small>{t("upload.in-trash")}</small> }.into_any(),
        Stage::Duplicate(id, false) => view! { <Link to=format!("/photos/{id}")>{t("upload.duplicate")}</Link> }.into_any(),
        Stage::Failed(words) => view! { <small class="error">{words}</small> }.into_any(),
    };
    view! { <li class="line"><span class="file">{entry.name}</span><small>{format::bytes(entry.size)}</small>{stage}</li> }
}
