//! Area `map`: map markers and reverse geocoding (api/features.md).

mod handlers;
mod markers;

edge_http::area! {
    "map";
    GET "/map/markers" => handlers::markers as getMapMarkers;
    GET "/map/reverse-geocode" => handlers::reverse_geocode as reverseGeocode;
}
