//! `SidecarCheck`: which XMP file lies beside an original (api/assets.md section 9, api/jobs-ml.md section 3).

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure, id_of},
};
use edge_store::{
    jobs::{Job, NewJob},
    media::{
        self, Source,
        sidecar::{self, NewSidecar},
    },
};

/// Looks for the sidecar of an asset, notes which it is, and has the metadata read again.
///
/// Upstream reads again whatever was found (api/jobs-ml.md section 2). Here not when the queue was started and there was no sidecar and
/// is none: nothing could be read that was not read before.
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let id = id_of(job)?;
    let Some(source) = media::find(app.db(), id).await? else {
        return Ok(Done::nothing());
    };
    let found = look(app, &source).await?;
    let mut done = match (&found, &source.sidecar_path) {
        (None, None) if job.text("source").is_none() => return Ok(Done::nothing()),
        (None, None) => Done::nothing(),
        (None, Some(gone)) => Done::with(vec![sidecar::lost(id, gone)]),
        (Some((key, size)), _) => {
            let file = NewSidecar {
                id: &app.uuid(),
                key,
                size: *size,
            };
            Done::with(sidecar::found(id, &file, app.now()))
        }
    };
    let kind = JobName::AssetExtractMetadata;
    let next = NewJob::new(app.uuid(), kind, job.payload.clone(), app.now());
    done.next.push(next.of(&source.owner_id));
    Ok(done)
}

/// The key and the bytes of the first file that is there.
async fn look(app: &App, source: &Source) -> Result<Option<(String, i64)>, Failure> {
    for key in candidates(source) {
        if let Some(meta) = app.objects.head(&key).await? {
            let size = i64::try_from(meta.size).unwrap_or(i64::MAX);
            return Ok(Some((key, size)));
        }
    }
    Ok(None)
}

/// Where a sidecar may be, in this order: the one that is known, `<file>.<ext>.xmp`, `<file>.xmp`.
fn candidates(source: &Source) -> Vec<String> {
    let original = &source.original_path;
    let mut keys: Vec<String> = source.sidecar_path.iter().cloned().collect();
    keys.push(format!("{original}.xmp"));
    if let Some((stem, extension)) = original.rsplit_once('.')
        && !extension.contains('/')
    {
        keys.push(format!("{stem}.xmp"));
    }
    keys
}
