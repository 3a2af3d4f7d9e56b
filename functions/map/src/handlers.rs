//! HTTP in, HTTP out. Up to ten thousand markers take one database round trip; more are streamed page by page.

use axum::{Json, extract::State};
use edge_api::{
    map::{MapMarkerQuery, ReverseGeocode, ReverseGeocodeQuery},
    permission::perm,
};
use edge_http::{App, Auth, Guard, Response, Result, ValidQuery, places};
use edge_platform::Rows;
use edge_store::map;

use crate::markers;

/// Where the caller's assets were taken (`getMapMarkers`).
pub async fn markers(
    guard: Guard<perm::MapRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<MapMarkerQuery>,
) -> Result<Response> {
    let reads = vec![map::all(&query), map::scopes(&query)];
    let (auth, answers) = guard.admit(&app, reads).await?;
    let none = Rows::default();
    let all = answers.first().unwrap_or(&none);
    if !map::is_more(all)? {
        return Ok(markers::whole(&map::read(all)?));
    }
    let scopes = map::read_scopes(answers.get(1).unwrap_or(&none))?;
    Ok(markers::streamed(app, auth.caller, query, scopes))
}

/// What a place is called: one answer, with nulls where nothing is known (`reverseGeocode`). It does not depend on whether
/// the server names places of photos.
pub async fn reverse_geocode(
    _auth: Auth<perm::MapSearch>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<ReverseGeocodeQuery>,
) -> Result<Json<[ReverseGeocode; 1]>> {
    let (lat, lon) = (query.lat.unwrap_or_default(), query.lon.unwrap_or_default());
    let named = places::at(&app, lat, lon).await?;
    Ok(Json([ReverseGeocode {
        city: named.city,
        state: named.state,
        country: named.country,
    }]))
}
