//! Area `users`: users, as they see themselves and each other (api/features.md section D).

mod handlers;
mod rules;

edge_http::area! {
    "users";
    GET "/users" => handlers::user::list as searchUsers;
    GET "/users/me" => handlers::me::get as getMyUser;
    PUT "/users/me" => handlers::me::update as updateMyUser;
    #[hidden] PATCH "/users/me" => handlers::me::update as updateMyUser;
    GET "/users/me/calendar-heatmap" => handlers::me::heatmap as getMyCalendarHeatmap;
    GET "/users/me/license" => handlers::documents::get_license as getUserLicense;
    PUT "/users/me/license" => handlers::documents::set_license as setUserLicense;
    DELETE "/users/me/license" => handlers::documents::delete_license as deleteUserLicense;
    GET "/users/me/onboarding" => handlers::documents::onboarding as getUserOnboarding;
    PUT "/users/me/onboarding" => handlers::documents::set_onboarding as setUserOnboarding;
    DELETE "/users/me/onboarding" => handlers::documents::delete_onboarding as deleteUserOnboarding;
    GET "/users/me/preferences" => handlers::documents::preferences as getMyPreferences;
    PUT "/users/me/preferences" => handlers::documents::update_preferences as updateMyPreferences;
    #[hidden] PATCH "/users/me/preferences" => handlers::documents::update_preferences as updateMyPreferences;
    POST "/users/profile-image" => handlers::profile_image::create as createProfileImage;
    DELETE "/users/profile-image" => handlers::profile_image::delete as deleteProfileImage;
    GET "/users/{id}" => handlers::user::get as getUser;
    GET "/users/{id}/profile-image" => handlers::profile_image::get as getProfileImage;
}
