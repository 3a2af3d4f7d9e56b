//! `POST /assets/jobs` and `PUT /assets/copy` (api/assets.md sections 13 and 18).

use axum::extract::State;
use edge_api::{
    assets::{AssetCopy, AssetJobs},
    common::distinct,
    enums::{AssetJobName, JobName},
    permission::{Permission, perm},
};
use edge_http::{
    App, Error, Guard, Response, Result, Valid, library, ml, owned::check_owned, serve::no_content,
};
use edge_platform::{DbError, Rows, Statement};
use edge_store::{
    assets::{
        copy::{self, Sidecars},
        remove::owned_count,
    },
    jobs, objects,
};

use crate::upload::spool::PART;

/// Has assets worked on again.
pub async fn run_jobs(
    guard: Guard<perm::JobCreate>,
    State(app): State<App>,
    Valid(body): Valid<AssetJobs>,
) -> Result<Response> {
    let ids = distinct(&body.asset_ids);
    let (_, rows) = guard.admit(&app, vec![owned_count(&ids)]).await?;
    check_owned(rows.first(), &ids, Permission::AssetUpdate)?;
    let kind = match body.name {
        AssetJobName::RefreshMetadata => JobName::AssetExtractMetadata,
        AssetJobName::RegenerateThumbnail => JobName::AssetGenerateThumbnails,
        AssetJobName::TranscodeVideo => JobName::AssetEncodeVideo,
        AssetJobName::RefreshFaces => JobName::AssetDetectFaces,
    };
    if matches!(body.name, AssetJobName::RefreshFaces) {
        check_faces(&app).await?;
    }
    let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    let statement = jobs::many::insert_for_assets(kind, &ids, None, None, app.now());
    let stored = jobs::many::stored(&app.db().run(statement).await?)?;
    app.wake(stored).await;
    Ok(no_content())
}

/// Errors: nobody could look for faces, so that the job would only fail.
async fn check_faces(app: &App) -> Result<()> {
    let config = app.settings().await?;
    if !ml::wants_faces(&config) {
        return Err(Error::bad_request("Facial recognition is switched off"));
    }
    if app.face_model(&config).await.is_none() {
        let name = config.text("/machineLearning/facialRecognition/modelName");
        return Err(Error::bad_request(format!(
            "no model for faces is installed: {name} is configured (cargo xtask models add)"
        )));
    }
    Ok(())
}

/// Copies what belongs to one asset over to another.
pub async fn copy(
    guard: Guard<perm::AssetCopy>,
    State(app): State<App>,
    Valid(body): Valid<AssetCopy>,
) -> Result<Response> {
    let ids = [body.source_id.clone(), body.target_id.clone()];
    let ids = distinct(&ids);
    let statements = vec![
        owned_count(&ids),
        copy::sidecars_statement(body.source_id.as_str(), body.target_id.as_str()),
    ];
    let (who, rows) = guard.admit(&app, statements).await?;
    check_owned(rows.first(), &ids, Permission::AssetCopy)?;
    if body.source_id == body.target_id {
        return Err(Error::bad_request("Source and target id must be distinct"));
    }
    let (source, target) = (body.source_id.as_str(), body.target_id.as_str());
    let sidecars = copy::sidecars(rows.get(1).unwrap_or(&Rows::default()), source)?;
    let now = app.now();
    let mut batch = vec![copy::hold(source, target)];
    if body.favorite {
        batch.push(copy::favorite(source, target, now));
    }
    if body.albums {
        batch.push(who.scoped(copy::albums(source, target, now)));
    }
    if body.shared_links {
        batch.push(who.scoped(copy::shared_links(source, target)));
    }
    if body.stack {
        batch.extend(copy::stack(source, target, now));
    }
    if body.sidecar {
        let of = (who.user_id.as_str(), target);
        batch.extend(sidecar(&app, of, &sidecars, now).await?);
    }
    let kind = JobName::AssetExtractMetadata;
    batch.push(jobs::many::insert_for_assets(
        kind,
        &[target.to_owned()],
        Some("copy"),
        None,
        now,
    ));
    let gone = || Error::no_access(Permission::AssetCopy);
    let results = app.db().batch(batch).await.map_err(|error| match error {
        // An album, a link or a stack that was deleted meanwhile.
        DbError::ForeignKey(_) => gone(),
        other => other.into(),
    })?;
    let stored = jobs::many::stored(results.last().unwrap_or(&Rows::default()))?;
    app.wake(stored).await;
    if results.first().is_none_or(|held| held.len() < ids.len()) {
        return Err(gone());
    }
    Ok(no_content())
}

/// Copies the object of the source's sidecar, if there is one.
async fn sidecar(
    app: &App,
    (owner, target): (&str, &str),
    sidecars: &Sidecars,
    now: i64,
) -> Result<Vec<Statement>> {
    let Some(source) = &sidecars.source else {
        return Ok(Vec::new());
    };
    let Some(object) = app.objects.get(source, None).await? else {
        return Ok(Vec::new());
    };
    let bytes = object.body.collect(PART).await?;
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let id = app.uuid();
    // Beside the old one: an object is never overwritten. Beside files of external libraries nothing is written.
    let beside = source.rsplit_once('/').filter(|_| library::is_own(source));
    let key = match beside {
        Some((folder, _)) => format!("{folder}/{id}.xmp"),
        None => format!("upload/{owner}/{id}.xmp"),
    };
    app.db().run(objects::register(&key, now)).await?;
    app.objects.put(&key, bytes, "application/xml").await?;
    let old = sidecars.target.as_deref();
    Ok(copy::sidecar(target, &id, &key, size, old, now))
}
