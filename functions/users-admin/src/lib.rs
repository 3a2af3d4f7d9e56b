//! Area `users-admin`: users, as administrators see them (api/features.md).

edge_http::area! {
    "users-admin";
    GET "/admin/users" => unbuilt as searchUsersAdmin;
    POST "/admin/users" => unbuilt as createUserAdmin;
    GET "/admin/users/{id}" => unbuilt as getUserAdmin;
    PUT "/admin/users/{id}" => unbuilt as updateUserAdmin;
    #[hidden] PATCH "/admin/users/{id}" => unbuilt as updateUserAdmin;
    DELETE "/admin/users/{id}" => unbuilt as deleteUserAdmin;
    GET "/admin/users/{id}/calendar-heatmap" => unbuilt as getUserCalendarHeatmapAdmin;
    GET "/admin/users/{id}/preferences" => unbuilt as getUserPreferencesAdmin;
    PUT "/admin/users/{id}/preferences" => unbuilt as updateUserPreferencesAdmin;
    #[hidden] PATCH "/admin/users/{id}/preferences" => unbuilt as updateUserPreferencesAdmin;
    POST "/admin/users/{id}/restore" => unbuilt as restoreUserAdmin;
    GET "/admin/users/{id}/sessions" => unbuilt as getUserSessionsAdmin;
    GET "/admin/users/{id}/statistics" => unbuilt as getUserStatisticsAdmin;
}
