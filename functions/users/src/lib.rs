//! Area `users`: users, as they see themselves and each other (api/features.md).

edge_http::area! {
    "users";
    GET "/users" => unbuilt as searchUsers;
    GET "/users/me" => unbuilt as getMyUser;
    PUT "/users/me" => unbuilt as updateMyUser;
    #[hidden] PATCH "/users/me" => unbuilt as updateMyUser;
    GET "/users/me/calendar-heatmap" => unbuilt as getMyCalendarHeatmap;
    GET "/users/me/license" => unbuilt as getUserLicense;
    PUT "/users/me/license" => unbuilt as setUserLicense;
    DELETE "/users/me/license" => unbuilt as deleteUserLicense;
    GET "/users/me/onboarding" => unbuilt as getUserOnboarding;
    PUT "/users/me/onboarding" => unbuilt as setUserOnboarding;
    DELETE "/users/me/onboarding" => unbuilt as deleteUserOnboarding;
    GET "/users/me/preferences" => unbuilt as getMyPreferences;
    PUT "/users/me/preferences" => unbuilt as updateMyPreferences;
    #[hidden] PATCH "/users/me/preferences" => unbuilt as updateMyPreferences;
    POST "/users/profile-image" => unbuilt as createProfileImage;
    DELETE "/users/profile-image" => unbuilt as deleteProfileImage;
    GET "/users/{id}" => unbuilt as getUser;
    GET "/users/{id}/profile-image" => unbuilt as getProfileImage;
}
