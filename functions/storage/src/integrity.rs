//! Integrity checks: what the database names against what the bucket holds (api/admin.md section 4, docs/integrity.md).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_api::{
    enums::{IntegrityReport, JobName},
    media_type,
};
use edge_http::{
    App,
    consumer::{Done, Failure},
    integrity::resolve,
    serve::log,
};
use edge_platform::{ObjectBody, ObjectError, external};
use edge_store::{
    integrity::{self, Named, Original},
    jobs::{Job, NewJob},
    system,
};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

/// Where objects are looked for that nobody names.
const FOLDERS: [&str; 4] = ["encoded-video/", "library/", "thumbs/", "upload/"];

/// Lists of a thousand keys that one job asks for.
const LISTS: usize = 5;

/// Assets whose objects one job looks for: about a hundred objects. A Worker may call other services a thousand times.
const ASSETS: i64 = 25;

/// Objects that are looked for at the same time.
const AT_ONCE: usize = 6;

/// Originals that one job reads, and how many bytes of them, about.
const ORIGINALS: i64 = 10;
const BYTES: u64 = 64 << 20;

/// Larger originals are not read at the edge: the lease would run out.
const LARGEST: u64 = 2 << 30;

/// Findings that one job looks at again, or does something about.
const FINDINGS: usize = 50;

/// Key of `system_metadata`: `{"after": assetId}`, how far the check of checksums came.
const CHECKSUM_STATE: &str = "integrity-checksum-state";

/// Key of `system_metadata`: the same of the check for missing files at night.
const MISSING_STATE: &str = "integrity-missing-state";

/// The same job with another payload. Up to four of them run in one turn, which asks for less than a Worker may.
fn follow(app: &App, job: &Job, payload: Value) -> Done {
    let next = NewJob::new(app.uuid(), job.kind, payload, app.now());
    let mut done = Done::nothing();
    done.next.push(next);
    done
}

/// `IntegrityUntrackedFilesQueueAll`: objects that no row names. Goes through the bucket by cursor.
pub async fn untracked(app: &App, job: &Job) -> Result<Done, Failure> {
    let folder = job.payload.get("folder").and_then(Value::as_u64);
    let mut folder = usize::try_from(folder.unwrap_or(0)).unwrap_or(usize::MAX);
    let mut after = job.text("after").map(str::to_owned);
    for _ in 0..LISTS {
        let Some(prefix) = FOLDERS.get(folder) else {
            return Ok(Done::nothing());
        };
        let keys = app.objects.list(prefix, after.as_deref()).await?;
        let media: Vec<&str> = keys
            .iter()
            .map(String::as_str)
            .filter(|key| is_media(key))
            .collect();
        if !media.is_empty() {
            let rows = app.db().run(integrity::untracked(&media)).await?;
            let found = integrity::paths(&rows)?;
            if !found.is_empty() {
                let found: Vec<&str> = found.iter().map(String::as_str).collect();
                let report = integrity::report_untracked(&found, app.now());
                app.db().run(report).await?;
            }
        }
        after = keys.into_iter().next_back();
        if after.is_none() {
            folder += 1;
        }
    }
    let payload = json!({ "folder": folder, "after": after });
    Ok(follow(app, job, payload))
}

/// A photo or film by its name, not hidden.
fn is_media(key: &str) -> bool {
    let is_hidden = key.split('/').any(|part| part.starts_with('.'));
    !is_hidden && media_type::asset_type(key).is_some()
}

