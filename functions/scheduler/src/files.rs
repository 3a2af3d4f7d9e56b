//! `FileDelete`: removes objects that no row names any more from the bucket (docs/data-model.md,
//! "Objects never leak").

use edge_http::{App, library, serve::log};
use edge_platform::{DbError, ObjectError};
use edge_store::objects::{self, Doomed};

/// Objects of one call to the bucket (R2 takes a thousand).
const BATCH: i64 = 500;

/// Calls of one run; what is left is for the next.
const BATCHES: usize = 10;

/// Deletes what is due. True: there is more. Doing it twice deletes the same objects twice, which
/// changes nothing.
pub async fn delete_due(app: &App) -> Result<bool, DbError> {
    for _ in 0..BATCHES {
        let due = objects::take(app.db(), app.now(), BATCH).await?;
        if due.is_empty() {
            return Ok(false);
        }
        let is_done = delete(app, &due).await?;
        // Who refuses these refuses the others, too.
        if !is_done {
            return Ok(false);
        }
        if i64::try_from(due.len()).is_ok_and(|count| count < BATCH) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Those that lie in our own folders. Files of external libraries, also sidecars beside them, are never deleted, whoever asks for it.
fn ours(keys: &[String]) -> Vec<String> {
    keys.iter()
        .filter(|key| library::is_own(key))
        .cloned()
        .collect()
}

/// Deletes objects, and what was stored of those that were never finished.
async fn remove(app: &App, due: &[Doomed], keys: &[String]) -> Result<(), ObjectError> {
    for object in due {
        if let Some(upload_id) = &object.upload_id {
            app.objects.abort(&object.key, upload_id).await?;
        }
    }
    app.objects.delete(keys).await
}

/// Deletes objects and notes it: their rows go, or they are tried again later. False: the bucket refused.
async fn delete(app: &App, due: &[Doomed]) -> Result<bool, DbError> {
    let keys: Vec<String> = due.iter().map(|object| object.key.clone()).collect();
    let removed = remove(app, due, &ours(&keys)).await;
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let note = match &removed {
        Ok(()) => objects::deleted(&keys),
        Err(error) => {
            log(&format!("{} objects were not deleted: {error}", due.len()));
            objects::failed(&keys, &error.to_string(), app.now())
        }
    };
    app.db().run(note).await?;
    Ok(removed.is_ok())
}
