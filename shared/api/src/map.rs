//! The map: where assets were taken, and what a place is called (api/features.md section A, Map; api/geodata.md).

use serde::Serialize;

use crate::input::{input, rule};
use crate::time::Millis;

input! {
    /// Query of `GET /map/markers`.
    pub struct MapMarkerQuery {
        /// Taken then or later.
        pub file_created_after: Option<Millis> = optional("fileCreatedAfter", rule::date_time()),
        /// Taken then or earlier.
        pub file_created_before: Option<Millis> = optional("fileCreatedBefore", rule::date_time()),
        /// Also the caller's archive; never that of partners.
        pub is_archived: Option<bool> = optional("isArchived", rule::boolean()),
        /// Only marked, or only unmarked.
        pub is_favorite: Option<bool> = optional("isFavorite", rule::boolean()),
        /// Also of partners whose timeline the caller shows.
        pub with_partners: Option<bool> = optional("withPartners", rule::boolean()),
        /// Also what others put into albums of the caller.
        pub with_shared_albums: Option<bool> = optional("withSharedAlbums", rule::boolean()),
    }
}

input! {
    /// Query of `GET /map/reverse-geocode`.
    pub struct ReverseGeocodeQuery {
        /// Latitude, degrees; never missing.
        pub lat: Option<f64> = optional("lat", rule::number().min(-90.0).max(90.0)),
        /// Longitude, degrees; never missing.
        pub lon: Option<f64> = optional("lon", rule::number().min(-180.0).max(180.0)),
    }
    check |query, fields| {
        for (name, value) in [("lat", query.lat), ("lon", query.lon)] {
            if value.is_none() {
                fields.refuse(name, "Invalid input: expected number, received NaN");
            }
        }
    }
}

/// `MapReverseGeocodeResponseDto`: what a place is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReverseGeocode {
    /// Town.
    pub city: Option<String>,
    /// Province.
    pub state: Option<String>,
    /// Country.
    pub country: Option<String>,
}
