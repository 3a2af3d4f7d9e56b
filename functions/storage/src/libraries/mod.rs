//! External libraries (api/admin.md section 1, docs/libraries.md): files that others put into the bucket become assets. They are read from where
//! they lie, and never changed or deleted.

mod glob;

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_api::{
    enums::{JobName, WorkflowTrigger},
    libraries::LibraryResponse,
    media_type,
    realtime::{Announcement, Event},
};
use edge_http::{
    App,
    consumer::{self, Done, Failure, id_of},
    library,
};
use edge_platform::ObjectMeta;
use edge_store::{
    assets,
    jobs::{Job, NewJob, triggers},
    libraries::{self, Found, Known},
};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use glob::Glob;

/// Lists of a thousand keys that one job asks for.
const LISTS: usize = 5;

/// New files of one job: each takes up to three calls of our own bucket, five of another one, and three statements.
const NEW: usize = 40;

/// Known files that one job looks at: each is a call of the bucket, two of another one for what is gone.
const KNOWN: i64 = 100;

/// Objects that are looked for at the same time.
const AT_ONCE: usize = 6;

/// How long a scan waits for another one of the same library, ms.
const LATER: i64 = 60_000;

/// Assets of a deleted library that one job removes.
const REMOVED: i64 = 50;

fn follow(app: &App, job: &Job, payload: Value) -> NewJob {
    NewJob::new(app.uuid(), job.kind, payload, app.now())
}

/// `LibraryScanQueueAll`: looks through every library; of those that are deleted what is left is removed.
pub async fn all(app: &App) -> Result<Done, Failure> {
    let mut done = Done::nothing();
    for (id, is_deleted) in libraries::all(app.db()).await? {
        let kinds: &[JobName] = if is_deleted {
            &[JobName::LibraryDelete]
        } else {
            &[
                JobName::LibrarySyncFilesQueueAll,
                JobName::LibraryScanAssetsQueueAll,
            ]
        };
        done.next
            .extend(kinds.iter().map(|kind| first(app, *kind, &id)));
    }
    Ok(done)
}

/// The job with which a scan or a removal begins.
fn first(app: &App, kind: JobName, id: &str) -> NewJob {
    let job = NewJob::new(app.uuid(), kind, json!({ "id": id }), app.now());
    job.once(format!("{kind}:{id}"))
}

/// What a scan goes through.
enum Scanned {
    /// There is no such library, or it is deleted.
    Gone,
    /// Another scan goes through it. One that began now would go beside it, and who asks for scans all the time, as who watches a folder into which
    /// files come for hours, would have ever more of them.
    Busy,
    Library(LibraryResponse),
}

async fn find(app: &App, job: &Job) -> Result<Scanned, Failure> {
    let id = id_of(job)?;
    let mut statements = vec![libraries::find(id)];
    if job.payload.get("after").is_none() {
        statements.push(libraries::going_on(id, job.kind));
    }
    let answers = app.db().batch(statements).await?;
    let found = answers.first().map(libraries::read).transpose()?;
    let library = found.and_then(|found| found.into_iter().next());
    let is_busy = answers.get(1).is_some_and(|others| !others.is_empty());
    Ok(match library {
        None => Scanned::Gone,
        Some(_) if is_busy => Scanned::Busy,
        Some(library) => Scanned::Library(library),
    })
}

/// Begins a scan later, once, however often it is asked for.
fn later(app: &App, job: &Job) -> Result<Done, Failure> {
    let mut again = first(app, job.kind, id_of(job)?);
    again.run_after += LATER;
    let mut done = Done::nothing();
    done.next.push(again);
    Ok(done)
}

/// What a library looks at.
struct Rules {
    prefixes: Vec<Option<String>>,
    excluded: Vec<Glob>,
}

impl Rules {
    fn of(library: &LibraryResponse) -> Self {
        let prefix = |path: &String| library::prefix(path).ok();
        let patterns = library.exclusion_patterns.iter();
        Self {
            prefixes: library.import_paths.iter().map(prefix).collect(),
            excluded: patterns.map(|pattern| Glob::new(pattern)).collect(),
        }
    }

    /// Whether it is left out by a pattern.
    fn is_excluded(&self, key: &str) -> bool {
        let path = format!("/{key}");
        self.excluded.iter().any(|pattern| pattern.is_match(&path))
    }