/// `IntegrityMissingFilesQueueAll`: objects that a row names and that are not there. With `most` (assets) only so many, from where the last run
/// ended.
///
/// What lies in another bucket that is away is left out. When a run has ended that left something out, a job of this kind fails with the
/// reason, so that administrators read it.
pub async fn missing(app: &App, job: &Job) -> Result<Done, Failure> {
    if let Some(reason) = job.text("left_out") {
        return Err(Failure::Final(reason.to_owned()));
    }
    let most = job.payload.get("most").and_then(Value::as_i64);
    let after = match job.text("after") {
        Some(after) => after.to_owned(),
        None if most.is_some() => state(app, MISSING_STATE).await?,
        None => String::new(),
    };
    let (objects, last) = integrity::named(app.db(), &after, ASSETS).await?;
    let away = Away::default();
    let looked = stream::iter(objects)
        .map(async |object: Named| {
            let is_there = away.look(app, &object.path).await?;
            Ok::<_, ObjectError>((object, is_there))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;
    let kind = IntegrityReport::MissingFile;
    let there = looked
        .iter()
        .filter(|(_, is_there)| *is_there == Some(true));
    let there: Vec<&str> = there.map(|(object, _)| object.path.as_str()).collect();
    let gone = looked
        .iter()
        .filter(|(_, is_there)| *is_there == Some(false));
    let mut results = vec![integrity::heal(kind, &there)];
    results.extend(gone.map(|(object, _)| integrity::report(kind, object, app.now())));
    let left = most.map(|most| most - ASSETS);
    let reasons = away.reasons(job);
    let mut done = match last {
        Some(last) if left.is_none_or(|left| left > 0) => {
            let payload = json!({ "after": last, "most": left, "away": reasons });
            follow(app, job, payload)
        }
        last => {
            if most.is_some() {
                remember(app, MISSING_STATE, &last.unwrap_or_default()).await?;
            }
            ended(app, job, &reasons)
        }
    };
    done.results = results;
    Ok(done)
}

/// The end of a run, and why it left something out.
fn ended(app: &App, job: &Job, reasons: &BTreeMap<String, String>) -> Done {
    if reasons.is_empty() {
        return Done::nothing();
    }
    let reasons: Vec<&str> = reasons.values().map(String::as_str).collect();
    let reason = format!("files that were not looked for: {}", reasons.join("; "));
    follow(app, job, json!({ "left_out": reason }))
}

/// The other buckets that are away, and why, as one job finds out: each is asked until it fails once, because an answer that does not come
/// may take half a minute.
#[derive(Default)]
struct Away(Mutex<BTreeMap<String, String>>);

impl Away {
    /// Whether an object is there; `None`: its bucket is another one that is away. Errors: our own bucket is.
    async fn look(&self, app: &App, key: &str) -> Result<Option<bool>, ObjectError> {
        let Some((bucket, _)) = external::split(key) else {
            return Ok(Some(app.objects.head(key).await?.is_some()));
        };
        if self.lock().contains_key(bucket) {
            return Ok(None);
        }
        match app.objects.head(key).await {
            Ok(found) => Ok(Some(found.is_some())),
            Err(error) => {
                log(&format!("{key} was not looked for: {error}"));
                self.lock()
                    .entry(bucket.to_owned())
                    .or_insert_with(|| error.to_string());
                Ok(None)
            }
        }
    }

    /// Buckets and reasons, with those that jobs of the same run found before.
    fn reasons(self, job: &Job) -> BTreeMap<String, String> {
        let before = job.payload.get("away").cloned().unwrap_or_default();
        let mut all: BTreeMap<String, String> = serde_json::from_value(before).unwrap_or_default();
        all.append(&mut self.lock());
        all
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a check that goes round came to.
async fn state(app: &App, key: &str) -> Result<String, Failure> {
    let state = system::find(app.db(), key).await?;
    let after = state.and_then(|state| state["after"].as_str().map(str::to_owned));
    Ok(after.unwrap_or_default())
}

async fn remember(app: &App, key: &str, after: &str) -> Result<(), Failure> {
    let state = json!({ "after": after });
    Ok(system::put(app.db(), key, &state, app.now()).await?)
}

/// `IntegrityChecksumFiles`: reads originals again. It ends after the configured time or share of all assets; the next run goes on where it
/// ended.
pub async fn checksums(app: &App, job: &Job) -> Result<Done, Failure> {
    let number = |field: &str| job.payload.get(field).and_then(Value::as_i64);
    let (after, until, mut left) = match (job.text("after"), number("until"), number("left")) {
        (Some(after), Some(until), Some(left)) => (after.to_owned(), until, left),
        _ => begin(app).await?,
    };
    if left <= 0 || app.now() >= until {
        // Where the share ended with the last asset, the next run begins anew instead of finding nothing.
        let is_round = integrity::originals(app.db(), &after, 1).await?.is_empty();
        let after = if is_round { "" } else { after.as_str() };
        remember(app, CHECKSUM_STATE, after).await?;
        return Ok(Done::nothing());
    }
    let originals = integrity::originals(app.db(), &after, ORIGINALS.min(left)).await?;
    let (mut last, mut bytes, mut results) = (None, 0, Vec::new());
    for original in &originals {
        if bytes >= BYTES {
            break;
        }
        let (is_right, size) = check(app, original).await?;
        bytes += size;
        results.extend(judged(app, original, is_right));
        last = Some(original.id.as_str());
        left -= 1;
    }
    let mut done = if let Some(last) = last {
        let payload = json!({ "after": last, "until": until, "left": left });
        follow(app, job, payload)
    } else {
        remember(app, CHECKSUM_STATE, "").await?;
        Done::nothing()
    };
    done.results = results;
    Ok(done)
}

/// Behind which asset a run begins, until when it lasts (epoch ms), and how many assets it takes.
async fn begin(app: &App) -> Result<(String, i64, i64), Failure> {
    let settings = app.settings().await;
    let settings = settings.map_err(|error| Failure::Passing(format!("settings: {error:?}")))?;
    let at = "/integrityChecks/checksumFiles";
    let until = app.now() + settings.int(&format!("{at}/timeLimit"));
    let share = settings
        .as_value()
        .pointer(&format!("{at}/percentageLimit"));
    let share = share.and_then(Value::as_f64).unwrap_or(1.0);
    let rows = app.db().run(integrity::asset_count()).await?;
    let count: i64 = rows.first().map_or(Ok(0), |row| row.get("n"))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a share of a count, about"
    )]
    let most = (count as f64 * share).ceil() as i64;
    Ok((state(app, CHECKSUM_STATE).await?, until, most))
}

/// What is stored about an original that was read; nothing when it could not be.
fn judged(
    app: &App,
    original: &Original,
    is_right: Option<bool>,
) -> Option<edge_platform::Statement> {
    let kind = IntegrityReport::ChecksumMismatch;
    let object = Named {
        asset_id: original.id.clone(),
        file_id: None,
        path: original.path.clone(),
    };
    is_right.map(|is_right| {
        if is_right {
            integrity::heal(kind, &[&original.path])
        } else {
            integrity::report(kind, &object, app.now())
        }
    })
}

/// Whether an original is what was uploaded, and its size. `None`: it is not there, which another check reports, or too large.
async fn check(app: &App, original: &Original) -> Result<(Option<bool>, u64), Failure> {
    let Some(object) = app.objects.get(&original.path, None).await? else {
        return Ok((None, 0));
    };
    let size = object.meta.size;
    if size > LARGEST {
        log(&format!(
            "{} has {size} bytes: too large for its checksum at the edge",
            original.path
        ));
        return Ok((None, 0));
    }
    let digest = sha1_of(object.body).await?;
    Ok((Some(STANDARD.encode(digest) == original.checksum), size))
}

async fn sha1_of(body: ObjectBody) -> Result<Vec<u8>, Failure> {
    let mut digest = Sha1::new();
    let mut chunks = body.into_stream();
    while let Some(chunk) = chunks.try_next().await? {
        digest.update(&chunk);
    }
    Ok(digest.finalize().to_vec())
}

/// `Integrity…Refresh`: looks again at what was found, and at nothing else.
pub async fn refresh(app: &App, job: &Job) -> Result<Done, Failure> {
    let kind = match job.kind {
        JobName::IntegrityUntrackedRefresh => IntegrityReport::UntrackedFile,
        JobName::IntegrityMissingFilesRefresh => IntegrityReport::MissingFile,
        _ => IntegrityReport::ChecksumMismatch,
    };
    let count = if kind == IntegrityReport::ChecksumMismatch {
        usize::try_from(ORIGINALS).unwrap_or(FINDINGS)
    } else {
        FINDINGS
    };
    let (items, next) = findings(app, kind, job.text("from"), count).await?;
    let (mut fine, away) = (Vec::new(), Away::default());
    for item in &items {
        // What lies in a bucket that is away stays found.
        let is_there = || async {
            let found = away.look(app, &item.path).await?;
            Ok::<_, Failure>(found == Some(true))
        };
        let is_fine = match kind {
            IntegrityReport::UntrackedFile => {
                let rows = app.db().run(integrity::untracked(&[&item.path])).await?;
                rows.is_empty() || !is_there().await?
            }
            IntegrityReport::MissingFile => is_there().await?,
            IntegrityReport::ChecksumMismatch => {
                let id = item.asset_id.as_deref().unwrap_or_default();
                match integrity::original_of(app.db(), id).await? {
                    Some(original) => check(app, &original).await?.0 == Some(true),
                    None => true,
                }
            }
        };
        if is_fine {
            fine.push(item.id.as_str());
        }
    }
    let mut done = next.map_or_else(Done::nothing, |next| {
        follow(app, job, json!({ "from": next }))
    });
    done.results.push(integrity::delete(&fine));
    Ok(done)
}

/// `IntegrityDeleteReportType`: does something about all findings of a type.
pub async fn delete(app: &App, job: &Job) -> Result<Done, Failure> {
    let kind = job.text("type").and_then(IntegrityReport::parse);
    let kind = kind.ok_or_else(|| Failure::Final("payload without type".to_owned()))?;
    let (items, next) = findings(app, kind, job.text("from"), FINDINGS).await?;
    if items.is_empty() {
        return Ok(Done::nothing());
    }
    let done = resolve(app, &items, None).await;
    done.map_err(|error| Failure::Passing(format!("{error:?}")))?;
    Ok(next.map_or_else(Done::nothing, |next| {
        follow(app, job, json!({ "type": kind, "from": next }))
    }))
}

/// Some findings, newest first, and the first one of the next.
async fn findings(
    app: &App,
    kind: IntegrityReport,
    from: Option<&str>,
    count: usize,
) -> Result<(Vec<edge_api::maintenance::IntegrityItem>, Option<String>), Failure> {
    let rows = app.db().run(integrity::page(kind, from, count + 1)).await?;
    let mut items = integrity::items(&rows)?;
    let next = (items.len() > count).then(|| items.pop()).flatten();
    Ok((items, next.map(|next| next.id)))
}

#[cfg(test)]
mod tests {
    use super::is_media;

    #[test]
    fn only_photos_and_films_that_are_not_hidden_are_looked_at() {
        assert!(
            is_media("upload/u/a.JPG")
                && is_media("thumbs/u/a_preview.webp")
                && is_media("encoded-video/u/a.mp4")
        );
        for other in [
            "upload/u/a.txt",
            "upload/u/.immich",
            "upload/.hidden/a.jpg",
            "upload/u/._a.jpg",
            "upload/u/a.jpg.xmp",
        ] {
            assert!(!is_media(other), "{other}");
        }
    }
}
