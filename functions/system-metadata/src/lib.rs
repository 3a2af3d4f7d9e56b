//! Area `system-metadata`: onboarding and other server state (api/features.md).

edge_http::area! {
    "system-metadata";
    GET "/system-metadata/admin-onboarding" => unbuilt as getAdminOnboarding;
    POST "/system-metadata/admin-onboarding" => unbuilt as updateAdminOnboarding;
    GET "/system-metadata/reverse-geocoding-state" => unbuilt as getReverseGeocodingState;
    GET "/system-metadata/version-check-state" => unbuilt as getVersionCheckState;
}
