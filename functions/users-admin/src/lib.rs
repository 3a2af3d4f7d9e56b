//! Area `users-admin`: users, as administrators see them (api/features.md section D).
//!
//! `notify` enqueues the mail that welcomes a new user (docs/mails.md). The calendar heat map of a user is for
//! administrators only, as upstream made it after 3.1.0, which shows it to every user by mistake.

mod handlers;
mod rules;

edge_http::area! {
    "users-admin";
    GET "/admin/users" => handlers::account::list as searchUsersAdmin;
    POST "/admin/users" => handlers::account::create as createUserAdmin;
    GET "/admin/users/{id}" => handlers::account::get as getUserAdmin;
    PUT "/admin/users/{id}" => handlers::account::update as updateUserAdmin;
    #[hidden] PATCH "/admin/users/{id}" => handlers::account::update as updateUserAdmin;
    DELETE "/admin/users/{id}" => handlers::account::delete as deleteUserAdmin;
    GET "/admin/users/{id}/calendar-heatmap" => handlers::facts::heatmap as getUserCalendarHeatmapAdmin;
    GET "/admin/users/{id}/preferences" => handlers::facts::preferences as getUserPreferencesAdmin;
    PUT "/admin/users/{id}/preferences" => handlers::facts::update_preferences as updateUserPreferencesAdmin;
    #[hidden] PATCH "/admin/users/{id}/preferences" => handlers::facts::update_preferences as updateUserPreferencesAdmin;
    POST "/admin/users/{id}/restore" => handlers::account::restore as restoreUserAdmin;
    GET "/admin/users/{id}/sessions" => handlers::facts::sessions as getUserSessionsAdmin;
    GET "/admin/users/{id}/statistics" => handlers::facts::statistics as getUserStatisticsAdmin;
}