    /// Whether an asset's file is still looked at.
    fn has(&self, key: &str) -> bool {
        let mut prefixes = self.prefixes.iter().flatten();
        prefixes.any(|prefix| key.starts_with(prefix)) && !self.is_excluded(key)
    }
}

/// A photo or film by its name; neither it nor a folder of it below the import path is hidden.
fn is_media(key: &str, prefix: &str) -> bool {
    let below = key.strip_prefix(prefix).unwrap_or(key);
    let is_hidden = below.split('/').any(|part| part.starts_with('.'));
    !is_hidden && media_type::asset_type(key).is_some()
}

/// `LibrarySyncFilesQueueAll`: makes assets of files that are new. Goes through import paths and keys by cursor.
pub async fn files(app: &App, job: &Job) -> Result<Done, Failure> {
    let library = match find(app, job).await? {
        Scanned::Gone => return Ok(Done::nothing()),
        Scanned::Busy => return later(app, job),
        Scanned::Library(library) => library,
    };
    let rules = Rules::of(&library);
    let at = job.payload.get("path").and_then(Value::as_u64);
    let mut at = usize::try_from(at.unwrap_or(0)).unwrap_or(usize::MAX);
    let mut after = job.text("after").map(str::to_owned);
    let mut is_found = job.flag("found");
    for _ in 0..LISTS {
        let Some(prefix) = rules.prefixes.get(at) else {
            // A library none of whose paths is there was not looked through.
            let end = is_found.then(|| libraries::refreshed(library.id.as_str(), app.now()));
            return Ok(Done::with(end.into_iter().collect()));
        };
        let keys = match prefix {
            Some(prefix) => app.objects.list(prefix, after.as_deref()).await?,
            None => Vec::new(),
        };
        let Some(last) = keys.last().cloned() else {
            (at, after) = (at + 1, None);
            continue;
        };
        is_found = true;
        let prefix = prefix.as_deref().unwrap_or_default();
        let media = keys.iter().map(String::as_str);
        let media: Vec<&str> = media
            .filter(|key| is_media(key, prefix) && !rules.is_excluded(key))
            .collect();
        let new = unknown(app, &library, &media).await?;
        let taken: Vec<String> = new.iter().take(NEW).cloned().collect();
        // Of more than one job takes the rest is behind the last one that it took.
        let is_all = taken.len() == new.len();
        after = if is_all {
            Some(last)
        } else {
            taken.last().cloned()
        };
        if !taken.is_empty() {
            let mut done = add(app, &library, taken).await?;
            let payload = json!({ "id": library.id, "path": at, "after": after, "found": true });
            done.next.push(follow(app, job, payload));
            return Ok(done);
        }
    }
    let payload = json!({ "id": library.id, "path": at, "after": after, "found": is_found });
    let mut done = Done::nothing();
    done.next.push(follow(app, job, payload));
    Ok(done)
}

async fn unknown(
    app: &App,
    library: &LibraryResponse,
    keys: &[&str],
) -> Result<Vec<String>, Failure> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let rows = app.db().run(libraries::unknown(library.id.as_str(), keys));
    let rows = rows.await?;
    rows.iter()
        .map(|row| row.get("path").map_err(Failure::from))
        .collect()
}

/// Makes assets of these files, and reads them as if they had been uploaded.
async fn add(app: &App, library: &LibraryResponse, keys: Vec<String>) -> Result<Done, Failure> {
    let found: Vec<Option<Found>> = stream::iter(keys)
        .map(|key| look(app, key))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let found: Vec<Found> = found.into_iter().flatten().collect();
    let now = app.now();
    let mut done = Done::with(libraries::add(library.id.as_str(), &found, now));
    for file in &found {
        let kind = JobName::AssetExtractMetadata;
        done.next
            .push(read(app, kind, &file.id, library.owner_id.as_str()));
        let trigger = WorkflowTrigger::AssetCreate;
        done.triggers
            .push(triggers::insert_held(&file.id, trigger, now));
    }
    Ok(done)
}

/// The job that reads an asset's file, or first looks which sidecar lies beside it, as if it had been uploaded.
fn read(app: &App, kind: JobName, id: &str, owner_id: &str) -> NewJob {
    let payload = json!({ "id": id, "source": "upload" });
    let job = NewJob::new(app.uuid(), kind, payload, app.now());
    job.of(owner_id)
}

