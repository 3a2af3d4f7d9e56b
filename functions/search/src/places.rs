//! Places by name, for choosing where a photo was taken.

use axum::{Json, extract::State};
use edge_api::{
    permission::perm,
    places::{PlaceResponse, PlacesQuery},
};
use edge_http::{App, Auth, Result, ValidQuery, places};

/// Places that a text means, the best first (`searchPlaces`).
pub async fn search(
    _auth: Auth<perm::AssetRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<PlacesQuery>,
) -> Result<Json<Vec<PlaceResponse>>> {
    let found = places::named(&app, &query.name).await?;
    let answer = found.into_iter().map(|place| PlaceResponse {
        name: place.name,
        latitude: place.latitude,
        longitude: place.longitude,
        admin1_name: place.admin1,
        admin2_name: place.admin2,
    });
    Ok(Json(answer.collect()))
}
