//! Facts about assets (api/assets.md sections 2, 8 and 17).

use std::collections::HashMap;

use axum::{Json, extract::State};
use edge_api::{
    assets::{
        AssetBulkUploadCheck, AssetBulkUploadCheckResponse, AssetBulkUploadCheckResult, AssetStats,
        AssetStatsQuery, AssetView,
    },
    enums::AssetVisibility,
    id::AssetId,
    permission::{Permission, perm},
};
use edge_http::{App, Auth, Error, Guard, Id, Result, Valid, ValidQuery, WithLink};
use edge_store::{
    assets::read::{self, Counted},
    caller::Kind,
};

use crate::rules;

/// `GET /assets/{id}`: the asset with exif, tags, people and stack, in one round trip.
pub async fn get(
    guard: Guard<perm::AssetRead, WithLink>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
) -> Result<Json<AssetView>> {
    let statements = read::detail_statements(id.as_str());
    let (who, results) = guard.admit(&app, statements).await?;
    let viewer = match &who.kind {
        Kind::Link(_) => None,
        Kind::Session(_) | Kind::ApiKey(_) => Some(who.user_id.as_str()),
    };
    let asset =
        read::detail(&results, viewer)?.ok_or_else(|| Error::no_access(Permission::AssetRead))?;
    Ok(Json(match &who.kind {
        Kind::Link(link) if !link.show_metadata => AssetView::Stripped(Box::new(asset.strip())),
        _ => AssetView::Full(Box::new(asset)),
    }))
}

/// `GET /assets/statistics`: own photos and videos, counted.
pub async fn statistics(
    who: Auth<perm::AssetStatistics>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<AssetStatsQuery>,
) -> Result<Json<AssetStats>> {
    if query.visibility == Some(AssetVisibility::Locked) && !who.elevated {
        return Err(Error::unauthorized("Elevated permission is required"));
    }
    let which = Counted {
        visibility: query.visibility,
        is_favorite: query.is_favorite,
        is_trashed: query.is_trashed,
    };
    let statement = read::statistics_statement(&who.user_id, which);
    Ok(Json(read::statistics(&app.db().run(statement).await?)?))
}

/// `POST /assets/bulk-upload-check`: which of these files are here already.
pub async fn bulk_upload_check(
    who: Auth<perm::AssetUpload>,
    State(app): State<App>,
    Valid(body): Valid<AssetBulkUploadCheck>,
) -> Result<Json<AssetBulkUploadCheckResponse>> {
    let asked: Vec<(String, Option<String>)> = body
        .assets
        .into_iter()
        .map(|item| (item.id, rules::checksum(&item.checksum)))
        .collect();
    let checksums: Vec<String> = asked.iter().filter_map(|(_, sum)| sum.clone()).collect();
    let statement = who.scoped(read::known_statement(&checksums));
    let known = read::known(&app.db().run(statement).await?)?;
    let known: HashMap<&str, _> = known
        .iter()
        .map(|asset| (asset.checksum.as_str(), asset))
        .collect();
    let results = asked
        .into_iter()
        .map(
            |(id, sum)| match sum.and_then(|sum| known.get(sum.as_str())) {
                None => AssetBulkUploadCheckResult::accept(id),
                Some(asset) => AssetBulkUploadCheckResult::duplicate(
                    id,
                    AssetId::from_trusted(asset.id.as_str()),
                    asset.is_trashed,
                ),
            },
        )
        .collect();
    Ok(Json(AssetBulkUploadCheckResponse { results }))
}
