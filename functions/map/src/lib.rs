//! Area `map`: map markers and reverse geocoding (api/features.md).

edge_http::area! {
    "map";
    GET "/map/markers" => unbuilt as getMapMarkers;
    GET "/map/reverse-geocode" => unbuilt as reverseGeocode;
}