/// What is known of a file without reading it, and of the sidecar beside it: that of the whole name goes before that of the stem.
async fn look(app: &App, key: String) -> Result<Option<Found>, Failure> {
    let (Some(meta), Some(kind)) = (app.objects.head(&key).await?, media_type::asset_type(&key))
    else {
        return Ok(None);
    };
    let stem = key.rsplit_once('.').map_or(key.as_str(), |(stem, _)| stem);
    let mut sidecar = None;
    for path in [format!("{key}.xmp"), format!("{stem}.xmp")] {
        if let Some(meta) = app.objects.head(&path).await? {
            sidecar = Some((app.uuid(), path, size(&meta)));
            break;
        }
    }
    let checksum = STANDARD.encode(Sha1::digest(format!("path:/{key}")));
    Ok(Some(Found {
        id: app.uuid(),
        checksum,
        kind,
        size: size(&meta),
        modified: meta.modified,
        sidecar,
        path: key,
    }))
}

fn size(meta: &ObjectMeta) -> i64 {
    i64::try_from(meta.size).unwrap_or(i64::MAX)
}

/// `LibraryScanAssetsQueueAll`: looks whether the files of assets are there and unchanged. What is as it was is not written.
pub async fn known(app: &App, job: &Job) -> Result<Done, Failure> {
    let library = match find(app, job).await? {
        Scanned::Gone => return Ok(Done::nothing()),
        Scanned::Busy => return later(app, job),
        Scanned::Library(library) => library,
    };
    let rules = Rules::of(&library);
    let after = job.text("after").unwrap_or_default();
    let page = libraries::known(app.db(), library.id.as_str(), after, KNOWN).await?;
    let last = page.last().map(|asset| asset.checksum.clone());
    let looked: Vec<(Known, Option<ObjectMeta>)> = stream::iter(page)
        .map(async |asset: Known| {
            let meta = if rules.has(&asset.path) {
                app.objects.head(&asset.path).await?
            } else {
                None
            };
            Ok::<_, Failure>((asset, meta))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut done = Done::nothing();
    let unfolded = looked.iter().filter(|(asset, _)| asset.is_unfolded);
    let unfolded: Vec<(&str, &str)> = unfolded
        .map(|(asset, _)| (asset.id.as_str(), asset.path.as_str()))
        .collect();
    if !unfolded.is_empty() {
        done.results.push(libraries::fold_paths(&unfolded));
    }
    let (mut gone, mut back) = (Vec::new(), Vec::new());
    for (asset, meta) in &looked {
        match meta {
            None if !asset.is_offline => gone.push(asset.id.as_str()),
            Some(_) if asset.is_offline => back.push(asset.id.as_str()),
            Some(meta) if meta.modified != asset.modified => {
                let (modified, size) = (meta.modified, size(meta));
                done.results
                    .extend(libraries::changed(&asset.id, modified, size, app.now()));
                let kind = JobName::SidecarCheck;
                done.next.push(read(app, kind, &asset.id, &asset.owner_id));
            }
            _ => {}
        }
    }
    if !gone.is_empty() {
        done.results.push(libraries::offline(&gone, app.now()));
    }
    if !back.is_empty() {
        done.results.push(libraries::online(&back, app.now()));
    }
    if let Some(last) = last {
        let payload = json!({ "id": library.id, "after": last });
        done.next.push(follow(app, job, payload));
    }
    Ok(done)
}

/// `LibraryDelete`: removes the assets of a deleted library, some at a time, and at last the library. Its files stay.
pub async fn delete(app: &App, job: &Job) -> Result<Done, Failure> {
    let library = id_of(job)?;
    let doomed = libraries::doomed(app.db(), library, REMOVED).await?;
    if doomed.is_empty() {
        return Ok(Done::with(vec![libraries::remove(library)]));
    }
    let ids: Vec<&str> = doomed.iter().map(|(id, _)| id.as_str()).collect();
    let mut done = Done::with(assets::purge(&ids, app.now()));
    let told = doomed.iter();
    done.announce = told
        .map(|(id, owner)| Announcement::to_user(owner, Event::asset_delete(id)))
        .collect();
    done.next.push(consumer::file_delete(app));
    done.next.push(follow(app, job, job.payload.clone()));
    Ok(done)
}
