//! HTTP in, HTTP out of the timeline. One database round trip each: data and authentication together.

use axum::{Json, body::Body, extract::State, response::IntoResponse};
use edge_api::{
    perm::AssetRead,
    timeline::{TimeBucket, TimeBucketQuery, TimelineQuery},
};
use edge_http::{App, Guard, Response, Result, ValidQuery, WithLink};
use edge_platform::{Rows, Statement};
use edge_store::{
    caller::{Caller, Kind},
    timeline::{self, Grants, Known},
};
use http::header;

use crate::{columns, large, rules};

/// Months that have assets, and how many (`getTimeBuckets`).
pub async fn buckets(
    guard: Guard<AssetRead, WithLink>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<TimelineQuery>,
) -> Result<Json<Vec<TimeBucket>>> {
    let (_, rows) = read(guard, &app, &query, timeline::buckets(&query)).await?;
    Ok(Json(timeline::read_buckets(&rows)?))
}

/// The assets of one month as parallel arrays (`getTimeBucket`). One round trip, unless the month has tens of thousands.
pub async fn bucket(
    guard: Guard<AssetRead, WithLink>,
    State(app): State<App>,
    ValidQuery(TimeBucketQuery { query, time_bucket }): ValidQuery<TimeBucketQuery>,
) -> Result<Response> {
    let first = timeline::bucket(&query, time_bucket);
    let (caller, rows) = read(guard, &app, &query, first).await?;
    let hidden = matches!(&caller.kind, Kind::Link(link) if !link.show_metadata);
    let wanted = columns::Wanted {
        places: !hidden,
        coordinates: !hidden && query.with_coordinates == Some(true),
        stacks: query.with_stacked == Some(true),
    };
    let body: Body = if timeline::is_full(&rows)? {
        large::body(app, caller, query, time_bucket, wanted, rows).await?
    } else {
        let known = Known::of(&query, &caller.user_id);
        columns::body(&rows, wanted, &known)?.into()
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Runs `statement` for the caller and looks at its rows only when the query is allowed.
async fn read(
    guard: Guard<AssetRead, WithLink>,
    app: &App,
    query: &TimelineQuery,
    statement: Statement,
) -> Result<(Caller, Rows)> {
    let mut statements = vec![statement];
    statements.extend(timeline::grants(query));
    let (auth, results) = guard.admit(app, statements).await?;
    let grants = match results.get(1) {
        Some(rows) => Grants::read(rows)?,
        None => Grants::ALL,
    };
    rules::check(&auth, query, grants)?;
    let data = results.into_iter().next().unwrap_or_default();
    Ok((auth.caller, data))
}
