//! Places by name (api/features.md section A, Search; api/geodata.md section 3).

use serde::Serialize;

use crate::input::{input, rule};

input! {
    /// Query of `GET /search/places`.
    pub struct PlacesQuery {
        /// What somebody typed.
        pub name: String = required("name", rule::string()),
    }
}

/// `PlacesResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlaceResponse {
    /// Name.
    pub name: String,
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// Province.
    #[serde(rename = "admin1name", skip_serializing_if = "Option::is_none")]
    pub admin1_name: Option<String>,
    /// County.
    #[serde(rename = "admin2name", skip_serializing_if = "Option::is_none")]
    pub admin2_name: Option<String>,
}
