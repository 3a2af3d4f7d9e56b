//! HTTP in, HTTP out. Reads take one database round trip, writes two.

use std::collections::{HashMap, HashSet};

use axum::{Json, extract::State};
use edge_api::{
    assets::{
        AssetMetadataBulkDelete, AssetMetadataBulkUpsert, AssetMetadataResponse,
        AssetMetadataUpsert,
    },
    common::distinct,
    id::AssetId,
    permission::{Permission, perm},
};
use edge_http::{
    App, Error, Guard, Id, Response, Result, Valid, extract::Params, owned::check_owned,
    serve::no_content,
};
use edge_platform::Rows;
use edge_store::{
    asset_metadata::{self, Item},
    assets::remove::owned_count,
};

/// `GET /assets/{id}/metadata`.
pub async fn list(
    guard: Guard<perm::AssetRead>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
) -> Result<Json<Vec<AssetMetadataResponse>>> {
    let id = id.as_str();
    let statements = vec![asset_metadata::readable(id), asset_metadata::list(id)];
    let (_, rows) = guard.admit(&app, statements).await?;
    Ok(Json(values(&rows)?))
}

/// `GET /assets/{id}/metadata/{key}`.
pub async fn get(
    guard: Guard<perm::AssetRead>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    params: Params,
) -> Result<Json<AssetMetadataResponse>> {
    let key = params.text("key").to_owned();
    let statements = vec![
        asset_metadata::readable(id.as_str()),
        asset_metadata::get(id.as_str(), &key),
    ];
    let (_, rows) = guard.admit(&app, statements).await?;
    let found = values(&rows)?.into_iter().next();
    found.map(Json).ok_or_else(|| {
        Error::bad_request(format!(
            "Metadata with key \"{key}\" not found for asset with id \"{id}\""
        ))
    })
}

/// What stands behind `readable`, if the asset is.
fn values(rows: &[Rows]) -> Result<Vec<AssetMetadataResponse>> {
    match rows {
        [readable, values] if !readable.is_empty() => Ok(asset_metadata::responses(values, false)?),
        _ => Err(Error::no_access(Permission::AssetRead)),
    }
}

/// `PUT /assets/{id}/metadata`.
pub async fn set(
    guard: Guard<perm::AssetUpdate>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    Valid(body): Valid<AssetMetadataUpsert>,
) -> Result<Json<Vec<AssetMetadataResponse>>> {
    let statements = vec![owned_count(&[id.as_str()])];
    let (who, rows) = guard.admit(&app, statements).await?;
    check_owned(rows.first(), &[id.as_str()], Permission::AssetUpdate)?;
    let items: Vec<(&str, String, _)> = body
        .items
        .iter()
        .map(|item| (id.as_str(), item.key.clone(), &item.value))
        .collect();
    Ok(Json(store(&app, &who.user_id, &items, false).await?))
}

/// `PUT /assets/metadata`.
pub async fn set_many(
    guard: Guard<perm::AssetUpdate>,
    State(app): State<App>,
    Valid(body): Valid<AssetMetadataBulkUpsert>,
) -> Result<Json<Vec<AssetMetadataResponse>>> {
    let ids = body.items.iter().map(|item| &item.asset_id);
    let ids = distinct(ids);
    let (who, rows) = guard.admit(&app, vec![owned_count(&ids)]).await?;
    check_owned(rows.first(), &ids, Permission::AssetUpdate)?;
    let items: Vec<(&str, String, _)> = body
        .items
        .iter()
        .map(|item| (item.asset_id.as_str(), item.key.clone(), &item.value))
        .collect();
    Ok(Json(store(&app, &who.user_id, &items, true).await?))
}

type Value = serde_json::Map<String, serde_json::Value>;

/// Stores the items and answers in their order.
async fn store(
    app: &App,
    owner_id: &str,
    items: &[(&str, String, &Value)],
    is_bulk: bool,
) -> Result<Vec<AssetMetadataResponse>> {
    let pairs = items
        .iter()
        .map(|(asset_id, key, _)| (*asset_id, key.as_str()));
    check_distinct(pairs)?;
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let sent: Vec<Item<'_>> = items
        .iter()
        .map(|(asset_id, key, value)| Item {
            asset_id,
            key,
            value,
        })
        .collect();
    let statement = asset_metadata::set(owner_id, &sent, app.now());
    let stored = asset_metadata::responses(&app.db().run(statement).await?, true)?;
    let mut stored: HashMap<(String, String), AssetMetadataResponse> = stored
        .into_iter()
        .map(|mut item| {
            let asset_id = item.asset_id.clone().map(String::from).unwrap_or_default();
            if !is_bulk {
                item.asset_id = None;
            }
            ((asset_id, item.key.clone()), item)
        })
        .collect();
    let answers = items
        .iter()
        .filter_map(|(asset_id, key, _)| stored.remove(&((*asset_id).to_owned(), key.clone())));
    Ok(answers.collect())
}

fn check_distinct<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<()> {
    let mut seen = HashSet::new();
    for (asset_id, key) in pairs {
        if !seen.insert((asset_id, key)) {
            return Err(Error::bad_request(format!(
                "Duplicate items are not allowed: \"{key}\""
            )));
        }
    }
    Ok(())
}

/// `DELETE /assets/{id}/metadata/{key}`.
pub async fn delete(
    guard: Guard<perm::AssetUpdate>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    params: Params,
) -> Result<Response> {
    let key = params.text("key").to_owned();
    let statements = vec![owned_count(&[id.as_str()])];
    let (who, rows) = guard.admit(&app, statements).await?;
    check_owned(rows.first(), &[id.as_str()], Permission::AssetUpdate)?;
    let batch = asset_metadata::delete(&who.user_id, &[(id.as_str(), &key)]);
    app.db().batch(batch.into()).await?;
    Ok(no_content())
}

/// `DELETE /assets/metadata`.
pub async fn delete_many(
    guard: Guard<perm::AssetUpdate>,
    State(app): State<App>,
    Valid(body): Valid<AssetMetadataBulkDelete>,
) -> Result<Response> {
    let ids = body.items.iter().map(|item| &item.asset_id);
    let ids = distinct(ids);
    let (who, rows) = guard.admit(&app, vec![owned_count(&ids)]).await?;
    check_owned(rows.first(), &ids, Permission::AssetUpdate)?;
    let keys: Vec<(&str, String)> = body
        .items
        .iter()
        .map(|item| (item.asset_id.as_str(), item.key.clone()))
        .collect();
    let pairs: Vec<(&str, &str)> = keys.iter().map(|(id, key)| (*id, key.as_str())).collect();
    let batch = asset_metadata::delete(&who.user_id, &pairs);
    app.db().batch(batch.into()).await?;
    Ok(no_content())
}
