//! HTTP in, HTTP out; one database round trip each, one more for each further page of a large library.

use axum::{Json, body::Body, extract::State};
use edge_api::{
    Permission,
    common::distinct,
    download::{ARCHIVE_SIZE, DownloadInfo, DownloadResponse},
    permission::perm,
    preferences::Preferences,
};
use edge_http::{App, Error, Guard, Response, Result, Valid, WithLink, media};
use edge_platform::{Rows, Statement};
use edge_store::{
    caller::Kind,
    download::{self, Original, Which},
    user_metadata,
};
use http::{HeaderValue, StatusCode, header};

use crate::{
    archive::{self, Entry},
    form::Asked,
    rules::{Archives, Names},
};

/// Which archives to ask for, and how large they will be (`getDownloadInfo`).
pub async fn info(
    guard: Guard<perm::AssetDownload, WithLink>,
    State(app): State<App>,
    Valid(body): Valid<DownloadInfo>,
) -> Result<(StatusCode, Json<DownloadResponse>)> {
    let ids = body.asset_ids.as_ref().map(distinct);
    let which = match (&ids, &body.album_id, &body.user_id) {
        (Some(ids), _, _) => Which::Assets(ids),
        (None, Some(album), _) => Which::Album(album.as_str()),
        (None, None, Some(_)) => Which::Mine,
        (None, None, None) => {
            return Err(Error::bad_request(
                "assetIds, albumId, or userId is required",
            ));
        }
    };
    let reads = vec![
        download::sizes(which, None),
        user_metadata::mine(user_metadata::PREFERENCES),
        admission(which),
    ];
    let (auth, answers) = guard.admit(&app, reads).await?;
    let [parts, preferences, admitted] = answers.as_slice() else {
        return Err(Error::internal("three statements, but not three results"));
    };
    let mut parts = download::read_parts(parts)?;
    match which {
        Which::Assets(ids) => all_found(ids, parts.len())?,
        Which::Album(_) if admitted.is_empty() => {
            return Err(Error::no_access(Permission::AlbumDownload));
        }
        Which::Album(_) => {}
        Which::Mine => {
            let is_self = body.user_id.is_some_and(|id| id.as_str() == auth.user_id);
            if !is_self || matches!(auth.kind, Kind::Link(_)) {
                return Err(Error::no_access(Permission::TimelineDownload));
            }
        }
    }
    let preferences = preferences_of(preferences)?;
    let size = body.archive_size.unwrap_or(ARCHIVE_SIZE);
    let with_embedded = preferences.flag("/download/includeEmbeddedVideos");
    let mut archives = Archives::new(size, with_embedded);
    archives.add(&parts);
    // Thousands of names and keys are not read; one page is in memory at a time.
    while let Some(last) = parts.last()
        && parts.len() >= download::PAGE
        && !matches!(which, Which::Assets(_))
    {
        let next = vec![download::sizes(which, Some(last))];
        let answers = app.run_as(&auth, next).await?;
        parts = download::read_parts(answers.first().unwrap_or(&Rows::default()))?;
        archives.add(&parts);
    }
    Ok((StatusCode::CREATED, Json(archives.finish())))
}

/// Whether the whole that is asked for may be downloaded.
fn admission(which: Which<'_>) -> Statement {
    match which {
        Which::Album(id) => download::album(id),
        Which::Assets(_) | Which::Mine => {
            Statement::new("select 1 as ok from caller c", Vec::new())
        }
    }
}

fn preferences_of(rows: &Rows) -> Result<Preferences> {
    let stored: Option<String> = rows.first().map(|row| row.get("value")).transpose()?;
    let stored = stored.and_then(|json| serde_json::from_str(&json).ok());
    Ok(stored.map_or_else(Preferences::defaults, |value| {
        Preferences::from_stored(&value)
    }))
}

/// One asset that the caller may not download fails all.
fn all_found(ids: &[&str], found: usize) -> Result<()> {
    if found == ids.len() {
        return Ok(());
    }
    Err(Error::no_access(Permission::AssetDownload))
}

/// Sends originals as one ZIP (`downloadArchive`).
pub async fn archive(
    guard: Guard<perm::AssetDownload, WithLink>,
    State(app): State<App>,
    Asked(body): Asked,
) -> Result<Response> {
    let ids = distinct(&body.asset_ids);
    let select = download::select(&ids);
    let (auth, answers) = guard.admit(&app, vec![select]).await?;
    let originals = download::read(answers.first().unwrap_or(&Rows::default()))?;
    all_found(&ids, originals.len())?;
    let hides_names = matches!(&auth.kind, Kind::Link(link) if !link.show_metadata);
    let mut names = Names::default();
    let entry = |original: Original| {
        let edited = original.edited.filter(|_| body.edited);
        let path = edited.unwrap_or(original.path);
        let extension = edge_api::media_type::extension(&path);
        let name = if hides_names {
            format!("{}{extension}", original.id)
        } else {
            original.file_name
        };
        Entry {
            name: names.take(&name),
            path,
            local_date_time: original.local_date_time,
        }
    };
    let entries = originals.into_iter().map(entry).collect();
    let bytes = archive::stream(app.objects.clone(), entries);
    let mut response = Response::new(Body::from_stream(bytes));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    if let Some(name) = body.archive_name.filter(|name| !name.is_empty()) {
        let value = media::attachment(&format!("{name}.zip"));
        response
            .headers_mut()
            .extend(value.map(|value| (header::CONTENT_DISPOSITION, value)));
    }
    Ok(response)
}
