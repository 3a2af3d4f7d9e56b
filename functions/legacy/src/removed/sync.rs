//! How the app learnt of assets before there was a sync stream.

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use edge_api::{
    id::UserId,
    legacy::{Delta, DeltaSync, FullSync},
    perm,
};
use edge_http::{App, Error, Guard, Response, Result, Valid};
use edge_store::{assets::whole, caller::Caller};
use http::{HeaderValue, header};
use serde_json::Value;

use crate::pages::{self, Pages};

/// Assets of one page of a full sync.
const PAGE: i64 = 1000;
/// From so many changes on a client has to ask for all: what fits the memory of a Worker.
const MOST: i64 = 2000;
/// What is longer ago is not told any more, ms.
const HUNDRED_DAYS: i64 = 100 * 24 * 60 * 60 * 1000;

/// All assets of a user, as many as the client asks for (`getFullSyncForUser`).
pub async fn full(
    guard: Guard<perm::All>,
    State(app): State<App>,
    Valid(body): Valid<FullSync>,
) -> Result<Response> {
    let (auth, results) = guard.admit(&app, vec![whole::partners()]).await?;
    let partners = whole::user_ids(&results.into_iter().next().unwrap_or_default())?;
    let user_id = body
        .user_id
        .as_ref()
        .map_or(auth.user_id.as_str(), |id| id.as_str());
    if user_id != auth.user_id && !partners.iter().any(|partner| partner == user_id) {
        return Err(Error::bad_request("Not found or no timeline.read access"));
    }
    let whole = Whole {
        app: app.clone(),
        caller: Caller::clone(&auth),
        user_id: user_id.to_owned(),
        until: body.updated_until.0,
        last: body.last_id.unwrap_or_default(),
        left: body.limit,
    };
    let (mut head, ()) = http::Response::new(()).into_parts();
    let json = HeaderValue::from_static("application/json");
    head.headers.insert(header::CONTENT_TYPE, json);
    pages::written(app, head, "[".to_owned(), whole, "]").await
}

/// The assets of a user that are told in a full sync.
struct Whole {
    app: App,
    caller: Caller,
    user_id: String,
    until: i64,
    last: String,
    left: i64,
}

impl Pages for Whole {
    async fn next(&mut self) -> Result<Vec<Value>> {
        let page = self.left.min(PAGE);
        if page == 0 {
            return Ok(Vec::new());
        }
        let read = whole::page(&self.user_id, self.until, &self.last, page);
        let results = self.app.run_as(&self.caller, vec![read]).await?;
        let rows = results.into_iter().next().unwrap_or_default();
        let assets = whole::read(&rows, &self.caller.user_id)?;
        let is_last = i64::try_from(assets.len()).is_ok_and(|count| count < page);
        self.left = if is_last { 0 } else { self.left - page };
        if let Some(asset) = assets.last() {
            asset.id.as_str().clone_into(&mut self.last);
        }
        assets
            .iter()
            .map(|asset| serde_json::to_value(asset).map_err(Error::internal))
            .collect()
    }
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
    let reads = vec![
        whole::changed(&users, after, MOST),
        whole::gone(&users, after, MOST),
    ];
    let results = app.run_as(&auth, reads).await?;
    let [changed, gone] = results.as_slice() else {
        return Err(Error::internal("two statements have two results"));
    };
    let count = i64::try_from(changed.len() + gone.len()).unwrap_or(MOST);
    if count >= MOST {
        return Ok(Json(too_much));
    }
    Ok(Json(Delta {
        needs_full_sync: false,
        upserted: whole::read(changed, &auth.user_id)?,
        deleted: whole::gone_ids(gone)?,
    }))
}
