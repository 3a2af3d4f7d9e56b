//! Pictures and videos on their way to the client (api/assets.md sections 4 to 6); one round trip each.

use axum::{
    extract::{RawQuery, State},
    response::IntoResponse,
};
use edge_api::{
    assets::{OriginalQuery, ThumbnailQuery},
    enums::AssetMediaSize,
    id::AssetId,
    media_type,
    permission::{Permission, perm},
};
use edge_http::{
    App, Error, Guard, Id, Response, Result, ValidQuery, WithLink,
    media::{self, CACHE_PRIVATE, Delivery},
};
use edge_platform::Rows;
use edge_store::{
    assets::files::{self, FileType, Media},
    caller::{Caller, Kind},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::rules;

mod sizes;

pub use sizes::sign;

/// Text of the 404 of a rendition that is not there (yet).
const NO_MEDIA: &str = "Asset media not found";

/// `GET /assets/{id}/thumbnail`: a rendition, or the way to the original.
pub async fn view(
    guard: Guard<perm::AssetView, WithLink>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    ValidQuery(query): ValidQuery<ThumbnailQuery>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response> {
    let raw = raw.unwrap_or_default();
    if sizes::is_asked(&app, &raw).await {
        return sizes::view(guard, &app, &id, &raw, &headers).await;
    }
    let kind = match query.size {
        AssetMediaSize::Preview => FileType::Preview,
        AssetMediaSize::Thumbnail => FileType::Thumbnail,
        AssetMediaSize::Fullsize | AssetMediaSize::Original => FileType::Fullsize,
    };
    let statements = vec![files::view(id.as_str(), kind)];
    let (who, rows) = guard.admit(&app, statements).await?;
    let found = found(&rows, Permission::AssetView)?;
    let edited = query.edited || is_link(&who.caller);
    let rest = rules::query_without_size(&raw);
    if query.size == AssetMediaSize::Original {
        return redirect("original", &rest);
    }
    if query.size == AssetMediaSize::Fullsize {
        let is_original = !(edited && found.is_edited);
        if is_original && media_type::is_web_image(&found.file_name) {
            return redirect("original", &rest);
        }
        if found.rendition(edited).is_none() {
            let rest = if rest.is_empty() {
                rest
            } else {
                format!("&{rest}")
            };
            return redirect("thumbnail", &format!("size=preview{rest}"));
        }
    }
    let key = found
        .rendition(edited)
        .ok_or_else(|| Error::not_found(NO_MEDIA))?;
    let name = shown_name(&who.caller, &id, &found.file_name);
    let delivery = Delivery {
        key,
        content_type: media_type::mime_type(key),
        file_name: Some(format!(
            "{name}_{}{}",
            query.size,
            media_type::extension(key)
        )),
        cache: Some(CACHE_PRIVATE),
        missing: NO_MEDIA,
    };
    media::deliver(&app, &headers, delivery).await
}

/// `GET /assets/{id}/original`: the file as uploaded, or its edited picture.
pub async fn download(
    guard: Guard<perm::AssetDownload, WithLink>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    ValidQuery(query): ValidQuery<OriginalQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let statements = vec![files::download(id.as_str(), FileType::Fullsize)];
    let (who, rows) = guard.admit(&app, statements).await?;
    let found = found(&rows, Permission::AssetDownload)?;
    let edited = query.edited || is_link(&who.caller);
    let missing = "Not Found";
    let key = found.whole(edited);
    let key = key.ok_or_else(|| Error::not_found(missing))?;
    let name = shown_name(&who.caller, &id, &found.file_name);
    let delivery = Delivery {
        key,
        content_type: media_type::mime_type(key),
        file_name: Some(format!("{name}{}", media_type::extension(key))),
        cache: Some(CACHE_PRIVATE),
        missing,
    };
    media::deliver(&app, &headers, delivery).await
}

/// `GET /assets/{id}/video/playback`: the transcoded video, else the original.
pub async fn play(
    guard: Guard<perm::AssetView, WithLink>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    headers: HeaderMap,
) -> Result<Response> {
    let statements = vec![files::view(id.as_str(), FileType::EncodedVideo)];
    let (_, rows) = guard.admit(&app, statements).await?;
    let found = found(&rows, Permission::AssetView)?;
    let missing = "Asset not found or asset is not a video";
    if !found.is_video {
        return Err(Error::not_found(missing));
    }
    let key = found.rendition(false).unwrap_or(&found.original_path);
    let delivery = Delivery {
        key,
        content_type: media_type::mime_type(key),
        file_name: None,
        cache: Some(CACHE_PRIVATE),
        missing,
    };
    media::deliver(&app, &headers, delivery).await
}

fn found(rows: &[Rows], permission: Permission) -> Result<Media> {
    let found = rows.first().map(files::media).transpose()?.flatten();
    found.ok_or_else(|| Error::no_access(permission))
}

fn is_link(caller: &Caller) -> bool {
    matches!(caller.kind, Kind::Link(_))
}

/// The name in `Content-Disposition` without extension; links without metadata do not tell it.
fn shown_name<'a>(caller: &Caller, id: &'a AssetId, file_name: &'a str) -> &'a str {
    match &caller.kind {
        Kind::Link(link) if !link.show_metadata => id.as_str(),
        _ => rules::stem(file_name),
    }
}

/// 302 to a sibling of this path.
fn redirect(to: &str, query: &str) -> Result<Response> {
    let location = if query.is_empty() {
        to.to_owned()
    } else {
        format!("{to}?{query}")
    };
    let location = HeaderValue::from_str(&location).map_err(Error::internal)?;
    Ok((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}
