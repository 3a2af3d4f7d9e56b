//! How the app learnt of assets before there was a sync stream.

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use edge_api::{
    assets::AssetResponse,
    id::UserId,
    legacy::{Delta, DeltaSync, FullSync},
    perm,
};
use edge_http::{App, Error, Guard, Response, Result, Valid};
use edge_platform::Rows;
use edge_store::{assets::whole, caller::Caller};
use serde_json::Value;

use crate::pages::{self, Pages};

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
    pages::list(app, whole).await
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
        // A page of assets that are not told is none.
        while self.left > 0 {
            let page = self.page().await?;
            if !page.is_empty() {
                return page
                    .iter()
                    .map(|asset| serde_json::to_value(asset).map_err(Error::internal))
                    .collect();
            }
        }
        Ok(Vec::new())
    }
}

impl Whole {
    /// Those of the next assets of the user that are told; nothing is left behind the last ones.
    async fn page(&mut self) -> Result<Vec<AssetResponse>> {
        let most = self.left.min(whole::PAGE);
        let reads = vec![
            whole::page(&self.user_id, self.until, &self.last, most),
            whole::end(&self.user_id, &self.last),
        ];
        let results = self.app.run_as(&self.caller, reads).await?;
        let [rows, end] = results.as_slice() else {
            return Err(Error::internal("two statements have two results"));
        };
        let assets = whole::read(rows, &self.caller.user_id)?;
        let told = i64::try_from(assets.len()).unwrap_or(most);
        self.left -= told;
        let last = if told == most {
            assets.last().map(|asset| asset.id.as_str().to_owned())
        } else {
            whole::last_of(end)?
        };
        match last {
            Some(last) => self.last = last,
            None => self.left = 0,
        }
        Ok(assets)
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
    // Together they are no more than fits, however many partners there are.
    let each = MOST / i64::try_from(all.len()).unwrap_or(MOST) + 1;
    let mut reads = Vec::new();
    for user in &all {
        reads.push(whole::more(user, after, each));
        reads.push(whole::changed(user, after, each));
        reads.push(whole::gone(user, after, each));
    }
    let results = app.run_as(&auth, reads).await?;
    let mut delta = Delta::default();
    for found in results.chunks(3) {
        let [more, changed, gone] = found else {
            return Err(Error::internal("three statements have three results"));
        };
        if whole::is_more(more)? {
            return Ok(Json(too_much));
        }
        let is_full = |rows: &Rows| i64::try_from(rows.len()).is_ok_and(|count| count >= each);
        if is_full(changed) || is_full(gone) {
            return Ok(Json(too_much));
        }
        delta.upserted.extend(whole::read(changed, &auth.user_id)?);
        delta.deleted.extend(whole::gone_ids(gone)?);
    }
    let count = i64::try_from(delta.upserted.len() + delta.deleted.len()).unwrap_or(MOST);
    Ok(Json(if count >= MOST { too_much } else { delta }))
}
