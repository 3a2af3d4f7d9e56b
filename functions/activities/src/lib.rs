//! Area `activities`: likes and comments in albums (api/features.md section A, Activities).

mod handlers;

edge_http::area! {
    "activities";
    GET "/activities" => handlers::list as getActivities;
    POST "/activities" => handlers::create as createActivity;
    GET "/activities/statistics" => handlers::statistics as getActivityStatistics;
    DELETE "/activities/{id}" => handlers::delete as deleteActivity;
}
