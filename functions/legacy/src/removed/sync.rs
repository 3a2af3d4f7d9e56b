//! How the app learnt of assets before there was a sync stream.

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use edge_api::{
    assets::AssetResponse,
    id::UserId,
    legacy::{Delta, DeltaSync, FullSync, MOST},
    perm,
};
use edge_http::{App, Error, Guard, Result, Valid};
use edge_platform::Rows;
use edge_store::assets::whole;

/// Rows of one statement: what D1 answers at once.
const PAGE: i64 = 2000;
/// What is longer ago is not told any more, ms.
const HUNDRED_DAYS: i64 = 100 * 24 * 60 * 60 * 1000;

/// All assets of a user, in pages (`getFullSyncForUser`).
pub async fn full(
    guard: Guard<perm::All>,
    State(app): State<App>,
    Valid(body): Valid<FullSync>,
) -> Result<Json<Vec<AssetResponse>>> {
    let (auth, results) = guard.admit(&app, vec![whole::partners()]).await?;
    let partners = whole::user_ids(&results.into_iter().next().unwrap_or_default())?;
    let user_id = body
        .user_id
        .as_ref()
        .map_or(auth.user_id.as_str(), |id| id.as_str());
    if user_id != auth.user_id && !partners.iter().any(|partner| partner == user_id) {
        return Err(Error::bad_request("Not found or no timeline.read access"));
    }
    let mut found: Vec<AssetResponse> = Vec::new();
    let mut last = body.last_id.unwrap_or_default();
    let mut left = body.limit;
    while left > 0 {
        let page = left.min(PAGE);
        let results = app
            .run_as(
                &auth,
                vec![whole::page(user_id, body.updated_until.0, &last, page)],
            )
            .await?;
        let assets = whole::read(
            &results.into_iter().next().unwrap_or_default(),
            &auth.user_id,
        )?;
        let is_last = i64::try_from(assets.len()).is_ok_and(|count| count < page);
        if let Some(asset) = assets.last() {
            asset.id.as_str().clone_into(&mut last);
        }
        found.extend(assets);
        left = if is_last { 0 } else { left - page };
    }
    Ok(Json(found))
}

/// What has changed since a time (`getDeltaSync`).
pub async fn delta(
    guard: Guard<perm::All>,
    State(app): State<App>,
    Valid(body): Valid<DeltaSync>,
) -> Result<Json<Delta>> {
    let (auth, results) = guard.admit(&app, vec![whole::partners()]).await?;
    let partners = whole::user_ids(&results.into_iter().next().unwrap_or_default())?;
    let all: BTreeSet<&str> = partners
        .iter()
        .map(String::as_str)
        .chain([auth.user_id.as_str()])
        .collect();
    let asked: BTreeSet<&str> = body.user_ids.iter().map(UserId::as_str).collect();
    let after = body.updated_after.0;
    let too_much = Delta {
        needs_full_sync: true,
        ..Delta::default()
    };
    if asked != all || after < app.now() - HUNDRED_DAYS {
        return Ok(Json(too_much));
    }
    let users: Vec<&str> = all.into_iter().collect();
    let most = i64::from(MOST);
    let reads = vec![
        whole::changed(&users, after, most),
        whole::gone(&users, after, most),
    ];
    let results = app.run_as(&auth, reads).await?;
    let [changed, gone]: [Rows; 2] = results
        .try_into()
        .map_err(|_| Error::internal("two statements have two results"))?;
    if changed.len() + gone.len() >= MOST as usize {
        return Ok(Json(too_much));
    }
    Ok(Json(Delta {
        needs_full_sync: false,
        upserted: whole::read(&changed, &auth.user_id)?,
        deleted: whole::gone_ids(&gone)?,
    }))
}
