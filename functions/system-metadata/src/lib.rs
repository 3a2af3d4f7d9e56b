//! Area `system-metadata`: onboarding and other server state (api/features.md).

mod handlers;

edge_http::area! {
    "system-metadata";
    GET "/system-metadata/admin-onboarding" => handlers::onboarding as getAdminOnboarding;
    POST "/system-metadata/admin-onboarding" => handlers::set_onboarding as updateAdminOnboarding;
    GET "/system-metadata/reverse-geocoding-state" => handlers::reverse_geocoding as getReverseGeocodingState;
    GET "/system-metadata/version-check-state" => handlers::version_check as getVersionCheckState;
}
